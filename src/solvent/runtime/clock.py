"""The venue's clock: it drives ages, interest, funding and cool-downs, and never runs backwards."""

import time
from threading import Lock
from typing import Protocol

from solvent.runtime.errors import RuntimeRefused


class Clock(Protocol):
    """A source of the venue's time in milliseconds."""

    def now_ms(self) -> int:
        """Return the present moment; never before one that was returned already."""


class RealClock:
    """The machine's time, held where the machine's clock jumps back."""

    def __init__(self, *, not_before_ms: int = 0) -> None:
        self._last_ms = not_before_ms
        self._lock = Lock()

    def now_ms(self) -> int:
        """Return the machine's time, or the last one returned while the machine's is behind it."""
        with self._lock:
            self._last_ms = max(self._last_ms, time.time_ns() // 1_000_000)
            return self._last_ms


class VirtualClock:
    """A time that stands still until it is advanced; for the sandbox and for tests."""

    def __init__(self, start_ms: int = 0) -> None:
        self._now_ms = start_ms
        self._lock = Lock()

    def now_ms(self) -> int:
        """Return the moment that was last set."""
        with self._lock:
            return self._now_ms

    def advance(self, by_ms: int) -> int:
        """Move on, and return the new moment.

        Errors: `RuntimeRefused` for a step back.
        """
        if by_ms < 0:
            raise RuntimeRefused(f"the venue's time never runs backwards; {by_ms} ms is a step back")
        with self._lock:
            self._now_ms += by_ms
            return self._now_ms
