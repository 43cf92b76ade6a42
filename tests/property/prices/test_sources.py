"""Scripts and simulations for any numbers: exact at their ends, within their bounds."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from solvent.money import Ratio, Rounding
from solvent.prices import Crash, Ramp, Script, Simulation, recorded_closes

MICROS = 1_000_000
prices = st.builds(Ratio, st.integers(1, 2**80), st.just(MICROS))
durations_ms = st.integers(1, 10**9)


@given(prices, prices, st.integers(0, 10**6), durations_ms, st.lists(st.integers(0, 10**9), max_size=20))
def test_a_ramp_is_monotone_and_exact_at_both_ends(
    start: Ratio, end: Ratio, at_ms: int, over_ms: int, between: list[int]
) -> None:
    ramp = Ramp(symbol="SOL", at_ms=at_ms, price=end, over_ms=over_ms)
    script = Script.starting(0, {"SOL": start}, [ramp])
    moments = sorted({at_ms, at_ms + over_ms, *(at_ms + moment % over_ms for moment in between)})
    walked = [script.at("SOL", now_ms).price for now_ms in moments]
    assert (walked[0], walked[-1]) == (start, end)
    ordered = sorted(walked, reverse=end < start)
    assert walked == ordered
    for now_ms, price in zip(moments, walked, strict=True):
        exact = start.fraction + (end.fraction - start.fraction) * (now_ms - at_ms) / over_ms
        assert 0 <= exact - price.fraction < Ratio(1, 10**18).fraction


@given(prices, st.integers(1, MICROS - 1), durations_ms)
def test_a_crash_falls_by_exactly_its_part(start: Ratio, fall_ppm: int, over_ms: int) -> None:
    crash = Crash(symbol="SOL", at_ms=0, fall=Ratio(fall_ppm, MICROS), over_ms=over_ms)
    script = Script.starting(0, {"SOL": start}, [crash])
    fallen = 1 - Ratio(fall_ppm, MICROS).fraction
    assert script.at("SOL", over_ms).price.fraction == start.fraction * fallen
    assert script.at("SOL", 0).price == start


@given(st.integers(), st.integers(1, 10**18), st.integers(0, 900_000), st.lists(st.integers(0, 10**12)))
def test_a_simulated_price_never_leaves_its_swing(
    seed: int, centre_units: int, swing_ppm: int, moments: list[int]
) -> None:
    centre = Ratio(centre_units, 10**12)
    simulation = Simulation(seed=seed, centre=centre, swing_ppm=swing_ppm)
    for now_ms in moments:
        units = simulation.at("PUMP", now_ms).units
        assert abs(units - centre_units) * MICROS <= centre_units * swing_ppm
        assert units > 0
    assert simulation.at("PUMP", 0).price == centre


@given(st.integers(0, 2**64), st.integers(0, 10**10))
def test_neighbouring_seconds_of_a_simulation_lie_close_together(seed: int, now_ms: int) -> None:
    simulation = Simulation(seed=seed)
    walk = [simulation.at("PUMP", now_ms + step * 1_000).units for step in range(10)]
    assert all(abs(later - earlier) * 2_000 < earlier for earlier, later in pairwise(walk))


@given(st.integers(-(10**7), 4 * 10**9))
def test_milestones_are_the_nearest_closes_on_both_sides(by_ms: int) -> None:
    closes = recorded_closes()
    now_ms = closes.first_ms + by_ms
    before = [moment for moment in closes.moments if moment <= now_ms]
    after = [moment for moment in closes.moments if moment > now_ms]
    assert closes.milestone_at(now_ms) == (before[-1] if before else None)
    assert closes.milestone_after(now_ms) == (after[0] if after else None)


def test_the_rounding_of_a_ramp_is_down_to_the_last_of_eighteen_decimals() -> None:
    ramp = Ramp(symbol="SOL", at_ms=0, price=Ratio(2, 1), over_ms=3)
    script = Script.starting(0, {"SOL": Ratio(1, 1)}, [ramp])
    assert script.at("SOL", 1).units == Ratio(4, 3).units(18, Rounding.FLOOR)
