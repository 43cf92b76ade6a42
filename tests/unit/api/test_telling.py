"""What is told of an event is the same, read from its bytes or from its values."""

from functools import partial

import msgspec
import pytest

from solvent.api import answers
from solvent.api.history import Told, is_own
from solvent.api.reading import assets_of
from solvent.api.telling import Seen, event_shape, own_text, seen_shape
from solvent.engine import commands, decode, encode
from solvent.engine.events import Acted, MarketCreated, Move
from solvent.margin import lending, tiered
from solvent.money import Asset
from solvent.runtime import STREAM, Reply, replies
from tests.unit.api.serving import ALICE, BOB, Served, act


def owned(account: str, move: Move) -> bool:
    return is_own(move.name, account)


def test_an_event_is_told_alike_from_its_bytes_and_from_its_values() -> None:
    with Served() as served:
        served.do(act(ALICE, "BTC-PERP", tiered.Add(10**6)))
        served.do(act(ALICE, "wETH/SOL", lending.Add(10**6)))
        served.do(commands.Transfer(account=ALICE, receiver=BOB, asset="USDC", units=5))
        served.do(commands.Deposit(account=ALICE, asset="USDC", units=5, request_id="in"))
        withdrawal = commands.Withdraw(
            account=ALICE, asset="USDC", units=5, request_id="out", address="1" * 32
        )
        served.do(withdrawal)
        served.do(commands.Confirm(request_id="out", done=False))
        assets, kinds = assets_of(served.house.follower.state), set()
        for record in served.house.venue.journal.read(STREAM, 0):
            event = decode(record.payload)
            if isinstance(event, MarketCreated):
                # Nobody's own; its market is a value, and no name.
                continue
            seen = msgspec.json.decode(record.payload, type=Seen)
            for who in (ALICE, BOB):
                told = event_shape(Told(seq=record.seq, event=event), assets, shows=partial(owned, who))
                assert seen_shape(seen, seq=record.seq, account=who, assets=assets) == told
                text = own_text(event, seq=record.seq, account=who, assets=assets)
                assert text.encode() == msgspec.json.encode(told)
                kept = {} if record.seq % 2 else assets
                told = event_shape(Told(seq=record.seq, event=event), kept, shows=partial(owned, who))
                text = own_text(event, seq=record.seq, account=who, assets=kept)
                assert text.encode() == msgspec.json.encode(told)
            kinds.add(seen.kind)
    assert {"acted", "moved", "settlement_requested", "settlement_ended", "account_opened", "priced"} <= kinds


def acted(one: Move, other: Move, *, market: str = "BTC-PERP") -> Acted:
    return Acted(
        at_ms=1_800_000_000_000,
        market=market,
        model="tiered",
        account=ALICE,
        cause="command",
        action=tiered.Add(1),
        position=None,
        pool=None,
        orders=(),
        reserved_asset="USDC",
        reserved=0,
        supply_shares=0,
        moves=(one, other),
        working=None,
    )


@pytest.mark.parametrize("market", ["BTC-PERP", "50%s%", 'a"b\\', '{"seq":0,"at_ms":0,', "ä"])
@pytest.mark.parametrize("units", [1, -1, 0, 10**30, -(10**6), 1_500_000])
@pytest.mark.parametrize("other", ["wallet", "position", "fees", "bob's", "another asset"])
def test_an_action_that_moves_one_amount_is_told_as_any_other_event(
    market: str, units: int, other: str
) -> None:
    whom = {
        "wallet": f"wallet:{ALICE}",
        "position": f"position:{market}:{ALICE}",
        "fees": "fees",
        "bob's": f"wallet:{BOB}",
        "another asset": f"wallet:{ALICE}",
    }[other]
    asset = "SOL" if other == "another asset" else "USDC"
    event = acted(Move(f"position:{market}:{ALICE}", "USDC", units), Move(whom, asset, -units), market=market)
    for assets in ({"USDC": Asset("USDC", 6), "SOL": Asset("SOL", 9)}, {"SOL": Asset("SOL", 9)}):
        told = event_shape(Told(seq=7, event=event), assets, shows=partial(owned, ALICE))
        text = own_text(event, seq=7, account=ALICE, assets=assets)
        assert text.encode() == msgspec.json.encode(told)


@pytest.mark.parametrize("market", ["BTC-PERP", "50%s%", 'a"b\\', '"events":[]'])
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("other", [f"wallet:{ALICE}", "fees"])
def test_a_step_is_told_alike_from_the_events_at_hand_and_from_what_is_kept(
    market: str, count: int, other: str
) -> None:
    event = acted(
        Move(f"position:{market}:{ALICE}", "USDC", -1_500_000), Move(other, "USDC", 1_500_000), market=market
    )
    payloads = [encode(event)] * count
    first = Reply(
        is_accepted=True,
        at_hand=(event,) * count,
        payloads=payloads,
        count=count,
        seq=77,
        at_ms=event.at_ms,
    )
    again = replies.repeated(first.body)
    assets = {"USDC": Asset("USDC", 6)}
    steps = answers.steps_done([first, again], account=ALICE, assets=assets)
    told, repeated = answers.outcomes(steps, nonce="nonce", account=ALICE, assets=assets)
    assert told == repeated
    step = msgspec.json.decode(told, type=answers.OutcomeShape)
    assert step.reply is not None
    assert [one.market for one in step.reply.events] == [market] * count
    assert msgspec.json.encode(step) == told.encode()
    # The same for a command that comes alone, but for the header of a repeat.
    sent = [answers.sent_accepted(reply, account=ALICE, assets=assets) for reply in (first, again)]
    assert sent[0].body == sent[1].body == msgspec.json.encode(answers.AcceptedShape(reply=step.reply))
    assert [one.is_repeat for one in sent] == [False, True]
