"""The venue's clock: it drives ages, interest, funding and cool-downs, and never runs backwards.

Two clocks of the machine are read: the one on the wall, which people and time servers set, and the steady
one, which nobody can set. The venue shows the wall's time as long as both tell the same story. A small step
back is held, a small step ahead followed. Where they part by more than a limit, somebody set the wall: the
venue goes on at the steady clock's pace, so that a year that never passed charges no interest.
"""

import time
from collections.abc import Callable
from threading import Lock
from typing import Protocol

from solvent.runtime.errors import RuntimeRefused

NS_PER_MS = 1_000_000
STEP_MS_MAX = 60_000


class Clock(Protocol):
    """A source of the venue's time in milliseconds."""

    def now_ms(self) -> int:
        """Return the present moment; never before one that was returned already."""


def _wall_ns() -> int:
    return time.time_ns()


def wall_ms() -> int:
    """Return what the machine's clock shows, for what is agreed with others: expiries, nonces, signatures.

    It may run backwards; whatever belongs to the venue itself keeps to the venue's clock.
    """
    return time.time_ns() // NS_PER_MS


def steady_ns() -> int:
    """Return the time since the machine started; on Linux a sleeping machine's time counts as well."""
    return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class RealClock:
    """The machine's time, held at a small step back, and not followed where it was set by more than a limit.

    Units: `step_ms_max` is how far one reading may follow the wall ahead of the steady clock, or hold behind.
    """

    def __init__(
        self,
        *,
        not_before_ms: int = 0,
        step_ms_max: int = STEP_MS_MAX,
        wall_ns: Callable[[], int] = _wall_ns,
        steady_ns: Callable[[], int] = steady_ns,
    ) -> None:
        self._step_ms_max = step_ms_max
        self._wall_ns = wall_ns
        self._steady_ns = steady_ns
        self._last_ms = max(not_before_ms, wall_ns() // NS_PER_MS)
        self._last_steady_ms = steady_ns() // NS_PER_MS
        self._strayed_ms = 0
        self._lock = Lock()

    @property
    def strayed_ms(self) -> int:
        """How far the machine's time is ahead of the venue's while it is not followed; below zero behind."""
        return self._strayed_ms

    def now_ms(self) -> int:
        """Return the machine's time, or what the steady clock makes of the last one returned."""
        with self._lock:
            wall_ms, steady_ms = self._wall_ns() // NS_PER_MS, self._steady_ns() // NS_PER_MS
            going_on_ms = self._last_ms + steady_ms - self._last_steady_ms
            is_followed = abs(wall_ms - going_on_ms) <= self._step_ms_max
            self._last_ms = max(self._last_ms, wall_ms if is_followed else going_on_ms)
            self._last_steady_ms = steady_ms
            self._strayed_ms = 0 if is_followed else wall_ms - self._last_ms
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
