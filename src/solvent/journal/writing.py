"""What is written, and when it counts: the fence, the rows of a batch, the commit, and a failed one."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, takewhile

from solvent.journal.answers import AnswerIndex, place_of
from solvent.journal.chain import answer_hash, batch_hash, batch_seed, event_hash, hash_of, stream_seed
from solvent.journal.checking import Row, require_types
from solvent.journal.errors import CommitUnknown, Conflict, KeyTaken
from solvent.journal.records import Answer, Batch, Head, Pruned
from solvent.journal.schema import roll_back

_LAST_BATCH = "SELECT number, first_answer + answers, hash FROM batches ORDER BY number DESC LIMIT 1"
_HEAD = "SELECT last_seq, head FROM batches WHERE stream = ? ORDER BY last_seq DESC, number DESC LIMIT 1"
_EVENT_ROW, _EVENT_ROWS = "(?, ?, ?, ?, ?, ?, ?)", "INSERT INTO events VALUES "
_ANSWER_ROW, _ANSWER_ROWS = "(?, ?, ?, ?, ?, ?)", "INSERT INTO answers VALUES "
# Each statement lets other threads run; a row each would make the writer wait for them at every row.
_ROWS_AT_ONCE = 256
_INSERT_BATCH = "INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_KEYS = "SELECT number, account, key FROM answers"
_PRUNED = "SELECT batch FROM pruned"
_OLD_BATCHES = """
SELECT number, at_ms, first_answer, answers FROM batches WHERE number > ? ORDER BY number LIMIT ?"""
_OLD_KEYS = "SELECT account, key FROM answers WHERE number BETWEEN ? AND ?"
_FORGET = "DELETE FROM answers WHERE number BETWEEN ? AND ?"
_SET_PRUNED = "INSERT OR REPLACE INTO pruned VALUES (1, ?)"

Commit = Callable[[sqlite3.Connection], None]


def commit(connection: sqlite3.Connection) -> None:
    """Commit: the one place where a batch becomes durable, and where the tests let that fail."""
    connection.execute("COMMIT")


def head_of(connection: sqlite3.Connection, venue_id: str, stream: str) -> Head:
    """Return a stream's last seq and the hash of its chain, as the last of its batches says."""
    row = connection.execute(_HEAD, (stream,)).fetchone()
    if row is None:
        return Head(seq=0, hash=stream_seed(venue_id, stream))
    require_types(row, (int, bytes), f"the last batch of {stream}")
    return Head(seq=row[0], hash=row[1])


class Writer:
    """The only one that changes the journal; its owner sees to it that one thread at a time calls it."""

    def __init__(self, connection: sqlite3.Connection, venue_id: str, commit: Commit) -> None:
        self._connection = connection
        self._venue_id = venue_id
        self._commit = commit
        self._in_doubt = False
        self._number, self._next_answer, _ = self._last_batch()
        self.index = AnswerIndex()
        for row in connection.execute(_KEYS):
            require_types(row, (int, str, str), f"answer {row[0]}")
            self.index.put(place_of(row[1], row[2]), row[0])

    def append(self, stream: str, expected_seq: int, batch: Batch) -> Head:
        """Write a batch, all of it or nothing, and return the new head once it is durable."""
        places = [place_of(answer.account, answer.key) for answer in batch.answers]
        self._require_new_keys(batch.answers, places)
        with self._transaction(f"appending to {stream}"):
            head = self._insert(stream, expected_seq, batch)
        for number, place in enumerate(places, start=self._next_answer):
            self.index.put(place, number)
        self._number += 1
        self._next_answer += len(places)
        return head

    def prune(self, before_ms: int, batches_max: int) -> Pruned:
        """Delete the answers of up to so many batches, the oldest, as far as they are older than that."""
        with self._transaction("pruning the answers"):
            pruned, places = self._delete_answers(before_ms, batches_max)
        self.index.forget(places)
        return pruned

    @contextmanager
    def _transaction(self, doing: str) -> Iterator[None]:
        """Commit what is done inside; after a failed commit accept nothing more: nobody knows what landed."""
        if self._in_doubt:
            raise CommitUnknown("an earlier commit failed and what landed is unknown: reopen the journal")
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._in_doubt = True
            try:
                self._commit(self._connection)
            except (sqlite3.Error, OSError) as error:
                raise CommitUnknown(
                    f"{doing} failed at the commit ({error}), and what landed is unknown: reopen the journal"
                ) from error
            self._in_doubt = False
        finally:
            if not roll_back(self._connection):
                self._in_doubt = True

    def _require_new_keys(self, answers: tuple[Answer, ...], places: list[bytes]) -> None:
        seen: set[bytes] = set()
        for answer, place in zip(answers, places, strict=True):
            if place in seen or self.index.find(place) is not None:
                raise KeyTaken(
                    f"the key {answer.key!r} of {answer.account} has an answer already; give that one again"
                )
            seen.add(place)

    def _last_batch(self) -> tuple[int, int, bytes]:
        """Return the last batch's number, the number of the next answer, and the last batch's hash."""
        row = self._connection.execute(_LAST_BATCH).fetchone()
        if row is None:
            return 0, 1, batch_seed(self._venue_id)
        number, next_answer, found_hash = row
        require_types(row, (int, int, bytes), f"batch {number}")
        return number, next_answer, found_hash

    def _fence(self, stream: str, expected_seq: int) -> tuple[Head, bytes]:
        """Return the stream's head and the last batch's hash, inside the transaction that follows."""
        number, _, hash_before = self._last_batch()
        head = head_of(self._connection, self._venue_id, stream)
        if head.seq != expected_seq:
            raise Conflict(
                f"{stream} ends at seq {head.seq}, not at {expected_seq}: another writer was there first; "
                f"read on and decide again"
            )
        if number != self._number:
            raise Conflict(
                f"batch {number} is there and {self._number} was the last one known: another writer was "
                f"there first; open the journal again"
            )
        return head, hash_before

    def _insert(self, stream: str, expected_seq: int, batch: Batch) -> Head:
        before, hash_before = self._fence(stream, expected_seq)
        at_ms, seq, link = batch.at_ms, before.seq, before.hash
        events: list[Row] = []
        for record in batch.records:
            seq += 1
            link = event_hash(link, seq, record.kind, record.version, at_ms, record.payload)
            events.append((stream, seq, record.kind, record.version, at_ms, record.payload, link))
        self._insert_rows(_EVENT_ROWS, _EVENT_ROW, events)
        answers: list[Row] = [
            (number, one.account, one.key, one.request_digest, one.answer, answer_hash(number, one))
            for number, one in enumerate(batch.answers, start=self._next_answer)
        ]
        self._insert_rows(_ANSWER_ROWS, _ANSWER_ROW, answers)
        answers_hash = hash_of(*(row[-1] for row in answers))
        made = batch_hash(
            hash_before,
            stream=stream,
            number=self._number + 1,
            first_seq=before.seq + 1,
            last_seq=seq,
            at_ms=at_ms,
            first_answer=self._next_answer,
            answers=len(answers),
            answers_hash=answers_hash,
            head=link,
        )
        numbers = (before.seq + 1, seq, at_ms, self._next_answer, len(answers))
        self._connection.execute(
            _INSERT_BATCH, (self._number + 1, stream, *numbers, answers_hash, link, made)
        )
        return Head(seq=seq, hash=link)

    def _insert_rows(self, into: str, one: str, rows: list[Row]) -> None:
        """Write rows, many with one statement; powers of two, so that every statement is prepared once."""
        low = 0
        while low < len(rows):
            count = min(_ROWS_AT_ONCE, 1 << (len(rows) - low).bit_length() - 1)
            values = tuple(chain.from_iterable(rows[low : low + count]))
            self._connection.execute(into + ", ".join([one] * count), values)
            low += count

    def _delete_answers(self, before_ms: int, batches_max: int) -> tuple[Pruned, list[bytes]]:
        (through,) = self._connection.execute(_PRUNED).fetchone() or (0,)
        rows: list[Row] = self._connection.execute(_OLD_BATCHES, (through, batches_max)).fetchall()
        for row in rows:
            require_types(row, (int, int, int, int), f"batch {row[0]}")
        old = list(takewhile(lambda row: row[1] < before_ms, rows))
        if not old:
            return Pruned(answers=0, is_done=True), []
        span = (old[0][2], old[-1][2] + old[-1][3] - 1)
        names = self._connection.execute(_OLD_KEYS, span).fetchall()
        self._connection.execute(_FORGET, span)
        self._connection.execute(_SET_PRUNED, (old[-1][0],))
        places = [place_of(account, key) for account, key in names]
        return Pruned(answers=len(places), is_done=len(old) < batches_max), places
