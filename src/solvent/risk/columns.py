"""The sums of a stress over columns of exact integers: a part of a book that never becomes objects.

With the funding at hand, a position is due on one side of one unit price, its root. Floats bound the root;
where a price asked about lies between the bounds, integers decide. What is added up are the integers
themselves, so that parts add up in any order to the same sums.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct

from solvent.margin.parts import FundingNote
from solvent.margin.pointing import Form, Pointing, Slope
from solvent.money import Ratio
from solvent.risk.fundings import Fundings
from solvent.risk.keys import as_float, threshold_of
from solvent.risk.numbers import Array, Numbers
from solvent.risk.stress import Counted, Stressed, counted, stressed

# Several times what a root's handful of float operations can be wrong by, as a part of its terms.
ROUNDING = 2.0**-48

Units = Sequence[tuple[int, int]]


class Rows(Struct, frozen=True, kw_only=True):
    """Positions of one market as columns: held, signed by side, what adds up to own, what tells them apart.

    `settled_ms` is none where nothing is settled; `rates` are the different rates that `rated` counts into.
    """

    held: Numbers
    own: tuple[tuple[int, Numbers], ...]
    settled_ms: Array | None
    rates: tuple[Ratio | None, ...]
    rated: Array | None

    def chosen(self, rows: Array) -> "Rows":
        """Return some of them: a mask, places or a slice."""
        return Rows(
            held=self.held.chosen(rows),
            own=tuple([(sign, numbers.chosen(rows)) for sign, numbers in self.own]),
            settled_ms=None if self.settled_ms is None else self.settled_ms[rows],
            rates=self.rates,
            rated=None if self.rated is None else self.rated[rows],
        )


class SideSums(Struct, kw_only=True):
    """The sums of one side, in units of weight: of all, and by price of those due and those bankrupt."""

    positions: int
    own: int
    held: int
    due: list[int]
    due_held: list[int]
    gone: list[int]
    gone_own: list[int]
    gone_held: list[int]


PartSums = dict[int, SideSums]


def merged(one: PartSums, other: PartSums) -> PartSums:
    """Add the sums of two parts, asked about the same prices."""
    found = dict(one)
    for side, more in other.items():
        before = found.get(side)
        found[side] = more if before is None else _added(before, more)
    return found


def _added(one: SideSums, other: SideSums) -> SideSums:
    def both(name: str) -> list[int]:
        return [a + b for a, b in zip(getattr(one, name), getattr(other, name), strict=True)]

    return SideSums(
        positions=one.positions + other.positions,
        own=one.own + other.own,
        held=one.held + other.held,
        due=both("due"),
        due_held=both("due_held"),
        gone=both("gone"),
        gone_own=both("gone_own"),
        gone_held=both("gone_held"),
    )


class _Line(Struct, frozen=True):
    """A line in floats, root = own / held * by_own + base + flat / held; and its side of the price."""

    flat: int
    slope: Slope
    by_own: float
    base: float
    by_one: float


class _Lines(Struct, frozen=True):
    """Lines of which any says so: `is_below` where it does at prices under the root, else over it."""

    form: Form
    den: int
    is_at_key: bool
    lines: tuple[_Line, ...]
    is_below: bool

    @classmethod
    def of(cls, form: Form, den: int, lines: Iterable[tuple[int, Slope]], *, is_at_key: bool) -> "_Lines":
        """Work out the floats; a line that no price moves has none, and is asked in integers."""
        found = []
        for flat, slope in lines:
            num, over = slope.den, den * slope.num
            base = (form.of_held * slope.base_den - slope.base * den) * num
            found.append(
                _Line(
                    flat,
                    slope,
                    _near(form.of_own * num, over),
                    _near(base, over * slope.base_den),
                    _near(flat * num, over),
                )
            )
        rising = {line.slope.num > 0 for line in found}
        assert len(rising) == 1, (form, lines)
        return cls(form, den, is_at_key, tuple(found), is_below=not rising.pop())

    def says(self, own: int, held: int, unit: tuple[int, int]) -> bool:
        """Tell of one position at one unit price, in integers."""
        key, den = own * self.form.of_own + held * self.form.of_held, held * self.den
        for line in self.lines:
            num, over = threshold_of(line.slope, *unit)
            apart = num * den - (key + line.flat) * over
            if apart > 0 or (apart == 0 and self.is_at_key):
                return True
        return False


def _near(num: int, den: int) -> float:
    """Return the nearest float; none at all, so that integers are asked, where it would not be near."""
    if den == 0:
        return float("nan")
    found = as_float(num, den) if den > 0 else as_float(-num, -den)
    return float("nan") if num != 0 and abs(found) < 1e-280 else found


class _Tally:
    """Counts and sums by the place of the root among the prices, for one side: under it, and over it."""

    def __init__(self, width: int) -> None:
        self.below: list[dict[int, int]] = [{} for _ in range(width)]
        self.above: list[dict[int, int]] = [{} for _ in range(width)]

    def note(self, lines: _Lines, sums: Sequence[dict[int, int]]) -> None:
        """Add sums by place."""
        for kept, more in zip(self.below if lines.is_below else self.above, sums, strict=True):
            for place, value in more.items():
                kept[place] = kept.get(place, 0) + value

    def by_price(self, column: int, count: int) -> list[int]:
        """Return a column's sums at each price: all places after it from below, all up to it from above."""
        below, above = self.below[column], self.above[column]
        left, right, found = sum(below.values()), 0, []
        for at in range(count):
            left -= below.get(at, 0)
            right += above.get(at, 0)
            found.append(left + right)
        return found


class _Side:
    """What is summed up of one side so far."""

    def __init__(self) -> None:
        self.positions = self.own = self.held = 0
        self.due, self.gone = _Tally(2), _Tally(3)


class ColumnSums:
    """Adds up rows of one market at unit prices, which are distinct and rise.

    Errors: none; whoever hands rows in has checked that they are whole.
    """

    def __init__(self, pointing: Pointing, fundings: Iterable[FundingNote], units: Units) -> None:
        self._pointing = pointing
        self._units = units
        known = Fundings(pointing)
        moments, sums = [], [known.paid]
        for note in fundings:
            known.add(note)
            moments.append(note.at_ms)
            sums.append(known.paid)
        self._moments, self._paid = np.array(moments, np.int64), sums
        prices = np.array([as_float(*unit) for unit in units], np.float64)
        self._prices = prices
        self._fenced = np.concatenate((prices, [np.inf]))
        self._sides: dict[int, _Side] = {}

    def add(self, rows: Rows) -> None:
        """Take rows in, at most `ROWS_MAX` of them."""
        holds = ~rows.held.is_zero
        if not holds.all():
            rows = rows.chosen(holds)
        kinds = rows.held.is_negative.astype(np.int64)
        settlements = len(self._paid)
        if rows.settled_ms is not None:
            kinds += 2 * np.searchsorted(self._moments, rows.settled_ms, side="right")
        if rows.rated is not None:
            kinds += 2 * settlements * rows.rated.astype(np.int64)
        counts = np.bincount(kinds)
        (present,) = np.nonzero(counts)
        if len(present) > 1:
            rows = rows.chosen(np.argsort(kinds, kind="stable"))
        start = 0
        for kind in present.tolist():
            end = start + int(counts[kind])
            rate, paid = rows.rates[kind // 2 // settlements], self._paid[kind // 2 % settlements]
            self._add_kind(-1 if kind % 2 else 1, rate, paid, rows.chosen(slice(start, end)))
            start = end

    def sums(self) -> PartSums:
        """Return the sums so far."""
        count = len(self._units)
        return {
            side: SideSums(
                positions=kept.positions,
                own=kept.own,
                held=kept.held,
                due=kept.due.by_price(0, count),
                due_held=kept.due.by_price(1, count),
                gone=kept.gone.by_price(0, count),
                gone_own=kept.gone.by_price(1, count),
                gone_held=kept.gone.by_price(2, count),
            )
            for side, kept in self._sides.items()
        }

    def _add_kind(self, side: int, rate: Ratio | None, paid: Any, rows: Rows) -> None:
        """Take in rows that have one form."""
        pointing, now = self._pointing, self._paid[-1]
        form = pointing.form(side, rate, paid)
        slopes = pointing.slopes([group for group, _ in form.lines], now)
        flats = [flat for _, flat in form.lines]
        due = _Lines.of(form, form.den, zip(flats, slopes, strict=True), is_at_key=pointing.is_due_at_key)
        gone = _Lines.of(form, form.weight, [(0, pointing.gone(side, now))], is_at_key=False)
        kept = self._sides.setdefault(side, _Side())
        count, floats = len(self._units) + 1, _floats(rows)
        for lines, tally in ((due, kept.due), (gone, kept.gone)):
            places = self._places(lines, rows, floats)
            counted_by = np.bincount(places, minlength=count)
            (filled,) = np.nonzero(counted_by)
            counts = dict(zip(filled.tolist(), counted_by[filled].tolist(), strict=True))
            held = rows.held.unsigned().sums(places, count)
            if lines is due:
                tally.note(lines, (counts, _times(held, form.weight)))
                continue
            own = _own_by(form, rows, places, count, held)
            kept.positions += len(places)
            kept.own += sum(own.values())
            kept.held += sum(held.values()) * form.weight
            tally.note(lines, (counts, own, _times(held, form.weight)))

    def _places(self, lines: _Lines, rows: Rows, floats: tuple[Array, Array, Array]) -> Array:
        """Return for each row how many of the prices lie under its root."""
        by_held, size_by_held, one_by_held = floats
        choose = np.maximum if lines.is_below else np.minimum
        low: Array = None
        high: Array = None
        with np.errstate(all="ignore"):
            for line in lines.lines:
                root = by_held * line.by_own + (one_by_held * line.by_one + line.base)
                error = size_by_held * abs(line.by_own) + (one_by_held * abs(line.by_one) + abs(line.base))
                error *= ROUNDING
                low = root - error if low is None else choose(low, root - error)
                high = root + error if high is None else choose(high, root + error)
            places: Array = np.searchsorted(self._prices, low)
            sure = self._fenced[places] > high
        (unsure,) = np.nonzero(~sure)
        for row in unsure.tolist():
            places[row] = self._decided(lines, rows, row)
        return places

    def _decided(self, lines: _Lines, rows: Rows, row: int) -> int:
        """Return the place of one row's root, in integers: from there on all prices say otherwise."""
        own = sum(sign * numbers.at(row) for sign, numbers in rows.own)
        held = abs(rows.held.at(row))

        def is_past(unit: tuple[int, int]) -> bool:
            return lines.says(own, held, unit) is not lines.is_below

        return bisect_left(self._units, True, key=is_past)  # noqa: FBT003 - what is searched for


def _floats(rows: Rows) -> tuple[Array, Array, Array]:
    """Return own / held, the size of own's terms / held, and 1 / held."""
    one_by_held = 1.0 / rows.held.magnitudes()
    own = size = None
    for sign, numbers in rows.own:
        magnitudes = numbers.magnitudes()
        signed = numbers.signed(magnitudes) * sign
        own = signed if own is None else own + signed
        size = magnitudes if size is None else size + magnitudes
    return own * one_by_held, size * one_by_held, one_by_held


def _times(sums: Mapping[int, int], factor: int) -> dict[int, int]:
    return {place: value * factor for place, value in sums.items()}


def _own_by(form: Form, rows: Rows, places: Array, count: int, held: Mapping[int, int]) -> dict[int, int]:
    """Return the sums of own weights by place."""
    found = _times(held, form.of_held)
    for sign, numbers in rows.own:
        for place, value in numbers.sums(places, count).items():
            found[place] = found.get(place, 0) + sign * form.of_own * value
    return found


def stressed_at(
    pointing: Pointing, sums: PartSums, at: int, *, unit: tuple[int, int], worth: Ratio, paid: Any
) -> Stressed:
    """Return what the price at a place comes to, as `StressBook.at` does."""
    sides: list[Counted] = []
    for side, one in sums.items():
        threshold = threshold_of(pointing.gone(side, paid), *unit)
        gone = (one.gone[at], one.gone_own[at], one.gone_held[at])
        sides.append(counted((one.positions, one.own, one.held), gone, *threshold))
    due = (sum(one.due[at] for one in sums.values()), sum(one.due_held[at] for one in sums.values()))
    return stressed(due, sides, unit=unit, worth=worth)
