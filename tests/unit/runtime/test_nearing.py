"""Surveys of a state: who is near to liquidation, at its price and at others, as the engine then does it."""

from typing import Any

import pytest

from solvent.engine import commands
from solvent.engine.events import Acted
from solvent.margin import tiered
from solvent.margin.parts import FundingNote
from solvent.money import Ratio
from solvent.runtime import Committed, RuntimeRefused
from solvent.runtime.nearing import Nearing, place
from tests.unit.engine.venues import ALICE, BOB, LENDER, Venue
from tests.unit.runtime.test_stressing import venue_with_positions

NOW = Ratio(0, 1)


def surveyed(nearing: Nearing, venue: Venue, market: str, share: Ratio, **more: Any) -> list[str]:
    found = nearing.survey(venue.state, market, share=share, now_ms=venue.state.now_ms, **more).found()
    # Those whom a fall liquidates.
    return [one.account for one in found if not one.stake.above]


def committed(venue: Venue, *events: Any) -> Committed:
    return Committed(seq=venue.state.seq, at_ms=venue.state.now_ms, events=events)


@pytest.mark.parametrize("market", ["BTC-PERP", "XBTUSDTM", "wETH/SOL"])
def test_whoever_a_move_would_liquidate_is_near_and_is_liquidated_by_it(market: str) -> None:
    venue, nearing = venue_with_positions(), Nearing()
    near = surveyed(nearing, venue, market, Ratio(1, 10))
    assert surveyed(nearing, venue, market, NOW) == []
    assert surveyed(nearing, venue, market, NOW, factor=Ratio(9, 10)) == near
    prices: dict[str, Any] = {"wETH/SOL": {"collateral_usd": "2011.23", "loan_usd": "89.47"}}
    done = venue.price(market, **prices.get(market, {"mark": "54000"}))
    gone = {event.account for event in done if isinstance(event, Acted) and event.cause == "liquidation"}
    assert set(near) == gone
    assert gone


def test_what_changed_is_heard_and_taken_in_before_the_next_survey() -> None:
    venue, nearing = venue_with_positions(), Nearing()
    state = venue.state
    while not nearing.take_in(state, "BTC-PERP", now_ms=state.now_ms, most=1):
        pass
    assert surveyed(nearing, venue, "BTC-PERP", Ratio(1, 20)) == [ALICE]
    done = venue.must(ALICE, "BTC-PERP", tiered.Add(amount=200 * 10**6))
    nearing.hear(committed(venue, *done))
    assert surveyed(nearing, venue, "BTC-PERP", Ratio(1, 20)) == []
    note = FundingNote(at_ms=1, price=Ratio(60_000, 1), rate=Ratio(4, 100))
    done = venue.do(commands.SetFunding(market="BTC-PERP", note=note), 1)
    nearing.hear(committed(venue, *done))
    assert surveyed(nearing, venue, "BTC-PERP", Ratio(1, 20)) == [ALICE]


def test_a_place_is_one_positions_own() -> None:
    state = venue_with_positions().state
    found = place(state, "BTC-PERP", ALICE, now_ms=state.now_ms)
    assert found is not None
    assert not found.stake.above
    assert Ratio(0, 1) < found.distance < Ratio(1, 10)
    assert place(state, "BTC-PERP", LENDER, now_ms=state.now_ms) is None


def test_what_cannot_be_asked_says_what_can() -> None:
    venue = venue_with_positions()
    venue.do(commands.CreateMarket(name="unpriced", market=venue.state.markets["BTC-PERP"].market))
    asked: list[tuple[str, Ratio, Ratio, str]] = [
        ("nowhere", NOW, Ratio(1, 1), "there is no market 'nowhere'; there are: "),
        ("unpriced", NOW, Ratio(1, 1), "unpriced has had no price yet"),
        ("BTC-PERP", Ratio(1, 1), Ratio(1, 1), "within 1 is no part of a price"),
        ("BTC-PERP", NOW, Ratio(0, 1), "give a factor above zero"),
    ]
    for market, share, factor, words in asked:
        with pytest.raises(RuntimeRefused, match=words):
            Nearing().survey(venue.state, market, share=share, factor=factor, now_ms=0)
    with pytest.raises(RuntimeRefused, match="no market"):
        place(venue.state, "nowhere", BOB, now_ms=0)
