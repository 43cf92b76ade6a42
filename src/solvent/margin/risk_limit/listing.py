"""What lists show of a contract and of a resting order, as labelled lines."""

from collections.abc import Iterable

from solvent.margin.parts import Parts, nothing
from solvent.margin.risk_limit.maths import liquidation_price, value_of
from solvent.margin.risk_limit.refusals import money
from solvent.margin.risk_limit.values import Book, Market, Position, RestingOrder
from solvent.margin.seam import Row, Stake
from solvent.money import Ratio

pool_rows = nothing


def market_rows(parts: Parts, positions: Iterable[Position], *, now_ms: int) -> tuple[Row, ...]:
    """Return mark, maximum leverage, open interest and the last funding; `positions` are all of the market.

    Open interest is the larger side's: the house holds the difference.
    """
    assert now_ms >= 0, now_ms
    market: Market = parts.market
    mark = parts.reading("mark")
    held = [position.lots for position in positions]
    lots = max(sum(count for count in held if count > 0), -sum(count for count in held if count < 0))
    return (
        Row(
            name="mark",
            label="Mark price",
            value=None if mark is None else mark.price,
            unit=market.price_unit,
        ),
        Row(name="leverage_max", label="Max leverage", value=market.levels[0].max_leverage, unit="x"),
        Row(name="open_interest", label="Open interest", value=_size(market, lots), unit=market.size_unit),
        Row(
            name="funding",
            label="Last funding (8 h)",
            value=parts.funding[-1].rate if parts.funding else None,
            unit="%",
        ),
    )


def stake(book: Book) -> Stake | None:
    """Return what a liquidation of a settled position may take, and the mark at which it begins."""
    position = book.position
    if not position.lots:
        return None
    price = liquidation_price(book.market, position)
    value, den = value_of(book.market, position.lots, book.mark)
    equity = Ratio((position.margin - position.cost) * den + value, den * 10**book.market.settle.decimals)
    return Stake(price=price, above=position.lots < 0, units=abs(position.lots), equity=equity)


def stake_rows(book: Book, units: int) -> tuple[Row, Row]:
    """Return a size of so many lots, and its value at the mark."""
    market, mark = book.market, book.mark
    size = _size(market, units)
    price = Ratio(mark.den, mark.num) if market.is_inverse else mark
    value = Ratio(size.num * price.num, size.den * price.den)
    return (
        Row(name="size", label="Size", value=size, unit=market.size_unit),
        Row(name="value", label="Value", value=value, unit=market.settle.symbol),
    )


def step_rows(market: Market) -> tuple[Row, ...]:
    """Return a lot's size, the tick of limits, the largest leverage, how many risk-limit levels there are."""
    return (
        Row(name="size", label="Lot", value=_size(market, 1), unit=market.size_unit),
        Row(name="tick", label="Tick of a limit price", value=market.tick, unit=market.price_unit),
        Row(name="leverage_max", label="Max leverage", value=market.levels[0].max_leverage, unit="x"),
        Row(name="levels", label="Risk-limit levels", value=len(market.levels)),
    )


def order_rows(market: Market, order: RestingOrder) -> tuple[Row, ...]:
    """Return a resting order's id, size, limit price, leverage, reservation, whether it may only reduce."""
    return (
        Row(name="order_id", label="Order", value=order.order_id),
        Row(name="size", label="Size", value=_size(market, order.lots), unit=market.size_unit),
        Row(name="limit_price", label="Limit price", value=order.limit_price, unit=market.price_unit),
        Row(name="leverage", label="Leverage", value=order.leverage, unit="x"),
        Row(name="reserved", label="Reserved", value=money(market, order.reserved)),
        Row(name="reduce_only", label="Reduce only", value=order.reduce_only),
    )


def _size(market: Market, lots: int) -> Ratio:
    return Ratio(lots * abs(market.multiplier.num), market.multiplier.den)
