"""Truncated files and flipped bits: whole batches come back, or the journal names what is wrong."""

import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from solvent.journal import Checked, Damage, JournalDamaged, JournalError, Snapshot, open_journal
from solvent.journal.schema import PAGE_BYTES
from tests.contract.journal.stores import VENUE, answer, batch, numbers

DATABASE = "journal.sqlite3"
WAL = "journal.sqlite3-wal"
SNAPSHOTS = "snapshots.sqlite3"
FRAME_HEADER_BYTES = 24
WAL_HEADER_BYTES = 32
# The ends of the batches that `fill` writes: one in the database, the others in the log as well.
ENDS = (3, 10, 11, 31, 33)


def fill(folder: Path, ends: tuple[int, ...], *, first: int = 0) -> None:
    """Append batches that end at these seqs, and leave the write-ahead log as a power cut would."""
    live = folder.with_name(f"{folder.name}-live")
    if folder.exists():
        shutil.move(folder, live)
    with open_journal(live, venue_id=VENUE) as journal:
        for end in ends:
            journal.append("main", first, batch(range(first + 1, end + 1), [f"to {end}"]))
            first = end
        shutil.copytree(live, folder)
    shutil.rmtree(live)
    (folder / f"{DATABASE}-shm").unlink(missing_ok=True)


@pytest.fixture(scope="module")
def after_crash(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one batch in the database and four in the log."""
    folder = tmp_path_factory.mktemp("crash") / "venue"
    with open_journal(folder, venue_id=VENUE) as journal:
        journal.append("main", 0, batch(range(1, ENDS[0] + 1), [f"to {ENDS[0]}"]))
    fill(folder, ENDS[1:], first=ENDS[0])
    return folder


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that was closed in good order: everything is in the database."""
    folder = tmp_path_factory.mktemp("closed") / "venue"
    with open_journal(folder, venue_id=VENUE) as journal:
        for first, end in zip((0, *ENDS), ENDS, strict=False):
            journal.append("main", first, batch(range(first + 1, end + 1), [f"to {end}"]))
        journal.save_snapshot("main", 31, 1, b"state after 31")
    return folder


def copy_with(folder: Path, target: Path, name: str, data: bytes) -> Path:
    """Copy a folder with other bytes in one of its files."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder, target)
    (target / name).write_bytes(data)
    return target


def require_prefix(folder: Path) -> int:
    """Open and check that whole batches are there, events and answers alike; return the last seq."""
    with open_journal(folder, venue_id=VENUE) as journal:
        last_seq = journal.last_seq("main")
        assert last_seq in (0, *ENDS)
        assert numbers(journal.read("main", 0, 100)) == list(range(1, last_seq + 1))
        for end in ENDS:
            found = journal.answer_of("alice", f"to {end}")
            assert found == (answer(f"to {end}") if end <= last_seq else None)
        assert journal.append("main", last_seq, batch([last_seq + 1])).seq == last_seq + 1
    return last_seq


def wal_cuts(size: int) -> Iterator[int]:
    """Yield every boundary in a write-ahead log and its neighbours, and some lengths between."""
    frame = FRAME_HEADER_BYTES + PAGE_BYTES
    edges = {0, 8, 24, *range(WAL_HEADER_BYTES, size + 1, frame)}
    edges |= {edge + FRAME_HEADER_BYTES for edge in range(WAL_HEADER_BYTES, size, frame)}
    near = {edge + step for edge in edges for step in (-1, 0, 1)}
    yield from sorted(cut for cut in near | set(random.Random(1).sample(range(size), 40)) if 0 <= cut <= size)


@pytest.mark.slow
def test_a_log_cut_at_any_boundary_recovers_to_whole_batches(after_crash: Path, tmp_path: Path) -> None:
    data = (after_crash / WAL).read_bytes()
    found = [
        require_prefix(copy_with(after_crash, tmp_path / "cut", WAL, data[:cut]))
        for cut in wal_cuts(len(data))
    ]
    assert found == sorted(found), "a longer log recovered to less"
    assert set(found) == set(ENDS), "each batch was the last one at some length"


@pytest.mark.slow
def test_a_database_cut_at_any_boundary_is_refused_unless_only_zeros_are_gone(
    closed: Path, tmp_path: Path
) -> None:
    data = (closed / DATABASE).read_bytes()
    cuts = {edge + step for edge in range(0, len(data), PAGE_BYTES) for step in (-1, 0, 1, 100)}
    whole = contents(closed)
    for cut in sorted(cut for cut in cuts if 0 <= cut < len(data)):
        folder = copy_with(closed, tmp_path / "cut", DATABASE, data[:cut])
        if len(data) - cut < PAGE_BYTES and not any(data[cut:]):
            assert contents(folder) == whole
        else:
            with pytest.raises(JournalDamaged):
                open_journal(folder, venue_id=VENUE)


def test_a_database_that_lost_the_tail_that_a_snapshot_saw_is_refused(closed: Path, tmp_path: Path) -> None:
    older = tmp_path / "older"
    with open_journal(older, venue_id=VENUE) as journal:
        journal.append("main", 0, batch([1, 2, 3]))
    shutil.copy(closed / SNAPSHOTS, older / SNAPSHOTS)
    with pytest.raises(JournalDamaged, match=r"the snapshot of main at seq 31: there is no such event"):
        open_journal(older, venue_id=VENUE)


def test_a_snapshot_of_other_events_is_refused(closed: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    with open_journal(other, venue_id=VENUE) as journal:
        journal.append("main", 0, batch(range(100, 140)))
    shutil.copy(closed / SNAPSHOTS, other / SNAPSHOTS)
    with pytest.raises(JournalDamaged, match="that event is another one now"):
        open_journal(other, venue_id=VENUE)


# One bit of each column: what to change, and what the message must name. Event 5 is the second of its run.
RUN = "first_seq = 4"
FLIPS = {
    "an event's payload": ("event_runs", "payloads", RUN, 1, "event 5 of main: its hash"),
    "an event's hash": ("event_runs", "links", RUN, 63, "event 5 of main: its hash"),
    "an event's kind": ("event_runs", "heads", RUN, 20, "event 5 of main: its hash"),
    "an event's version": ("event_runs", "heads", RUN, 28, "event 5 of main: its hash"),
    "an event's length": (
        "event_runs",
        "heads",
        RUN,
        30,
        "events 4 to 10 of main: the bytes are not as many",
    ),
    "the list of events": ("event_runs", "heads", RUN, 0, "events 4 to 10 of main: the list of them cannot"),
    "a run's place": ("event_runs", "place", RUN, None, "event 4 of main: it is missing; the next run is"),
    "a run's first seq": (
        "event_runs",
        "first_seq",
        RUN,
        None,
        "event 4 of main: it is missing; the next run",
    ),
    "a run's last seq": (
        "event_runs",
        "last_seq",
        RUN,
        None,
        "events 4 to 11 of main: there are not as many",
    ),
    "the last run's place": (
        "event_runs",
        "place",
        "first_seq = 32",
        None,
        "event 32 of main: it is missing",
    ),
    "a batch's moment": ("batches", "at_ms", "number = 2", None, "batch 2: its hash"),
    "a batch's stream": ("batches", "stream", "number = 2", -1, "batch 2: its hash"),
    "a batch's number": ("batches", "number", "number = 5", None, "batch 5: it is missing"),
    "a batch's end": ("batches", "last_seq", "number = 2", None, "batch 2: its hash"),
    "a batch's head": ("batches", "head", "number = 2", -1, "batch 2: its hash"),
    "a batch's hash": ("batches", "hash", "number = 2", -1, "batch 2: its hash"),
    "a batch's answers": ("batches", "answers", "number = 2", None, "batch 2: its hash"),
    "an answer": ("answer_runs", "bodies", "first = 2", -1, "answer 2: the hash"),
    "a request's digest": ("answer_runs", "bodies", "first = 2", 0, "answer 2: the hash"),
    "an answer's account": ("answer_runs", "heads", "first = 2", 3, "answer 2: the hash"),
    "an answer's key": ("answer_runs", "heads", "first = 2", 11, "answer 2: the hash"),
    "an answer's length": ("answer_runs", "heads", "first = 2", 21, "answer 2: the hash"),
    "an answer's hash": ("answer_runs", "hash", "first = 2", -1, "answer 2: the hash"),
    "an answer's number": ("answer_runs", "first", "first = 2", None, "answer 2: it is missing"),
    "the last one's number": ("answer_runs", "first", "first = 5", None, "answer 5: it is missing"),
    "an answer's last number": ("answer_runs", "last", "first = 2", None, "answers 2 to 3: there are 1"),
    "the venue's id": ("genesis", "venue_id", "only = 1", -1, "the genesis of journal.sqlite3"),
    "the format": ("genesis", "format", "only = 1", None, "the genesis of journal.sqlite3"),
    "the genesis hash": ("genesis", "hash", "only = 1", -1, "the genesis of journal.sqlite3"),
}


def flipped(value: object, at: int | None) -> object:
    """Return a value with a bit flipped: the lowest of a number, or of the byte or letter at a place."""
    if isinstance(value, int):
        return value ^ 1
    assert at is not None
    if isinstance(value, str):
        return flipped(value.encode(), at).decode()  # type: ignore[attr-defined]
    assert isinstance(value, bytes)
    changed = bytearray(value)
    changed[at] ^= 1
    return bytes(changed)


def flip(path: Path, table: str, column: str, where: str, at: int | None = -1) -> None:
    """Flip one bit of one column behind the journal's back."""
    connection = sqlite3.connect(path)
    (value,) = connection.execute(f"SELECT {column} FROM {table} WHERE {where}").fetchone()
    changed = flipped(value, at)
    if column in {"place", "number", "first"}:  # a number that no other row has
        changed = value ^ (1 << 40)
    connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (changed,))
    connection.commit()
    connection.close()


@pytest.mark.parametrize("what", FLIPS.values(), ids=FLIPS)
def test_one_flipped_bit_is_found_named_and_refused(
    closed: Path, tmp_path: Path, what: tuple[str, str, str, int | None, str]
) -> None:
    table, column, where, at, words = what
    folder = tmp_path / "venue"
    shutil.copytree(closed, folder)
    flip(folder / DATABASE, table, column, where, at)
    with pytest.raises(JournalDamaged, match=f"^the journal is damaged: {words}") as refused:
        open_journal(folder, venue_id=None)
    if table != "genesis":
        with open_journal(folder, venue_id=VENUE, checked=Checked.AS_READ) as journal:
            damage = journal.verify().damage
        assert damage is not None
        assert (damage.record, damage.wrong) == (refused.value.record, refused.value.wrong)


@pytest.mark.parametrize(
    ("column", "named"), [("payload", 31), ("seq", 30), ("format", 31), ("head", 31), ("hash", 31)]
)
def test_one_flipped_bit_in_a_snapshot_is_found_and_named_and_the_journal_opens(
    closed: Path, tmp_path: Path, column: str, named: int
) -> None:
    folder = tmp_path / "venue"
    shutil.copytree(closed, folder)
    with open_journal(folder, venue_id=VENUE) as journal:
        journal.save_snapshot("main", 10, 1, b"state after 10")
    flip(folder / SNAPSHOTS, "snapshots", column, "seq = 31")
    with open_journal(folder, venue_id=VENUE) as journal:
        damaged, sound = journal.snapshots("main")
        verdict = journal.verify()
        with pytest.raises(JournalDamaged, match=f"the snapshot of main at seq {named}"):
            journal.latest_snapshot("main")
    assert isinstance(damaged, Damage)
    assert damaged.record == f"the snapshot of main at seq {named}"
    assert sound == Snapshot(seq=10, format=1, payload=b"state after 10")
    assert (verdict.damage, verdict.passed_over, verdict.snapshots) == (None, (damaged,), 1)


@pytest.mark.parametrize("bad", [b"", b"no database " * 1_000])
def test_a_snapshots_file_that_is_none_is_made_anew_and_that_is_told(
    closed: Path, tmp_path: Path, bad: bytes
) -> None:
    folder = copy_with(closed, tmp_path / "bad", SNAPSHOTS, bad)
    with open_journal(folder, venue_id=VENUE) as journal:
        (lost,) = journal.snapshots("main")
        assert isinstance(lost, Damage)
        assert "made anew" in lost.wrong
        assert journal.verify().passed_over == (lost,)
        journal.save_snapshot("main", 31, 1, b"again")
    with open_journal(folder, venue_id=VENUE) as journal:
        assert list(journal.snapshots("main")) == [Snapshot(seq=31, format=1, payload=b"again")]


def test_a_snapshots_table_that_is_gone_is_made_anew_and_that_is_told(closed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "venue"
    shutil.copytree(closed, folder)
    with closing(sqlite3.connect(folder / SNAPSHOTS)) as connection:
        connection.execute("DROP TABLE snapshots")
    with open_journal(folder, venue_id=VENUE) as journal:
        (lost,) = journal.snapshots("main")
        assert isinstance(lost, Damage)
        assert "no such table: snapshots" in lost.wrong


def contents(folder: Path) -> tuple[object, ...]:
    """Return all that a reader sees."""
    with open_journal(folder, venue_id=VENUE) as journal:
        answers = [journal.answer_of("alice", f"to {end}") for end in ENDS]
        snapshots = [one for one in journal.snapshots("main") if isinstance(one, Snapshot)]
        if not snapshots:
            assert journal.verify().passed_over, "a snapshot is gone, and nobody says so"
        return journal.read("main", 0, 100), answers, journal.head("main"), snapshots


def contents_or_refusal(folder: Path) -> tuple[object, ...] | JournalError:
    """Return what a reader sees, or why none sees anything."""
    try:
        return contents(folder)
    except JournalError as error:
        return error


@pytest.mark.slow
@pytest.mark.parametrize("name", [DATABASE, SNAPSHOTS])
def test_a_bit_flipped_anywhere_in_a_file_is_refused_or_changes_nothing(
    closed: Path, tmp_path: Path, name: str
) -> None:
    chance = random.Random(2)
    data = (closed / name).read_bytes()
    whole = contents(closed)
    passed_over = (*whole[:-1], []) if name == SNAPSHOTS else whole
    refusals = 0
    for place in sorted(chance.sample(range(len(data)), 150)):
        damaged = bytearray(data)
        damaged[place] ^= 1 << chance.randrange(8)
        folder = copy_with(closed, tmp_path / "flipped", name, bytes(damaged))
        found = contents_or_refusal(folder)
        # In its header a database may come to name a version of SQLite that there is not.
        is_refused = isinstance(found, JournalDamaged) or (place < 100 and isinstance(found, JournalError))
        assert is_refused or found in (whole, passed_over), f"byte {place}: {found}"
        refusals += is_refused or found != whole
    assert refusals, "no flip was found"


@pytest.mark.slow
def test_a_bit_flipped_in_the_log_is_refused_unless_it_is_in_the_last_batch(
    after_crash: Path, tmp_path: Path
) -> None:
    data = (after_crash / WAL).read_bytes()
    frame = FRAME_HEADER_BYTES + PAGE_BYTES
    ends = [
        start + frame
        for start in range(WAL_HEADER_BYTES, len(data), frame)
        if any(data[start + 4 : start + 8])
    ]
    chance = random.Random(3)
    for place in (*range(0, WAL_HEADER_BYTES, 5), *chance.sample(range(len(data)), 60)):
        damaged = bytearray(data)
        damaged[place] ^= 1 << chance.randrange(8)
        folder = copy_with(after_crash, tmp_path / "flipped", WAL, bytes(damaged))
        if place >= ends[-2]:
            assert require_prefix(folder) in ENDS[-2:]
        else:
            for _ in range(2):
                with pytest.raises(JournalDamaged, match=r"the write-ahead log journal\.sqlite3-wal: "):
                    open_journal(folder, venue_id=VENUE)


def test_reading_stops_at_a_damaged_event_even_when_nothing_was_checked_before(
    closed: Path, tmp_path: Path
) -> None:
    shutil.copytree(closed, tmp_path / "venue")
    flip(tmp_path / "venue" / DATABASE, "event_runs", "payloads", RUN, 1)
    with open_journal(tmp_path / "venue", checked=Checked.AS_READ) as journal:
        assert numbers(journal.read("main", 0, 4)) == [1, 2, 3, 4]
        with pytest.raises(JournalDamaged, match="event 5 of main"):
            journal.read("main", 4, 1)
        with pytest.raises(JournalDamaged, match="event 5 of main"):
            journal.read("main", 0, 10)


# What is gone, and what reading it says when nothing was checked before.
GONE = {
    "a run of events": ("DELETE FROM event_runs WHERE first_seq = 4", "event 4 of main: it is missing"),
    "the last run": ("DELETE FROM event_runs WHERE first_seq = 32", "event 32 of main: it is missing"),
    "a run of answers": ("DELETE FROM answer_runs WHERE first = 2", "answer 2: it is missing"),
    "the last answers": ("DELETE FROM answer_runs WHERE first = 5", "answer 5: it is missing"),
    "a batch": ("DELETE FROM batches WHERE number = 2", "batch 2: it is missing"),
}


@pytest.mark.parametrize("gone", GONE.values(), ids=GONE)
def test_a_deleted_row_is_found_and_named(closed: Path, tmp_path: Path, gone: tuple[str, str]) -> None:
    statement, words = gone
    shutil.copytree(closed, tmp_path / "venue")
    connection = sqlite3.connect(tmp_path / "venue" / DATABASE)
    connection.execute(statement)
    connection.commit()
    connection.close()
    with pytest.raises(JournalDamaged, match=words):
        open_journal(tmp_path / "venue", venue_id=VENUE)
