"""What a stream tells, put aside by the client's thread and waited for by the test."""

from collections.abc import Callable
from queue import Empty, Queue
from typing import Any

HEARD_WITHIN_S = 10
PASSED_OVER_MAX = 20


class Heard:
    """The messages of one subscription, in order."""

    def __init__(self) -> None:
        self._queue: Queue[Any] = Queue()
        self._passed: list[Any] = []

    def hear(self, *message: Any) -> None:
        """Take a message, as clients hand it to a callback."""
        self._queue.put(message[0] if len(message) == 1 else message)

    def until(self, wanted: Callable[[Any], bool]) -> Any:
        """Return the next message that is wanted; the others are passed over."""
        for _ in range(PASSED_OVER_MAX):
            try:
                message = self._queue.get(timeout=HEARD_WITHIN_S)
            except Empty:
                break
            self._passed.append(message)
            if wanted(message):
                return message
        raise AssertionError(f"not heard; heard were {self._passed[-3:]}")

    def next(self) -> Any:
        """Return the next message."""
        return self.until(lambda _: True)
