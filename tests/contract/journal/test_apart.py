"""Batches that land in a process of their own are what they would have been here, or are not there at all."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from solvent.journal import (
    CommitUnknown,
    Conflict,
    FolderInUse,
    JournalUnavailable,
    KeyTaken,
    Record,
    open_journal,
)
from solvent.journal.apart import READY, Asked, Told
from solvent.journal.child import Frames, framed, received, send
from solvent.journal.folder import DATABASE_FILE, LOCK_FILE
from solvent.journal.lander import serve
from solvent.journal.opening import open_sqlite
from solvent.journal.runs import RUN_ITEMS_MAX
from solvent.journal.sqlite import SqliteJournal
from tests.contract.journal.stores import VENUE, batch, numbers

ROOT = Path(__file__).resolve().parents[3]
STREAM = "venue"
LONGEST_WAIT_S = 10.0
# Opens a journal, has its batches land apart, says its own number and that of the process, and waits.
PARENT = """
import sys, threading
from pathlib import Path
from tests.contract.journal.test_apart import ready
from solvent.journal.opening import open_sqlite
journal = open_sqlite(Path(sys.argv[1]), venue_id="venue-1")
ready(journal)
print(journal._lander._process.pid, flush=True)
threading.Event().wait()
"""


def ready(journal: SqliteJournal) -> None:
    """Have batches land apart, and wait until they can."""
    journal.go_apart()
    never = threading.Event()
    for _ in range(int(LONGEST_WAIT_S * 1_000)):
        if journal.lands_apart:
            return
        never.wait(0.001)
    raise AssertionError("there is no process that batches could land in")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[SqliteJournal]:
    with open_sqlite(tmp_path / "apart", venue_id=VENUE) as opened:
        ready(opened)
        yield opened


def landed(journal: SqliteJournal, expected_seq: int, *what: object) -> None:
    finish = journal.begin(STREAM, expected_seq, batch(*what))  # type: ignore[arg-type]
    assert finish is not None
    assert finish().seq == journal.last_seq(STREAM)


def rows_of(folder: Path) -> list[object]:
    with closing(sqlite3.connect(folder / DATABASE_FILE)) as database:
        tables = ("event_runs", "answer_runs", "batches")
        return [database.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables]


def test_what_lands_apart_and_what_lands_here_are_the_same_rows(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    batches = [batch([1, 2], ["a", "b"]), batch([3], ["c"]), batch((), ["refused"]), batch([4, 5])]
    for number, one in enumerate(batches):
        finish = journal.begin(STREAM, journal.last_seq(STREAM), one) if number != 1 else None
        head = finish() if finish else journal.append(STREAM, journal.last_seq(STREAM), one)
        assert head == journal.head(STREAM)
    with open_journal(tmp_path / "here", venue_id=VENUE) as here:
        for one in batches:
            here.append(STREAM, here.last_seq(STREAM), one)
    assert rows_of(tmp_path / "apart") == rows_of(tmp_path / "here")
    assert journal.verify().damage is None
    found = journal.answer_of("alice", "refused")
    assert found is not None
    assert found.answer == b"ok refused"


def test_what_landed_apart_is_there_when_the_journal_is_opened_again(tmp_path: Path) -> None:
    with open_sqlite(tmp_path, venue_id=VENUE) as journal:
        ready(journal)
        landed(journal, 0, [1, 2], ["a"])
    with open_journal(tmp_path) as again:
        assert numbers(again.read(STREAM, 0)) == [1, 2]
        with pytest.raises(KeyTaken):
            again.append(STREAM, 2, batch([3], ["a"]))


def test_without_a_process_or_with_too_much_for_it_nothing_lands_apart(tmp_path: Path) -> None:
    with open_sqlite(tmp_path, venue_id=VENUE) as journal:
        assert not journal.lands_apart
        assert journal.begin(STREAM, 0, batch([1])) is None
        ready(journal)
        assert journal.begin(STREAM, 0, batch(range(RUN_ITEMS_MAX + 1))) is None
        assert journal.last_seq(STREAM) == 0
    with open_sqlite(":memory:", venue_id=VENUE) as journal:
        journal.go_apart()
        assert journal.begin(STREAM, 0, batch([1])) is None
        assert not journal.lands_apart


def test_a_used_key_and_a_wrong_place_are_refused_before_anything_is_handed_over(
    journal: SqliteJournal,
) -> None:
    landed(journal, 0, [1], ["a"])
    with pytest.raises(KeyTaken):
        journal.begin(STREAM, 1, batch([2], ["a"]))
    with pytest.raises(Conflict):
        journal.begin(STREAM, 0, batch([2], ["b"]))
    landed(journal, 1, [2], ["b"])


def test_where_another_writer_was_first_the_batch_is_refused_and_not_there(
    journal: SqliteJournal, tmp_path: Path
) -> None:
    landed(journal, 0, [1], ["a"])
    with closing(sqlite3.connect(tmp_path / "apart" / DATABASE_FILE, isolation_level=None)) as other:
        other.execute("UPDATE batches SET hash = zeroblob(32)")
    finish = journal.begin(STREAM, 1, batch([2], ["b"]))
    assert finish is not None
    with pytest.raises(Conflict, match="another writer was there first"):
        finish()
    assert numbers(journal.read(STREAM, 0)) == [1]


def test_when_the_process_ends_with_a_batch_nobody_knows_what_landed_until_the_journal_is_opened_again(
    tmp_path: Path,
) -> None:
    with open_sqlite(tmp_path, venue_id=VENUE) as journal:
        ready(journal)
        landed(journal, 0, [1], ["a"])
        assert journal._lander is not None
        process = journal._lander._process
        os.kill(process.pid, signal.SIGSTOP)
        finish = journal.begin(STREAM, 1, batch([2], ["b"]))
        assert finish is not None
        process.kill()
        with pytest.raises(CommitUnknown, match="unknown: reopen the journal"):
            finish()
        with pytest.raises(CommitUnknown):
            journal.append(STREAM, 1, batch([2], ["b"]))
    with open_journal(tmp_path) as journal_again:
        assert numbers(journal_again.read(STREAM, 0)) == [1]
        journal_again.append(STREAM, 1, batch([2], ["b"]))


def test_a_process_that_ended_with_nothing_to_do_is_none_and_batches_land_here(
    journal: SqliteJournal,
) -> None:
    landed(journal, 0, [1], ["a"])
    assert journal._lander is not None
    journal._lander._process.kill()
    journal._lander._process.wait()
    assert journal.begin(STREAM, 1, batch([2], ["b"])) is None
    assert not journal.lands_apart
    journal.append(STREAM, 1, batch([2], ["b"]))
    assert numbers(journal.read(STREAM, 0)) == [1, 2]


def test_nothing_is_imported_from_the_folder_that_a_venue_is_started_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "msgspec.py").write_text("raise SystemExit('imported from here')")
    monkeypatch.chdir(tmp_path)
    with open_sqlite(tmp_path / "venue", venue_id=VENUE) as journal:
        ready(journal)
        landed(journal, 0, [1], ["a"])


@pytest.mark.parametrize("interpreter", ["", "/missing/python"])
def test_a_process_that_cannot_start_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, interpreter: str
) -> None:
    monkeypatch.setattr(sys, "executable", interpreter)
    with open_sqlite(tmp_path / "venue", venue_id=VENUE) as journal:
        journal.go_apart()
        assert journal.begin(STREAM, 0, batch([1])) is None
        journal.append(STREAM, 0, batch([1]))


def test_a_process_that_ended_before_it_was_ready_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with open_sqlite(tmp_path, venue_id=VENUE) as journal:
        journal.go_apart()
        assert journal._lander is not None
        journal._lander._process.wait()
        assert not journal.lands_apart
        journal.append(STREAM, 0, batch([1]))
    assert not journal.lands_apart
    with pytest.raises(JournalUnavailable):
        journal.begin(STREAM, 1, batch([2]))


def test_however_many_ask_whether_it_is_ready_what_it_tells_is_whole(tmp_path: Path) -> None:
    with open_sqlite(tmp_path, venue_id=VENUE) as journal, ThreadPoolExecutor(8) as pool:
        looking = [pool.submit(ready, journal) for _ in range(8)]
        for one in looking:
            one.result()
        for seq in range(50):
            landed(journal, seq, [seq], [f"{seq}"])


def test_a_closed_journal_starts_nothing_and_leaves_no_process(tmp_path: Path) -> None:
    journal = open_sqlite(tmp_path, venue_id=VENUE)
    ready(journal)
    assert journal._lander is not None
    process = journal._lander._process
    journal.close()
    assert process.returncode is not None
    with pytest.raises(JournalUnavailable):
        journal.begin(STREAM, 0, batch([1]))
    other = open_sqlite(tmp_path)
    other.close()
    with pytest.raises(JournalUnavailable):
        other.go_apart()


def test_a_process_that_hangs_is_killed_when_the_journal_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solvent.journal.apart.END_WAIT_S", 0.01)
    with open_sqlite(tmp_path, venue_id=VENUE) as journal:
        ready(journal)
        assert journal._lander is not None
        process = journal._lander._process
        os.kill(process.pid, signal.SIGSTOP)
    assert process.returncode == -signal.SIGKILL


def test_a_killed_venue_takes_the_process_along_and_its_folder_can_be_opened_at_once(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, env=environment, cwd=ROOT
    ) as parent:
        assert parent.stdout is not None
        process = int(parent.stdout.readline())
        with pytest.raises(FolderInUse, match=f"in use by the process {parent.pid}"):
            open_journal(tmp_path)
        parent.kill()
    with open_journal(tmp_path) as journal:
        # It held the lock that is held here now.
        assert not Path(f"/proc/{process}/fd").is_dir() or not any(
            os.path.realpath(file).endswith(LOCK_FILE) for file in Path(f"/proc/{process}/fd").iterdir()
        )
        journal.append(STREAM, 0, batch([1]))


def test_the_process_tells_what_landed_and_what_was_refused_and_ends_with_the_pipe(tmp_path: Path) -> None:
    open_journal(tmp_path, venue_id=VENUE).close()
    (to_read, to_ask), (to_hear, to_tell) = os.pipe(), os.pipe()
    asking, told = os.fdopen(to_ask, "wb", 0), os.fdopen(to_hear, "rb", 0)
    source, sink = os.fdopen(to_read, "rb", 0), os.fdopen(to_tell, "wb", 0)
    with asking, told, source, sink:
        served = threading.Thread(target=serve, args=(tmp_path / DATABASE_FILE, source, sink))
        served.start()
        assert told.read(1) == READY
        with open_sqlite(":memory:", venue_id=VENUE) as journal:
            behind = journal._writer._behind(STREAM, 0)
        answers, frames = [], Frames()
        for _ in range(2):
            send(asking, framed(Asked(behind, batch([1], ["a"])), bytearray()))
            answers.append(_told(received(told, frames)))
        asking.close()
        served.join()
    first, again = answers
    assert first.landed is not None
    assert again.failed is not None
    error = again.failed.error()
    assert isinstance(error, sqlite3.IntegrityError)
    assert error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_CONSTRAINT
    with open_journal(tmp_path) as journal_again:
        assert journal_again.head(STREAM).hash == first.landed.link
        assert [one.record for one in journal_again.read(STREAM, 0)] == [Record("counted", 1, b"1")]


def _told(data: bytes | None) -> Told:
    assert data is not None
    return msgspec.msgpack.decode(data, type=Told)
