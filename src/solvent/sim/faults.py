"""What goes wrong below and beside the venue: commits, the disk at a crash, the settlement."""

from collections.abc import Callable
from functools import partial
from hashlib import blake2b
from pathlib import Path
from shutil import copyfile
from typing import Any, Protocol, cast

from solvent.engine import Pending
from solvent.journal import (
    MEMORY,
    Batch,
    CommitUnknown,
    Head,
    Journal,
    JournalUnavailable,
    open_journal,
)
from solvent.sim.steps import FaultKind

VENUE_ID = "simulation"
# What outlives a process: the files of the journal, without its lock and SQLite's own shared memory.
LASTING = ("journal.sqlite3", "journal.sqlite3-wal", "snapshots.sqlite3", "snapshots.sqlite3-wal")
WAL = "journal.sqlite3-wal"


class Disk(Protocol):
    """Where a journal lies, and what of it is there again after a crash."""

    def open(self) -> Journal:
        """Open the journal; after a crash the one that the crash left."""

    def crash(self) -> None:
        """Let the process die that holds the journal."""

    def bury(self) -> None:
        """Let go of what the dead process held."""

    def size(self) -> int:
        """Return how long the last written file is."""

    def tear(self, size: int) -> None:
        """Cut what was written beyond `size` in the middle, when the process has died."""

    def close(self) -> None:
        """Let go of everything."""


class Memory:
    """A journal in memory: quick; a crash leaves it as it is."""

    def __init__(self) -> None:
        self._journal = open_journal(MEMORY, venue_id=VENUE_ID)

    def open(self) -> Journal:
        """Return the one journal that there is."""
        return self._journal

    def crash(self) -> None:
        """Leave the journal as it is."""

    def bury(self) -> None:
        """Do nothing: the journal is still in use."""

    def size(self) -> int:
        """Return nothing, as there is no file."""
        return 0

    def tear(self, size: int) -> None:
        """Do nothing: what is in memory is there or not."""
        assert size == 0, size

    def close(self) -> None:
        """Let go of the journal."""
        self._journal.close()


class Folder:
    """A journal in files; a crash is a copy of them, made while they are open, and opened in their stead."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._life = 0
        self._journal: Journal | None = None
        self._dead: Journal | None = None
        self._here.mkdir(parents=True)

    @property
    def _here(self) -> Path:
        return self._root / str(self._life)

    def open(self) -> Journal:
        """Open the files, checked whole."""
        self._journal = open_journal(self._here, venue_id=VENUE_ID)
        return self._journal

    def crash(self) -> None:
        """Copy the files as they are at this moment, and go on with the copy."""
        before = self._here
        self._dead = self._journal
        self._life += 1
        self._here.mkdir()
        for name in LASTING:
            if (before / name).exists():
                copyfile(before / name, self._here / name)

    def bury(self) -> None:
        """Close the dead process's journal; its files are looked at no more."""
        if self._dead is not None:
            self._dead.close()
            self._dead = None

    def size(self) -> int:
        """Return how long the write-ahead log is."""
        path = self._here / WAL
        return path.stat().st_size if path.exists() else 0

    def tear(self, size: int) -> None:
        """Cut the log in the middle of what was written last; nothing where it was not written at its end."""
        path = self._here / WAL
        grown = self.size() - size
        if grown > 0:
            with path.open("r+b") as log:
                log.truncate(size + grown // 2)

    def close(self) -> None:
        """Let go of the open journal."""
        self.bury()
        if self._journal is not None:
            self._journal.close()
            self._journal = None


class FaultyJournal:
    """A journal whose next commit fails in a chosen way; all else is the journal's below."""

    def __init__(self, below: Journal, disk: Disk) -> None:
        self._below = below
        self._disk = disk
        self.armed: FaultKind | None = None
        self.has_failed = False
        self.torn_at: int | None = None

    def append(self, stream: str, expected_seq: int, batch: Batch) -> Head:
        """Write a batch, or fail as armed; what failed once fails for good, as the process is to stop."""
        if self.armed is None:
            return self._below.append(stream, expected_seq, batch)
        self.has_failed = True
        if self.armed is FaultKind.FULL:
            raise JournalUnavailable("the simulated disk is full, and nothing was written")
        if self.armed is FaultKind.LANDED:
            self._below.append(stream, expected_seq, batch)
        elif self.armed is FaultKind.TORN:
            self.torn_at = self._disk.size()
            if self.torn_at:
                self._below.append(stream, expected_seq, batch)
        self.armed = FaultKind.CRASH
        raise CommitUnknown("the simulated commit failed, and nobody knows what landed")

    def prepare(self, stream: str, expected_seq: int, batch: Batch) -> Callable[[], Head]:
        """Return what writes a batch, or fails as armed."""
        return partial(self.append, stream, expected_seq, batch)

    def close(self) -> None:
        """Leave it to the disk, which outlives the venue."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._below, name)

    def as_journal(self) -> Journal:
        """Return itself under the port's name: what it does not change, it hands down."""
        return cast("Journal", self)


class SlowSettlement:
    """A settlement that takes its time and sometimes fails; what it does follows from the request alone.

    It keeps what it did outside the venue, as a bank would, and so survives every crash; asked again about
    what is done, it says so and acts no second time.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._asked: dict[str, int] = {}
        self.done: dict[str, Pending] = {}
        self.delayed = 0
        self.failed = 0

    def settle(self, pending: Pending) -> bool | None:
        """Say yes, no, or not yet."""
        text = f"{self._seed}:{pending.request_id}".encode()
        fate = blake2b(text, digest_size=2).digest()
        asked = self._asked.get(pending.request_id, 0)
        self._asked[pending.request_id] = asked + 1
        if asked < fate[0] % 3:
            self.delayed += 1
            return None
        if fate[1] % 5 == 0:
            self.failed += 1
            return False
        self.done[pending.request_id] = pending
        return True
