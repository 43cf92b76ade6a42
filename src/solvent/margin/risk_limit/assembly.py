"""Books put together from what an engine keeps, and what an engine needs to act by itself."""

from collections.abc import Mapping
from typing import Any

from solvent.margin.parts import (
    FeedReading,
    Kept,
    Parts,
    Shortage,
    Standing,
    find_reading,
    none_of_them,
    nothing,
)
from solvent.margin.risk_limit import values
from solvent.margin.risk_limit.liquidation import adl_score, plan
from solvent.margin.risk_limit.maths import bankrupt_price
from solvent.margin.risk_limit.orders import house_quote
from solvent.margin.risk_limit.transfers import is_price_valid
from solvent.margin.risk_limit.values import Book, FundingInterval, Market, Position
from solvent.margin.seam import Account
from solvent.money import Asset

MARK = "mark"
PLAIN_MOVES: frozenset[type[Any]] = frozenset()
empty_pool = accrued = inherited = unwinding = collect = plain_move = nothing
pool_faults = own_fields = none_of_them
STORED = {
    "market": Market,
    "position": Position,
    "pool": None,
    "order": values.RestingOrder,
    "action": values.Action,
}


def wallet_assets(market: Market) -> tuple[Asset, ...]:
    """Return the settlement asset of the contract."""
    return (market.settle,)


def holdings(market: Market, position: Position) -> Mapping[str, int]:
    """Return the position's own funds less its cost, and its lots."""
    return {market.settle.symbol: position.margin - position.cost, market.name: position.lots}


def feeds(market: Market) -> tuple[str, ...]:
    """Return the mark."""
    assert isinstance(market, Market), market
    return (MARK,)


def quoted(
    market: Market, readings: tuple[FeedReading, ...], valid_readings: tuple[FeedReading, ...]
) -> FeedReading:
    """Return the mark's reading; it stays exact."""
    mark = find_reading(readings, MARK)
    assert mark is not None, (market, readings, valid_readings)
    return mark


def assemble(parts: Parts) -> Book:
    """Put a book together."""
    market: Market = parts.market
    mark = parts.quoted or quoted(market, parts.readings, parts.valid_readings)
    position: Position = parts.position or Position()
    owed = parts.owed_funding(position.settled_ms) if position.lots else ()
    return Book(
        market=market,
        position=position,
        balance=parts.free.get(market.settle.symbol, 0),
        mark=mark.price,
        mark_ms=mark.at_ms,
        reserved=parts.reserved.get(market.settle.symbol, 0),
        orders=parts.orders,
        funding=tuple(FundingInterval(at_ms=note.at_ms, mark=note.price, rate=note.rate) for note in owed),
    )


def dismantle(book: Book) -> Kept:
    """Take a book apart; a position that is flat keeps its level."""
    return Kept(position=book.position, reserved=book.reserved, orders=book.orders)


def are_valid(book: Book, *, now_ms: int) -> bool:
    """Tell whether the mark is young enough."""
    return is_price_valid(book, now_ms=now_ms)


def reached(book: Book) -> tuple[values.Fill, ...]:
    """Return fills at their limit for the resting orders that the house quote has reached."""
    found = []
    for order in sorted(book.orders, key=lambda order: order.order_id.encode()):
        quote = house_quote(book, order.lots)
        if quote <= order.limit_price if order.lots > 0 else quote >= order.limit_price:
            found.append(values.Fill(order_id=order.order_id, price=order.limit_price))
    return tuple(found)


def liquidation(book: Book, funds: Mapping[Account, int], *, now_ms: int) -> values.Liquidate:
    """Return the takeover: by insurance while it can bear the result, else by the house."""
    result = plan(book).result
    assert result is not None, (book.position, now_ms)
    return values.Liquidate(covered=funds.get(Account.INSURANCE, 0) + result >= 0)


def cancel_of(order_id: str) -> values.Cancel:
    """Return the action that takes a resting order back."""
    return values.Cancel(order_id)


def shortage(book: Book, action: values.Liquidate, *, now_ms: int) -> Shortage | None:
    """Return what others are deleveraged for when insurance cannot bear this takeover."""
    price = bankrupt_price(book.market, book.position)
    if action.covered or price is None:
        return None
    assert now_ms >= 0, now_ms
    return Shortage(size=abs(book.position.lots), price=price, failed_side=book.position.side)


def standing(book: Book) -> Standing | None:
    """Return the side and score at the book's mark by which it is deleveraged; none without equity."""
    position = book.position
    score = adl_score(book.market, position, book.mark) if position.lots else None
    return None if score is None else Standing(side=position.side, score=score)


def deleverage(book: Book, short: Shortage, *, left: int) -> values.Deleverage:
    """Return the reduction of a counterpart by at most `left` lots."""
    return values.Deleverage(lots=min(left, abs(book.position.lots)), price=short.price)


def deleveraged(action: values.Deleverage) -> int:
    """Return how much of a shortage a reduction covers."""
    return action.lots
