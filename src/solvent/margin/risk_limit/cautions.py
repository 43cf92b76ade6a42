"""The bounds under which a previewed action still stands, and what it does to the holder, in words."""

from msgspec.structs import replace

from solvent.margin.drift import worst_liquidation
from solvent.margin.risk_limit.maths import (
    Assessment,
    assess,
    entry_price,
    liquidation_price,
    value_of,
)
from solvent.margin.risk_limit.opening import price_stretches
from solvent.margin.risk_limit.refusals import coins, price_text
from solvent.margin.risk_limit.transfers import LevelSet, Moved
from solvent.margin.risk_limit.values import Action, Add, Book, Close, EntryRule, SetLevel, Take
from solvent.margin.seam import Caution, Guards, Outcome
from solvent.money import Ratio, Rounding


def guards(book: Book, action: Action, after: Book, *, tolerance: Ratio) -> Guards:
    """Return the mark band, liquidation price and leverage under which the action still stands.

    The band is the tolerance around the mark, cut on both sides to where a withdrawal stays accepted:
    W is not monotone in the mark. The liquidation price is exact where no contract changes hands, else it may
    drift as the fill does.
    """
    mark, market = book.mark, book.market
    low = Ratio(mark.num * (tolerance.den - tolerance.num), mark.den * tolerance.den)
    high = Ratio(mark.num * (tolerance.den + tolerance.num), mark.den * tolerance.den)
    if isinstance(action, Take):
        for start, end in price_stretches(book, action.amount):
            if start <= mark and (end is None or mark <= end):
                low = max(low, _inside(book, start, action.amount))
                high = high if end is None else min(high, _inside(book, end, action.amount))
    side = after.position.side
    liquidation = liquidation_price(market, after.position)
    if not isinstance(action, Take | Add | SetLevel):
        before = liquidation_price(market, book.position)
        closes = isinstance(action, Close)
        liquidation = worst_liquidation(liquidation, before, tolerance, is_long=side > 0, closes=closes)
    return Guards(
        feed="mark",
        unit=book.market.price_unit,
        price_min=low,
        price_max=high,
        liquidation_price_max=liquidation if side > 0 else None,
        liquidation_price_min=liquidation if side < 0 else None,
        leverage_max=_worst_leverage(after, low, high),
    )


def _inside(book: Book, end: Ratio, amount: int) -> Ratio:
    """Return the end of the marks that allow `amount`; where the end itself does not, a mark inside.

    Only the maintenance cap has such ends: T must be above maintenance, not equal to it.
    """
    if end.num == 0 or assess(replace(book, mark=end)).reducible >= amount:
        return end
    mark = book.mark
    return Ratio(end.num * mark.den + mark.num * end.den, 2 * end.den * mark.den)


def _worst_leverage(after: Book, low: Ratio, high: Ratio) -> Ratio | None:
    """Return the higher |MV|/T of the band's ends, or none where T is not above zero at one of them."""
    position, found = after.position, []
    for price in (low, high):
        if price.num <= 0 or position.lots == 0:
            return None
        value, den = value_of(after.market, position.lots, price)
        equity = (position.margin - position.cost) * den + value
        if equity <= 0:
            return None
        found.append(Ratio(abs(value), equity))
    return max(found)


def warnings(book: Book, outcome: Outcome[Book]) -> tuple[Caution, ...]:
    """Say what an action does to the entry, to leverage and to the liquidation price."""
    working, after = outcome.working, outcome.book
    found = []
    if isinstance(working, Moved) and working.amount < 0:
        found.append(_entry_caution(book, after, working))
    if isinstance(working, LevelSet) and working.orders_cancelled:
        found.append(_orders_caution(book, working))
    found.extend(
        caution for caution in (_leverage_caution(book, after), _closer_caution(book, after)) if caution
    )
    if _is_near(after):
        found.append(
            Caution("NEAR_LIQUIDATION", "A move of less than 5 % of the mark would liquidate what is left.")
        )
    return tuple(found)


def _entry_caution(book: Book, after: Book, working: Moved) -> Caution:
    old, new = entry_price(book.market, book.position), entry_price(after.market, after.position)
    rule = f"Entry rule {book.market.entry_rule.value}: venue rule, unverified."
    if not working.entry_moved:
        return Caution("ENTRY_KEPT", f"Your entry price stays ({_price(old)}). {rule}")
    risk = "The new entry changes no risk, only what entry, PnL and ROE show"
    if book.market.entry_rule is EntryRule.TO_MARK:
        return Caution(
            "ENTRY_REBASED",
            f"Part of this is profit. Your entry price will become the mark ({_price(new)}). {risk}: the "
            f"profit shown restarts at 0. {rule}",
        )
    return Caution(
        "ENTRY_MOVES",
        f"Part of this is profit. Your entry price will move from {_price(old)} to {_price(new)}. {risk}: "
        f"the profit shown falls by {coins(book.market, working.realised)}. {rule}",
    )


def _price(price: Ratio | None) -> str:
    return "none" if price is None else price_text(price)


def _orders_caution(book: Book, working: LevelSet) -> Caution:
    count = working.orders_cancelled
    word = "order is" if count == 1 else "orders are"
    return Caution(
        "ORDERS_CANCELLED",
        f"{count} open {word} cancelled; {coins(book.market, working.freed)} of reserved balance is freed.",
    )


def _leverage_caution(book: Book, after: Book) -> Caution | None:
    before, then = _leverage(assess(book)), _leverage(assess(after))
    if then is None or (before is not None and then <= before):
        return None
    old = "none" if before is None else _times(before)
    return Caution("LEVERAGE_RISES", f"Actual leverage rises from {old} to {_times(then)}.")


def _leverage(seen: Assessment) -> Ratio | None:
    return Ratio(seen.notional, seen.equity) if seen.equity > 0 and seen.notional else None


def _times(leverage: Ratio) -> str:
    return f"{leverage.significant(4, Rounding.CEIL)}x"


def _closer_caution(book: Book, after: Book) -> Caution | None:
    old = liquidation_price(book.market, book.position)
    new = liquidation_price(after.market, after.position)
    side = after.position.side
    if new is None or side != book.position.side:
        return None
    if old is not None and not (new > old if side > 0 else new < old):
        return None
    way = "up" if side > 0 else "down"
    return Caution(
        "LIQUIDATION_CLOSER",
        f"The liquidation price moves {way}, toward the mark: {_short(old)} to {_short(new)}.",
    )


def _short(price: Ratio | None) -> str:
    return "none" if price is None else price.significant(8, Rounding.HALF_EVEN, grouped=True)


def _is_near(after: Book) -> bool:
    """Tell whether the liquidation price lies within 5 % of the mark."""
    price, mark = liquidation_price(after.market, after.position), after.mark
    if price is None:
        return False
    gap = abs(mark.num * price.den - price.num * mark.den)
    return gap * 20 < mark.num * price.den
