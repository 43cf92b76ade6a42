"""Keys of loans: collateral over borrow shares, which neither prices nor interest move.

A loan is unhealthy while its debt is above liquidation LTV * collateral * price. The debt is shares * I,
with I = (B + 1) / (Bsh + virtual shares), rounded up to a lamport: less than (shares + DUST_SHARES) * I. So
it may be due while I / (LTV * price), the threshold, is at least collateral / (shares + DUST_SHARES), the
key.
"""

from collections.abc import Sequence

from solvent.margin.lending.maths import known_price, price_fault
from solvent.margin.lending.shares import VIRTUAL_ASSETS, VIRTUAL_SHARES
from solvent.margin.lending.values import Book, Market, Position
from solvent.margin.parts import FundingNote
from solvent.margin.pointing import Columns, Form, Line, Slope, Span, Weight
from solvent.money import Ratio, whole_seconds

# More than a lamport's worth of borrow shares: it is VIRTUAL_SHARES at first, and less from then on.
DUST_SHARES = 2 * VIRTUAL_SHARES
DEBTS = "debts"


class LendingPointing:
    """The keys of one money market; it has no funding, as interest is in the pool's index."""

    unpaid = 0
    columns = Columns(held="borrow_shares", own={"collateral": 1}, is_rated=False, is_settled=False)
    is_due_at_key = False

    def __init__(self, market: Market) -> None:
        self._market = market

    def settled_ms(self, _: Position) -> int:
        """Return anything: loans are settled through the pool."""
        return 0

    def paid(self, before: int, _: FundingNote) -> int:
        """Return what was paid before: a money market has no funding."""
        return before

    def band(self, paid: int, _: Book, *, part: int) -> tuple[int, int]:
        """Return bounds that are never left."""
        assert part > 0, part
        return paid, paid

    def is_past(self, _paid: int, _low: int, _high: int) -> bool:
        """Tell that there is no funding to leave its bounds."""
        return False

    def lines(self, position: Position, span: Span) -> Sequence[Line]:
        """Return the key of a position with a debt, with room for its rounding unless none is asked for."""
        if position.borrow_shares == 0:
            return ()
        dust = DUST_SHARES if span.fundings else 0
        return (Line(DEBTS, position.collateral, position.borrow_shares + dust),)

    def unit(self, book: Book, *, now_ms: int) -> tuple[int, int] | None:
        """Return I / price; none while the price is invalid, as nobody is due then."""
        pool, now_s = book.pool, whole_seconds(now_ms)
        price = known_price(book, now_s=now_s)
        if price is None or price_fault(book, now_s=now_s) is not None:
            return None
        assets, shares = pool.borrow_assets + VIRTUAL_ASSETS, pool.borrow_shares + VIRTUAL_SHARES
        is_dust_known = assets * DUST_SHARES >= shares
        return assets * price.den, shares * price.num if is_dust_known else 0

    def moved(self, unit: tuple[int, int], factor: Ratio) -> tuple[int, int]:
        """Return I / price at another price."""
        return unit[0] * factor.den, unit[1] * factor.num

    def slopes(
        self, groups: Sequence[str], _paid: int, _bounds: tuple[int, int] | None = None
    ) -> list[Slope]:
        """Return how the threshold of debts follows x."""
        ltv = self._market.liquidation_ltv
        return [Slope(ltv.den, ltv.num, 0, 1) for _ in groups]

    def weight(self, position: Position, _: int) -> Weight:
        """Return collateral and borrow shares."""
        return Weight(1, position.collateral, position.borrow_shares)

    def gone(self, _side: int, _paid: int) -> Slope:
        """Return how the threshold follows x at which the collateral is worth the debt: x itself."""
        return Slope(1, 1, 0, 1)

    def rate(self, _: Position) -> None:
        """Return none: the liquidation LTV holds for everybody."""

    def form(self, _side: int, _rate: Ratio | None, _paid: int) -> Form:
        """Return the one line of debts."""
        return Form(of_own=1, of_held=0, weight=1, den=1, lines=((DEBTS, 0),))

    def worth(self, book: Book) -> Ratio:
        """Return the lamports of a base unit of collateral."""
        price = known_price(book, now_s=book.pool.last_s)
        assert price is not None, book.prices
        return price
