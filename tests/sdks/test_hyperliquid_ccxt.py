"""ccxt's hyperliquid, unmodified but for its addresses: markets, leverage, margin, orders and transfers."""

from typing import Any

import ccxt
import pytest

from tests.sdks.calls import exercises
from tests.sdks.house import House

PAIR = "BTC/USDC:USDC"


def exchange(house: House, *, sandbox: bool = True) -> Any:
    """Return ccxt's client of a new account with 10,000 USDC, signing as for the testnet or the mainnet."""
    key = house.hyperliquid_key()
    found = ccxt.hyperliquid({"walletAddress": key.address, "privateKey": key.private_key})
    found.set_sandbox_mode(sandbox)
    found.urls["api"] = {"public": house.hyperliquid, "private": house.hyperliquid}
    return found


@pytest.fixture
def ada(house: House) -> Any:
    house.price("BTC-PERP", "60000")
    return exchange(house)


@exercises("/info spotMeta", "/info spotMetaAndAssetCtxs", "/info metaAndAssetCtxs", "/info perpDexs")
def test_markets_are_loaded_and_the_builders_fee_is_given_up(ada: Any) -> None:
    markets = ada.load_markets()
    market = markets[PAIR]
    assert (market["baseName"], market["settle"], market["swap"]) == ("BTC", "USDC", True)
    assert market["limits"]["leverage"]["max"] == 40
    assert ada.fetch_ticker(PAIR)["last"] == 60_000
    assert ada.fetch_balance()["USDC"]["free"] == 10_000


@exercises(
    "/exchange updateLeverage",
    "/exchange order",
    "/exchange updateIsolatedMargin",
    "/info orderStatus",
    "/info clearinghouseState",
)
def test_margin_is_added_and_taken_to_the_last_unit_that_ccxt_sends(ada: Any) -> None:
    ada.set_margin_mode("isolated", PAIR, {"leverage": 5})
    opened = ada.create_order(PAIR, "market", "buy", 0.01, 60_000)
    assert (opened["average"], opened["filled"]) == (60_000, 0.01)
    assert ada.fetch_order(opened["id"], PAIR)["status"] == "closed"
    held = ada.fetch_position(PAIR)
    assert (held["contracts"], held["side"], held["entryPrice"], held["marginMode"]) == (
        *(0.01, "long", 60_000, "isolated"),
    )
    assert held["collateral"] == 119.73
    ada.add_margin(PAIR, 20)
    assert ada.fetch_position(PAIR)["collateral"] == 139.73
    with pytest.raises(ccxt.ExchangeError, match="Position does not have sufficient margin for reduction"):
        ada.reduce_margin(PAIR, 19.73001)  # ccxt cuts amounts to the coin's five decimals
    ada.reduce_margin(PAIR, 19.73)
    assert ada.fetch_position(PAIR)["collateral"] == 120
    assert ada.fetch_balance()["USDC"]["free"] == 9_879.73


def test_cross_margin_is_refused_in_the_venues_words(ada: Any) -> None:
    with pytest.raises(ccxt.ExchangeError, match="Cross margin is not allowed for this asset"):
        ada.set_leverage(5, PAIR)
    ada.set_leverage(5, PAIR, {"marginMode": "isolated"})


@exercises("/info frontendOpenOrders", "/exchange cancel", "/info userFills")
def test_orders_rest_are_cancelled_and_filled(ada: Any) -> None:
    ada.set_margin_mode("isolated", PAIR, {"leverage": 10})
    placed = ada.create_order(PAIR, "limit", "buy", 0.01, 59_000)
    (row,) = ada.fetch_open_orders(PAIR)
    assert (row["id"], row["price"], row["amount"], row["status"]) == (placed["id"], 59_000, 0.01, "open")
    ada.cancel_order(placed["id"], PAIR)
    assert ada.fetch_open_orders(PAIR) == []
    ada.create_order(PAIR, "market", "buy", 0.01, 60_000)
    ada.create_order(PAIR, "market", "sell", 0.01, 60_000, {"reduceOnly": True})
    bought, sold = ada.fetch_my_trades(PAIR)
    assert (bought["side"], bought["price"], bought["fee"]["cost"]) == ("buy", 60_000, 0.27)
    assert sold["side"] == "sell"
    assert ada.fetch_positions() == []


def test_a_signature_for_mainnet_is_refused(house: House) -> None:
    found = exchange(house, sandbox=False)
    with pytest.raises(ccxt.ExchangeError, match=r"User or API Wallet 0x\w{40} does not exist"):
        found.set_leverage(5, PAIR, {"marginMode": "isolated"})
