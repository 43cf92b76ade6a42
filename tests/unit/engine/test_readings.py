"""Which readings a tick may bring: each feed once, positive, published by now, never before the last."""

from typing import Any

import pytest

from solvent.engine import Code, commands
from solvent.margin import Refused, tiered
from solvent.margin.parts import FeedReading
from solvent.money import Ratio
from tests.unit.engine.venues import ALICE, Venue, funded_venue


def mark(at_ms: int, price: int = 60_000, **others: Any) -> FeedReading:
    return FeedReading(feed="mark", price=Ratio(price, 1), at_ms=at_ms, **others)


def tick(*readings: FeedReading) -> commands.Tick:
    return commands.Tick(market="BTC-PERP", readings=readings)


def oracle(at_ms: int, price: int = 60_000) -> FeedReading:
    return FeedReading(feed="oracle", price=Ratio(price, 1), at_ms=at_ms)


def priced_at_5_s() -> Venue:
    venue = funded_venue()
    venue.do(tick(mark(5_000), oracle(4_000)), 5_000)
    return venue


CASES: tuple[tuple[tuple[FeedReading, ...], Code, dict[str, object]], ...] = (
    ((mark(6_000, 0),), Code.FEED_MISSING, {"missing": "mark"}),
    ((mark(6_000), oracle(6_000, -1)), Code.FEED_MISSING, {"missing": "oracle"}),
    ((mark(6_000), mark(6_000)), Code.FEED_TWICE, {"feed": "mark"}),
    ((mark(6_000, confidence=Ratio(-1, 10)),), Code.CONFIDENCE_NEGATIVE, {"feed": "mark"}),
    ((mark(6_001),), Code.READING_AHEAD, {"feed": "mark", "at_ms": 6_001, "now_ms": 6_000}),
    ((mark(6_000), oracle(6_001)), Code.READING_AHEAD, {"feed": "oracle"}),
    ((mark(4_999),), Code.READING_BACKWARDS, {"feed": "mark", "at_ms": 4_999, "last_ms": 5_000}),
    ((mark(5_000), oracle(3_999)), Code.READING_BACKWARDS, {"feed": "oracle", "last_ms": 4_000}),
)


@pytest.mark.parametrize(("readings", "code", "terms"), CASES)
def test_a_reading_that_cannot_be_taken_is_refused_with_its_feed_and_moments(
    readings: tuple[FeedReading, ...], code: Code, terms: dict[str, object]
) -> None:
    refused = priced_at_5_s().ask(tick(*readings), 6_000)
    assert isinstance(refused, Refused)
    assert refused.code == code
    assert {name: refused[name] for name in terms} == terms


def test_a_feed_that_repeats_its_moment_holds_its_price_which_goes_on_ageing() -> None:
    venue = priced_at_5_s()
    venue.do(tick(mark(5_000), oracle(4_000)), 15_000)
    venue.must(ALICE, "BTC-PERP", tiered.Open(size=1_000), 15_000)
    venue.do(tick(mark(5_000)), 15_001)
    refused = venue.act(ALICE, "BTC-PERP", tiered.Open(size=1_000), 15_001)
    assert isinstance(refused, Refused)
    assert refused.code == "PRICE_INVALID"


def test_a_reading_published_now_is_taken() -> None:
    venue = priced_at_5_s()
    venue.do(tick(mark(6_000, 61_000)), 6_000)
    assert venue.state.markets["BTC-PERP"].readings == (mark(6_000, 61_000),)
