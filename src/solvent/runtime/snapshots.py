"""Snapshots taken while the venue runs: copied table by table between batches, written by another thread."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Protocol, TypeVar

from solvent.engine import State
from solvent.engine.copying import GradualCopy
from solvent.engine.events import AnyEvent
from solvent.engine.snapshot import SNAPSHOT_FORMAT, encode_state, rows_of
from solvent.journal import Journal, JournalError
from solvent.runtime.committed import Committed, Listener, OnFault
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


class Resting(Protocol):
    """What rests between two batches and tells what became durable; a `Venue` or its `Writer` does."""

    def at_rest(self, read: Callable[[State], Seen], /) -> Future[Seen]:
        """Read the state between two batches; errors: `VenueStopped`."""

    def committed(
        self, listener: Listener, begin: Callable[[State], Seen], *, on_fault: OnFault
    ) -> Future[Seen]:
        """Tell a listener every batch that becomes durable after `begin` saw the state."""


class Snapshotter:
    """Takes a snapshot after every so many events, and never fewer than a snapshot has rows.

    `saved_seq` is the newest one's, `problem` what went wrong with the last attempt, if anything did: a
    snapshot that is not there costs the time of a longer replay and nothing else.
    """

    def __init__(
        self, journal: Journal, venue: Resting, *, saved_seq: int, events_between: int = EVENTS_BETWEEN
    ) -> None:
        self.saved_seq = saved_seq
        self.problem: str | None = None
        self._tried_seq = saved_seq
        self._journal = journal
        self._venue = venue
        self._events_between = events_between
        self._is_listening = False
        # What became durable since a copy was begun; none while none is under way.
        self._heard: deque[Committed] | None = None

    def tend(self) -> None:
        """Take one where enough has happened since the last."""
        self._take(1)

    def close(self) -> None:
        """Take a last one, if less has happened than otherwise, but enough."""
        self._take(SHARE_AT_CLOSE)

    def _take(self, share: int) -> None:
        try:
            if not self._is_listening:
                self._venue.committed(self._hear, lambda _: None, on_fault=lambda _: None).result()
                self._is_listening = True
            begun = self._venue.at_rest(lambda state: self._begin(state, share)).result()
            if begun is None:
                return
            # After a failure the next attempt waits as long as after a success: a full disk stays full.
            copy = self._finish(begun)
            self._tried_seq = copy.seq
            self._journal.save_snapshot(STREAM, copy.seq, SNAPSHOT_FORMAT, encode_state(copy))
        except (JournalError, VenueStopped, MemoryError) as error:
            self.problem = f"no snapshot was taken: {error}"
        else:
            self.saved_seq, self.problem = copy.seq, None
        finally:
            self._heard = None

    def _begin(self, state: State, share: int) -> GradualCopy | None:
        happened = (state.seq - self._tried_seq) * share
        if happened < max(self._events_between, rows_of(state)):
            return None
        self._heard = deque()
        return GradualCopy(state)

    def _hear(self, committed: Committed) -> None:
        """Keep what became durable while a copy is under way; in the writer's thread, as `_begin`."""
        heard = self._heard
        if heard is not None:
            heard.append(committed)

    def _finish(self, begun: GradualCopy) -> State:
        """Take table after table, and what happened until each; commands go on in between."""
        while not begun.is_done:
            taken = self._venue.at_rest(begun.take).result()
            begun.put(taken, self._until(taken.seq))
        return begun.copy

    def _until(self, seq: int) -> Iterator[AnyEvent]:
        heard = self._heard
        while heard and heard[0].seq <= seq:
            yield from heard.popleft().events
