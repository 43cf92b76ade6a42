"""A thread that carries the next batch out while the last one becomes durable.

Only where a whole batch waits already: one that is not full is better taken with what still comes. The
decision is docs/adr/0214-a-full-batch-is-carried-out-while-the-last-one-lands.md.
"""

from collections.abc import Callable
from threading import Lock, Thread
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Ahead(Generic[Made]):
    """Does one thing at a time for one other thread, which waits for it before it goes on.

    The two are never at the same data: what is done here is begun when the other thread has nothing left to
    do but wait for a disk. Each lock is taken by who waits and let go of by the other, which wakes him at
    once. The thread is started when it is first needed.
    """

    def __init__(self) -> None:
        self._asked, self._ended = Lock(), Lock()
        self._asked.acquire()
        self._ended.acquire()
        self._work: Callable[[], Made] | None = None
        self._is_begun = False
        self._made: list[Made] = []
        self._error: Exception | None = None
        self._thread: Thread | None = None

    def ready(self, work: Callable[[], Made]) -> None:
        """Take what is to be done once `begin` is called."""
        self._work, self._is_begun = work, False
        if self._thread is None:
            self._thread = Thread(target=self._run, name="solvent-ahead", daemon=True)
            self._thread.start()

    def begin(self) -> None:
        """Begin it."""
        self._is_begun = True
        self._asked.release()

    def wait(self) -> None:
        """Wait until it is done, where it was begun."""
        if self._is_begun:
            self._ended.acquire()

    def take(self) -> Made:
        """Return what it made, after `wait`; where it was never begun it is done now, in this thread.

        Errors: whatever it raised.
        """
        work, self._work = self._work, None
        assert work is not None, "nothing was made ready"
        if not self._is_begun:
            return work()
        self._is_begun = False
        if self._error is not None:
            raise self._error
        return self._made.pop()

    def close(self) -> None:
        """End the thread."""
        if self._thread is not None:
            self._work = None
            self._asked.release()
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while True:
            self._asked.acquire()
            if self._work is None:
                return
            self._error = None
            try:
                self._made.append(self._work())
            except Exception as error:  # noqa: BLE001 - raised by `take`, in the thread that asked
                self._error = error
            self._ended.release()
