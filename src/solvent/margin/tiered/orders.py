"""Orders against the house quote: checks in the spec's order, fills, reservations, cancels."""

from msgspec import Struct
from msgspec.structs import replace

from solvent.margin.seam import Outcome, Refused, Term
from solvent.margin.tiered.fills import fill, postings_of
from solvent.margin.tiered.maths import equity_of, is_healthy, notional_of, order_margin, withdrawable_of
from solvent.margin.tiered.refusals import (
    Code,
    dollars,
    money,
    no_position,
    price_invalid,
    price_text,
    refuse,
)
from solvent.margin.tiered.transfers import is_price_valid
from solvent.margin.tiered.values import (
    Book,
    Cancel,
    Close,
    Fill,
    Market,
    Open,
    Order,
    RestingOrder,
    Tif,
)
from solvent.margin.wording import seconds
from solvent.money import Ratio, div_ceil, format_units, mul_div_floor

SIGNIFICANT_DIGITS_MAX = 5


class Rested(Struct, frozen=True, gc=False):
    """The working of an order that rests: what it reserves, in micro-USD."""

    order_id: str
    reserved: int


class Cancelled(Struct, frozen=True, gc=False):
    """The working of a cancellation: what it frees, in micro-USD."""

    order_id: str
    freed: int


class Ticket(Struct, frozen=True, gc=False, kw_only=True):
    """An order as the checks see it: signed size, limit or none, and how it may live."""

    size: int
    limit_price: int | None
    tif: Tif
    reduce_only: bool
    order_id: str = ""


def house_quote(book: Book, size: int) -> int:
    """Return the price at which a signed size fills now: the mark and half the house's spread.

    Rounds: up for a buy, down for a sell, to a price unit, against the taker; at least one unit.
    """
    spread = book.market.half_spread
    if size > 0:
        return div_ceil(book.mark * (spread.den + spread.num), spread.den)
    return max(1, mul_div_floor(book.mark, spread.den - spread.num, spread.den))


def decide_open(book: Book, action: Open, *, now_ms: int) -> Outcome[Book] | Refused:
    """Fill now at the quote or be refused."""
    ticket = Ticket(size=action.size, limit_price=action.limit_price, tif=Tif.IOC, reduce_only=False)
    return _place(book, ticket, now_ms=now_ms)


def decide_close(book: Book, action: Close, *, now_ms: int) -> Outcome[Book] | Refused:
    """Reduce now at the quote; possible on an old mark too."""
    held = book.position.size
    if held == 0:
        return no_position(book)
    size = abs(held) if action.size is None else action.size
    signed = -size if held > 0 else size
    ticket = Ticket(size=signed, limit_price=action.limit_price, tif=Tif.IOC, reduce_only=True)
    return _place(book, ticket, now_ms=now_ms)


def decide_order(book: Book, action: Order, *, now_ms: int) -> Outcome[Book] | Refused:
    """Fill where the quote reaches the limit, else rest, fail or post as the order says."""
    ticket = Ticket(
        size=action.size,
        limit_price=action.limit_price,
        tif=action.tif,
        reduce_only=action.reduce_only,
        order_id=action.order_id,
    )
    return _place(book, ticket, now_ms=now_ms)


def _place(book: Book, ticket: Ticket, *, now_ms: int) -> Outcome[Book] | Refused:
    refusal = _shape_refusal(book, ticket) or _opening_refusal(book, ticket, now_ms=now_ms)
    if refusal is not None:
        return refusal
    quote = house_quote(book, ticket.size)
    limit = ticket.limit_price
    matches = limit is None or reaches(quote, size=ticket.size, limit_price=limit)
    if not matches and ticket.tif is Tif.IOC:
        return _no_match(book, ticket, quote)
    if matches and ticket.tif is Tif.ALO:
        return _would_match(book, quote)
    if matches:
        return fill_at(book, size=ticket.size, price=quote, fee_rate=book.market.taker_fee, now_ms=now_ms)
    return _rest(book, ticket)


def reaches(price: int, *, size: int, limit_price: int) -> bool:
    """Tell whether a price satisfies the limit of a signed size; the limit itself does."""
    return price <= limit_price if size > 0 else price >= limit_price


def increases(book: Book, size: int) -> bool:
    """Tell whether a signed size opens, enlarges or flips the position."""
    held = book.position.size
    return held == 0 or (held > 0) == (size > 0) or abs(size) > abs(held)


def _shape_refusal(book: Book, ticket: Ticket) -> Refused | None:
    market, size, limit = book.market, ticket.size, ticket.limit_price
    if size == 0:
        return _size_invalid(market, size)
    if limit is not None and not is_on_tick(market, limit):
        return _tick_invalid(market, limit)
    price = house_quote(book, size) if limit is None else limit
    value = abs(size) * price
    if value < market.order_value_min and size != -book.position.size:
        return refuse(
            Code.MIN_ORDER_VALUE,
            f"the order is worth {dollars(value)}; the least is {dollars(market.order_value_min)}, "
            "except to close the whole position",
            Term("value", money(value)),
            Term("value_min", money(market.order_value_min)),
            accepted=money(market.order_value_min),
        )
    return _reduce_only_refusal(book, ticket)


def _reduce_only_refusal(book: Book, ticket: Ticket) -> Refused | None:
    if not ticket.reduce_only or not increases(book, ticket.size):
        return None
    decimals = book.market.size_decimals
    held = format_units(book.position.size, decimals)
    return refuse(
        Code.REDUCE_ONLY_WOULD_INCREASE,
        f"a reduce-only order of {format_units(ticket.size, decimals)} would open, enlarge or flip a "
        f"position; {held} {book.market.name} is held, give at most that on the opposite side",
        Term("size", Ratio(ticket.size, 10**decimals)),
        Term("held", Ratio(book.position.size, 10**decimals)),
    )


def _size_invalid(market: Market, size: int) -> Refused:
    step = format_units(1, market.size_decimals)
    return refuse(
        Code.SIZE_INVALID,
        f"the size is {format_units(size, market.size_decimals)}; give a multiple of {step} other than zero",
        Term("size", Ratio(size, 10**market.size_decimals)),
        Term("size_step", Ratio(1, 10**market.size_decimals)),
    )


def is_on_tick(market: Market, price: int) -> bool:
    """Tell whether a price is positive and whole or of at most five significant digits."""
    if price <= 0:
        return False
    return price % market.price_scale == 0 or len(str(price).rstrip("0")) <= SIGNIFICANT_DIGITS_MAX


def _tick_invalid(market: Market, price: int) -> Refused:
    return refuse(
        Code.TICK_INVALID,
        f"the price {price_text(market, price)} is not on the tick; give a positive price that is whole "
        f"or has at most {SIGNIFICANT_DIGITS_MAX} significant digits",
        Term("price", Ratio(price, market.price_scale)),
    )


def _opening_refusal(book: Book, ticket: Ticket, *, now_ms: int) -> Refused | None:
    if not increases(book, ticket.size):
        return None
    market, position = book.market, book.position
    if not is_price_valid(book, now_ms=now_ms):
        return price_invalid(book, now_ms=now_ms)
    if position.cooldown_until_ms > now_ms:
        left_ms = position.cooldown_until_ms - now_ms
        return refuse(
            Code.LIQUIDATION_IN_PROGRESS,
            f"{market.name} is being liquidated; opening is possible again in "
            f"{seconds(left_ms)}; adding margin and reducing are possible now",
            Term("cooldown_ms_left", left_ms),
        )
    notional = abs(position.size + ticket.size) * book.mark
    allowed = market.tiers.leverages[market.tiers.tier_at(notional)]
    if position.leverage > allowed:
        return refuse(
            Code.LEVERAGE_ABOVE_TIER,
            f"the position would be worth {dollars(notional)}, a tier of at most {allowed}x, and the setting "
            f"is {position.leverage}x; set at most {allowed}x or order less",
            Term("notional", money(notional)),
            Term("leverage", position.leverage),
            Term("leverage_max", allowed),
        )
    return None


def _no_match(book: Book, ticket: Ticket, quote: int) -> Refused:
    assert ticket.limit_price is not None, ticket
    return refuse(
        Code.NO_MATCH,
        f"the quote is {price_text(book.market, quote)} and the limit "
        f"{price_text(book.market, ticket.limit_price)}: nothing matches at once; move the limit to the "
        "quote or let the order rest",
        Term("quote", Ratio(quote, book.market.price_scale)),
        Term("limit_price", Ratio(ticket.limit_price, book.market.price_scale)),
    )


def _would_match(book: Book, quote: int) -> Refused:
    return refuse(
        Code.WOULD_MATCH,
        f"the quote is {price_text(book.market, quote)}: a post-only order would match at once; "
        "move the limit away from it",
        Term("quote", Ratio(quote, book.market.price_scale)),
    )


def fill_at(book: Book, *, size: int, price: int, fee_rate: Ratio, now_ms: int) -> Outcome[Book] | Refused:
    """Fill at a given price where margin and health suffice.

    A fill never leaves an unhealthy position, except a reduction of one that is unhealthy already.
    A position that opens owes no hour up to now, whenever that hour's rate becomes known.
    """
    position = book.position
    if position.size == 0:
        position = replace(position, settled_ms=max(position.settled_ms, now_ms))
    filled = fill(position, size=size, price=price, fee_rate=fee_rate)
    spare = withdrawable_of(replace(book, cash=book.cash + filled.released))
    if filled.margin_taken > spare:
        return _insufficient_margin(needed=filled.margin_taken, free=spare)
    after = replace(book, position=filled.position, cash=book.cash + filled.cash_change)
    if not _is_book_healthy(after) and (increases(book, size) or _is_book_healthy(book)):
        return _would_be_liquidatable(after)
    return Outcome(book=after, postings=postings_of(book.market, book.position, filled), working=filled)


def _is_book_healthy(book: Book) -> bool:
    position = book.position
    return is_healthy(
        book.market.tiers,
        equity=equity_of(position, book.mark),
        notional=notional_of(position, book.mark),
    )


def _insufficient_margin(*, needed: int, free: int) -> Refused:
    return refuse(
        Code.INSUFFICIENT_MARGIN,
        f"the order needs {dollars(needed)} of margin; {dollars(free)} is free; reduce the size or deposit",
        Term("needed", money(needed)),
        Term("withdrawable", money(free)),
        accepted=money(free),
    )


def _would_be_liquidatable(after: Book) -> Refused:
    equity = equity_of(after.position, after.mark)
    return refuse(
        Code.INSUFFICIENT_MARGIN,
        f"after this fill the position would hold {dollars(equity)} and be liquidatable at once; "
        "add margin first, order less, or close the whole position",
        Term("equity", money(equity)),
        Term("notional", money(notional_of(after.position, after.mark))),
    )


def _rest(book: Book, ticket: Ticket) -> Outcome[Book] | Refused:
    assert ticket.limit_price is not None, ticket
    if _resting(book, ticket.order_id) is not None:
        return _order_id_taken(ticket.order_id)
    value = abs(ticket.size) * ticket.limit_price
    reserved = 0 if ticket.reduce_only else order_margin(Ratio(value, 1), book.position.leverage)
    if reserved > withdrawable_of(book):
        return _insufficient_margin(needed=reserved, free=withdrawable_of(book))
    resting = RestingOrder(
        order_id=ticket.order_id,
        size=ticket.size,
        limit_price=ticket.limit_price,
        reserved=reserved,
        reduce_only=ticket.reduce_only,
    )
    after = replace(book, orders=(*book.orders, resting), reserved=book.reserved + reserved)
    return Outcome(book=after, postings=(), working=Rested(ticket.order_id, reserved))


def decide_cancel(book: Book, action: Cancel) -> Outcome[Book] | Refused:
    """Take a resting order back and free what it reserved."""
    resting = _resting(book, action.order_id)
    if resting is None:
        return _order_not_found(action.order_id)
    return Outcome(
        book=_without(book, resting), postings=(), working=Cancelled(resting.order_id, resting.reserved)
    )


def decide_fill(book: Book, action: Fill, *, now_ms: int) -> Outcome[Book] | Refused:
    """Fill a resting order whole: its reservation is freed first, then the fill is checked anew.

    Value and tick were checked when it was placed: a better price may be worth less than the minimum,
    and a quote need not lie on the tick.
    """
    resting = _resting(book, action.order_id)
    if resting is None:
        return _order_not_found(action.order_id)
    market, price = book.market, action.price
    if price <= 0:
        return _tick_invalid(market, price)
    ticket = Ticket(
        size=resting.size, limit_price=resting.limit_price, tif=Tif.GTC, reduce_only=resting.reduce_only
    )
    freed = _without(book, resting)
    refusal = _reduce_only_refusal(freed, ticket) or _opening_refusal(freed, ticket, now_ms=now_ms)
    if refusal is not None:
        return refusal
    if not reaches(price, size=resting.size, limit_price=resting.limit_price):
        return _no_match(freed, ticket, price)
    rate = market.maker_fee if action.maker else market.taker_fee
    return fill_at(freed, size=resting.size, price=price, fee_rate=rate, now_ms=now_ms)


def _resting(book: Book, order_id: str) -> RestingOrder | None:
    return next((order for order in book.orders if order.order_id == order_id), None)


def _without(book: Book, resting: RestingOrder) -> Book:
    orders = tuple(order for order in book.orders if order is not resting)
    return replace(book, orders=orders, reserved=book.reserved - resting.reserved)


def _order_id_taken(order_id: str) -> Refused:
    return refuse(
        Code.ORDER_ID_TAKEN,
        f"an order with the id {order_id!r} rests already; cancel it first or give another id",
        Term("order_id", order_id),
    )


def _order_not_found(order_id: str) -> Refused:
    return refuse(
        Code.ORDER_NOT_FOUND,
        f"no resting order has the id {order_id!r}: never placed, cancelled or filled",
        Term("order_id", order_id),
    )
