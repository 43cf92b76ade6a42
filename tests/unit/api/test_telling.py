"""What is told of an event is the same, read from its bytes or from its values."""

from functools import partial

import msgspec

from solvent.api.history import Told, is_own
from solvent.api.reading import assets_of
from solvent.api.telling import Seen, event_shape, own_text, seen_shape
from solvent.engine import commands, decode
from solvent.engine.events import MarketCreated, Move
from solvent.margin import lending, tiered
from solvent.runtime import STREAM
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
