"""The two database files: tables, genesis, migrations, and how one is made whole or not at all."""

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from solvent.journal.chain import genesis_hash
from solvent.journal.errors import JournalDamaged, JournalUnavailable, translated
from solvent.journal.folder import NEW_SUFFIX, sync_folder
from solvent.journal.genesis import FORMAT, Genesis, genesis_of, require_steps, require_usable

# "Solv": what `file` and others know the database by.
APPLICATION_ID = 0x536F6C76
SQLITE_VERSION_MIN = (3, 37, 0)
BUSY_TIMEOUT_S = 5.0
JOURNAL_MODE = "PRAGMA journal_mode = WAL"
# Of a new database: a batch is a few long rows, and the log is written a page at a time.
PAGE_BYTES = 8_192
MEMORY = ":memory:"

# This table never changes, in whatever format: it is how a format is recognised.
GENESIS_TABLE = """
CREATE TABLE genesis (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    format INTEGER NOT NULL,
    venue_id TEXT NOT NULL,
    hash BLOB NOT NULL
) STRICT"""

RUN_TABLES = (
    """
CREATE TABLE event_runs (
    place INTEGER PRIMARY KEY,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    links BLOB NOT NULL,
    heads BLOB NOT NULL,
    payloads BLOB NOT NULL
) STRICT""",
    """
CREATE TABLE answer_runs (
    first INTEGER PRIMARY KEY,
    last INTEGER NOT NULL,
    heads BLOB NOT NULL,
    bodies BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT""",
    # For whoever reads by hand: a row each, as the journal itself never asks for.
    """
CREATE VIEW events AS
SELECT b.stream, r.first_seq + h.key AS seq,
    json_extract(h.value, '$[0]') AS kind, json_extract(h.value, '$[1]') AS version, b.at_ms,
    substr(r.payloads, 1 + coalesce(sum(json_extract(h.value, '$[2]')) OVER (
        PARTITION BY r.place ORDER BY h.key ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0),
        json_extract(h.value, '$[2]')) AS payload,
    substr(r.links, 1 + 32 * h.key, 32) AS hash
FROM event_runs r JOIN batches b ON b.number = r.place >> 20, json_each(CAST(r.heads AS TEXT)) h""",
    """
CREATE VIEW answers AS
SELECT r.first + h.key AS number,
    json_extract(h.value, '$[0]') AS account, json_extract(h.value, '$[1]') AS key,
    substr(r.bodies, 1 + coalesce(sum(json_extract(h.value, '$[2]') + json_extract(h.value, '$[3]')) OVER (
        PARTITION BY r.first ORDER BY h.key ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0),
        json_extract(h.value, '$[2]')) AS request_digest,
    substr(r.bodies, 1 + sum(json_extract(h.value, '$[2]') + json_extract(h.value, '$[3]')) OVER (
        PARTITION BY r.first ORDER BY h.key) - json_extract(h.value, '$[3]'),
        json_extract(h.value, '$[3]')) AS answer
FROM answer_runs r, json_each(CAST(r.heads AS TEXT)) h""",
)

JOURNAL_TABLES = (
    """
CREATE TABLE batches (
    number INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    first_seq INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    first_answer INTEGER NOT NULL,
    answers INTEGER NOT NULL,
    answers_hash BLOB NOT NULL,
    head BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT""",
    "CREATE INDEX batches_of_stream ON batches (stream, last_seq)",
    """
CREATE TABLE pruned (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    batch INTEGER NOT NULL REFERENCES batches (number)
) STRICT""",
    *RUN_TABLES,
)

SNAPSHOT_TABLES = (
    """
CREATE TABLE snapshots (
    id INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    seq INTEGER NOT NULL,
    head BLOB NOT NULL,
    format INTEGER NOT NULL,
    payload BLOB NOT NULL,
    hash BLOB NOT NULL,
    UNIQUE (stream, seq)
) STRICT""",
)

# From one format to the next, inside a transaction; the genesis row is not theirs to change.
Step = Callable[[sqlite3.Connection], None]


def connect(path: Path | str) -> sqlite3.Connection:
    """Open one database the way that every part of the journal does: WAL, each commit synced, strict.

    Errors: `JournalUnavailable` where SQLite is too old or the file system does not carry a WAL.
    """
    if sqlite3.sqlite_version_info < SQLITE_VERSION_MIN:
        raise JournalUnavailable(
            f"SQLite is {sqlite3.sqlite_version}; use a Python with 3.37 or later, for strict tables"
        )
    with translated(f"opening {path}"):
        connection = sqlite3.connect(
            path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA cell_size_check = ON")
            connection.execute("PRAGMA trusted_schema = OFF")
            mode = connection.execute(JOURNAL_MODE).fetchone()[0]
        except sqlite3.Error:
            connection.close()
            raise
    if mode != "wal" and path != MEMORY:
        connection.close()
        raise JournalUnavailable(f"{path} cannot have a write-ahead log here; put the folder on a local disk")
    return connection


def create_tables(connection: sqlite3.Connection, tables: tuple[str, ...], venue_id: str) -> None:
    """Make the tables and the genesis of one database, in one transaction."""
    with translated("making the journal"):
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("BEGIN IMMEDIATE")
        for statement in (GENESIS_TABLE, *tables):
            connection.execute(statement)
        connection.execute(
            "INSERT INTO genesis VALUES (1, ?, ?, ?)", (FORMAT, venue_id, genesis_hash(venue_id, FORMAT))
        )
        connection.execute("COMMIT")


def create_file(path: Path, tables: tuple[str, ...], venue_id: str) -> None:
    """Make a database under another name and rename it: there is a whole one, or none."""
    new = path.with_name(path.name + NEW_SUFFIX)
    try:
        for leftover in path.parent.glob(f"{new.name}*"):
            leftover.unlink()
        with closing(connect(new)) as connection:
            create_tables(connection, tables, venue_id)
        new.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise JournalUnavailable(f"making {path} failed: {error.strerror}") from error


def read_genesis(connection: sqlite3.Connection, name: str) -> Genesis:
    """Return what was fixed at genesis.

    Errors: `JournalDamaged` where it is missing, or is not what was written.
    """
    try:
        rows = connection.execute("SELECT format, venue_id, hash FROM genesis").fetchall()
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            raise JournalDamaged(f"the genesis of {name}", "it is missing; this is not a journal") from error
        raise
    return genesis_of(rows, name)


def require_genesis(
    connection: sqlite3.Connection, name: str, *, venue_id: str | None, migrations: Mapping[int, Step]
) -> Genesis:
    """Return the genesis of a database that this venue may use in this format, after migrating it if need be.

    Errors: `OtherVenue`, `FormatTooNew`, `FormatTooOld`, `JournalDamaged`.
    """
    with translated(f"reading the genesis of {name}"):
        genesis = read_genesis(connection, name)
    require_usable(genesis, name, venue_id=venue_id, kept_in="folder")
    if genesis.format < FORMAT:
        migrate(connection, name, genesis, migrations)
    return Genesis(venue_id=genesis.venue_id, format=FORMAT)


def migrate(
    connection: sqlite3.Connection, name: str, genesis: Genesis, migrations: Mapping[int, Step]
) -> None:
    """Bring a database forward to the present format, all the way or not at all."""
    require_steps(genesis, name, migrations)
    with translated(f"migrating {name}"):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for step in range(genesis.format, FORMAT):
                migrations[step](connection)
            connection.execute(
                "UPDATE genesis SET format = ?, hash = ?", (FORMAT, genesis_hash(genesis.venue_id, FORMAT))
            )
            connection.execute("COMMIT")
        finally:
            roll_back(connection)


def by_number_alone(_: sqlite3.Connection) -> None:
    """Go to a format with the same tables, in which the rows that are there stay what they are."""


def roll_back(connection: sqlite3.Connection) -> bool:
    """Undo an open transaction, without one do nothing; tell whether none is open now."""
    if connection.in_transaction:
        try:
            connection.execute("ROLLBACK")
        except sqlite3.Error:
            return False
    return True
