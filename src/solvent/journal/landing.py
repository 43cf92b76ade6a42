"""A batch by one statement: its run of events, its run of answers and its own row land together or not.

A statement of its own is a transaction of its own, so that SQLite is called once instead of six times. Each
call gives up the interpreter, and takes it back from whoever has it meanwhile. The decision is
docs/adr/0208-a-batch-lands-by-one-statement.md.
"""

import sqlite3
from typing import Any

from msgspec import Struct

from solvent.journal.records import DIGEST_BYTES, Batch, Head
from solvent.journal.runs import Row, answer_runs, batch_row, event_runs, is_one_run

# What the trigger below says where somebody else has written.
FENCED = "another writer was there first"
_COLUMNS = (
    *("place", "first_event", "last_event", "links", "event_heads", "payloads"),
    *("first", "last", "answer_heads", "bodies", "run_hash"),
    *("number", "stream", "first_seq", "last_seq", "at_ms", "first_answer", "answers"),
    *("answers_hash", "head", "hash", "previous"),
)
_VIEW = f"CREATE TEMP VIEW landings AS SELECT {', '.join(f'NULL AS {name}' for name in _COLUMNS)}"
# Of this connection alone: the database file knows nothing of it.
_TRIGGER = """
CREATE TEMP TRIGGER landing INSTEAD OF INSERT ON landings
BEGIN
    SELECT RAISE(ABORT, 'another writer was there first')
    WHERE coalesce((SELECT max(number) FROM batches), 0) <> new.number - 1
        OR coalesce((SELECT hash FROM batches WHERE number = new.number - 1), new.previous) <> new.previous;
    INSERT INTO event_runs
    SELECT new.place, new.first_event, new.last_event, new.links, new.event_heads, new.payloads
    WHERE new.place IS NOT NULL;
    INSERT INTO answer_runs
    SELECT new.first, new.last, new.answer_heads, new.bodies, new.run_hash WHERE new.first IS NOT NULL;
    INSERT INTO batches VALUES (new.number, new.stream, new.first_seq, new.last_seq, new.at_ms,
        new.first_answer, new.answers, new.answers_hash, new.head, new.hash);
END"""
_LAND = f"INSERT INTO landings VALUES ({', '.join('?' for _ in _COLUMNS)})"  # noqa: S608 - question marks
_NO_EVENTS: tuple[Any, ...] = (None,) * 6
_NO_ANSWERS: tuple[Any, ...] = (None,) * 5


def prepare(connection: sqlite3.Connection) -> None:
    """Let batches land over a connection."""
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(_VIEW)
    connection.execute(_TRIGGER)


class Behind(Struct, frozen=True, gc=False, array_like=True, kw_only=True):
    """Where a batch belongs: behind which event of its stream, which batch and which answers."""

    stream: str
    seq: int
    link: bytes
    number: int
    hash: bytes
    next_answer: int


class Rows(Struct, frozen=True, gc=False):
    """A batch as rows, of which the runs may be none, and its stream's head behind it."""

    events: Row | None
    answers: Row | None
    batch: Row
    head: Head


def fits(batch: Batch) -> bool:
    """Tell whether a batch has at most a run of events and a run of answers, as all but the longest have."""
    return is_one_run([*map(len, batch.payloads)]) and is_one_run([*map(len, batch.answers)])


def rows_of(batch: Batch, behind: Behind) -> Rows:
    """Return the rows of a batch that fits."""
    number = behind.number + 1
    runs = event_runs(batch, number=number, first_seq=behind.seq + 1, previous=behind.link)
    events = next(runs, None)
    answers = next(answer_runs(batch, first=behind.next_answer), None)
    head = Head(
        seq=behind.seq + len(batch.payloads),
        hash=behind.link if events is None else events[3][-DIGEST_BYTES:],
    )
    made = batch_row(
        batch,
        [] if answers is None else [answers],
        number=number,
        stream=behind.stream,
        first_answer=behind.next_answer,
        head=head,
        previous=behind.hash,
    )
    return Rows(events, answers, made, head)


def land(connection: sqlite3.Connection, rows: Rows, *, previous: bytes) -> None:
    """Write a batch behind the one whose hash is `previous`; it is durable on return.

    Errors: sqlite3's own; `is_fenced` tells those of another writer.
    """
    connection.execute(
        _LAND, (*(rows.events or _NO_EVENTS), *(rows.answers or _NO_ANSWERS), *rows.batch, previous)
    )


def is_fenced(error: Exception) -> bool:
    """Tell whether a batch did not land because another writer was there first."""
    return isinstance(error, sqlite3.IntegrityError) and str(error) == FENCED


def is_untouched(error: Exception) -> bool:
    """Tell whether nothing can have been written: the database was in use, or refused what it was given."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CONSTRAINT}
