"""From a folder to a journal: lock it, make it or know it, migrate it, check it, or say why not."""

import sqlite3
from collections.abc import Mapping
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path

from solvent.journal.address import is_address, shown
from solvent.journal.errors import DatabaseUnusable, JournalDamaged, NoJournal, translated
from solvent.journal.folder import DATABASE_FILE, SNAPSHOTS_FILE, FolderLock, lock_folder
from solvent.journal.format_1 import to_format_2
from solvent.journal.genesis import FORMAT, Genesis
from solvent.journal.port import Journal
from solvent.journal.records import require_name
from solvent.journal.schema import (
    JOURNAL_TABLES,
    MEMORY,
    SNAPSHOT_TABLES,
    Step,
    by_number_alone,
    connect,
    create_file,
    create_tables,
    read_genesis,
    require_genesis,
)
from solvent.journal.sqlite import SqliteJournal
from solvent.journal.verdict import Damage
from solvent.journal.wal import require_whole_wal
from solvent.journal.writing import Commit, commit

MIGRATIONS: Mapping[int, Step] = {1: to_format_2, 2: by_number_alone}
# A snapshots' file of an older format than these is made anew: it is a shortcut.
SNAPSHOT_MIGRATIONS: Mapping[int, Step] = {2: by_number_alone}


class Checked(StrEnum):
    """How much is checked when a journal is opened."""

    # Every record; some ten microseconds for each event with an answer.
    WHOLE = "whole"
    # Each event, answer and snapshot when it is read.
    AS_READ = "as_read"


def open_journal(
    place: Path | str,
    *,
    venue_id: str | None = None,
    checked: Checked = Checked.WHOLE,
    is_reading: bool = False,
) -> Journal:
    """Open the journal in a folder or at an address, `postgresql://…`, or make one for the venue.

    `":memory:"` is one that is gone when closed. Without a venue id any venue's journal opens, and none is
    made. For reading a database is opened beside its writer; a folder has one user at a time all the same.
    Errors: `FolderInUse`, `FolderUnusable`, `DatabaseInUse`, `DatabaseUnusable`, `NoJournal`, `OtherVenue`,
            `FormatTooNew`, `FormatTooOld`; `JournalDamaged` naming the first bad record.
    """
    if not is_address(place):
        return open_sqlite(place, venue_id=venue_id, checked=checked)
    try:
        from solvent.journal.postgres import open_postgres  # noqa: PLC0415 - psycopg is an extra
    except ImportError as error:
        raise DatabaseUnusable(
            f"{shown(place)} needs psycopg, which is not installed ({error}); install solvent[postgres]"
        ) from error
    is_checked = checked is Checked.WHOLE
    return open_postgres(str(place), venue_id=venue_id, is_checked=is_checked, is_reading=is_reading)


def open_sqlite(
    folder: Path | str,
    *,
    venue_id: str | None = None,
    checked: Checked = Checked.WHOLE,
    migrations: Mapping[int, Step] = MIGRATIONS,
    commit: Commit = commit,
) -> SqliteJournal:
    """Open as `open_journal` does, with the parts that tests put in."""
    if venue_id is not None:
        require_name(venue_id, "venue id")
    if str(folder) == MEMORY:
        return _in_memory(venue_id, commit)
    folder = Path(folder)
    with ExitStack() as undo:
        lock = lock_folder(folder)
        undo.callback(lock.release)
        journal = _in_folder(folder, venue_id, lock, migrations, commit)
        undo.pop_all()
        undo.callback(journal.close)
        if checked is Checked.WHOLE:
            damage = journal.verify().damage
            if damage is not None:
                raise JournalDamaged(damage.record, damage.wrong)
        undo.pop_all()
    return journal


def _in_memory(venue_id: str | None, commit: Commit) -> SqliteJournal:
    if venue_id is None:
        raise NoJournal("a journal in memory is always new; give its venue id")
    connections = []
    for tables in (JOURNAL_TABLES, SNAPSHOT_TABLES):
        connections.append(connect(MEMORY))
        create_tables(connections[-1], tables, venue_id)
    genesis = Genesis(venue_id=venue_id, format=FORMAT)
    return SqliteJournal(*connections, genesis=genesis, path=None, lock=None, commit=commit)


def _in_folder(
    folder: Path, venue_id: str | None, lock: FolderLock, migrations: Mapping[int, Step], commit: Commit
) -> SqliteJournal:
    path, snapshots_path = folder / DATABASE_FILE, folder / SNAPSHOTS_FILE
    if not path.exists():
        _require_no_remains(folder)
        if venue_id is None:
            raise NoJournal(f"{folder} holds no journal; give a venue id to make one")
        create_file(path, JOURNAL_TABLES, venue_id)
    if path.stat().st_size == 0:
        raise JournalDamaged(f"the database file {path.name}", "it is empty; restore a backup")
    require_whole_wal(path.with_name(f"{path.name}-wal"))
    with ExitStack() as undo:
        connection = connect(path)
        undo.callback(connection.close)
        genesis = require_genesis(connection, path.name, venue_id=venue_id, migrations=migrations)
        with translated(f"recovering {path.name}"):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        snapshots, lost = _open_snapshots(snapshots_path, genesis.venue_id)
        undo.callback(snapshots.close)
        journal = SqliteJournal(
            connection,
            snapshots,
            genesis=genesis,
            path=path,
            lock=lock,
            commit=commit,
            snapshots_lost=lost,
        )
        undo.pop_all()
    return journal


def _require_no_remains(folder: Path) -> None:
    """Refuse to begin anew where there was a journal."""
    for name in (f"{DATABASE_FILE}-wal", SNAPSHOTS_FILE):
        if (folder / name).exists():
            raise JournalDamaged(
                f"the database file {DATABASE_FILE}",
                f"it is missing and {name} is still there; restore a backup, or empty the folder",
            )


def _open_snapshots(path: Path, venue_id: str) -> tuple[sqlite3.Connection, Damage | None]:
    """Open the snapshots' file, or make it; one that is damaged or too old is made anew: it is a shortcut."""
    lost = None
    if path.exists():
        try:
            connection = _opened_snapshots(path, venue_id)
        except JournalDamaged as error:
            connection = None
            lost = Damage(record=error.record, wrong=f"{error.wrong}; the file was made anew, without any")
        if connection is not None:
            return connection, None
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
    create_file(path, SNAPSHOT_TABLES, venue_id)
    return connect(path), lost


def _opened_snapshots(path: Path, venue_id: str) -> sqlite3.Connection | None:
    """Open a snapshots' file that is there; none where it is in a format that nothing leads from.

    Errors: `JournalDamaged`; `OtherVenue` and `FormatTooNew`, as then the folder is not what it seems.
    """
    with ExitStack() as undo:
        connection = connect(path)
        undo.callback(connection.close)
        with translated(f"reading the genesis of {path.name}"):
            found = read_genesis(connection, path.name).format
            if found < FORMAT and found not in SNAPSHOT_MIGRATIONS:
                return None
            require_genesis(connection, path.name, venue_id=venue_id, migrations=SNAPSHOT_MIGRATIONS)
            connection.execute("SELECT id, stream, seq, head, format, payload, hash FROM snapshots LIMIT 0")
        undo.pop_all()
        return connection
