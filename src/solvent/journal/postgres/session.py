"""A connection to PostgreSQL: how it is made, what its errors mean, and one moment of all the tables.

Every exception of psycopg is translated here, and none of them brings a password along.
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import Any

import psycopg
from psycopg import errors, pq
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.numeric import Int8BinaryDumper

from solvent.journal.address import shown
from solvent.journal.errors import DatabaseUnusable, JournalDamaged, JournalError, JournalUnavailable
from solvent.journal.runs import Row

SERVER_VERSION_MIN = 140_000
# Unless the address says otherwise. A machine that is gone is noticed within half a minute by either side.
DEFAULTS = {
    "application_name": "solvent",
    "connect_timeout": "10",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
# Of every session, whatever is usual in the database: the writer may be idle, and a check may take long.
_SESSION = {
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "25000",
}
_SERVER = """
SELECT current_setting('server_version_num')::bigint, current_setting('server_encoding'), current_schema()"""
_SET = "SELECT set_config(%b, %b, false)"
_SET_SCHEMA = "SELECT set_config('search_path', quote_ident(%b), false)"
# What it calls bytes that it cannot make sense of, and a schema other than ours, as every statement is fixed.
_DAMAGE = (
    errors.DataCorrupted,
    errors.IndexCorrupted,
    errors.UndefinedTable,
    errors.UndefinedColumn,
    errors.UndefinedFunction,
)
# Rows of runs are up to some megabytes each.
FETCHED_AT_ONCE = 32


class Session:
    """One connection, for one thread at a time; each statement is a transaction unless one is open."""

    def __init__(self, address: str) -> None:
        self.name = shown(address)
        connection = _connected(address)
        connection.adapters.register_dumper(int, Int8BinaryDumper)
        self._connection = connection
        self._cursor = connection.cursor(binary=True)
        self._mutex = threading.Lock()
        with ExitStack() as undo:
            undo.callback(connection.close)
            self.schema = self._prepare()
            undo.pop_all()

    def _prepare(self) -> str:
        """Return the schema, and look nowhere else from here on.

        Errors: `DatabaseUnusable`.
        """
        with translated(f"beginning a session at {self.name}"):
            ((version, encoding, schema),) = self.rows(_SERVER)
            if version < SERVER_VERSION_MIN:
                raise DatabaseUnusable(
                    f"{self.name} is PostgreSQL {version // 10_000}; use {SERVER_VERSION_MIN // 10_000} or "
                    "later"
                )
            if encoding != "UTF8":
                raise DatabaseUnusable(
                    f"{self.name} keeps text as {encoding}; give a database made with ENCODING 'UTF8'"
                )
            if schema is None:
                raise DatabaseUnusable(
                    f"{self.name} has no schema that its search_path names; make it with CREATE SCHEMA"
                )
            for name, value in _SESSION.items():
                self.run(_SET, (name, value))
            self.run(_SET_SCHEMA, (schema,))
        return str(schema)

    @property
    def is_broken(self) -> bool:
        """Whether the connection is gone."""
        return self._connection.closed

    @property
    def is_in_transaction(self) -> bool:
        """Whether a transaction was begun and has not ended, or nobody knows."""
        return self._connection.info.transaction_status is not pq.TransactionStatus.IDLE

    def run(self, statement: str, given: Sequence[Any] = ()) -> int:
        """Carry a statement out; return how many rows it concerned."""
        with self._mutex:
            return self._cursor.execute(statement.encode(), given).rowcount

    def rows(self, statement: str, given: Sequence[Any] = ()) -> list[Row]:
        """Return what a statement finds."""
        with self._mutex:
            return self._cursor.execute(statement.encode(), given).fetchall()

    def row(self, statement: str, given: Sequence[Any] = ()) -> Row | None:
        """Return the first row that a statement finds; none where it finds none."""
        with self._mutex:
            return self._cursor.execute(statement.encode(), given).fetchone()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what is done inside, or undo it."""
        self.run("BEGIN")
        try:
            yield
            self.run("COMMIT")
        finally:
            if self.is_in_transaction:
                with suppress(psycopg.Error):
                    self.run("ROLLBACK")

    def streamed(self, statement: str, name: str) -> "psycopg.ServerCursor[Row]":
        """Return the rows of a statement a few at a time, inside a transaction."""
        cursor = self._connection.cursor(name, binary=True)
        cursor.itersize = FETCHED_AT_ONCE
        with ExitStack() as undo:
            undo.callback(cursor.close)
            cursor.execute(statement.encode())
            undo.pop_all()
        return cursor

    def close(self) -> None:
        """Let go of the connection, and of whatever it has locked, after the statement that is under way."""
        with self._mutex:
            self._connection.close()


class Moment:
    """All the tables as they were at one moment, in a session of their own."""

    def __init__(self, session: Session, open_cursors: ExitStack) -> None:
        self._session = session
        self._open_cursors = open_cursors
        self._count = 0

    def execute(self, statement: str, /) -> "psycopg.ServerCursor[Row]":
        """Return the rows of a statement one by one."""
        self._count += 1
        cursor = self._session.streamed(statement, f"read_{self._count}")
        return self._open_cursors.enter_context(closing(cursor))


@contextmanager
def moment(address: str) -> Iterator[Moment]:
    """See one moment of the journal without holding up anybody."""
    with closing(Session(address)) as session, ExitStack() as open_cursors:
        session.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield Moment(session, open_cursors)


def _connected(address: str) -> psycopg.Connection[Row]:
    name = shown(address)
    try:
        given = conninfo_to_dict(address)
    except psycopg.Error:
        # Its words repeat the address, or a part of it that may be of the password.
        raise DatabaseUnusable(
            f"the address {name} cannot be read; give postgresql://USER@HOST:PORT/DATABASE, and write the "
            "special characters of a password as %-escapes, such as %40 for @"
        ) from None
    wanted: dict[str, Any] = {**DEFAULTS, **given, "client_encoding": "UTF8"}
    try:
        return psycopg.connect(**wanted, autocommit=True, prepare_threshold=0)
    except psycopg.Error as error:
        told, password = words(error), str(given.get("password") or "")
        if password:
            told = told.replace(password, "***")
    raise DatabaseUnusable(f"{name} cannot be reached: {told}; start the server, or correct the address")


def words(error: psycopg.Error) -> str:
    """Return what the server, or else the client, says is wrong, on one line."""
    return " ".join((error.diag.message_primary or str(error)).split())


@contextmanager
def translated(doing: str) -> Iterator[None]:
    """Turn every exception of psycopg into one of this room; `doing` begins the sentence."""
    try:
        yield
    except psycopg.Error as error:
        raise translate(error, doing) from error


def translate(error: psycopg.Error, doing: str) -> JournalError:
    """Return what an exception of psycopg means here."""
    if isinstance(error, _DAMAGE):
        return JournalDamaged("the database", f"{doing} failed, PostgreSQL says: {words(error)}")
    return JournalUnavailable(f"{doing} failed, and nothing was written: {words(error)}")
