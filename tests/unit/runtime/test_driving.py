"""Feeds drive a venue: every tick once, in order, on the venue's clock, also across a restart."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from itertools import pairwise
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from typing import Any

import pytest

from solvent import margin
from solvent.engine import commands, decode, events
from solvent.journal import open_journal
from solvent.money import Ratio, parse_moment
from solvent.prices import (
    Crash,
    Cursor,
    Feed,
    Kind,
    PricesError,
    ReplayFeed,
    Script,
    ScriptedFeed,
    SimulatedFeed,
    Simulation,
    recorded_closes,
)
from solvent.prices import Path as PricePath
from solvent.runtime import (
    Driver,
    Driving,
    Funded,
    Overloaded,
    Pacing,
    Quote,
    RealClock,
    Reply,
    RuntimeRefused,
    Venue,
    VenueStopped,
    VirtualClock,
    advance_to,
    replay,
)

START = parse_moment("2026-11-22T09:30Z")
HOUR, BEAT = 3_600_000, 5_000
CLOSES = recorded_closes()
LENDING = ("wETH/SOL", "wBTC/SOL")
WAIT_S = 10


def recording(speed: int = 1, source_ms: int = CLOSES.first_ms, start: int = START) -> ReplayFeed:
    cursor = Cursor(venue_ms=start, source_ms=source_ms, speed=Ratio(speed, 1))
    return ReplayFeed(PricePath(closes=CLOSES, seed=7), cursor)


def on(feed: Feed, *, funding: Funded | None = None) -> list[Driving]:
    """Return two money markets that share SOL and a perpetual, all on one feed."""
    sol = Quote(feed=feed, symbol="SOL")
    lent = [
        Driving(market=name, prices={"collateral_usd": Quote(feed=feed, symbol=symbol), "loan_usd": sol})
        for name, symbol in zip(LENDING, ("ETH", "BTC"), strict=True)
    ]
    return [*lent, Driving(market="SOL-PERP", prices={"mark": sol}, funding=funding)]


def opened(folder: Path | str, clock: VirtualClock) -> Venue:
    venue = Venue(open_journal(folder, venue_id="0" * 32), clock=clock)
    for name in (*LENDING, "SOL-PERP"):
        venue.ask(commands.CreateMarket(name=name, market=margin.preset(name)), key=name)
    return venue


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
def venue(clock: VirtualClock) -> Iterator[Venue]:
    with opened(":memory:", clock) as made:
        yield made


def journalled(venue: Venue) -> list[Any]:
    return [decode(record.payload) for record in venue.journal.read("venue", 0)]


def priced(venue: Venue, market: str) -> list[events.Priced]:
    return [one for one in journalled(venue) if isinstance(one, events.Priced) and one.market == market]


def test_each_heartbeat_becomes_a_tick_of_each_market_at_its_own_moment(
    venue: Venue, clock: VirtualClock
) -> None:
    driver = Driver(venue, clock, on(recording()))
    advance_to(driver, clock, START + 60_000)
    for market in LENDING:
        ticks = priced(venue, market)
        assert [tick.at_ms - START for tick in ticks] == list(range(0, 60_001, BEAT))
        assert all(reading.at_ms == tick.at_ms for tick in ticks for reading in tick.readings)
    assert clock.now_ms() == START + 60_000
    assert driver.refused == {}


def test_markets_that_share_a_feed_see_one_price_at_one_moment(venue: Venue, clock: VirtualClock) -> None:
    advance_to(Driver(venue, clock, on(recording(3_600))), clock, START + 30_000)
    seen = [
        {(tick.at_ms, reading.price) for tick in priced(venue, market) for reading in tick.readings[-1:]}
        for market in (*LENDING, "SOL-PERP")
    ]
    assert seen[0] == seen[1] == seen[2]
    assert len(seen[0]) > 30


def test_every_recorded_close_is_published_exactly_whatever_the_speed(
    venue: Venue, clock: VirtualClock
) -> None:
    advance_to(Driver(venue, clock, on(recording(3_600))), clock, START + 20_000)
    prices = {tick.readings[0].price for tick in priced(venue, "SOL-PERP")}
    closes = {CLOSES.at("SOL", CLOSES.first_ms + hour * HOUR).price for hour in range(21)}
    assert closes <= prices


def test_a_venue_stopped_and_started_publishes_what_an_unbroken_one_does(tmp_path: Path) -> None:
    def run(folder: Path, stops: tuple[int, ...]) -> str:
        clock = VirtualClock(START)
        for until in stops:
            with opened(folder, clock) as venue:
                advance_to(Driver(venue, clock, on(recording(900))), clock, START + until)
        with Venue(open_journal(folder), clock=clock) as venue:
            return replay(venue.journal).hash()

    unbroken = run(tmp_path / "one", (50_000,))
    assert run(tmp_path / "many", (0, 1, 4_999, 5_000, 5_001, 12_345, 36_000, 50_000)) == unbroken


def test_a_crash_between_two_markets_of_a_moment_doubles_none_and_loses_none(tmp_path: Path) -> None:
    clock = VirtualClock(START)
    with opened(tmp_path, clock) as venue:
        advance_to(Driver(venue, clock, on(recording())[:1]), clock, START + BEAT)
    with opened(tmp_path, clock) as venue:
        advance_to(Driver(venue, clock, on(recording())), clock, START + BEAT)
        assert [len(priced(venue, market)) for market in LENDING] == [2, 1]
        assert priced(venue, LENDING[1])[0].at_ms == START + BEAT


def test_a_restart_publishes_the_last_moment_that_nobody_heard_of(tmp_path: Path) -> None:
    clock = VirtualClock(START)
    with opened(tmp_path, clock) as venue:
        advance_to(Driver(venue, clock, on(recording())), clock, START + BEAT)
    clock.advance(HOUR + 1_234)
    with opened(tmp_path, clock) as venue:
        Driver(venue, clock, on(recording()))
        last = priced(venue, "SOL-PERP")[-1]
        assert (last.at_ms, last.readings[0].at_ms) == (clock.now_ms(), START + BEAT + HOUR)


def test_a_pause_keeps_the_price_and_its_age_stands_still(venue: Venue, clock: VirtualClock) -> None:
    feed = recording(3_600)
    driver = Driver(venue, clock, on(feed))
    advance_to(driver, clock, START + 12_300)
    driver.turn(feed.pause)
    advance_to(driver, clock, START + 100_000)
    after = [tick for tick in priced(venue, "SOL-PERP") if tick.at_ms > START + 12_000]
    assert len({tick.readings[0].price for tick in after[1:]}) == 1
    gaps = [later.at_ms - tick.at_ms for tick, later in pairwise(after)]
    assert max(gaps) <= BEAT
    driver.turn(feed.resume)
    advance_to(driver, clock, START + 102_000)
    assert priced(venue, "SOL-PERP")[-1].readings[0].price != after[-1].readings[0].price


def test_at_its_end_the_recording_is_held_and_that_is_seen(venue: Venue, clock: VirtualClock) -> None:
    driver = Driver(venue, clock, on(recording(3_600, CLOSES.last_ms - HOUR)))
    advance_to(driver, clock, START + 1_000)
    assert driver.held == ()
    advance_to(driver, clock, START + 30_000)
    assert sorted(driver.held) == ["BTC", "ETH", "SOL"]
    assert {tick.kind for tick in driver.published} == {Kind.HELD}
    assert priced(venue, "SOL-PERP")[-1].at_ms >= START + 25_000


def test_a_market_takes_its_feeds_from_several_sources(venue: Venue, clock: VirtualClock) -> None:
    pump = SimulatedFeed(Simulation(seed=7), Cursor(venue_ms=START + 1_000, source_ms=0))
    script = Script.starting(
        START,
        {"SOL": Ratio.parse("95.76")},
        [Crash(symbol="SOL", at_ms=START + 10_000, fall=Ratio.parse("12%"), over_ms=1_000)],
    )
    market = Driving(
        market="wETH/SOL",
        prices={
            "collateral_usd": Quote(feed=pump, symbol="PUMP"),
            "loan_usd": Quote(feed=ScriptedFeed(script), symbol="SOL"),
        },
    )
    clock.advance(1_000)
    driver = Driver(venue, clock, [market])
    advance_to(driver, clock, START + 11_000)
    last = priced(venue, "wETH/SOL")[-1]
    assert [(reading.feed, reading.price) for reading in last.readings][1] == (
        "loan_usd",
        Ratio.parse("84.2688"),
    )
    assert {str(tick.kind) for tick in driver.published} == {"simulated", "scripted"}


def test_interest_is_brought_up_at_each_full_hour_and_no_pool_is_left_out(
    venue: Venue, clock: VirtualClock
) -> None:
    rare = Funded(rate=Ratio(1, 8_000), every_ms=8 * HOUR)
    driver = Driver(venue, clock, on(recording(), funding=rare)[2:])
    for hour in range(3):
        clock.advance(START + hour * HOUR + HOUR // 2 - 1 - clock.now_ms())
        advance_to(driver, clock, START + hour * HOUR + HOUR // 2 + BEAT)
    accrued = [one for one in journalled(venue) if isinstance(one, events.PoolAccrued)]
    hours = [parse_moment(f"2026-11-22T{hour}:00Z") for hour in (10, 11, 12)]
    assert sorted({one.at_ms for one in accrued}) == hours
    assert sorted(one.market for one in accrued) == sorted(LENDING * 3)


def test_funding_is_noted_at_each_of_its_multiples_at_the_price_of_the_moment(
    venue: Venue, clock: VirtualClock
) -> None:
    driver = Driver(venue, clock, on(recording(), funding=Funded(rate=Ratio(1, 80_000), every_ms=15_000)))
    advance_to(driver, clock, START + 60_000)
    notes = [one.note for one in journalled(venue) if isinstance(one, events.FundingNoted)]
    assert [note.at_ms - START for note in notes] == [0, 15_000, 30_000, 45_000, 60_000]
    then = next(tick for tick in priced(venue, "SOL-PERP") if tick.at_ms == START + 30_000)
    assert notes[2].price == then.readings[0].price
    assert driver.refused == {}


def test_what_the_venue_refuses_is_seen_and_forgotten_once_it_takes_the_tick(clock: VirtualClock) -> None:
    with Venue(open_journal(":memory:", venue_id="0" * 32), clock=clock) as venue:
        driver = Driver(venue, clock, on(recording())[2:])
        assert driver.refused["SOL-PERP"].startswith("MARKET_UNKNOWN: ")
        venue.ask(commands.CreateMarket(name="SOL-PERP", market=margin.preset("SOL-PERP")), key="market")
        advance_to(driver, clock, START + BEAT)
        assert driver.refused == {}


def test_what_is_more_than_a_minute_late_is_passed_over_and_counted(
    venue: Venue, clock: VirtualClock
) -> None:
    driver = Driver(venue, clock, on(recording()))
    clock.advance(10 * 60_000)
    driver.play()
    ages = [tick.at_ms - tick.readings[0].at_ms for tick in priced(venue, "SOL-PERP")]
    assert ages == [0, *range(60_000, -1, -BEAT)]
    assert driver.skipped_ms == 9 * 60_000


def test_time_is_not_turned_back(venue: Venue, clock: VirtualClock) -> None:
    driver = Driver(venue, clock, on(recording()))
    with pytest.raises(RuntimeRefused, match="never runs backwards"):
        advance_to(driver, clock, START - 1)


class Crowded:
    """A venue that turns away as often as it is told, and notes what it took."""

    def __init__(self, full: int = 0) -> None:
        self.full = full
        self.taken: list[str] = []
        self.beaten = Event()
        self.turned_away = Event()
        self.stop: Exception | None = None

    def submit(self, command: commands.AnyCommand, *, key: str) -> Future[Reply]:
        assert command is not None
        if self.stop is not None:
            raise self.stop
        if self.full:
            self.full -= 1
            self.turned_away.set()
            raise Overloaded("full")
        self.taken.append(key)
        if len(self.taken) >= 5:
            self.beaten.set()
        answer: Future[Reply] = Future()
        answer.set_result(Reply(is_accepted=True, told=b"{}"))
        return answer

    def at_rest(self, read: Callable[[Any], tuple[str, ...]]) -> Future[tuple[str, ...]]:
        assert read is not None
        found: Future[tuple[str, ...]] = Future()
        found.set_result(())
        return found


def test_a_tick_for_which_there_is_no_room_is_handed_in_again(clock: VirtualClock) -> None:
    crowded = Crowded(full=3)
    Driver(crowded, clock, on(recording())[2:])
    assert crowded.taken == [f"price:SOL-PERP:{START}"]


def test_a_tick_that_waits_for_room_lets_go_when_the_driver_is_closed(clock: VirtualClock) -> None:
    crowded = Crowded()
    driver = Driver(crowded, clock, on(recording())[2:])
    crowded.full = 1_000_000
    driver.close()
    with pytest.raises(VenueStopped, match="waited for room"):
        advance_to(driver, clock, START + BEAT)


# In real time.


def fast(clock: RealClock) -> ReplayFeed:
    cursor = Cursor(venue_ms=clock.now_ms(), source_ms=CLOSES.first_ms)
    return ReplayFeed(PricePath(closes=CLOSES, seed=7), cursor, heartbeat_ms=1)


def test_a_thread_plays_in_real_time_until_it_is_closed() -> None:
    clock, crowded = RealClock(), Crowded()
    feed = fast(clock)
    pacing = Pacing(Driver(crowded, clock, on(feed)[2:]), clock)
    assert crowded.beaten.wait(WAIT_S)
    pacing.turn(feed.pause)
    pacing.close()
    moments = [int(key.rpartition(":")[2]) for key in crowded.taken]
    assert moments == sorted(moments)
    assert pacing.stopped is None


def test_who_turns_a_feed_comes_back_when_the_price_is_published() -> None:
    clock, crowded = RealClock(), Crowded()
    feed = recording(start=clock.now_ms())
    driver = Driver(crowded, clock, on(feed)[2:])
    pacing = Pacing(driver, clock)
    for hours in range(1, 20):
        moment = CLOSES.first_ms + hours * HOUR
        pacing.turn(lambda now_ms, to_ms=moment: feed.seek(to_ms, now_ms))  # type: ignore[misc]
        assert {tick.kind for tick in driver.published} == {Kind.RECORDED}
        assert len(crowded.taken) > hours
    pacing.turn(feed.pause)
    pacing.turn(feed.pause)
    pacing.close()


def test_a_thread_that_waits_for_the_next_heartbeat_ends_at_once_when_closed() -> None:
    clock, crowded = RealClock(), Crowded()
    pacing = Pacing(Driver(crowded, clock, on(recording(start=clock.now_ms()))[2:]), clock)
    pacing.close()
    assert pacing.stopped is None


def test_a_thread_that_is_closed_while_a_tick_waits_for_room_has_not_stopped_by_itself() -> None:
    clock, crowded = RealClock(), Crowded()
    driver = Driver(crowded, clock, on(fast(clock))[2:])
    crowded.full = 1_000_000_000
    pacing = Pacing(driver, clock)
    assert crowded.turned_away.wait(WAIT_S)
    pacing.close()
    assert pacing.stopped is None


@pytest.mark.parametrize("fault", [VenueStopped("the disk is full"), PricesError("no price")])
def test_a_thread_that_cannot_go_on_says_why(fault: Exception) -> None:
    clock, crowded = RealClock(), Crowded()
    driver = Driver(crowded, clock, on(fast(clock))[2:])
    crowded.stop = fault
    heard: SimpleQueue[str] = SimpleQueue()
    pacing = Pacing(driver, clock, on_stop=heard.put)
    assert heard.get(timeout=WAIT_S) == pacing.stopped == f"prices stopped: {fault}"
    pacing.close()


@pytest.mark.parametrize(
    ("markets", "words"),
    [
        (lambda feed: on(feed)[:1] * 2, "is driven twice"),
        (lambda _: [Driving(market="SOL-PERP", prices={})], "driven by no price"),
        (lambda feed: on(feed, funding=Funded(rate=Ratio(1, 8), every_ms=0)), "give 1 or more"),
        (
            lambda feed: [Driving(market="X", prices={"mark": Quote(feed=feed, symbol="DOGE")})],
            "asks its feed for DOGE; it has SOL, BTC, ETH",
        ),
    ],
)
def test_what_cannot_be_driven_is_refused(
    clock: VirtualClock, markets: Callable[[Feed], list[Driving]], words: str
) -> None:
    with pytest.raises(RuntimeRefused, match=words):
        Driver(Crowded(), clock, markets(recording()))


def test_an_advance_with_a_step_publishes_that_far_apart_and_misses_nothing_timed(
    venue: Venue, clock: VirtualClock
) -> None:
    funded = Funded(rate=Ratio(1, 10_000), every_ms=HOUR)
    driver = Driver(venue, clock, on(recording(), funding=funded))
    advance_to(driver, clock, START + 3 * HOUR, step_ms=600_000)
    moments = [tick.at_ms - START for tick in priced(venue, "SOL-PERP")]
    assert 18 <= len(moments) <= 26
    assert clock.now_ms() == START + 3 * HOUR
    noted = [one for one in journalled(venue) if isinstance(one, events.FundingNoted)]
    assert len({one.note.at_ms for one in noted}) == 3


def test_funding_is_noted_at_the_rate_that_was_set_until_it_is_taken_back(
    venue: Venue, clock: VirtualClock
) -> None:
    driver = Driver(venue, clock, on(recording(), funding=Funded(rate=Ratio(1, 10_000), every_ms=HOUR)))
    for rate in (Ratio(-1, 100), None):
        driver.set_rate("SOL-PERP", rate)
        advance_to(driver, clock, clock.now_ms() + HOUR, step_ms=HOUR)
    noted = [one.note.rate for one in journalled(venue) if isinstance(one, events.FundingNoted)]
    assert noted == [Ratio(-1, 100), Ratio(1, 10_000)]
    with pytest.raises(RuntimeRefused, match="'wETH/SOL' has no funding that is driven; there are SOL-PERP"):
        driver.set_rate("wETH/SOL", Ratio(1, 100))
    with pytest.raises(RuntimeRefused, match="there are none"):
        Driver(venue, clock, ()).set_rate("SOL-PERP", None)


def test_a_silenced_market_hears_no_price_until_it_is_heard_again(venue: Venue, clock: VirtualClock) -> None:
    driver = Driver(venue, clock, on(recording()))
    before = len(priced(venue, "SOL-PERP"))
    driver.silence(["SOL-PERP"])
    advance_to(driver, clock, START + 20_000)
    assert len(priced(venue, "SOL-PERP")) == before
    assert len(priced(venue, "wETH/SOL")) > before
    driver.silence([])
    advance_to(driver, clock, START + 25_000)
    assert len(priced(venue, "SOL-PERP")) == before + 1
    with pytest.raises(RuntimeRefused, match="NO-PERP is driven by no feed"):
        driver.silence(["NO-PERP"])
