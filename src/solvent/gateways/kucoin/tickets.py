"""An order as the venue's clients write it, and as margin's action."""

from enum import StrEnum
from typing import TypeVar

from msgspec import Struct

from solvent.dialects.payload import Node
from solvent.gateways.kucoin.answers import PARAMETER, Declined
from solvent.gateways.kucoin.codes import Call, code_of
from solvent.gateways.kucoin.desk import optional_text, require_isolated, require_one_way
from solvent.gateways.kucoin.market import MAX_ORDER_LOTS
from solvent.margin import risk_limit
from solvent.margin.risk_limit import Tif
from solvent.margin.risk_limit.orders import house_quote
from solvent.money import Ratio, div_floor

SIZES = ("size", "qty", "valueQty")
# What would change an order's meaning and is not offered: stop orders, and orders that hide.
STOPS = ("stop", "stopPrice", "stopPriceType", "triggerStopUpPrice", "triggerStopDownPrice", "visibleSize")
UNOFFERED = ("hidden", "iceberg", "autoDeposit", "forceHold")
# Nobody trades with himself here, as the house is always the other side; a remark says nothing to it.
WITHOUT_MEANING = ("stp", "remark", "tags")
SELF_TRADES = ("", "CN", "CO", "CB", "DC")
TAKEN = (
    "clientOid", "side", "symbol", "type", "leverage", *SIZES, "price", "timeInForce", "postOnly",
    "reduceOnly", "closeOrder", "marginMode", "positionSide", *STOPS, *UNOFFERED, *WITHOUT_MEANING,
)  # fmt: skip


Chosen = TypeVar("Chosen", bound=StrEnum)


class Side(StrEnum):
    """Which way an order goes."""

    BUY = "buy"
    SELL = "sell"

    @property
    def sign(self) -> int:
        """1 for what buys, -1 for what sells."""
        return 1 if self is Side.BUY else -1


class Kind(StrEnum):
    """Whether an order has a price of its own."""

    LIMIT = "limit"
    MARKET = "market"


class Ticket(Struct, frozen=True, kw_only=True):
    """An order as it was asked for; `size` is by lots, `qty` by coins, `value` by the settlement asset."""

    symbol: str
    kind: Kind
    side: Side | None
    leverage: int
    size: int | None
    qty: Ratio | None
    value: Ratio | None
    price: Ratio | None
    tif: Tif
    is_post_only: bool
    is_reduce_only: bool
    is_close: bool


def read_ticket(body: Node) -> Ticket:
    """Read an order's fields; what is not offered is refused, unless it is given as absent or false.

    Errors: `Declined`, `ShapeRefused`.
    """
    _require_offered(body)
    kind = _choice(body, "type", Kind, Kind.LIMIT)
    is_close = _flag(body, "closeOrder")
    # The SDK sends GTC with market orders too.
    tif = _choice(body, "timeInForce", Tif, Tif.GTC)
    has_price = kind is Kind.LIMIT
    price = _optional_number(body, "price") if has_price else None
    if has_price and price is None:
        raise Declined(PARAMETER, "A limit order needs a price.")
    side = None if body.maybe("side").value in (None, "") else _choice(body, "side", Side, Side.BUY)
    if side is None and not is_close:
        raise Declined(PARAMETER, "An order needs a side, buy or sell.")
    is_post_only = _flag(body, "postOnly")
    if is_post_only and (tif is Tif.IOC or not has_price):
        other = "IOC" if has_price else "a market order"
        raise Declined(PARAMETER, f"An order cannot be postOnly and {other}; give one of them.")
    leverage = body.maybe("leverage")
    size = body.maybe("size")
    return Ticket(
        symbol=body["symbol"].text(),
        kind=kind,
        side=side,
        leverage=0 if leverage.is_null else leverage.whole(),
        size=None if size.is_null else size.whole(),
        qty=_optional_number(body, "qty"),
        value=_optional_number(body, "valueQty"),
        price=price,
        tif=tif,
        is_post_only=is_post_only,
        is_reduce_only=_flag(body, "reduceOnly"),
        is_close=is_close,
    )


def action_of(ticket: Ticket, book: risk_limit.Book, order_id: str) -> risk_limit.Action:
    """Return what margin is asked: what fills at once without a limit opens or closes, all else is an order.

    A market order that may only reduce is an order at the last possible price, which fills at the quote:
    unlike `Close` it says on which side.
    Errors: `Declined`.
    """
    if ticket.is_close:
        return _closing(ticket, book, order_id)
    assert ticket.side is not None
    lots = ticket.side.sign * lots_of(ticket, book)
    if ticket.kind is Kind.LIMIT:
        return _limited(ticket, lots, order_id, is_reduce_only=ticket.is_reduce_only)
    if ticket.is_reduce_only:
        return risk_limit.Order(
            order_id=order_id,
            lots=lots,
            leverage=1,
            limit_price=last_price(book.market, lots),
            tif=Tif.IOC,
            reduce_only=True,
        )
    return risk_limit.Open(lots=lots, leverage=ticket.leverage, order_id=order_id)


def lots_of(ticket: Ticket, book: risk_limit.Book) -> int:
    """Return the lots that an order is for; a value is rounded down to whole lots.

    Errors: `Declined`.
    """
    given = [found for found in (ticket.size, ticket.qty, ticket.value) if found is not None]
    if len(given) != 1:
        raise Declined(PARAMETER, f"Give one of {', '.join(SIZES)}; {len(given)} are given.")
    lots = ticket.size
    if ticket.qty is not None:
        lots = _lots_of_coins(ticket.qty, book.market)
    if ticket.value is not None:
        lots = _lots_of_value(ticket, ticket.value, book)
    assert lots is not None
    if not 0 < lots <= MAX_ORDER_LOTS:
        raise Declined(PARAMETER, f"The order is for {lots} lots; give 1 to {MAX_ORDER_LOTS}.")
    return lots


def last_price(market: risk_limit.Market, lots: int) -> Ratio:
    """Return the worst price that an order may have: it matches whatever the quote is."""
    return market.price_max if lots > 0 else market.tick


def is_without_limit(market: risk_limit.Market, action: risk_limit.Action) -> bool:
    """Tell whether an action was a market order."""
    if isinstance(action, risk_limit.Open | risk_limit.Close):
        return action.limit_price is None
    return (
        isinstance(action, risk_limit.Order)
        and action.tif is Tif.IOC
        and action.reduce_only
        and action.limit_price == last_price(market, action.lots)
    )


def _closing(ticket: Ticket, book: risk_limit.Book, order_id: str) -> risk_limit.Action:
    if ticket.kind is Kind.MARKET:
        return risk_limit.Close(order_id=order_id)
    held = book.position.lots
    if held == 0:
        raise Declined(
            code_of("NO_POSITION", Call.ORDER), f"There is no {ticket.symbol} position; open one first."
        )
    return _limited(ticket, -held, order_id, is_reduce_only=True)


def _limited(ticket: Ticket, lots: int, order_id: str, *, is_reduce_only: bool) -> risk_limit.Order:
    assert ticket.price is not None
    return risk_limit.Order(
        order_id=order_id,
        lots=lots,
        leverage=ticket.leverage,
        limit_price=ticket.price,
        tif=ticket.tif,
        post_only=ticket.is_post_only,
        reduce_only=is_reduce_only,
    )


def _lots_of_coins(qty: Ratio, market: risk_limit.Market) -> int:
    if market.is_inverse:
        raise Declined(PARAMETER, "qty is for contracts settled in quote money; give size in lots.")
    lots = Ratio(qty.num * market.multiplier.den, qty.den * market.multiplier.num)
    if lots.num % lots.den:
        raise Declined(PARAMETER, f"qty must be a multiple of {market.multiplier} {market.base}.")
    return lots.num // lots.den


def _lots_of_value(ticket: Ticket, value: Ratio, book: risk_limit.Book) -> int:
    assert ticket.side is not None
    multiplier = book.market.multiplier
    price = ticket.price or house_quote(book, ticket.side.sign)
    lot = Ratio(multiplier.num * price.num, multiplier.den * price.den)
    if book.market.is_inverse:
        lot = Ratio(-multiplier.num, multiplier.den)
    return div_floor(value.num * lot.den, value.den * lot.num)


def _require_offered(body: Node) -> None:
    for name in STOPS:
        if body.maybe(name).value not in (None, "", 0, "0"):
            raise Declined(PARAMETER, f"Orders with {name} are not offered; leave it out.")
    for name in UNOFFERED:
        if _flag(body, name):
            raise Declined(PARAMETER, f"Orders with {name} are not offered; leave it out, or give false.")
    for name in WITHOUT_MEANING:
        optional_text(body, name)
    if optional_text(body, "stp") not in SELF_TRADES:
        raise Declined(
            PARAMETER, f"stp is {body['stp'].text()!r:.20}; give CN, CO, CB or DC, or leave it out."
        )
    for name, require in (("marginMode", require_isolated), ("positionSide", require_one_way)):
        found = body.maybe(name)
        require(None if found.is_null else found.text())


def _choice(body: Node, name: str, kind: type[Chosen], default: Chosen) -> Chosen:
    found = body.maybe(name)
    if found.is_null or found.value == "":
        return default
    try:
        return kind(found.text())
    except ValueError as error:
        allowed = " or ".join(kind)
        raise Declined(PARAMETER, f"{name} is {found.text()!r:.20}; give {allowed}.") from error


def _flag(body: Node, name: str) -> bool:
    found = body.maybe(name)
    return not found.is_null and found.flag()


def _optional_number(body: Node, name: str) -> Ratio | None:
    found = body.maybe(name)
    return None if found.is_null or found.value == "" else found.positive()
