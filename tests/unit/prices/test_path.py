from itertools import pairwise

import pytest

from solvent.prices import Kind, Path, PricesError, PriceUnavailable, recorded_closes

CLOSES = recorded_closes()
START = CLOSES.first_ms
HOUR_MS = 3_600_000


def test_the_path_hits_every_close_exactly_and_calls_it_recorded() -> None:
    path = Path(closes=CLOSES, seed=1)
    for close in CLOSES.ticks("SOL"):
        tick = path.at("SOL", close.at_ms)
        assert (tick.price, tick.kind) == (close.price, Kind.RECORDED)


def test_every_moment_that_is_no_close_says_that_it_is_interpolated() -> None:
    ticks = Path(closes=CLOSES, seed=1).ticks("ETH", from_ms=START, to_ms=START + HOUR_MS, step_ms=60_000)
    kinds = [tick.kind for tick in ticks]
    assert kinds == [Kind.RECORDED, *[Kind.INTERPOLATED] * 59, Kind.RECORDED]


def test_a_seed_draws_the_same_prices_on_every_python() -> None:
    ticks = Path(closes=CLOSES, seed=7).ticks("SOL", from_ms=START, to_ms=START + HOUR_MS, step_ms=600_000)
    assert [tick.units for tick in ticks] == [
        95_760_000,
        96_020_450,
        96_200_493,
        96_255_684,
        96_368_937,
        96_563_566,
        96_930_000,
    ]


def test_another_seed_or_symbol_draws_another_path() -> None:
    moment = START + HOUR_MS // 2
    one, other = Path(closes=CLOSES, seed=1), Path(closes=CLOSES, seed=2)
    assert one.at("SOL", moment) != other.at("SOL", moment)
    assert one.at("SOL", moment) == Path(closes=CLOSES, seed=1).at("SOL", moment)


def test_the_price_at_a_moment_does_not_depend_on_what_was_asked_before() -> None:
    path = Path(closes=CLOSES, seed=3)
    coarse = path.at("BTC", START + 1_800_000)
    fine = list(path.ticks("BTC", from_ms=START, to_ms=START + HOUR_MS, step_ms=1_000))
    assert fine[1_800] == coarse


def test_neighbouring_seconds_lie_close_together() -> None:
    ticks = Path(closes=CLOSES, seed=5).ticks("BTC", from_ms=START, to_ms=START + HOUR_MS, step_ms=1_000)
    assert all(abs(later.units - earlier.units) * 1_000 < earlier.units for earlier, later in pairwise(ticks))


def test_without_roughness_the_path_between_two_closes_is_straight() -> None:
    tick = Path(closes=CLOSES, seed=5, roughness_ppm=0).at("SOL", START + HOUR_MS // 2)
    assert tick.units == (95_760_000 + 96_930_000) // 2


def test_past_the_end_the_path_holds_the_last_close_and_says_so() -> None:
    tick = Path(closes=CLOSES, seed=5).at("SOL", CLOSES.last_ms + HOUR_MS)
    assert (tick.kind, tick.at_ms) == (Kind.HELD, CLOSES.last_ms + HOUR_MS)
    assert tick.price == CLOSES.at("SOL", CLOSES.last_ms).price


def test_a_moment_before_the_recording_has_no_price() -> None:
    with pytest.raises(PriceUnavailable):
        Path(closes=CLOSES, seed=5).at("SOL", START - 1)


@pytest.mark.parametrize("roughness_ppm", [-1, 100_001])
def test_a_roughness_that_could_reach_zero_is_refused(roughness_ppm: int) -> None:
    with pytest.raises(PricesError, match="roughness_ppm"):
        Path(closes=CLOSES, seed=5, roughness_ppm=roughness_ppm)


def test_a_step_of_nothing_is_refused() -> None:
    with pytest.raises(PricesError, match="step_ms"):
        list(Path(closes=CLOSES, seed=5).ticks("SOL", from_ms=START, to_ms=START, step_ms=0))
