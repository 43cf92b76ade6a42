"""What anybody may ask, and what only ccxt asks."""

from decimal import Decimal

import pytest

from solvent.engine import commands
from solvent.margin import risk_limit
from tests.unit.gateways.kucoin.serving import (
    BEGAN_MS,
    BOB,
    INVERSE,
    LINEAR,
    MORE_PRICE,
    PRICE,
    UNPRICED,
    Served,
)

CONTRACT = f"/api/v1/contracts/{LINEAR}"
EIGHT_HOURS_MS = 28_800_000


def test_a_contract_is_told_as_the_venue_tells_it() -> None:
    with Served() as served:
        served.fund("0.0001", PRICE)
        found = served.data("GET", CONTRACT)
        left_ms = EIGHT_HOURS_MS - served.house.now_ms() % EIGHT_HOURS_MS

        assert found == {
            "symbol": LINEAR,
            "rootSymbol": "USDT",
            "type": "FFWCSX",
            "firstOpenDate": BEGAN_MS,
            "expireDate": None,
            "settleDate": None,
            "baseCurrency": "XBT",
            "quoteCurrency": "USDT",
            "settleCurrency": "USDT",
            "maxOrderQty": 1_000_000,
            "maxPrice": 1_000_000,
            "lotSize": 1,
            "tickSize": Decimal("0.1"),
            "indexPriceTickSize": Decimal("0.01"),
            "multiplier": Decimal("0.001"),
            "initialMargin": Decimal("0.008"),
            "maintainMargin": Decimal("0.004"),
            "maxRiskLimit": 100_000,
            "minRiskLimit": 100_000,
            "riskStep": 50_000,
            "makerFeeRate": Decimal("0.0002"),
            "takerFeeRate": Decimal("0.0006"),
            "takerFixFee": 0,
            "makerFixFee": 0,
            "isDeleverage": True,
            "isQuanto": False,
            "isInverse": False,
            "markMethod": "FairPrice",
            "fairMethod": "FundingRate",
            "fundingRateSymbol": ".XBTUSDTMFPI8H",
            "indexSymbol": ".KXBTUSDT",
            "status": "Open",
            "fundingFeeRate": Decimal("0.0001"),
            "predictedFundingFeeRate": Decimal("0.0001"),
            "fundingRateGranularity": EIGHT_HOURS_MS,
            "openInterest": "0",
            "turnoverOf24h": 0,
            "volumeOf24h": 0,
            "markPrice": Decimal(PRICE),
            "indexPrice": Decimal(PRICE),
            "lastTradePrice": Decimal(PRICE),
            "nextFundingRateTime": left_ms,
            "maxLeverage": 125,
            "lowPrice": Decimal(PRICE),
            "highPrice": Decimal(PRICE),
            "priceChgPct": 0,
            "priceChg": 0,
            "supportCross": False,
        }


def test_what_the_sdk_wants_as_integers_of_a_contract_is_so() -> None:
    names = ("maxOrderQty", "lotSize", "maxRiskLimit", "minRiskLimit", "riskStep", "maxLeverage")
    with Served() as served:
        for symbol in (LINEAR, INVERSE):
            found = served.data("GET", f"/api/v1/contracts/{symbol}")
            for name in (*names, "nextFundingRateTime", "firstOpenDate"):
                assert type(found[name]) is int, name
            assert type(found["openInterest"]) is str


def test_an_inverse_contract_has_a_multiplier_below_zero() -> None:
    with Served() as served:
        found = served.data("GET", f"/api/v1/contracts/{INVERSE}")

        assert (found["multiplier"], found["isInverse"], found["settleCurrency"]) == (-1, True, "XBT")
        assert found["quoteCurrency"] == "USD"


def test_contracts_without_a_price_are_not_listed() -> None:
    with Served() as served:
        listed = served.data("GET", "/api/v1/contracts/active")

        assert [one["symbol"] for one in listed] == [LINEAR, INVERSE]
        assert served.code("GET", f"/api/v1/contracts/{UNPRICED}") == "300015"
        assert served.code("GET", "/api/v1/contracts/NOPE") == "200003"


def test_the_day_is_told_since_the_service_began() -> None:
    with Served() as served:
        served.house.advance(60_000)
        served.price(MORE_PRICE)
        served.open(10)
        served.house.advance(60_000)
        served.price("68000")
        served.open(-4, account=BOB)
        found = served.data("GET", CONTRACT)

        assert found["openInterest"] == "14"
        assert (found["lowPrice"], found["highPrice"]) == (Decimal(PRICE), Decimal(MORE_PRICE))
        assert (found["priceChg"], found["priceChgPct"]) == (Decimal("569.1"), Decimal("0.0084"))
        assert found["lastTradePrice"] == 68_000
        assert found["volumeOf24h"] == Decimal("0.014")
        assert found["turnoverOf24h"] == Decimal("961.007")


def test_the_day_forgets_what_is_older_than_a_day() -> None:
    with Served() as served:
        served.price("90000")
        served.house.advance(86_400_000)
        served.price(PRICE)

        assert served.data("GET", CONTRACT)["highPrice"] == Decimal(PRICE)


def test_a_mark_and_a_funding_rate_are_told() -> None:
    with Served() as served:
        at_ms = served.fund("0.0002", MORE_PRICE)
        began_ms = at_ms - at_ms % EIGHT_HOURS_MS

        assert served.data("GET", f"/api/v1/mark-price/{LINEAR}/current") == {
            "symbol": LINEAR,
            "granularity": 1_000,
            "timePoint": at_ms,
            "value": Decimal(MORE_PRICE),
            "indexPrice": Decimal(MORE_PRICE),
        }
        assert served.data("GET", f"/api/v1/funding-rate/{LINEAR}/current") == {
            "symbol": ".XBTUSDTMFPI8H",
            "granularity": EIGHT_HOURS_MS,
            "timePoint": began_ms,
            "value": Decimal("0.0002"),
            "predictedValue": Decimal("0.0002"),
            "fundingRateCap": Decimal("0.003"),
            "fundingRateFloor": Decimal("-0.003"),
            "period": 1,
            "fundingTime": began_ms + EIGHT_HOURS_MS,
        }


def test_a_ticker_tells_the_houses_quote_and_the_last_trade() -> None:
    with Served() as served:
        query = {"symbol": LINEAR}
        found = served.data("GET", "/api/v1/ticker", query=query)
        assert (found["size"], found["tradeId"], found["price"]) == (0, "0", PRICE)
        seq = served.open(-3)["seq"]
        found = served.data("GET", "/api/v1/ticker", query=query)

        assert found == {
            "sequence": served.house.follower.state.seq,
            "symbol": LINEAR,
            "side": "sell",
            "size": 3,
            "tradeId": str(seq),
            "price": PRICE,
            "bestBidPrice": PRICE,
            "bestBidSize": 1_000_000,
            "bestAskPrice": PRICE,
            "bestAskSize": 1_000_000,
            "ts": served.house.now_ms() * 1_000_000,
        }


def test_a_quote_off_the_tick_is_told_on_it_and_no_better_than_it_fills() -> None:
    with Served() as served:
        served.price("67430.94")
        found = served.data("GET", "/api/v1/ticker", query={"symbol": LINEAR})

        assert (found["bestBidPrice"], found["bestAskPrice"]) == (PRICE, "67431.0")


@pytest.mark.parametrize("path", ["depth20", "depth100", "snapshot"])
def test_a_book_has_one_level_a_side(path: str) -> None:
    with Served() as served:
        found = served.data("GET", f"/api/v1/level2/{path}", query={"symbol": LINEAR})

        assert (found["bids"], found["asks"]) == (
            [[Decimal(PRICE), 1_000_000]],
            [[Decimal(PRICE), 1_000_000]],
        )


def test_levels_have_integer_bounds_that_meet() -> None:
    with Served() as served:
        found = served.data("GET", f"/api/v1/contracts/risk-limit/{LINEAR}")

        assert len(found) == 12
        assert found[1] == {
            "symbol": LINEAR,
            "level": 2,
            "maxRiskLimit": 500_000,
            "minRiskLimit": 100_000,
            "maxLeverage": 100,
            "initialMargin": Decimal("0.01"),
            "maintainMargin": Decimal("0.005"),
        }
        assert all(type(level["maxRiskLimit"]) is int for level in found)


def test_the_time_is_the_wall_clocks_and_the_venue_is_open() -> None:
    with Served() as served:
        served.wall_ms += 7

        assert served.data("GET", "/api/v1/timestamp") == BEGAN_MS + 7
        assert served.data("GET", "/api/v1/status") == {"msg": "", "status": "open"}


def test_the_sdk_may_repeat_a_paths_variable_in_the_query() -> None:
    with Served() as served:
        assert served.data("GET", CONTRACT, query={"symbol": LINEAR})["symbol"] == LINEAR


def test_ccxt_is_told_enough_to_load_its_markets() -> None:
    with Served() as served:
        key = served.key("trade")
        coins = served.data("GET", "/api/v3/currencies")

        assert {"BTC", "USDT", "XBT"} <= {coin["currency"] for coin in coins}
        assert all((coin["precision"], coin["chains"]) == (8, []) for coin in coins)
        assert served.data("GET", "/api/v3/margin/symbols", key=key) == {"timestamp": 1, "items": []}
        assert served.data("GET", "/api/v1/isolated/symbols", key=key) == []
        assert served.data("GET", "/api/v1/hf/accounts/opened", key=key) is True
        assert served.data("GET", "/api/ua/v1/account/mode", key=key) == {"selfAccountMode": "CLASSIC"}
        assert served.code("GET", "/api/v3/margin/symbols") == "400001"


def test_a_market_of_another_model_is_no_contract() -> None:
    from solvent import margin

    with Served() as served:
        served.do(commands.CreateMarket(name="BTC-PERP", market=margin.preset("BTC-PERP")))

        assert served.code("GET", "/api/v1/contracts/BTC-PERP") == "200003"
        assert len(served.data("GET", "/api/v1/contracts/active")) == 2
        assert risk_limit.NAME == "risk_limit"
