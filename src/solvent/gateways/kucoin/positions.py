"""Positions as the venue shows them, and how they are held."""

from decimal import Decimal

from solvent.dialects import Json
from solvent.dialects.kucoin import Channel, format_money, render_position
from solvent.dialects.payload import Node
from solvent.gateways.kucoin.answers import PARAMETER, Answer, Declined, done
from solvent.gateways.kucoin.desk import (
    CROSS,
    HEDGE_MODE,
    ISOLATED,
    Asked,
    Desk,
    require_isolated,
    require_one_way,
)
from solvent.gateways.kucoin.opening import open_sizes
from solvent.margin import risk_limit

# Ids are as long as the venue's own.
POSITION_ID, CLOSE_ID = 500_000_000_000_000_000, 300_000_000_000_000_000
HELD_OR_ORDERED = "50002"
ONE_WAY, HEDGE = 0, 1


async def details(desk: Desk, asked: Asked) -> Answer:
    """Answer one position, also a flat one."""
    return done(_asked_for(desk, asked))


async def details_listed(desk: Desk, asked: Asked) -> Answer:
    """Answer one position as a list, which is empty when it is flat."""
    symbol = asked.text("symbol")
    desk.contract(symbol)
    require_one_way(asked.query.get("positionSide"))
    is_open = desk.book(symbol, asked.account).position.lots != 0
    return done([listed(desk, symbol, asked.account)] if is_open else [])


async def positions(desk: Desk, asked: Asked) -> Answer:
    """Answer every open position, or those settled in one currency."""
    currency = asked.query.get("currency", "")
    held = desk.state.positions
    found: list[Json] = []
    for symbol in desk.symbols:
        position = held[symbol].get(asked.account)
        if position is None or position.lots == 0:
            continue
        if currency in ("", desk.contract(symbol).settle.symbol):
            found.append(listed(desk, symbol, asked.account))
    return done(found)


async def margin_mode(desk: Desk, asked: Asked) -> Answer:
    """Answer that a contract is held in isolated margin."""
    symbol = asked.text("symbol")
    desk.contract(symbol)
    return done({"symbol": symbol, "marginMode": ISOLATED})


async def change_margin_mode(desk: Desk, asked: Asked) -> Answer:
    """Answer that it is so already, or that there is no other."""
    symbol = asked.body["symbol"].text()
    desk.contract(symbol)
    if _mode_asked_for(asked.body) == CROSS:
        require_isolated(CROSS)
    return done({"symbol": symbol, "marginMode": ISOLATED})


async def change_margin_modes(desk: Desk, asked: Asked) -> Answer:
    """Answer the modes of several contracts: held or ordered ones could not change, others may not."""
    mode = _mode_asked_for(asked.body)
    symbols = list(dict.fromkeys(item.text() for item in asked.body["symbols"].items()))
    if not symbols:
        raise asked.body["symbols"].refused("a contract at least")
    for symbol in symbols:
        desk.contract(symbol)
    busy = [symbol for symbol in symbols if _is_busy(desk, symbol, asked.account)]
    if mode == ISOLATED or len(busy) < len(symbols):
        require_isolated(mode)
        busy = []
    errors: list[Json] = [
        {"code": HELD_OR_ORDERED, "msg": "exist.order.or.position", "symbol": symbol} for symbol in busy
    ]
    return done({"marginMode": dict.fromkeys(symbols, ISOLATED), "errors": errors})


async def position_mode(_: Desk, __: Asked) -> Answer:
    """Answer that positions are one-way."""
    return done({"positionMode": ONE_WAY})


async def switch_position_mode(_: Desk, asked: Asked) -> Answer:
    """Answer that they are so already, or that there is no other."""
    mode = asked.body["positionMode"].whole()
    if mode == HEDGE:
        raise Declined(HEDGE_MODE, "Hedge mode is not offered here: positions are one-way, give 0.")
    if mode != ONE_WAY:
        raise asked.body["positionMode"].refused("0")
    return done({"positionMode": ONE_WAY})


async def max_open_size(desk: Desk, asked: Asked) -> Answer:
    """Answer how many lots an order could open on either side."""
    symbol = asked.text("symbol")
    market = desk.contract(symbol)
    leverage = asked.number("leverage", 0, least=1)
    if not leverage:
        raise Declined(PARAMETER, "The parameter leverage is missing.")
    book = desk.book(symbol, asked.account)
    buys, sells = open_sizes(book, asked.text("price"), leverage, now_ms=desk.now_ms)
    return done({"symbol": market.name, "maxBuyOpenSize": buys, "maxSellOpenSize": sells})


def shown(desk: Desk, symbol: str, account: str) -> dict[str, Json]:
    """Return a position as its details show it: posCrossMargin is cut to an integer there."""
    book = desk.book(symbol, account)
    shape = _shape(desk, book, account)
    del shape["withdrawPnl"]
    return {**shape, "posCrossMargin": added_by_hand(desk, book, account) // risk_limit.UNIT}


def listed(desk: Desk, symbol: str, account: str, channel: Channel = Channel.REST) -> dict[str, Json]:
    """Return a position as lists show it: exact, and with the fields of 2025."""
    book = desk.book(symbol, account)
    return {
        **_shape(desk, book, account, channel),
        "posCrossMargin": format_money(added_by_hand(desk, book, account)),
        "dealComm": format_money(book.position.trade_fees),
        "fundingFee": format_money(book.position.funding),
        "tax": Decimal("0.0"),
    }


def added_by_hand(desk: Desk, book: risk_limit.Book, account: str) -> int:
    """Return what of posCross was added by hand: the additions since the position was opened, at most all."""
    if not book.position.lots or book.position.cross <= 0:
        return 0
    opened_seq, _ = desk.records.opened(account, book.market.name)
    added = sum(
        row.units
        for row in desk.records.margin_moves(account)
        if row.market == book.market.name and row.seq > opened_seq and row.units > 0
    )
    return min(added, book.position.cross)


def _asked_for(desk: Desk, asked: Asked) -> dict[str, Json]:
    symbol = asked.text("symbol")
    desk.contract(symbol)
    require_one_way(asked.query.get("positionSide"))
    return shown(desk, symbol, asked.account)


def _shape(
    desk: Desk, book: risk_limit.Book, account: str, channel: Channel = Channel.REST
) -> dict[str, Json]:
    is_open = book.position.lots != 0
    seq, at_ms = desk.records.opened(account, book.market.name) if is_open else (0, 0)
    return {
        "id": str(POSITION_ID + seq) if is_open else "0",
        **render_position(book, now_ms=desk.now_ms, channel=channel),
        "openingTimestamp": at_ms,
        "delevPercentage": desk.ranks.share(book, account),
    }


def _mode_asked_for(body: Node) -> str:
    mode = body["marginMode"].text()
    if mode not in (ISOLATED, CROSS):
        raise body["marginMode"].refused(ISOLATED)
    return mode


def _is_busy(desk: Desk, symbol: str, account: str) -> bool:
    book = desk.book(symbol, account)
    return bool(book.position.lots or book.orders)
