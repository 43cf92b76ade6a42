"""What is durable is told once and in order; a follower's state is the venue's; faults of both are told."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from solvent.engine import State, commands
from solvent.journal import JournalUnavailable, open_journal
from solvent.journal.opening import open_sqlite
from solvent.runtime import Committed, Follower, Reply, Venue, VenueStopped, VirtualClock, replay

VENUE_ID = "0" * 32
ALICE, BOB = ("a" * 32, "b" * 32)


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
def venue(tmp_path: Path) -> Iterator[Venue]:
    with Venue(open_journal(tmp_path / "venue", venue_id=VENUE_ID), clock=VirtualClock(7)) as opened:
        yield opened


@pytest.fixture
def line() -> Line:
    return Line()


def account(number: int) -> str:
    return f"{number:032x}"


def opening(number: int) -> commands.OpenAccount:
    return commands.OpenAccount(account=account(number))


def hashed(state: State) -> tuple[int, str]:
    return state.seq, state.hash()


def test_a_follower_begins_where_the_venue_is_and_goes_on_with_it(venue: Venue, line: Line) -> None:
    venue.ask(opening(1), key="one")
    follower = Follower(venue, line.post)
    assert follower.seq == 1
    venue.ask(opening(2), key="two")
    assert follower.seq == 1
    line.run()
    assert (follower.seq, follower.state.now_ms) == (2, 7)
    assert follower.state.hash() == venue.state.hash()


def test_a_refused_command_and_a_repeated_one_are_told_to_nobody(venue: Venue, line: Line) -> None:
    told: list[Committed] = []
    Follower(venue, line.post).subscribe(told.append)
    venue.ask(opening(1), key="one")
    venue.ask(opening(1), key="one")
    assert not venue.ask(opening(1), key="again").is_accepted
    line.run()
    assert [(one.seq, one.at_ms, len(one.events)) for one in told] == [(1, 7, 1)]
    assert venue.state.accounts == {account(1): ()}


def test_listeners_are_told_before_the_reply_is_given(venue: Venue) -> None:
    order: list[str] = []
    venue.committed(lambda committed: order.append(f"seq {committed.seq}"), lambda _: None).result()
    answer = venue.submit(opening(1), key="one")
    answer.add_done_callback(lambda _: order.append("reply"))
    answer.result()
    venue.at_rest(lambda _: None).result()
    assert order == ["seq 1", "reply"]


def test_what_a_failed_commit_takes_back_is_told_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Committed] = []
    journal = open_sqlite(":memory:", venue_id=VENUE_ID)
    with Venue(journal, clock=VirtualClock()) as venue:
        venue.committed(told.append, lambda _: None).result()

        def fail(*_: object) -> None:
            raise JournalUnavailable("the disk is gone")

        monkeypatch.setattr(journal, "append", fail)
        with pytest.raises(VenueStopped):
            venue.ask(opening(1), key="one")
    assert told == []


def test_followers_that_begin_and_read_under_load_are_the_venue_at_every_seq(
    venue: Venue,
) -> None:
    """Each begins at some moment of the load; at each batch its state is the journal's at that seq."""
    lines = [Line() for _ in range(4)]
    seen: list[tuple[int, str]] = []

    def deposit(number: int) -> Reply:
        who, name = account(number), f"deposit-{number}"
        venue.ask(commands.OpenAccount(account=who), key=f"open-{number}")
        asked = commands.Deposit(account=who, asset="USDC", units=number + 1, request_id=name)
        venue.ask(asked, key=name)
        return venue.ask(commands.Confirm(request_id=name), key=f"confirm-{number}")

    with ThreadPoolExecutor(8) as pool:
        replies = [pool.submit(deposit, number) for number in range(100)]
        followers = []
        for number, line in enumerate(lines):
            replies[number * 20].result()
            follower = Follower(venue, line.post)
            follower.subscribe(lambda _, one=follower: seen.append(hashed(one.state)))  # type: ignore[misc]
            followers.append(follower)
            line.run()
        assert all(reply.result().is_accepted for reply in replies)
    for line in lines:
        line.run()
    assert {hashed(follower.state) for follower in followers} == {hashed(venue.state)}
    journalled = {seq: replay(venue.journal, until_seq=seq).hash() for seq, _ in seen}
    assert seen
    assert all(journalled[seq] == found for seq, found in seen)


def test_who_reads_after_his_reply_in_an_event_loop_reads_what_he_wrote(venue: Venue) -> None:
    async def write_and_read() -> list[bool]:
        follower = Follower(venue, asyncio.get_running_loop().call_soon_threadsafe)

        async def one(number: int) -> bool:
            reply = await asyncio.wrap_future(venue.submit(opening(number), key=str(number)))
            return reply.is_accepted and account(number) in follower.state.accounts

        return await asyncio.gather(*(one(number) for number in range(200)))

    assert asyncio.run(write_and_read()) == [True] * 200


def test_who_stops_waiting_for_his_reply_stops_nobody_else(venue: Venue) -> None:
    async def give_up() -> None:
        waiting = asyncio.wrap_future(venue.submit(opening(1), key="one"))
        waiting.cancel()
        with pytest.raises((CancelledError, asyncio.CancelledError)):
            await waiting

    asyncio.run(give_up())
    assert venue.ask(opening(2), key="two").is_accepted
    assert account(1) in venue.state.accounts
    assert not venue.stopped.done()


def test_a_listener_that_raises_stops_nothing_is_told_nothing_more_and_is_told_of(
    venue: Venue, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[int] = []
    faults: list[str] = []
    told: list[Committed] = []

    def careless(committed: Committed) -> None:
        calls.append(committed.seq)
        raise ValueError("out of paper")

    venue.committed(careless, lambda _: None, on_fault=faults.append).result()
    venue.committed(told.append, lambda _: None).result()
    venue.ask(opening(1), key="one")
    venue.ask(opening(2), key="two")
    assert calls == [1]
    assert [one.seq for one in told] == [1, 2]
    assert faults == [
        "a listener failed at seq 1 and is told nothing more: ValueError('out of paper')",
    ]
    assert venue.faults == tuple(faults)
    assert caplog.messages == faults


def test_a_listener_whose_beginning_fails_is_told_nothing(venue: Venue) -> None:
    told: list[Committed] = []
    begun = venue.committed(told.append, lambda state: state.markets["none"])
    with pytest.raises(KeyError):
        begun.result()
    venue.ask(opening(1), key="one")
    assert told == []


def test_a_follower_that_nobody_can_post_to_any_more_shows_nothing_rather_than_the_past(venue: Venue) -> None:
    def closed(_: Callable[[], None]) -> None:
        raise RuntimeError("the loop is closed")

    follower = Follower(venue, closed)
    assert follower.seq == 0
    assert venue.ask(opening(1), key="one").is_accepted
    with pytest.raises(VenueStopped, match=r"fell behind the venue: .* seq 1 .*the loop is closed"):
        _ = follower.state
    assert len(venue.faults) == 1


def test_a_follower_that_missed_a_batch_shows_nothing_and_tells_nobody_more(venue: Venue, line: Line) -> None:
    follower = Follower(venue, line.post)
    told: list[Committed] = []
    follower.subscribe(told.append)
    venue.ask(opening(1), key="one")
    venue.ask(opening(2), key="two")
    venue.ask(opening(3), key="three")
    line.waiting.popleft()
    line.run()
    assert told == []
    assert "seq 2 could not be folded" in follower.stopped.result()
    with pytest.raises(VenueStopped):
        _ = follower.seq


def test_of_two_faults_of_a_follower_the_first_is_told(venue: Venue, line: Line) -> None:
    posts: list[Callable[[], None]] = []

    def twice(call: Callable[[], None]) -> None:
        if posts:
            raise RuntimeError("full")
        posts.append(lambda: None)
        line.post(call)
        line.post(call)

    follower = Follower(venue, twice)
    venue.ask(opening(1), key="one")
    line.run()
    venue.ask(opening(2), key="two")
    assert "seq 1 could not be folded" in follower.stopped.result()


def test_one_who_subscribed_and_raises_is_taken_off_and_the_others_go_on(venue: Venue, line: Line) -> None:
    follower = Follower(venue, line.post)
    told: list[Any] = []

    def careless(_: Committed) -> None:
        raise ValueError("out of paper")

    follower.subscribe(careless)
    take_off = follower.subscribe(told.append)
    venue.ask(opening(1), key="one")
    line.run()
    assert follower.faults == (
        "a listener failed at seq 1 and is told nothing more: ValueError('out of paper')",
    )
    take_off()
    venue.ask(opening(2), key="two")
    line.run()
    assert [one.seq for one in told] == [1]
    assert follower.seq == 2


def test_a_closed_follower_posts_nothing_more_and_keeps_what_it_has(venue: Venue, line: Line) -> None:
    follower = Follower(venue, line.post)
    follower.close()
    venue.ask(opening(1), key="one")
    assert not line.waiting
    assert follower.seq == 0


def test_a_stopped_venue_cannot_be_followed(tmp_path: Path, line: Line) -> None:
    venue = Venue(open_journal(tmp_path / "gone", venue_id=VENUE_ID), clock=VirtualClock())
    venue.close()
    with pytest.raises(VenueStopped):
        Follower(venue, line.post)


def test_a_reply_is_a_future_that_cannot_be_cancelled(venue: Venue) -> None:
    answer: Future[Reply] = venue.submit(opening(1), key="one")
    assert not answer.cancel()
    assert answer.result().is_accepted
