"""The journal on PostgreSQL: one writer, one transaction a batch, and readers that wait for neither.

What `append` returned from is on the server's disk. When the writer's connection is lost the journal accepts
nothing until it is opened again: the lock went with the connection, and somebody else may write by then.
"""

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from solvent.journal.answers import AnswerIndex
from solvent.journal.backup import write_backup
from solvent.journal.chain import stream_seed
from solvent.journal.checking import Check
from solvent.journal.errors import InputRefused, JournalDamaged, JournalUnavailable
from solvent.journal.genesis import Genesis
from solvent.journal.postgres.session import Moment, Session, moment, translated
from solvent.journal.postgres.snapshots import PostgresSnapshots
from solvent.journal.postgres.writing import KEYS, Writer, head_of, places_in, streams_of
from solvent.journal.records import (
    AT_MS_MAX,
    PRUNED_BATCHES_MAX,
    READ_RECORDS_MAX,
    RETENTION_MS_MIN,
    SNAPSHOT_BYTES_MAX,
    VERSION_MAX,
    Answer,
    Batch,
    Head,
    Pruned,
    Snapshot,
    StoredRecord,
    require_batch,
    require_between,
    require_name,
)
from solvent.journal.runs import (
    ANSWER_RUN_TYPES,
    Row,
    answer_in,
    events_in,
    link_at,
    require_chain,
    require_types,
)
from solvent.journal.schema import JOURNAL_TABLES, SNAPSHOT_TABLES, create_tables
from solvent.journal.verdict import Damage, Verdict

_END_AT = "SELECT head FROM batches WHERE stream = %b AND last_seq = %b LIMIT 1"
# The runs of the batches between two seqs, the second one in the last of them; both ends are in the index.
_READ = """
SELECT b.at_ms, r.place, r.first_seq, r.last_seq, r.links, r.heads, r.payloads
FROM batches b JOIN event_runs r ON r.place BETWEEN b.number << 20 AND ((b.number + 1) << 20) - 1
WHERE b.stream = %b AND b.last_seq > %b AND b.last_seq <= (
    SELECT last_seq FROM batches WHERE stream = %b AND last_seq >= %b ORDER BY last_seq LIMIT 1
) AND r.last_seq > %b AND r.first_seq <= %b
ORDER BY b.last_seq, b.number, r.place"""
_HASH = """
SELECT r.first_seq, r.links FROM (
    SELECT number FROM batches WHERE stream = %b AND last_seq >= %b ORDER BY last_seq, number LIMIT 1
) AS b JOIN event_runs r ON r.place BETWEEN b.number << 20 AND ((b.number + 1) << 20) - 1
WHERE r.last_seq >= %b ORDER BY r.place LIMIT 1"""
_ANSWERS = "SELECT first, last, heads, bodies, hash FROM answer_runs WHERE first = %b"
_NEW_KEYS = f"{KEYS} WHERE first > %b ORDER BY first"
DURABILITY = (
    "server_version", "fsync", "synchronous_commit", "wal_sync_method", "shared_buffers", "max_wal_size",
)  # fmt: skip
_SETTINGS = "SELECT name, current_setting(name) FROM pg_settings WHERE name = ANY(%b)"
# Each with how many columns; a copy has the rows as they are.
_COPIED = {"batches": 10, "pruned": 2, "event_runs": 6, "answer_runs": 5}
_SNAPSHOTS_COPIED = {"snapshots": 7}


class CheckPostgres(Check):
    """The whole chain of a journal on PostgreSQL, which checks its own pages where they have checksums."""

    def _require_sound_file(self) -> None:
        """Leave the files to the server."""


class PostgresJournal:
    """A `Journal` in one schema of a database; `opening` makes them. Without a writer it is for reading."""

    def __init__(
        self, address: str, genesis: Genesis, *, writing: Session | None, reading: Session, saving: Session
    ) -> None:
        self._address = address
        self._genesis = genesis
        self._writing = writing
        self._reading = reading
        self._snapshots = PostgresSnapshots(saving, self._hash_at)
        self._mutex = threading.RLock()
        self._closed = False
        self._resources = ExitStack()
        if writing is not None:
            self._resources.callback(writing.close)
        self._resources.callback(reading.close)
        self._resources.callback(self._snapshots.close)
        with translated("reading the journal"):
            self._writer = Writer(writing, genesis.venue_id) if writing else None
        self._index = self._writer.index if self._writer else AnswerIndex()
        self._indexed_through = 0

    @property
    def venue_id(self) -> str:
        """The venue that this journal belongs to, fixed at genesis."""
        return self._genesis.venue_id

    @property
    def is_lasting(self) -> bool:
        """Whether it is still there when it was closed."""
        return True

    @property
    def format(self) -> int:
        """The format that the journal is kept in."""
        return self._genesis.format

    def streams(self) -> tuple[str, ...]:
        """Return the names of all streams, in order."""
        self._require_open()
        if self._writer is not None:
            return self._writer.streams
        with translated("reading the streams"):
            return streams_of(self._reading)

    def last_seq(self, stream: str) -> int:
        """Return the seq of a stream's last event; 0 before the first."""
        return self.head(stream).seq

    def head(self, stream: str) -> Head:
        """Return a stream's last seq and the hash of its chain."""
        self._require_open()
        if self._writer is not None:
            return self._writer.head(stream)
        with translated(f"reading the head of {stream}"):
            return head_of(self._reading, self.venue_id, stream)

    def append(self, stream: str, expected_seq: int, batch: Batch) -> Head:
        """Write a batch after `expected_seq`, whole or not at all; return the new head once it is durable."""
        require_name(stream, "stream")
        require_batch(batch)
        with self._mutex:
            return self._require_writer().append(stream, expected_seq, batch)

    def prepare(self, stream: str, expected_seq: int, batch: Batch) -> Callable[[], Head]:
        """Return what appends: nearly all of the time the server has the work."""
        return partial(self.append, stream, expected_seq, batch)

    @property
    def lands_apart(self) -> bool:
        """Never: the server is a process of its own."""
        return False

    def go_apart(self) -> None:
        """Start nothing."""

    def begin(self, stream: str, expected_seq: int, batch: Batch) -> None:
        """Return none."""

    def read(self, stream: str, after_seq: int, limit: int = READ_RECORDS_MAX) -> tuple[StoredRecord, ...]:
        """Return up to `limit` events after a seq, in order, each checked against the chain."""
        require_between(after_seq, 0, AT_MS_MAX, "after_seq")
        require_between(limit, 1, READ_RECORDS_MAX, "limit")
        last_seq = self.head(stream).seq
        if after_seq >= last_seq:
            return ()
        previous = self._hash_at(stream, after_seq)
        if previous is None:
            raise JournalDamaged(f"event {after_seq} of {stream}", "it is missing")
        through_seq = min(after_seq + limit, last_seq)
        given = (stream, after_seq, stream, through_seq, after_seq, through_seq)
        with translated(f"reading {stream}"):
            rows = self._reading.rows(_READ, given)
        found = events_in(rows, stream=stream, after_seq=after_seq, through_seq=through_seq)
        require_chain(found, stream=stream, previous=previous)
        return tuple(found)

    def answer_of(self, account: str, key: str) -> Answer | None:
        """Return the first answer to a command key; none if there is none, or if it was pruned."""
        self._require_open()
        if self._writer is None:
            self._index_new_keys()
        first = self._index.find(account, key)
        if first is None:
            return None
        with translated("reading an answer"):
            row = self._reading.row(_ANSWERS, (first,))
        if row is None:
            if self._writer is None:  # it was pruned by the journal's writer meanwhile
                return None
            raise JournalDamaged(f"answer {first}", "it is missing")
        require_types(row, ANSWER_RUN_TYPES, f"answer {first}")
        found = answer_in(row, account, key)
        if found is None:
            raise JournalDamaged(f"the run of answer {first}", f"none is to the key {key!r} of {account!r}")
        return found

    def knows(self, account: str, key: str) -> bool:
        """Tell from memory, without waiting for a commit, whether a command key has an answer."""
        return self._index.find(account, key) is not None

    def knows_any(self, places: Collection[str]) -> bool:
        """Tell from memory whether one of these command keys, each as `place_of` has it, has an answer."""
        self._require_open()
        if self._writer is None:
            self._index_new_keys()
        return self._index.has_any(places)

    def prune(
        self,
        *,
        now_ms: int,
        retention_ms: int = RETENTION_MS_MIN,
        batches_max: int = PRUNED_BATCHES_MAX,
    ) -> Pruned:
        """Forget the answers of batches older than the retention, oldest first, a bounded number per call."""
        require_between(now_ms, 0, AT_MS_MAX, "now_ms")
        require_between(retention_ms, RETENTION_MS_MIN, AT_MS_MAX, "retention_ms")
        require_between(batches_max, 1, PRUNED_BATCHES_MAX, "batches_max")
        with self._mutex:
            return self._require_writer().prune(now_ms - retention_ms, batches_max)

    def save_snapshot(self, stream: str, seq: int, format_version: int, payload: bytes) -> None:
        """Keep the state after `seq`, the end of a batch; a failure costs the snapshot and nothing else."""
        require_between(format_version, 0, VERSION_MAX, "the snapshot's format")
        require_between(len(payload), 0, SNAPSHOT_BYTES_MAX, "the length of a snapshot")
        self._require_writer()
        with translated(f"saving a snapshot of {stream}"):
            row = self._reading.row(_END_AT, (stream, seq))
        if row is None or seq == 0:
            raise InputRefused(f"no batch of {stream} ends at seq {seq}; take a snapshot where one ends")
        require_types(row, (bytes,), f"the batch of {stream} that ends at seq {seq}")
        self._snapshots.save(stream, row[0], Snapshot(seq=seq, format=format_version, payload=payload))

    def latest_snapshot(self, stream: str) -> Snapshot | None:
        """Return the snapshot with the highest seq; none where there is none."""
        self._require_open()
        return self._snapshots.latest(stream)

    def snapshots(self, stream: str) -> Iterator[Snapshot | Damage]:
        """Return the snapshots one by one, newest first, or what is wrong with one."""
        self._require_open()
        return self._snapshots.newest_first(stream)

    def verify(self) -> Verdict:
        """Check every record, and name the first that is not what was written."""
        self._require_open()
        verdict = Verdict()
        try:
            with translated("checking the journal"), moment(self._address) as now:
                verdict = CheckPostgres(now, self.venue_id).run()
            snapshots, passed_over = self._snapshots.check()
            return replace(verdict, snapshots=snapshots, passed_over=passed_over)
        except JournalDamaged as error:
            return replace(verdict, damage=Damage(record=error.record, wrong=error.wrong))

    def copy_to(self, journal: sqlite3.Connection, snapshots: sqlite3.Connection) -> None:
        """Copy everything as it is at one moment into two empty databases of SQLite."""
        self._require_open()
        create_tables(journal, JOURNAL_TABLES, self.venue_id)
        create_tables(snapshots, SNAPSHOT_TABLES, self.venue_id)
        with translated("copying the journal"), moment(self._address) as now:
            for target, tables in ((journal, _COPIED), (snapshots, _SNAPSHOTS_COPIED)):
                for table, columns in tables.items():
                    _copy(now, target, table, columns)
                target.commit()

    def backup(self, folder: Path) -> None:
        """Write a copy into a folder, where it opens as a journal on SQLite."""
        write_backup(folder, self.copy_to)

    def close(self) -> None:
        """Let go of the journal; again does nothing."""
        with self._mutex, translated("closing the journal"):
            self._closed = True
            self._resources.close()

    def __enter__(self) -> Self:
        """Use it in a `with` statement, which closes it."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def durability(self) -> dict[str, str]:
        """Return what the live connection that writes, or else the one that reads, says of its commits."""
        with translated("asking how commits are kept"):
            rows = (self._writing or self._reading).rows(_SETTINGS, (list(DURABILITY),))
        return dict(rows)

    def _require_open(self) -> None:
        if self._closed:
            raise JournalUnavailable("the journal is closed; open it again")

    def _require_writer(self) -> Writer:
        self._require_open()
        if self._writer is None:
            raise JournalUnavailable("the journal was opened for reading; open it for writing")
        return self._writer

    def _hash_at(self, stream: str, seq: int) -> bytes | None:
        if seq == 0:
            return stream_seed(self.venue_id, stream)
        with translated(f"reading event {seq} of {stream}"):
            row = self._reading.row(_HASH, (stream, seq, seq))
        return None if row is None else link_at(row, stream, seq)

    def _index_new_keys(self) -> None:
        """Learn of the answers that the writer has given since."""
        with self._mutex, translated("reading the answers"):
            for row in self._reading.rows(_NEW_KEYS, (self._indexed_through,)):
                self._index.put(places_in(row), row[0])
                self._indexed_through = row[0]


def _copy(now: Moment, target: sqlite3.Connection, table: str, columns: int) -> None:
    rows: Iterable[Row] = now.execute(f"SELECT * FROM {table}")  # noqa: S608 - a name from above
    marks = ", ".join("?" * columns)
    target.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - a name from above
