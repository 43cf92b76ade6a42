"""One book of so many positions with its index and its peers, and what each thing costs there, by round."""

from collections.abc import Callable
from random import Random
from statistics import median
from typing import Any

from msgspec import Struct

from benchmarks import index_timing
from benchmarks.crowds import Crowd, crowd
from solvent.risk import MarketIndex, SortedKeys

QUIET, REKEYED = "quiet tick", "re-key"
NUMPY_SCAN, LIST_REKEYED, EXACT = "numpy scan of keys", "re-key of a SortedList", "exact scan in Python"
CROSSINGS = (1, 10, 100)
SCANNED = 5_000
PASSES = 15  # of some hundred quiet ticks, which are over within a millisecond


def storm(crossings: int) -> str:
    """Return what a tick with so many crossings is called."""
    return f"tick with {crossings} crossing{'s' if crossings > 1 else ''}"


HUNDRED = storm(100)


class Sized(Struct, frozen=True):
    """A book, some of its accounts, its index, and times.

    numpy and sortedcontainers hold the same keys; they are none where those are not installed.
    """

    crowd: Crowd
    accounts: list[str]
    index: MarketIndex
    marks: dict[int, int]
    numpy: Callable[[], object] | None
    sorted_list: Any
    taken_us: dict[str, list[float]]

    @classmethod
    def of(cls, count: int, remarks: list[str]) -> "Sized":
        """Draw a book and index it; say once where a peer is missing."""
        found = crowd(count)
        index = found.index()
        marks = {crossings: index_timing.mark_of(found, index, crossings) for crossings in CROSSINGS}
        accounts = sorted(found.positions)[: 10 * SCANNED]
        return cls(found, accounts, index, marks, *_peers(found, remarks), {})

    @property
    def count(self) -> int:
        """Return the number of positions."""
        return len(self.crowd.positions)

    def measure(self, changes: int, random: Random) -> None:
        """Measure everything once, but the quiet tick."""
        found, index = self.crowd, self.index
        for crossings, mark in self.marks.items():
            self.note(storm(crossings), index_timing.storm_us(found, index, mark, crossings))
        if self.numpy is not None:
            kept, changed = self.sorted_list, min(changes, self.count // 2)
            self.note(REKEYED, index_timing.rekey_us(SortedKeys(kept), kept, changed, random))
            self.note(LIST_REKEYED, index_timing.rekey_list_us(kept, changed, random))
            self.note(NUMPY_SCAN, index_timing.call_us(self.numpy, 20))
        self.note(EXACT, index_timing.scan_us(found, random.sample(self.accounts, min(SCANNED, self.count))))

    def note(self, name: str, taken_us: float) -> None:
        """Keep what a round measured."""
        self.taken_us.setdefault(name, []).append(taken_us)


def measure_quiet(books: list[Sized], ticks: int, random: Random) -> None:
    """Measure the quiet tick of every book, in short passes that take turns: a busy moment meets them all."""
    taken = [
        [index_timing.quiet_us(book.crowd, book.index, ticks, random.choice(book.accounts)) for book in books]
        for _ in range(PASSES)
    ]
    for book, passes in zip(books, zip(*taken, strict=True), strict=True):
        book.note(QUIET, median(passes))


def _peers(found: Crowd, remarks: list[str]) -> tuple[Callable[[], object] | None, Any]:
    keys = [position.cash / position.size for position in found.positions.values()]
    try:
        import numpy as np  # noqa: PLC0415 - only the bench environment has it
        from sortedcontainers import SortedList  # noqa: PLC0415 - only the bench environment has it
    except ImportError as missing:
        remark = f"rows 6 and 8 were not measured: {missing}"
        if remark not in remarks:
            remarks.append(remark)
        return None, None
    held, nobody = np.array(keys), min(keys) - 1
    return lambda: np.flatnonzero(held < nobody), SortedList(zip(keys, range(len(keys)), strict=True))
