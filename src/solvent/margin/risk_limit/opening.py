"""At which marks an amount may be taken: the pieces of W over the mark, and where a zero opens up.

W before its clamp is piecewise linear in y = |MV|, which is proportional to the mark of a linear
contract and to 1 / mark of an inverse one. Its kinks are G = 0 and, in `cumulative` mode, the gain at
which the profit ratio allows more than was already taken.
"""

from typing import NamedTuple

from msgspec.structs import replace

from solvent.margin.risk_limit.maths import (
    agg_rate_of,
    assess,
    max_leverage_of,
    on_tick,
    price_at,
    value_of,
)
from solvent.margin.risk_limit.values import Book, RatioMode
from solvent.money import Ratio

ZERO = Ratio(0, 1)


class Stretch(NamedTuple):
    """An interval of y or of the mark, both ends included; `high` none means without end."""

    low: Ratio
    high: Ratio | None


def stretches(book: Book, amount: int) -> tuple[Stretch, ...]:
    """Return every interval of |MV|, in 1e-10, in which W is at least `amount`, ascending and joined.

    Where the maintenance cap can bind, its border is included although T must be above it: callers who
    need the border itself ask the function.
    """
    found = [stretch for piece in _pieces(book) for stretch in _where(piece, amount)]
    found.sort(key=lambda stretch: stretch.low.fraction)
    joined: list[Stretch] = []
    for stretch in found:
        last = joined[-1] if joined else None
        if last is not None and (last.high is None or last.high >= stretch.low):
            joined[-1] = Stretch(last.low, _later(last.high, stretch.high))
        else:
            joined.append(stretch)
    return tuple(kept for stretch in joined for kept in _above_maintenance(book, stretch, amount))


class _Piece(NamedTuple):
    """num/den = (level + slope * y) / den on an interval of y, all integers."""

    level: int
    slope: int
    den: int
    low: Ratio
    high: Ratio | None


def _pieces(book: Book) -> tuple[_Piece, ...]:
    """Return the linear pieces of W before its clamp."""
    market, position = book.market, book.position
    is_total = market.profit_ratio_mode is RatioMode.CUMULATIVE
    banked, taken = (position.banked, position.taken) if is_total else (0, 0)
    ratio, leverage = market.profit_ratio, max_leverage_of(book)
    sign = 1 if value_of(market, position.lots, book.mark)[0] > 0 else -1
    base, own = position.cost - banked, position.margin - banked
    den = leverage * ratio.den
    kink = Ratio(sign * base, 1)
    loss = (own - base) * den, (sign * leverage - 1) * ratio.den
    flat = own * den, -ratio.den
    gain = (
        own * den - leverage * (ratio.num * base + (ratio.den - ratio.num) * taken),
        sign * ratio.num * leverage - ratio.den,
    )
    if ratio.num == 0:
        sides = [(loss, None, kink), (flat, kink, None)]
    else:
        second = Ratio(sign * (base * ratio.num + taken * (ratio.den - ratio.num)), ratio.num)
        sides = [(loss, None, kink), (flat, kink, second), (gain, second, None)]
    return tuple(
        _Piece(level, slope, den, *_bounds(start, end, sign)) for (level, slope), start, end in sides
    )


def _bounds(start: Ratio | None, end: Ratio | None, sign: int) -> tuple[Ratio, Ratio | None]:
    """Order a piece's ends, told from loss to gain, as an interval of y at or above zero."""
    low, high = (start, end) if sign > 0 else (end, start)
    return (ZERO if low is None or low < ZERO else low), high


def _where(piece: _Piece, amount: int) -> tuple[Stretch, ...]:
    """Return the part of a piece on which it is at least `amount`: one interval or none."""
    low, high = piece.low, piece.high
    needed = amount * piece.den - piece.level
    if piece.slope > 0:
        low = max(low, Ratio(needed, piece.slope))
    elif piece.slope < 0:
        end = Ratio(-needed, -piece.slope)
        high = end if high is None else min(high, end)
    elif needed > 0:
        return ()
    return () if high is not None and high < low else (Stretch(low, high),)


def _later(left: Ratio | None, right: Ratio | None) -> Ratio | None:
    return None if left is None or right is None else max(left, right)


def _above_maintenance(book: Book, stretch: Stretch, amount: int) -> tuple[Stretch, ...]:
    """Cut an interval to where T - amount is not under maintenance; nothing to cut at usual rates."""
    agg, position = agg_rate_of(book.market, book.position), book.position
    if agg.num * max_leverage_of(book) < agg.den:
        return (stretch,)
    sign = 1 if value_of(book.market, position.lots, book.mark)[0] > 0 else -1
    funds = position.margin - position.cost - amount
    piece = _Piece(funds * agg.den, sign * agg.den - agg.num, agg.den, *stretch)
    return _where(piece, 0)


def price_stretches(book: Book, amount: int) -> tuple[Stretch, ...]:
    """Return every interval of the mark at which `amount` may be taken; `high` none: without end."""
    market, lots = book.market, book.position.lots
    found = []
    for low, high in stretches(book, amount):
        if high is not None and high.num == 0:
            continue
        near = None if low.num == 0 else price_at(market, lots, low)
        far = None if high is None else price_at(market, lots, high)
        if market.is_inverse:
            near, far = far, near
        found.append(Stretch(near or ZERO, far))
    return tuple(found)


def opens_at(book: Book) -> tuple[Ratio, bool] | None:
    """Return the nearest mark on the tick at which something may be taken, and whether it lies above.

    Of two equally near ones the one in the direction of profit. None where no mark opens it.
    Rounds: to `index_tick`, on the side where W > 0; between one tick and `price_max`.
    Source: docs/concepts/risk-limit.md#when-a-zero-opens-up
    """
    open_marks = price_stretches(book, 1)
    above, below = _first_above(book, open_marks), _first_below(book, open_marks)
    if above is None:
        return None if below is None else (below, False)
    if below is None:
        return above, True
    mark = book.mark.fraction
    up, down = above.fraction - mark, mark - below.fraction
    goes_up = up < down or (up == down and book.position.lots > 0)
    return (above, True) if goes_up else (below, False)


def _first_above(book: Book, open_marks: tuple[Stretch, ...]) -> Ratio | None:
    tick, most = book.market.index_tick, book.market.price_max
    found = None
    for low, high in open_marks:
        price = on_tick(max(low, book.mark), tick, up=True)
        price = price if _is_open(book, price) else _plus(price, tick)
        is_inside = price <= most and (high is None or price <= high) and _is_open(book, price)
        if is_inside and (found is None or price < found):
            found = price
    return found


def _first_below(book: Book, open_marks: tuple[Stretch, ...]) -> Ratio | None:
    tick = book.market.index_tick
    found = None
    for low, high in open_marks:
        price = on_tick(book.mark if high is None else min(high, book.mark), tick, up=False)
        price = price if price > ZERO and _is_open(book, price) else _plus(price, Ratio(-tick.num, tick.den))
        is_inside = price > ZERO and price >= low and _is_open(book, price)
        if is_inside and (found is None or price > found):
            found = price
    return found


def _plus(price: Ratio, step: Ratio) -> Ratio:
    return Ratio(price.num * step.den + step.num * price.den, price.den * step.den)


def _is_open(book: Book, price: Ratio) -> bool:
    """Ask the function itself whether anything may be taken at a mark."""
    return assess(replace(book, mark=price)).reducible > 0
