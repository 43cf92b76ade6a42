"""What is written, and when it counts: the fence, the rows of a batch, the commit, and a failed one."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import takewhile

from solvent.journal import landing
from solvent.journal.answers import AnswerIndex, place_of, places_of
from solvent.journal.apart import Landed, Lander
from solvent.journal.chain import batch_seed, stream_seed
from solvent.journal.errors import CommitUnknown, Conflict
from solvent.journal.landing import Behind
from solvent.journal.records import DIGEST_BYTES, Batch, Head, Pruned
from solvent.journal.runs import Row, answer_runs, answered_keys, batch_row, event_runs, require_types
from solvent.journal.schema import roll_back

_LAST_BATCH = """
SELECT number, first_answer + answers, hash, stream, last_seq, head
FROM batches ORDER BY number DESC LIMIT 1"""
_HEAD = "SELECT last_seq, head FROM batches WHERE stream = ? ORDER BY last_seq DESC, number DESC LIMIT 1"
INSERT_EVENTS = "INSERT INTO event_runs VALUES (?, ?, ?, ?, ?, ?)"
INSERT_ANSWERS = "INSERT INTO answer_runs VALUES (?, ?, ?, ?, ?)"
_INSERT_BATCH = "INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_KEYS = "SELECT first, last, heads FROM answer_runs"
_PRUNED = "SELECT batch FROM pruned"
_OLD_BATCHES = """
SELECT number, at_ms, first_answer, answers FROM batches WHERE number > ? ORDER BY number LIMIT ?"""
_OLD_KEYS = f"{_KEYS} WHERE first BETWEEN ? AND ?"
_FORGET = "DELETE FROM answer_runs WHERE first BETWEEN ? AND ?"
_SET_PRUNED = "INSERT OR REPLACE INTO pruned VALUES (1, ?)"

# Calls what it is given, which makes a batch durable.
Commit = Callable[[Callable[[], object]], None]


def commit(write: Callable[[], object]) -> None:
    """Commit: the one place where a batch becomes durable, and where the tests let that fail."""
    write()


def head_of(connection: sqlite3.Connection, venue_id: str, stream: str) -> Head:
    """Return a stream's last seq and the hash of its chain, as the last of its batches says."""
    row = connection.execute(_HEAD, (stream,)).fetchone()
    if row is None:
        return Head(seq=0, hash=stream_seed(venue_id, stream))
    require_types(row, (int, bytes), f"the last batch of {stream}")
    return Head(seq=row[0], hash=row[1])


def _unknown(doing: str, error: Exception) -> CommitUnknown:
    return CommitUnknown(
        f"{doing} failed at the commit ({error}), and what landed is unknown: reopen the journal"
    )


class Writer:
    """The only one that changes the journal; its owner sees to it that one thread at a time calls it."""

    def __init__(self, connection: sqlite3.Connection, venue_id: str, commit: Commit) -> None:
        self._connection = connection
        self._venue_id = venue_id
        self._commit = commit
        self._in_doubt = False
        # Where the streams end that it has written to; the database itself is asked as a batch lands.
        self.heads: dict[str, Head] = {}
        self._number, self._next_answer, self._last_hash, _ = self._last_batch("")
        landing.prepare(connection)
        self.index = AnswerIndex()
        for row in connection.execute(_KEYS):
            self.index.put(self._places(row), row[0])

    def prepare(self, stream: str, expected_seq: int, batch: Batch) -> Callable[[], Head]:
        """Make the rows of a batch; what is returned writes all of them or none, and returns the new head."""
        places = self._new_places(batch)
        behind = self._behind(stream, expected_seq)
        if not landing.fits(batch):
            return partial(self._land_in_parts, batch, behind, places)
        rows = landing.rows_of(batch, behind)

        def write() -> None:
            landing.land(self._connection, rows, previous=behind.hash)

        def land() -> Head:
            self._land(stream, expected_seq, write)
            self.index.put(places, behind.next_answer)
            return self._landed(batch, behind, rows.head, rows.batch[-1])

        return land

    def begin(
        self, stream: str, expected_seq: int, batch: Batch, lander: Lander
    ) -> Callable[[], Head] | None:
        """Hand a batch to a process that makes its rows and writes them; what is returned waits for it.

        None for one that does not fit, and where there is no such process any more.
        """
        if not landing.fits(batch):
            return None
        places = self._new_places(batch)
        behind = self._behind(stream, expected_seq)
        found: list[Landed] = []
        try:
            is_begun = lander.begin(behind, batch)
        except OSError as error:
            self._in_doubt = True
            raise _unknown(f"appending to {stream}", error) from error
        if not is_begun:
            return None

        def land() -> Head:
            self._land(stream, expected_seq, lambda: found.append(lander.finish()))
            (landed,) = found
            self.index.put(places, behind.next_answer)
            head = Head(seq=behind.seq + len(batch.payloads), hash=landed.link)
            return self._landed(batch, behind, head, landed.hash)

        return land

    def prune(self, before_ms: int, batches_max: int) -> Pruned:
        """Delete the answers of up to so many batches, the oldest, as far as they are older than that."""
        with self._transaction("pruning the answers"):
            pruned, places = self._delete_answers(before_ms, batches_max)
        self.index.forget(places)
        return pruned

    def _new_places(self, batch: Batch) -> list[str]:
        places = places_of(batch)
        self.index.require_new(places)
        return places

    def _behind(self, stream: str, expected_seq: int) -> Behind:
        before = self._before(stream, expected_seq)
        return Behind(
            stream=stream,
            seq=before.seq,
            link=before.hash,
            number=self._number,
            hash=self._last_hash,
            next_answer=self._next_answer,
        )

    def _landed(self, batch: Batch, behind: Behind, head: Head, made: bytes) -> Head:
        """Take note of a batch that is durable, with the hash `made`."""
        self._number, self._last_hash = behind.number + 1, made
        self._next_answer = behind.next_answer + len(batch.answers)
        self.heads[behind.stream] = head
        return head

    def _land_in_parts(self, batch: Batch, behind: Behind, places: list[str]) -> Head:
        """Write a batch that does not fit: of a tick that liquidates a whole market the runs are many."""
        stream, number, link = behind.stream, behind.number + 1, behind.link
        answers = list(answer_runs(batch, first=behind.next_answer))
        with self._transaction(f"appending to {stream}"):
            self._fence(stream, behind.seq)
            for row in event_runs(batch, number=number, first_seq=behind.seq + 1, previous=link):
                self._connection.execute(INSERT_EVENTS, row)
                link = row[3][-DIGEST_BYTES:]
            self._connection.executemany(INSERT_ANSWERS, answers)
            head = Head(seq=behind.seq + len(batch.payloads), hash=link)
            made = batch_row(
                batch,
                answers,
                number=number,
                stream=stream,
                first_answer=behind.next_answer,
                head=head,
                previous=behind.hash,
            )
            self._connection.execute(_INSERT_BATCH, made)
        for first, last, *_ in answers:
            self.index.put(places[first - behind.next_answer : last + 1 - behind.next_answer], first)
        return self._landed(batch, behind, head, made[-1])

    def _before(self, stream: str, expected_seq: int) -> Head:
        """Return a stream's head as it is known; where it is another one than expected, ask the database."""
        self._require_certain()
        known = self.heads.get(stream)
        if known is None or known.seq != expected_seq:
            return self._fence(stream, expected_seq)
        return known

    def _require_certain(self) -> None:
        if self._in_doubt:
            raise CommitUnknown("an earlier commit failed and what landed is unknown: reopen the journal")

    def _land(self, stream: str, expected_seq: int, write: Callable[[], None]) -> None:
        """Write a batch by one statement, which is durable or was never there."""
        self._require_certain()
        try:
            self._make_durable(write, f"appending to {stream}")
        except sqlite3.IntegrityError as error:
            if landing.is_fenced(error):
                self._fence(stream, expected_seq)
            raise
        finally:
            if not roll_back(self._connection):
                self._in_doubt = True

    def _make_durable(self, write: Callable[[], object], doing: str) -> None:
        """Do what makes a batch durable; after it failed accept nothing more: nobody knows what landed."""
        self._in_doubt = True
        try:
            self._commit(write)
        except (sqlite3.Error, OSError) as error:
            if landing.is_untouched(error):
                self._in_doubt = False
                raise
            raise _unknown(doing, error) from error
        self._in_doubt = False

    @contextmanager
    def _transaction(self, doing: str) -> Iterator[None]:
        """Commit what is done inside."""
        self._require_certain()
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._make_durable(lambda: self._connection.execute("COMMIT"), doing)
        finally:
            if not roll_back(self._connection):
                self._in_doubt = True

    def _last_batch(self, stream: str) -> tuple[int, int, bytes, Head | None]:
        """Return the last batch's number, the number of the next answer, and the last batch's hash.

        And where it is of a stream, the stream's head, which it then says.
        """
        row = self._connection.execute(_LAST_BATCH).fetchone()
        if row is None:
            return 0, 1, batch_seed(self._venue_id), None
        number, next_answer, found_hash, of, last_seq, head = row
        require_types(row, (int, int, bytes, str, int, bytes), f"batch {number}")
        return number, next_answer, found_hash, Head(seq=last_seq, hash=head) if of == stream else None

    def _fence(self, stream: str, expected_seq: int) -> Head:
        """Return the stream's head as the database has it.

        Errors: `Conflict` where that is not what was expected, or another batch is the last one.
        """
        number, _, last_hash, head = self._last_batch(stream)
        if head is None:
            head = head_of(self._connection, self._venue_id, stream)
        if head.seq != expected_seq:
            raise Conflict(
                f"{stream} ends at seq {head.seq}, not at {expected_seq}: another writer was there first; "
                f"read on and decide again"
            )
        if (number, last_hash) != (self._number, self._last_hash):
            raise Conflict(
                f"batch {number} is there and {self._number} was the last one known: another writer was "
                f"there first; open the journal again"
            )
        return head

    def _delete_answers(self, before_ms: int, batches_max: int) -> tuple[Pruned, list[str]]:
        (through,) = self._connection.execute(_PRUNED).fetchone() or (0,)
        rows: list[Row] = self._connection.execute(_OLD_BATCHES, (through, batches_max)).fetchall()
        for row in rows:
            require_types(row, (int, int, int, int), f"batch {row[0]}")
        old = list(takewhile(lambda row: row[1] < before_ms, rows))
        if not old:
            return Pruned(answers=0, is_done=True), []
        span = (old[0][2], old[-1][2] + old[-1][3] - 1)
        runs = self._connection.execute(_OLD_KEYS, span).fetchall()
        self._connection.execute(_FORGET, span)
        self._connection.execute(_SET_PRUNED, (old[-1][0],))
        places = [place for row in runs for place in self._places(row)]
        return Pruned(answers=len(places), is_done=len(old) < batches_max), places

    def _places(self, row: Row) -> list[str]:
        require_types(row, (int, int, bytes), f"answer {row[0]}")
        return [place_of(*pair) for pair in answered_keys(*row)]
