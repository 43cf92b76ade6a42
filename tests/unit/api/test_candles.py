"""Candles: committed prices as they came, the feeds' past before them, and else nothing."""

import asyncio
from collections.abc import Callable, Coroutine
from itertools import pairwise
from pathlib import Path

import pytest

from solvent.api.candles import (
    CANDLES_MAX,
    INTERVALS,
    MINUTE_MS,
    MINUTES_KEPT,
    Candle,
    Chart,
    chart_of,
    joined,
    price_of,
    unit_of,
)
from solvent.engine import State, events
from solvent.engine.state import MarketState
from solvent.margin import preset
from solvent.margin.parts import FeedReading
from solvent.money import Ratio
from solvent.prices import Kind
from solvent.runtime import Committed
from tests.unit.api.sandboxes import advanced, opened

pytestmark = pytest.mark.slow

MINUTE, HOUR = MINUTE_MS, 3_600_000


def run(scene: Callable[[], Coroutine[None, None, None]]) -> None:
    asyncio.run(scene())


def candle(at_ms: int, *prices: int, kind: Kind = Kind.RECORDED) -> Candle:
    opening, high, low, close = (Ratio(price, 1) for price in prices)
    return Candle(at_ms=at_ms, open=opening, high=high, low=low, close=close, kind=kind)


def test_joined_candles_begin_with_the_first_and_end_with_the_last() -> None:
    made = joined(
        0, [candle(0, 5, 7, 4, 6), candle(60, 6, 9, 6, 8, kind=Kind.SIMULATED), candle(120, 8, 8, 1, 2)]
    )
    assert made == candle(0, 5, 9, 1, 2, kind=Kind.SIMULATED)
    assert joined(0, []) is None


def perpetual() -> State:
    state = State()
    state.markets["BTC-PERP"] = MarketState(name="BTC-PERP", model="tiered", market=preset("BTC-PERP"))
    return state


def priced(at_ms: int, price: int) -> Committed:
    readings = (FeedReading(feed="mark", price=Ratio(price, 1), at_ms=at_ms),)
    event = events.Priced(at_ms=at_ms, market="BTC-PERP", readings=readings, valid_readings=readings)
    return Committed(seq=1, at_ms=at_ms, events=(event,))


def test_committed_prices_make_the_candles_of_their_minutes() -> None:
    chart, state = Chart(since_ms=0, past=None), perpetual()
    for at_ms, price in ((0, 10), (5_000, 14), (59_999, 9), (60_000, 11), (3 * MINUTE, 12)):
        chart.hear(state, priced(at_ms, price))
    made = chart.candles("BTC-PERP", MINUTE, before_ms=4 * MINUTE, limit=10)
    assert made == (
        candle(0, 10, 14, 9, 9, kind=Kind.SCRIPTED),
        candle(MINUTE, 11, 11, 11, 11, kind=Kind.SCRIPTED),
        candle(3 * MINUTE, 12, 12, 12, 12, kind=Kind.SCRIPTED),
    )
    assert chart.candles("BTC-PERP", 5 * MINUTE, before_ms=1, limit=3) == (
        candle(0, 10, 14, 9, 12, kind=Kind.SCRIPTED),
    )
    assert chart.candles("BTC-PERP", MINUTE, before_ms=MINUTE, limit=10) == made[:1]


def test_only_a_days_minutes_are_kept_of_a_market() -> None:
    chart, state = Chart(since_ms=0, past=None), perpetual()
    for minute in range(MINUTES_KEPT + 7):
        chart.hear(state, priced(minute * MINUTE, 1 + minute))
    day = chart.candles("BTC-PERP", INTERVALS["1d"], before_ms=1, limit=1)
    assert [made.open for made in day] == [Ratio(8, 1)]
    assert chart.has_before("BTC-PERP", 8 * MINUTE)
    assert not chart.has_before("BTC-PERP", 7 * MINUTE)


def test_a_market_with_two_feeds_has_the_first_counted_in_the_second() -> None:
    state = State()
    state.markets["wETH/SOL"] = MarketState(name="wETH/SOL", model="lending", market=preset("wETH/SOL"))
    token = FeedReading(feed="collateral_usd", price=Ratio(2_500, 1), at_ms=1)
    loan = FeedReading(feed="loan_usd", price=Ratio(100, 1), at_ms=1)
    assert price_of(state, "wETH/SOL", (loan, token)) == Ratio(25, 1)
    assert price_of(state, "wETH/SOL", (token,)) is None


def test_a_new_sandbox_has_a_full_chart_of_every_interval(tmp_path: Path) -> None:
    async def scene() -> None:
        async with opened(tmp_path) as (house, _):
            chart, now_ms = chart_of(house), house.now_ms()
            for market in ("BTC-PERP", "wETH/SOL", "PUMP/SOL"):
                minutes = chart.candles(market, MINUTE, before_ms=now_ms + 1, limit=CANDLES_MAX)
                assert len(minutes) == CANDLES_MAX
                assert all(made.low <= made.open <= made.high for made in minutes)
                assert all(one.close == next_one.open for one, next_one in pairwise(minutes[:-1]))
                hours = chart.candles(market, HOUR, before_ms=now_ms + 1, limit=CANDLES_MAX)
                assert 70 <= len(hours) <= 73
            kinds = {made.kind for made in chart.candles("PUMP/SOL", HOUR, before_ms=now_ms, limit=5)}
            assert kinds == {Kind.SIMULATED}
            assert unit_of(house.follower.state, "wETH/SOL", now_ms=now_ms) == "SOL/wETH"

    run(scene)


def test_the_chart_ends_where_the_recording_begins(tmp_path: Path) -> None:
    async def scene() -> None:
        async with opened(tmp_path) as (house, sandbox):
            chart, began_ms = chart_of(house), sandbox.feeds.begins_ms("BTC")
            assert chart.candles("BTC-PERP", HOUR, before_ms=began_ms - HOUR, limit=10) == ()
            assert not chart.has_before("BTC-PERP", began_ms)
            assert chart.has_before("BTC-PERP", began_ms + 1)
            assert not chart.has_before("XYZ", began_ms + 1)

    run(scene)


def test_a_candle_that_is_not_over_tells_nothing_of_what_is_to_come(tmp_path: Path) -> None:
    async def scene() -> None:
        async with opened(tmp_path) as (house, sandbox):
            await advanced(house, 90_000)
            chart, now_ms = chart_of(house), house.now_ms()
            present = sandbox.tick_at("BTC", now_ms)
            assert present is not None
            for interval in INTERVALS.values():
                (made,) = chart.candles("BTC-PERP", interval, before_ms=now_ms + 1, limit=1)
                assert made.close == present.price

    run(scene)


def test_after_a_restart_the_chart_shows_the_minutes_as_they_were(tmp_path: Path) -> None:
    seen: list[Candle] = []
    until: list[int] = []

    async def first() -> None:
        async with opened(tmp_path) as (house, sandbox):
            chart = chart_of(house)
            await advanced(house, 2 * MINUTE)
            await asyncio.to_thread(
                lambda: sandbox.shock(house, "BTC-PERP", price=None, change=Ratio(-1, 10))
            )
            await advanced(house, 3 * MINUTE)
            until.append(house.now_ms() - house.now_ms() % MINUTE)
            seen.extend(chart.candles("BTC-PERP", MINUTE, before_ms=until[0], limit=4))

    async def second() -> None:
        async with opened(tmp_path) as (house, _):
            again = chart_of(house).candles("BTC-PERP", MINUTE, before_ms=until[0], limit=4)
            assert [made.at_ms for made in again] == [made.at_ms for made in seen]
            # A minute is sampled at its beginning, and was first heard of at its first beat.
            for made, known in zip(again[1:], seen[1:], strict=True):
                assert abs(made.open.num - known.open.num) * 1_000 < known.open.num
            assert {made.kind for made in again} == {made.kind for made in seen} >= {Kind.SCRIPTED}

    run(first)
    run(second)


@pytest.mark.parametrize("name", list(INTERVALS))
def test_each_interval_is_whole_minutes_and_begins_on_its_multiples(name: str, tmp_path: Path) -> None:
    async def scene() -> None:
        async with opened(tmp_path) as (house, _):
            interval = INTERVALS[name]
            made = chart_of(house).candles("ETH-PERP", interval, before_ms=house.now_ms() + 1, limit=3)
            assert interval % MINUTE == 0
            assert made
            assert all(one.at_ms % interval == 0 for one in made)

    run(scene)
