"""Keys of tiered positions: one for each maintenance tier that may hold the notional at liquidation.

With g the sign of the size, a position is liquidatable by the line of tier n while
(rate_n - g) * P + g * F > (cash + deduction_n) / |S| + g * F0. The left side is the group's threshold, the
right side the key. F is funding per unit of size so far, without the truncation of each hour, which the
`fundings` of the span allow for, a micro-USD each. All numbers are multiplied by the tiers' divisor and by
the scale of funding rates.
"""

from collections.abc import Sequence

from solvent.margin.parts import FundingNote
from solvent.margin.pointing import Line, Span
from solvent.margin.tiered.assembly import hour_of
from solvent.margin.tiered.funding import RATE_SCALE
from solvent.margin.tiered.values import Book, Market, Position

# The part of a price that cumulative funding may move before the keys are made anew.
BAND = 20

Group = tuple[int, int]


class TieredPointing:
    """The keys of one market."""

    unpaid = 0

    def __init__(self, market: Market) -> None:
        tiers = market.tiers
        self._market = market
        self._scale = tiers.den * RATE_SCALE
        # By group: what one price unit, and one unit of cumulative funding, add to the threshold.
        self._slopes: dict[Group, tuple[int, int]] = {
            (side, tier): ((rate - side * tiers.den) * RATE_SCALE, side * tiers.den)
            for side in (1, -1)
            for tier, rate in enumerate(tiers.rates)
        }

    def settled_ms(self, position: Position) -> int:
        """Return the last hour that was settled."""
        return position.settled_ms

    def paid(self, before: int, note: FundingNote) -> int:
        """Return the cumulative funding of a unit of size, in price units times the scale of rates."""
        hour = hour_of(self._market, note)
        return before + hour.oracle * hour.rate

    def yardstick(self, book: Book) -> int:
        """Return the mark."""
        return book.mark

    def band(self, paid: int, price: int) -> tuple[int, int]:
        """Return the cumulative fundings that are a twentieth of the price away, to both sides."""
        reach = price * RATE_SCALE // BAND  # floor: a bound of convenience
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
        first, last = self._tiers_within(position, span)
        tiers, own = self._market.tiers, (position.cash - span.fundings) * self._scale
        paid = side * span.paid * tiers.den * held
        return [
            Line((side, tier), own + tiers.deductions[tier] * RATE_SCALE + paid, held)
            for tier in range(first, last + 1)
        ]

    def _tiers_within(self, position: Position, span: Span) -> tuple[int, int]:
        """Return the lowest and the highest tier that holds the notional at liquidation within the span.

        The notional there moves one way with the cash and one way with the funding: the corners bound it.
        """
        worst, best = -span.fundings, span.fundings
        corners = [
            self._home(position, slack, past - span.paid)
            for slack in (worst, best)
            for past in (span.low, span.high)
        ]
        return min(corners), max(corners)

    def _home(self, position: Position, slack: int, funding: int) -> int:
        """Return the tier of the notional at liquidation, with that much more cash and funding per unit."""
        tiers, size = self._market.tiers, position.size
        held, sign = (size, -1) if size > 0 else (-size, 1)
        cash = sign * ((position.cash + slack) * RATE_SCALE - size * funding) * tiers.den
        tier, last = 0, len(tiers.bounds) - 1
        top, bottom = cash, held * (tiers.den + sign * tiers.rates[0])
        while tier < last and top * held > tiers.bounds[tier + 1] * RATE_SCALE * bottom:
            tier += 1
            top = cash + sign * tiers.deductions[tier] * RATE_SCALE
            bottom = held * (tiers.den + sign * tiers.rates[tier])
        return tier

    def thresholds(
        self, book: Book, paid: int, groups: Sequence[Group], *, now_ms: int
    ) -> list[tuple[int, int]]:
        """Return each group's threshold at the book's mark, whatever the moment."""
        assert now_ms >= 0, now_ms
        mark, slopes = book.mark, self._slopes
        found = []
        for group in groups:
            of_price, of_funding = slopes[group]
            found.append((of_price * mark + of_funding * paid, 1))
        return found
