"""A state as bytes: the same state again, in place and type, or a sentence that says why not."""

from hashlib import blake2b
from typing import Any

import pytest
from msgspec import inspect, structs
from msgspec.structs import replace

from solvent.engine import Key, MarketState, Pending, State, apply, commands
from solvent.engine.snapshot import (
    ROWS_AT_ONCE,
    SNAPSHOT_FORMAT,
    SnapshotUnreadable,
    copied,
    decode_state,
    encode_state,
    rows_of,
)
from solvent.margin import registry
from solvent.margin.parts import housed
from tests.unit.engine.test_codec import every_event
from tests.unit.engine.venues import ALICE, BOB, funded_venue

# The digest of what a snapshot of this format keeps: every field of the state and of the models' values.
KEPT = {2: "86a6"}


def assert_same(found: State, expected: State) -> None:
    assert found.hash() == expected.hash()
    assert vars(found) == vars(expected)
    for name, kept in expected.markets.items():
        assert type(found.markets[name].market) is type(kept.market)
        assert type(found.markets[name].pool) is type(kept.pool)
        for account, position in expected.positions[name].items():
            assert type(found.positions[name][account]) is type(position)
        assert list(found.positions[name]) == list(expected.positions[name])
        assert list(found.orders[name]) == list(expected.orders[name])


def a_full_state() -> State:
    """Return a state with something in every table, of every model."""
    state = every_event().state
    waiting = commands.Deposit(account=BOB, asset="SOL", units=3**200, request_id="wäit")
    assert isinstance(apply(state, waiting, now_ms=4_000), tuple)
    bound = commands.BindIdentity(account=BOB, identity='solana:Ünïcode ✓ \n"quoted" \u2028')
    assert isinstance(apply(state, bound, now_ms=4_000), tuple)
    assert all(vars(state).values())
    return state


def test_a_state_with_everything_in_it_comes_back_the_same_in_value_and_type() -> None:
    state = a_full_state()
    assert state.outbox["wäit"].units == 3**200
    assert_same(decode_state(encode_state(state)), state)


def test_a_snapshot_of_before_there_were_keys_comes_back_with_none_and_the_hash_it_had() -> None:
    state = a_full_state()
    lines = encode_state(state).split(b"\n")
    at = lines.index(b'["keys",""]')
    state.keys.clear()
    older = b"\n".join(lines[:at] + lines[at + 2 :])
    older = older.replace(f'"rows":{rows_of(state) + 1}'.encode(), f'"rows":{rows_of(state)}'.encode())
    assert_same(decode_state(older), state)


def test_an_empty_state_comes_back_empty() -> None:
    assert_same(decode_state(encode_state(State())), State())


def test_more_rows_than_a_piece_takes_come_back_in_their_order() -> None:
    state = a_full_state()
    position = next(iter(state.positions["BTC-PERP"].values()))
    accounts = [f"{number * 7919 % 4_001:032x}" for number in range(2 * ROWS_AT_ONCE + 1)]
    state.positions["BTC-PERP"] = {account: replace(position, cash=-(2**70)) for account in accounts}
    state.requests |= set(accounts)
    found = decode_state(encode_state(state))
    assert_same(found, state)
    assert list(found.positions["BTC-PERP"]) == accounts


def test_a_state_read_back_answers_the_next_command_as_the_first_one_does() -> None:
    state = a_full_state()
    again = decode_state(encode_state(state))
    command = commands.Transfer(account=ALICE, receiver=BOB, asset="SOL", units=7)
    assert apply(again, command, now_ms=9_000) == apply(state, command, now_ms=9_000)
    assert_same(again, state)


def test_a_copy_does_not_change_with_its_state() -> None:
    venue = funded_venue()
    copy, before = copied(venue.state), venue.state.hash()
    assert_same(copy, venue.state)
    venue.do(commands.Withdraw(account=BOB, asset="SOL", units=5, address="so1", request_id="w"))
    venue.do(commands.SetPaused(market="wETH/SOL", paused=True))
    assert copy.hash() == before != venue.state.hash()


def test_a_copy_shares_no_table_with_its_state() -> None:
    state = a_full_state()
    copy = copied(state)
    for name, table in vars(state).items():
        if isinstance(table, int):
            continue
        assert vars(copy)[name] is not table, name
        for market, held in table.items() if isinstance(table, dict) else ():
            assert not isinstance(held, dict) or vars(copy)[name][market] is not held, name


def test_rows_are_counted_without_markets_and_identities() -> None:
    state = State()
    state.accounts[ALICE] = ("solana:1", "solana:2")
    state.requests |= {"1", "2"}
    state.balances["SOL"] = {"world": 1}
    state.positions["X"] = {ALICE: None, BOB: None}
    assert rows_of(state) == 6


def test_another_format_is_named_with_the_one_that_is_read() -> None:
    payload = encode_state(State()).replace(b'"format":2', b'"format":1')
    with pytest.raises(SnapshotUnreadable, match="is in format 1, and this Solvent reads format 2"):
        decode_state(payload)
    with pytest.raises(SnapshotUnreadable, match="is in format None"):
        decode_state(b"{}")


def test_a_lost_piece_is_missed() -> None:
    *lines, _, _ = encode_state(a_full_state()).split(b"\n")
    with pytest.raises(SnapshotUnreadable, match=r"the snapshot has \d+ rows and tells of \d+"):
        decode_state(b"\n".join(lines))


@pytest.mark.parametrize(
    "line",
    [b'["positions","nowhere"]', b'["now_ms",""]', b'["supplies",""]'],
)
def test_rows_of_no_part_or_market_are_refused(line: bytes) -> None:
    with pytest.raises(SnapshotUnreadable, match="which no market of it has"):
        decode_state(encode_state(State()) + b"\n" + line + b'\n[["a"],[1]]')


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\xff",
        b'["balances","SOL"]',
        b'["balances","SOL"]\n[["a"],["1"]]',
        b'["balances","SOL"]\n[["a","b"],[1]]',
        b'["balances","SOL"]\n[["a"]]',
        b'["reserved","SOL"]\n[["a","b"],[1]]',
        b'["requests",""]\n[["a"],[1]]',
        b'["accounts",""]\n[["a"],[]]',
        b'["positions","BTC-PERP"]\n[["a"],[{"size":"1"}]]',
        b'["accounts",""]\n[["\xff"],[[]]]',
    ],
)
def test_bytes_that_are_no_snapshot_are_refused(line: bytes) -> None:
    payload = encode_state(funded_venue().state)
    for made in (line, payload + b"\n" + line):
        with pytest.raises(SnapshotUnreadable, match="the snapshot"):
            decode_state(made)


def test_a_snapshot_of_a_model_that_is_not_known_is_refused() -> None:
    state = State()
    state.markets["M"] = MarketState(name="M", model="unheard", market={})
    with pytest.raises(SnapshotUnreadable, match="unheard"):
        decode_state(encode_state(state))


def shape(found: Any) -> Any:
    """Return what a value is made of: the fields of structs, the members of enums, and the types within."""
    match found:
        case inspect.StructType():
            return found.cls.__name__, [(field.encode_name, shape(field.type)) for field in found.fields]
        case inspect.EnumType():
            return [member.value for member in found.cls]
        case inspect.Type():
            return type(found).__name__, [shape(part) for part in structs.astuple(found)]
        case tuple():
            return [shape(part) for part in found]
        case _:
            return None


def test_what_is_kept_has_not_changed_since_the_format_was_raised() -> None:
    """A failure asks for `SNAPSHOT_FORMAT + 1` and its digest here: older snapshots are then passed over.

    A table of its own for new kinds of events, such as `keys`, asks for the digest alone.
    """
    kept: list[Any] = [sorted(vars(State())), MarketState, Pending, Key]
    for name in ("tiered", "risk_limit", "lending"):
        stored = housed(registry.by_name(name)).STORED
        kept += [stored[part] for part in ("market", "position", "pool", "order")]
    fields, *kinds = kept
    made = [fields, *(shape(inspect.type_info(kind)) for kind in kinds)]
    assert blake2b(repr(made).encode(), digest_size=2).hexdigest() == KEPT[SNAPSHOT_FORMAT]
