"""Format 1, with a row for each event and each answer: checked whole, and brought forward to runs.

The events keep their hashes, and each stream its head. An answer was hashed alone, and now is with its run.
"""

import sqlite3
from struct import Struct as Layout
from typing import Any

from solvent.journal.chain import BLAKE2B, batch_hash, batch_seed, hash_of, stream_seed
from solvent.journal.checking import Check, pruned_through
from solvent.journal.errors import JournalDamaged
from solvent.journal.records import Answer, Batch, Head, StoredRecord
from solvent.journal.runs import answer_rows, event_runs, is_hash, require_chain, require_types
from solvent.journal.schema import RUN_TABLES, read_genesis
from solvent.journal.writing import INSERT_ANSWERS, INSERT_EVENTS

_SIZES = Layout(">HI")
_EVENT_TYPES = (str, int, str, int, int, bytes, bytes)
_ANSWER_TYPES = (int, str, str, bytes, bytes, bytes)
_OLD = ("ALTER TABLE events RENAME TO old_events", "ALTER TABLE answers RENAME TO old_answers")
_DONE = ("DROP TABLE old_events", "DROP TABLE old_answers")
_FIELDS = (
    "number", "stream", "first_seq", "last_seq", "at_ms", "first_answer", "answers", "answers_hash", "head",
)  # fmt: skip
_BATCHES = f"SELECT {', '.join(_FIELDS)} FROM batches ORDER BY number"  # noqa: S608 - names from above
_SET_HASHES = "UPDATE batches SET answers_hash = ?, hash = ? WHERE number = ?"
_EVENTS = """
SELECT kind, version, payload FROM old_events WHERE stream = ? AND seq BETWEEN ? AND ? ORDER BY seq"""
_ANSWERS = """
SELECT account, key, request_digest, answer FROM old_answers WHERE number BETWEEN ? AND ? ORDER BY number"""


class CheckFormat1(Check):
    """The whole chain of a journal of format 1."""

    EVENTS = """
SELECT e.stream, e.seq, e.kind, e.version, e.at_ms, e.payload, e.hash FROM batches b CROSS JOIN events e
ON e.stream = b.stream AND e.seq BETWEEN b.first_seq AND b.last_seq ORDER BY b.number, e.seq"""
    ANSWERS = "SELECT number, account, key, request_digest, answer, hash FROM answers ORDER BY number"

    def _events_of(self, stream: str, number: int, before: Head, last_seq: int, at_ms: int) -> Head:
        previous = before.hash
        for seq in range(before.seq + 1, last_seq + 1):
            record = f"event {seq} of {stream}"
            row = next(self._events, None)
            if row is None or row[:2] != (stream, seq):
                raise JournalDamaged(record, "it is missing")
            require_types(row, _EVENT_TYPES, record)
            _, _, kind, version, found_ms, payload, found_hash = row
            if found_ms != at_ms:
                raise JournalDamaged(record, f"its moment is not that of batch {number}")
            event = StoredRecord(
                seq=seq, at_ms=at_ms, kind=kind, version=version, payload=payload, hash=found_hash
            )
            require_chain([event], stream=stream, previous=previous)
            previous = found_hash
        return Head(seq=last_seq, hash=previous)

    def _answers_of(self, record: str, first: int, count: int, answers_hash: bytes) -> None:
        hashes = []
        for number in range(first, first + count):
            answer = f"answer {number}"
            row = next(self._answers, None)
            if row is None or row[0] != number:
                raise JournalDamaged(answer, "it is missing")
            require_types(row, _ANSWER_TYPES, answer)
            if not is_hash(
                row[-1],
                answer_hash,
                number,
                Answer(account=row[1], key=row[2], request_digest=row[3], answer=row[4]),
            ):
                raise JournalDamaged(answer, "its hash does not follow from its bytes")
            hashes.append(row[-1])
        if hash_of(*hashes) != answers_hash:
            raise JournalDamaged(record, "its answers are not those that it was written with")


def answer_hash(number: int, answer: Answer) -> bytes:
    """Return the hash of one answer: number ‖ account ‖ key ‖ sizes ‖ request digest ‖ answer."""
    account, key = answer.account.encode(), answer.key.encode()
    return hash_of(
        number.to_bytes(8, "big"),
        _SIZES.pack(len(account), len(key)),
        account,
        key,
        _SIZES.pack(len(answer.request_digest), len(answer.answer)),
        answer.request_digest,
        answer.answer,
    )


def to_format_2(connection: sqlite3.Connection) -> None:
    """Put what had rows of its own into runs, batch by batch; nothing is brought forward unchecked.

    Errors: `JournalDamaged` naming the first record that is not what was written.
    """
    venue_id = read_genesis(connection, "the journal").venue_id
    verdict = CheckFormat1(connection, venue_id).run()
    if connection.execute("SELECT count(*) FROM events").fetchone()[0] != verdict.events:
        raise JournalDamaged("the events", f"there are more than the {verdict.events} of the batches")
    pruned = pruned_through(connection)
    for statement in (*_OLD, *RUN_TABLES):
        connection.execute(statement)
    made, heads = batch_seed(venue_id), dict[str, bytes]()
    for row in connection.execute(_BATCHES).fetchall():
        fields = dict(zip(_FIELDS, row, strict=True))
        stream = fields["stream"]
        _put_events(connection, fields, heads.get(stream) or stream_seed(venue_id, stream))
        heads[stream] = fields["head"]
        if fields["number"] > pruned:
            fields["answers_hash"] = _put_answers(connection, fields)
        made = batch_hash(made, **fields)
        connection.execute(_SET_HASHES, (fields["answers_hash"], made, fields["number"]))
    for statement in _DONE:
        connection.execute(statement)


def _put_events(connection: sqlite3.Connection, batch: dict[str, Any], previous: bytes) -> None:
    span = (batch["stream"], batch["first_seq"], batch["last_seq"])
    kinds, versions, payloads = _columns(connection.execute(_EVENTS, span).fetchall(), 3)
    events = Batch(at_ms=batch["at_ms"], kinds=kinds, versions=versions, payloads=payloads)
    first_seq = batch["first_seq"]
    for row in event_runs(events, number=batch["number"], first_seq=first_seq, previous=previous, by=BLAKE2B):
        connection.execute(INSERT_EVENTS, row)


def _put_answers(connection: sqlite3.Connection, batch: dict[str, Any]) -> bytes:
    first = batch["first_answer"]
    rows = connection.execute(_ANSWERS, (first, first + batch["answers"] - 1))
    runs = list(answer_rows(*_columns(rows.fetchall(), 4), first=first))
    for row in runs:
        connection.execute(INSERT_ANSWERS, row)
    return hash_of(*(row[-1] for row in runs))


def _columns(rows: list[tuple[Any, ...]], count: int) -> list[list[Any]]:
    """Return the columns of rows that have so many."""
    return [[row[column] for row in rows] for column in range(count)]
