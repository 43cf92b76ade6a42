"""The whole chain, record by record: the first one that is not what was written is named."""

import sqlite3
from collections.abc import Callable, Iterator
from struct import error as struct_error
from typing import Any

from solvent.journal.chain import answer_hash, batch_hash, batch_seed, event_hash, hash_of, stream_seed
from solvent.journal.errors import JournalDamaged
from solvent.journal.records import Answer, Head, StoredRecord
from solvent.journal.verdict import Verdict

# One row of each table, and the types that its columns have unless something is wrong.
_BATCHES = """
SELECT number, stream, first_seq, last_seq, at_ms, first_answer, answers, answers_hash, head, hash
FROM batches ORDER BY number"""
_BATCH_TYPES = (int, str, int, int, int, int, int, bytes, bytes, bytes)
_EVENTS = "SELECT seq, kind, version, at_ms, payload, hash FROM events WHERE stream = ? ORDER BY seq"
_EVENT_TYPES = (int, str, int, int, bytes, bytes)
_ANSWERS = "SELECT number, account, key, request_digest, answer, hash FROM answers ORDER BY number"
_ANSWER_TYPES = (int, str, str, bytes, bytes, bytes)
_COUNTS = {"events": "SELECT count(*) FROM events", "answers": "SELECT count(*) FROM answers"}

Row = tuple[Any, ...]


def require_types(row: Row, types: tuple[type, ...], record: str) -> None:
    """Refuse a row whose columns have other types than were written."""
    if tuple(map(type, row)) != types:
        raise JournalDamaged(record, "a column has another type than was written")


def require_event(row: Row, *, stream: str, seq: int, previous: bytes) -> StoredRecord:
    """Return one stored event, the next of its chain.

    Errors: `JournalDamaged` naming it.
    """
    record = f"event {seq} of {stream}"
    require_types(row, _EVENT_TYPES, record)
    found_seq, kind, version, at_ms, payload, found_hash = row
    if found_seq != seq:
        raise JournalDamaged(record, f"it is missing; the next one there is {found_seq}")
    if not is_hash(found_hash, event_hash, previous, seq, kind, version, at_ms, payload):
        raise JournalDamaged(record, "its hash does not follow from the one before and its bytes")
    return StoredRecord(seq=seq, at_ms=at_ms, kind=kind, version=version, payload=payload, hash=found_hash)


def require_answer(row: Row, number: int) -> Answer:
    """Return one stored answer.

    Errors: `JournalDamaged` naming it.
    """
    record = f"answer {number}"
    require_types(row, _ANSWER_TYPES, record)
    found_number, account, key, request_digest, answer, found_hash = row
    if found_number != number:
        raise JournalDamaged(record, f"it is missing; the next one there is {found_number}")
    found = Answer(account=account, key=key, request_digest=request_digest, answer=answer)
    if not is_hash(found_hash, answer_hash, number, found):
        raise JournalDamaged(
            f"{record}, to the key {key!r} of {account!r}", "its hash does not follow from its bytes"
        )
    return found


def is_hash(found: bytes, make: Callable[..., bytes], *parts: Any, **named: Any) -> bool:
    """Tell whether a hash is the right one; numbers that do not fit its layout have none."""
    try:
        return make(*parts, **named) == found
    except (struct_error, OverflowError):
        return False


class Check:
    """One pass over batches, events and answers, in the order in which they were written."""

    def __init__(self, connection: sqlite3.Connection, venue_id: str) -> None:
        self._connection = connection
        self._venue_id = venue_id
        self._events: dict[str, Iterator[Row]] = {}
        self._answers: Iterator[Row] = connection.execute(_ANSWERS)
        self._heads: dict[str, Head] = {}
        row = connection.execute("SELECT batch FROM pruned").fetchone()
        if row is not None:
            require_types(row, (int,), "what was pruned")
        self._pruned_through: int = row[0] if row else 0

    def run(self) -> Verdict:
        """Return what there is.

        Errors: `JournalDamaged` naming the first record that is not what was written.
        """
        previous = batch_seed(self._venue_id)
        batches = events = answers = next_answer = 0
        for batches, row in enumerate(self._connection.execute(_BATCHES), start=1):
            previous = self._batch(row, batches, next_answer + 1, previous)
            next_answer += row[6]
            events += row[3] - row[2] + 1
            answers += row[6] if batches > self._pruned_through else 0
        self._require_no_more(events, answers)
        self._require_sound_file()
        return Verdict(batches=batches, events=events, answers=answers, heads=dict(self._heads))

    def _batch(self, row: Row, number: int, first_answer: int, previous: bytes) -> bytes:
        record = f"batch {number}"
        require_types(row, _BATCH_TYPES, record)
        found, stream, first_seq, last_seq, at_ms, found_first, count, answers_hash, head, found_hash = row
        if found != number:
            raise JournalDamaged(record, f"it is missing; the next one there is {found}")
        fields = {
            "stream": stream, "number": number, "first_seq": first_seq, "last_seq": last_seq, "at_ms": at_ms,
            "first_answer": found_first, "answers": count, "answers_hash": answers_hash, "head": head,
        }  # fmt: skip
        if not is_hash(found_hash, batch_hash, previous, **fields):
            raise JournalDamaged(record, "its hash does not follow from the one before and its columns")
        before = self._heads.get(stream) or Head(seq=0, hash=stream_seed(self._venue_id, stream))
        if first_seq != before.seq + 1 or last_seq < before.seq or found_first != first_answer:
            raise JournalDamaged(record, "it does not begin where the one before ends")
        after = self._events_of(stream, before, last_seq, at_ms)
        if after.hash != head:
            raise JournalDamaged(record, "its events are not those that it was written with")
        self._heads[stream] = after
        if number > self._pruned_through:
            self._answers_of(record, first_answer, count, answers_hash)
        return bytes(found_hash)

    def _events_of(self, stream: str, before: Head, last_seq: int, at_ms: int) -> Head:
        if stream not in self._events:
            self._events[stream] = self._connection.execute(_EVENTS, (stream,))
        rows, previous = self._events[stream], before.hash
        for seq in range(before.seq + 1, last_seq + 1):
            row = next(rows, None)
            if row is None:
                raise JournalDamaged(f"event {seq} of {stream}", "it is missing; there are none after it")
            event = require_event(row, stream=stream, seq=seq, previous=previous)
            if event.at_ms != at_ms:
                raise JournalDamaged(f"event {seq} of {stream}", "its moment is not that of its batch")
            previous = event.hash
        return Head(seq=last_seq, hash=previous)

    def _answers_of(self, record: str, first_answer: int, count: int, answers_hash: bytes) -> None:
        hashes = []
        for number in range(first_answer, first_answer + count):
            row = next(self._answers, None)
            if row is None:
                raise JournalDamaged(f"answer {number}", "it is missing; there are none after it")
            require_answer(row, number)
            hashes.append(row[-1])
        if hash_of(*hashes) != answers_hash:
            raise JournalDamaged(record, "its answers are not those that it was written with")

    def _require_no_more(self, events: int, answers: int) -> None:
        for table, expected in (("events", events), ("answers", answers)):
            found = self._connection.execute(_COUNTS[table]).fetchone()[0]
            if found != expected:
                raise JournalDamaged(f"the {table}", f"there are {found}, and the batches tell of {expected}")

    def _require_sound_file(self) -> None:
        found = self._connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise JournalDamaged("the database file", f"SQLite says: {found}")
        astray = self._connection.execute("PRAGMA foreign_key_check").fetchone()
        if astray is not None:
            table, _, parent, _ = astray
            raise JournalDamaged("the database file", f"a row of {table} refers to none of {parent}")
