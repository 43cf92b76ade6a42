"""Orders against the house quote: checks in the spec's order, fills, reservations, cancels."""

from msgspec import Struct
from msgspec.structs import replace

from solvent.margin.risk_limit.fills import Deal, fill, postings_of
from solvent.margin.risk_limit.maths import (
    available_of,
    fill_value,
    is_healthy,
    level_of,
    max_leverage_of,
    on_tick,
    order_cost,
)
from solvent.margin.risk_limit.refusals import (
    Code,
    coins,
    insufficient_balance,
    liquidation_in_progress,
    lots_text,
    money,
    no_position,
    price_invalid,
    price_text,
    refuse,
    would_be_liquidatable,
)
from solvent.margin.risk_limit.values import (
    Book,
    Cancel,
    Close,
    Fill,
    Market,
    Open,
    Order,
    Position,
    RestingOrder,
    Tif,
)
from solvent.margin.seam import Outcome, Refused, Term
from solvent.money import Ratio


class Rested(Struct, frozen=True, gc=False):
    """The working of an order that rests: what it reserves, in 1e-10."""

    order_id: str
    reserved: int


class Cancelled(Struct, frozen=True, gc=False):
    """The working of a cancellation: what it frees, in 1e-10."""

    order_id: str
    freed: int


class Ticket(Struct, frozen=True, gc=False, kw_only=True):
    """An order as the checks see it: signed lots, limit or none, and how it may live."""

    lots: int
    leverage: int
    limit_price: Ratio | None
    tif: Tif = Tif.IOC
    post_only: bool = False
    reduce_only: bool = False
    order_id: str = ""


def house_quote(book: Book, lots: int) -> Ratio:
    """Return the price at which signed lots fill now: the mark and half the house's spread, exact."""
    mark, spread = book.mark, book.market.half_spread
    sign = 1 if lots > 0 else -1
    return Ratio(mark.num * (spread.den + sign * spread.num), mark.den * spread.den)


def opening_lots(position: Position, lots: int) -> int:
    """Return the signed part of `lots` that opens, enlarges or flips the position; 0 when it only reduces."""
    if position.lots * lots >= 0:
        return lots
    beyond = max(0, abs(lots) - abs(position.lots))
    return beyond if lots > 0 else -beyond


def exposure(book: Book, side: int) -> int:
    """Return |C| and the opening orders of a trader's side (1 long, -1 short), in 1e-10."""
    position = book.position
    held = abs(position.cost) if position.side == side else 0
    return held + sum(
        abs(fill_value(book.market, opening_lots(position, order.lots), order.limit_price))
        for order in book.orders
        if not order.reduce_only and order.lots * side > 0
    )


def decide_open(book: Book, action: Open, *, now_ms: int) -> Outcome[Book] | Refused:
    """Fill now at the quote or be refused."""
    ticket = Ticket(lots=action.lots, leverage=action.leverage, limit_price=action.limit_price)
    return _place(book, ticket, now_ms=now_ms)


def decide_close(book: Book, action: Close, *, now_ms: int) -> Outcome[Book] | Refused:
    """Reduce now at the quote; the released margin and the result go to the balance."""
    held = book.position.lots
    if action.lots is not None and action.lots <= 0:
        return _lots_invalid(book.market, action.lots)
    if held == 0:
        return no_position(book)
    lots = abs(held) if action.lots is None else action.lots
    ticket = Ticket(
        lots=-lots if held > 0 else lots, leverage=1, limit_price=action.limit_price, reduce_only=True
    )
    return _place(book, ticket, now_ms=now_ms)


def decide_order(book: Book, action: Order, *, now_ms: int) -> Outcome[Book] | Refused:
    """Fill where the quote reaches the limit, else rest, fail or post as the order says."""
    ticket = Ticket(
        lots=action.lots,
        leverage=action.leverage,
        limit_price=action.limit_price,
        tif=action.tif,
        post_only=action.post_only,
        reduce_only=action.reduce_only,
        order_id=action.order_id,
    )
    return _place(book, ticket, now_ms=now_ms)


def _place(book: Book, ticket: Ticket, *, now_ms: int) -> Outcome[Book] | Refused:
    quote = house_quote(book, ticket.lots)
    refusal = _refusal(book, ticket, ticket.limit_price or quote)
    if refusal is not None:
        return refusal
    if now_ms - book.mark_ms > book.market.mark_age_ms_max:
        return price_invalid(book, now_ms=now_ms)
    limit = ticket.limit_price
    matches = limit is None or (quote <= limit if ticket.lots > 0 else quote >= limit)
    if not matches and ticket.tif is Tif.IOC:
        return _no_match(ticket, quote)
    if matches and ticket.post_only:
        return _would_match(quote)
    if matches:
        return fill_at(book, ticket, price=quote, fee_rate=book.market.taker_fee, now_ms=now_ms)
    return _rest(book, ticket)


def _refusal(book: Book, ticket: Ticket, price: Ratio) -> Refused | None:
    """Check shape, leverage, level and position, in the spec's order; `price` values the opening part."""
    market, position = book.market, book.position
    if ticket.lots == 0:
        return _lots_invalid(market, ticket.lots)
    if ticket.limit_price is not None and not is_on_tick(market, ticket.limit_price):
        return _tick_invalid(market, ticket.limit_price)
    opening = 0 if ticket.reduce_only else opening_lots(position, ticket.lots)
    if opening and ticket.leverage < 1:
        return refuse(
            Code.AMOUNT_INVALID,
            f"leverage {ticket.leverage} is not possible; give a whole number from 1",
            Term("leverage", ticket.leverage),
        )
    if opening and ticket.leverage > max_leverage_of(book):
        return _leverage_too_high(book, ticket)
    exposed = exposure(book, 1 if opening > 0 else -1) + abs(fill_value(market, opening, price))
    if opening and exposed > level_of(market, position).bound:
        return _risk_limit_exceeded(book, exposed, side=1 if opening > 0 else -1)
    if ticket.reduce_only and position.lots * ticket.lots >= 0:
        return _would_open(book, ticket)
    if ticket.reduce_only and abs(ticket.lots) > abs(position.lots):
        return _too_many(book, ticket)
    return liquidation_in_progress(book) if position.liquidating else None


def is_on_tick(market: Market, price: Ratio) -> bool:
    """Tell whether a price is positive, at most `price_max`, and a multiple of the tick."""
    return price.num > 0 and price <= market.price_max and on_tick(price, market.tick, up=False) == price


def _lots_invalid(market: Market, lots: int) -> Refused:
    return refuse(
        Code.AMOUNT_INVALID,
        f"the order is for {lots_text(market, lots)}; give whole lots other than zero",
        Term("lots", lots),
    )


def _tick_invalid(market: Market, price: Ratio) -> Refused:
    return refuse(
        Code.AMOUNT_INVALID,
        f"the price {price_text(price)} is not possible; give a multiple of {market.tick} above zero and at "
        f"most {market.price_max}",
        Term("price", price),
        Term("tick", market.tick),
    )


def _leverage_too_high(book: Book, ticket: Ticket) -> Refused:
    allowed, level = max_leverage_of(book), level_of(book.market, book.position)
    return refuse(
        Code.LEVERAGE_TOO_HIGH,
        f"leverage {ticket.leverage} exceeds the maximum of {allowed} (level {level.number} allows "
        f"{level.max_leverage}); give at most {allowed} or choose a lower level",
        Term("leverage", ticket.leverage),
        Term("max_leverage", allowed),
    )


def _risk_limit_exceeded(book: Book, exposed: int, *, side: int) -> Refused:
    market, level = book.market, level_of(book.market, book.position)
    spare = max(0, level.bound - exposure(book, side))
    return refuse(
        Code.RISK_LIMIT_EXCEEDED,
        f"position and opening orders would count {coins(market, exposed)}; level {level.number} allows "
        f"{coins(market, level.bound)}; order less or choose a higher level",
        Term("exposure", money(market, exposed)),
        Term("bound", money(market, level.bound)),
        accepted=money(market, spare),
    )


def _would_open(book: Book, ticket: Ticket) -> Refused:
    if book.position.lots == 0:
        return no_position(book)
    market, held = book.market, book.position.lots
    return refuse(
        Code.NO_POSITION,
        f"a reduce-only order of {lots_text(market, ticket.lots)} finds no opposite position; "
        f"{lots_text(market, held)} are held, give the opposite side",
        Term("lots", ticket.lots),
        Term("held", held),
    )


def _too_many(book: Book, ticket: Ticket) -> Refused:
    market, held = book.market, book.position.lots
    return refuse(
        Code.AMOUNT_INVALID,
        f"{lots_text(market, abs(ticket.lots))} cannot be closed: {lots_text(market, abs(held))} are held; "
        "close at most that",
        Term("lots", ticket.lots),
        Term("held", held),
    )


def _no_match(ticket: Ticket, quote: Ratio) -> Refused:
    assert ticket.limit_price is not None, ticket
    return refuse(
        Code.NO_MATCH,
        f"the quote is {price_text(quote)} and the limit {price_text(ticket.limit_price)}: nothing matches "
        "at once; move the limit to the quote or let the order rest",
        Term("quote", quote),
        Term("limit_price", ticket.limit_price),
    )


def _would_match(quote: Ratio) -> Refused:
    return refuse(
        Code.WOULD_MATCH,
        f"the quote is {price_text(quote)}: a post-only order would match at once; move the limit away "
        "from it",
        Term("quote", quote),
    )


def fill_at(
    book: Book, ticket: Ticket, *, price: Ratio, fee_rate: Ratio, now_ms: int
) -> Outcome[Book] | Refused:
    """Fill at a given price where balance and health suffice.

    An opening part needs its order cost and what it takes, whichever is more. A fill never leaves an
    unhealthy position, except a reduction of one that is unhealthy already. A position that opens owes
    no funding up to now, whenever an interval's rate becomes known.
    """
    market, position = book.market, book.position
    opening = opening_lots(position, ticket.lots)
    if position.lots == 0:
        position = replace(position, settled_ms=max(position.settled_ms, now_ms))
    deal = Deal(
        lots=ticket.lots,
        price=price,
        leverage=ticket.leverage,
        fee_rate=fee_rate,
        available=available_of(book),
    )
    filled = fill(market, position, deal)
    spare = available_of(book) + filled.released
    if opening:
        cost = order_cost(market, lots=opening, price=price, leverage=ticket.leverage)
        needed = max(cost, filled.margin_taken + filled.fee)
        if needed > spare:
            after_close = replace(book, balance=book.balance + filled.released)
            return insufficient_balance(after_close, needed=needed, what="the order")
    after = replace(book, position=filled.position, balance=book.balance + filled.balance_change)
    if not is_healthy(after) and (opening or is_healthy(book)):
        return would_be_liquidatable(after)
    return Outcome(book=after, postings=postings_of(market, book.position, filled), working=filled)


def _rest(book: Book, ticket: Ticket) -> Outcome[Book] | Refused:
    assert ticket.limit_price is not None, ticket
    if _resting(book, ticket.order_id) is not None:
        return _order_id_taken(ticket.order_id)
    opening = 0 if ticket.reduce_only else opening_lots(book.position, ticket.lots)
    reserved = order_cost(
        book.market, lots=opening, price=ticket.limit_price, leverage=max(1, ticket.leverage)
    )
    if reserved > available_of(book):
        return insufficient_balance(book, needed=reserved, what="the order")
    resting = RestingOrder(
        order_id=ticket.order_id,
        lots=ticket.lots,
        leverage=ticket.leverage,
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
    """Fill a resting order whole: its reservation is freed first, then everything is checked anew."""
    resting = _resting(book, action.order_id)
    if resting is None:
        return _order_not_found(action.order_id)
    freed = _without(book, resting)
    ticket = Ticket(
        lots=resting.lots,
        leverage=resting.leverage,
        limit_price=resting.limit_price,
        reduce_only=resting.reduce_only,
    )
    refusal = _refusal(freed, ticket, action.price)
    if refusal is not None:
        return refusal
    is_old = now_ms - book.mark_ms > book.market.mark_age_ms_max
    if is_old and opening_lots(book.position, resting.lots):
        return price_invalid(book, now_ms=now_ms)
    rate = book.market.maker_fee if action.maker else book.market.taker_fee
    return fill_at(freed, ticket, price=action.price, fee_rate=rate, now_ms=now_ms)


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
