"""A second state beside the writer's: folded from what is durable, and read without asking the writer."""

from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from typing import Any, Protocol

from solvent.engine import State, fold_all
from solvent.engine.snapshot import copied
from solvent.runtime.committed import Committed, Listener, Listeners, OnFault
from solvent.runtime.errors import VenueStopped

Post = Callable[[Callable[[], None]], Any]


class Followed(Protocol):
    """What a follower needs of a venue."""

    def committed(
        self, listener: Listener, begin: Callable[[State], None], *, on_fault: OnFault
    ) -> Future[None]:
        """Tell a listener every batch that becomes durable after `begin` saw the state."""


class Follower:
    """A state of its own for one thread, the one in which `post` has things called, in the order posted.

    What a reply says is folded here before anything that was posted after the reply: who reads after his
    reply, in that thread, reads what he wrote. Values are frozen and shared with the writer's state, so that
    only the tables exist twice.
    `stopped` is told why, where it cannot follow any more; from then on it shows nothing, not the past.
    """

    def __init__(self, venue: Followed, post: Post) -> None:
        self.stopped: Future[str] = Future()
        # Why it stopped, where every look at the state finds it without a lock.
        self._fault: str | None = None
        self._state = State()
        self._post = post
        self._listeners = Listeners()
        self._is_closed = False
        venue.committed(self._hear, self._begin, on_fault=self._stop).result()

    @property
    def state(self) -> State:
        """The state up to the last batch that was folded; not to be changed, nor kept over a pause.

        Errors: `VenueStopped` where it cannot follow any more.
        """
        if self._fault is not None:
            raise VenueStopped(self._fault)
        return self._state

    @property
    def seq(self) -> int:
        """The seq of the last event folded."""
        return self.state.seq

    @property
    def faults(self) -> tuple[str, ...]:
        """What those who subscribed raised; each was taken off."""
        return self._listeners.faults

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell a listener each batch, in this thread, once it is folded; returns what takes it off again."""
        return self._listeners.add(listener)

    def close(self) -> None:
        """Post nothing more; what was folded stays to be read."""
        self._is_closed = True

    def _begin(self, state: State) -> None:
        """Copy the tables while the writer rests: everything after this moment is told, nothing before."""
        self._state = copied(state)

    def _hear(self, committed: Committed) -> None:
        if not self._is_closed:
            self._post(lambda: self._fold(committed))

    def _fold(self, committed: Committed) -> None:
        if self._fault is not None:
            return
        try:
            fold_all(self._state, committed.events)
            assert self._state.seq == committed.seq, (self._state.seq, committed.seq)
        except Exception as error:  # noqa: BLE001 - whatever it is, this state is no longer the venue's
            self._stop(f"seq {committed.seq} could not be folded: {error!r}")
        else:
            self._listeners.tell(committed)

    def _stop(self, fault: str) -> None:
        told = f"what is shown fell behind the venue: {fault}; open the venue again"
        self._fault = self._fault or told
        # Of two faults, of posting and of folding, the first is told.
        with suppress(InvalidStateError):
            self.stopped.set_result(told)
