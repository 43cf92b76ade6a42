"""A stress of a book: the same questions as of a state, answered by the sums of its partitions."""

from collections.abc import Callable, Iterable, Iterator
from math import gcd
from typing import Any, Protocol, TypeVar

from solvent.engine import MarketState
from solvent.margin.pointing import Pointing
from solvent.money import Ratio
from solvent.risk import Stressed
from solvent.risk.columns import PartSums, merged, stressed_at
from solvent.risk.fundings import Fundings
from solvent.runtime.partitions.counting import Question, Task, counted
from solvent.runtime.partitions.manifest import Book, BookRefused, Partition, encode_market
from solvent.runtime.stressing import Stresser

Told = TypeVar("Told")


class Counter(Protocol):
    """Counts partitions anywhere, in any order, each once."""

    def __call__(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, PartSums]]:
        """Yield each task with its sums."""


def here(tasks: Iterable[Task]) -> Iterator[tuple[Task, PartSums]]:
    """Count in this process, one partition after the other."""
    for task in tasks:
        yield task, counted(task)


def check_book(book: Book, progress: Callable[[Partition], None]) -> None:
    """Read every partition of a book once, and count nothing.

    Errors: `BookRefused` for the first that is not what was written.
    """
    for kept in book.scene.markets:
        asked = Question(book=book.manifest.book, market=encode_market(kept), units=())
        for one in book.manifest.partitions:
            if one.market == kept.name:
                counted(Task(path=str(book.folder / one.file), partition=one, question=asked))
                progress(one)


def stress_book(
    book: Book, ask: Callable[[Stresser], Told], count: Counter, progress: Callable[[Partition], None]
) -> Told:
    """Ask a book what a state is asked. `ask` is called twice: for the prices, then with their sums.

    Errors: `BookRefused` for a partition that is not what was written, `RuntimeRefused` as `Stresser`,
            and those of the counter. Nothing is told before everything was counted.
    """
    asked: dict[str, _Asked] = {}

    def noting(kept: MarketState, pointing: Pointing) -> _Asked:
        rows = sum(one.rows for one in book.manifest.partitions if one.market == kept.name)
        return asked.setdefault(kept.name, _Asked(kept, pointing, rows))

    ask(Stresser(book.scene.state(), noting))
    found = _counted(book, asked, count, progress)

    def answering(kept: MarketState, pointing: Pointing) -> _Answered:
        return _Answered(pointing, kept, asked[kept.name].units, found.get(kept.name, {}))

    return ask(Stresser(book.scene.state(), answering))


def _counted(
    book: Book, asked: dict[str, "_Asked"], count: Counter, progress: Callable[[Partition], None]
) -> dict[str, PartSums]:
    """Return the sums by market over all partitions that were asked about."""
    questions = {name: one.question(book.manifest.book) for name, one in asked.items()}
    tasks = [
        Task(path=str((book.folder / one.file).absolute()), partition=one, question=questions[one.market])
        for one in book.manifest.partitions
        if one.market in questions
    ]
    left = {task.partition.file: task.partition for task in tasks}
    found: dict[str, PartSums] = {}
    for task, sums in count(tasks):
        one = left.pop(task.partition.file)
        found[one.market] = merged(found.get(one.market, {}), sums)
        progress(one)
    if left:
        raise BookRefused(f"{len(left)} partitions were not counted, {next(iter(left))!r} first; ask again")
    return found


class _Asked:
    """Stands in for a market's sums while the prices are gathered that will be asked about."""

    def __init__(self, kept: MarketState, pointing: Pointing, rows: int) -> None:
        self._kept, self._pointing, self._rows = kept, pointing, rows
        self._units: set[Ratio] = set()

    def at(self, book: Any, *, now_ms: int) -> Stressed | None:
        """Take note of a price; nothing is known of it but how many positions there are."""
        unit = unit_of(self._pointing, book, now_ms=now_ms)
        if unit is None:
            return None
        self._units.add(unit)
        nothing = Ratio(0, 1)
        return Stressed(
            positions=self._rows,
            liquidated=0,
            notional=nothing,
            bankrupt=0,
            bad_debt=nothing,
            equity=nothing,
        )

    @property
    def units(self) -> tuple[tuple[int, int], ...]:
        """The unit prices asked about, rising."""
        return tuple([(unit.num, unit.den) for unit in sorted(self._units)])

    def question(self, book: str) -> Question:
        """Return what is asked of the market's partitions."""
        return Question(book=book, market=encode_market(self._kept), units=self.units)


class _Answered:
    """Answers with sums of partitions as `StressBook` does with those of positions."""

    def __init__(
        self, pointing: Pointing, kept: MarketState, units: tuple[tuple[int, int], ...], sums: PartSums
    ) -> None:
        self._pointing, self._sums = pointing, sums
        self._places = {unit: at for at, unit in enumerate(units)}
        fundings = Fundings(pointing)
        for note in kept.funding:
            fundings.add(note)
        self._paid = fundings.paid

    def at(self, book: Any, *, now_ms: int) -> Stressed | None:
        """Return what a price comes to, one of those that were asked about."""
        unit = unit_of(self._pointing, book, now_ms=now_ms)
        if unit is None:
            return None
        pair = (unit.num, unit.den)
        return stressed_at(
            self._pointing,
            self._sums,
            self._places[pair],
            unit=pair,
            worth=self._pointing.worth(book),
            paid=self._paid,
        )


def unit_of(pointing: Pointing, book: Any, *, now_ms: int) -> Ratio | None:
    """Return the unit price of a book in lowest terms; none where no price is valid."""
    unit = pointing.unit(book, now_ms=now_ms)
    if unit is None or unit[1] == 0:
        return None
    common = gcd(*unit)
    return Ratio(unit[0] // common, unit[1] // common)
