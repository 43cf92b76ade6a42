"""What is done beside the commands, now and then, in a thread of its own."""

from threading import Event, Thread
from typing import Protocol

PAUSE_S = 1.0


class Chore(Protocol):
    """Something to look after; what goes wrong with it, it keeps to itself and tells as `problem`."""

    problem: str | None

    def tend(self) -> None:
        """Do what is due."""

    def close(self) -> None:
        """Do what is due at the end."""


class Housekeeping:
    """One thread that looks after every chore once in a while, until it is closed."""

    def __init__(self, chores: tuple[Chore, ...], *, pause_s: float = PAUSE_S) -> None:
        self._chores = chores
        self._pause_s = pause_s
        self._is_over = Event()
        self._thread = Thread(target=self._run, name="solvent-housekeeping", daemon=True)
        self._thread.start()

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong and has not gone right since."""
        return tuple(chore.problem for chore in self._chores if chore.problem is not None)

    def close(self) -> None:
        """Finish the chore at hand, and let each do what is due at the end; again does nothing."""
        if self._is_over.is_set():
            return
        self._is_over.set()
        self._thread.join()
        for chore in self._chores:
            chore.close()

    def _run(self) -> None:
        while not self._is_over.wait(self._pause_s):
            for chore in self._chores:
                chore.tend()
