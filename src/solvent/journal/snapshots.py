"""Snapshots, in a file of their own: however long one takes to write, the writer of events is not held up.

A snapshot is a shortcut. Losing the file costs the time of a longer replay and nothing else.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator

from solvent.journal.chain import snapshot_hash
from solvent.journal.errors import JournalDamaged, translated
from solvent.journal.records import Snapshot
from solvent.journal.runs import Row, is_hash, require_types
from solvent.journal.schema import roll_back
from solvent.journal.verdict import Damage

# The newest and the one before it.
SNAPSHOTS_KEPT = 2
_SAVE = """
INSERT OR REPLACE INTO snapshots (stream, seq, head, format, payload, hash) VALUES (?, ?, ?, ?, ?, ?)"""
_DROP = """
DELETE FROM snapshots WHERE stream = ?1 AND seq NOT IN (
    SELECT seq FROM snapshots WHERE stream = ?1 ORDER BY seq DESC LIMIT ?2
)"""
_LATEST = """
SELECT stream, seq, head, format, payload, hash FROM snapshots
WHERE stream = ? ORDER BY seq DESC LIMIT 1"""
_ONE = "SELECT stream, seq, head, format, payload, hash FROM snapshots WHERE id = ?"
_NEWEST_FIRST = "SELECT id FROM snapshots WHERE stream = ? ORDER BY seq DESC"
_ALL = "SELECT id FROM snapshots ORDER BY stream, seq"
_TYPES = (str, int, bytes, int, bytes, bytes)

# From stream and seq to the hash of the chain there; none where there is no such event.
HashAt = Callable[[str, int], bytes | None]


class SnapshotLost(JournalDamaged):
    """A sound snapshot of events that the journal does not have: it lost what it had acknowledged."""


class Snapshots:
    """The snapshots of one journal, through a connection and a mutex of their own."""

    def __init__(
        self, connection: sqlite3.Connection, hash_at: HashAt, *, lost: Damage | None = None
    ) -> None:
        self._connection = connection
        self._lost = lost
        self._hash_at = hash_at
        self._mutex = threading.Lock()

    def save(self, stream: str, head: bytes, snapshot: Snapshot) -> None:
        """Write one, and drop those that are no longer needed."""
        made = snapshot_hash(stream, snapshot.seq, head, snapshot.format, snapshot.payload)
        row = (stream, snapshot.seq, head, snapshot.format, snapshot.payload, made)
        with self._mutex, translated(f"saving a snapshot of {stream}"):
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.execute(_SAVE, row)
                self._connection.execute(_DROP, (stream, SNAPSHOTS_KEPT))
                self._connection.execute("COMMIT")
            finally:
                roll_back(self._connection)

    def latest(self, stream: str) -> Snapshot | None:
        """Return the newest one.

        Errors: `JournalDamaged` where it is not what was written, or does not belong to these events.
        """
        with self._mutex, translated(f"reading the snapshot of {stream}"):
            row = self._connection.execute(_LATEST, (stream,)).fetchone()
        return None if row is None else require_snapshot(row, self._hash_at)

    def newest_first(self, stream: str) -> Iterator[Snapshot | Damage]:
        """Return those of a stream one by one, or what is wrong with one; nothing else is wrong then.

        Errors: `JournalDamaged` where one stands for events that the journal does not have.
        """
        if self._lost is not None:
            yield self._lost
        yield from self._each(_NEWEST_FIRST, stream)

    def check(self) -> tuple[int, tuple[Damage, ...]]:
        """Return how many there are as they were written, and what is wrong with the others.

        Errors: `JournalDamaged` where one stands for events that the journal does not have.
        """
        found = list(self._each(_ALL))
        faults = [one for one in found if isinstance(one, Damage)]
        if not faults:
            with self._mutex, translated("reading the snapshots"):
                (told,) = self._connection.execute("PRAGMA integrity_check(1)").fetchone()
            if told != "ok":
                faults.append(Damage(record="the snapshots' file", wrong=f"SQLite says: {told}"))
        lost = () if self._lost is None else (self._lost,)
        return sum(isinstance(one, Snapshot) for one in found), (*lost, *faults)

    def copy_to(self, target: sqlite3.Connection) -> None:
        """Copy all of them into another database."""
        with self._mutex, translated("copying the snapshots"):
            self._connection.backup(target)

    def close(self) -> None:
        """Let go of the file."""
        with self._mutex:
            self._connection.close()

    def _each(self, statement: str, *given: str) -> Iterator[Snapshot | Damage]:
        """Read one after the other: each may be as large as the venue."""
        try:
            with self._mutex, translated("reading the snapshots"):
                ids = self._connection.execute(statement, given).fetchall()
        except JournalDamaged as error:
            yield Damage(record="the snapshots' file", wrong=error.wrong)
            return
        for (row_id,) in ids:
            try:
                with self._mutex, translated("reading the snapshots"):
                    row = self._connection.execute(_ONE, (row_id,)).fetchone()
                found: Snapshot | Damage = require_snapshot(row, self._hash_at)
            except SnapshotLost:
                raise
            except JournalDamaged as error:
                found = Damage(record=error.record, wrong=error.wrong)
            yield found


def require_snapshot(row: Row | None, hash_at: HashAt) -> Snapshot:
    """Return the snapshot of a row: stream, seq, head, format, payload, hash.

    Errors: `JournalDamaged` where it is not what was written; `SnapshotLost`.
    """
    if row is None:
        raise JournalDamaged("a snapshot", "the index tells of it and it is not there")
    require_types(row, _TYPES, "a snapshot")
    stream, seq, head, format_version, payload, found_hash = row
    record = f"the snapshot of {stream} at seq {seq}"
    if not is_hash(found_hash, snapshot_hash, stream, seq, head, format_version, payload):
        raise JournalDamaged(
            record,
            "its hash does not follow from its bytes; remove the snapshots to replay without",
        )
    here = hash_at(stream, seq)
    if here != head:
        wrong = "there is no such event" if here is None else "that event is another one now"
        raise SnapshotLost(
            record,
            f"{wrong}: the journal lost its tail, or is another; restore the journal from a backup",
        )
    return Snapshot(seq=seq, format=format_version, payload=payload)
