"""Shocks: a symbol jumps, says that it is scripted, and goes on in proportion to its source."""

import pytest

from solvent.money import Ratio
from solvent.prices import (
    Cursor,
    Kind,
    Path,
    PricesError,
    PriceUnavailable,
    ScriptedMove,
    ShockedFeed,
    recorded_closes,
)

CLOSES = recorded_closes()
PATH = Path(closes=CLOSES, seed=7)
START = 1_000_000
HOUR = 3_600_000


def feed() -> ShockedFeed:
    cursor = Cursor(venue_ms=START, source_ms=CLOSES.first_ms, speed=Ratio(10, 1))
    return ShockedFeed(PATH, cursor, first_ms=CLOSES.first_ms, last_ms=CLOSES.last_ms)


def test_a_shock_sets_the_price_at_once_and_calls_it_scripted() -> None:
    played = feed()
    played.rescale(played.shocked("SOL", Ratio(80, 1), START + 7), START + 7)
    ticks = {tick.symbol: tick for tick in played.due(START + 7) if tick.at_ms == START + 7}
    assert ticks["SOL"].kind is Kind.SCRIPTED
    assert abs(ticks["SOL"].units - 80_000_000) <= 1
    assert ticks["BTC"].kind is Kind.INTERPOLATED


def test_after_a_shock_the_price_moves_as_its_source_does() -> None:
    played, calm = feed(), feed()
    played.rescale(played.shocked("SOL", Ratio(47_88, 100), START), START)
    later = START + HOUR
    shocked, own = played.read("SOL", later), calm.read("SOL", later)
    # Half of the first close, 95.76, so that it stays half.
    assert abs(2 * shocked.units - own.units) <= 2


def test_a_shock_that_is_taken_back_leaves_the_source_as_it_was() -> None:
    played, calm = feed(), feed()
    played.rescale(played.shocked("SOL", Ratio(80, 1), START), START)
    played.rescale({}, START + 5)
    assert played.read("SOL", START + HOUR).price == calm.read("SOL", START + HOUR).price
    assert played.factors == {}


def test_what_was_due_before_a_shock_is_published_at_the_old_price() -> None:
    played = feed()
    played.due(START)
    played.rescale(played.shocked("SOL", Ratio(80, 1), START + 12_000), START + 12_000)
    kinds = {tick.at_ms: tick.kind for tick in played.due(START + 12_000) if tick.symbol == "SOL"}
    assert kinds == {
        START + 5_000: Kind.INTERPOLATED,
        START + 10_000: Kind.INTERPOLATED,
        START + 12_000: Kind.SCRIPTED,
    }


@pytest.mark.parametrize("price", [Ratio(0, 1), Ratio(1, 1_000), Ratio(100_000_000, 1)])
def test_a_price_that_is_a_thousand_times_off_is_refused(price: Ratio) -> None:
    with pytest.raises(PricesError, match="stay within 1000 times"):
        feed().shocked("SOL", price, START)


@pytest.mark.parametrize("moment", [CLOSES.first_ms - 1, CLOSES.last_ms + 1])
def test_seeking_outside_of_the_source_is_refused_with_its_span(moment: int) -> None:
    with pytest.raises(PriceUnavailable, match="2024-01-14T02:00Z to 2024-02-24T17:00Z"):
        feed().seek(moment, START)


def test_a_source_without_an_end_can_be_sought_to_any_later_moment() -> None:
    cursor = Cursor(venue_ms=START, source_ms=CLOSES.first_ms)
    endless = ShockedFeed(PATH, cursor, first_ms=CLOSES.first_ms)
    endless.seek(CLOSES.last_ms + 1, START)
    assert endless.read("SOL", START).kind is Kind.HELD
    with pytest.raises(PriceUnavailable, match="known is 2024-01-14T02:00Z on"):
        endless.seek(0, START)


def test_a_cursor_before_the_source_is_refused() -> None:
    with pytest.raises(PriceUnavailable):
        ShockedFeed(PATH, Cursor(venue_ms=START, source_ms=0), first_ms=CLOSES.first_ms)


def test_a_speed_changes_how_fast_the_source_passes() -> None:
    played = feed()
    played.set_speed(Ratio(3_600, 1), START)
    assert played.read("SOL", START + 5_000).recording_ms == CLOSES.first_ms + 5 * HOUR


def scripted(*moves: ScriptedMove, at_ms: int = START) -> ShockedFeed:
    played = feed()
    scripts = played.scripted("BTC", moves, at_ms)
    played.rewrite(at_ms, factors=played.factors, scripts=scripts)
    return played


def price(played: ShockedFeed, after_ms: int) -> Ratio:
    return played.read("BTC", START + after_ms).price


def test_a_price_that_is_set_stays_exactly_there_whatever_the_source_does() -> None:
    played = scripted(ScriptedMove(to=Ratio(60_000, 1)))
    assert {price(played, after) for after in (0, 5_000, HOUR)} == {Ratio(60_000, 1)}
    assert played.read("BTC", START + HOUR).kind is Kind.SCRIPTED
    assert played.read("SOL", START + HOUR).kind is not Kind.SCRIPTED


def test_a_crash_of_an_eighth_in_ninety_seconds_is_straight_and_ends_exactly() -> None:
    fall = ScriptedMove(by=Ratio(-12, 100), over_ms=90_000)
    played = scripted(ScriptedMove(to=Ratio(60_000, 1)), fall)
    assert price(played, 0) == Ratio(60_000, 1)
    assert price(played, 45_000) == Ratio(56_400, 1)
    assert price(played, 90_000) == price(played, 10 * HOUR) == Ratio(52_800, 1)
    published = {tick.at_ms - START: tick.price for tick in played.due(START + HOUR) if tick.symbol == "BTC"}
    assert published[90_000] == Ratio(52_800, 1)
    assert min(published.values()) == Ratio(52_800, 1)


def test_moves_follow_each_other_and_one_without_an_aim_waits() -> None:
    played = scripted(
        ScriptedMove(to=Ratio(100, 1)),
        ScriptedMove(over_ms=10_000),
        ScriptedMove(to=Ratio(200, 1), over_ms=10_000),
        ScriptedMove(by=Ratio(-1, 2)),
    )
    assert [price(played, after) for after in (0, 10_000, 15_000, 20_000)] == [
        Ratio(100, 1), Ratio(100, 1), Ratio(150, 1), Ratio(100, 1),
    ]  # fmt: skip


def test_the_end_of_a_move_is_published_between_two_heartbeats() -> None:
    played = scripted(ScriptedMove(to=Ratio(50, 1), over_ms=7_777))
    assert START + 7_777 in {tick.at_ms for tick in played.due(START + 9_000)}


def test_a_pause_holds_a_script_and_the_speed_is_the_one_at_its_beginning() -> None:
    played = scripted(ScriptedMove(to=Ratio(100, 1)), ScriptedMove(to=Ratio(200, 1), over_ms=10_000))
    played.pause(START + 5_000)
    assert price(played, HOUR) == Ratio(150, 1)
    played.resume(START + HOUR)
    assert price(played, HOUR + 5_000) == Ratio(200, 1)


def test_a_script_that_is_taken_back_leaves_the_source_as_it_was() -> None:
    played = scripted(ScriptedMove(to=Ratio(60_000, 1)))
    played.rewrite(START + 5, factors={}, scripts={})
    assert price(played, HOUR) == price(feed(), HOUR)


def test_seeking_ends_a_script() -> None:
    played = scripted(ScriptedMove(to=Ratio(60_000, 1)))
    played.seek(CLOSES.first_ms, START)
    assert (played.scripts, price(played, HOUR)) == ({}, price(feed(), HOUR))


@pytest.mark.parametrize(
    "move", [ScriptedMove(to=Ratio(0, 1)), ScriptedMove(by=Ratio(-1, 1)), ScriptedMove(to=Ratio(-5, 1))]
)
def test_a_script_never_ends_at_nothing(move: ScriptedMove) -> None:
    with pytest.raises(PricesError, match="give a price above zero"):
        scripted(move)
    with pytest.raises(PriceUnavailable):
        feed().scripted("DOGE", [ScriptedMove(to=Ratio(1, 1))], START)
