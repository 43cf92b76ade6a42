"""`/info`: each question read strictly, and answered from what is durable."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from solvent.dialects.hyperliquid import format_size, format_usd, render_account
from solvent.dialects.payload import Json
from solvent.gateways.hyperliquid import market, shapes
from solvent.gateways.hyperliquid.bodies import INTEGER_MAX, Fields, Misshapen
from solvent.gateways.hyperliquid.desk import IDENTITY, USDC, Coin, Desk
from solvent.gateways.hyperliquid.shapes import ledger_updates
from solvent.gateways.rows import LiquidationRow, MoveRow, OrderRow
from solvent.margin import tiered
from solvent.money import Rounding

ROWS_MAX = 2_000
REQUESTS_FREE = 10_000
FEE_DECIMALS = 8
DOLLAR = 10**6

Question = Callable[[Desk, Fields], Json]


def answer(desk: Desk, asked: Fields) -> Json:
    """Answer one question.

    Errors: `Misshapen` for an unknown one and for one of another shape; `VenueStopped`.
    """
    found = QUESTIONS.get(asked.text("type"))
    if found is None:
        raise Misshapen(f"unknown type {asked.found['type']!r}")
    if asked.found.get("dex") not in (None, ""):
        raise Misshapen("there is no other dex")
    return found(desk, asked)


# Coins.


def _coin(desk: Desk, asked: Fields) -> Coin:
    found = desk.coin(asked.text("coin"))
    if found is None:
        raise Misshapen("the coin is not listed")
    return found


def _margin_table(desk: Desk, asked: Fields) -> Json:
    found = market.margin_table(desk, asked.integer("id"))
    if found is None:
        raise Misshapen("no margin table has that id")
    return found


def _between(asked: Fields) -> tuple[int, int]:
    """Read from when to when; everything counts where a side is left open, as some clients do."""
    return asked.integer_or("startTime", 0), asked.integer_or("endTime", INTEGER_MAX)


def _funding_history(desk: Desk, asked: Fields) -> Json:
    start_ms, end_ms = _between(asked)
    return market.funding_history(_coin(desk, asked), desk, start_ms=start_ms, end_ms=end_ms)[:ROWS_MAX]


# An account's present.


def clearinghouse_state(desk: Desk, account: str | None) -> dict[str, Json]:
    """Tell an account's cash and positions; one that nobody knows is empty."""
    told: list[Json] = []
    books: list[tiered.Book] = []
    for coin, book in desk.held(account):
        books.append(book)
        told.append(coin.name)
    state = render_account(
        books, cash=desk.cash(account), withdrawable=desk.withdrawable(account), now_ms=desk.now_ms()
    )
    for name, entry in zip(told, _entries(state), strict=True):
        entry["position"]["coin"] = name
    return state


def _entries(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = state["assetPositions"]
    return found


def active_asset_data(desk: Desk, address: str, coin: Coin) -> dict[str, Json]:
    """Tell an account's setting in a coin, and what it could trade at the mark."""
    account = desk.account(address)
    position = desk.position(coin, account)
    quote = desk.quote(coin)
    setting = coin.terms.leverage_default if position is None else position.leverage
    leverage: dict[str, Json] = {"type": "isolated", "value": setting}
    if position is not None and position.size and account is not None:
        leverage["rawUsd"] = format_usd(desk.book(coin, account).position.cash)
    available = desk.withdrawable(account)
    size = 0 if quote is None else available * setting // quote.mark
    most: Json = [format_size(size, coin.terms.size_decimals)] * 2
    return {
        "user": address,
        "coin": coin.name,
        "leverage": leverage,
        "maxTradeSzs": most,
        "availableToTrade": [format_usd(available)] * 2,
        "markPx": "0.0" if quote is None else coin.price(quote.mark),
    }


def spot_state(desk: Desk, account: str | None) -> dict[str, Json]:
    """Tell what an account has moved out of perp cash."""
    held = desk.aside(account)
    balance: Json = {
        "coin": USDC,
        "token": 0,
        "hold": "0.0",
        "total": format_usd(held),
        "entryNtl": "0.0",
    }
    return {"balances": [balance] if held else []}


# Orders.


def _rows(desk: Desk, account: str | None, rows: Iterable[OrderRow]) -> list[tuple[Coin, OrderRow]]:
    if account is None:
        return []
    return [(coin, row) for row in rows if (coin := desk.coin_of(row.market)) is not None]


def open_orders(desk: Desk, account: str | None, *, is_whole: bool = False) -> list[Json]:
    """Tell what rests, newest first; `is_whole` with all that a frontend shows."""
    write = shapes.frontend_order if is_whole else shapes.open_order
    rows = desk.records.open_orders(account) if account else ()
    return [write(coin, row) for coin, row in _rows(desk, account, rows)]


def _order_status(desk: Desk, asked: Fields) -> Json:
    account = desk.account(asked.address("user"))
    if isinstance(asked.found.get("oid"), str):
        row = order_of_cloid(desk, account, asked.cloid("oid"))
    else:
        row = desk.records.order(account or "", asked.integer("oid"))
    coin = desk.coin_of(row.market) if row is not None else None
    if row is None or coin is None:
        return {"status": "unknownOid"}
    order: Json = {
        "order": shapes.frontend_order(coin, row),
        "status": shapes.order_status(row),
        "statusTimestamp": row.status_ms,
    }
    return {"status": "order", "order": order}


def order_of_cloid(desk: Desk, account: str | None, cloid: str) -> OrderRow | None:
    """Return the newest order with a client's id, one that rests before all others."""
    rows = desk.records.orders(account) if account else ()
    return next((row for row in rows if shapes.cloid_of(row.order_id) == cloid), None)


def _historical_orders(desk: Desk, asked: Fields) -> Json:
    account = desk.account(asked.address("user"))
    rows = desk.records.orders(account) if account else ()
    found = sorted(_rows(desk, account, rows), key=lambda pair: -pair[1].status_seq)
    return [
        {
            "order": shapes.frontend_order(coin, row),
            "status": shapes.order_status(row),
            "statusTimestamp": row.status_ms,
        }
        for coin, row in found[:ROWS_MAX]
    ]


# An account's past.


def fills(desk: Desk, account: str | None, *, start_ms: int = 0, end_ms: int = INTEGER_MAX) -> list[Json]:
    """Tell an account's fills, newest first."""
    if account is None:
        return []
    return [
        shapes.fill(desk, coin, row)
        for row in desk.records.fills(account)
        if start_ms <= row.at_ms <= end_ms and (coin := desk.coin_of(row.market)) is not None
    ]


def _fills_by_time(desk: Desk, asked: Fields) -> Json:
    start_ms, end_ms = _between(asked)
    return fills(desk, desk.account(asked.address("user")), start_ms=start_ms, end_ms=end_ms)


def fundings(desk: Desk, account: str | None, *, start_ms: int = 0, end_ms: int = INTEGER_MAX) -> list[Json]:
    """Tell an account's fundings, oldest first."""
    if account is None:
        return []
    return [
        shapes.funding(coin, row)
        for row in reversed(desk.records.fundings(account))
        if start_ms <= row.at_ms <= end_ms and (coin := desk.coin_of(row.market)) is not None
    ]


def _user_funding(desk: Desk, asked: Fields) -> Json:
    start_ms, end_ms = _between(asked)
    return fundings(desk, desk.account(asked.address("user")), start_ms=start_ms, end_ms=end_ms)


def ledger(desk: Desk, account: str | None, *, start_ms: int = 0, end_ms: int = INTEGER_MAX) -> list[Json]:
    """Tell an account's moves of money and its liquidations, oldest first."""
    if account is None:
        return []
    found: list[MoveRow | LiquidationRow] = [
        *desk.records.moves(account),
        *desk.records.liquidations(account),
    ]
    rows = sorted(found, key=lambda row: row.seq)
    return [*ledger_updates(desk, (row for row in rows if start_ms <= row.at_ms <= end_ms))]


def _ledger(desk: Desk, asked: Fields) -> Json:
    start_ms, end_ms = _between(asked)
    return ledger(desk, desk.account(asked.address("user")), start_ms=start_ms, end_ms=end_ms)


# Who somebody is, and what he may do.


def _user_role(desk: Desk, asked: Fields) -> Json:
    address = asked.address("user")
    if desk.account(address) is not None:
        return {"role": "user"}
    agent = desk.state.agents.get(f"{IDENTITY}{address}")
    if agent is not None and agent.expires_ms > desk.house.wall_ms():
        return {"role": "agent", "data": {"user": desk.address(agent.account)}}
    return {"role": "missing"}


def _extra_agents(desk: Desk, asked: Fields) -> Json:
    account = desk.account(asked.address("user"))
    return [
        {"name": agent.name, "address": agent.agent.removeprefix(IDENTITY), "validUntil": agent.expires_ms}
        for agent in desk.state.agents.values()
        if agent.account == account and agent.name and agent.expires_ms > desk.house.wall_ms()
    ]


def _user_fees(desk: Desk, asked: Fields) -> Json:
    asked.address("user")
    terms = desk.coins()[0].terms if desk.coins() else tiered.PRESETS["BTC-PERP"]
    taker, maker = (
        rate.text(FEE_DECIMALS, Rounding.HALF_EVEN) for rate in (terms.taker_fee, terms.maker_fee)
    )
    return {
        "dailyUserVlm": [],
        "feeSchedule": {"cross": taker, "add": maker, "tiers": {"vip": [], "mm": []}},
        "userCrossRate": taker,
        "userAddRate": maker,
        "activeReferralDiscount": "0.0",
    }


def _user_rate_limit(desk: Desk, asked: Fields) -> Json:
    account = desk.account(asked.address("user"))
    volume = desk.volume(account) if account else 0
    return {
        "cumVlm": format_usd(volume),
        "nRequestsUsed": desk.records.requests(account) if account else 0,
        "nRequestsCap": REQUESTS_FREE + volume // DOLLAR,
        "nRequestsSurplus": 0,
    }


def _of_user(tell: Callable[[Desk, str | None], Json]) -> Question:
    return lambda desk, asked: tell(desk, desk.account(asked.address("user")))


def _of_coin(tell: Callable[[Desk, Coin], Json]) -> Question:
    return lambda desk, asked: tell(desk, _coin(desk, asked))


def _abstraction(_: Desk, asked: Fields) -> Json:
    asked.address("user")
    return "default"


QUESTIONS: Mapping[str, Question] = {
    "meta": lambda desk, _: market.meta(desk),
    "spotMeta": lambda *_: market.SPOT_META,
    "spotMetaAndAssetCtxs": lambda *_: [market.SPOT_META, []],
    "allMids": lambda desk, _: market.all_mids(desk),
    "metaAndAssetCtxs": lambda desk, _: [market.meta(desk), market.contexts(desk)],
    "perpDexs": lambda *_: [None],
    "exchangeStatus": lambda desk, _: {"specialStatuses": None, "time": desk.now_ms()},
    "marginTable": _margin_table,
    "l2Book": _of_coin(market.book),
    "fundingHistory": _funding_history,
    "clearinghouseState": _of_user(clearinghouse_state),
    "spotClearinghouseState": _of_user(spot_state),
    "activeAssetData": lambda desk, asked: active_asset_data(desk, asked.address("user"), _coin(desk, asked)),
    "openOrders": _of_user(open_orders),
    "frontendOpenOrders": _of_user(lambda desk, account: open_orders(desk, account, is_whole=True)),
    "orderStatus": _order_status,
    "historicalOrders": _historical_orders,
    "userFills": _of_user(fills),
    "userFillsByTime": _fills_by_time,
    "userFunding": _user_funding,
    "userNonFundingLedgerUpdates": _ledger,
    "userRole": _user_role,
    "extraAgents": _extra_agents,
    "userFees": _user_fees,
    "userRateLimit": _user_rate_limit,
    "userAbstraction": _abstraction,
}
