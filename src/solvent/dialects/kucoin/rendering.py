"""Books of the `risk_limit` model → KuCoin's position objects."""

from decimal import Decimal

from solvent.dialects.kucoin.numbers import (
    SHARE_PLACES,
    Channel,
    format_leverage,
    format_money,
    format_number,
    nearest_tick,
)
from solvent.dialects.payload import Json
from solvent.margin import risk_limit
from solvent.money import Ratio


def render_position(
    book: risk_limit.Book, *, now_ms: int, channel: Channel = Channel.REST
) -> dict[str, Json]:
    """Write one position as the venue prints it; a flat one has isOpen false and zeros.

    Write the result with `encode_json`: its numbers are plain decimals. What a book does not know is the
    caller's to add: id, openingTimestamp, delevPercentage, posCrossMargin (additions without funding).
    """
    market, held = book.market, book.position
    level = risk_limit.level_of(market, held)
    seen = risk_limit.view(book, now_ms=now_ms)
    is_open = held.lots != 0
    rendered: dict[str, Json] = {
        "symbol": market.name,
        "autoDeposit": False,
        "crossMode": False,
        "maintMarginReq": _maintenance_rate(book),
        "maintainMargin": _maintenance_rate(book),
        "riskLimit": _whole(format_money(level.bound)),
        "riskLimitLevel": level.number,
        "realLeverage": format_leverage(seen.leverage, channel),
        "leverage": format_leverage(seen.leverage, channel),
        "currentTimestamp": now_ms,
        "currentQty": held.lots,
        "currentCost": format_money(held.current_cost),
        "currentComm": format_money(held.trade_fees + held.funding),
        "unrealisedCost": format_money(held.cost),
        "realisedGrossCost": format_money(held.realised_gross_cost),
        "realisedCost": format_money(held.realised_gross_cost + held.trade_fees + held.funding),
        "isOpen": is_open,
        "markPrice": format_number(book.mark),
        **_amounts(book, seen),
        "avgEntryPrice": _entry(book, seen),
        "liquidationPrice": _price(seen.liquidation_price, seen.liquidation_price_shown, channel),
        "bankruptPrice": _price(seen.bankrupt_price, seen.bankrupt_price_shown, channel),
        "settleCurrency": market.settle.symbol,
        "isInverse": market.is_inverse,
        "marginMode": "ISOLATED",
        "positionSide": "BOTH",
    }
    if channel is Channel.WEBSOCKET:
        rendered["aggRate"] = format_number(risk_limit.agg_rate_of(market, held))  # codespell:ignore aggrate
    return rendered


def _amounts(book: risk_limit.Book, seen: risk_limit.View) -> dict[str, Json]:
    held = book.position
    sign = -1 if (held.lots < 0) != book.market.is_inverse else 1
    return {
        "markValue": format_number(Ratio(sign * seen.mark_value.num, seen.mark_value.den)),
        "posCost": format_money(held.cost),
        "posCross": format_money(held.cross),
        "posInit": format_money(held.init),
        "posComm": 0,
        "posCommCommon": 0,
        "posLoss": format_money(held.loss),
        "posMargin": format_money(held.margin),
        "posFunding": format_money(held.funding),
        "posMaint": format_number(seen.maintenance),
        "maintMargin": format_number(seen.equity),
        "realisedGrossPnl": format_money(-held.realised_gross_cost),
        "realisedPnl": format_money(held.realised_pnl),
        "unrealisedPnl": format_number(seen.unrealised_pnl),
        "unrealisedPnlPcnt": _share(seen.unrealised_pnl, held.cost),
        "unrealisedRoePcnt": format_number(seen.roe or Ratio(0, 1), SHARE_PLACES),
        "withdrawPnl": format_money(held.withdraw_pnl),
    }


def _share(pnl: Ratio, cost: int) -> Decimal:
    if cost == 0:
        return Decimal("0.0")
    return format_number(Ratio(pnl.num * risk_limit.UNIT, pnl.den * abs(cost)), SHARE_PLACES)


def _maintenance_rate(book: risk_limit.Book) -> Decimal:
    """Write the maintenance rate without the liquidation fee, which the position may hold of its own."""
    market = book.market
    fee = market.taker_fee if market.liquidation_fee is None else market.liquidation_fee
    rate = risk_limit.agg_rate_of(market, book.position).fraction - fee.fraction
    return format_number(Ratio(rate.numerator, rate.denominator))


def _entry(book: risk_limit.Book, seen: risk_limit.View) -> Decimal:
    if seen.entry is None:
        return Decimal("0.0")
    return format_number(nearest_tick(seen.entry, book.market.tick))


def _price(exact: Ratio | None, shown: Ratio | None, channel: Channel) -> Decimal:
    """Write a price as REST shows it, or unrounded where it is not clamped."""
    price = exact if channel is Channel.WEBSOCKET and exact is not None else shown
    return format_number(price or Ratio(0, 1))


def _whole(value: Decimal) -> int | Decimal:
    """Write an integral number as an integer, as the SDKs ask for riskLimit."""
    return int(value) if value == value.to_integral_value() else value
