"""Keys of tiered positions: one for each maintenance tier that may hold the notional at liquidation.

With g the sign of the size, a position is liquidatable by the line of tier n while
(rate_n - g) * P + g * F > (cash + deduction_n) / |S| + g * F0. The left side is the group's threshold, the
right side the key. F is funding per unit of size so far, without the truncation of each hour, which the
`fundings` of the span allow for, a micro-USD each. All numbers are multiplied by the tiers' divisor and by
the scale of funding rates.
"""

from bisect import bisect_left
from collections.abc import Sequence

from solvent.margin.parts import FundingNote
from solvent.margin.pointing import Columns, Form, Line, Slope, Span, Weight
from solvent.margin.tiered.assembly import hour_of
from solvent.margin.tiered.funding import RATE_SCALE
from solvent.margin.tiered.values import Book, Market, Position
from solvent.money import Ratio

# The part of a price that cumulative funding may move before the keys are made anew.
BAND = 20

Group = tuple[int, int]


class TieredPointing:
    """The keys of one market."""

    unpaid = 0
    columns = Columns(held="size", own={"cash": 1}, is_rated=False, is_settled=True)
    is_due_at_key = False

    def __init__(self, market: Market) -> None:
        tiers = market.tiers
        self._market = market
        self._scale = tiers.den * RATE_SCALE
        # Where the notional at liquidation is a bound: what a long owes, what a short has.
        at_bounds = [
            (bound * tiers.den, tiers.rates[tier] * bound - tiers.deductions[tier])
            for tier, bound in enumerate(tiers.bounds)
        ][1:]
        self._owed_at = [(notional - kept) * RATE_SCALE for notional, kept in at_bounds]
        self._there_at = [(notional + kept) * RATE_SCALE for notional, kept in at_bounds]

    def settled_ms(self, position: Position) -> int:
        """Return the last hour that was settled."""
        return position.settled_ms

    def paid(self, before: int, note: FundingNote) -> int:
        """Return the cumulative funding of a unit of size, in price units times the scale of rates."""
        hour = hour_of(self._market, note)
        return before + hour.oracle * hour.rate

    def band(self, paid: int, book: Book, *, part: int) -> tuple[int, int]:
        """Return the cumulative fundings that are a twentieth of the price away, to both sides."""
        reach = book.mark * RATE_SCALE // (BAND * part)  # floor: a bound of convenience
        return paid - reach, paid + reach

    def is_past(self, paid: int, low: int, high: int) -> bool:
        """Tell whether a cumulative funding lies outside its bounds."""
        return not low <= paid <= high

    def lines(self, position: Position, span: Span) -> Sequence[Line]:
        """Return a key for each tier that may be the one at liquidation, within the span."""
        size = position.size
        if size == 0:
            return ()
        side, held = (1, size) if size > 0 else (-1, -size)
        tiers, cash, scale = self._market.tiers, position.cash, self._scale
        # The cash at liquidation, funding included, lies between these: the less, the higher a long's tier.
        least = (cash - span.fundings) * scale - size * tiers.den * (span.high if size > 0 else span.low)
        most = (cash + span.fundings) * scale - size * tiers.den * (span.low if size > 0 else span.high)
        paid = size * tiers.den * span.paid
        if size > 0:
            first, last = bisect_left(self._owed_at, -most - paid), bisect_left(self._owed_at, -least - paid)
        else:
            first, last = bisect_left(self._there_at, least + paid), bisect_left(self._there_at, most + paid)
        own = (cash - span.fundings) * scale + paid
        return [
            Line((side, tier), own + tiers.deductions[tier] * RATE_SCALE, held)
            for tier in range(first, last + 1)
        ]

    def unit(self, book: Book, *, now_ms: int) -> tuple[int, int]:
        """Return the mark, whatever the moment."""
        assert now_ms >= 0, now_ms
        return book.mark, 1

    def moved(self, unit: tuple[int, int], factor: Ratio) -> tuple[int, int]:
        """Return another mark, which need be no whole one."""
        return unit[0] * factor.num, unit[1] * factor.den

    def slopes(
        self, groups: Sequence[Group], paid: int, bounds: tuple[int, int] | None = None
    ) -> list[Slope]:
        """Return how each group's threshold follows the mark.

        Up to the bounds a position's tier is known. Beyond them its liquidation price goes on with the
        funding by no more and no less than that of the tiers at the ends does, 1 / (1 - g * rate) a unit.
        """
        tiers, low, high = self._market.tiers, *(bounds or (paid, paid))
        within = min(max(paid, low), high)
        beyond = paid - within
        # Above the bounds the highest tier names most, below them the lowest does.
        last = tiers.rates[-1 if beyond > 0 else 0]
        found = []
        for side, tier in groups:
            rate, base, base_den = tiers.rates[tier], within, 1
            if beyond:
                base_den = tiers.den - side * last
                base = within * base_den + beyond * (tiers.den - side * rate)
            found.append(Slope((rate - side * tiers.den) * RATE_SCALE, 1, side * tiers.den * base, base_den))
        return found

    def weight(self, position: Position, paid: int) -> Weight:
        """Return cash and size of a bucket, the funding before it was settled taken off."""
        size, side = position.size, 1 if position.size > 0 else -1
        own = position.cash * self._scale + size * self._market.tiers.den * paid
        return Weight(side, own, side * size * self._scale)

    def gone(self, side: int, paid: int) -> Slope:
        """Return how the bankruptcy threshold follows the mark: -g * P + g * F."""
        return Slope(-side, 1, side * paid, RATE_SCALE)

    def rate(self, _: Position) -> None:
        """Return none: the tiers hold for everybody."""

    def form(self, side: int, _: Ratio | None, paid: int) -> Form:
        """Return a line for each tier: maintenance is the largest of them."""
        return Form(
            of_own=self._scale,
            of_held=side * self._market.tiers.den * paid,
            weight=self._scale,
            den=1,
            lines=tuple(
                [((side, tier), kept * RATE_SCALE) for tier, kept in enumerate(self._market.tiers.deductions)]
            ),
        )

    def worth(self, _: Book) -> Ratio:
        """Return micro-USD of one unit of weight."""
        return Ratio(1, self._scale)
