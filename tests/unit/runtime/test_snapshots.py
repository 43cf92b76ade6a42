"""Snapshots and pruning beside the commands: the same state sooner, and never a refused start."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvent.engine import State, commands
from solvent.engine.snapshot import SNAPSHOT_FORMAT, encode_state
from solvent.journal import (
    Answered,
    Journal,
    JournalDamaged,
    JournalUnavailable,
    Record,
    batch_of,
    open_journal,
)
from solvent.runtime import (
    EventUnreadable,
    RealClock,
    Venue,
    VenueStopped,
    VirtualClock,
    housekeeping,
    load,
    replay,
    retention,
)
from solvent.runtime.housekeeping import Housekeeping
from solvent.runtime.loading import read_snapshot
from solvent.runtime.retention import BATCHES_AT_ONCE, PAUSE_MS, STEPS_AT_ONCE, Retention
from solvent.runtime.snapshots import Snapshotter
from solvent.runtime.writer import STREAM

ALICE = "a" * 32
VENUE_ID = "0" * 32
WEEK_MS = 7 * 24 * 3_600_000
SNAPSHOTS = "snapshots.sqlite3"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "venue"


def opened(folder: Path, events_between: int = 10_000) -> Venue:
    return Venue(
        open_journal(folder, venue_id=VENUE_ID),
        clock=VirtualClock(),
        events_between_snapshots=events_between,
    )


def live(venue: Venue, first: int, end: int) -> None:
    """Declare a fund again and again: one event and one batch each."""
    for number in range(first, end):
        command = commands.Declare(role="keeper", asset="SOL", units=number)
        assert venue.ask(command, key=f"{number}").is_accepted


def snapshotter_of(venue: Venue, events_between: int = 1) -> Snapshotter:
    return Snapshotter(venue.journal, venue, saved_seq=0, events_between=events_between)


def seqs(journal: Journal) -> list[int]:
    return [getattr(found, "seq", 0) for found in journal.snapshots(STREAM)]


def change(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement, values)
        connection.commit()


def test_a_restart_folds_only_what_came_after_the_snapshot(folder: Path) -> None:
    with opened(folder) as venue:
        live(venue, 1, 21)
        snapshotter_of(venue).tend()
        live(venue, 21, 26)
        before = venue.state.hash()
    with opened(folder) as venue:
        told = venue.loaded
        assert (told.events, told.snapshot_seq, told.folded, told.passed_over) == (25, 20, 5, ())
        assert venue.state.hash() == before == replay(venue.journal).hash()
        live(venue, 26, 27)
        assert replay(venue.journal).hash() == venue.state.hash()


def test_a_new_journal_is_loaded_without_anything() -> None:
    with open_journal(":memory:", venue_id=VENUE_ID) as journal:
        state, told = load(journal)
    assert (told.events, told.folded, told.snapshot_seq, told.passed_over) == (0, 0, 0, ())
    assert state.hash() == State().hash()


def test_one_is_taken_after_every_so_many_events_and_the_last_two_are_kept(folder: Path) -> None:
    with opened(folder) as venue:
        snapshotter = snapshotter_of(venue, events_between=10)
        for first in range(1, 41):
            live(venue, first, first + 1)
            snapshotter.tend()
        assert seqs(venue.journal) == [40, 30]
        assert (snapshotter.saved_seq, snapshotter.problem) == (40, None)


def test_none_is_taken_before_as_many_events_as_it_has_rows(folder: Path) -> None:
    with opened(folder) as venue:
        account = [venue.ask(commands.OpenAccount(account=f"{n:032x}"), key=f"{n}") for n in range(8)]
        assert all(reply.is_accepted for reply in account)
        snapshotter = Snapshotter(venue.journal, venue, saved_seq=1, events_between=2)
        snapshotter.tend()
        assert seqs(venue.journal) == []
        live(venue, 100, 103)
        snapshotter.tend()
        assert seqs(venue.journal) == [11]


def test_closing_takes_one_where_a_tenth_has_happened_and_none_where_less_has(folder: Path) -> None:
    with opened(folder, events_between=200) as venue:
        live(venue, 1, 20)
    with opened(folder, events_between=200) as venue:
        assert venue.loaded.snapshot_seq == 0
        live(venue, 20, 21)
    with opened(folder, events_between=200) as venue:
        assert (venue.loaded.snapshot_seq, venue.loaded.folded) == (20, 0)


def test_the_venue_looks_after_its_snapshots_by_itself_while_commands_flow(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping.Housekeeping.__init__, "__kwdefaults__", {"pause_s": 0.001})
    saved = Event()
    journal = open_journal(folder, venue_id=VENUE_ID)
    save = journal.save_snapshot

    def saving(*given: Any) -> None:
        save(*given)
        saved.set()

    monkeypatch.setattr(journal, "save_snapshot", saving)
    with Venue(journal, events_between_snapshots=5) as venue:
        live(venue, 1, 10)
        assert saved.wait(60)
        assert venue.housekeeping.problems == ()
    with opened(folder) as venue:
        assert venue.loaded.snapshot_seq >= 5


def test_a_journal_in_memory_does_without() -> None:
    with Venue(open_journal(":memory:", venue_id=VENUE_ID), events_between_snapshots=1) as venue:
        live(venue, 1, 5)
        venue.housekeeping.close()
        assert seqs(venue.journal) == []


def test_a_failed_save_is_told_harms_nothing_and_is_tried_again_later(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(folder) as venue:
        snapshotter = snapshotter_of(venue, events_between=5)
        save, calls = venue.journal.save_snapshot, []

        def full(*given: Any) -> None:
            calls.append(given)
            raise JournalUnavailable("saving a snapshot failed: database or disk is full")

        monkeypatch.setattr(venue.journal, "save_snapshot", full)
        live(venue, 1, 6)
        for _ in range(3):
            snapshotter.tend()
        assert len(calls) == 1
        assert snapshotter.saved_seq == 0
        assert "disk is full" in str(snapshotter.problem)
        monkeypatch.setattr(venue.journal, "save_snapshot", save)
        live(venue, 6, 11)
        snapshotter.tend()
        assert (snapshotter.saved_seq, snapshotter.problem) == (10, None)


def test_a_stopped_venue_takes_no_snapshot_and_that_is_told(folder: Path) -> None:
    venue = opened(folder)
    snapshotter = snapshotter_of(venue)
    live(venue, 1, 6)
    venue.close()
    snapshotter.tend()
    assert snapshotter.problem is not None
    assert "closed" in snapshotter.problem
    with opened(folder) as venue:
        assert venue.loaded.snapshot_seq == 0


def newest_and_older(folder: Path) -> str:
    """Leave snapshots at 10 and 20 and five events after them; return the state's hash."""
    with opened(folder) as venue:
        snapshotter = snapshotter_of(venue, events_between=10)
        live(venue, 1, 11)
        snapshotter.tend()
        live(venue, 11, 21)
        snapshotter.tend()
        live(venue, 21, 26)
        return venue.state.hash()


def damage_newest(folder: Path) -> None:
    change(folder / SNAPSHOTS, "UPDATE snapshots SET payload = x'00' WHERE seq = 20")


def newer_format(folder: Path) -> None:
    with open_journal(folder) as journal:
        payload = encode_state(replay(journal, until_seq=20)).replace(b'"format":2', b'"format":3')
        journal.save_snapshot(STREAM, 20, SNAPSHOT_FORMAT + 1, payload)


def no_snapshot_at_all(folder: Path) -> None:
    with open_journal(folder) as journal:
        journal.save_snapshot(STREAM, 20, SNAPSHOT_FORMAT, b"not even JSON")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (damage_newest, "the snapshot of venue at seq 20: its hash does not follow"),
        (newer_format, "at seq 20: the snapshot is in format 3, and this Solvent reads format 2"),
        (no_snapshot_at_all, "at seq 20: the snapshot cannot be read"),
    ],
)
def test_a_snapshot_that_cannot_be_used_costs_time_and_is_told(
    folder: Path, spoil: Callable[[Path], None], words: str
) -> None:
    before = newest_and_older(folder)
    spoil(folder)
    with opened(folder) as venue:
        assert (venue.loaded.snapshot_seq, venue.loaded.folded) == (10, 15)
        assert venue.state.hash() == before
        (told,) = venue.loaded.passed_over
        assert told.startswith(words)


def test_without_any_usable_snapshot_everything_is_folded(folder: Path) -> None:
    before = newest_and_older(folder)
    change(folder / SNAPSHOTS, "UPDATE snapshots SET payload = x'00'")
    with opened(folder) as venue:
        assert (venue.loaded.snapshot_seq, venue.loaded.folded) == (0, 25)
        assert venue.state.hash() == before
        assert len(venue.loaded.passed_over) == 2


def test_a_snapshots_file_that_is_none_costs_time_and_is_told(folder: Path) -> None:
    before = newest_and_older(folder)
    (folder / SNAPSHOTS).write_bytes(b"no database " * 1_000)
    with opened(folder) as venue:
        assert (venue.loaded.snapshot_seq, venue.state.hash()) == (0, before)
        (told,) = venue.loaded.passed_over
        assert "made anew" in told


def test_a_sound_snapshot_of_events_that_are_gone_refuses_the_start(folder: Path, tmp_path: Path) -> None:
    """It proves that acknowledged events were lost: going on would lose them silently."""
    newest_and_older(folder)
    shorter = tmp_path / "shorter"
    with opened(shorter) as venue:
        live(venue, 1, 6)
    (shorter / SNAPSHOTS).write_bytes((folder / SNAPSHOTS).read_bytes())
    with pytest.raises(JournalDamaged, match="lost its tail"):
        open_journal(shorter)


@pytest.mark.parametrize(
    ("kind", "version", "payload", "words"),
    [
        (
            "moved",
            2,
            b"{}",
            r"event 1 \(moved, version 2\) was written by a newer Solvent; .*up to version 1",
        ),
        ("teleported", 1, b"{}", r"event 1 \(teleported, version 1\) is of a kind .*: use a newer Solvent"),
        ("moved", 1, b"{}", r"event 1 \(moved, version 1\) cannot be read: .*restore a backup"),
    ],
)
def test_an_event_that_this_solvent_cannot_read_is_named_with_what_to_do(
    kind: str, version: int, payload: bytes, words: str
) -> None:
    with open_journal(":memory:", venue_id=VENUE_ID) as journal:
        journal.append(STREAM, 0, batch_of([Record(kind, version, payload)], at_ms=1))
        for read in (load, replay):
            with pytest.raises(EventUnreadable, match=words):
                read(journal)


def answered(key: str) -> Answered:
    return Answered(account=ALICE, key=key, request=key.encode(), answer=b"{}")


class Wall:
    """A machine's clocks, which a test sets."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = self.steady_ms = now_ms

    def clock(self) -> RealClock:
        return RealClock(wall_ns=lambda: self.now_ms * 10**6, steady_ns=lambda: self.steady_ms * 10**6)


def aged(folder: Path, batches: int, *, at_ms: int) -> Venue:
    """Return a venue with answers of a moment, and its real clock a week and a millisecond later."""
    with open_journal(folder, venue_id=VENUE_ID) as journal:
        for number in range(batches):
            journal.append(STREAM, 0, batch_of([], [answered(f"{number}")], at_ms=at_ms))
    return Venue(open_journal(folder), clock=Wall(at_ms + WEEK_MS + 1).clock())


def test_answers_older_than_a_week_are_forgotten_in_bounded_steps_and_younger_ones_are_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with aged(folder, 2 * BATCHES_AT_ONCE + 1, at_ms=1_000) as venue:
        venue.ask(commands.OpenAccount(account=ALICE), key="young")
        asked = []
        prune = venue.journal.prune

        def pruning(**given: Any) -> Any:
            asked.append(given["batches_max"])
            return prune(**given)

        monkeypatch.setattr(venue.journal, "prune", pruning)
        wall = Wall(1_000 + WEEK_MS + 1)
        clock = wall.clock()
        chore = Retention(venue.journal, venue.at_rest, clock)
        chore.tend()
        assert (chore.forgotten, chore.problem) == (2 * BATCHES_AT_ONCE + 1, None)
        assert asked == [BATCHES_AT_ONCE] * 3
        assert venue.journal.answer_of(ALICE, "0") is None
        assert venue.ask(commands.OpenAccount(account=ALICE), key="young").is_repeat
        chore.tend()
        assert len(asked) == 3, "it rests when all is done"
        for shown in ("now_ms", "steady_ms"):
            setattr(wall, shown, getattr(wall, shown) + PAUSE_MS)
        chore.tend()
        assert len(asked) == 4
        chore.close()
        assert venue.journal.verify().damage is None


def test_one_turn_forgets_no_more_than_its_steps(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BATCHES_AT_ONCE", 1)
    with aged(folder, STEPS_AT_ONCE + 3, at_ms=0) as venue:
        chore = Retention(venue.journal, venue.at_rest, Wall(WEEK_MS + 1).clock())
        chore.tend()
        assert chore.forgotten == STEPS_AT_ONCE
        chore.tend()
        assert chore.forgotten == STEPS_AT_ONCE + 3


def test_a_wall_clock_that_jumps_makes_no_answer_old(folder: Path) -> None:
    with aged(folder, 1, at_ms=WEEK_MS) as venue:
        wall = Wall(WEEK_MS)
        chore = Retention(venue.journal, venue.at_rest, wall.clock())
        wall.now_ms += 52 * WEEK_MS
        chore.tend()
        assert chore.forgotten == 0
        assert venue.journal.answer_of(ALICE, "0") is not None


def test_a_virtual_time_forgets_no_answer_however_far_it_is_advanced(folder: Path) -> None:
    clock = VirtualClock()
    with Venue(open_journal(folder, venue_id=VENUE_ID), clock=clock) as venue:
        assert venue.ask(commands.OpenAccount(account=ALICE), key="open").is_accepted
        clock.advance(52 * WEEK_MS)
        live(venue, 1, 2)
        assert [type(chore).__name__ for chore in venue.housekeeping._chores] == ["Snapshotter"]
        assert venue.ask(commands.OpenAccount(account=ALICE), key="open").is_repeat


def test_a_failed_step_of_pruning_is_told(folder: Path) -> None:
    venue = aged(folder, 1, at_ms=0)
    chore = Retention(venue.journal, venue.at_rest, Wall(WEEK_MS + 1).clock())
    venue.close()
    chore.tend()
    assert chore.problem is not None
    assert "no old answers were forgotten" in chore.problem
    with pytest.raises(VenueStopped):
        venue.at_rest(State.hash)


class Broom:
    """A chore that counts, and has a problem."""

    def __init__(self) -> None:
        self.problem: str | None = "dust"
        self.tended, self.closed = Event(), 0

    def tend(self) -> None:
        self.tended.set()

    def close(self) -> None:
        self.closed += 1


def test_a_chore_is_tended_again_and_again_and_closed_once() -> None:
    broom = Broom()
    keeping = Housekeeping((broom,), pause_s=0.001)
    for _ in range(2):
        broom.tended.clear()
        assert broom.tended.wait(60)
    keeping.close()
    keeping.close()
    assert broom.closed == 1
    assert keeping.problems == ("dust",)


@settings(max_examples=15, deadline=None)
@given(steps=st.lists(st.sampled_from(("live", "tend", "restart")), min_size=1, max_size=12))
def test_whatever_the_order_of_commands_snapshots_and_restarts_the_state_is_the_fold(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("life") / "venue"
    venue, number = opened(folder), 0
    for step in steps:
        if step == "live":
            live(venue, 10 * number + 1, 10 * number + 4)
            number += 1
        elif step == "tend":
            snapshotter_of(venue).tend()
        else:
            before = venue.state.hash()
            venue.close()
            venue = opened(folder)
            assert venue.state.hash() == before == replay(venue.journal).hash()
    venue.close()


def test_a_snapshot_that_is_copied_while_commands_go_on_is_the_state_of_one_moment(folder: Path) -> None:
    """Between any two tables of the copy a command is carried out: none of it is lost, none counted twice."""
    with opened(folder) as venue:
        live(venue, 1, 4)
        venue.ask(commands.OpenAccount(account=ALICE), key="open")
        numbers = iter(range(100, 1_000))

        class Busy:
            committed = staticmethod(venue.committed)

            @staticmethod
            def at_rest(read: Callable[[State], Any]) -> Any:
                number = next(numbers)
                live(venue, number, number + 1)
                return venue.at_rest(read)

        Snapshotter(venue.journal, Busy(), saved_seq=0, events_between=1).tend()
        (seq,) = seqs(venue.journal)
        assert 10 <= seq == venue.state.seq
        saved = venue.journal.latest_snapshot(STREAM)
        assert saved is not None
        assert read_snapshot(saved.payload).hash() == replay(venue.journal, until_seq=seq).hash()
