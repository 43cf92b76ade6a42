"""One market's positions by keys that neither prices nor funding move; who may be due at a price.

What changed is taken in when the index is next asked. Keys are made for bounds of the cumulative funding and
for a number of fundings (`margin.pointing.Span`): before these are reached, the positions are gone through
once more, some at each asking, so that no single asking waits for all of them. Until that is done a few more
are named than need be, however far the funding went.
"""

from array import array
from collections.abc import Mapping
from math import isfinite
from typing import Any

from msgspec import Struct

from solvent.margin.parts import FundingNote
from solvent.margin.pointing import Line, Pointing, Slope, Span
from solvent.money import Ratio
from solvent.risk.fundings import Fundings
from solvent.risk.keys import INFINITE, SortedKeys, as_float, threshold_of

# How many fundings a key outlasts; how many positions are gone through at an asking, at least, and as a part.
FUNDINGS_MAX = 2_000
RENEWED_MIN = 64
RENEWED_PART = 8_192
NO_GROUP = -1
# Far above what a few roundings of floats may add up to, relatively.
NEARLY = 1e-12


class _Bounds(Struct, frozen=True):
    """What keys were made for: the bounds of the cumulative funding, the count of fundings before them.

    Between `inner_low` and `inner_high` there is no need to look for others.
    """

    low: Any
    high: Any
    inner_low: Any
    inner_high: Any
    count: int


class _Quiet(Struct, frozen=True):
    """Between which unit prices nobody is named, both excluded, as long as no group's first key falls."""

    above: float
    below: float
    firsts: list[float]


class MarketIndex:
    """The index of one market; `positions` is the live mapping by account, which it only reads.

    Errors: none; a key that no float can hold makes its position a candidate at every price.
    """

    def __init__(self, pointing: Pointing, positions: Mapping[str, Any]) -> None:
        self._pointing = pointing
        self._positions = positions
        self._changed: dict[str, None] = dict.fromkeys(positions)
        self._fundings = Fundings(pointing)
        self._groups: list[Any] = []
        self._group_numbers: dict[Any, int] = {}
        self._kept: list[SortedKeys] = []
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []
        # The first key of each position; those with several have the rest in `_more`.
        self._first_group = array("h")
        self._first_key = array("d")
        self._more: dict[int, list[tuple[int, float]]] = {}
        self._always: set[int] = set()
        self._bounds: _Bounds | None = None
        self._renewing: _Bounds | None = None
        self._renewed = 0
        self._quiet: _Quiet | None = None
        # How many fundings the bounds were last compared with.
        self._seen = -1

    def __len__(self) -> int:
        """The number of keys, of what was taken in."""
        return sum(map(len, self._kept)) + len(self._always)

    def changed(self, account: str) -> None:
        """Take note that an account's position may be another one now, or gone."""
        self._changed[account] = None

    def note(self, note: FundingNote) -> None:
        """Add one funding, later than those before it."""
        self._quiet = None
        self._fundings.add(note)

    def due(self, book: Any, *, now_ms: int) -> list[str]:
        """Return every account that may be liquidatable at an account-less book's price, and few others."""
        self._keep_bounds(book)
        if self._changed:
            self._take_in()
        unit = self._pointing.unit(book, now_ms=now_ms)
        if unit is None:
            return []
        num, den = unit
        if den == 0:
            return list(self._positions)
        quiet = self._quiet
        if quiet is None:
            quiet = self._quiet = self._quieted()
        if quiet.above < as_float(num, den) < quiet.below:
            return []
        return self._named(num, den)

    def near(self, book: Any, share: Ratio, *, now_ms: int) -> list[str]:
        """Return every account that may be liquidatable once the price moved by at most a share.

        Positions of each side are due from some price on, so that the two ends tell of all between.
        """
        self._keep_bounds(book)
        if self._changed:
            self._take_in()
        unit = self._pointing.unit(book, now_ms=now_ms)
        if unit is None or unit[1] == 0:
            return list(self._positions)
        found: dict[str, None] = {}
        for part in (share.den - share.num, share.den + share.num):
            found |= dict.fromkeys(self._named(*self._pointing.moved(unit, Ratio(part, share.den))))
        return list(found)

    def take_in(self, book: Any, most: int) -> bool:
        """Take in so many of what changed, and no more; tells whether nothing is left."""
        self._keep_bounds(book)
        for _ in range(min(most, len(self._changed))):
            account, _ = self._changed.popitem()
            self._take_one_in(account)
        return not self._changed

    def _named(self, num: int, den: int) -> list[str]:
        """Return whose keys are at or below their groups' thresholds at a unit price."""
        found: list[int] = []
        for kept, slope in zip(self._kept, self._slopes(), strict=True):
            threshold = as_float(*threshold_of(slope, num, den))
            if kept.first <= threshold:
                found += kept.up_to(threshold)
        found += self._always
        if not found:
            # A first key may be gone by now: the quiet prices are worked out anew when next asked.
            self._quiet = None
        names = self._names
        return [names[number] for number in dict.fromkeys(found)]

    def _quieted(self) -> _Quiet:
        """Return the unit prices at which all thresholds lie well below their groups' first keys."""
        firsts = [kept.first for kept in self._kept]
        if self._always:
            return _Quiet(INFINITE, -INFINITE, firsts)
        above, below = 0.0, INFINITE
        for first, slope in zip(firsts, self._slopes(), strict=True):
            if first == INFINITE:
                continue
            # Where the threshold meets the key, in floats, and well on the quiet side of it.
            rise, base = as_float(slope.num, slope.den), as_float(slope.base, slope.base_den)
            meets = (first - base) / rise
            margin = NEARLY * (abs(first) + abs(base)) / abs(rise)
            if not isfinite(meets):
                return _Quiet(INFINITE, -INFINITE, firsts)
            if rise > 0:
                below = min(below, meets - margin)
            else:
                above = max(above, meets + margin)
        return _Quiet(above, below, firsts)

    # Bounds: for what funding the keys hold.

    def _slopes(self) -> list[Slope]:
        """Return how the groups' thresholds follow the price, for whatever bounds their keys were made."""
        bounds, coming = self._bounds, self._renewing
        assert bounds is not None
        low, high = bounds.low, bounds.high
        if coming is not None:
            low, high = max(low, coming.low), min(high, coming.high)
        return self._pointing.slopes(self._groups, self._fundings.paid, (low, high))

    def _keep_bounds(self, book: Any) -> None:
        """See to it that the keys hold for the present funding, or will before long."""
        if len(self._fundings) == self._seen and self._renewing is None:
            return
        self._seen = len(self._fundings)
        if self._bounds is None:
            self._bounds = self._bounds_at(book)
            return
        used = self._seen - self._bounds.count
        if self._renewing is not None:
            self._renew(self._share(used))
        elif used >= FUNDINGS_MAX // 2 or self._is_left(self._bounds):
            self._renewing, self._renewed = self._bounds_at(book, beside=self._bounds), 0
            self._quiet = None
        if used >= FUNDINGS_MAX:
            self._renew(len(self._names))
        if self._renewing is not None and self._renewed >= len(self._names):
            self._bounds, self._renewing = self._renewing, None
            self._quiet = None

    def _share(self, used: int) -> int:
        """Return how many positions are gone through now: in time, where few ask and fundings are many."""
        count = len(self._names)
        late = count * max(0, used - FUNDINGS_MAX // 2) // (FUNDINGS_MAX // 2) - self._renewed
        return max(RENEWED_MIN, count // RENEWED_PART, late)

    def _bounds_at(self, book: Any, *, beside: _Bounds | None = None) -> _Bounds:
        """Return bounds around the present funding, which leave no gap to others."""
        paid = self._fundings.paid
        low, high = self._pointing.band(paid, book, part=1)
        inner_low, inner_high = self._pointing.band(paid, book, part=2)
        if beside is not None:
            low, high = min(low, beside.high), max(high, beside.low)
        return _Bounds(
            low=low, high=high, inner_low=inner_low, inner_high=inner_high, count=len(self._fundings)
        )

    def _is_left(self, bounds: _Bounds) -> bool:
        return self._pointing.is_past(self._fundings.paid, bounds.inner_low, bounds.inner_high)

    def _renew(self, count: int) -> None:
        """Make the keys of the next positions anew, for the bounds that are to come."""
        last = min(self._renewed + count, len(self._names))
        for number in range(self._renewed, last):
            self._place(number, self._positions.get(self._names[number]))
        self._renewed = last

    # Keys: where each position stands.

    def _take_in(self) -> None:
        changed, self._changed = self._changed, {}
        if len(changed) > len(self._names) and not self._names:
            self._take_in_all(changed)
            return
        for account in changed:
            self._take_one_in(account)

    def _take_one_in(self, account: str) -> None:
        position, number = self._positions.get(account), self._numbers.get(account)
        if number is None:
            if position is None:
                return
            number = self._numbered(account)
        self._place(number, position)

    def _numbered(self, account: str) -> int:
        number = self._numbers[account] = len(self._names)
        self._names.append(account)
        self._first_group.append(NO_GROUP)
        self._first_key.append(0.0)
        return number

    def _take_in_all(self, accounts: Mapping[str, None]) -> None:
        """Sort all keys at once, which is quicker than one after the other."""
        self._quiet = None
        pairs: dict[int, list[tuple[float, int]]] = {}
        for account in accounts:
            number = self._numbered(account)
            for group, key in self._keyed(number, self._positions.get(account)):
                self._remember(number, group, key)
                pairs.setdefault(group, []).append((key, number))
        for group, found in pairs.items():
            self._kept[group] = SortedKeys(found)

    def _place(self, number: int, position: Any | None) -> None:
        """Put a position's keys where they belong now."""
        self._forget(number)
        for group, key in self._keyed(number, position):
            self._remember(number, group, key)
            self._kept[group].add(key, number)
            self._disturb(group, key)

    def _disturb(self, group: int, key: float) -> None:
        """Forget the quiet prices where a key becomes the first of its group."""
        quiet = self._quiet
        if quiet is not None and (group >= len(quiet.firsts) or key < quiet.firsts[group]):
            self._quiet = None

    def _forget(self, number: int) -> None:
        group = self._first_group[number]
        if group != NO_GROUP:
            self._kept[group].remove(self._first_key[number], number)
            self._first_group[number] = NO_GROUP
            for other, key in self._more.pop(number, ()):
                self._kept[other].remove(key, number)
        self._always.discard(number)

    def _remember(self, number: int, group: int, key: float) -> None:
        if self._first_group[number] == NO_GROUP:
            self._first_group[number], self._first_key[number] = group, key
        else:
            self._more.setdefault(number, []).append((group, key))

    def _keyed(self, number: int, position: Any | None) -> list[tuple[int, float]]:
        if position is None:
            return []
        found = []
        for line in self._pointing.lines(position, self._span(position)):
            try:
                found.append((self._grouped(line), line.num / line.den))
            except OverflowError:
                self._always.add(number)
                self._quiet = None
        return found

    def _grouped(self, line: Line) -> int:
        number = self._group_numbers.get(line.group)
        if number is None:
            number = self._group_numbers[line.group] = len(self._groups)
            self._groups.append(line.group)
            self._kept.append(SortedKeys())
        return number

    def _span(self, position: Any) -> Span:
        bounds = self._renewing or self._bounds
        paid = self._fundings.paid
        settled, paid_then = self._fundings.settled(position)
        return Span(
            paid=paid_then,
            low=paid if bounds is None else bounds.low,
            high=paid if bounds is None else bounds.high,
            fundings=len(self._fundings) - settled + FUNDINGS_MAX,
        )
