"""The whole chain, record by record: the first one that is not what was written is named."""

from collections.abc import Iterator
from typing import Any, Protocol

from solvent.journal.chain import batch_hash, batch_seed, hash_of, stream_seed
from solvent.journal.errors import JournalDamaged
from solvent.journal.records import Head
from solvent.journal.runs import (
    ANSWER_RUN_TYPES,
    EVENT_RUN_TYPES,
    Row,
    events_of,
    first_place,
    is_hash,
    require_answers,
    require_chain,
    require_types,
)
from solvent.journal.verdict import Verdict

_BATCHES = """
SELECT number, stream, first_seq, last_seq, at_ms, first_answer, answers, answers_hash, head, hash
FROM batches ORDER BY number"""
_BATCH_TYPES = (int, str, int, int, int, int, int, bytes, bytes, bytes)


class Readable(Protocol):
    """A connection of either store, inside a transaction that sees one moment."""

    def execute(self, statement: str, /) -> Any:
        """Return the rows of a statement one by one, with a `fetchone`."""
        ...


class Check:
    """One pass over batches, events and answers, in the order in which they were written."""

    EVENTS = "SELECT place, first_seq, last_seq, links, heads, payloads FROM event_runs ORDER BY place"
    ANSWERS = "SELECT first, last, heads, bodies, hash FROM answer_runs ORDER BY first"

    def __init__(self, connection: Readable, venue_id: str) -> None:
        self._connection = connection
        self._venue_id = venue_id
        self._events: Iterator[Row] = connection.execute(self.EVENTS)
        self._answers: Iterator[Row] = connection.execute(self.ANSWERS)
        self._heads: dict[str, Head] = {}
        self._pruned_through = pruned_through(connection)

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
        for name, rows in (("events", self._events), ("answers", self._answers)):
            if next(rows, None) is not None:
                raise JournalDamaged(f"the {name}", "there are more than the batches tell of")
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
        after = self._events_of(stream, number, before, last_seq, at_ms)
        if after != Head(seq=last_seq, hash=head):
            raise JournalDamaged(record, "its events are not those that it was written with")
        self._heads[stream] = after
        if number > self._pruned_through:
            self._answers_of(record, first_answer, count, answers_hash)
        return bytes(found_hash)

    def _events_of(self, stream: str, number: int, before: Head, last_seq: int, at_ms: int) -> Head:
        seq, previous, place = before.seq, before.hash, first_place(number)
        while seq < last_seq:
            record = f"event {seq + 1} of {stream}"
            row = next(self._events, None)
            if row is None:
                raise JournalDamaged(record, "it is missing; there are none after it")
            require_types(row, EVENT_RUN_TYPES, f"the run of {record}")
            if row[0] != place or row[1] != seq + 1:
                raise JournalDamaged(record, f"it is missing; the next run is {row[0]}, from {row[1]}")
            found = events_of(row, stream=stream, at_ms=at_ms, after_seq=seq, through_seq=row[2])
            require_chain(found, stream=stream, previous=previous)
            seq, previous, place = found[-1].seq, found[-1].hash, place + 1
        return Head(seq=seq, hash=previous)

    def _answers_of(self, record: str, first: int, count: int, answers_hash: bytes) -> None:
        number, hashes = first, []
        while number < first + count:
            row = next(self._answers, None)
            if row is None:
                raise JournalDamaged(f"answer {number}", "it is missing; there are none after it")
            require_types(row, ANSWER_RUN_TYPES, f"answer {number}")
            if row[0] != number:
                raise JournalDamaged(f"answer {number}", f"it is missing; the next run is from {row[0]}")
            number += len(require_answers(row))
            hashes.append(row[-1])
        if number != first + count or hash_of(*hashes) != answers_hash:
            raise JournalDamaged(record, "its answers are not those that it was written with")

    def _require_sound_file(self) -> None:
        """Refuse a database that SQLite itself finds wrong."""
        found = self._connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise JournalDamaged("the database file", f"SQLite says: {found}")
        astray = self._connection.execute("PRAGMA foreign_key_check").fetchone()
        if astray is not None:
            table, _, parent, _ = astray
            raise JournalDamaged("the database file", f"a row of {table} refers to none of {parent}")


def pruned_through(connection: Readable) -> int:
    """Return the number of the last batch whose answers were pruned; 0 for none."""
    row = connection.execute("SELECT batch FROM pruned").fetchone()
    if row is None:
        return 0
    require_types(row, (int,), "what was pruned")
    return int(row[0])
