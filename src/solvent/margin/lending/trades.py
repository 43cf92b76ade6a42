"""Leveraged positions: open through a swap, close a part or all, debt first."""

from msgspec import Struct
from msgspec.structs import replace

from solvent.margin.lending.bounds import desk_proceeds, desk_tokens, opening, smallest_of
from solvent.margin.lending.maths import (
    debt,
    is_within,
    known_price,
    less,
    pnl_of,
    price_fault,
    value_at,
    value_of,
)
from solvent.margin.lending.refusals import (
    amount_zero,
    blocked,
    insufficient_collateral,
    insufficient_wallet,
    loan,
    max_ltv_exceeded,
    no_position,
    over_caps,
    price_invalid,
    proceeds_below_debt,
    rounds_to_nothing,
    slippage_exceeded,
)
from solvent.margin.lending.shares import borrow_shares_floor, charges_of, debt_of, lend_out, take_back
from solvent.margin.lending.transfers import kept
from solvent.margin.lending.values import ZERO, Book, Close, Open, Position
from solvent.margin.seam import Account, Outcome, Posting, Refused
from solvent.money import Ratio, mul_div_ceil, mul_div_floor


class Opened(Struct, frozen=True, gc=False, kw_only=True):
    """The working of an opening: lamports, base units, `price` in lamports per base unit."""

    margin: int
    borrowed: int
    origination_interest: int
    origination_fee: int
    quote: int
    minimum: int
    out: int
    debt_after: int
    collateral_after: int
    price: Ratio


class Closed(Struct, frozen=True, gc=False, kw_only=True):
    """The working of a close: base units sold, lamports of all else.

    `shortfall` came from the wallet; `pnl` (exact) counts equity left + paid out - net_in, none when no
    price is known; `price` is in lamports per base unit.
    """

    sold: int
    proceeds: int
    minimum: int
    repaid: int
    shortfall: int
    fee: int
    to_wallet: int
    debt_after: int
    collateral_after: int
    pnl: Ratio | None
    price: Ratio | None


def borrowed_of(action: Open) -> int:
    """Return what an opening borrows: as given, or floor(M * (L - 1))."""
    if action.borrow is not None:
        return action.borrow
    if action.leverage is None:
        return 0
    leverage = action.leverage
    return mul_div_floor(action.margin, leverage.num - leverage.den, leverage.den)


def decide_open(book: Book, action: Open, *, now_s: int) -> Outcome[Book] | Refused:
    """Open or enlarge: margin and loan are swapped into collateral, checked at the oracle's price.

    Source: docs/concepts/lending.md#opening
    """
    market, margin, borrowed = book.market, action.margin, borrowed_of(action)
    refusal = blocked(book, now_s=now_s, paused=True, priced=True)
    if refusal is not None:
        return refusal
    price = known_price(book, now_s=now_s)
    assert price is not None, book.prices
    slippage = market.slippage_max_default if action.slippage_max is None else action.slippage_max

    def best() -> int:
        """Return the largest loan of this opening at the desk; a swap outside has no quote for another."""
        if action.out is not None or not 0 < margin <= book.wallet_loan:
            return 0
        return smallest_of(opening(book, price, margin=margin, slippage_max=slippage))[1]

    if margin <= 0 or borrowed < 0:
        return amount_zero(market.loan, min(margin, borrowed), accepted=best())
    out = desk_tokens(market, margin + borrowed, price) if action.out is None else action.out
    if out <= 0:
        return rounds_to_nothing(market.loan, margin + borrowed, "token", accepted=best())
    if margin > book.wallet_loan:
        return _margin_not_there(book, action, now_s=now_s)
    pool, grown = lend_out(market, book.pool, book.position, borrowed)
    owed = debt_of(pool, grown.borrow_shares)
    refusal = over_caps(book, amount=borrowed, owed_after=owed, pool_after=pool, best=best)
    if refusal is not None:
        return refusal
    quote = mul_div_floor(margin + borrowed, price.den, price.num)
    minimum = _minimum(quote, slippage)
    if out < minimum:
        accepted = loan(market, best())
        return slippage_exceeded(
            market.collateral, out=out, minimum=minimum, slippage_max=slippage, accepted=accepted
        )
    position = replace(grown, collateral=grown.collateral + out, net_in=grown.net_in + margin)
    value = value_of(position.collateral, price)
    if not is_within(owed, market.max_open_ltv, value):
        return max_ltv_exceeded(market, owed=owed, value=value, accepted=loan(market, best()))
    interest, fee = charges_of(market, borrowed)
    return Outcome(
        book=replace(book, pool=pool, position=position, wallet_loan=book.wallet_loan - margin),
        postings=_open_postings(book, margin=margin, borrowed=borrowed, out=out),
        working=Opened(
            margin=margin,
            borrowed=borrowed,
            origination_interest=interest,
            origination_fee=fee,
            quote=quote,
            minimum=minimum,
            out=out,
            debt_after=owed,
            collateral_after=position.collateral,
            price=price,
        ),
    )


def _margin_not_there(book: Book, action: Open, *, now_s: int) -> Refused:
    """Refuse more margin than the wallet has; all of it is named where this opening passes with it."""
    have = book.wallet_loan
    passes = have and isinstance(decide_open(book, replace(action, margin=have), now_s=now_s), Outcome)
    return insufficient_wallet(
        book.market.loan, have=have, need=action.margin, accepted=have if passes else 0
    )


def _minimum(quote: int, slippage: Ratio) -> int:
    share = less(slippage)
    return mul_div_floor(quote, share.num, share.den)


def _open_postings(book: Book, *, margin: int, borrowed: int, out: int) -> tuple[Posting, ...]:
    coin, token = book.market.loan.symbol, book.market.collateral.symbol
    moves = (
        Posting(Account.WALLET, coin, -margin),
        Posting(Account.POOL, coin, -borrowed),
        Posting(Account.SWAP_DESK, coin, margin + borrowed),
        Posting(Account.SWAP_DESK, token, -out),
        Posting(Account.POSITION, token, out),
    )
    return tuple(move for move in moves if move.units)


class Sale(Struct, frozen=True, gc=False, kw_only=True):
    """A close as the checks see it: what is sold for what, and what is owed."""

    sold: int
    out: int
    minimum: int
    owed: int
    slippage: Ratio


def decide_close(book: Book, action: Close, *, now_s: int) -> Outcome[Book] | Refused:
    """Sell collateral, repay debt first, pay the rest out; nothing is paid while debt remains.

    Source: docs/concepts/lending.md#closing
    """
    market, held = book.market, book.position.collateral
    asked = action.fraction.num if action.tokens is None else action.tokens
    if asked <= 0:
        return amount_zero(market.collateral, asked, accepted=_all_sold(book, action, now_s=now_s))
    if held == 0:
        return no_position(market, "collateral")
    sold = action.tokens
    if sold is None:
        sold = mul_div_floor(held, action.fraction.num, action.fraction.den)
    if sold == 0:
        return rounds_to_nothing(market.collateral, 0, "token")
    if sold > held:
        accepted = _all_sold(book, action, now_s=now_s)
        return insufficient_collateral(market, have=held, need=sold, accepted=accepted)
    sale = _price_sale(book, action, sold, now_s=now_s)
    if isinstance(sale, Refused):
        return sale
    return _settle_sale(book, action, sale, now_s=now_s)


def _all_sold(book: Book, action: Close, *, now_s: int) -> int:
    """Return all of the collateral where selling it as asked passes, else 0."""
    held = book.position.collateral
    passes = held and isinstance(decide_close(book, replace(action, tokens=held), now_s=now_s), Outcome)
    return held if passes else 0


def _price_sale(book: Book, action: Close, sold: int, *, now_s: int) -> Sale | Refused:
    """Ask the swap what it pays, and find the minimum: of the oracle, or of its own quote without one."""
    market = book.market
    fault, price = price_fault(book, now_s=now_s), known_price(book, now_s=now_s)
    out = action.out
    if out is None:
        if price is None:
            assert fault is not None, book.prices
            return price_invalid(book, fault, now_s=now_s, hint="no price is known to sell at; wait for one")
        out = desk_proceeds(market, sold, price)
    slippage = market.slippage_max_default if action.slippage_max is None else action.slippage_max
    if fault is None:
        assert price is not None, book.prices
        least = less(slippage)
        minimum = mul_div_floor(sold * price.num, least.num, price.den * least.den)
    else:
        minimum = _minimum(out if action.quote is None else action.quote, slippage)
    owed = debt(book)
    burns = out >= owed or borrow_shares_floor(book.pool, out) > 0
    if out <= 0 or not burns:
        return rounds_to_nothing(market.collateral, sold, f"{market.loan.symbol} for it")
    return Sale(sold=sold, out=out, minimum=minimum, owed=owed, slippage=slippage)


def _settle_sale(book: Book, action: Close, sale: Sale, *, now_s: int) -> Outcome[Book] | Refused:
    market = book.market
    is_full = sale.sold == book.position.collateral
    shortfall = max(0, sale.owed - sale.out) if is_full else 0
    if shortfall and action.cover_shortfall_from_wallet and shortfall > book.wallet_loan:
        return insufficient_wallet(market.loan, have=book.wallet_loan, need=shortfall, accepted=0)
    if sale.out < sale.minimum:
        return slippage_exceeded(market.loan, out=sale.out, minimum=sale.minimum, slippage_max=sale.slippage)
    if shortfall and not action.cover_shortfall_from_wallet:
        return proceeds_below_debt(market, out=sale.out, owed=sale.owed)
    closed = _apply_sale(book, sale, shortfall=shortfall, now_s=now_s)
    refusal = _worse_refusal(book, closed.book, now_s=now_s)
    return closed if refusal is None else refusal


def _worse_refusal(book: Book, after: Book, *, now_s: int) -> Refused | None:
    """Refuse a partial close that raises the debt per token and leaves it above the maximum LTV.

    On an invalid price the first half alone decides.
    """
    market, owed, left = book.market, debt(after), after.position.collateral
    if owed * book.position.collateral <= debt(book) * left:
        return None
    fault = price_fault(book, now_s=now_s)
    if fault is not None:
        hint = "until the next valid price a part may be sold only where that lowers the debt per token; "
        return price_invalid(book, fault, now_s=now_s, hint=hint + "close all, or wait")
    value = value_at(after, known_price(book, now_s=now_s))
    if is_within(owed, market.max_open_ltv, value):
        return None
    hint = "repay a part first, sell at a better price, or close all"
    return max_ltv_exceeded(market, owed=owed, value=value, hint=hint)


def _apply_sale(book: Book, sale: Sale, *, shortfall: int, now_s: int) -> Outcome[Book]:
    market, before = book.market, book.position
    repaid = min(sale.out, sale.owed) + shortfall
    surplus = max(0, sale.out - sale.owed)
    fee = mul_div_ceil(surplus, market.sell_fee.num, market.sell_fee.den)
    paid = surplus - fee - shortfall
    pool, position = take_back(book.pool, before, repaid) if repaid else (book.pool, before)
    position = replace(position, collateral=before.collateral - sale.sold, net_in=before.net_in - paid)
    after = replace(book, pool=pool, position=kept(position), wallet_loan=book.wallet_loan + paid)
    price = known_price(book, now_s=now_s)
    return Outcome(
        book=after,
        postings=_close_postings(book, sale, repaid=repaid, fee=fee, paid=paid),
        working=Closed(
            sold=sale.sold,
            proceeds=sale.out,
            minimum=sale.minimum,
            repaid=repaid,
            shortfall=shortfall,
            fee=fee,
            to_wallet=max(0, paid),
            debt_after=debt(after),
            collateral_after=position.collateral,
            pnl=_pnl(after, position, price),
            price=price,
        ),
    )


def _pnl(after: Book, position: Position, price: Ratio | None) -> Ratio | None:
    """Return equity left less net_in; after a full close no price is needed."""
    if price is None and position.collateral:
        return None
    value = ZERO if price is None else value_of(position.collateral, price)
    return pnl_of(debt(after), value, position.net_in)


def _close_postings(book: Book, sale: Sale, *, repaid: int, fee: int, paid: int) -> tuple[Posting, ...]:
    coin, token = book.market.loan.symbol, book.market.collateral.symbol
    moves = (
        Posting(Account.POSITION, token, -sale.sold),
        Posting(Account.SWAP_DESK, token, sale.sold),
        Posting(Account.SWAP_DESK, coin, -sale.out),
        Posting(Account.POOL, coin, repaid),
        Posting(Account.PROTOCOL, coin, fee),
        Posting(Account.WALLET, coin, paid),
    )
    return tuple(move for move in moves if move.units)
