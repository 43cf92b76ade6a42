"""The port: what the runtime asks of a store, whichever it is."""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from solvent.journal.records import (
    PRUNED_BATCHES_MAX,
    READ_RECORDS_MAX,
    RETENTION_MS_MIN,
    Answer,
    Batch,
    Head,
    Pruned,
    Snapshot,
    StoredRecord,
)
from solvent.journal.verdict import Damage, Verdict


class Journal(Protocol):
    """A durable, append-only log of several streams, with one writer.

    What `append` returned from is durable. Calls may come from several threads; snapshots and backups do not
    hold up the writer.
    """

    @property
    def venue_id(self) -> str:
        """The venue that this journal belongs to, fixed at genesis."""
        ...

    @property
    def is_lasting(self) -> bool:
        """Whether the journal is still there when it was closed; in memory it is not."""
        ...

    @property
    def format(self) -> int:
        """The format that the journal is kept in."""
        ...

    def streams(self) -> tuple[str, ...]:
        """Return the names of all streams, in order."""
        ...

    def last_seq(self, stream: str) -> int:
        """Return the seq of a stream's last event; 0 before the first."""
        ...

    def head(self, stream: str) -> Head:
        """Return a stream's last seq and the hash of its chain."""
        ...

    def append(self, stream: str, expected_seq: int, batch: Batch) -> Head:
        """Write a batch after `expected_seq`, whole or not at all; return the new head once it is durable.

        Errors: `Conflict` when another writer was there first, `KeyTaken` for a key with an answer,
                `InputRefused` beyond the limits: nothing was written, go on.
                `JournalUnavailable`: nothing was written, try again. `CommitUnknown`: reopen.
        """
        ...

    def prepare(self, stream: str, expected_seq: int, batch: Batch) -> Callable[[], Head]:
        """Do what of `append` needs no disk, and return what does the rest, in whichever one thread.

        Until that has returned or raised, nothing else may be appended.
        Errors: here or there, those of `append`.
        """
        ...

    @property
    def lands_apart(self) -> bool:
        """Whether `begin` has a process of its own for batches."""
        ...

    def go_apart(self) -> None:
        """Start such a process, where the store has use for one; nobody waits for it. Again does nothing."""
        ...

    def begin(self, stream: str, expected_seq: int, batch: Batch) -> Callable[[], Head] | None:
        """Begin to append in a process of its own, and return what waits until the batch is durable.

        None where there is no such process, or the batch is too large for it. Until what is returned has
        returned or raised, nothing else may be appended.
        Errors: here or there, those of `append`.
        """
        ...

    def read(self, stream: str, after_seq: int, limit: int = READ_RECORDS_MAX) -> tuple[StoredRecord, ...]:
        """Return up to `limit` events after a seq, in order, each checked against the chain.

        Errors: `JournalDamaged` naming the first event that is not what was written.
        """
        ...

    def answer_of(self, account: str, key: str) -> Answer | None:
        """Return the first answer to a command key; none if there is none, or if it was pruned."""
        ...

    def knows(self, account: str, key: str) -> bool:
        """Tell from memory, without waiting for a commit, whether a command key has an answer.

        From any thread. False while the batch with its answer is being written.
        """
        ...

    def knows_any(self, places: Collection[str]) -> bool:
        """Tell from memory whether one of these command keys, each as `place_of` has it, has an answer."""
        ...

    def prune(
        self,
        *,
        now_ms: int,
        retention_ms: int = RETENTION_MS_MIN,
        batches_max: int = PRUNED_BATCHES_MAX,
    ) -> Pruned:
        """Forget the answers of batches older than the retention, oldest first, a bounded number per call."""
        ...

    def save_snapshot(self, stream: str, seq: int, format_version: int, payload: bytes) -> None:
        """Keep the state after `seq`, the end of a batch; a failure costs the snapshot and nothing else."""
        ...

    def latest_snapshot(self, stream: str) -> Snapshot | None:
        """Return the snapshot with the highest seq; none where there is none."""
        ...

    def snapshots(self, stream: str) -> Iterator[Snapshot | Damage]:
        """Return the snapshots one by one, newest first, or what is wrong with one: go on with the next.

        Errors: `JournalDamaged` where one stands for events that the journal does not have.
        """
        ...

    def verify(self) -> Verdict:
        """Check every record, and name the first that is not what was written."""
        ...

    def backup(self, folder: Path) -> None:
        """Write a copy that opens as a journal, of some moment between call and return."""
        ...

    def close(self) -> None:
        """Let go of the journal; again does nothing."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
