"""Value between the wallet and a position: collateral in and out, loans out and repayments in."""

from msgspec import Struct
from msgspec.structs import replace

from solvent.margin.lending.bounds import borrowing, repaying, smallest_of, taking
from solvent.margin.lending.maths import debt, is_within, known_price, value_of, worth_floor
from solvent.margin.lending.refusals import (
    amount_zero,
    blocked,
    insufficient_collateral,
    insufficient_wallet,
    loan,
    max_ltv_exceeded,
    no_position,
    over_caps,
    rounds_to_nothing,
    tokens,
)
from solvent.margin.lending.shares import (
    charges_of,
    debt_of,
    least_repayment,
    lend_out,
    take_back,
)
from solvent.margin.lending.values import Add, Book, Borrow, Position, Repay, Take
from solvent.margin.seam import Account, Outcome, Posting, Refused, Verb
from solvent.money import Ratio


class Moved(Struct, frozen=True, gc=False, kw_only=True):
    """The working of a collateral move: `amount` signed base units, `net_in` the lamports it counts for.

    `price` is the unit price that was used (lamports per base unit), none where none was known.
    """

    amount: int
    price: Ratio | None
    net_in: int
    collateral_after: int
    debt_after: int


class Borrowed(Struct, frozen=True, gc=False, kw_only=True):
    """The working of a loan to the wallet, in lamports; `price` lamports per base unit."""

    to_wallet: int
    origination_interest: int
    origination_fee: int
    debt_before: int
    debt_after: int
    price: Ratio


class Repaid(Struct, frozen=True, gc=False, kw_only=True):
    """The working of a repayment, in lamports: `taken` of what was offered, and the debt around it."""

    offered: int
    taken: int
    debt_before: int
    debt_after: int


def is_removed(position: Position) -> bool:
    """Tell whether nothing is left: such a position is forgotten, with what was paid into it."""
    return position.collateral == 0 and position.borrow_shares == 0


def kept(position: Position) -> Position:
    """Return the position, or a blank one when nothing is left of it."""
    return Position() if is_removed(position) else position


def decide_add(book: Book, action: Add, *, now_s: int) -> Outcome[Book] | Refused:
    """Add collateral: never blocked by LTV, price, caps or a pause; to nothing it makes a position."""
    token, have = book.market.collateral, book.wallet_collateral
    if action.amount <= 0:
        return amount_zero(token, action.amount, accepted=min(1, have))
    if action.amount > have:
        return insufficient_wallet(token, have=have, need=action.amount, accepted=have)
    return _move(book, action.amount, known_price(book, now_s=now_s))


def funded(book: Book, verb: Verb, units: int) -> Book:
    """Return the book with at least `units` in the wallet, of the token to add, else of the loan asset.

    For what-if only.
    """
    if verb is Verb.ADD:
        return replace(book, wallet_collateral=max(book.wallet_collateral, units))
    return replace(book, wallet_loan=max(book.wallet_loan, units))


def decide_take(book: Book, action: Take, *, now_s: int) -> Outcome[Book] | Refused:
    """Withdraw collateral: with debt as far as the maximum LTV, without debt everything, always.

    Source: docs/concepts/lending.md#withdrawing-collateral
    """
    market, position = book.market, book.position
    owed = debt(book)
    refusal = blocked(book, now_s=now_s, paused=owed > 0, priced=owed > 0)
    if refusal is not None:
        return refusal
    price = known_price(book, now_s=now_s)
    if action.amount <= 0:
        return amount_zero(market.collateral, action.amount, accepted=min(1, taking(book, price)))
    if position.collateral == 0:
        return no_position(market, "collateral")
    if action.amount > position.collateral:
        best = taking(book, price)
        return insufficient_collateral(market, have=position.collateral, need=action.amount, accepted=best)
    if owed > 0 and price is not None:
        value = value_of(position.collateral - action.amount, price)
        if not is_within(owed, market.max_open_ltv, value):
            best = taking(book, price)
            return max_ltv_exceeded(market, owed=owed, value=value, accepted=tokens(market, best))
    return _move(book, -action.amount, price)


def _move(book: Book, units: int, price: Ratio | None) -> Outcome[Book]:
    worth = worth_floor(abs(units), price)
    counted = worth if units > 0 else -worth
    position = replace(
        book.position,
        collateral=book.position.collateral + units,
        net_in=book.position.net_in + counted,
    )
    after = replace(book, position=kept(position), wallet_collateral=book.wallet_collateral - units)
    symbol = book.market.collateral.symbol
    return Outcome(
        book=after,
        postings=(
            Posting(Account.WALLET, symbol, -units),
            Posting(Account.POSITION, symbol, units),
        ),
        working=Moved(
            amount=units,
            price=price,
            net_in=counted,
            collateral_after=position.collateral,
            debt_after=debt(after),
        ),
    )


def decide_borrow(book: Book, action: Borrow, *, now_s: int) -> Outcome[Book] | Refused:
    """Borrow to the wallet: both charges join the debt, checked on the result.

    Source: docs/concepts/lending.md#borrowing
    """
    market, position, amount = book.market, book.position, action.amount
    refusal = blocked(book, now_s=now_s, paused=True, priced=True)
    if refusal is not None:
        return refusal
    price = known_price(book, now_s=now_s)
    assert price is not None, book.prices
    if amount <= 0:
        least = min(1, smallest_of(borrowing(book, price))[1])
        return amount_zero(market.loan, amount, accepted=least)
    if position.collateral == 0:
        return no_position(market, "collateral")
    pool, grown = lend_out(market, book.pool, position, amount)
    owed, value = debt_of(pool, grown.borrow_shares), value_of(position.collateral, price)

    def best() -> int:
        return smallest_of(borrowing(book, price))[1]

    refusal = over_caps(book, amount=amount, owed_after=owed, pool_after=pool, best=best)
    if refusal is not None:
        return refusal
    if not is_within(owed, market.max_open_ltv, value):
        return max_ltv_exceeded(market, owed=owed, value=value, accepted=loan(market, best()))
    interest, fee = charges_of(market, amount)
    symbol = market.loan.symbol
    return Outcome(
        book=replace(
            book,
            pool=pool,
            position=replace(grown, net_in=position.net_in - amount),
            wallet_loan=book.wallet_loan + amount,
        ),
        postings=(Posting(Account.POOL, symbol, -amount), Posting(Account.WALLET, symbol, amount)),
        working=Borrowed(
            to_wallet=amount,
            origination_interest=interest,
            origination_fee=fee,
            debt_before=debt(book),
            debt_after=owed,
            price=price,
        ),
    )


def decide_repay(book: Book, action: Repay) -> Outcome[Book] | Refused:
    """Repay from the wallet: never blocked; at least the debt burns all shares.

    Source: docs/concepts/lending.md#repaying
    """
    market, position, amount = book.market, book.position, action.amount
    owed, have = debt(book), book.wallet_loan
    taken = min(amount, owed)
    least = min(owed, least_repayment(book.pool))
    if amount <= 0:
        return amount_zero(market.loan, amount, accepted=least if least <= have else 0)
    if taken < least:
        accepted = least if least <= have else 0
        return rounds_to_nothing(market.loan, amount, "share of the debt", accepted=accepted)
    if owed == 0:
        return no_position(market, "debt")
    if taken > have:
        best = smallest_of(repaying(book))[1]
        return insufficient_wallet(market.loan, have=have, need=taken, accepted=best)
    pool, shrunk = take_back(book.pool, position, taken)
    shrunk = replace(shrunk, net_in=position.net_in + taken)
    after = replace(book, pool=pool, position=kept(shrunk), wallet_loan=book.wallet_loan - taken)
    symbol = market.loan.symbol
    return Outcome(
        book=after,
        postings=(Posting(Account.WALLET, symbol, -taken), Posting(Account.POOL, symbol, taken)),
        working=Repaid(offered=amount, taken=taken, debt_before=owed, debt_after=debt(after)),
    )
