"""The journal on SQLite: one writer, one transaction a batch, a row for each run of its events.

What `append` returned from is on disk: each commit syncs the write-ahead log. Every exception of sqlite3 is
translated here, and a commit that fails stops the journal until it is opened again.
"""

import sqlite3
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from solvent.journal.apart import Lander
from solvent.journal.backup import write_backup
from solvent.journal.chain import stream_seed
from solvent.journal.checking import Check
from solvent.journal.errors import InputRefused, JournalDamaged, JournalUnavailable, translated
from solvent.journal.folder import FolderLock
from solvent.journal.genesis import Genesis
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
    answer_in,
    events_in,
    link_at,
    require_chain,
    require_types,
)
from solvent.journal.schema import connect
from solvent.journal.snapshots import Snapshots
from solvent.journal.verdict import Damage, Verdict
from solvent.journal.writing import Commit, Writer, commit, head_of

_END_AT = "SELECT head FROM batches WHERE stream = ? AND last_seq = ? LIMIT 1"
_NEXT_STREAM = "SELECT min(stream) FROM batches WHERE stream > ?"
# The runs of a stream that end after a seq; one batch's lie together, and a batch without events has none.
_READ = """
SELECT b.at_ms, r.place, r.first_seq, r.last_seq, r.links, r.heads, r.payloads
FROM batches b CROSS JOIN event_runs r ON r.place BETWEEN b.number << 20 AND ((b.number + 1) << 20) - 1
WHERE b.stream = ?1 AND b.last_seq > ?2 AND r.last_seq > ?2 ORDER BY b.last_seq, b.number, r.place"""
_HASH = """
SELECT r.first_seq, r.links
FROM batches b CROSS JOIN event_runs r ON r.place BETWEEN b.number << 20 AND ((b.number + 1) << 20) - 1
WHERE b.stream = ?1 AND b.last_seq >= ?2 AND r.last_seq >= ?2
ORDER BY b.last_seq, b.number, r.place LIMIT 1"""
_ANSWERS = "SELECT first, last, heads, bodies, hash FROM answer_runs WHERE first = ?"


class SqliteJournal:
    """A `Journal` in one SQLite database; `opening` makes them."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        snapshots: sqlite3.Connection,
        *,
        genesis: Genesis,
        path: Path | None,
        lock: FolderLock | None,
        commit: Commit = commit,
        snapshots_lost: Damage | None = None,
    ) -> None:
        self._connection = connection
        self._snapshots = Snapshots(snapshots, self._hash_at, lost=snapshots_lost)
        self._genesis = genesis
        self._path = path
        self._mutex = threading.RLock()
        self._lock = lock
        self._lander: Lander | None = None
        self._closed = False
        self._resources = ExitStack()
        if lock is not None:
            self._resources.callback(lock.release)
        self._resources.callback(connection.close)
        self._resources.callback(self._snapshots.close)
        with translated("reading the journal"):
            self._writer = Writer(connection, genesis.venue_id, commit)

    @property
    def venue_id(self) -> str:
        """The venue that this journal belongs to, fixed at genesis."""
        return self._genesis.venue_id

    @property
    def is_lasting(self) -> bool:
        """Whether it is still there when it was closed."""
        return self._path is not None

    @property
    def format(self) -> int:
        """The format that the journal is kept in."""
        return self._genesis.format

    def streams(self) -> tuple[str, ...]:
        """Return the names of all streams, in order."""
        found: list[str] = []
        with self._mutex, translated("reading the streams"):
            self._require_open()
            while True:
                after = found[-1] if found else ""
                (name,) = self._connection.execute(_NEXT_STREAM, (after,)).fetchone()
                if name is None:
                    return tuple(found)
                found.append(name)

    def last_seq(self, stream: str) -> int:
        """Return the seq of a stream's last event; 0 before the first."""
        self._require_open()
        known = self._writer.heads.get(stream)
        return self.head(stream).seq if known is None else known.seq

    def head(self, stream: str) -> Head:
        """Return a stream's last seq and the hash of its chain."""
        with self._mutex, translated(f"reading the head of {stream}"):
            self._require_open()
            return head_of(self._connection, self.venue_id, stream)

    def append(self, stream: str, expected_seq: int, batch: Batch) -> Head:
        """Write a batch after `expected_seq`, whole or not at all; return the new head once it is durable."""
        return self.prepare(stream, expected_seq, batch)()

    def prepare(self, stream: str, expected_seq: int, batch: Batch) -> Callable[[], Head]:
        """Do what of `append` needs no disk, and return what does the rest."""
        require_name(stream, "stream")
        require_batch(batch)
        with self._mutex, translated(f"appending to {stream}"):
            self._require_open()
            land = self._writer.prepare(stream, expected_seq, batch)

        return self._durably(stream, land)

    def begin(self, stream: str, expected_seq: int, batch: Batch) -> Callable[[], Head] | None:
        """Begin to append a batch in a process of its own, and return what waits for it; none without one."""
        self._require_open()
        lander = self._lander
        if lander is None or not lander.is_ready:
            return None
        require_name(stream, "stream")
        require_batch(batch)
        with self._mutex, translated(f"appending to {stream}"):
            self._require_open()
            land = self._writer.begin(stream, expected_seq, batch, lander)
        return None if land is None else self._durably(stream, land)

    @property
    def lands_apart(self) -> bool:
        """Whether there is a process of its own for batches."""
        return self._lander is not None and self._lander.is_ready

    def go_apart(self) -> None:
        """Start a process of its own for batches, where there can be one; nobody waits for it."""
        if self._path is None or self._lock is None or not sys.executable:
            return
        with self._mutex, suppress(OSError):
            self._require_open()
            if self._lander is not None:
                return
            self._lander = Lander(self._path, self._lock.file)
            # Before the lock is let go of.
            self._resources.callback(self._lander.close)

    def _durably(self, stream: str, land: Callable[[], Head]) -> Callable[[], Head]:
        def durably() -> Head:
            with self._mutex, translated(f"appending to {stream}"):
                self._require_open()
                return land()

        return durably

    def read(self, stream: str, after_seq: int, limit: int = READ_RECORDS_MAX) -> tuple[StoredRecord, ...]:
        """Return up to `limit` events after a seq, in order, each checked against the chain."""
        require_between(after_seq, 0, AT_MS_MAX, "after_seq")
        require_between(limit, 1, READ_RECORDS_MAX, "limit")
        with self._mutex, translated(f"reading {stream}"):
            self._require_open()
            last_seq = head_of(self._connection, self.venue_id, stream).seq
            if after_seq >= last_seq:
                return ()
            previous = self._hash_at(stream, after_seq)
            if previous is None:
                raise JournalDamaged(f"event {after_seq} of {stream}", "it is missing")
            found = self._read(stream, after_seq, min(after_seq + limit, last_seq))
        require_chain(found, stream=stream, previous=previous)
        return tuple(found)

    def answer_of(self, account: str, key: str) -> Answer | None:
        """Return the first answer to a command key; none if there is none, or if it was pruned."""
        self._require_open()
        first = self._writer.index.find(account, key)
        if first is None:
            return None
        with self._mutex, translated("reading an answer"):
            self._require_open()
            row = self._connection.execute(_ANSWERS, (first,)).fetchone()
        if row is None:
            raise JournalDamaged(f"answer {first}", "it is missing")
        require_types(row, ANSWER_RUN_TYPES, f"answer {first}")
        found = answer_in(row, account, key)
        if found is None:
            raise JournalDamaged(f"the run of answer {first}", f"none is to the key {key!r} of {account!r}")
        return found

    def knows(self, account: str, key: str) -> bool:
        """Tell from memory, without waiting for a commit, whether a command key has an answer."""
        return self._writer.index.find(account, key) is not None

    def knows_any(self, places: Collection[str]) -> bool:
        """Tell from memory whether one of these command keys, each as `place_of` has it, has an answer."""
        self._require_open()
        return self._writer.index.has_any(places)

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
        with self._mutex, translated("pruning the answers"):
            self._require_open()
            return self._writer.prune(now_ms - retention_ms, batches_max)

    def save_snapshot(self, stream: str, seq: int, format_version: int, payload: bytes) -> None:
        """Keep the state after `seq`, the end of a batch; a failure costs the snapshot and nothing else."""
        require_between(format_version, 0, VERSION_MAX, "the snapshot's format")
        require_between(len(payload), 0, SNAPSHOT_BYTES_MAX, "the length of a snapshot")
        with self._mutex, translated(f"saving a snapshot of {stream}"):
            self._require_open()
            row = self._connection.execute(_END_AT, (stream, seq)).fetchone()
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
            with translated("checking the journal"), ExitStack() as stack:
                reader = self._reader(stack)
                verdict = Check(reader, self.venue_id).run()
            snapshots, passed_over = self._snapshots.check()
            return replace(verdict, snapshots=snapshots, passed_over=passed_over)
        except JournalDamaged as error:
            return replace(verdict, damage=Damage(record=error.record, wrong=error.wrong))

    def copy_to(self, journal: sqlite3.Connection, snapshots: sqlite3.Connection) -> None:
        """Copy everything into two other databases, snapshots first: none may be ahead of its events."""
        self._require_open()
        self._snapshots.copy_to(snapshots)
        with translated("copying the journal"), ExitStack() as stack:
            self._reader(stack).backup(journal)

    def backup(self, folder: Path) -> None:
        """Write a copy that opens as a journal, of some moment between call and return."""
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

    def _require_open(self) -> None:
        if self._closed:
            raise JournalUnavailable("the journal is closed; open it again")

    def _hash_at(self, stream: str, seq: int) -> bytes | None:
        with self._mutex, translated(f"reading event {seq} of {stream}"):
            if seq == 0:
                return stream_seed(self.venue_id, stream)
            row = self._connection.execute(_HASH, (stream, seq)).fetchone()
        if row is None:
            return None
        return link_at(row, stream, seq)

    def _read(self, stream: str, after_seq: int, through_seq: int) -> list[StoredRecord]:
        """Return the events after one seq and through another; what they hash to is not checked yet.

        Errors: `JournalDamaged` where one is missing.
        """
        rows = self._connection.execute(_READ, (stream, after_seq))
        return events_in(rows, stream=stream, after_seq=after_seq, through_seq=through_seq)

    def _reader(self, stack: ExitStack) -> sqlite3.Connection:
        """Return a connection that reads one moment of the journal without holding up the writer."""
        if self._path is None:
            stack.enter_context(self._mutex)
            return self._connection
        reader = stack.enter_context(closing(connect(self._path)))
        reader.execute("BEGIN")
        return reader
