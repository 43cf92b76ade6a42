"""What the writer tells of commands that were handed in together, and futures that it is kept in."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any

from solvent.runtime.errors import RuntimeProblem
from solvent.runtime.replies import Reply

# The replies in the commands' order, or else why there are none.
Told = Callable[[list[Reply] | None, RuntimeProblem | None], None]


def promise() -> Future[Any]:
    """Return a future that nobody can cancel: who stops waiting must not stop the one who answers."""
    future: Future[Any] = Future()
    future.set_running_or_notify_cancel()
    return future


def keep(
    promises: Sequence[Future[Reply]], replies: list[Reply] | None, stopped: RuntimeProblem | None
) -> None:
    """Keep each promise with its reply; one that is kept already stays so when the venue stops."""
    if replies is not None:
        for future, reply in zip(promises, replies, strict=True):
            future.set_result(reply)
        return
    for future in promises:
        if not future.done():
            future.set_exception(stopped)
