"""Snapshots taken while the venue runs: copied between two batches, written by another thread."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

from solvent.engine import State
from solvent.engine.snapshot import SNAPSHOT_FORMAT, copied, encode_state, rows_of
from solvent.journal import Journal, JournalError
from solvent.runtime.errors import VenueStopped
from solvent.runtime.writer import STREAM

EVENTS_BETWEEN = 100_000
# At the end a tenth of that is enough: nothing waits any more, and the next start is the quicker for it.
SHARE_AT_CLOSE = 10
Seen = TypeVar("Seen")


class AtRest(Protocol):
    """What reads the state between two batches; `Venue.at_rest` does."""

    def __call__(self, read: Callable[[State], Seen], /) -> Future[Seen]:
        """Read it; errors: `VenueStopped`."""


class Snapshotter:
    """Takes a snapshot after every so many events, and never fewer than a snapshot has rows.

    `saved_seq` is the newest one's, `problem` what went wrong with the last attempt, if anything did: a
    snapshot that is not there costs the time of a longer replay and nothing else.
    """

    def __init__(
        self, journal: Journal, at_rest: AtRest, *, saved_seq: int, events_between: int = EVENTS_BETWEEN
    ) -> None:
        self.saved_seq = saved_seq
        self.problem: str | None = None
        self._tried_seq = saved_seq
        self._journal = journal
        self._at_rest = at_rest
        self._events_between = events_between

    def tend(self) -> None:
        """Take one where enough has happened since the last."""
        self._take(1)

    def close(self) -> None:
        """Take a last one, if less has happened than otherwise, but enough."""
        self._take(SHARE_AT_CLOSE)

    def _take(self, share: int) -> None:
        try:
            copy = self._at_rest(lambda state: self._copy(state, share)).result()
            if copy is None:
                return
            # After a failure the next attempt waits as long as after a success: a full disk stays full.
            self._tried_seq = copy.seq
            self._journal.save_snapshot(STREAM, copy.seq, SNAPSHOT_FORMAT, encode_state(copy))
        except (JournalError, VenueStopped, MemoryError) as error:
            self.problem = f"no snapshot was taken: {error}"
        else:
            self.saved_seq, self.problem = copy.seq, None

    def _copy(self, state: State, share: int) -> State | None:
        happened = (state.seq - self._tried_seq) * share
        return copied(state) if happened >= max(self._events_between, rows_of(state)) else None
