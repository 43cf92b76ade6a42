"""Books put together from what an engine keeps, and what an engine needs to act by itself."""

from collections.abc import Iterable, Mapping
from typing import Any

from solvent.margin.lending import values
from solvent.margin.lending.accrual import accrue
from solvent.margin.lending.liquidation import plan
from solvent.margin.lending.maths import COLLATERAL_USD, LOAN_USD, price_fault
from solvent.margin.lending.transfers import is_removed
from solvent.margin.lending.values import Book, Market, Pool, Position, Prices, Reading
from solvent.margin.parts import FeedReading, Kept, Parts, Shortage, find_reading
from solvent.margin.seam import Account
from solvent.money import Asset, Ratio, whole_seconds

STORED = {
    "market": Market,
    "position": Position,
    "pool": Pool,
    "order": None,
    "action": values.Action,
}


def wallet_assets(market: Market) -> tuple[Asset, ...]:
    """Return the loan asset and the collateral token."""
    return (market.loan, market.collateral)


def empty_pool(market: Market, *, now_ms: int) -> Pool:
    """Return a pool without lenders, accrued up to now."""
    assert isinstance(market, Market), market
    return Pool(last_s=whole_seconds(now_ms))


def feeds(market: Market) -> tuple[str, ...]:
    """Return both feeds in USD."""
    assert isinstance(market, Market), market
    return (COLLATERAL_USD, LOAN_USD)


def assemble(parts: Parts) -> Book:
    """Put a book together from both feeds, the pool and the account's own holdings."""
    market: Market = parts.market
    assert isinstance(parts.pool, Pool), parts.pool
    collateral, loan = (_reading(parts.reading(feed)) for feed in feeds(market))
    return Book(
        market=market,
        pool=parts.pool,
        prices=Prices(
            collateral=collateral,
            loan=loan,
            last_collateral=_last(parts, COLLATERAL_USD),
            last_loan=_last(parts, LOAN_USD),
        ),
        position=parts.position or Position(),
        wallet_loan=parts.free.get(market.loan.symbol, 0),
        wallet_collateral=parts.free.get(market.collateral.symbol, 0),
        supply_shares=parts.supply_shares,
    )


def _reading(reading: FeedReading | None) -> Reading:
    assert reading is not None, "a tick brings both feeds"
    return Reading(price=reading.price, confidence=reading.confidence, publish_s=whole_seconds(reading.at_ms))


def _last(parts: Parts, feed: str) -> Ratio | None:
    found = find_reading(parts.valid_readings, feed)
    return None if found is None else found.price


def dismantle(book: Book) -> Kept:
    """Take a book apart; a position with nothing left of it is none."""
    position = None if is_removed(book.position) else book.position
    return Kept(position=position, pool=book.pool, supply_shares=book.supply_shares)


def are_valid(book: Book, *, now_ms: int) -> bool:
    """Tell whether both feeds may be used."""
    return price_fault(book, now_s=whole_seconds(now_ms)) is None


def reached(book: Book) -> tuple[Any, ...]:
    """Return nothing: there are no resting orders."""
    assert isinstance(book, Book), book
    return ()


def liquidation(book: Book, funds: Mapping[Account, int], *, now_ms: int) -> values.Liquidate | None:
    """Return what the keeper repays: all that is asked for, or what it has; none where it has nothing."""
    step = plan(book, now_s=whole_seconds(now_ms))
    held = funds.get(Account.KEEPER, 0)
    if step.tier is None or held <= 0:
        return None
    return values.Liquidate() if held >= step.repay else values.Liquidate(offer=held)


def cancel_of(order_id: str) -> Any:
    """Never called: there are no resting orders."""
    raise AssertionError(order_id)


def shortage(book: Book, action: values.Liquidate, *, now_ms: int) -> Shortage | None:
    """Return none: lenders bear what collateral does not cover."""
    assert isinstance(book, Book), (book, action, now_ms)
    return None


def ranking(market: Market, candidates: Iterable[tuple[str, Position]], book: Book) -> tuple[str, ...]:
    """Return nobody: nobody is deleveraged."""
    assert isinstance(market, Market), (candidates, book)
    return ()


def deleverage(book: Book, short: Shortage, *, left: int) -> Any:
    """Never called: there is no shortage in this model."""
    raise AssertionError((book, short, left))


def deleveraged(action: Any) -> int:
    """Never called: there is no shortage in this model."""
    raise AssertionError(action)


def accrued(market: Market, pool: Pool, *, now_ms: int) -> Pool:
    """Return the pool with interest and streams up to now."""
    return accrue(market, pool, now_s=whole_seconds(now_ms))[0]
