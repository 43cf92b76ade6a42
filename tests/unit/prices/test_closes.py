from itertools import pairwise

import pytest

from solvent.money import Ratio, format_moment, parse_moment
from solvent.prices import Kind, PricesError, PriceUnavailable, cross_rate, parse_closes, recorded_closes

HOUR_MS = 3_600_000


def test_the_recording_is_a_thousand_hours_of_three_symbols() -> None:
    closes = recorded_closes()
    assert closes.symbols == ("SOL", "BTC", "ETH")
    assert len(closes) == 1000
    assert format_moment(closes.first_ms) == "2024-01-14T02:00Z"
    assert format_moment(closes.last_ms) == "2024-02-24T17:00Z"


def test_a_close_is_exactly_what_the_table_prints() -> None:
    tick = recorded_closes().at("ETH", parse_moment("2024-01-14T03:00Z"))
    assert (tick.price, tick.kind) == (Ratio(255_099, 100), Kind.RECORDED)
    assert str(tick.price) == "2550.99"


def test_between_two_closes_the_earlier_one_stands_with_its_own_moment() -> None:
    closes = recorded_closes()
    tick = closes.at("SOL", closes.first_ms + HOUR_MS - 1)
    assert (tick.at_ms, tick.units, tick.kind) == (closes.first_ms, 9576, Kind.RECORDED)


def test_past_the_end_the_last_close_is_held_and_says_so() -> None:
    closes = recorded_closes()
    tick = closes.at("SOL", closes.last_ms + 5_000)
    assert (tick.at_ms, tick.kind) == (closes.last_ms, Kind.HELD)
    assert tick.units == closes.at("SOL", closes.last_ms).units


def test_walking_the_closes_meets_every_hour_once() -> None:
    closes = recorded_closes()
    ticks = list(closes.ticks("BTC"))
    assert len(ticks) == 1000
    assert all(later.at_ms - earlier.at_ms == HOUR_MS for earlier, later in pairwise(ticks))
    assert min(tick.units for tick in ticks) < 3_890_000 < max(tick.units for tick in ticks)


def test_eth_in_sol_is_the_exact_quotient_of_two_closes() -> None:
    rate = recorded_closes().cross("ETH", "SOL", parse_moment("2024-01-14T02:00Z"))
    assert rate == Ratio(256_050, 9_576)
    assert cross_rate(Ratio(3, 2), Ratio(1, 4)) == Ratio(6, 1)


@pytest.mark.parametrize(("symbol", "moment"), [("DOGE", "2024-02-01T00:00Z"), ("SOL", "2024-01-14T01:59Z")])
def test_a_price_that_was_not_recorded_is_refused_with_what_there_is(symbol: str, moment: str) -> None:
    with pytest.raises(PriceUnavailable, match=symbol) as refusal:
        recorded_closes().at(symbol, parse_moment(moment))
    assert "SOL" in str(refusal.value) or "2024-01-14T02:00Z to 2024-02-24T17:00Z" in str(refusal.value)


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("", "header"),
        ("time,SOL_usd\n", "header"),
        ("hour_utc,SOL\n", "header"),
        ("hour_utc,SOL_usd\n", "no line"),
        ("hour_utc,SOL_usd\n2024-01-14T02:00Z", "line 2 has 1 cells"),
        ("hour_utc,SOL_usd\nyesterday,1", "line 2: hour_utc"),
        ("hour_utc,SOL_usd\n2024-01-14T02:00Z,1\n2024-01-14T04:00Z,1", "line 3 .* 2024-01-14T03:00Z"),
        ("hour_utc,SOL_usd\n2024-01-14T02:00Z,-1", "line 2: close"),
        ("hour_utc,SOL_usd\n2024-01-14T02:00Z,0", "line 2: close"),
        ("hour_utc,SOL_usd\n2024-01-14T02:00Z,1.234", "more than 2 decimals"),
        ("hour_utc,SOL_usd\n2024-01-14T02:00Z,nan", "line 2: close"),
    ],
)
def test_a_broken_table_is_refused_with_its_line(table: str, complaint: str) -> None:
    with pytest.raises(PricesError, match=complaint):
        parse_closes(table)
