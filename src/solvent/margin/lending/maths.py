"""The terms of one position: price, value, debt, LTV, leverage, the three liquidation prices, validity.

Exact throughout. The one rounding before a decision is the debt, up to a lamport.
"""

from enum import StrEnum

from msgspec import Struct

from solvent.margin.lending.shares import debt_of
from solvent.margin.lending.values import ZERO, Book, Market, Prices, Reading
from solvent.money import Ratio, div_floor, mul_div_ceil, mul_div_floor

COLLATERAL_USD = "collateral_usd"
LOAN_USD = "loan_usd"
CROSS = "collateral_loan"
FEEDS = (COLLATERAL_USD, LOAN_USD)


class Fault(StrEnum):
    """Why a reading may not be used; append-only."""

    NOT_POSITIVE = "NOT_POSITIVE"
    AGE = "AGE"
    CONFIDENCE = "CONFIDENCE"


class FeedFault(Struct, frozen=True, gc=False):
    """The first feed that may not be used, and why."""

    feed: str
    fault: Fault


def reading_fault(market: Market, reading: Reading, *, now_s: int) -> Fault | None:
    """Return why a reading is invalid, or none; equality with the limits of age and confidence is valid.

    Source: docs/concepts/lending.md#prices
    """
    price, confidence, widest = reading.price, reading.confidence, market.price_confidence_max
    if price.num <= 0:
        return Fault.NOT_POSITIVE
    if now_s - reading.publish_s > market.price_age_s_max:
        return Fault.AGE
    if confidence.num * price.den * widest.den > price.num * widest.num * confidence.den:
        return Fault.CONFIDENCE
    return None


def price_fault(book: Book, *, now_s: int) -> FeedFault | None:
    """Return the first invalid feed, or none when both are valid."""
    market, prices = book.market, book.prices
    fault = reading_fault(market, prices.collateral, now_s=now_s)
    if fault is not None:
        return FeedFault(COLLATERAL_USD, fault)
    fault = reading_fault(market, prices.loan, now_s=now_s)
    return None if fault is None else FeedFault(LOAN_USD, fault)


def unit_price(market: Market, *, collateral_usd: Ratio, loan_usd: Ratio) -> Ratio | None:
    """Return P: loan units per collateral unit, exactly; none unless both prices are positive.

    Formula: (token_usd / sol_usd) * 10^(loan decimals - collateral decimals).
    """
    if collateral_usd.num <= 0 or loan_usd.num <= 0:
        return None
    return Ratio(
        collateral_usd.num * loan_usd.den * 10**market.loan.decimals,
        collateral_usd.den * loan_usd.num * 10**market.collateral.decimals,
    )


def known_price(book: Book, *, now_s: int) -> Ratio | None:
    """Return the unit price that the books are kept in: the present one where it is valid.

    Otherwise the last valid one; where none is known the present one, old or wide, if positive.
    """
    prices = book.prices
    present = present_price(book.market, prices)
    if price_fault(book, now_s=now_s) is None:
        return present
    if prices.last_collateral is not None and prices.last_loan is not None:
        return unit_price(book.market, collateral_usd=prices.last_collateral, loan_usd=prices.last_loan)
    return present


def present_price(market: Market, prices: Prices) -> Ratio | None:
    """Return the unit price of the present readings, whatever their age; none unless positive."""
    return unit_price(market, collateral_usd=prices.collateral.price, loan_usd=prices.loan.price)


def remember(book: Book, prices: Prices, *, now_s: int) -> Prices:
    """Return new readings that remember the last valid price: their own, or what the book knew."""
    known = Prices(
        collateral=prices.collateral,
        loan=prices.loan,
        last_collateral=book.prices.last_collateral,
        last_loan=book.prices.last_loan,
    )
    faults = (
        reading_fault(book.market, prices.collateral, now_s=now_s),
        reading_fault(book.market, prices.loan, now_s=now_s),
    )
    if faults != (None, None):
        return known
    return Prices(
        collateral=prices.collateral,
        loan=prices.loan,
        last_collateral=prices.collateral.price,
        last_loan=prices.loan.price,
    )


def debt(book: Book) -> int:
    """Return D in lamports, rounded up; interest must be accrued by the caller."""
    return debt_of(book.pool, book.position.borrow_shares)


def value_of(collateral: int, price: Ratio) -> Ratio:
    """Return V = C * P in lamports, exactly."""
    return Ratio(collateral * price.num, price.den)


def is_within(owed: int, share: Ratio, value: Ratio) -> bool:
    """Tell whether a debt is at most a share of a value; equality is within.

    Formula: D <= m * V, by cross-multiplication.
    """
    return owed * share.den * value.den <= share.num * value.num


def is_healthy(market: Market, owed: int, value: Ratio) -> bool:
    """Tell whether a debt is not above liquidation_ltv * V; equality is healthy."""
    return is_within(owed, market.liquidation_ltv, value)


def room_of(share: Ratio, value: Ratio) -> int:
    """Return the largest debt within a share of a value: floor(m * V)."""
    return mul_div_floor(share.num, value.num, share.den * value.den)


def collateral_for(owed: int, share: Ratio, price: Ratio) -> int:
    """Return the least collateral that keeps a debt within a share: ceil(D / (m * P))."""
    return mul_div_ceil(owed * share.den, price.den, share.num * price.num)


def loan_ltv(owed: int, value: Ratio) -> Ratio | None:
    """Return D / V, or none where V is not above zero."""
    return Ratio(owed * value.den, value.num) if value.num > 0 else None


def leverage_of(owed: int, value: Ratio) -> Ratio | None:
    """Return V / (V - D), or none where V is not above D."""
    equity = value.num - owed * value.den
    return Ratio(value.num, equity) if equity > 0 else None


def health_of(market: Market, owed: int, value: Ratio) -> Ratio | None:
    """Return liquidation_ltv * V / D, or none without debt."""
    limit = market.liquidation_ltv
    return Ratio(limit.num * value.num, limit.den * value.den * owed) if owed > 0 else None


def equity_of(owed: int, value: Ratio) -> Ratio:
    """Return V - D in lamports, exactly; negative under water."""
    return Ratio(value.num - owed * value.den, value.den)


def pnl_of(owed: int, value: Ratio, net_in: int) -> Ratio:
    """Return V - D - net_in in lamports, exactly."""
    return Ratio(value.num - (owed + net_in) * value.den, value.den)


def price_at_ltv(market: Market, owed: int, collateral: int, share: Ratio) -> Ratio | None:
    """Return the token price in whole loan units at which D = share * V; none without debt or collateral.

    Formula: D / (share * C).
    """
    if owed <= 0 or collateral <= 0:
        return None
    return Ratio(
        owed * share.den * 10**market.collateral.decimals,
        share.num * collateral * 10**market.loan.decimals,
    )


def liquidation_price(market: Market, owed: int, collateral: int) -> Ratio | None:
    """Return the token price in whole loan units (SOL per token) below which liquidation begins.

    Formula: D / (liquidation_ltv * C).
    Source:  docs/concepts/lending.md#liquidation-prices
    """
    return price_at_ltv(market, owed, collateral, market.liquidation_ltv)


def liquidation_price_usd(market: Market, owed: int, collateral: int, loan_usd: Ratio) -> Ratio | None:
    """Return the token price in USD below which liquidation begins while the loan asset's price stays."""
    in_loan = liquidation_price(market, owed, collateral)
    return None if in_loan is None else times(in_loan, loan_usd)


def liquidation_loan_usd(market: Market, owed: int, collateral: int, collateral_usd: Ratio) -> Ratio | None:
    """Return the loan asset's USD price above which liquidation begins while the token's price stays.

    Formula: token_usd / liquidation price in loan units.
    """
    in_loan = liquidation_price(market, owed, collateral)
    return None if in_loan is None else times(collateral_usd, Ratio(in_loan.den, in_loan.num))


def times(left: Ratio, right: Ratio) -> Ratio:
    """Return the exact product of two ratios."""
    return Ratio(left.num * right.num, left.den * right.den)


def less(share: Ratio) -> Ratio:
    """Return 1 - share."""
    return Ratio(share.den - share.num, share.den)


def whole_price(market: Market, price: Ratio) -> Ratio:
    """Return a unit price in whole loan units per whole token."""
    return Ratio(price.num * 10**market.collateral.decimals, price.den * 10**market.loan.decimals)


def worth_floor(tokens: int, price: Ratio | None) -> int:
    """Return what base units are worth in lamports, rounded down; 0 where no price is known."""
    return 0 if price is None else div_floor(tokens * price.num, price.den)


def value_at(book: Book, price: Ratio | None) -> Ratio:
    """Return V of the position, zero where no price is known."""
    return ZERO if price is None else value_of(book.position.collateral, price)
