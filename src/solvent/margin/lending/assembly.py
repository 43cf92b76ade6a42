"""Books put together from what an engine keeps, and what an engine needs to act by itself."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from solvent.margin.lending import values
from solvent.margin.lending.accrual import accrue
from solvent.margin.lending.lenders import decide_redeem
from solvent.margin.lending.liquidation import plan
from solvent.margin.lending.maths import COLLATERAL_USD, LOAN_USD, debt, price_fault
from solvent.margin.lending.transfers import is_removed
from solvent.margin.lending.values import Book, Market, Pool, Position, Prices, Reading
from solvent.margin.parts import FeedReading, Kept, Parts, find_reading, none_of_them, nothing
from solvent.margin.seam import Account, Outcome, Refused
from solvent.money import Asset, Ratio, whole_seconds

PLAIN_MOVES: frozenset[type[Any]] = frozenset()
cancel_of = shortage = standing = deleverage = deleveraged = inherited = unwinding = plain_move = nothing
reached = none_of_them
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


def own_fields(action: values.Action) -> tuple[str, ...]:
    """Return what an action says of the swap: in a venue its desk alone tells what it delivers."""
    return tuple(name for name in ("out", "quote") if getattr(action, name, None) is not None)


def empty_pool(market: Market, *, now_ms: int) -> Pool:
    """Return a pool without lenders, accrued up to now."""
    assert isinstance(market, Market), market
    return Pool(last_s=whole_seconds(now_ms))


def feeds(market: Market) -> tuple[str, ...]:
    """Return both feeds in USD."""
    assert isinstance(market, Market), market
    return (COLLATERAL_USD, LOAN_USD)


def quoted(
    market: Market, readings: tuple[FeedReading, ...], valid_readings: tuple[FeedReading, ...]
) -> Prices:
    """Return the present readings of both feeds, and the prices of the last ones that were valid."""
    collateral, loan = (_reading(find_reading(readings, feed)) for feed in feeds(market))
    return Prices(
        collateral=collateral,
        loan=loan,
        last_collateral=_last(valid_readings, COLLATERAL_USD),
        last_loan=_last(valid_readings, LOAN_USD),
    )


def assemble(parts: Parts) -> Book:
    """Put a book together from both feeds, the pool and the account's own holdings."""
    market: Market = parts.market
    assert isinstance(parts.pool, Pool), parts.pool
    return Book(
        market=market,
        pool=parts.pool,
        prices=parts.quoted or quoted(market, parts.readings, parts.valid_readings),
        position=parts.position or Position(),
        wallet_loan=parts.spare(market.loan.symbol),
        wallet_collateral=parts.spare(market.collateral.symbol),
        supply_shares=parts.supply_shares,
    )


def _reading(reading: FeedReading | None) -> Reading:
    assert reading is not None, "a tick brings both feeds"
    return Reading(price=reading.price, confidence=reading.confidence, publish_s=whole_seconds(reading.at_ms))


def _last(valid_readings: tuple[FeedReading, ...], feed: str) -> Ratio | None:
    found = find_reading(valid_readings, feed)
    return None if found is None else found.price


def dismantle(book: Book) -> Kept:
    """Take a book apart; a position with nothing left of it is none."""
    position = None if is_removed(book.position) else book.position
    return Kept(position=position, pool=book.pool, supply_shares=book.supply_shares)


def are_valid(book: Book, *, now_ms: int) -> bool:
    """Tell whether both feeds may be used."""
    return price_fault(book, now_s=whole_seconds(now_ms)) is None


def liquidation(book: Book, funds: Mapping[Account, int], *, now_ms: int) -> values.Liquidate | None:
    """Return what the keeper repays: all that is asked for, else what it has, so that no dust is left.

    None where it has nothing, or so little or so much that the rest would be under the least debt.
    """
    asked, held = plan(book, now_s=whole_seconds(now_ms)).repay, funds.get(Account.KEEPER, 0)
    if held >= asked:
        return values.Liquidate()
    offer, owed = held, debt(book)
    if owed - offer < book.market.min_debt:
        offer = owed - book.market.min_debt
    return values.Liquidate(offer=offer) if offer > 0 else None


def accrued(market: Market, pool: Pool, *, now_ms: int) -> Pool:
    """Return the pool with interest and streams up to now."""
    return accrue(market, pool, now_s=whole_seconds(now_ms))[0]


def holdings(market: Market, position: Position) -> Mapping[str, int]:
    """Return the collateral."""
    return {market.collateral.symbol: position.collateral}


def pool_faults(
    pool: Pool, *, positions: Iterable[Position], supply_shares: int, vault: int
) -> tuple[str, ...]:
    """Say which invariants a pool breaks: against its vault, the claims, the debts, and in itself."""
    claims = supply_shares + pool.protocol_shares
    owed = sum(position.borrow_shares for position in positions)
    least = min(pool.cash, pool.borrow_assets, pool.supply_assets, pool.locked)
    checks = (
        (vault == pool.cash, f"its vault holds {vault} units and its pool says {pool.cash}"),
        (
            claims == pool.supply_shares,
            f"claims sum to {claims} shares and its pool says {pool.supply_shares}",
        ),
        (owed == pool.borrow_shares, f"debts sum to {owed} shares and its pool says {pool.borrow_shares}"),
        (
            pool.cash + pool.borrow_assets == pool.supply_assets + pool.locked,
            "cash and debts are not what lenders supplied and what is locked",
        ),
        (least >= 0, f"a part of it is below zero: {least} units"),
    )
    return tuple(told for holds, told in checks if not holds)


def collect(
    parts: Parts, amount: int | None, *, now_ms: int
) -> tuple[values.Redeem, Outcome[Book] | Refused]:
    """Redeem the protocol's supply as a lender's: an amount, or all of it as far as the vault's cash goes.

    Interest up to now comes first, as its reserve part becomes shares of the protocol.
    """
    action, book = values.Redeem(amount), assemble(parts)
    pool = accrued(book.market, book.pool, now_ms=now_ms)
    book = replace(book, pool=pool, supply_shares=pool.protocol_shares)
    outcome = decide_redeem(book, action)
    if isinstance(outcome, Refused):
        return action, outcome
    after = outcome.book
    pool = replace(after.pool, protocol_shares=after.supply_shares)
    return action, replace(outcome, book=replace(after, pool=pool))
