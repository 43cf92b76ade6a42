"""The official Hyperliquid SDK, unmodified: every subscription of its WebSocket, on values."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hyperliquid.info import Info

from tests.sdks.calls import Seen, exercises
from tests.sdks.hearing import Heard
from tests.sdks.house import House
from tests.sdks.hyper import OK, Trader, trader

HOUR_MS = 3_600_000


@pytest.fixture
def ada(house: House) -> Trader:
    house.price("BTC-PERP", "60000")
    found = trader(house)
    found.exchange.update_leverage(10, "BTC", False)
    return found


@pytest.fixture
def stream(ada: Trader) -> Iterator[Any]:
    found = Info(ada.house.hyperliquid)
    yield found
    found.disconnect_websocket()


def subscribed(stream: Any, kind: str, **fields: str) -> Heard:
    """Subscribe by the SDK; return what is heard."""
    heard = Heard()
    stream.subscribe({"type": kind, **fields}, heard.hear)
    return heard


def used(told: Any) -> Decimal:
    """Return the margin of the first position in a whole account's message."""
    state = told["data"]["clearinghouseState"]
    return Decimal(state["assetPositions"][0]["position"]["marginUsed"])


@exercises("/ws allMids", "/ws l2Book", "/ws bbo", "/ws activeAssetCtx", "/ws trades")
def test_prices_and_trades_are_told_as_they_come(ada: Trader, stream: Any, seen: Seen) -> None:
    mids = subscribed(stream, "allMids")
    book = subscribed(stream, "l2Book", coin="BTC")
    best = subscribed(stream, "bbo", coin="BTC")
    context = subscribed(stream, "activeAssetCtx", coin="BTC")
    trades = subscribed(stream, "trades", coin="BTC")
    ada.house.price("BTC-PERP", "60100")
    told = mids.until(lambda message: message["data"]["mids"]["BTC"] == "60100.0")
    assert told["channel"] == "allMids"
    told = book.until(lambda message: message["data"]["levels"][0][0]["px"] == "60100.0")
    assert (told["channel"], told["data"]["coin"]) == ("l2Book", "BTC")
    told = best.until(lambda message: message["data"]["bbo"][0]["px"] == "60100.0")
    assert told["data"]["bbo"][1]["px"] == "60100.0"
    told = context.until(lambda message: message["data"]["ctx"]["markPx"] == "60100.0")
    assert told["data"]["coin"] == "BTC"
    ada.filled(ada.exchange.market_open("BTC", True, 0.01))
    told = trades.until(lambda message: message["data"][0]["sz"] == "0.01")
    (trade,) = told["data"]
    assert (trade["coin"], trade["side"], trade["px"]) == ("BTC", "B", "60100.0")
    seen.note("/ws allMids", "/ws l2Book", "/ws bbo", "/ws activeAssetCtx", "/ws trades")


@exercises("/ws userEvents", "/ws userFills", "/ws orderUpdates", "/ws webData2", "/ws activeAssetData")
def test_an_accounts_orders_fills_and_state_are_told_to_it(ada: Trader, stream: Any, seen: Seen) -> None:
    mixed = ada.wallet.address  # with the capitals of its checksum
    events = subscribed(stream, "userEvents", user=mixed)
    fills = subscribed(stream, "userFills", user=mixed)
    updates = subscribed(stream, "orderUpdates", user=mixed)
    states = subscribed(stream, "webData2", user=mixed)
    data = subscribed(stream, "activeAssetData", user=mixed, coin="BTC")
    snapshot = fills.next()["data"]
    assert (snapshot["user"], snapshot["isSnapshot"], snapshot["fills"]) == (ada.address, True, [])
    assert data.next()["data"]["leverage"]["value"] == 10

    placed = ada.exchange.order("BTC", True, 0.01, 59_000, {"limit": {"tif": "Gtc"}})
    oid = placed["response"]["data"]["statuses"][0]["resting"]["oid"]
    told = updates.until(lambda message: message["data"][0]["order"]["oid"] == oid)
    assert (told["channel"], told["data"][0]["status"]) == ("orderUpdates", "open")
    ada.house.price("BTC-PERP", "58900")
    told = updates.until(lambda message: message["data"][0]["status"] == "filled")
    assert told["data"][0]["order"]["oid"] == oid
    fill = fills.until(lambda message: message["data"]["fills"])["data"]["fills"][0]
    assert (fill["oid"], fill["px"], fill["dir"]) == (oid, "59000.0", "Open Long")
    told = events.until(lambda message: "fills" in message["data"])
    assert (told["channel"], told["data"]["fills"][0]["oid"]) == ("user", oid)
    told = states.until(lambda message: message["data"]["clearinghouseState"]["assetPositions"])
    position = told["data"]["clearinghouseState"]["assetPositions"][0]["position"]
    assert (position["szi"], told["data"]["user"]) == ("0.01", ada.address)
    assert ada.exchange.update_isolated_margin(25, "BTC") == OK
    grown = Decimal(position["marginUsed"]) + 25
    states.until(lambda message: used(message) == grown)
    seen.note("/ws userEvents", "/ws userFills", "/ws orderUpdates", "/ws webData2", "/ws activeAssetData")


@exercises("/ws userFundings", "/ws userNonFundingLedgerUpdates")
def test_funding_and_moves_of_money_are_told(ada: Trader, stream: Any, seen: Seen) -> None:
    fundings = subscribed(stream, "userFundings", user=ada.address)
    moves = subscribed(stream, "userNonFundingLedgerUpdates", user=ada.address)
    assert fundings.next()["data"]["isSnapshot"] is True
    first = moves.next()["data"]
    assert [row["delta"]["type"] for row in first["nonFundingLedgerUpdates"]] == ["deposit"]
    ada.exchange.usd_class_transfer(5, False)
    told = moves.until(lambda message: not message["data"].get("isSnapshot"))
    (row,) = told["data"]["nonFundingLedgerUpdates"]
    assert (row["delta"]["type"], row["delta"]["usdc"], row["delta"]["toPerp"]) == (
        *("accountClassTransfer", "5.0"),
        False,
    )
    ada.filled(ada.exchange.market_open("BTC", True, 0.01))
    ada.house.advance(HOUR_MS)
    told = fundings.until(lambda message: not message["data"].get("isSnapshot"))
    (row,) = told["data"]["fundings"]
    assert (row["coin"], row["szi"]) == ("BTC", "0.01")
    seen.note("/ws userFundings", "/ws userNonFundingLedgerUpdates")
