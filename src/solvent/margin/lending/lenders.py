"""Lenders: supply to the pool and withdraw from it."""

from msgspec import Struct
from msgspec.structs import replace

from solvent.margin.lending.bounds import redeeming, smallest_of, supplying
from solvent.margin.lending.refusals import (
    amount_zero,
    blocked,
    insufficient_wallet,
    pool_liquidity,
    rounds_to_nothing,
    supply_balance_exceeded,
)
from solvent.margin.lending.shares import claim_of, least_supply, supply_shares_ceil, supply_shares_floor
from solvent.margin.lending.values import Book, Redeem, Supply
from solvent.margin.seam import Account, Outcome, Posting, Refused


class Supplied(Struct, frozen=True, gc=False, kw_only=True):
    """The working of a supply or a withdrawal: lamports and shares, both positive."""

    amount: int
    shares: int
    claim_after: int


def decide_supply(book: Book, action: Supply, *, now_s: int) -> Outcome[Book] | Refused:
    """Lend to the pool for shares, rounded down.

    Source: docs/concepts/lending.md#lending-to-the-pool
    """
    market, pool, amount = book.market, book.pool, action.amount
    refusal = blocked(book, now_s=now_s, paused=True)
    if refusal is not None:
        return refusal
    have, least = book.wallet_loan, least_supply(pool)
    accepted = least if least <= have else 0
    if amount <= 0:
        return amount_zero(market.loan, amount, accepted=accepted)
    if amount < least:
        return rounds_to_nothing(market.loan, amount, "share of the pool", accepted=accepted)
    if amount > have:
        best = smallest_of(supplying(book))[1]
        return insufficient_wallet(market.loan, have=have, need=amount, accepted=best)
    shares = supply_shares_floor(pool, amount)
    return _exchange(book, amount, shares)


def decide_redeem(book: Book, action: Redeem) -> Outcome[Book] | Refused:
    """Withdraw own supply: a fixed amount burns shares rounded up, everything burns them all.

    Locked interest is no part of the supply. Source: docs/concepts/lending.md#lending-to-the-pool
    """
    market, pool, cash = book.market, book.pool, book.pool.cash
    claim = claim_of(pool, book.supply_shares)
    best = smallest_of(redeeming(book))[1]
    amount = min(claim, max(1, cash)) if action.amount is None else action.amount
    if amount <= 0:
        return amount_zero(market.loan, amount, accepted=min(1, best))
    if amount > claim:
        return supply_balance_exceeded(market, have=claim, need=amount, accepted=best)
    if amount > cash:
        return pool_liquidity(market, cash=cash, need=amount, accepted=best)
    is_all = action.amount is None and amount == claim
    shares = book.supply_shares if is_all else supply_shares_ceil(pool, amount)
    return _exchange(book, -amount, -shares)


def _exchange(book: Book, amount: int, shares: int) -> Outcome[Book]:
    """Move `amount` lamports into the pool for `shares`; both negative for a withdrawal."""
    pool, symbol = book.pool, book.market.loan.symbol
    after = replace(
        book,
        pool=replace(
            pool,
            cash=pool.cash + amount,
            supply_assets=pool.supply_assets + amount,
            supply_shares=pool.supply_shares + shares,
        ),
        wallet_loan=book.wallet_loan - amount,
        supply_shares=book.supply_shares + shares,
    )
    return Outcome(
        book=after,
        postings=(Posting(Account.WALLET, symbol, -amount), Posting(Account.POOL, symbol, amount)),
        working=Supplied(
            amount=abs(amount), shares=abs(shares), claim_after=claim_of(after.pool, after.supply_shares)
        ),
    )
