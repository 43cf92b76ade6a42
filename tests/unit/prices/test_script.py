"""Scripted prices: exact where a move begins and ends, and refused with a sentence where they cannot be."""

import pytest

from solvent.money import Ratio
from solvent.prices import (
    Crash,
    Feed,
    Kind,
    Move,
    PricesError,
    PriceUnavailable,
    Ramp,
    Script,
    ScriptedFeed,
    SetPrice,
)

SOL = Ratio(9_576, 100)
START = {"SOL": SOL, "ETH": Ratio(256_050, 100)}
CRASH = Crash(symbol="SOL", at_ms=10_000, fall=Ratio.parse("12%"), over_ms=90_000)


def script(*moves: Move) -> Script:
    return Script.starting(0, START, moves)


def price(told: Script, now_ms: int, symbol: str = "SOL") -> str:
    return str(told.at(symbol, now_ms).price)


def test_a_crash_of_twelve_per_cent_takes_ninety_seconds_and_ends_exactly() -> None:
    told = script(CRASH)
    assert [price(told, now_ms) for now_ms in (0, 10_000, 55_000, 100_000, 10**9)] == [
        "95.76",
        "95.76",
        "90.0144",
        "84.2688",
        "84.2688",
    ]
    assert price(told, 55_000, "ETH") == "2560.5"


def test_a_set_price_holds_from_its_very_moment() -> None:
    told = script(SetPrice(symbol="SOL", at_ms=7_000, price=Ratio(100, 1)))
    assert [price(told, now_ms) for now_ms in (6_999, 7_000)] == ["95.76", "100"]


def test_moves_follow_each_other_and_may_be_given_in_any_order() -> None:
    back = Ramp(symbol="SOL", at_ms=100_000, price=SOL, over_ms=10_000)
    assert script(back, CRASH) == script(CRASH, back)
    assert price(script(CRASH, back), 105_000) == "90.0144"


def test_of_two_prices_set_at_one_moment_the_later_told_stands() -> None:
    one, other = (SetPrice(symbol="SOL", at_ms=5, price=Ratio(units, 1)) for units in (80, 70))
    assert price(script(one, other), 5) == "70"


def test_a_confidence_lasts_from_its_move_to_the_next() -> None:
    told = script(
        SetPrice(symbol="SOL", at_ms=5_000, price=SOL, confidence=Ratio(3, 1)),
        SetPrice(symbol="SOL", at_ms=8_000, price=SOL),
    )
    confidences = [told.at("SOL", now_ms).confidence for now_ms in (4_999, 5_000, 7_999, 8_000)]
    assert confidences == [Ratio(0, 1), Ratio(3, 1), Ratio(3, 1), Ratio(0, 1)]


def test_each_move_is_published_at_its_beginning_and_its_end() -> None:
    feed: Feed = ScriptedFeed(script(Crash(symbol="SOL", at_ms=6_500, fall=Ratio(1, 4), over_ms=1_234)))
    ticks = [tick for tick in feed.due(10_000) if tick.symbol == "SOL"]
    assert [(tick.at_ms, str(tick)) for tick in ticks] == [
        (0, "SOL (scripted) 95.76 USD"),
        (5_000, "SOL (scripted) 95.76 USD"),
        (6_500, "SOL (scripted) 95.76 USD"),
        (7_734, "SOL (scripted) 71.82 USD"),
        (10_000, "SOL (scripted) 71.82 USD"),
    ]
    assert {(tick.kind, tick.recording_ms) for tick in ticks} == {(Kind.SCRIPTED, None)}


def test_pausing_puts_off_what_is_still_to_come() -> None:
    feed = ScriptedFeed(script(CRASH))
    feed.pause(10_000)
    feed.resume(70_000)
    assert str(feed.read("SOL", 160_000).price) == "84.2688"
    assert str(feed.read("SOL", 115_000).price) == "90.0144"


@pytest.mark.parametrize(
    ("move", "complaint"),
    [
        (SetPrice(symbol="DOGE", at_ms=1, price=SOL), "set of DOGE at .*: give a first price of DOGE too"),
        (SetPrice(symbol="SOL", at_ms=-1, price=SOL), "begin it at 1970-01-01T00:00Z or later"),
        (SetPrice(symbol="SOL", at_ms=50_000, price=SOL), "begin it at 1970-01-01T00:01:40Z or later"),
        (SetPrice(symbol="ETH", at_ms=1, price=Ratio(0, 1)), "the price is 0; give one above zero"),
        (SetPrice(symbol="ETH", at_ms=1, price=Ratio(1, 3)), "more than 18 decimals"),
        (Ramp(symbol="ETH", at_ms=1, price=SOL, over_ms=0), "ramp of ETH .*: over_ms is 0"),
        (Crash(symbol="ETH", at_ms=1, fall=Ratio(1, 2), over_ms=-1), "crash of ETH .*: over_ms is -1"),
        (Crash(symbol="ETH", at_ms=1, fall=Ratio(0, 1), over_ms=9), "fall is 0; give a part above zero"),
        (Crash(symbol="ETH", at_ms=1, fall=Ratio(-1, 9), over_ms=9), "crash of ETH"),
        (Crash(symbol="ETH", at_ms=1, fall=Ratio(1, 1), over_ms=9), "the price is 0; give one above zero"),
        (SetPrice(symbol="ETH", at_ms=1, price=SOL, confidence=Ratio(-1, 1)), "give zero or more"),
        (SetPrice(symbol="ETH", at_ms=1, price=SOL, confidence=Ratio(1, 3)), "more than 18 decimals"),
    ],
)
def test_an_impossible_move_is_refused_by_its_name(move: Move, complaint: str) -> None:
    with pytest.raises(PricesError, match=complaint):
        script(CRASH, move)


def test_a_script_without_a_symbol_is_refused() -> None:
    with pytest.raises(PricesError, match="the script has no symbol"):
        Script.starting(0, {})


def test_a_script_starts_with_prices_above_zero() -> None:
    with pytest.raises(PricesError, match="SOL at the script's first moment: the price is 0"):
        Script.starting(0, {"SOL": Ratio(0, 1)})


@pytest.mark.parametrize(("symbol", "now_ms"), [("DOGE", 0), ("SOL", -1)])
def test_a_script_has_no_price_of_other_symbols_or_before_its_beginning(symbol: str, now_ms: int) -> None:
    with pytest.raises(PriceUnavailable, match=f"no price for {symbol}"):
        script(CRASH).at(symbol, now_ms)
