"""What is done beside the commands, now and then, in a thread of its own."""

import logging
from collections.abc import Callable
from threading import Event, Thread
from typing import Protocol

PAUSE_S = 1.0
_LOG = logging.getLogger("solvent.runtime")


class Chore(Protocol):
    """Something to look after; what goes wrong with it, it keeps to itself and tells as `problem`."""

    problem: str | None

    def tend(self) -> None:
        """Do what is due."""

    def close(self) -> None:
        """Do what is due at the end."""


class Housekeeping:
    """One thread that looks after every chore once in a while, until it is closed.

    What goes wrong with one is logged once, when it begins, and once more when it is over.
    """

    def __init__(self, chores: tuple[Chore, ...], *, pause_s: float = PAUSE_S) -> None:
        self._chores = chores
        self._pause_s = pause_s
        self._faults: dict[int, str] = {}
        self._wrong: set[int] = set()
        self._is_over = Event()
        self._thread = Thread(target=self._run, name="solvent-housekeeping", daemon=True)
        self._thread.start()

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong and has not gone right since."""
        told = [chore.problem for chore in self._chores if chore.problem is not None]
        return (*told, *self._faults.values())

    def close(self) -> None:
        """Finish the chore at hand, and let each do what is due at the end; again does nothing."""
        if self._is_over.is_set():
            return
        self._is_over.set()
        self._thread.join()
        for number, chore in enumerate(self._chores):
            self._do(number, chore.close)

    def _run(self) -> None:
        while not self._is_over.wait(self._pause_s):
            for number, chore in enumerate(self._chores):
                self._do(number, chore.tend)

    def _do(self, number: int, chore: Callable[[], None]) -> None:
        """Do a chore; what it did not expect ends neither the others nor the venue."""
        try:
            chore()
        except Exception as error:  # noqa: BLE001 - it is told to whoever runs the venue
            self._faults[number] = f"a fault of our own: {error!r}"
        else:
            self._faults.pop(number, None)
        self._log(number, self._faults.get(number) or self._chores[number].problem)

    def _log(self, number: int, problem: str | None) -> None:
        if problem is not None and number not in self._wrong:
            self._wrong.add(number)
            _LOG.warning("beside the commands: %s", problem)
        elif problem is None and number in self._wrong:
            self._wrong.remove(number)
            _LOG.warning("what went wrong beside the commands goes right again")
