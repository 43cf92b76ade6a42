"""What a price would do to all positions of a market: who is liquidated, what is lost, what is left.

Sums of what positions hold are kept in the order of their keys, so that a scenario costs a few bisections
however many positions there are. What was settled counts exactly; what was not charged yet (funding since a
position was last touched, the part of a lamport by which a debt is rounded up) counts as it is, unrounded.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from solvent.margin.parts import FundingNote
from solvent.margin.pointing import Line, Pointing, Span
from solvent.money import Ratio
from solvent.risk.fundings import Fundings
from solvent.risk.keys import as_float, threshold_of
from solvent.risk.sums import SummedKeys


class Stressed(Struct, frozen=True, kw_only=True):
    """What one scenario comes to, in smallest units of the settlement asset, exactly.

    `notional` is that of the positions liquidated, `bad_debt` what bankrupt ones lack, `equity` that of all.
    """

    positions: int
    liquidated: int
    notional: Ratio
    bankrupt: int
    bad_debt: Ratio
    equity: Ratio


class _Place(Struct, frozen=True, gc=False):
    """Where a position stands: by which key it is due in which group, by which key it is bankrupt."""

    group: Any
    due: float
    side: int
    gone: float


class StressBook:
    """The sums of one market; `positions` is the live mapping by account, which it only reads."""

    def __init__(self, pointing: Pointing, positions: Mapping[str, Any]) -> None:
        self._pointing = pointing
        self._positions = positions
        self._fundings = Fundings(pointing)
        self._changed: dict[str, None] = dict.fromkeys(positions)
        self._names: list[str] = []
        self._numbers: dict[str, int] = {}
        self._weights: list[tuple[int, int]] = []
        self._places: list[_Place | None] = []
        self._due: dict[Any, SummedKeys] = {}
        self._gone: dict[int, SummedKeys] = {}
        # Whose group depends on the funding, within these bounds; and for which funding all stand right.
        self._wavering: set[int] = set()
        self._bounds: tuple[Any, Any] | None = None
        self._placed_at: Any = None

    def changed(self, account: str) -> None:
        """Take note that an account's position may be another one now, or gone."""
        self._changed[account] = None

    def note(self, note: FundingNote) -> None:
        """Add one funding, later than those before it."""
        self._fundings.add(note)

    def at(self, book: Any, *, now_ms: int) -> Stressed | None:
        """Return what a price comes to, that of an account-less book; none where no price is valid."""
        self._keep_up(book)
        unit = self._pointing.unit(book, now_ms=now_ms)
        if unit is None or unit[1] == 0:
            return None
        paid, worth = self._fundings.paid, self._pointing.worth(book)
        groups = list(self._due)
        liquidated = held = 0
        for group, slope in zip(groups, self._pointing.slopes(groups, paid), strict=True):
            count, weight = self._due_in(group, *threshold_of(slope, *unit))
            liquidated, held = liquidated + count, held + weight
        sides = [
            self._gone_in(side, *threshold_of(self._pointing.gone(side, paid), *unit)) for side in self._gone
        ]
        return stressed((liquidated, held), sides, unit=unit, worth=worth)

    def _due_in(self, group: Any, num: int, den: int) -> tuple[int, int]:
        """Return how many positions of a group are due at its threshold, and what they hold."""
        kept, nearest = self._due[group], as_float(num, den)
        count, held = kept.below(nearest)
        for number in kept.at(nearest):
            line = self._line(self._positions[self._names[number]])
            apart = num * line.den - line.num * den
            if apart > 0 or (apart == 0 and self._pointing.is_due_at_key):
                count, held = count + 1, held + self._weights[number][1]
        return count, held

    def _gone_in(self, side: int, num: int, den: int) -> "Counted":
        """Return what the positions of a side are worth at their threshold, and those without equity."""
        kept, nearest = self._gone[side], as_float(num, den)
        bankrupt, own, held = kept.below(nearest)
        for number in kept.at(nearest):
            own_one, held_one = self._weights[number]
            if own_one * den < num * held_one:
                bankrupt, own, held = bankrupt + 1, own + own_one, held + held_one
        return counted(kept.all(), (bankrupt, own, held), num, den)

    # Where positions stand.

    def _keep_up(self, book: Any) -> None:
        """Take in what changed, and move who stands in another group by the funding since."""
        paid, bounds = self._fundings.paid, self._bounds
        if bounds is None or self._pointing.is_past(paid, *bounds):
            self._bounds = self._pointing.band(paid, book, part=1)
            self._place_all()
        elif paid != self._placed_at:
            for number in tuple(self._wavering):
                self._place(number)
        self._placed_at = paid
        if self._changed:
            changed, self._changed = self._changed, {}
            for account in changed:
                self._place(self._numbered(account))

    def _numbered(self, account: str) -> int:
        number = self._numbers.get(account)
        if number is None:
            number = self._numbers[account] = len(self._names)
            self._names.append(account)
            self._weights.append((0, 0))
            self._places.append(None)
        return number

    def _place_all(self) -> None:
        """Sort all keys at once."""
        self._changed.update(dict.fromkeys(self._names))
        changed, self._changed = self._changed, {}
        self._wavering.clear()
        due: dict[Any, list[tuple[float, int]]] = {}
        gone: dict[int, list[tuple[float, int]]] = {}
        for account in changed:
            number = self._numbered(account)
            place = self._places[number] = self._placed(number, self._positions.get(account))
            if place is not None:
                due.setdefault(place.group, []).append((place.due, number))
                gone.setdefault(place.side, []).append((place.gone, number))
        weights = self._weights
        self._due = {
            group: SummedKeys(pairs, lambda number: (weights[number][1],), width=1)
            for group, pairs in due.items()
        }
        self._gone = {side: SummedKeys(pairs, weights.__getitem__, width=2) for side, pairs in gone.items()}

    def _place(self, number: int) -> None:
        before = self._places[number]
        if before is not None:
            self._due[before.group].remove(before.due, number)
            self._gone[before.side].remove(before.gone, number)
        self._wavering.discard(number)
        place = self._places[number] = self._placed(number, self._positions.get(self._names[number]))
        if place is None:
            return
        weights = self._weights
        if place.group not in self._due:
            self._due[place.group] = SummedKeys((), lambda number: (weights[number][1],), width=1)
        if place.side not in self._gone:
            self._gone[place.side] = SummedKeys((), weights.__getitem__, width=2)
        self._due[place.group].add(place.due, number)
        self._gone[place.side].add(place.gone, number)

    def _placed(self, number: int, position: Any | None) -> _Place | None:
        """Return where a position stands, and keep what it weighs; none where it holds or owes nothing."""
        if position is None:
            return None
        _, paid_then = self._fundings.settled(position)
        weight = self._pointing.weight(position, paid_then)
        if weight.held == 0:
            return None
        assert self._bounds is not None
        low, high = self._bounds
        lines = self._pointing.lines(position, Span(paid=paid_then, low=low, high=high, fundings=0))
        if len(lines) > 1:
            self._wavering.add(number)
        line = lines[0] if len(lines) == 1 else self._line(position)
        self._weights[number] = (weight.own, weight.held)
        return _Place(
            line.group, as_float(line.num, line.den), weight.side, as_float(weight.own, weight.held)
        )

    def _line(self, position: Any) -> Line:
        """Return the one key of a position at the present funding."""
        _, paid_then = self._fundings.settled(position)
        paid = self._fundings.paid
        (line,) = self._pointing.lines(position, Span(paid=paid_then, low=paid, high=paid, fundings=0))
        return line


class Counted(Struct, frozen=True):
    """What a side comes to, in units of weight."""

    positions: int
    bankrupt: int
    lacking: Ratio
    equity: Ratio


def counted(everybody: tuple[int, ...], gone: tuple[int, ...], num: int, den: int) -> Counted:
    """Return what a side comes to at its bankruptcy threshold; counts, then sums of own and held."""
    positions, all_own, all_held = everybody
    bankrupt, own, held = gone
    return Counted(
        positions, bankrupt, Ratio(num * held - own * den, den), Ratio(all_own * den - num * all_held, den)
    )


def stressed(
    due: tuple[int, int], sides: Sequence[Counted], *, unit: tuple[int, int], worth: Ratio
) -> Stressed:
    """Return what a unit price comes to: of all who are due the count and what they hold, and the sides."""
    liquidated, held = due
    return Stressed(
        positions=sum(one.positions for one in sides),
        liquidated=liquidated,
        notional=Ratio(held * unit[0] * worth.num, unit[1] * worth.den),
        bankrupt=sum(one.bankrupt for one in sides),
        bad_debt=_worth_of([one.lacking for one in sides], worth),
        equity=_worth_of([one.equity for one in sides], worth),
    )


def _worth_of(parts: Sequence[Ratio], worth: Ratio) -> Ratio:
    total = Ratio(0, 1)
    for part in parts:
        total = Ratio(total.num * part.den + part.num * total.den, total.den * part.den)
    return Ratio(total.num * worth.num, total.den * worth.den)
