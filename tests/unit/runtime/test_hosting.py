"""A house: opened and closed in order, prices and readers beside the venue; it tells what cannot go on."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from solvent import margin
from solvent.engine import commands
from solvent.journal import FolderInUse, JournalUnavailable, open_journal
from solvent.money import Ratio, parse_moment
from solvent.prices import Kind, PricesError, Script, ScriptedFeed
from solvent.runtime import (
    Committed,
    Driving,
    House,
    Profile,
    Quote,
    RuntimeRefused,
    Settings,
    Venue,
    VenueStopped,
    open_house,
    recording_of,
    wall_ms,
)

MARKET = "SOL-PERP"
FROM = parse_moment("2024-01-23T08:00Z")


def prepare(venue: Venue) -> None:
    venue.ask(commands.CreateMarket(name=MARKET, market=margin.preset(MARKET)), key="market")


def drive(settings: Settings, venue: Venue) -> list[Driving]:
    feed = recording_of(settings, venue_ms=venue.clock.now_ms())
    return [Driving(market=MARKET, prices={"mark": Quote(feed=feed, symbol="SOL")})]


PROFILE = Profile(name="test", prepare=prepare, drive=drive)


class Line:
    """What was posted and waits for its thread, which is the test's."""

    def __init__(self) -> None:
        self.waiting: deque[Callable[[], None]] = deque()

    def post(self, call: Callable[[], None]) -> None:
        self.waiting.append(call)

    def run(self) -> None:
        while self.waiting:
            self.waiting.popleft()()


@pytest.fixture
def line() -> Line:
    return Line()


def settings_for(folder: Path, clock: Any = "virtual") -> Settings:
    return Settings(data_folder=str(folder), clock=clock, recording_from=FROM)


@pytest.fixture
def house(tmp_path: Path, line: Line) -> Iterator[House]:
    opened = open_house(settings_for(tmp_path), profile=PROFILE, post=line.post)
    with closing(opened):
        yield opened


def opening(number: int) -> tuple[str, commands.OpenAccount]:
    return f"key-{number}", commands.OpenAccount(account=f"{number:032x}")


def mark(house: House) -> Ratio:
    (reading,) = house.follower.state.markets[MARKET].readings
    return reading.price


def test_a_house_opens_with_what_its_profile_prepares_and_the_first_prices(house: House, line: Line) -> None:
    line.run()
    assert house.profile.name == "test"
    assert house.venue_id == house.venue.journal.venue_id
    assert str(mark(house)) == "80.99"
    assert house.is_virtual
    assert house.wall_ms is wall_ms


def test_a_house_opened_again_goes_on_from_its_journal(tmp_path: Path, line: Line) -> None:
    hashes = []
    for _ in range(2):
        with closing(open_house(settings_for(tmp_path), profile=PROFILE, post=line.post)) as house:
            line.run()
            hashes.append((house.venue_id, house.follower.state.hash()))
    assert hashes[0] == hashes[1]


def test_virtual_time_is_advanced_and_readers_follow(house: House, line: Line) -> None:
    line.run()
    before = house.follower.seq
    house.advance(10_000)
    assert house.now_ms() == 10_000
    line.run()
    assert house.follower.seq == before + 2
    assert house.follower.state.hash() == house.venue.state.hash()
    with pytest.raises(RuntimeRefused, match="never runs backwards"):
        house.advance(-1)


def test_a_feed_is_turned_and_what_comes_of_it_is_published_at_once(house: House, line: Line) -> None:
    feed = house.driver.playing[0][0]
    house.turn(feed.pause)  # type: ignore[attr-defined]
    house.turn(lambda now_ms: feed.seek(parse_moment("2024-01-24T08:00Z"), now_ms))  # type: ignore[attr-defined]
    line.run()
    status = {one.symbol: one for one in house.feeds}["SOL"]
    assert (status.price, status.at_ms, status.kind) == (mark(house), 2, Kind.RECORDED)
    assert (status.recording_ms, status.speed) == (parse_moment("2024-01-24T08:00Z"), Ratio(1, 1))
    assert (status.is_paused, status.is_held) == (True, False)


def test_a_feed_without_a_recording_says_so(tmp_path: Path, line: Line) -> None:
    class Bare:
        """A feed that is no played one."""

        def __init__(self, feed: ScriptedFeed) -> None:
            self.symbols, self.next_due_ms = feed.symbols, feed.next_due_ms
            self.read, self.due, self.skip = feed.read, feed.due, feed.skip

    def scripted(_: Settings, __: Venue) -> list[Driving]:
        script = Script.starting(0, {"SOL": Ratio(80, 1)}, [])
        feed = Bare(ScriptedFeed(script))
        return [Driving(market=MARKET, prices={"mark": Quote(feed=feed, symbol="SOL")})]

    profile = Profile(name="test", prepare=prepare, drive=scripted)
    with closing(open_house(settings_for(tmp_path), profile=profile, post=line.post)) as house:
        (status,) = house.feeds
    assert (status.kind, status.recording_ms, status.speed) == (Kind.SCRIPTED, None, None)
    assert (status.is_paused, status.is_held) == (False, False)


def test_a_house_without_driven_markets_takes_its_prices_as_commands(tmp_path: Path, line: Line) -> None:
    with closing(open_house(settings_for(tmp_path), profile=Profile(name="bare"), post=line.post)) as house:
        assert house.feeds == ()
        assert house.venue.ask(opening(1)[1], key="one").is_accepted


def test_real_time_passes_by_itself_and_a_turn_is_published_by_the_thread_that_plays(tmp_path: Path) -> None:
    async def seen() -> tuple[int, bool]:
        post = asyncio.get_running_loop().call_soon_threadsafe
        with closing(open_house(settings_for(tmp_path, "real"), profile=PROFILE, post=post)) as house:
            with pytest.raises(RuntimeRefused, match="passes by itself"):
                house.advance(1)
            turned = asyncio.Event()
            feed = house.driver.playing[0][0]
            wanted = feed.read("SOL", house.now_ms()).price

            def look(_: Committed) -> None:
                if mark(house) != wanted:
                    turned.set()

            house.follower.subscribe(look)
            house.turn(lambda now_ms: feed.seek(parse_moment("2024-02-20T08:00Z"), now_ms))  # type: ignore[attr-defined]
            await asyncio.wait_for(turned.wait(), 10)
            return house.now_ms(), house.is_virtual

    now_ms, is_virtual = asyncio.run(seen())
    assert now_ms > FROM
    assert not is_virtual


def test_who_awaits_his_reply_reads_what_he_wrote(tmp_path: Path) -> None:
    async def write_and_read() -> list[bool]:
        post = asyncio.get_running_loop().call_soon_threadsafe
        with closing(open_house(settings_for(tmp_path), profile=PROFILE, post=post)) as house:

            async def one(number: int) -> bool:
                key, command = opening(number)
                reply = await house.submit(command, key=key)
                return reply.is_accepted and command.account in house.follower.state.accounts

            alone = await asyncio.gather(*(one(number) for number in range(20)))
            group = [opening(number) for number in range(20, 30)]
            replies = await house.submit_together(group)
            together = [
                reply.is_accepted and command.account in house.follower.state.accounts
                for reply, (_, command) in zip(replies, group, strict=True)
            ]
            assert await house.submit_together([]) == []
            return [*alone, *together]

    assert asyncio.run(write_and_read()) == [True] * 30


def test_a_venue_that_stops_is_told_by_the_house(
    house: House, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise JournalUnavailable("the disk is gone")

    monkeypatch.setattr(house.venue.journal, "append", fail)
    with pytest.raises(VenueStopped):
        house.venue.ask(opening(1)[1], key="one")
    assert "the disk is gone" in house.stopped.result(10)
    line.waiting.popleft()
    line.run()


def test_readers_that_fall_behind_are_told_by_the_house(house: House, line: Line) -> None:
    line.run()
    house.venue.ask(opening(1)[1], key="one")
    house.venue.ask(opening(2)[1], key="two")
    line.waiting.popleft()
    line.run()
    assert "fell behind" in house.stopped.result()


def test_prices_that_cannot_go_on_are_told_by_the_house(tmp_path: Path, line: Line) -> None:
    def failing(settings: Settings, venue: Venue) -> list[Driving]:
        (driving,) = drive(settings, venue)

        def due(_: int) -> None:
            raise PricesError("the feed is gone")

        driving.prices["mark"].feed.due = due  # type: ignore[method-assign, assignment]
        return [driving]

    profile = Profile(name="test", prepare=prepare, drive=failing)
    with closing(open_house(settings_for(tmp_path, "real"), profile=profile, post=line.post)) as house:
        assert house.stopped.result(10) == "prices stopped: the feed is gone"


def test_a_closed_house_takes_nothing_more_and_has_not_stopped_by_itself(tmp_path: Path, line: Line) -> None:
    house = open_house(settings_for(tmp_path), profile=PROFILE, post=line.post)
    house.close()
    house.close()
    with pytest.raises(VenueStopped):
        house.venue.ask(opening(1)[1], key="one")
    assert not house.stopped.done()


def test_a_house_that_cannot_be_opened_leaves_nothing_open(tmp_path: Path, line: Line) -> None:
    def fail(_: Settings, __: Venue) -> list[Driving]:
        raise PricesError("no feed")

    profile = Profile(name="test", prepare=prepare, drive=fail)
    with pytest.raises(PricesError):
        open_house(settings_for(tmp_path), profile=profile, post=line.post)
    open_journal(tmp_path).close()


def test_a_folder_has_one_house(house: House, tmp_path: Path, line: Line) -> None:
    assert house.settings.data_folder == str(tmp_path)
    with pytest.raises(FolderInUse):
        open_house(settings_for(tmp_path), profile=PROFILE, post=line.post)


def test_authentication_has_a_clock_of_its_own(tmp_path: Path, line: Line) -> None:
    opened = open_house(settings_for(tmp_path), profile=PROFILE, post=line.post, wall=lambda: 12)
    with closing(opened) as house:
        assert house.wall_ms() == 12
        assert house.now_ms() == 0
    assert wall_ms() > FROM


def test_a_part_that_stops_after_another_did_is_not_told_instead_of_it(
    house: House, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    line.run()
    house.venue.ask(opening(1)[1], key="one")
    house.venue.ask(opening(2)[1], key="two")
    line.waiting.popleft()
    line.run()

    def fail(*_: object) -> None:
        raise JournalUnavailable("the disk is gone")

    monkeypatch.setattr(house.venue.journal, "append", fail)
    with pytest.raises(VenueStopped):
        house.venue.ask(opening(3)[1], key="three")
    assert "the disk is gone" in house.venue.stopped.result(10)
    assert "fell behind" in house.stopped.result()


def test_a_venue_that_stops_while_the_house_is_closed_is_no_news(
    tmp_path: Path, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = open_house(settings_for(tmp_path), profile=PROFILE, post=line.post)
    whole = house.venue.close

    def fail(*_: object) -> None:
        raise JournalUnavailable("the disk is gone")

    def close() -> None:
        monkeypatch.setattr(house.venue.journal, "append", fail)
        with pytest.raises(VenueStopped):
            house.venue.ask(opening(1)[1], key="one")
        assert house.venue.stopped.result(10)
        whole()

    monkeypatch.setattr(house.venue, "close", close)
    house.close()
    assert not house.stopped.done()


def test_an_answer_of_before_is_found_and_nothing_is_done(tmp_path: Path) -> None:
    async def found() -> list[Any]:
        post = asyncio.get_running_loop().call_soon_threadsafe
        with closing(open_house(settings_for(tmp_path), profile=PROFILE, post=post)) as house:
            key, command = opening(1)
            reply = await house.submit(command, key=key, request=b"asked")
            seen = [
                await house.answered(account="operator", key=one, request=asked)
                for one, asked in ((key, b"asked"), (key, b"else"), ("new", b"asked"))
            ]
            return [reply, *seen]

    reply, (again,), (other,), none = asyncio.run(found())
    assert (again.body, again.is_repeat, none) == (reply.body, True, [])
    assert other.read()["code"] == "KEY_REUSED"
