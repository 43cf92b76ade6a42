"""The recording played back, with literal prices of the recording."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from solvent.money import Ratio, parse_moment
from solvent.prices import (
    Cursor,
    Feed,
    Kind,
    Path,
    PricesError,
    PriceUnavailable,
    ReplayFeed,
    recorded_closes,
)

CLOSES = recorded_closes()
PATH = Path(closes=CLOSES, seed=7)
FIRST, LAST = CLOSES.first_ms, CLOSES.last_ms
VENUE = parse_moment("2026-11-22T09:00Z")
HOUR_MS = 3_600_000
REAL_TIME = Ratio(1, 1)


def replay(source_ms: int = FIRST, *, speed: Ratio = REAL_TIME, heartbeat_ms: int = 5_000) -> ReplayFeed:
    return ReplayFeed(
        PATH, Cursor(venue_ms=VENUE, source_ms=source_ms, speed=speed), heartbeat_ms=heartbeat_ms
    )


def test_a_replay_begins_with_the_first_closes_at_the_venues_moment() -> None:
    feed: Feed = replay()
    assert feed.symbols == ("SOL", "BTC", "ETH")
    assert feed.next_due_ms == VENUE
    ticks = feed.due(VENUE)
    assert [str(tick) for tick in ticks] == ["SOL 95.76 USD", "BTC 42779.06 USD", "ETH 2560.5 USD"]
    assert {(tick.at_ms, tick.recording_ms, tick.kind) for tick in ticks} == {(VENUE, FIRST, Kind.RECORDED)}
    assert {tick.confidence for tick in ticks} == {Ratio(0, 1)}


def test_it_publishes_every_five_seconds_and_says_interpolated() -> None:
    feed = replay()
    feed.due(VENUE)
    assert feed.next_due_ms == VENUE + 5_000
    assert feed.due(VENUE + 4_999) == ()
    ticks = feed.due(VENUE + 10_000)
    assert [tick.at_ms - VENUE for tick in ticks] == [5_000] * 3 + [10_000] * 3
    assert [tick.label for tick in ticks[:3]] == [
        "SOL (interpolated)",
        "BTC (interpolated)",
        "ETH (interpolated)",
    ]
    assert ticks[0].units == 95_748_942


def test_nothing_is_published_twice() -> None:
    feed = replay()
    assert len(feed.due(VENUE + 12_000)) == 9
    assert feed.due(VENUE + 12_000) == ()


def test_a_reading_is_the_last_published_tick_and_ages_until_the_next() -> None:
    feed = replay()
    tick = feed.read("SOL", VENUE + 9_999)
    assert (tick.at_ms, tick.units) == (VENUE + 5_000, 95_748_942)
    assert feed.read("SOL", VENUE + 10_000).at_ms == VENUE + 10_000


def test_reading_ahead_takes_nothing_from_what_is_due() -> None:
    feed = replay()
    feed.read("SOL", VENUE + 20_000)
    assert len(feed.due(VENUE)) == 3


def test_at_an_hour_a_second_each_close_is_published_in_its_second() -> None:
    feed = replay(speed=Ratio(3_600, 1))
    closes = [tick for tick in feed.due(VENUE + 4_000) if tick.symbol == "SOL"]
    assert [(tick.at_ms - VENUE, str(tick)) for tick in closes] == [
        (0, "SOL 95.76 USD"),
        (1_000, "SOL 96.93 USD"),
        (2_000, "SOL 96.2 USD"),
        (3_000, "SOL 97.52 USD"),
        (4_000, "SOL 97.85 USD"),
    ]


def test_a_speed_that_steps_over_a_close_publishes_it_all_the_same() -> None:
    feed = replay(speed=Ratio(7_001, 3))
    ticks = [tick for tick in feed.due(VENUE + 1_543) if tick.symbol == "SOL"]
    assert [(tick.at_ms - VENUE, str(tick), tick.recording_ms) for tick in ticks[1:]] == [
        (1_543, "SOL 96.93 USD", FIRST + HOUR_MS)
    ]


def test_a_slow_replay_reads_the_recording_slowly() -> None:
    feed = replay(speed=Ratio(1, 3))
    assert feed.recording_at(VENUE + 5_000) == FIRST + 1_666
    assert feed.due(VENUE + 5_000)[-1].recording_ms == FIRST + 1_666


def test_another_speed_goes_on_from_where_the_recording_stands() -> None:
    feed = replay()
    feed.set_speed(Ratio(60, 1), VENUE + 6_000)
    assert feed.recording_at(VENUE + 7_000) == FIRST + 6_000 + 60_000
    assert [tick.at_ms - VENUE for tick in feed.due(VENUE + 11_000)[::3]] == [0, 5_000, 6_000, 11_000]


def test_seeking_moves_the_price_and_leaves_the_venues_time() -> None:
    feed = replay()
    feed.due(VENUE + 5_000)
    rise = parse_moment("2024-01-23T08:00Z")
    feed.seek(rise, VENUE + 6_000)
    tick = feed.read("SOL", VENUE + 6_000)
    assert (tick.at_ms, tick.recording_ms, str(tick)) == (VENUE + 6_000, rise, "SOL 80.99 USD")
    feed.seek(FIRST, VENUE + 6_500)
    assert [(tick.at_ms - VENUE, str(tick)) for tick in feed.due(VENUE + 7_000)[::3]] == [
        (6_000, "SOL 80.99 USD"),
        (6_500, "SOL 95.76 USD"),
    ]


@pytest.mark.parametrize("outside", [FIRST - 1, LAST + 1])
def test_seeking_out_of_the_recording_is_refused_with_its_span(outside: int) -> None:
    feed = replay()
    with pytest.raises(PriceUnavailable, match="2024-01-14T02:00Z to 2024-02-24T17:00Z"):
        feed.seek(outside, VENUE)
    assert feed.cursor == Cursor(venue_ms=VENUE, source_ms=FIRST)


def test_a_replay_from_before_the_recording_is_refused() -> None:
    with pytest.raises(PriceUnavailable, match=r"2024-01-14T01:59:59\.999Z"):
        replay(FIRST - 1)


def test_a_paused_reading_keeps_its_price_and_gets_no_older() -> None:
    feed = replay()
    feed.due(VENUE + 7_000)
    feed.pause(VENUE + 7_000)
    paused = feed.read("SOL", VENUE + 7_000)
    later = feed.read("SOL", VENUE + 7_000 + HOUR_MS)
    assert (later.units, later.kind, later.recording_ms) == (paused.units, paused.kind, FIRST + 7_000)
    assert later.at_ms == VENUE + 7_000 + HOUR_MS


def test_heartbeats_go_on_while_paused() -> None:
    feed = replay()
    feed.due(VENUE + 6_999)
    feed.pause(VENUE + 7_000)
    ticks = feed.due(VENUE + 20_000)
    assert [tick.at_ms - VENUE for tick in ticks[::3]] == [7_000, 12_000, 17_000]
    assert len({tick.units for tick in ticks[::3]}) == 1


def test_resuming_goes_on_from_the_paused_moment() -> None:
    feed = replay()
    feed.pause(VENUE + 7_000)
    feed.resume(VENUE + 60_000)
    assert feed.recording_at(VENUE + 61_000) == FIRST + 8_000
    assert feed.read("SOL", VENUE + 60_000).recording_ms == FIRST + 7_000


def test_pausing_twice_and_resuming_twice_change_nothing() -> None:
    feed = replay()
    feed.resume(VENUE + 1_000)
    assert feed.cursor == Cursor(venue_ms=VENUE, source_ms=FIRST)
    feed.pause(VENUE + 2_000)
    once = feed.cursor
    feed.pause(VENUE + 3_000)
    assert feed.cursor == once


def test_seeking_while_paused_stays_paused_at_the_new_price() -> None:
    feed = replay()
    feed.pause(VENUE)
    feed.seek(FIRST + HOUR_MS, VENUE + 1_000)
    assert str(feed.read("SOL", VENUE + 90_000)) == "SOL 96.93 USD"
    assert feed.cursor.is_paused


def test_at_its_end_the_last_close_is_recorded_and_from_then_on_held() -> None:
    feed = replay(LAST - 2_000)
    feed.due(VENUE + 1_999)
    assert not feed.has_ended(VENUE + 2_000)
    assert feed.has_ended(VENUE + 2_001)
    ticks = [tick for tick in feed.due(VENUE + 10_000) if tick.symbol == "SOL"]
    assert [(tick.at_ms - VENUE, str(tick)) for tick in ticks] == [
        (2_000, "SOL 103.48 USD"),
        (5_000, "SOL (held) 103.48 USD"),
        (10_000, "SOL (held) 103.48 USD"),
    ]
    assert {tick.recording_ms for tick in ticks} == {LAST}
    assert feed.recording_at(VENUE + 10_000) == LAST


def test_from_the_held_end_one_can_seek_back() -> None:
    feed = replay(LAST)
    feed.due(VENUE + HOUR_MS)
    feed.seek(FIRST, VENUE + HOUR_MS)
    assert str(feed.read("ETH", VENUE + HOUR_MS)) == "ETH 2560.5 USD"


@pytest.mark.parametrize("call", ["due", "pause", "resume", "seek", "set_speed"])
def test_a_moment_before_one_that_was_told_is_refused(call: str) -> None:
    feed = replay()
    feed.due(VENUE + 1_000)
    calls: dict[str, Callable[[int], object]] = {
        "due": feed.due,
        "pause": feed.pause,
        "resume": feed.resume,
        "seek": lambda now: feed.seek(FIRST, now),
        "set_speed": lambda now: feed.set_speed(Ratio(2, 1), now),
    }
    with pytest.raises(PricesError, match=r"2026-11-22T09:00:00\.999Z is before 2026-11-22T09:00:01Z"):
        calls[call](VENUE + 999)


def test_a_reading_from_before_the_last_seek_is_refused() -> None:
    feed = replay()
    feed.seek(FIRST + HOUR_MS, VENUE + 1_000)
    with pytest.raises(PricesError, match="never runs backwards"):
        feed.read("SOL", VENUE + 999)


def test_a_symbol_that_was_not_recorded_is_refused_with_those_that_were() -> None:
    with pytest.raises(PriceUnavailable, match="no price for DOGE; known is SOL and BTC and ETH"):
        replay().read("DOGE", VENUE)


@pytest.mark.parametrize("heartbeat_ms", [0, 5_001])
def test_a_heartbeat_slower_than_five_seconds_is_refused(heartbeat_ms: int) -> None:
    with pytest.raises(PricesError, match=f"heartbeat_ms is {heartbeat_ms}; give 1 to 5000"):
        replay(heartbeat_ms=heartbeat_ms)


@pytest.mark.parametrize("speed", [Ratio(0, 1), Ratio(-1, 2)])
def test_a_speed_that_is_not_above_zero_is_refused(speed: Ratio) -> None:
    with pytest.raises(PricesError, match="give a number above zero, or pause"):
        replay().set_speed(speed, VENUE)


def test_a_faster_heartbeat_publishes_more_often() -> None:
    ticks = replay(heartbeat_ms=1_000).due(VENUE + 3_000)[::3]
    assert [later.at_ms - earlier.at_ms for earlier, later in pairwise(ticks)] == [1_000] * 3


def test_a_restart_goes_on_from_the_kept_cursor() -> None:
    feed = replay(speed=Ratio(60, 1))
    feed.due(VENUE + 10_000)
    again = ReplayFeed(PATH, feed.cursor.from_now(VENUE + 30_000))
    assert again.recording_at(VENUE + 31_000) == FIRST + 31 * 60_000
    assert again.due(VENUE + 30_000)[0].at_ms == VENUE + 30_000


def test_what_is_skipped_is_not_published_and_the_moments_after_it_stay_as_they_were() -> None:
    whole, resumed = replay(speed=Ratio(900, 1)), replay(speed=Ratio(900, 1))
    resumed.skip(VENUE + 12_001)
    assert resumed.due(VENUE + 40_000) == tuple(
        tick for tick in whole.due(VENUE + 40_000) if tick.at_ms >= VENUE + 12_001
    )
    assert resumed.read("SOL", VENUE + 40_000) == whole.read("SOL", VENUE + 40_000)


def test_skipping_drops_what_an_earlier_cursor_left_and_doubles_nothing() -> None:
    feed = replay()
    feed.due(VENUE)
    feed.skip(VENUE)
    assert feed.due(VENUE) == ()
    feed.pause(VENUE + 12_000)
    feed.skip(VENUE + 10_000 + 2_000)
    assert {tick.at_ms for tick in feed.due(VENUE + 13_000)} == {VENUE + 12_000}
    feed.skip(VENUE + 1)
    assert feed.due(VENUE + 13_000) == ()
