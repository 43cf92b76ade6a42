"""A thread that lets a virtual time pass at a multiple of the machine's, until it is told to stop."""

from collections.abc import Callable
from threading import Condition, Thread

from solvent.money import Ratio
from solvent.prices import PricesError
from solvent.runtime.clock import NS_PER_MS, steady_ns
from solvent.runtime.errors import RuntimeProblem

TICK_S = 0.05
# However long a step takes, the next one stops at no more moments than this.
STOPS_MAX = 20


class Flow:
    """One thread that advances by what passed, times a speed; close it before what it advances.

    `advance` is told by how much, and how far apart its stops may be. `on_stop` is told what ended it.
    """

    def __init__(
        self,
        advance: Callable[[int, int], None],
        speed: Ratio,
        *,
        on_stop: Callable[[str], None],
        clock_ns: Callable[[], int] = steady_ns,
    ) -> None:
        self._advance = advance
        self._speed = speed
        self._on_stop = on_stop
        self._clock_ns = clock_ns
        self._told = Condition()
        self._is_closed = False
        self._thread = Thread(target=self._run, name="solvent-time", daemon=True)
        self._thread.start()

    @property
    def speed(self) -> Ratio:
        """How much of the venue's time passes in the machine's."""
        return self._speed

    def close(self) -> None:
        """Finish the step that is being made, and end the thread."""
        with self._told:
            self._is_closed = True
            self._told.notify()
        self._thread.join()

    def _run(self) -> None:
        last_ns = self._clock_ns()
        try:
            while self._wait():
                now_ns = self._clock_ns()
                by_ms = (now_ns - last_ns) * self._speed.num // (self._speed.den * NS_PER_MS)
                if by_ms > 0:
                    last_ns = now_ns
                    self._advance(by_ms, by_ms // STOPS_MAX)
        except (RuntimeProblem, PricesError) as error:
            self._on_stop(f"time stopped: {error}")

    def _wait(self) -> bool:
        """Wait a little; false when closed."""
        with self._told:
            if not self._is_closed:
                self._told.wait(TICK_S)
            return not self._is_closed
