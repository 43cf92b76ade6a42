"""Keys of contract positions: one each, since a position has one maintenance rate.

With x the price of a linear contract and 1 / price of an inverse one, v the value of the position per unit
of x, g its sign and `side` the trader's, a position is in breach while
(agg - g) * x + side * F >= (M - C) / |v| + side * F0. The left side is the threshold of all positions with
the same signs and rate, the right side the key. F sums mark (or 1 / mark) * rate, cut at 40 decimals, without
the rounding of each interval, which the `fundings` of the span allow for, a unit and the cuts each.
"""

from collections.abc import Sequence

from msgspec import Struct

from solvent.margin.parts import FundingNote
from solvent.margin.pointing import Columns, Form, Line, Slope, Span, Weight
from solvent.margin.risk_limit.maths import agg_rate_of
from solvent.margin.risk_limit.values import UNIT, Book, Market, Position
from solvent.money import Ratio, div_floor

PAID_SCALE = 10**40


class Group(Struct, frozen=True, gc=False):
    """Positions with the same side and maintenance rate (num / den)."""

    side: int
    num: int
    den: int


class RiskLimitPointing:
    """The keys of one contract."""

    unpaid = 0
    columns = Columns(held="lots", own={"margin": 1, "cost": -1}, is_rated=True, is_settled=True)
    is_due_at_key = True

    def __init__(self, market: Market) -> None:
        self._market = market

    def settled_ms(self, position: Position) -> int:
        """Return the last interval that was settled."""
        return position.settled_ms

    def paid(self, before: int, note: FundingNote) -> int:
        """Return the cumulative funding of a unit of value, in 10^-40, each interval's rounded down."""
        x, rate = self._unit(note.price), note.rate
        return before + div_floor(PAID_SCALE * x.num * rate.num, x.den * rate.den)

    def band(self, paid: int, book: Book, *, part: int) -> tuple[int, int]:
        """Return no bounds worth the name: one rate holds at each notional."""
        assert part > 0 < book.mark.num, (book, part)
        return paid, paid

    def is_past(self, _paid: int, _low: int, _high: int) -> bool:
        """Tell that no cumulative funding asks for other keys."""
        return False

    def _unit(self, price: Ratio) -> Ratio:
        return Ratio(price.den, price.num) if self._market.is_inverse else price

    def lines(self, position: Position, span: Span) -> Sequence[Line]:
        """Return the position's key."""
        if position.lots == 0:
            return ()
        multiplier, agg, side = self._market.multiplier, agg_rate_of(self._market, position), position.side
        value = abs(position.lots * multiplier.num) * UNIT
        slack = span.fundings * (1 + div_floor(value, PAID_SCALE * multiplier.den))
        own = (position.margin - position.cost - slack) * multiplier.den * PAID_SCALE
        return (Line(Group(side, agg.num, agg.den), own + side * span.paid * value, value * PAID_SCALE),)

    def unit(self, book: Book, *, now_ms: int) -> tuple[int, int]:
        """Return the mark, or one over it, whatever the moment."""
        assert now_ms >= 0, now_ms
        x = self._unit(book.mark)
        return x.num, x.den

    def moved(self, unit: tuple[int, int], factor: Ratio) -> tuple[int, int]:
        """Return x at another mark."""
        times = self._unit(factor)
        return unit[0] * times.num, unit[1] * times.den

    def slopes(self, groups: Sequence[Group], paid: int, _: tuple[int, int] | None = None) -> list[Slope]:
        """Return how each group's threshold follows x."""
        of_value = -1 if self._market.is_inverse else 1
        return [
            Slope(group.num - of_value * group.side * group.den, group.den, group.side * paid, PAID_SCALE)
            for group in groups
        ]

    def weight(self, position: Position, paid: int) -> Weight:
        """Return own funds less cost, and the value per unit of x, the funding before taken off."""
        multiplier, side = self._market.multiplier, position.side
        value = abs(position.lots * multiplier.num) * UNIT
        own = (position.margin - position.cost) * multiplier.den * PAID_SCALE + side * paid * value
        return Weight(side, own, value * PAID_SCALE)

    def gone(self, side: int, paid: int) -> Slope:
        """Return how the bankruptcy threshold follows x: -g * x + side * F."""
        return Slope(side if self._market.is_inverse else -side, 1, side * paid, PAID_SCALE)

    def rate(self, position: Position) -> Ratio:
        """Return the rate in force: the position's own, or its level's."""
        return agg_rate_of(self._market, position)

    def form(self, side: int, rate: Ratio | None, paid: int) -> Form:
        """Return the one line of positions with a rate."""
        assert rate is not None, side
        multiplier = self._market.multiplier
        value = abs(multiplier.num) * UNIT
        return Form(
            of_own=multiplier.den * PAID_SCALE,
            of_held=side * paid * value,
            weight=value * PAID_SCALE,
            den=value * PAID_SCALE,
            lines=((Group(side, rate.num, rate.den), 0),),
        )

    def worth(self, _: Book) -> Ratio:
        """Return the part of a smallest unit of the settlement asset that one unit of weight is."""
        return Ratio(1, PAID_SCALE * self._market.multiplier.den)
