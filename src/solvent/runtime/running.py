"""A venue's process: it runs until somebody asks it to end, and then finishes what was begun."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from types import FrameType

from msgspec import Struct

from solvent.runtime.pacing import Pacing
from solvent.runtime.venue import Venue

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Reason(Struct, frozen=True, kw_only=True):
    """Why a process ends: asked to, or because a part of it cannot go on."""

    words: str
    is_fault: bool = False


class Ended(Struct, frozen=True, kw_only=True):
    """What a venue came to: everything that was acknowledged is in the journal, up to this seq."""

    reason: Reason
    seq: int
    state_hash: str


class Ending:
    """What a running process waits for; anybody may ask, from any thread and from a signal handler."""

    def __init__(self) -> None:
        # Its `put` may be called while the same thread is inside its `get`, as a handler does; an Event's
        # `set` may not.
        self._asked: SimpleQueue[Reason] = SimpleQueue()

    def ask(self, words: str) -> None:
        """Ask for an orderly end."""
        self._asked.put(Reason(words=words))

    def fault(self, words: str) -> None:
        """Tell that a part cannot go on."""
        self._asked.put(Reason(words=words, is_fault=True))

    def wait(self) -> Reason:
        """Wait until the first one asks."""
        return self._asked.get()

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Let SIGTERM and SIGINT ask; from the first one on, another ends the process at once.

        Only a process's main thread may do this.
        """
        earlier = {number: signal.getsignal(number) for number in SIGNALS}

        def ask(number: int, _: FrameType | None) -> None:
            for each in SIGNALS:
                signal.signal(each, signal.SIG_DFL)
            self.ask(signal.Signals(number).name)

        for number in SIGNALS:
            signal.signal(number, ask)
        try:
            yield
        finally:
            for number, handler in earlier.items():
                signal.signal(number, handler)


def run(
    venue: Venue,
    ending: Ending,
    *,
    pacing: Pacing | None = None,
    on_end: Callable[[Reason], None] = lambda _: None,
) -> Ended:
    """Run a venue until its end is asked for, or it stops by itself; then close it, and tell what it came to.

    The end: no more prices, no more commands, what waits is carried out and answered, a snapshot where one
    is worth it, the journal closed. `on_end` is told the reason before any of it.
    """
    venue.stopped.add_done_callback(lambda stopped: ending.fault(stopped.result()))
    reason = ending.wait()
    on_end(reason)
    if pacing is not None:
        pacing.close()
    venue.close()
    return Ended(reason=reason, seq=venue.state.seq, state_hash=venue.state.hash())
