"""A thread that makes one batch durable while the next one is carried out.

Only where a whole batch waits already: one that is not full is better taken with what still comes. The
decision is docs/adr/0214-a-full-batch-is-carried-out-while-the-last-one-lands.md.
"""

from collections.abc import Callable
from threading import Lock, Thread


class Committer:
    """Does one thing at a time for one other thread: wait for a disk.

    Each lock is taken by who waits and let go of by the other, which wakes him at once. The thread is started
    when it is first needed.
    """

    def __init__(self) -> None:
        self._asked, self._begun, self._ended = Lock(), Lock(), Lock()
        for lock in (self._asked, self._begun, self._ended):
            lock.acquire()
        self._land: Callable[[], object] | None = None
        self._error: Exception | None = None
        self._thread: Thread | None = None

    def begin(self, land: Callable[[], object]) -> None:
        """Begin to land a batch; `finish` must be called before the next one.

        It returns when the thread has the interpreter, which it gives back for as long as the disk takes.
        Else it would have to wait until its turn comes, by when the next batch is carried out.
        """
        assert self._land is None, "a batch is landing already"
        if self._thread is None:
            self._thread = Thread(target=self._run, name="solvent-committer", daemon=True)
            self._thread.start()
        self._land, self._error = land, None
        self._asked.release()
        self._begun.acquire()

    def finish(self) -> None:
        """Wait until the batch has landed.

        Errors: whatever landing it raised.
        """
        self._ended.acquire()
        self._land = None
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """End the thread, which has nothing to do."""
        if self._thread is not None:
            self._asked.release()
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while True:
            self._asked.acquire()
            if self._land is None:
                return
            self._begun.release()
            try:
                self._land()
            except Exception as error:  # noqa: BLE001 - raised by `finish`, in the thread that asked
                self._error = error
            self._ended.release()
