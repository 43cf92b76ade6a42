"""A simulated price: bounded, the same everywhere, and called simulated."""

from itertools import pairwise

import pytest

from solvent.money import Ratio
from solvent.prices import (
    PUMP_CENTRE,
    Cursor,
    Feed,
    Kind,
    PricesError,
    PriceUnavailable,
    SimulatedFeed,
    Simulation,
    cross_rate,
    recorded_closes,
)

PUMP = Simulation(seed=7)
MINUTE_MS = 60_000


def pump(*, is_paused: bool = False) -> SimulatedFeed:
    return SimulatedFeed(PUMP, Cursor(venue_ms=1_000, source_ms=0, is_paused=is_paused))


def test_pump_begins_at_the_worked_examples_price_in_sol() -> None:
    closes = recorded_closes()
    sol = closes.at("SOL", closes.first_ms).price
    assert cross_rate(PUMP.at("PUMP", 0).price, sol) == Ratio(25, 1_000_000)
    assert str(PUMP_CENTRE) == "0.002394"


def test_pump_says_simulated_wherever_it_is_written() -> None:
    feed: Feed = pump()
    (tick,) = feed.due(1_000)
    assert (tick.kind, tick.label, str(tick)) == (
        Kind.SIMULATED,
        "PUMP (simulated)",
        "PUMP (simulated) 0.002394 USD",
    )
    assert (tick.confidence, tick.recording_ms) == (Ratio(0, 1), None)


def test_a_seed_simulates_the_same_prices_on_every_python() -> None:
    assert [PUMP.at("PUMP", minute * MINUTE_MS).units for minute in range(0, 61, 10)] == [
        2_394_000_000,
        2_399_011_284,
        2_404_565_913,
        2_439_424_818,
        2_411_941_287,
        2_377_664_384,
        2_337_639_474,
    ]


def test_another_seed_or_symbol_simulates_another_price() -> None:
    prices = {
        Simulation(seed=7).at("PUMP", MINUTE_MS).units,
        Simulation(seed=8).at("PUMP", MINUTE_MS).units,
        Simulation(seed=7, symbol="DUMP").at("DUMP", MINUTE_MS).units,
    }
    assert len(prices) == 3


def test_a_week_stays_within_the_swing_and_keeps_coming_back() -> None:
    week = [PUMP.at("PUMP", minute * MINUTE_MS).price for minute in range(0, 7 * 1_440, 5)]
    assert min(week) >= Ratio(20_349, 10**7)
    assert max(week) <= Ratio(27_531, 10**7)
    above = [price > PUMP_CENTRE for price in week]
    assert sum(one != other for one, other in pairwise(above)) > 20


def test_without_a_swing_the_price_stands_still() -> None:
    still = Simulation(seed=7, swing_ppm=0)
    assert still.at("PUMP", 12 * MINUTE_MS).price == PUMP_CENTRE


def test_a_simulated_price_publishes_heartbeats_and_pauses_like_any_other() -> None:
    feed = pump()
    assert [tick.at_ms for tick in feed.due(11_000)] == [1_000, 6_000, 11_000]
    feed.pause(12_000)
    assert feed.read("PUMP", 900_000).units == PUMP.at("PUMP", 11_000).units


def test_another_symbol_has_no_simulated_price() -> None:
    with pytest.raises(PriceUnavailable, match="no price for SOL; known is PUMP"):
        pump().read("SOL", 1_000)
    with pytest.raises(PriceUnavailable, match="no price for SOL; known is PUMP"):
        PUMP.at("SOL", 0)


@pytest.mark.parametrize("centre", [Ratio(0, 1), Ratio(-1, 1), Ratio(1, 3), Ratio(1, 10**13)])
def test_a_centre_that_is_not_exact_or_not_above_zero_is_refused(centre: Ratio) -> None:
    with pytest.raises(PricesError, match=r"centre is .*; give a price above zero, of at most 12 decimals"):
        Simulation(seed=7, centre=centre)


@pytest.mark.parametrize("swing_ppm", [-1, 900_001])
def test_a_swing_that_could_reach_zero_is_refused(swing_ppm: int) -> None:
    with pytest.raises(PricesError, match=r"swing_ppm is .*; give 0 to 900000"):
        Simulation(seed=7, swing_ppm=swing_ppm)
