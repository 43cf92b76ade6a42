"""Events as bytes: integers of any size, the same bytes again, and golden bytes that must always decode."""

import json
from pathlib import Path

import msgspec
import pytest

from solvent import margin
from solvent.engine import State, commands, decode, encode, fold
from solvent.engine.codec import VERSION, encode_all
from solvent.engine.events import AccountOpened, AnyEvent, KeyGranted
from solvent.margin import InputRefused, lending, risk_limit, tiered
from solvent.margin.parts import FundingNote
from solvent.money import Ratio
from tests.unit.engine.venues import ALICE, BOB, LENDER, Venue, funded_venue

GOLDEN = Path(__file__).parents[2] / "golden" / f"events_v{VERSION}.jsonl"


def every_event() -> Venue:
    """Return a day in which every type of event, and every kind of action's after-values, came about."""
    venue = funded_venue()
    venue.do(commands.BindIdentity(account=ALICE, identity="solana:9xQe"))
    key = commands.GrantKey(
        account=ALICE, key_id="bot-1", label="Büro", scopes=("read", "margin"), expires_ms=2**53
    )
    venue.do(key)
    venue.do(commands.RevokeKey(account=ALICE, key_id="bot-1"))
    venue.do(commands.ApproveAgent(account=ALICE, agent="ethereum:0xé", name="böt", expires_ms=2**53))
    for nonce in range(2**53, 2**53 + 101):
        venue.do(commands.UseNonce(account=ALICE, signer="ethereum:0xé", nonce=nonce))
    venue.must(LENDER, "wETH/SOL", lending.Supply(100 * 10**9))
    venue.must(ALICE, "wETH/SOL", lending.Open(margin=10 * 10**9, leverage=Ratio(3, 1)))
    venue.must(ALICE, "BTC-PERP", tiered.Open(size=1_000))
    venue.must(BOB, "BTC-PERP", tiered.Order(order_id="1", size=-100, limit_price=610_000))
    venue.must(BOB, "XBTUSDTM", risk_limit.Open(lots=10, leverage=20))
    venue.must(
        BOB, "XBTUSDTM", risk_limit.Order(order_id="é", lots=1, leverage=5, limit_price=Ratio(59_000, 1))
    )
    note = FundingNote(at_ms=1_000, price=Ratio(60_000, 1), rate=Ratio.parse("0.0000125"))
    venue.do(commands.SetFunding(market="BTC-PERP", note=note), 1_000)
    venue.do(commands.Touch(market="wETH/SOL"), 2_000)
    venue.do(commands.SetPaused(market="wETH/SOL", paused=True), 2_000)
    flat = tiered.retiered(margin.preset("BTC-PERP"), "0/20")
    venue.do(commands.ChangeMarket(name="BTC-PERP", market=flat), 2_000)
    venue.price("XBTUSDTM", 3_000, mark="56000")
    venue.price("BTC-PERP", 3_000, mark="50000")
    keeper = venue.state.balance("keeper", "SOL")
    assert keeper
    venue.do(commands.Transfer(account=ALICE, receiver=BOB, asset="SOL", units=1), 3_000)
    venue.price("wETH/SOL", 3_000, collateral_usd="2000", loan_usd="89.47")
    venue.do(commands.Withdraw(account=BOB, asset="SOL", units=5, address="so1", request_id="w"), 3_000)
    venue.do(commands.Confirm(request_id="w", done=False), 3_000)
    return venue


def stalled() -> AnyEvent:
    venue = Venue()
    for account in (ALICE, LENDER):
        venue.do(commands.OpenAccount(account=account))
        venue.do(commands.Deposit(account=account, asset="SOL", units=10**14, request_id=account))
        venue.do(commands.Confirm(request_id=account))
    venue.do(commands.Declare(role="swap_desk", asset="wETH", units=10**12))
    venue.do(commands.CreateMarket(name="wETH/SOL", market=margin.preset("wETH/SOL")))
    venue.price("wETH/SOL", collateral_usd="2000", loan_usd="100")
    venue.must(LENDER, "wETH/SOL", lending.Supply(10**14))
    venue.must(ALICE, "wETH/SOL", lending.Open(margin=10**10, leverage=Ratio(3, 1)))
    return venue.price("wETH/SOL", collateral_usd="1800", loan_usd="100")[-1]


def test_every_event_type_is_decoded_to_the_values_it_was_encoded_from() -> None:
    events = [*every_event().events, stalled()]
    kinds = {type(event) for event in events}
    assert kinds == set(AnyEvent.__args__)
    for event in events:
        assert encode(decode(encode(event))) == encode(event)
        again = decode(encode(event))
        assert msgspec.structs.replace(again, **_working(event)) == event


def _working(event: AnyEvent) -> dict[str, object]:
    """Return what decoding leaves as plain data: the working, which is for readers only."""
    return {"working": event.working} if hasattr(event, "working") else {}


def test_the_golden_bytes_decode_and_encode_to_themselves_and_fold_to_the_same_hash() -> None:
    """A line with a hash is of the state that the lines above it fold to; new lines come after old ones."""
    state, kinds, hashes = State(), set(), 0
    for line in GOLDEN.read_bytes().splitlines():
        if line.startswith(b'{"hash"'):
            assert state.hash() == json.loads(line)["hash"]
            hashes += 1
            continue
        event = decode(line)
        assert encode(event) == line
        fold(state, event)
        kinds.add(type(event))
    assert hashes == 5
    assert kinds == set(AnyEvent.__args__)


def test_amounts_past_64_bits_travel_whole() -> None:
    """A pool of 100,000 SOL has 10^20 supply shares: more than an unsigned 64-bit integer holds."""
    venue = Venue()
    venue.do(commands.OpenAccount(account=ALICE))
    venue.do(commands.Deposit(account=ALICE, asset="SOL", units=10**14, request_id="1"))
    venue.do(commands.Confirm(request_id="1"))
    venue.do(commands.CreateMarket(name="wETH/SOL", market=margin.preset("wETH/SOL")))
    venue.price("wETH/SOL", collateral_usd="2000", loan_usd="100")
    venue.must(ALICE, "wETH/SOL", lending.Supply(10**14))
    assert venue.state.supplies["wETH/SOL"][ALICE] == 10**20
    venue.do(commands.Declare(role="keeper", asset="SOL", units=3**200))
    assert venue.replayed().hash() == venue.state.hash()
    assert venue.replayed().balance("keeper", "SOL") == 3**200


def test_bytes_that_are_no_event_are_refused() -> None:
    for payload in (b"{}", b'{"event":"acted"}', b'{"event":"unheard","at_ms":1}', b"\xff"):
        with pytest.raises(msgspec.DecodeError):
            decode(payload)


def test_a_text_that_looks_like_the_name_of_a_model_names_none() -> None:
    key = KeyGranted(
        at_ms=1, account=ALICE, key_id="k", label='"model":"tiered"', scopes=("read",), expires_ms=2
    )
    assert decode(encode(key)) == key


def test_a_model_that_is_not_known_is_refused_by_its_name() -> None:
    for line in GOLDEN.read_bytes().splitlines():
        if b'"model":"tiered"' in line:
            with pytest.raises(InputRefused, match="'tied'"):
                decode(line.replace(b'"model":"tiered"', b'"model":"tied"', 1))


def test_many_events_are_written_as_each_is_by_itself() -> None:
    events = [AccountOpened(at_ms=number, account="a\nb\u2028\\n", identities=()) for number in range(2_001)]
    assert encode_all(events) == [encode(event) for event in events]
    assert encode_all([]) == []
