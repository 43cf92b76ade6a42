"""What has happened to an account: orders, fills, fundings, closed positions, a page at a time."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from msgspec import Struct

from solvent.dialects import Json
from solvent.dialects.kucoin import format_number
from solvent.gateways.kucoin import tickets
from solvent.gateways.kucoin.answers import PARAMETER, Answer, Declined, done
from solvent.gateways.kucoin.desk import ISOLATED, Asked, Desk
from solvent.gateways.kucoin.margin import string_of
from solvent.gateways.kucoin.market import NS, price_text
from solvent.gateways.kucoin.naming import client_oid_of, engine_id, order_id_of, seq_of
from solvent.gateways.kucoin.orders import NO_ORDER
from solvent.gateways.kucoin.positions import CLOSE_ID
from solvent.gateways.lives import closing_part, fee_part
from solvent.gateways.rows import ClosedRow, FillRow, FundingRow, LiquidationRow, OrderRow
from solvent.margin import risk_limit
from solvent.money import Ratio, Rounding, format_ratio

PAGE, PAGE_MAX = 50, 1_000
CLOSED_PAGE, CLOSED_PAGE_MAX = 10, 200
FUNDINGS, FUNDINGS_MAX = 100, 1_000
ACTIVE, DONE = "active", "done"
NOTHING = "0"
SHARE_PLACES = 4
MARKET, LIMIT = "market", "limit"
FORCED = "deleveraging"
# What may be asked for; of stop orders and of settlements there are none.
SIDES = ("buy", "sell")
KINDS = (LIMIT, MARKET, "limit_stop", "market_stop")
TRADE_TYPES = ("trade", "liquid", "adl", "settlement")
FLAGS = ("true", "false", "True", "False")
Row = TypeVar("Row")


class Span(Struct, frozen=True):
    """A span of time, both ends included; none where it has no end."""

    first_ms: int
    last_ms: int | None

    def holds(self, at_ms: int) -> bool:
        """Tell whether a moment lies within."""
        return self.first_ms <= at_ms and (self.last_ms is None or at_ms <= self.last_ms)


async def orders(desk: Desk, asked: Asked) -> Answer:
    """Answer a page of orders: those that are done, unless the active ones are asked for."""
    status = asked.choice("status", (ACTIVE, DONE)) or DONE
    _require_filters(desk, asked)
    span = _span(asked, "startAt", "endAt")
    found = [
        row
        for row in desk.records.orders(asked.account)
        if row.is_open == (status == ACTIVE)
        and span.holds(row.at_ms)
        and _is_listed(desk, row.market)
        and _is_asked_for(asked, symbol=row.market, side=_side(row.size), type=_kind(desk, row))
    ]
    return done(_page(asked, found, lambda row: order_shape(desk, row)))


async def order(desk: Desk, asked: Asked) -> Answer:
    """Answer one order by its number."""
    seq = seq_of(asked.named)
    return _one(desk, None if seq is None else desk.records.order(asked.account, seq))


async def order_by_client_oid(desk: Desk, asked: Asked) -> Answer:
    """Answer one order by its asker's own id."""
    return _one(desk, desk.records.order_by_id(asked.account, engine_id(asked.text("clientOid"))))


async def fills(desk: Desk, asked: Asked) -> Answer:
    """Answer a page of fills, takeovers of failing positions among them."""
    _require_filters(desk, asked)
    span = _span(asked, "startAt", "endAt")
    placed = {row.seq: row for row in desk.records.orders(asked.account)}
    wanted = [kind for kind in asked.query.get("tradeTypes", "").split(",") if kind]
    if any(kind not in TRADE_TYPES for kind in wanted):
        raise Declined(
            PARAMETER, f"tradeTypes is {','.join(wanted)!r:.40}; give some of {', '.join(TRADE_TYPES)}."
        )
    rows: list[FillRow | LiquidationRow] = [
        *desk.records.fills(asked.account),
        *desk.records.liquidations(asked.account),
    ]
    found = [
        row
        for row in sorted(rows, key=lambda row: -row.seq)
        if span.holds(row.at_ms)
        and _is_listed(desk, row.market)
        and (not wanted or _trade_type(row) in wanted)
        and _is_asked_for(
            asked,
            symbol=row.market,
            side=_side(_traded_size(row)),
            orderId=order_id_of(_order_seq(row)),
            type=_kind(desk, placed.get(_order_seq(row))),
        )
    ]

    def shape(row: FillRow | LiquidationRow) -> dict[str, Json]:
        if isinstance(row, LiquidationRow):
            return takeover_shape(desk, row)
        return fill_shape(desk, row, kind=_kind(desk, placed.get(row.order_seq)))

    return done(_page(asked, found, shape))


async def fundings(desk: Desk, asked: Asked) -> Answer:
    """Answer the fundings of an account's positions in one contract, newest first."""
    symbol = asked.text("symbol")
    desk.contract(symbol)
    span = _span(asked, "startAt", "endAt")
    limit = asked.number("maxCount", FUNDINGS, least=1, most=FUNDINGS_MAX)
    offset = asked.number("offset", 0)
    # The SDK's older versions write a flag with a capital.
    is_oldest_first = asked.choice("reverse", FLAGS).lower() == "false"
    if asked.choice("forward", FLAGS).lower() == "false":
        raise Declined(PARAMETER, "forward is false, which is not offered; leave it out, or give reverse.")
    rows = [
        row for row in desk.records.fundings(asked.account) if row.market == symbol and span.holds(row.at_ms)
    ]
    if is_oldest_first:
        rows.reverse()
    if offset:
        rows = [row for row in rows if (row.at_ms > offset if is_oldest_first else row.at_ms < offset)]
    return done(
        {"dataList": [funding_shape(desk, row) for row in rows[:limit]], "hasMore": len(rows) > limit}
    )


async def closed_positions(desk: Desk, asked: Asked) -> Answer:
    """Answer a page of positions that have ended."""
    span = _span(asked, "from", "to")
    symbol = asked.query.get("symbol", "")
    if symbol:
        desk.contract(symbol)
    found = [
        row
        for row in desk.records.closed(asked.account)
        if _is_listed(desk, row.market) and symbol in ("", row.market) and span.holds(row.closed_ms)
    ]
    size = asked.number("limit", CLOSED_PAGE, least=1, most=CLOSED_PAGE_MAX)
    number = asked.number("pageId", 1, least=1)
    return done(_paged(found, number, size, lambda row: closed_shape(desk, row)))


def order_shape(desk: Desk, row: OrderRow) -> dict[str, Json]:
    """Return an order as the venue shows it."""
    market = _market(desk, row.market)
    action, fill = row.action, row.fill
    kind = _kind(desk, row)
    is_market = kind == MARKET
    limit: Ratio | None = None if is_market else action.limit_price
    dealt = NOTHING if fill is None else string_of(fill.value)
    value = dealt
    if limit is not None:
        value = string_of(abs(risk_limit.fill_value(market, row.size, limit)))
    filled = 0 if fill is None else abs(fill.size)
    return {
        "id": order_id_of(row.seq),
        "symbol": row.market,
        "type": kind,
        "side": _side(row.size),
        "price": NOTHING if limit is None else price_text(limit),
        "size": abs(row.size),
        "value": value,
        "dealValue": dealt,
        "dealSize": filled,
        "stp": "",
        "stop": "",
        "stopPriceType": "",
        "stopTriggered": False,
        "stopPrice": None,
        "timeInForce": getattr(action, "tif", risk_limit.Tif.GTC).value if not is_market else "GTC",
        "postOnly": getattr(action, "post_only", False),
        "hidden": False,
        "iceberg": False,
        "leverage": str(getattr(action, "leverage", 1) or 1),
        "forceHold": False,
        "closeOrder": isinstance(action, risk_limit.Close) and action.lots is None,
        "visibleSize": 0,
        "clientOid": client_oid_of(row.order_id),
        "remark": None,
        "tags": None,
        "isActive": row.is_open,
        "cancelExist": not row.is_open and fill is None,
        "createdAt": row.at_ms,
        "updatedAt": row.status_ms,
        "endAt": None if row.is_open else row.status_ms,
        "orderTime": row.at_ms * NS,
        "settleCurrency": market.settle.symbol,
        "marginMode": ISOLATED,
        "avgDealPrice": NOTHING if fill is None else price_text(fill.price),
        "filledSize": filled,
        "filledValue": dealt,
        "status": "open" if row.is_open else DONE,
        "reduceOnly": isinstance(action, risk_limit.Close) or getattr(action, "reduce_only", False),
    }


def fill_shape(desk: Desk, row: FillRow, *, kind: str) -> dict[str, Json]:
    """Return a fill as the venue shows it; of one that flips, the fee is told in its two parts.

    `kind` is that of the order, market or limit.
    """
    market = _market(desk, row.market)
    closing_fee = fee_part(row, closing_part(row)) if row.size else 0
    rate = market.taker_fee if row.is_taker else market.maker_fee
    is_forced = row.cause == FORCED
    return {
        **_trade(market, row.seq, row.at_ms),
        "orderId": order_id_of(row.order_seq),
        "side": _side(row.size),
        "liquidity": "taker" if row.is_taker else "maker",
        "price": price_text(row.price),
        "size": abs(row.size),
        "value": string_of(row.value),
        "openFeePay": string_of(row.fee - closing_fee),
        "closeFeePay": string_of(closing_fee),
        "feeRate": NOTHING if is_forced else _number(rate),
        "fee": string_of(row.fee),
        "displayType": kind,
        "orderType": kind,
        "tradeType": _trade_type(row),
    }


def takeover_shape(desk: Desk, row: LiquidationRow) -> dict[str, Json]:
    """Return a takeover as a fill at the bankruptcy price, at which the position was handed over."""
    market = _market(desk, row.market)
    price = risk_limit.bankrupt_price(market, row.before) or row.price
    return {
        **_trade(market, row.seq, row.at_ms),
        "orderId": order_id_of(row.seq),
        "side": _side(-row.size),
        "liquidity": "taker",
        "price": price_text(price),
        "size": abs(row.size),
        "value": string_of(abs(risk_limit.fill_value(market, row.size, price))),
        "openFeePay": NOTHING,
        "closeFeePay": NOTHING,
        "feeRate": NOTHING,
        "fee": NOTHING,
        "displayType": MARKET,
        "orderType": MARKET,
        "tradeType": _trade_type(row),
    }


def funding_shape(desk: Desk, row: FundingRow) -> dict[str, Json]:
    """Return a funding as the venue shows it; received above zero."""
    market = _market(desk, row.market)
    cost = abs(risk_limit.fill_value(market, row.size, row.price))
    return {
        "id": row.at_ms,
        "symbol": row.market,
        "timePoint": row.at_ms,
        "fundingRate": format_number(row.rate),
        "markPrice": format_number(row.price),
        "positionQty": row.size,
        "positionCost": format_number(Ratio(cost, risk_limit.UNIT)),
        "funding": format_number(Ratio(row.credit, risk_limit.UNIT)),
        "settleCurrency": market.settle.symbol,
        "marginMode": ISOLATED,
    }


def closed_shape(desk: Desk, row: ClosedRow) -> dict[str, Json]:
    """Return a position that has ended; one that was taken over has lost its whole margin."""
    market, before = _market(desk, row.market), row.before
    side = "LONG" if row.size > 0 else "SHORT"
    ended = {"liquidation": "LIQUID", "deleveraging": "ADL"}.get(row.cause, "CLOSE")
    pnl = row.realised_pnl if row.realised_pnl is not None else before.realised_pnl - before.margin
    gross = string_of_signed(-(pnl + row.fees - row.funding))
    exit_price = row.exit
    if ended == "LIQUID":
        exit_price = risk_limit.bankrupt_price(market, before)
    return {
        "closeId": str(CLOSE_ID + row.seq),
        "userId": row.account,
        "symbol": row.market,
        "settleCurrency": market.settle.symbol,
        "leverage": _ratio(abs(before.cost), before.margin, 2),
        "type": f"{ended}_{side}",
        "pnl": string_of_signed(pnl),
        "realisedGrossCost": gross,
        "realisedGrossCostNew": gross,
        "withdrawPnl": string_of(before.withdraw_pnl if row.withdraw_pnl is None else row.withdraw_pnl),
        "tradeFee": string_of(row.fees),
        "fundingFee": string_of_signed(row.funding),
        "openTime": row.opened_ms,
        "closeTime": row.closed_ms,
        "openPrice": None if row.entry is None else price_text(row.entry),
        "closePrice": None if exit_price is None else price_text(exit_price),
        "marginMode": ISOLATED,
        "tax": "0.0",
        "roe": _ratio(pnl, before.init, SHARE_PLACES) if before.init > 0 else None,
        "side": side,
    }


def string_of_signed(units: int) -> str:
    """Write an amount that may be below zero, with at least one decimal."""
    return f"-{string_of(-units)}" if units < 0 else string_of(units)


def _one(desk: Desk, row: OrderRow | None) -> Answer:
    if row is None or not _is_listed(desk, row.market):
        raise Declined(NO_ORDER, "The order does not exist.")
    return done(order_shape(desk, row))


def _kind(desk: Desk, row: OrderRow | None) -> str:
    """Return whether an order had a limit; what no order is known of was the venue's own, without one."""
    if row is None or tickets.is_without_limit(_market(desk, row.market), row.action):
        return MARKET
    return LIMIT


def _trade_type(row: FillRow | LiquidationRow) -> str:
    if isinstance(row, LiquidationRow):
        return "liquid"
    return "adl" if row.cause == FORCED else "trade"


def _traded_size(row: FillRow | LiquidationRow) -> int:
    return -row.size if isinstance(row, LiquidationRow) else row.size


def _order_seq(row: FillRow | LiquidationRow) -> int:
    return row.seq if isinstance(row, LiquidationRow) else row.order_seq


def _trade(market: risk_limit.Market, seq: int, at_ms: int) -> dict[str, Json]:
    """Return what every fill has."""
    return {
        "symbol": market.name,
        "tradeId": str(seq),
        "forceTaker": False,
        "stop": "",
        "fixFee": NOTHING,
        "feeCurrency": market.settle.symbol,
        "tradeTime": at_ms * NS,
        "subTradeType": None,
        "marginMode": ISOLATED,
        "settleCurrency": market.settle.symbol,
        "createdAt": at_ms,
    }


def _market(desk: Desk, symbol: str) -> risk_limit.Market:
    found: risk_limit.Market = desk.state.markets[symbol].market
    return found


def _is_listed(desk: Desk, symbol: str) -> bool:
    return desk.state.markets[symbol].model == risk_limit.NAME


def _side(size: int) -> str:
    return "buy" if size > 0 else "sell"


def _number(value: Ratio) -> str:
    return format(format_number(value), "f")


def _ratio(num: int, den: int, places: int) -> str:
    if den <= 0:
        return "0.0"
    return format_ratio(num, den, decimals=places, rounding=Rounding.HALF_UP, decimals_min=1)


def _span(asked: Asked, first: str, last: str) -> Span:
    return Span(asked.number(first, 0), asked.number(last, 0) or None)


def _require_filters(desk: Desk, asked: Asked) -> None:
    """Check what orders and fills are asked for by: of what is misspelt there would just be none."""
    if asked.query.get("symbol"):
        desk.contract(asked.query["symbol"])
    asked.choice("side", SIDES)
    asked.choice("type", KINDS)


def _is_asked_for(asked: Asked, **found: str) -> bool:
    """Tell whether a row is what the query asks for; what it does not name may be anything."""
    return all(asked.query.get(name, "") in ("", value) for name, value in found.items())


def _page(asked: Asked, found: Sequence[Row], shape: Callable[[Row], Json]) -> dict[str, Json]:
    number = asked.number("currentPage", 1, least=1)
    return _paged(found, number, asked.number("pageSize", PAGE, least=1, most=PAGE_MAX), shape)


def _paged(found: Sequence[Row], number: int, size: int, shape: Callable[[Row], Json]) -> dict[str, Json]:
    """Return a page of rows; one behind the last is empty. Only what is told is written."""
    first = (number - 1) * size
    return {
        "currentPage": number,
        "pageSize": size,
        "totalNum": len(found),
        "totalPage": -(-len(found) // size),
        "items": [shape(row) for row in found[first : first + size]],
    }
