"""The official Hyperliquid SDK, unmodified: everything that `/info` tells, held to values."""

from typing import Any

import pytest
from hyperliquid.utils.error import ClientError

from tests.sdks.calls import exercises
from tests.sdks.house import House
from tests.sdks.hyper import Trader, trader

HOUR_MS = 3_600_000


@pytest.fixture
def ada(house: House) -> Trader:
    house.price("BTC-PERP", "60000")
    house.price("ETH-PERP", "3000")
    found = trader(house)
    found.exchange.update_leverage(10, "BTC", False)
    return found


@exercises(
    "/info meta",
    "/info allMids",
    "/info metaAndAssetCtxs",
    "/info marginTable",
    "/info perpDexs",
    "/info spotMeta",
)
def test_markets_prices_and_margin_tables_are_those_of_the_venue(ada: Trader) -> None:
    meta = ada.info.meta()
    assert [coin["name"] for coin in meta["universe"]][:3] == ["BTC", "ETH", "SOL"]
    bitcoin = meta["universe"][0]
    assert (bitcoin["szDecimals"], bitcoin["maxLeverage"], bitcoin["marginTableId"]) == (5, 40, 56)
    tables = dict(meta["marginTables"])
    tiers = [{"lowerBound": "0.0", "maxLeverage": 40}, {"lowerBound": "150000000.0", "maxLeverage": 20}]
    assert tables[56]["marginTiers"] == tiers
    assert ada.ask("marginTable", id=56)["marginTiers"] == tiers
    mids = ada.info.all_mids()
    assert (mids["BTC"], mids["ETH"]) == ("60000.0", "3000.0")
    again, contexts = ada.info.meta_and_asset_ctxs()
    assert again == meta
    assert (contexts[0]["markPx"], contexts[0]["oraclePx"], contexts[0]["midPx"]) == (("60000.0",) * 3)
    assert len(contexts) == len(meta["universe"])
    assert ada.ask("perpDexs", "perp_dexs") == [None]
    assert ada.info.spot_meta()["tokens"][0]["name"] == "USDC"


@exercises("/info l2Book", "/info activeAssetData")
def test_the_book_and_what_may_be_traded_follow_the_quote(ada: Trader) -> None:
    book = ada.info.l2_snapshot("BTC")
    assert book["coin"] == "BTC"
    bids, asks = book["levels"]
    assert (bids[0]["px"], asks[0]["px"]) == ("60000.0", "60000.0")
    data = ada.ask("activeAssetData", user=ada.address, coin="BTC")
    assert data["leverage"] == {"type": "isolated", "value": 10}
    assert data["availableToTrade"] == ["10000.0", "10000.0"]
    assert data["maxTradeSzs"] == ["1.66666", "1.66666"]
    assert data["markPx"] == "60000.0"


@exercises("/info userFills", "/info userFillsByTime")
def test_fills_tell_side_direction_profit_and_fee(ada: Trader) -> None:
    ada.filled(ada.exchange.market_open("BTC", True, 0.01))
    ada.house.price("BTC-PERP", "61000")
    ada.filled(ada.exchange.market_close("BTC", 0.004))
    closed, opened = ada.info.user_fills(ada.address)
    assert (opened["dir"], opened["px"], opened["sz"], opened["side"], opened["startPosition"]) == (
        *("Open Long", "60000.0", "0.01", "B", "0.0"),
    )
    assert (opened["fee"], opened["feeToken"], opened["closedPnl"], opened["crossed"]) == (
        *("0.27", "USDC", "0.0"),
        True,
    )
    assert (closed["dir"], closed["px"], closed["sz"], closed["side"], closed["startPosition"]) == (
        *("Close Long", "61000.0", "0.004", "A", "0.01"),
    )
    assert (closed["closedPnl"], closed["fee"]) == ("4.0", "0.1098")
    assert ada.info.user_fills_by_time(ada.address, opened["time"], closed["time"]) == [closed, opened]
    assert ada.info.user_fills_by_time(ada.address, closed["time"] + 1) == []


@exercises("/info userFunding", "/info fundingHistory")
def test_an_hours_funding_is_credited_and_told(ada: Trader) -> None:
    ada.filled(ada.exchange.market_open("BTC", True, 0.01))
    began = ada.state()["time"]
    before = ada.position("BTC")
    ada.house.advance(HOUR_MS)
    ada.house.price("BTC-PERP", "60000")
    paid = ada.info.user_funding_history(ada.address, began)
    assert len(paid) == 1
    delta = paid[0]["delta"]
    assert (delta["type"], delta["coin"], delta["szi"]) == ("funding", "BTC", "0.01")
    after = ada.position("BTC")
    assert float(after["marginUsed"]) == pytest.approx(float(before["marginUsed"]) + float(delta["usdc"]))
    assert float(after["cumFunding"]["sinceOpen"]) == pytest.approx(-float(delta["usdc"]))
    rates = ada.info.funding_history("BTC", began)
    assert [row["fundingRate"] for row in rates] == [delta["fundingRate"]]


@exercises("/info userRole", "/info userFees", "/info userRateLimit", "/info extraAgents")
def test_an_account_is_told_its_role_its_fees_and_its_limits(ada: Trader) -> None:
    assert ada.ask("userRole", "user_role", user=ada.address) == {"role": "user"}
    fees = ada.info.user_fees(ada.address)
    assert (fees["userCrossRate"], fees["userAddRate"]) == ("0.00045", "0.00015")
    limits = ada.ask("userRateLimit", "user_rate_limit", user=ada.address)
    assert limits["nRequestsCap"] >= 10_000
    assert limits["nRequestsUsed"] >= 1
    assert ada.ask("extraAgents", "extra_agents", user=ada.address) == []


@exercises(
    "/info spotMetaAndAssetCtxs",
    "/info spotClearinghouseState",
    "/info exchangeStatus",
    "/info userAbstraction",
    "/info historicalOrders",
)
def test_what_lies_outside_the_perpetuals_account_is_told_to_be_little(ada: Trader) -> None:
    assert ada.info.spot_meta_and_asset_ctxs() == [ada.info.spot_meta(), []]
    assert ada.info.spot_user_state(ada.address)["balances"] == []
    ada.exchange.usd_class_transfer(7.5, False)
    (aside,) = ada.info.spot_user_state(ada.address)["balances"]
    assert (aside["coin"], aside["total"]) == ("USDC", "7.5")
    assert ada.ask("exchangeStatus")["specialStatuses"] is None
    assert ada.ask("userAbstraction", "query_user_abstraction_state", user=ada.address) == "default"
    ada.filled(ada.exchange.market_open("BTC", True, 0.01))
    (row,) = ada.ask("historicalOrders", "historical_orders", user=ada.address)
    assert (row["order"]["coin"], row["status"]) == ("BTC", "filled")


@exercises("/info candleSnapshot", "/info referral", "/info subAccounts")
def test_questions_that_are_not_offered_raise_the_sdks_own_error(ada: Trader) -> None:
    asked: list[tuple[Any, tuple[object, ...]]] = [
        (ada.info.candles_snapshot, ("BTC", "1m", 0, 1)),
        (ada.info.query_referral_state, (ada.address,)),
        (ada.info.query_sub_accounts, (ada.address,)),
    ]
    for ask, given in asked:
        with pytest.raises(ClientError) as found:
            ask(*given)
        assert found.value.status_code == 422


def test_a_question_that_no_venue_knows_raises_the_sdks_own_error(ada: Trader) -> None:
    with pytest.raises(ClientError) as found:
        ada.info.post("/info", {"type": "nonsense"})
    assert found.value.status_code == 422
    assert "Failed to deserialize the JSON body into the target type" in str(found.value.error_message)
