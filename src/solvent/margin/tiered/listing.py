"""What lists show of a market and of a resting order, as labelled lines."""

from collections.abc import Iterable

from solvent.margin.parts import Parts, nothing
from solvent.margin.seam import Row, Stake
from solvent.margin.tiered.maths import equity_of, liquidation_price
from solvent.margin.tiered.refusals import money
from solvent.margin.tiered.values import USD, Book, Market, Position, RestingOrder
from solvent.money import Ratio, Rounding

pool_rows = nothing


def market_rows(parts: Parts, positions: Iterable[Position], *, now_ms: int) -> tuple[Row, ...]:
    """Return mark, maximum leverage, open interest and the last funding; `positions` are all of the market.

    Open interest is the larger side's: the house holds the difference.
    """
    assert now_ms >= 0, now_ms
    market: Market = parts.market
    mark = parts.reading("mark")
    held = [position.size for position in positions]
    interest = Ratio(
        max(sum(size for size in held if size > 0), -sum(size for size in held if size < 0)),
        10**market.size_decimals,
    )
    value = None
    if mark is not None:
        value = Ratio(interest.num * mark.price.num, interest.den * mark.price.den)
    return (
        Row(
            name="mark",
            label="Mark price",
            value=None if mark is None else mark.price,
            unit=f"{USD.symbol}/{market.name}",
        ),
        Row(name="leverage_max", label="Max leverage", value=market.tiers.leverage_max, unit="x"),
        Row(name="open_interest", label="Open interest", value=interest, unit=market.name),
        Row(
            name="open_interest_value",
            label="Open interest value",
            value=value,
            unit=USD.symbol,
            shown=Rounding.FLOOR,
        ),
        Row(
            name="funding",
            label="Last funding (1 h)",
            value=parts.funding[-1].rate if parts.funding else None,
            unit="%",
        ),
    )


def stake(book: Book) -> Stake | None:
    """Return what a liquidation of a settled bucket may take, and the mark at which it begins."""
    position = book.position
    if not position.size:
        return None
    price = liquidation_price(book.market, position)
    equity = Ratio(equity_of(position, book.mark), 10**USD.decimals)
    return Stake(price=price, above=position.size < 0, units=abs(position.size), equity=equity)


def stake_rows(book: Book, units: int) -> tuple[Row, Row]:
    """Return a size, and its value at the mark."""
    market = book.market
    size = Ratio(units, 10**market.size_decimals)
    value = Ratio(units * book.mark, 10**USD.decimals)
    return (
        Row(name="size", label="Size", value=size, unit=market.name),
        Row(name="value", label="Value", value=value, unit=USD.symbol),
    )


def step_rows(market: Market) -> tuple[Row, ...]:
    """Return the least size, the largest leverage that may be chosen, and how margin may be used."""
    return (
        Row(name="size", label="Size step", value=Ratio(1, 10**market.size_decimals), unit=market.name),
        Row(name="leverage_max", label="Max leverage", value=market.tiers.leverage_max, unit="x"),
        Row(name="mode", label="Margin mode", value=market.mode.value),
    )


def order_rows(market: Market, order: RestingOrder) -> tuple[Row, ...]:
    """Return a resting order's id, size, limit price, reservation, and whether it may only reduce."""
    return (
        Row(name="order_id", label="Order", value=order.order_id),
        Row(name="size", label="Size", value=Ratio(order.size, 10**market.size_decimals), unit=market.name),
        Row(
            name="limit_price",
            label="Limit price",
            value=Ratio(order.limit_price, market.price_scale),
            unit=f"{USD.symbol}/{market.name}",
        ),
        Row(name="reserved", label="Reserved", value=money(order.reserved)),
        Row(name="reduce_only", label="Reduce only", value=order.reduce_only),
    )
