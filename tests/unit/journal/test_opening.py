"""Which folders open, which do not, and what is said then."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from solvent.journal import (
    FORMAT,
    MEMORY,
    Checked,
    Conflict,
    FolderInUse,
    FolderUnusable,
    FormatTooNew,
    FormatTooOld,
    InputRefused,
    JournalDamaged,
    JournalUnavailable,
    NoJournal,
    OtherVenue,
    Record,
    batch_of,
    open_journal,
)
from solvent.journal.chain import genesis_hash
from solvent.journal.opening import open_sqlite
from solvent.journal.runs import RUN_ITEMS_MAX
from solvent.journal.schema import GENESIS_TABLE, JOURNAL_TABLES
from tests.contract.journal.stores import VENUE, batch, numbers

DATABASE = "journal.sqlite3"
SNAPSHOTS = "snapshots.sqlite3"


def change(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement, values)
        connection.commit()


def make(folder: Path) -> None:
    with open_journal(folder, venue_id=VENUE) as journal:
        journal.append("main", 0, batch([1, 2]))


def test_a_folder_in_use_is_refused_with_the_holders_process_id(tmp_path: Path) -> None:
    with (
        open_journal(tmp_path, venue_id=VENUE),
        pytest.raises(FolderInUse, match=f"{tmp_path} is in use by the process {os.getpid()}; stop that one"),
    ):
        open_journal(tmp_path, venue_id=VENUE)
    open_journal(tmp_path, venue_id=VENUE).close()


def test_a_folder_in_use_by_another_process_is_refused_until_that_one_has_ended(tmp_path: Path) -> None:
    program = (
        "import sys, solvent.journal as j\n"
        "with j.open_journal(sys.argv[1], venue_id='venue-1'):\n"
        "    print('open', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"open\n"
        with pytest.raises(FolderInUse, match=f"in use by the process {child.pid};"):
            open_journal(tmp_path)
        child.kill()
        child.wait()
        with open_journal(tmp_path) as journal:
            assert journal.venue_id == "venue-1"


def test_a_holder_that_left_no_name_is_called_unknown(tmp_path: Path) -> None:
    with open_journal(tmp_path, venue_id=VENUE):
        (tmp_path / "lock").write_text("")
        with pytest.raises(FolderInUse, match="in use by the process unknown"):
            open_journal(tmp_path)


def test_a_refused_folder_can_be_opened_by_the_next_one(tmp_path: Path) -> None:
    make(tmp_path)
    for _ in range(2):
        with pytest.raises(OtherVenue):
            open_journal(tmp_path, venue_id="venue-2")
    with open_journal(tmp_path, venue_id=VENUE) as journal:
        assert journal.last_seq("main") == 2


def test_a_file_instead_of_a_folder_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("not a folder")
    with pytest.raises(FolderUnusable, match="is a file, or lies in one; give a folder"):
        open_journal(path, venue_id=VENUE)
    with pytest.raises(FolderUnusable, match="is a file, or lies in one; give a folder"):
        open_journal(path / "below", venue_id=VENUE)


@contextmanager
def nobody() -> Iterator[None]:
    """Be a user without rights, where this one has all of them."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65_534)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def test_a_read_only_folder_is_refused_with_what_to_do() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder / "old")
        for path in (folder, folder / "old"):
            path.chmod(0o555)
        with nobody():
            for path in (folder, folder / "new", folder / "old"):
                with pytest.raises(
                    FolderUnusable, match="cannot be written: Permission denied; give a folder"
                ):
                    open_journal(path, venue_id=VENUE)
        for path in (folder, folder / "old"):
            path.chmod(0o755)


def test_without_a_venue_id_what_is_there_opens_and_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(NoJournal, match="holds no journal; give a venue id to make one"):
        open_journal(tmp_path / "new")
    with pytest.raises(NoJournal, match="give its venue id"):
        open_journal(MEMORY)
    make(tmp_path / "old")
    with open_journal(str(tmp_path / "old")) as journal:
        assert journal.venue_id == VENUE


def test_a_journal_of_another_venue_is_refused_with_both_names(tmp_path: Path) -> None:
    make(tmp_path)
    with pytest.raises(OtherVenue, match=r"journal\.sqlite3 belongs to the venue venue-1, not to venue-2"):
        open_journal(tmp_path, venue_id="venue-2")


def test_a_venue_id_that_is_no_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="the venue id is ''"):
        open_journal(tmp_path / "new", venue_id="")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", [DATABASE, SNAPSHOTS])
def test_a_newer_format_is_refused_with_what_to_do(tmp_path: Path, name: str) -> None:
    make(tmp_path)
    newer = FORMAT + 1
    change(tmp_path / name, "UPDATE genesis SET format = ?, hash = ?", newer, genesis_hash(VENUE, newer))
    with pytest.raises(
        FormatTooNew,
        match=rf"is in format {newer} and this Solvent reads up to {FORMAT}; use a newer Solvent",
    ):
        open_journal(tmp_path, venue_id=VENUE)


def test_a_missing_genesis_is_refused(tmp_path: Path) -> None:
    make(tmp_path)
    change(tmp_path / DATABASE, "DELETE FROM genesis")
    with pytest.raises(
        JournalDamaged, match=rf"the genesis of {DATABASE}: it has 0 rows and should have one"
    ):
        open_journal(tmp_path, venue_id=VENUE)
    change(tmp_path / DATABASE, "DROP TABLE genesis")
    with pytest.raises(JournalDamaged, match=rf"the genesis of {DATABASE}: it is missing; this is not a"):
        open_journal(tmp_path, venue_id=VENUE)


def test_snapshots_without_a_genesis_are_made_anew(tmp_path: Path) -> None:
    make(tmp_path)
    with open_journal(tmp_path) as journal:
        journal.save_snapshot("main", 2, 1, b"state")
    change(tmp_path / SNAPSHOTS, "DELETE FROM genesis")
    with open_journal(tmp_path, venue_id=VENUE) as journal:
        (lost,) = journal.verify().passed_over
        assert lost.record == f"the genesis of {SNAPSHOTS}"
        assert journal.latest_snapshot("main") is None


def test_a_genesis_with_other_columns_is_refused(tmp_path: Path) -> None:
    make(tmp_path)
    change(tmp_path / DATABASE, "ALTER TABLE genesis RENAME COLUMN venue_id TO other")
    with pytest.raises(JournalDamaged, match=r"reading the genesis of journal\.sqlite3 failed"):
        open_journal(tmp_path, venue_id=VENUE)


def test_another_file_under_the_journals_name_is_refused(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / DATABASE).write_bytes(b"no database " * 1_000)
    with pytest.raises(JournalDamaged, match=r"the database file: opening .* not a database"):
        open_journal(tmp_path, venue_id=VENUE)


@pytest.mark.parametrize("name", [f"{DATABASE}-wal", SNAPSHOTS])
def test_a_missing_database_beside_remains_of_one_is_refused(tmp_path: Path, name: str) -> None:
    make(tmp_path)
    (tmp_path / DATABASE).unlink()
    (tmp_path / SNAPSHOTS).rename(tmp_path / name)
    with pytest.raises(JournalDamaged, match=f"it is missing and {name} is still there; restore a backup"):
        open_journal(tmp_path, venue_id=VENUE)


def test_an_empty_database_file_is_refused_and_its_log_is_kept(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / DATABASE).write_bytes(b"")
    (tmp_path / f"{DATABASE}-wal").write_bytes(b"log")
    with pytest.raises(JournalDamaged, match="it is empty; restore a backup"):
        open_journal(tmp_path, venue_id=VENUE)
    assert (tmp_path / f"{DATABASE}-wal").read_bytes() == b"log"


def test_a_creation_that_was_cut_short_is_begun_again(tmp_path: Path) -> None:
    for name in (f"{DATABASE}.new", f"{DATABASE}.new-journal", f"{SNAPSHOTS}.new"):
        (tmp_path / name).write_bytes(b"half of it")
    make(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {DATABASE, SNAPSHOTS, "lock"}


def test_removed_snapshots_cost_nothing_but_the_snapshots(tmp_path: Path) -> None:
    make(tmp_path)
    with open_journal(tmp_path) as journal:
        journal.save_snapshot("main", 2, 1, b"state")
    (tmp_path / SNAPSHOTS).unlink()
    with open_journal(tmp_path) as journal:
        assert journal.latest_snapshot("main") is None
        assert numbers(journal.read("main", 0)) == [1, 2]


def test_snapshots_in_an_older_format_are_made_anew(tmp_path: Path) -> None:
    make(tmp_path)
    change(tmp_path / SNAPSHOTS, "UPDATE genesis SET format = 0, hash = ?", genesis_hash(VENUE, 0))
    change(tmp_path / SNAPSHOTS, "DROP TABLE snapshots")
    with open_journal(tmp_path) as journal:
        journal.save_snapshot("main", 2, 1, b"state")
        assert journal.verify().snapshots == 1


def test_a_log_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / f"{DATABASE}-wal").mkdir()
    with pytest.raises(FolderUnusable, match=r"journal\.sqlite3-wal cannot be read: Is a directory"):
        open_journal(tmp_path)


def test_a_place_that_cannot_be_written_when_the_journal_is_made_is_told(tmp_path: Path) -> None:
    (tmp_path / f"{DATABASE}.new").mkdir()
    with pytest.raises(JournalUnavailable, match=r"making .*journal\.sqlite3 failed: "):
        open_journal(tmp_path, venue_id=VENUE)


def test_an_sqlite_without_strict_tables_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 36, 0))
    with pytest.raises(JournalUnavailable, match=r"use a Python with 3\.37 or later"):
        open_journal(MEMORY, venue_id=VENUE)


def test_a_file_system_that_carries_no_log_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path)
    monkeypatch.setattr("solvent.journal.schema.JOURNAL_MODE", "PRAGMA journal_mode = DELETE")
    with pytest.raises(
        JournalUnavailable, match="cannot have a write-ahead log here; put the folder on a local"
    ):
        open_journal(tmp_path)


def test_the_connection_syncs_each_commit_and_keeps_foreign_keys(tmp_path: Path) -> None:
    with open_sqlite(tmp_path, venue_id=VENUE) as journal:
        found = {
            name: journal._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "application_id")
        }
    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "busy_timeout": 5_000,
        "application_id": int.from_bytes(b"Solv", "big"),
    }


# A format that never was: events without hashes and batches.
FORMAT_0 = (
    "CREATE TABLE events (stream TEXT, seq INTEGER, kind TEXT, version INTEGER, at_ms INTEGER, payload BLOB)"
)


def make_format_0(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(GENESIS_TABLE)
        connection.execute("INSERT INTO genesis VALUES (1, 0, ?, ?)", (VENUE, genesis_hash(VENUE, 0)))
        connection.execute(FORMAT_0)
        for seq in (1, 2, 3):
            connection.execute(
                "INSERT INTO events VALUES ('main', ?, 'counted', 1, 9, ?)", (seq, f"{seq}".encode())
            )


def from_format_0(connection: sqlite3.Connection) -> None:
    """Bring the made-up format forward: through a journal in memory, which makes the hashes."""
    rows = connection.execute("SELECT kind, version, payload, at_ms FROM events ORDER BY seq").fetchall()
    connection.execute("DROP TABLE events")
    for statement in JOURNAL_TABLES:
        connection.execute(statement)
    with open_sqlite(MEMORY, venue_id=VENUE) as made:
        made.append("main", 0, batch_of([Record(*row[:3]) for row in rows], at_ms=rows[0][3]))
        for table, marks in (("batches", "?,?,?,?,?,?,?,?,?,?"), ("event_runs", "?,?,?,?,?,?")):
            found = made._connection.execute(f"SELECT * FROM {table}").fetchall()
            connection.executemany(f"INSERT INTO {table} VALUES ({marks})", found)


def in_the_next(_: sqlite3.Connection) -> None:
    """Leave it as it is: the step before went all the way."""


MIGRATIONS_0 = {0: from_format_0, 1: in_the_next, 2: in_the_next}


def test_an_older_format_is_brought_forward_and_then_checks_out(tmp_path: Path) -> None:
    make_format_0(tmp_path / DATABASE)
    with open_sqlite(tmp_path, venue_id=VENUE, migrations=MIGRATIONS_0) as journal:
        assert journal.format == FORMAT
        assert numbers(journal.read("main", 0)) == [1, 2, 3]
        journal.append("main", 3, batch([4]))
    with open_journal(tmp_path, venue_id=VENUE) as again:
        assert again.last_seq("main") == 4


def test_a_format_that_nothing_leads_from_is_refused(tmp_path: Path) -> None:
    make_format_0(tmp_path / DATABASE)
    with pytest.raises(FormatTooOld, match="is in format 0, and nothing leads from format 0 to 1"):
        open_journal(tmp_path, venue_id=VENUE)


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    def half(connection: sqlite3.Connection) -> None:
        connection.execute("DROP TABLE events")
        connection.execute("SELECT abs(-9223372036854775807 - 1)")

    make_format_0(tmp_path / DATABASE)
    with pytest.raises(JournalUnavailable, match=r"migrating journal\.sqlite3 failed"):
        open_sqlite(tmp_path, venue_id=VENUE, migrations={**MIGRATIONS_0, 0: half})
    with open_sqlite(tmp_path, venue_id=VENUE, migrations=MIGRATIONS_0) as journal:
        assert journal.last_seq("main") == 3


def test_two_writers_never_both_succeed_even_without_the_lock(tmp_path: Path) -> None:
    with open_journal(tmp_path, venue_id=VENUE) as first:
        (tmp_path / "lock").unlink()
        with open_journal(tmp_path, venue_id=VENUE) as second:
            second.append("main", 0, batch([1]))
            with pytest.raises(Conflict, match="main ends at seq 1, not at 0"):
                first.append("main", 0, batch([2]))
            second.append("main", 1, batch([], ["refused"]))
            with pytest.raises(Conflict, match="batch 2 is there and 0 was the last one known"):
                first.append("main", 1, batch([], ["refused"]))
        with pytest.raises(Conflict, match="open the journal again"):
            first.append("other", 0, batch([1]))


@pytest.mark.parametrize("events", [1, RUN_ITEMS_MAX + 1])
def test_a_batch_lands_behind_no_batch_but_the_one_that_its_writer_knows(tmp_path: Path, events: int) -> None:
    with open_journal(tmp_path, venue_id=VENUE) as first:
        first.append("main", 0, batch([1]))
        (tmp_path / "lock").unlink()
        with open_journal(tmp_path, venue_id=VENUE) as second:
            second.append("main", 1, batch([], ["refused"]))
        with pytest.raises(Conflict, match="batch 2 is there and 1 was the last one known"):
            first.append("main", 1, batch(range(events)))
        assert first.last_seq("main") == 1
        with sqlite3.connect(tmp_path / DATABASE) as connection:
            connection.execute("UPDATE batches SET number = 3 WHERE number = 2")
        with pytest.raises(Conflict, match="batch 3 is there and 1 was the last one known"):
            first.append("main", 1, batch(range(events)))


def test_another_batch_under_the_number_that_its_writer_knows_is_told(tmp_path: Path) -> None:
    with open_journal(tmp_path, venue_id=VENUE) as journal:
        journal.append("main", 0, batch([1]))
        with sqlite3.connect(tmp_path / DATABASE) as connection:
            connection.execute("UPDATE batches SET hash = zeroblob(32)")
        with pytest.raises(Conflict, match="batch 1 is there and 1 was the last one known"):
            journal.append("main", 1, batch([2]))


def test_a_database_that_someone_else_locks_is_unavailable_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solvent.journal.schema.BUSY_TIMEOUT_S", 0.01)
    with open_journal(tmp_path, venue_id=VENUE, checked=Checked.AS_READ) as journal:
        with closing(sqlite3.connect(tmp_path / DATABASE, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(JournalUnavailable, match="nothing was written: database is locked"):
                journal.append("main", 0, batch([1]))
        assert journal.append("main", 0, batch([1])).seq == 1


def test_a_backup_goes_into_a_folder_without_a_journal(tmp_path: Path) -> None:
    with open_journal(tmp_path / "venue", venue_id=VENUE) as journal:
        journal.append("main", 0, batch([1]))
        with pytest.raises(FolderInUse):
            journal.backup(tmp_path / "venue")
        make(tmp_path / "other")
        with pytest.raises(FolderUnusable, match="holds a journal already; give another folder"):
            journal.backup(tmp_path / "other")
        (tmp_path / "bad" / f"{DATABASE}.new").mkdir(parents=True)
        with pytest.raises(JournalUnavailable, match=r"making a backup in .* failed: "):
            journal.backup(tmp_path / "bad")
