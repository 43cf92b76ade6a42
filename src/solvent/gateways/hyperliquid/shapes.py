"""Rows of the records as Hyperliquid prints them: orders, fills, fundings, moves of money."""

import re
from collections.abc import Iterable

from solvent.dialects.hyperliquid import format_size, format_usd, format_usd_ratio
from solvent.dialects.payload import Json
from solvent.gateways.hyperliquid.desk import USDC, Coin, Desk
from solvent.gateways.rows import (
    FillRow,
    FundingRow,
    LiquidationRow,
    MoveKind,
    MoveRow,
    OrderRow,
    OrderStatus,
)
from solvent.gateways.workings import field
from solvent.margin import tiered
from solvent.money import Ratio, Rounding

NO_HASH = "0x" + "0" * 64
RATE_DECIMALS = 10
TIFS = {tiered.Tif.GTC: "Gtc", tiered.Tif.IOC: "Ioc", tiered.Tif.ALO: "Alo"}
# How this gateway calls an order in the venue: signer, nonce, the place in the action, the client's id.
ORDER_ID = re.compile(r"hl-[0-9a-f]{8}-[0-9]+-[0-9]+(?:-(0x[0-9a-f]{32}))?")
WITHDRAWAL_ID = re.compile(r"hl-[0-9a-f]{40}-([0-9]+)")


def order_id(signer: str, nonce: int, place: int, cloid: str | None) -> str:
    """Return what an order is called in the venue: it tells the client's id and is never used twice."""
    return f"hl-{signer[2:10]}-{nonce}-{place}" + (f"-{cloid}" if cloid else "")


def withdrawal_id(signer: str, nonce: int) -> str:
    """Return what a withdrawal is called at the boundary."""
    return f"hl-{signer[2:]}-{nonce}"


def cloid_of(name: str) -> str | None:
    """Return the client's id in an order's name; none where it gave none, or another interface named it."""
    found = ORDER_ID.fullmatch(name)
    return None if found is None else found[1]


def price_text(coin: Coin, price: Ratio) -> str:
    """Write a price of a row."""
    return coin.price(price.num * coin.terms.price_scale // price.den)


def rate_text(rate: Ratio) -> str:
    """Write an hourly rate, exactly as it was noted up to 10 decimals."""
    return rate.text(RATE_DECIMALS, Rounding.TRUNC, decimals_min=1)


def side(size: int) -> str:
    """Return B for what buys, A for what sells."""
    return "B" if size > 0 else "A"


# Orders.


def open_order(coin: Coin, row: OrderRow) -> dict[str, Json]:
    """Write an order that rests."""
    size = format_size(abs(row.size), coin.terms.size_decimals)
    told: dict[str, Json] = {
        "coin": coin.name,
        "side": side(row.size),
        "limitPx": _limit(coin, row),
        "sz": "0.0" if row.status is OrderStatus.FILLED else size,
        "oid": row.seq,
        "timestamp": row.at_ms,
        "origSz": size,
    }
    cloid = cloid_of(row.order_id)
    return told if cloid is None else {**told, "cloid": cloid}


def frontend_order(coin: Coin, row: OrderRow) -> dict[str, Json]:
    """Write an order with all that a frontend shows of it."""
    action = row.action
    tif = getattr(action, "tif", tiered.Tif.GTC if row.is_open else tiered.Tif.IOC)
    return {
        **open_order(coin, row),
        "triggerCondition": "N/A",
        "isTrigger": False,
        "triggerPx": "0.0",
        "children": [],
        "isPositionTpsl": False,
        "reduceOnly": isinstance(action, tiered.Close) or getattr(action, "reduce_only", False),
        "orderType": "Limit",
        "tif": TIFS[tif],
        "cloid": cloid_of(row.order_id),
    }


def order_status(row: OrderRow) -> str:
    """Return an order's status in the venue's words."""
    match row.status:
        case OrderStatus.OPEN:
            return "open"
        case OrderStatus.FILLED:
            return "filled"
        case OrderStatus.CANCELLED:
            return "canceled"
        case OrderStatus.DROPPED:
            return "reduceOnlyCanceled" if getattr(row.action, "reduce_only", False) else "marginCanceled"


def order_update(coin: Coin, row: OrderRow) -> dict[str, Json]:
    """Write an order as the stream of updates tells it."""
    return {
        "order": open_order(coin, row),
        "status": order_status(row),
        "statusTimestamp": row.status_ms,
    }


def _limit(coin: Coin, row: OrderRow) -> str:
    """Write an order's limit; what had none is told at the price that it was filled at."""
    limit: int | None = getattr(row.action, "limit_price", None)
    if limit is not None:
        return coin.price(limit)
    return "0.0" if row.fill is None else price_text(coin, row.fill.price)


# Fills.


def fill(desk: Desk, coin: Coin, row: FillRow) -> dict[str, Json]:
    """Write one fill of an account."""
    decimals = coin.terms.size_decimals
    told: dict[str, Json] = {
        "coin": coin.name,
        "px": price_text(coin, row.price),
        "sz": format_size(abs(row.size), decimals),
        "side": side(row.size),
        "time": row.at_ms,
        "startPosition": format_size(row.start, decimals),
        "dir": direction(row.start, row.size),
        "closedPnl": format_usd_ratio(row.closed_pnl),
        "hash": desk.hash(row.seq),
        "oid": row.order_seq,
        "crossed": row.is_taker,
        "fee": format_usd(row.fee),
        "tid": row.seq,
        "feeToken": USDC,
    }
    cloid = cloid_of(row.order_id)
    return told if cloid is None else {**told, "cloid": cloid}


def trade(desk: Desk, coin: Coin, row: FillRow) -> dict[str, Json]:
    """Write one fill as the public tape tells it."""
    return {
        "coin": coin.name,
        "side": side(row.size),
        "px": price_text(coin, row.price),
        "sz": format_size(abs(row.size), coin.terms.size_decimals),
        "hash": desk.hash(row.seq),
        "time": row.at_ms,
        "tid": row.seq,
    }


def direction(start: int, size: int) -> str:
    """Say what a fill did to the position before it."""
    after = start + size
    if start * after < 0:
        return "Long > Short" if start > 0 else "Short > Long"
    if size > 0:
        return "Open Long" if start >= 0 else "Close Short"
    return "Open Short" if start <= 0 else "Close Long"


# Fundings, and other moves of money.


def funding(coin: Coin, row: FundingRow) -> dict[str, Json]:
    """Write one hour's funding of an account; `usdc` is what it received."""
    return {"time": row.at_ms, "hash": NO_HASH, "delta": {"type": "funding", **funding_event(coin, row)}}


def funding_event(coin: Coin, row: FundingRow) -> dict[str, Json]:
    """Write what one hour's funding came to."""
    return {
        "coin": coin.name,
        "usdc": format_usd(row.credit),
        "szi": format_size(row.size, coin.terms.size_decimals),
        "fundingRate": rate_text(row.rate),
        "nSamples": 1,
    }


def ledger_update(desk: Desk, row: MoveRow | LiquidationRow) -> dict[str, Json] | None:
    """Write a move of money, or a liquidation; none for what the venue's ledger has no entry for."""
    delta = _liquidation(desk, row) if isinstance(row, LiquidationRow) else _moved(desk, row)
    if delta is None:
        return None
    return {"time": row.at_ms, "hash": desk.hash(row.seq), "delta": delta}


def ledger_updates(desk: Desk, rows: Iterable[MoveRow | LiquidationRow]) -> list[dict[str, Json]]:
    """Write all that have an entry."""
    return [told for row in rows if (told := ledger_update(desk, row)) is not None]


def _moved(desk: Desk, row: MoveRow) -> dict[str, Json] | None:
    if row.asset != USDC:
        return None
    usdc = format_usd(abs(row.units))
    match row.kind:
        case MoveKind.WITHDRAWAL:
            named = WITHDRAWAL_ID.fullmatch(row.request_id)
            nonce = row.at_ms if named is None else int(named[1])
            return {"type": "withdraw", "usdc": usdc, "nonce": nonce, "fee": "0.0"}
        case MoveKind.SENT | MoveKind.RECEIVED:
            payer, receiver = (row.account, row.other) if row.units < 0 else (row.other, row.account)
            return {
                "type": "internalTransfer",
                "usdc": usdc,
                "user": desk.address(payer),
                "destination": desk.address(receiver),
                "fee": "0.0",
            }
        case MoveKind.SET_ASIDE | MoveKind.BROUGHT_BACK:
            to_perp = row.kind is MoveKind.BROUGHT_BACK
            return {"type": "accountClassTransfer", "usdc": usdc, "toPerp": to_perp}
        case _:
            return {"type": "deposit", "usdc": usdc}


def _liquidation(desk: Desk, row: LiquidationRow) -> dict[str, Json] | None:
    coin = desk.coin_of(row.market)
    if coin is None:
        return None
    mark = row.price.num * coin.terms.price_scale // row.price.den
    return {
        "type": "liquidation",
        "liquidatedNtlPos": format_usd(abs(row.size) * mark),
        "accountValue": format_usd(field(field(row.working, "plan"), "equity") or 0),
        "leverageType": "Isolated",
        "liquidatedPositions": [{"coin": coin.name, "szi": format_size(row.size, coin.terms.size_decimals)}],
    }
