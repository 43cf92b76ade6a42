"""What is written to PostgreSQL, and when it counts: a batch is one statement, which is its own transaction.

The number of a batch is the fence: it is the key of its row, and where another writer was there first, the
whole statement fails. The lock that keeps other writers out is the connection's own (`opening`), so whoever
lost the connection can write no more.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import takewhile
from typing import Any

import psycopg
from psycopg import errors

from solvent.journal.answers import AnswerIndex, place_of, places_of
from solvent.journal.chain import batch_seed, stream_seed
from solvent.journal.errors import CommitUnknown, Conflict
from solvent.journal.postgres.session import Session, translate, words
from solvent.journal.records import DIGEST_BYTES, Batch, Head, Pruned
from solvent.journal.runs import Row, answer_runs, answered_keys, batch_row, event_runs, require_types

LAST_BATCH = "SELECT number, first_answer + answers, hash FROM batches ORDER BY number DESC LIMIT 1"
HEAD = "SELECT last_seq, head FROM batches WHERE stream = %b ORDER BY last_seq DESC, number DESC LIMIT 1"
KEYS = "SELECT first, last, heads FROM answer_runs"
# The next name behind the last one, again and again: a jump in the index for each, not a look at each batch.
STREAMS = """
WITH RECURSIVE found (stream) AS (
    SELECT min(stream) FROM batches
    UNION ALL
    SELECT (SELECT min(stream) FROM batches b WHERE b.stream > found.stream) FROM found
    WHERE found.stream IS NOT NULL
)
SELECT stream FROM found WHERE stream IS NOT NULL"""
_EVENT_RUN = "INSERT INTO event_runs VALUES (%b, %b, %b, %b, %b, %b)"
_ANSWER_RUN = "INSERT INTO answer_runs VALUES (%b, %b, %b, %b, %b)"
# A batch with its first runs, either of which may be none.
_BATCH = """
WITH event_run AS (
    INSERT INTO event_runs SELECT * FROM (
        VALUES (%b::bigint, %b::bigint, %b::bigint, %b::bytea, %b::bytea, %b::bytea)
    ) AS run (place) WHERE place IS NOT NULL
), answer_run AS (
    INSERT INTO answer_runs SELECT * FROM (
        VALUES (%b::bigint, %b::bigint, %b::bytea, %b::bytea, %b::bytea)
    ) AS run (first) WHERE first IS NOT NULL
)
INSERT INTO batches VALUES (%b, %b, %b, %b, %b, %b, %b, %b, %b, %b)"""
_NO_EVENTS, _NO_ANSWERS = (None,) * 6, (None,) * 5
_NUMBER_KEY = "batches_number"
_PRUNED = "SELECT batch FROM pruned"
_OLD_BATCHES = """
SELECT number, at_ms, first_answer, answers FROM batches WHERE number > %b ORDER BY number LIMIT %b"""
_OLD_KEYS = f"{KEYS} WHERE first BETWEEN %b AND %b"
_FORGET = "DELETE FROM answer_runs WHERE first BETWEEN %b AND %b"
_SET_PRUNED = """
INSERT INTO pruned VALUES (1, %b) ON CONFLICT ("only") DO UPDATE SET batch = excluded.batch"""


def head_of(session: Session, venue_id: str, stream: str) -> Head:
    """Return a stream's last seq and the hash of its chain, as the last of its batches says."""
    row = session.row(HEAD, (stream,))
    if row is None:
        return Head(seq=0, hash=stream_seed(venue_id, stream))
    require_types(row, (int, bytes), f"the last batch of {stream}")
    return Head(seq=row[0], hash=row[1])


def streams_of(session: Session) -> tuple[str, ...]:
    """Return the names of all streams, in order."""
    return tuple(name for (name,) in session.rows(STREAMS))


def places_in(row: Row) -> list[str]:
    """Return what stands for the keys of a run of answers.

    Errors: `JournalDamaged` naming the run.
    """
    require_types(row, (int, int, bytes), f"answer {row[0]}")
    return [place_of(*pair) for pair in answered_keys(*row)]


class Writer:
    """The only one that changes the journal; its owner sees to it that one thread at a time calls it."""

    def __init__(self, session: Session, venue_id: str) -> None:
        self._session = session
        self._venue_id = venue_id
        self._in_doubt = False
        self._number, self._next_answer, self._hash = self._last_batch()
        self._heads = {stream: head_of(session, venue_id, stream) for stream in streams_of(session)}
        self.index = AnswerIndex()
        with session.transaction(), closing(session.streamed(KEYS, "keys")) as rows:
            for row in rows:
                self.index.put(places_in(row), row[0])

    @property
    def streams(self) -> tuple[str, ...]:
        """The names of all streams, in order."""
        return tuple(sorted(self._heads))

    def head(self, stream: str) -> Head:
        """Return a stream's head, from memory: nobody else moves it."""
        return self._heads.get(stream) or Head(seq=0, hash=stream_seed(self._venue_id, stream))

    def append(self, stream: str, expected_seq: int, batch: Batch) -> Head:
        """Write a batch, all of it or nothing, and return the new head once it is durable."""
        places = places_of(batch)
        self.index.require_new(places)
        before = self.head(stream)
        with self._deciding(f"appending to {stream}"):
            if before.seq != expected_seq:
                raise Conflict(
                    f"{stream} ends at seq {before.seq}, not at {expected_seq}: another writer was there "
                    f"first; read on and decide again"
                )
            answers = list(answer_runs(batch, first=self._next_answer))
            head, made = self._insert(stream, before, batch, answers)
        for first, last, *_ in answers:
            self.index.put(places[first - self._next_answer : last + 1 - self._next_answer], first)
        self._heads[stream] = head
        self._number, self._hash = self._number + 1, made
        self._next_answer += len(places)
        return head

    def prune(self, before_ms: int, batches_max: int) -> Pruned:
        """Delete the answers of up to so many batches, the oldest, as far as they are older than that."""
        with self._deciding("pruning the answers"), self._session.transaction():
            pruned, places = self._delete_answers(before_ms, batches_max)
        self.index.forget(places)
        return pruned

    @contextmanager
    def _deciding(self, doing: str) -> Iterator[None]:
        """Know afterwards what landed, or accept nothing more.

        What the server itself refused did not land. Of what it was sent and did not answer nobody knows.
        """
        if self._in_doubt:
            raise CommitUnknown("an earlier commit failed and what landed is unknown: reopen the journal")
        self._in_doubt = True
        try:
            yield
        except psycopg.Error as error:
            self._in_doubt = not self._is_undone()
            if self._in_doubt:
                raise CommitUnknown(
                    f"{doing} failed ({words(error)}), and what landed is unknown: reopen the journal"
                ) from error
            if isinstance(error, errors.UniqueViolation) and error.diag.constraint_name == _NUMBER_KEY:
                raise Conflict(
                    f"batch {self._number + 1} is there already: another writer was there first; "
                    f"open the journal again"
                ) from error
            raise translate(error, doing) from error
        except Exception:
            self._in_doubt = not self._is_undone()
            raise
        self._in_doubt = False

    def _is_undone(self) -> bool:
        """Tell whether nothing is under way any more, after undoing what was."""
        try:
            if self._session.is_in_transaction and not self._session.is_broken:
                self._session.run("ROLLBACK")
        except psycopg.Error:
            return False
        return not self._session.is_broken

    def _last_batch(self) -> tuple[int, int, bytes]:
        """Return the last batch's number, the number of the next answer, and the last batch's hash."""
        row = self._session.row(LAST_BATCH)
        if row is None:
            return 0, 1, batch_seed(self._venue_id)
        number, next_answer, found_hash = row
        require_types(row, (int, int, bytes), f"batch {number}")
        return number, next_answer, found_hash

    def _insert(self, stream: str, before: Head, batch: Batch, answers: list[Row]) -> tuple[Head, bytes]:
        """Write the rows of a batch; return the stream's new head, and the batch's hash.

        Nearly every batch has one run of each and is one statement. The other runs of a larger one go
        before it, in the same transaction.
        """
        number, last_seq, link = self._number + 1, before.seq + len(batch.payloads), before.hash
        runs = event_runs(batch, number=number, first_seq=before.seq + 1, previous=link)
        first_run: tuple[Any, ...] = next(runs, _NO_EVENTS)
        link = first_run[3][-DIGEST_BYTES:] if batch.payloads else link
        has_more = first_run[2] != last_seq if batch.payloads else False
        if has_more or len(answers) > 1:
            self._session.run("BEGIN")
            for row in runs:
                self._session.run(_EVENT_RUN, row)
                link = row[3][-DIGEST_BYTES:]
            for row in answers[1:]:
                self._session.run(_ANSWER_RUN, row)
        head = Head(seq=last_seq, hash=link)
        made = batch_row(
            batch,
            answers,
            number=number,
            stream=stream,
            first_answer=self._next_answer,
            head=head,
            previous=self._hash,
        )
        self._session.run(_BATCH, (*first_run, *(answers[0] if answers else _NO_ANSWERS), *made))
        if self._session.is_in_transaction:
            self._session.run("COMMIT")
        return head, made[-1]

    def _delete_answers(self, before_ms: int, batches_max: int) -> tuple[Pruned, list[str]]:
        (through,) = self._session.row(_PRUNED) or (0,)
        rows = self._session.rows(_OLD_BATCHES, (through, batches_max))
        old = list(takewhile(lambda row: row[1] < before_ms, rows))
        if not old:
            return Pruned(answers=0, is_done=True), []
        span = (old[0][2], old[-1][2] + old[-1][3] - 1)
        places = [place for row in self._session.rows(_OLD_KEYS, span) for place in places_in(row)]
        self._session.run(_FORGET, span)
        self._session.run(_SET_PRUNED, (old[-1][0],))
        return Pruned(answers=len(places), is_done=len(old) < batches_max), places
