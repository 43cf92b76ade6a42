"""Maxima of a book: what may leave, be borrowed, paid in or lent, what binds, and what would open a zero."""

from msgspec.structs import replace

from solvent.margin.lending.bounds import (
    MAX_LTV,
    WALLET_BALANCE,
    Bounds,
    borrowing,
    opening,
    redeeming,
    repaying,
    smallest_of,
    supplying,
    taking,
)
from solvent.margin.lending.maths import (
    COLLATERAL_USD,
    collateral_for,
    debt,
    known_price,
    price_at_ltv,
    price_fault,
    room_of,
    times,
    value_of,
)
from solvent.margin.lending.refusals import Code, loan, tokens
from solvent.margin.lending.shares import debt_after_loan
from solvent.margin.lending.values import Book
from solvent.margin.seam import Limit, Limits, Maximum, OpensAt, Term, Verb
from solvent.money import Amount, Asset, Ratio, Rounding


def limits(book: Book, *, now_s: int) -> Limits:
    """Return every verb's maximum; `open` is the debt side of an opening with the whole wallet."""
    return Limits(
        (
            take(book, now_s=now_s),
            borrow(book, now_s=now_s),
            open_debt(book, margin=book.wallet_loan, now_s=now_s),
            _plain(Verb.ADD, book.market.collateral, ((WALLET_BALANCE, book.wallet_collateral),)),
            _repay(book),
            _supply(book),
            _plain(Verb.REDEEM, book.market.loan, redeeming(book)),
        )
    )


def take(book: Book, *, now_s: int) -> Maximum:
    """Return the most collateral that may leave."""
    market, held = book.market, book.position.collateral
    if debt(book) == 0:
        if held == 0:
            return _blocked(Verb.TAKE, market.collateral, Code.NO_POSITION)
        return _plain(Verb.TAKE, market.collateral, (("POSITION_COLLATERAL", held),))
    blocker = _blocker(book, now_s=now_s)
    if blocker is not None:
        return _blocked(Verb.TAKE, market.collateral, blocker)
    price = _valid_price(book, now_s=now_s)
    units = taking(book, price)
    maximum = _plain(Verb.TAKE, market.collateral, ((MAX_LTV, units),))
    return maximum if units else _with_remedies(book, maximum, price)


def borrow(book: Book, *, now_s: int) -> Maximum:
    """Return the largest loan to the wallet; a price opens a zero only where the LTV alone causes it."""
    blocker = _blocker(book, now_s=now_s)
    if blocker is not None:
        return _blocked(Verb.BORROW, book.market.loan, blocker)
    price = _valid_price(book, now_s=now_s)
    maximum = _plain(Verb.BORROW, book.market.loan, borrowing(book, price))
    shut = [limit.name for limit in maximum.limits if not limit.amount]
    if not shut or shut[0] != MAX_LTV:
        return maximum
    if shut == [MAX_LTV]:
        return _with_remedies(book, maximum, price)
    return replace(maximum, note=f"{' and '.join(shut[1:])} would allow nothing at any price either")


def open_debt(book: Book, *, margin: int, now_s: int, slippage_max: Ratio | None = None) -> Maximum:
    """Return the largest loan of an opening at the desk with `margin` lamports of one's own.

    Source: docs/concepts/lending.md#opening
    """
    market = book.market
    if book.pool.paused:
        return _blocked(Verb.OPEN, market.loan, Code.MARKET_PAUSED)
    if price_fault(book, now_s=now_s) is not None:
        return _blocked(Verb.OPEN, market.loan, Code.PRICE_INVALID)
    if not 0 < margin <= book.wallet_loan:
        return _plain(Verb.OPEN, market.loan, ((WALLET_BALANCE, 0),))
    price = _valid_price(book, now_s=now_s)
    slippage = market.slippage_max_default if slippage_max is None else slippage_max
    maximum = _plain(Verb.OPEN, market.loan, opening(book, price, margin=margin, slippage_max=slippage))
    is_shut = maximum.binding == MAX_LTV and not maximum.amount
    return _shut_opening(book, maximum, price) if is_shut else maximum


def _repay(book: Book) -> Maximum:
    if debt(book) == 0:
        return _blocked(Verb.REPAY, book.market.loan, Code.NO_POSITION)
    return _plain(Verb.REPAY, book.market.loan, repaying(book))


def _supply(book: Book) -> Maximum:
    if book.pool.paused:
        return _blocked(Verb.SUPPLY, book.market.loan, Code.MARKET_PAUSED)
    return _plain(Verb.SUPPLY, book.market.loan, supplying(book))


def _blocker(book: Book, *, now_s: int) -> Code | None:
    """Return what stops whatever adds risk to a position, in the order of the refusals."""
    if book.pool.paused:
        return Code.MARKET_PAUSED
    if price_fault(book, now_s=now_s) is not None:
        return Code.PRICE_INVALID
    return Code.NO_POSITION if book.position.collateral == 0 else None


def _valid_price(book: Book, *, now_s: int) -> Ratio:
    price = known_price(book, now_s=now_s)
    assert price is not None, book.prices
    return price


def _blocked(verb: Verb, asset: Asset, code: Code) -> Maximum:
    return Maximum(verb=verb, amount=Amount(0, asset), binding=code.value)


def _plain(verb: Verb, asset: Asset, bounds: Bounds) -> Maximum:
    name, units = smallest_of(bounds)
    named = tuple(Limit(bound, Amount(most, asset)) for bound, most in bounds)
    return Maximum(verb=verb, amount=Amount(units, asset), binding=name, limits=named)


def _shut_opening(book: Book, maximum: Maximum, price: Ratio) -> Maximum:
    """Add what would open the debt side of an opening that the LTV holds at zero, and say it in words.

    Without `opens_at`: an opening's value moves in teeth, so that no single price is the border.
    """
    remedies = _remedies(book, price)
    by_price, repay, add = remedies
    note = "this margin buys too little to carry a loan"
    if repay.value != loan(book.market, 0):
        note = (
            f"the debt is back within the maximum LTV at a token price of {by_price.text}, with {repay.text} "
            f"repaid, or with {add.text} added"
        )
    return replace(maximum, remedies=remedies, note=note)


def _remedies(book: Book, price: Ratio) -> tuple[Term, Term, Term]:
    """Return the token price in loan units, the repayment and the collateral that restore the LTV."""
    market, held, owed = book.market, book.position.collateral, debt(book)
    cap = market.max_open_ltv
    repay = max(0, owed - room_of(cap, value_of(held, price)))
    add = max(0, collateral_for(owed, cap, price) - held)
    return (
        Term(
            "token_price",
            price_at_ltv(market, owed, held, cap),
            f"{market.loan.symbol}/{market.collateral.symbol}",
            shown=Rounding.CEIL,
        ),
        Term("repay", loan(market, repay)),
        Term("add_collateral", tokens(market, add)),
    )


def _with_remedies(book: Book, maximum: Maximum, price: Ratio) -> Maximum:
    """Add what would open a maximum that the LTV holds at zero.

    `opens_at` is the least token price in USD at which one unit passes; the remedies are the spec's token
    price in loan units, the repayment and the collateral after which the LTV is back at its maximum.
    Source: docs/concepts/lending.md#what-opens-a-zero
    """
    market, held, owed = book.market, book.position.collateral, debt(book)
    cap = market.max_open_ltv
    if maximum.verb is Verb.TAKE:
        opens = price_at_ltv(market, owed, held - 1, cap)
    else:
        opens = price_at_ltv(market, debt_after_loan(market, book.pool, book.position, 1), held, cap)
    opens_at = None
    if opens is not None:
        usd = times(opens, book.prices.loan.price)
        opens_at = OpensAt(feed=COLLATERAL_USD, price=usd, above=True)
    return replace(maximum, opens_at=opens_at, remedies=_remedies(book, price))
