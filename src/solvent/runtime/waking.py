"""Answers brought from the writer's thread to those who wait in an event loop, many by one call."""

import asyncio
import logging
from contextlib import suppress
from functools import partial
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


_LOG = logging.getLogger("solvent.runtime")
_Answer = tuple[Told, list[Reply] | None, RuntimeProblem | None]


class Waking:
    """Answers that another thread gives, told in one event loop's thread.

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

    def brought(self, told: Told) -> Told:
        """Return what any thread tells an answer with, for it to be told in the loop's thread.

        `told` must be short, as others are told behind it; what it raises is logged.
        """
        return partial(self._tell, told)

    def _tell(self, told: Told, replies: list[Reply] | None, stopped: RuntimeProblem | None) -> None:
        with self._lock:
            if self._open is not None:
                self._open.append((told, replies, stopped))
                return
            gathered = self._open = [(told, replies, stopped)]
        # A loop that is closed has nobody left who waits.
        with suppress(RuntimeError):
            self._post(lambda: self._wake(gathered))

    def _wake(self, gathered: list[_Answer]) -> None:
        with self._lock:
            if self._open is gathered:
                self._open = None
        for told, replies, stopped in gathered:
            try:
                told(replies, stopped)
            except Exception:  # noqa: BLE001 - the answers behind it belong to others, who wait for them
                _LOG.exception("an answer could not be told")


def promised() -> tuple[Waiting, Told]:
    """Return a future, and what its result is told with; both belong to the running loop's thread."""
    waiting = Waiting(loop=asyncio.get_running_loop())
    return waiting, partial(_keep, waiting)


def _keep(waiting: Waiting, replies: list[Reply] | None, stopped: RuntimeProblem | None) -> None:
    if waiting.done():
        return
    if replies is not None:
        waiting.set_result(replies)
    elif stopped is not None:
        waiting.set_exception(stopped)
