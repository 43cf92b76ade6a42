"""Books put together from what an engine keeps, and what an engine needs to act by itself."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from msgspec.structs import replace

from solvent.margin.parts import (
    FeedReading,
    FundingNote,
    Kept,
    Parts,
    Shortage,
    Standing,
    find_reading,
    none_of_them,
    nothing,
)
from solvent.margin.seam import Account
from solvent.margin.tiered import values
from solvent.margin.tiered.liquidation import Step, adl_score, breach, plan
from solvent.margin.tiered.orders import house_quote
from solvent.margin.tiered.transfers import is_price_valid
from solvent.margin.tiered.values import (
    FUNDING_RATE_DECIMALS,
    USD,
    Book,
    FundingHour,
    Market,
    Position,
    Quoted,
)
from solvent.money import Asset, Ratio, Rounding

MARK, ORACLE = "mark", "oracle"
_USD = USD.symbol
# Hours of all markets: some months of a few of them.
HOURS_KEPT = 32_768
empty_pool = accrued = collect = nothing
pool_faults = own_fields = none_of_them
STORED = {
    "market": Market,
    "position": Position,
    "pool": None,
    "order": values.RestingOrder,
    "action": values.Action,
}


def wallet_assets(market: Market) -> tuple[Asset, ...]:
    """Return the settlement asset, which every market of this model shares."""
    assert isinstance(market, Market), market
    return (USD,)


def holdings(market: Market, position: Position) -> Mapping[str, int]:
    """Return the bucket's cash and contracts."""
    return {USD.symbol: position.cash, market.contract.symbol: position.size}


def feeds(market: Market) -> tuple[str, ...]:
    """Return the mark; an oracle may come beside it, else it is the mark."""
    assert isinstance(market, Market), market
    return (MARK,)


def price_units(market: Market, price: Ratio) -> int:
    """Return an incoming price in price units, rounded half up, at least one."""
    return _price_units(price.num, price.den, market.price_decimals)


@lru_cache(maxsize=1_024)
def _price_units(num: int, den: int, decimals: int) -> int:
    """Round a price; every book of a market asks for the same one until the next tick."""
    return max(1, Ratio(num, den).units(decimals, Rounding.HALF_UP))


def quoted(
    market: Market, readings: tuple[FeedReading, ...], valid_readings: tuple[FeedReading, ...]
) -> Quoted:
    """Return the prices that readings bring, rounded half up to the market's decimals when they arrive."""
    mark, oracle = find_reading(readings, MARK), find_reading(readings, ORACLE)
    assert mark is not None, (readings, valid_readings)
    units = price_units(market, mark.price)
    return Quoted(
        mark=units,
        oracle=units if oracle is None else price_units(market, oracle.price),
        mark_ms=mark.at_ms,
    )


def assemble(parts: Parts) -> Book:
    """Put a book together."""
    market: Market = parts.market
    prices = parts.quoted or quoted(market, parts.readings, parts.valid_readings)
    position: Position = parts.position or Position(leverage=market.leverage_default)
    owed = parts.owed_funding(position.settled_ms) if parts.funding and position.size else ()
    return Book(
        market=market,
        position=position,
        cash=parts.free.get(_USD, 0),
        mark=prices.mark,
        oracle=prices.oracle,
        mark_ms=prices.mark_ms,
        reserved=parts.reserved.get(_USD, 0),
        orders=parts.orders,
        funding=_hours_of(market, owed) if owed else (),
    )


def hour_of(market: Market, note: FundingNote) -> FundingHour:
    """Return a note as an hour of this market: its price in price units, its rate cut to ten decimals."""
    price, rate = note.price, note.rate
    return _hour_of(note.at_ms, price.num, price.den, rate.num, rate.den, market.price_decimals)


def _hours_of(market: Market, notes: Iterable[FundingNote]) -> tuple[FundingHour, ...]:
    """Return `hour_of` each note, written out: somebody may owe the hours of months."""
    decimals = market.price_decimals
    return tuple(
        [
            _hour_of(note.at_ms, note.price.num, note.price.den, note.rate.num, note.rate.den, decimals)
            for note in notes
        ]
    )


@lru_cache(maxsize=HOURS_KEPT)
def _hour_of(at_ms: int, num: int, den: int, rate_num: int, rate_den: int, decimals: int) -> FundingHour:
    """Read a note; whoever was not touched for a month is asked for the same hours as everybody else."""
    return FundingHour(
        at_ms=at_ms,
        oracle=_price_units(num, den, decimals),
        rate=Ratio(rate_num, rate_den).units(FUNDING_RATE_DECIMALS, Rounding.TRUNC),
    )


def dismantle(book: Book) -> Kept:
    """Take a book apart; a position that is flat keeps its setting."""
    return Kept(position=book.position, reserved=book.reserved, orders=book.orders)


def are_valid(book: Book, *, now_ms: int) -> bool:
    """Tell whether the mark is young enough."""
    return is_price_valid(book, now_ms=now_ms)


def reached(book: Book) -> tuple[values.Fill, ...]:
    """Return fills at their limit for the resting orders that the house quote has reached."""
    found = []
    for order in sorted(book.orders, key=lambda order: order.order_id.encode()):
        quote = house_quote(book, order.size)
        if quote <= order.limit_price if order.size > 0 else quote >= order.limit_price:
            found.append(values.Fill(order_id=order.order_id, price=order.limit_price))
    return tuple(found)


def liquidation(book: Book, funds: Mapping[Account, int], *, now_ms: int) -> values.Liquidate:
    """Return the next step's action; nobody's funds are needed."""
    assert breach(book) is not None, (book.position, funds, now_ms)
    return values.Liquidate()


def cancel_of(order_id: str) -> values.Cancel:
    """Return the action that takes a resting order back."""
    return values.Cancel(order_id)


def shortage(book: Book, action: values.Liquidate, *, now_ms: int) -> Shortage | None:
    """Return what others are deleveraged for when equity is negative."""
    step = plan(book, now_ms=now_ms)
    assert isinstance(action, values.Liquidate), action
    if step.step is not Step.ADL:
        return None
    side = 1 if book.position.size > 0 else -1
    return Shortage(size=abs(book.position.size), price=step.price, failed_side=side)


def standing(book: Book) -> Standing | None:
    """Return the side and score at the book's mark by which it is deleveraged; none without equity."""
    position = book.position
    score = adl_score(position, book.mark) if position.size else None
    return None if score is None else Standing(side=1 if position.size > 0 else -1, score=score)


def deleverage(book: Book, short: Shortage, *, left: int) -> values.Deleverage:
    """Return the reduction of a counterpart by at most `left`."""
    return values.Deleverage(size=min(left, abs(book.position.size)), price=short.price)


def deleveraged(action: values.Deleverage) -> int:
    """Return how much of a shortage a reduction covers."""
    return action.size


def inherited(parts: Parts, held: Callable[[str], int], *, now_ms: int) -> Book:
    """Return the book of what the backstop took over: contracts and cash, as its bucket holds them.

    Of many positions taken over no entry is kept: the mark stands for it. It pays no funding, as the
    other side is the venue's own, too.
    """
    book = assemble(parts)
    position = replace(
        book.position,
        size=held(book.market.contract.symbol),
        cash=held(USD.symbol),
        entry=Ratio(book.mark, 1),
        settled_ms=now_ms,
    )
    return replace(book, position=position, funding=())


def unwinding(size: int | None) -> values.Close:
    """Return the close of what the backstop holds, or of a size of it."""
    return values.Close(size=size)
