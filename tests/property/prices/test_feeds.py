"""Feeds under any user: when they publish, what, and that nothing depends on how often they are asked."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.money import Ratio, div_ceil
from solvent.prices import (
    Closes,
    Cursor,
    Kind,
    Path,
    PlayedFeed,
    PricesError,
    ReplayFeed,
    Script,
    ScriptedFeed,
    SetPrice,
    SimulatedFeed,
    Simulation,
    Tick,
    recorded_closes,
)

VENUE = 1_700_000_000_000
HEARTBEAT_MS = 5_000
RECORDED = recorded_closes()
# Closes a few seconds apart, so that a short run meets many of them and the end.
QUICK = Closes(
    first_ms=RECORDED.first_ms,
    step_ms=7_001,
    decimals=2,
    units={"SOL": RECORDED.units["SOL"][:9], "ETH": RECORDED.units["ETH"][:9]},
)
QUICK_PATH = Path(closes=QUICK, seed=7)
LENGTH_MS = QUICK.last_ms - QUICK.first_ms

speeds = st.builds(Ratio, st.integers(1, 40), st.integers(1, 8))
gaps = st.lists(st.integers(0, 9_000), max_size=12)
Control = Callable[[ReplayFeed, int], None]
controls: st.SearchStrategy[Control] = st.one_of(
    st.just(ReplayFeed.pause),
    st.just(ReplayFeed.resume),
    st.integers(0, LENGTH_MS).map(lambda by: lambda feed, now: feed.seek(QUICK.first_ms + by, now)),
    speeds.map(lambda speed: lambda feed, now: feed.set_speed(speed, now)),
)
usages = st.lists(st.tuples(st.integers(0, 9_000), controls), max_size=8)


def quick_replay(speed: Ratio, *, heartbeat_ms: int = HEARTBEAT_MS, by_ms: int = 0) -> ReplayFeed:
    cursor = Cursor(venue_ms=VENUE, source_ms=QUICK.first_ms + by_ms, speed=speed)
    return ReplayFeed(QUICK_PATH, cursor, heartbeat_ms=heartbeat_ms)


def simulated() -> SimulatedFeed:
    return SimulatedFeed(Simulation(seed=3), Cursor(venue_ms=VENUE, source_ms=0))


def scripted() -> ScriptedFeed:
    moves = [SetPrice(symbol="SOL", at_ms=VENUE + at_ms, price=Ratio(at_ms, 8_000)) for at_ms in (3, 9_123)]
    return ScriptedFeed(Script.starting(VENUE, {"SOL": Ratio(95, 1)}, moves))


def use(feed: ReplayFeed, usage: list[tuple[int, Control]], *, asked: bool) -> list[Tick]:
    """Let a user control a feed; when `asked`, what is due is fetched before each control too."""
    now_ms = VENUE
    ticks: list[Tick] = []
    for gap_ms, control in usage:
        now_ms += gap_ms
        if asked:
            ticks += feed.due(now_ms)
        control(feed, now_ms)
    return [*ticks, *feed.due(now_ms + 20_000)]


@given(speeds, usages)
def test_what_is_published_does_not_depend_on_how_often_it_is_asked(
    speed: Ratio, usage: list[tuple[int, Control]]
) -> None:
    assert use(quick_replay(speed), usage, asked=True) == use(quick_replay(speed), usage, asked=False)


@pytest.mark.parametrize("make", [lambda: quick_replay(Ratio(1, 1)), simulated, scripted])
@given(gaps=gaps)
def test_every_feed_publishes_the_same_in_many_calls_as_in_one(
    make: Callable[[], PlayedFeed], gaps: list[int]
) -> None:
    one, many = make(), make()
    now_ms = VENUE
    ticks: list[Tick] = []
    for gap_ms in gaps:
        now_ms += gap_ms
        ticks += many.due(now_ms)
    assert tuple(ticks) == (one.due(now_ms) if gaps else ())


@given(speeds, usages, st.integers(1, HEARTBEAT_MS))
def test_time_never_runs_backwards_and_no_gap_is_longer_than_the_heartbeat(
    speed: Ratio, usage: list[tuple[int, Control]], heartbeat_ms: int
) -> None:
    heartbeat_ms = max(heartbeat_ms, 500)
    ticks = use(quick_replay(speed, heartbeat_ms=heartbeat_ms), usage, asked=False)
    moments = [tick.at_ms for tick in ticks]
    end_ms = VENUE + sum(gap_ms for gap_ms, _ in usage) + 20_000
    assert moments[0] == VENUE
    assert all(0 <= later - earlier <= heartbeat_ms for earlier, later in pairwise([*moments, end_ms]))


@given(speeds, usages, st.integers(0, 20_000))
def test_a_reading_is_the_last_published_tick(
    speed: Ratio, usage: list[tuple[int, Control]], later_ms: int
) -> None:
    feed = quick_replay(speed)
    ticks = use(feed, usage, asked=False)
    now_ms = max(feed.cursor.venue_ms, ticks[-1].at_ms - later_ms)
    published = [tick for tick in ticks if tick.symbol == "ETH" and tick.at_ms <= now_ms][-1]
    reading = feed.read("ETH", now_ms)
    assert (reading.units, reading.kind, reading.recording_ms) == (
        published.units,
        published.kind,
        published.recording_ms,
    )
    assert reading.at_ms == (now_ms if feed.cursor.is_paused else published.at_ms)


@given(speeds, usages)
def test_next_due_is_the_first_moment_with_something_to_publish(
    speed: Ratio, usage: list[tuple[int, Control]]
) -> None:
    feed = quick_replay(speed)
    now_ms = VENUE
    for gap_ms, control in usage:
        now_ms += gap_ms
        feed.due(now_ms)
        due_ms = feed.next_due_ms
        assert due_ms > now_ms
        assert feed.due(due_ms - 1) == ()
        assert {tick.at_ms for tick in feed.due(due_ms)} == {due_ms}
        now_ms = due_ms
        control(feed, now_ms)
        assert feed.next_due_ms >= now_ms


@given(st.sampled_from(RECORDED.moments[1:]), st.integers(1, 20_000))
def test_at_speed_one_each_recorded_close_is_hit_at_its_very_moment(close_ms: int, before_ms: int) -> None:
    cursor = Cursor(venue_ms=VENUE, source_ms=close_ms - before_ms)
    feed = ReplayFeed(Path(closes=RECORDED, seed=7), cursor)
    assert Kind.RECORDED not in {tick.kind for tick in feed.due(VENUE + before_ms - 1)}
    assert [(tick.at_ms, tick.kind, tick.price) for tick in feed.due(VENUE + before_ms)] == [
        (VENUE + before_ms, Kind.RECORDED, RECORDED.at(symbol, close_ms).price) for symbol in RECORDED.symbols
    ]


@given(speeds, st.integers(0, LENGTH_MS - 1))
def test_at_any_speed_each_close_that_is_still_to_come_is_published_as_recorded(
    speed: Ratio, by_ms: int
) -> None:
    feed = quick_replay(speed, by_ms=by_ms)
    left_ms = LENGTH_MS - by_ms
    arrival_ms = VENUE + div_ceil(left_ms * speed.den, speed.num)
    ticks = [tick for tick in feed.due(arrival_ms) if tick.symbol == "SOL" and tick.kind is Kind.RECORDED]
    coming = [tick for tick in QUICK.ticks("SOL") if tick.at_ms >= QUICK.first_ms + by_ms]
    assert [(tick.recording_ms, tick.price) for tick in ticks] == [
        (close.recording_ms, close.price) for close in coming
    ]
    assert ticks[-1].at_ms == arrival_ms


@given(speeds, usages, st.integers(0, LENGTH_MS), st.integers(0, 30_000))
def test_seeking_then_reading_equals_reading_from_scratch(
    speed: Ratio, usage: list[tuple[int, Control]], by_ms: int, later_ms: int
) -> None:
    used = quick_replay(speed)
    use(used, usage, asked=False)
    now_ms = VENUE + sum(gap_ms for gap_ms, _ in usage) + 20_000
    used.seek(QUICK.first_ms + by_ms, now_ms)
    scratch = ReplayFeed(QUICK_PATH, used.cursor)
    assert used.cursor.source_ms == QUICK.first_ms + by_ms
    assert used.read("SOL", now_ms + later_ms) == scratch.read("SOL", now_ms + later_ms)
    assert used.due(now_ms + later_ms) == scratch.due(now_ms + later_ms)


@given(speeds, st.integers(0, 2 * LENGTH_MS), st.integers(0, 60_000), st.integers(0, 10**9))
def test_pausing_freezes_age_price_and_the_recording(
    speed: Ratio, at_ms: int, wait_ms: int, later_ms: int
) -> None:
    feed = quick_replay(speed)
    pause_ms = VENUE + at_ms
    feed.pause(pause_ms)
    first, later = feed.read("SOL", pause_ms), feed.read("SOL", pause_ms + wait_ms)
    assert (later.units, later.kind, later.recording_ms) == (first.units, first.kind, first.recording_ms)
    assert pause_ms + wait_ms - later.at_ms == pause_ms - first.at_ms
    stood_ms = feed.recording_at(pause_ms)
    feed.resume(pause_ms + wait_ms)
    assert feed.recording_at(pause_ms + wait_ms) == stood_ms
    moved = feed.recording_at(pause_ms + wait_ms + later_ms)
    assert moved == min(
        QUICK.last_ms, Cursor(venue_ms=0, source_ms=stood_ms, speed=speed).source_at(later_ms)
    )


@given(speeds, st.integers(1, 10**9))
def test_past_the_end_the_last_close_is_held_for_ever(speed: Ratio, past_ms: int) -> None:
    end_ms = VENUE + div_ceil(LENGTH_MS * speed.den, speed.num)
    cursor = Cursor(venue_ms=VENUE, source_ms=QUICK.first_ms, speed=speed)
    feed = ReplayFeed(QUICK_PATH, cursor.from_now(end_ms + past_ms + speed.den))
    (sol, eth) = feed.due(end_ms + past_ms + speed.den)
    assert (sol.price, eth.price) == (
        QUICK.at("SOL", QUICK.last_ms).price,
        QUICK.at("ETH", QUICK.last_ms).price,
    )
    assert (sol.kind, sol.recording_ms) == (Kind.HELD, QUICK.last_ms)


@given(usages, st.integers(1, 10**6))
def test_a_moment_in_the_past_is_refused_and_changes_nothing(
    usage: list[tuple[int, Control]], back_ms: int
) -> None:
    feed = quick_replay(Ratio(1, 1))
    use(feed, usage, asked=False)
    now_ms = VENUE + sum(gap_ms for gap_ms, _ in usage) + 20_000
    before = feed.cursor, feed.next_due_ms
    for call in (feed.due, feed.pause, feed.resume):
        with pytest.raises(PricesError, match="never runs backwards"):
            call(now_ms - back_ms)
    assert (feed.cursor, feed.next_due_ms) == before
