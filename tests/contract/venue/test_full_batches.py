"""A full batch that waits is carried out while the last one becomes durable: nobody is told of it before."""

import signal
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from pathlib import Path
from threading import Event

import pytest

from solvent.engine import State
from solvent.journal import Batch, Head, open_journal
from solvent.journal.opening import open_sqlite
from solvent.journal.sqlite import SqliteJournal
from solvent.runtime import STREAM, Committed, Limits, Reply, Venue, VenueStopped, VirtualClock, replay
from solvent.runtime.batch import AHEAD_MIN, SHARED_MIN, Applied
from tests.holding import held, opening

VENUE_ID = "0" * 32
BATCH = 3
LONGEST_WAIT_S = 10.0
Write = Callable[[], object]


class Seam:
    """The commit of a journal, which does as each one in turn is told."""

    def __init__(self) -> None:
        self.does: list[Callable[[Write], None]] = []

    def __call__(self, write: Write) -> None:
        if self.does:
            self.does.pop(0)(write)
        else:
            write()


def opened(folder: Path, seam: Seam, *, is_inline: bool = False, clock: VirtualClock | None = None) -> Venue:
    limits = Limits(batch_commands_max=BATCH, is_inline=is_inline)
    journal = open_sqlite(folder, venue_id=VENUE_ID, commit=seam)
    return Venue(journal, clock=clock or VirtualClock(), limits=limits)


def waiting(venue: Venue, numbers: Iterable[int]) -> list[Future[Reply]]:
    """Hand in one command after the other, all of which then wait."""
    with held(venue):
        return [venue.submit(command, key=key) for key, command in map(opening, numbers)]


def until(is_so: Callable[[], bool]) -> bool:
    """Wait for something that another thread does."""
    never = Event()
    for _ in range(int(LONGEST_WAIT_S * 1_000)):
        if is_so():
            return True
        never.wait(0.001)
    return False


def kept(folder: Path) -> State:
    with open_journal(folder) as journal:
        return replay(journal)


def test_the_next_full_batch_is_carried_out_while_the_last_one_is_not_durable_yet(tmp_path: Path) -> None:
    seam, seen = Seam(), list[tuple[bool, bool]]()
    with opened(tmp_path, seam) as venue:

        def late(write: Write) -> None:
            is_ahead = until(lambda: len(venue.state.accounts) == 2 * BATCH)
            seen.append((is_ahead, answers[0].done()))
            write()

        seam.does = [late]
        answers = waiting(venue, range(2 * BATCH))
        assert all(answer.result().is_accepted for answer in answers)
    assert seen == [(True, False)]
    assert len(kept(tmp_path).accounts) == 2 * BATCH


def test_everyone_is_told_in_order_and_each_batch_once(tmp_path: Path) -> None:
    told: list[Committed] = []
    with opened(tmp_path, Seam()) as venue:
        venue.committed(told.append, lambda _: None).result()
        answers = waiting(venue, range(4 * BATCH + 1))
        assert [answer.result().seq for answer in answers] == list(range(1, 4 * BATCH + 2))
        state = venue.at_rest(lambda state: state.hash()).result()
    assert [one.seq for one in told] == [BATCH, 2 * BATCH, 3 * BATCH, 4 * BATCH, 4 * BATCH + 1]
    assert kept(tmp_path).hash() == state


def test_a_key_that_the_landing_batch_answers_first_gets_that_answer(tmp_path: Path) -> None:
    with opened(tmp_path, Seam()) as venue:
        with held(venue):
            answers = [venue.submit(command, key=key) for key, command in map(opening, (1, 2, 3, 3, 4, 5))]
        first, again = answers[2].result(), answers[3].result()
        assert (first.is_accepted, first.is_repeat, again.is_repeat) == (True, False, True)
        assert again.body == first.body
        assert all(answer.result().is_accepted for answer in answers)
    assert len(kept(tmp_path).accounts) == 5


def test_when_a_commit_fails_what_was_carried_out_behind_it_is_told_to_nobody(tmp_path: Path) -> None:
    seam, told = Seam(), list[Committed]()
    with opened(tmp_path, seam) as venue:
        venue.committed(told.append, lambda _: None).result()
        assert venue.ask(opening(99)[1], key="before").is_accepted

        def fails(_: Write) -> None:
            assert until(lambda: len(venue.state.accounts) == 2 * BATCH + 1)
            raise sqlite3.OperationalError("disk I/O error")

        seam.does = [fails]
        for answer in waiting(venue, range(3 * BATCH)):
            with pytest.raises(VenueStopped, match="its journal failed"):
                answer.result()
    assert [one.seq for one in told] == [1]
    assert set(kept(tmp_path).accounts) == {opening(99)[1].account}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_fault_behind_a_batch_that_lands_takes_nothing_back_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = VirtualClock()
    with opened(tmp_path, Seam(), clock=clock) as venue:
        moments = [clock.now_ms()]
        with held(venue):
            answers = [venue.submit(command, key=key) for key, command in map(opening, range(2 * BATCH))]
            monkeypatch.setattr(clock, "now_ms", moments.pop)
        assert [answer.result().is_accepted for answer in answers[:BATCH]] == [True] * BATCH
        for answer in answers[BATCH:]:
            with pytest.raises(VenueStopped, match="a fault of its own"):
                answer.result()
    assert len(kept(tmp_path).accounts) == BATCH


def test_who_looks_at_the_state_need_not_wait_for_all_that_waits_and_sees_what_is_durable(
    tmp_path: Path,
) -> None:
    def look(state: State) -> tuple[int, int]:
        return state.seq, venue.journal.last_seq(STREAM)

    with opened(tmp_path, Seam()) as venue:
        with held(venue):
            answers = [venue.submit(command, key=key) for key, command in map(opening, range(3 * BATCH))]
            with_the_first = venue.at_rest(look)
        assert with_the_first.result() == (BATCH, BATCH)
        assert all(answer.result().is_accepted for answer in answers)


def test_nor_does_who_comes_while_a_batch_lands(tmp_path: Path) -> None:
    seam, looks = Seam(), list[Future[tuple[int, int]]]()
    with opened(tmp_path, seam) as venue:

        def look_then_write(write: Write) -> None:
            looks.append(venue.at_rest(lambda state: (state.seq, venue.journal.last_seq(STREAM))))
            write()

        seam.does = [look_then_write]
        answers = waiting(venue, range(5 * BATCH))
        assert all(answer.result().is_accepted for answer in answers)
        # Behind the two that were under way, and the one that was taken with it.
        assert looks[0].result() == (3 * BATCH, 3 * BATCH)


def test_inline_whoever_hands_in_does_all_of_it_himself(tmp_path: Path) -> None:
    with opened(tmp_path, Seam(), is_inline=True) as venue:
        answers = waiting(venue, range(3 * BATCH))
        assert [answer.result().seq for answer in answers] == list(range(1, 3 * BATCH + 1))


def test_once_enough_came_at_once_batches_land_in_a_process_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[int] = []
    begin = SqliteJournal.begin

    def noted(
        journal: SqliteJournal, stream: str, expected_seq: int, batch: Batch
    ) -> Callable[[], Head] | None:
        found = begin(journal, stream, expected_seq, batch)
        if found is not None:
            begun.append(len(batch.answers))
        return found

    monkeypatch.setattr(SqliteJournal, "begin", noted)
    journal = open_sqlite(tmp_path, venue_id=VENUE_ID)
    limits = Limits(batch_commands_max=3 * AHEAD_MIN)
    with Venue(journal, clock=VirtualClock(), limits=limits) as venue:
        few = waiting(venue, range(AHEAD_MIN - 1))
        assert all(answer.result().is_accepted for answer in few)
        assert journal._lander is None
        enough = range(100, 100 + AHEAD_MIN)
        assert all(answer.result().is_accepted for answer in waiting(venue, enough))
        assert until(lambda: journal.lands_apart)
        answers = waiting(venue, range(1_000, 1_000 + 4 * AHEAD_MIN))
        assert all(answer.result().is_accepted for answer in answers)
        # A full batch, which another one waits behind; nobody waits behind that.
        assert begun == [3 * AHEAD_MIN]
        steps = [opening(number) for number in range(2_000, 2_000 + AHEAD_MIN)]
        assert all(answer.result().is_accepted for answer in venue.submit_together(steps, request=b"all"))
        state = venue.at_rest(lambda state: state.hash()).result()
    # One whose commands share a request goes there also where nobody waits; the few before had landed here.
    assert begun == [3 * AHEAD_MIN, AHEAD_MIN]
    assert kept(tmp_path).hash() == state


@pytest.mark.parametrize(
    ("commands", "each", "is_long"),
    [
        (AHEAD_MIN, SHARED_MIN, True),
        (AHEAD_MIN, SHARED_MIN - 1, False),
        (AHEAD_MIN - 1, AHEAD_MIN - 1, False),
        (AHEAD_MIN, 1, False),
    ],
)
def test_many_commands_of_few_requests_make_a_long_batch(commands: int, each: int, *, is_long: bool) -> None:
    shares = [b"all" if number % each == 0 else None for number in range(commands)]
    landing = Batch(
        at_ms=0,
        accounts=[""] * commands,
        keys=[f"key-{number}" for number in range(commands)],
        requests=shares,
        answers=[b""] * commands,
    )
    told = [Reply(is_accepted=True)] * commands
    made = Applied(expected=0, places=frozenset(), landing=landing, events=(), seq=0, at_ms=0, replies=told)
    assert made.is_long is is_long


def test_so_do_many_steps_under_few_keys() -> None:
    told = [Reply(is_accepted=True)] * AHEAD_MIN
    landing = Batch(at_ms=0, accounts=[""], keys=["key"], requests=[b"all"], answers=[b"[]"])
    made = Applied(expected=0, places=frozenset(), landing=landing, events=(), seq=0, at_ms=0, replies=told)
    assert made.is_long


def test_a_batch_of_repeats_is_not_long() -> None:
    made = Applied(expected=0, places=frozenset(), landing=None, events=(), seq=0, at_ms=0, replies=[])
    assert not made.is_long


def test_when_the_process_ends_with_a_batch_the_venue_stops_and_what_it_told_is_there(tmp_path: Path) -> None:
    journal = open_sqlite(tmp_path, venue_id=VENUE_ID)
    limits = Limits(batch_commands_max=BATCH)
    with Venue(journal, clock=VirtualClock(), limits=limits) as venue:
        assert venue.ask(opening(99)[1], key="before").is_accepted
        venue.journal.go_apart()
        assert until(lambda: journal.lands_apart)
        assert journal._lander is not None
        process = journal._lander._process
        process.send_signal(signal.SIGSTOP)
        answers = waiting(venue, range(2 * BATCH))
        assert until(lambda: len(venue.state.accounts) == 2 * BATCH + 1)
        process.kill()
        for answer in answers:
            with pytest.raises(VenueStopped, match="unknown: reopen the journal"):
                answer.result()
    assert set(kept(tmp_path).accounts) == {opening(99)[1].account}
