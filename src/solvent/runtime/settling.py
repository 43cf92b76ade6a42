"""The settlement's worker: woken by each request that was accepted, it acts, confirms, and tries again."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from threading import Condition, Thread
from typing import Protocol

from msgspec import Struct

from solvent.engine import Pending, State, commands
from solvent.runtime.errors import Overloaded, RuntimeRefused, VenueStopped
from solvent.runtime.replies import Reply
from solvent.runtime.settlement import Settlement

RETRY_MS_MIN = 1_000
RETRY_MS_MAX = 60_000
CLOSE_WAIT_S = 10.0
MS_PER_S = 1_000


class Confirming(Protocol):
    """What the worker needs of a venue."""

    def ask(self, command: commands.Confirm, *, key: str) -> Reply:
        """Hand a confirmation in and wait until it is durable."""

    def at_rest(self, read: Callable[[State], tuple[Pending, ...]]) -> Future[tuple[Pending, ...]]:
        """Read the state between two batches."""


class Retried(Struct, frozen=True, kw_only=True):
    """A request that was not ended yet: how often it was tried, when again, and what went wrong last."""

    request_id: str
    times: int
    next_ms: int
    fault: str


def confirm(venue: Confirming, pending: Pending, *, done: bool) -> None:
    """Tell the venue the settlement's word on one request; the key is the request's, so twice is once."""
    word = commands.Confirm(request_id=pending.request_id, done=done)
    venue.ask(word, key=f"confirm:{pending.request_id}")


class Settling:
    """One thread that carries out what is in the outbox; close it before its venue.

    A settlement that raises, or does not know yet, is asked again after a second, then two, four and so on
    up to `retry_ms_max`; the request stays in the outbox, and so in the journal, until it is confirmed.
    Errors: `RuntimeRefused` for a first wait below one millisecond or above the longest.
    """

    def __init__(
        self,
        venue: Confirming,
        settlement: Settlement,
        *,
        retry_ms_min: int = RETRY_MS_MIN,
        retry_ms_max: int = RETRY_MS_MAX,
    ) -> None:
        if not 1 <= retry_ms_min <= retry_ms_max:
            raise RuntimeRefused(
                f"retry_ms_min is {retry_ms_min} and retry_ms_max {retry_ms_max}; give 1 or more, and no less"
            )
        self._venue = venue
        self._settlement = settlement
        self._retry_ms_min = retry_ms_min
        self._retry_ms_max = retry_ms_max
        self._retried: dict[str, Retried] = {}
        self._woken = Condition()
        self._has_news = True
        self._is_closed = False
        self._thread = Thread(target=self._run, name="solvent-settlement", daemon=True)
        self._thread.start()

    @property
    def retried(self) -> tuple[Retried, ...]:
        """The requests that wait to be tried again, for whoever runs the venue."""
        return tuple(self._retried.values())

    def when_answered(self, answers: Iterable[Reply]) -> None:
        """Look at the outbox, if any of the answers to requests is that it was accepted."""
        if any(answer.is_accepted for answer in answers):
            with self._woken:
                self._has_news = True
                self._woken.notify()

    def close(self, *, wait_s: float = CLOSE_WAIT_S) -> None:
        """Finish the request at hand, and end the thread; what is open still is settled at the next start.

        A settlement that hangs is left behind after `wait_s`: what it does yet, it is asked about again.
        """
        with self._woken:
            self._is_closed = True
            self._woken.notify()
        self._thread.join(wait_s)

    def _run(self) -> None:
        while self._wait():
            try:
                self._settle_all()
            except VenueStopped:
                return

    def _wait(self) -> bool:
        """Wait for news or for the next retry; false when closed."""
        with self._woken:
            while not self._has_news and not self._is_closed:
                if not self._woken.wait(self._wait_s()):
                    break
            self._has_news = False
            return not self._is_closed

    def _wait_s(self) -> float | None:
        if not self._retried:
            return None
        return max(0, min(one.next_ms for one in self._retried.values()) - _steady_ms()) / MS_PER_S

    def _settle_all(self) -> None:
        waiting = self._venue.at_rest(lambda state: tuple(state.outbox.values())).result()
        open_ids = {pending.request_id for pending in waiting}
        self._retried = {name: one for name, one in self._retried.items() if name in open_ids}
        for pending in waiting:
            if self._is_closed:
                return
            earlier = self._retried.get(pending.request_id)
            if earlier is None or earlier.next_ms <= _steady_ms():
                self._settle(pending)

    def _settle(self, pending: Pending) -> None:
        try:
            done = self._settlement.settle(pending)
        except Exception as error:  # noqa: BLE001 - whatever a settlement raises, the request stays open
            self._try_again(pending, repr(error))
            return
        if done is None:
            self._try_again(pending, "it is under way")
            return
        try:
            confirm(self._venue, pending, done=done)
        except (Overloaded, RuntimeRefused) as error:
            self._try_again(pending, str(error))
        else:
            self._retried = {name: one for name, one in self._retried.items() if name != pending.request_id}

    def _try_again(self, pending: Pending, fault: str) -> None:
        earlier = self._retried.get(pending.request_id)
        times = 1 if earlier is None else earlier.times + 1
        wait_ms = min(self._retry_ms_max, self._retry_ms_min << min(times - 1, 40))
        again = Retried(
            request_id=pending.request_id, times=times, next_ms=_steady_ms() + wait_ms, fault=fault
        )
        self._retried = {**self._retried, pending.request_id: again}


def _steady_ms() -> int:
    return time.monotonic_ns() // 1_000_000
