"""A thread that plays a driver in real time: it sleeps until something is due, and polls nothing."""

from collections.abc import Callable
from threading import Condition, Thread

from solvent.prices import PricesError
from solvent.runtime.clock import Clock
from solvent.runtime.driving import Driver
from solvent.runtime.errors import VenueStopped

MS_PER_S = 1_000
# How long who turned a feed waits for what comes of it.
PUBLISHED_WITHIN_S = 1.0


class Pacing:
    """One thread on a real clock; close it before the venue. `stopped` says why it ended by itself."""

    def __init__(
        self, driver: Driver, clock: Clock, *, on_stop: Callable[[str], None] = lambda _: None
    ) -> None:
        self._driver = driver
        self._clock = clock
        self._on_stop = on_stop
        self._turned = Condition()
        # How many times it began to play, and how many times it was done.
        self._begun = self._done = 0
        self._is_closed = False
        self.stopped: str | None = None
        self._thread = Thread(target=self._run, name="solvent-prices", daemon=True)
        self._thread.start()

    def turn(self, change: Callable[[int], None]) -> None:
        """Seek, pause, resume or change a feed's speed; returns once what comes of it is published."""
        self._driver.turn(change)
        with self._turned:
            begun = self._begun

            def is_told() -> bool:
                return self._done > begun or self._is_closed or self.stopped is not None or self._is_idle()

            self._turned.notify_all()
            self._turned.wait_for(is_told, PUBLISHED_WITHIN_S)

    def close(self) -> None:
        """Finish the moment that is being published, and end the thread."""
        self._driver.close()
        with self._turned:
            self._is_closed = True
            self._turned.notify_all()
        self._thread.join()

    def _run(self) -> None:
        try:
            while self._wait():
                self._driver.play()
                with self._turned:
                    self._done += 1
                    self._turned.notify_all()
        except (VenueStopped, PricesError) as error:
            if not self._is_closed:
                self.stopped = f"prices stopped: {error}"
                self._on_stop(self.stopped)
                with self._turned:
                    self._turned.notify_all()

    def _wait(self) -> bool:
        """Wait until something is due; false when closed."""
        with self._turned:
            while not self._is_closed:
                wait_ms = self._driver.next_due_ms - self._clock.now_ms()
                if wait_ms <= 0:
                    self._begun += 1
                    return True
                self._turned.wait(wait_ms / MS_PER_S)
            return False

    def _is_idle(self) -> bool:
        """Tell whether nothing is being published, and nothing is due."""
        return self._begun == self._done and self._driver.next_due_ms > self._clock.now_ms()
