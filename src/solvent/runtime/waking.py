"""Answers brought from the writer's thread to those who wait in an event loop, many by one call."""

import asyncio
from contextlib import suppress
from threading import Lock

from solvent.runtime.errors import RuntimeProblem
from solvent.runtime.following import Post
from solvent.runtime.promises import Told
from solvent.runtime.replies import Reply


class Waiting(asyncio.Future[list[Reply]]):
    """Replies that arrive whoever waits for them: to cancel takes nothing back, and cancels nothing."""

    def cancel(self, msg: object = None) -> bool:  # noqa: ARG002 - the signature is the future's own
        """Go on waiting; a task that is cancelled meanwhile ends when the replies are there."""
        return False


_Answer = tuple[Waiting, list[Reply] | None, RuntimeProblem | None]


class Waking:
    """Futures of one event loop whose results another thread gives, in the loop's thread.

    To wake a loop costs a system call, so that what is told before the loop comes round shares one. What was
    posted before an answer was told is done before it arrives: `seal` is called before anything else is
    posted, and answers told afterwards have a call of their own, behind it.
    """

    def __init__(self, post: Post) -> None:
        self._post = post
        self._lock = Lock()
        self._open: list[_Answer] | None = None

    def seal(self) -> None:
        """Let answers that are told from now on arrive behind what is posted next."""
        with self._lock:
            self._open = None

    def promise(self) -> tuple[Waiting, Told]:
        """Return a future, to be made in the loop's thread, and what any thread tells its result with."""
        waiting = Waiting(loop=asyncio.get_running_loop())
        return waiting, lambda replies, stopped: self._tell((waiting, replies, stopped))

    def _tell(self, answer: _Answer) -> None:
        with self._lock:
            if self._open is not None:
                self._open.append(answer)
                return
            told = self._open = [answer]
        # A loop that is closed has nobody left who waits.
        with suppress(RuntimeError):
            self._post(lambda: self._wake(told))

    def _wake(self, told: list[_Answer]) -> None:
        with self._lock:
            if self._open is told:
                self._open = None
        for waiting, replies, stopped in told:
            if waiting.done():
                continue
            if replies is not None:
                waiting.set_result(replies)
            elif stopped is not None:
                waiting.set_exception(stopped)
