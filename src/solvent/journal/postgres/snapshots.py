"""Snapshots in a table beside the events', through a connection of their own: the writer is not held up."""

import threading
from collections.abc import Iterator

from solvent.journal.chain import snapshot_hash
from solvent.journal.errors import JournalDamaged
from solvent.journal.postgres.session import Session, translated
from solvent.journal.records import Snapshot
from solvent.journal.snapshots import SNAPSHOTS_KEPT, HashAt, SnapshotLost, require_snapshot
from solvent.journal.verdict import Damage

_SAVE = """
INSERT INTO snapshots (stream, seq, head, format, payload, hash) VALUES (%b, %b, %b, %b, %b, %b)
ON CONFLICT (stream, seq) DO UPDATE SET
    head = excluded.head, format = excluded.format, payload = excluded.payload, hash = excluded.hash"""
_DROP = """
DELETE FROM snapshots WHERE stream = %b AND seq NOT IN (
    SELECT seq FROM snapshots WHERE stream = %b ORDER BY seq DESC LIMIT %b
)"""
_COLUMNS = "stream, seq, head, format, payload, hash"
_LATEST = f"SELECT {_COLUMNS} FROM snapshots WHERE stream = %b ORDER BY seq DESC LIMIT 1"  # noqa: S608 - from above
_ONE = f"SELECT {_COLUMNS} FROM snapshots WHERE id = %b"  # noqa: S608 - from above
_NEWEST_FIRST = "SELECT id FROM snapshots WHERE stream = %b ORDER BY seq DESC"
_ALL = "SELECT id FROM snapshots ORDER BY stream, seq"


class PostgresSnapshots:
    """The snapshots of one journal."""

    def __init__(self, session: Session, hash_at: HashAt) -> None:
        self._session = session
        self._hash_at = hash_at
        self._mutex = threading.Lock()

    def save(self, stream: str, head: bytes, snapshot: Snapshot) -> None:
        """Write one, and drop those that are no longer needed."""
        made = snapshot_hash(stream, snapshot.seq, head, snapshot.format, snapshot.payload)
        row = (stream, snapshot.seq, head, snapshot.format, snapshot.payload, made)
        with self._mutex, translated(f"saving a snapshot of {stream}"), self._session.transaction():
            self._session.run(_SAVE, row)
            self._session.run(_DROP, (stream, stream, SNAPSHOTS_KEPT))

    def latest(self, stream: str) -> Snapshot | None:
        """Return the newest one.

        Errors: `JournalDamaged` where it is not what was written, or does not belong to these events.
        """
        with self._mutex, translated(f"reading the snapshot of {stream}"):
            row = self._session.row(_LATEST, (stream,))
        return None if row is None else require_snapshot(row, self._hash_at)

    def newest_first(self, stream: str) -> Iterator[Snapshot | Damage]:
        """Return those of a stream one by one, or what is wrong with one; nothing else is wrong then.

        Errors: `JournalDamaged` where one stands for events that the journal does not have.
        """
        yield from self._each(_NEWEST_FIRST, stream)

    def check(self) -> tuple[int, tuple[Damage, ...]]:
        """Return how many there are as they were written, and what is wrong with the others.

        Errors: `JournalDamaged` where one stands for events that the journal does not have.
        """
        found = list(self._each(_ALL))
        faults = tuple(one for one in found if isinstance(one, Damage))
        return len(found) - len(faults), faults

    def close(self) -> None:
        """Let go of the connection, after what is being saved."""
        with self._mutex:
            self._session.close()

    def _each(self, statement: str, *given: str) -> Iterator[Snapshot | Damage]:
        """Read one after the other: each may be as large as the venue."""
        try:
            with self._mutex, translated("reading the snapshots"):
                ids = self._session.rows(statement, given)
        except JournalDamaged as error:
            yield Damage(record="the snapshots' table", wrong=error.wrong)
            return
        for (row_id,) in ids:
            try:
                with self._mutex, translated("reading the snapshots"):
                    row = self._session.row(_ONE, (row_id,))
                found: Snapshot | Damage = require_snapshot(row, self._hash_at)
            except SnapshotLost:
                raise
            except JournalDamaged as error:
                found = Damage(record=error.record, wrong=error.wrong)
            yield found
