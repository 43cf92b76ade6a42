"""The official KuCoin SDK, unmodified: what it tells of markets, without and with a signature."""

import pytest
from hyperliquid.utils.signing import get_timestamp_ms
from kucoin_universal_sdk.generate.futures import market

from tests.sdks.calls import exercises
from tests.sdks.house import House
from tests.sdks.kucoin import SYMBOL, Trader, trader, whole


@pytest.fixture
def bob(house: House) -> Trader:
    house.price("XBTUSDTM", "60000")
    return trader(house)


@exercises("GET /api/v1/contracts/active", "GET /api/v1/contracts/{symbol}")
def test_contracts_are_those_of_the_venue(bob: Trader) -> None:
    active = {row.symbol: row for row in whole(bob.market.get_all_symbols()).data}
    assert set(active) == {"XBTUSDTM", "XBTUSDM"}
    linear, inverse = active["XBTUSDTM"], active["XBTUSDM"]
    assert (linear.multiplier, linear.settle_currency, linear.is_inverse) == (0.001, "USDT", False)
    assert (inverse.multiplier, inverse.settle_currency, inverse.is_inverse) == (-1, "XBT", True)
    assert (linear.base_currency, linear.type.value, linear.status.value) == ("XBT", "FFWCSX", "Open")
    assert (linear.maker_fee_rate, linear.taker_fee_rate, linear.max_leverage) == (0.0002, 0.0006, 125)
    assert linear.mark_price == linear.index_price == 60_000
    one = whole(bob.market.get_symbol(market.GetSymbolReqBuilder().set_symbol(SYMBOL).build()))
    assert (one.symbol, one.lot_size, one.tick_size) == (SYMBOL, 1, linear.tick_size)


@exercises(
    "GET /api/v1/mark-price/{symbol}/current",
    "GET /api/v1/ticker",
    "GET /api/v1/level2/depth20",
    "GET /api/v1/level2/depth100",
    "GET /api/v1/level2/snapshot",
)
def test_prices_follow_the_quote(bob: Trader) -> None:
    mark = whole(bob.market.get_mark_price(market.GetMarkPriceReqBuilder().set_symbol(SYMBOL).build()))
    assert (mark.value, mark.index_price) == (60_000, 60_000)
    ticker = whole(bob.market.get_ticker(market.GetTickerReqBuilder().set_symbol(SYMBOL).build()))
    assert (ticker.best_bid_price, ticker.best_ask_price) == ("60000.0", "60000.0")
    for size in ("20", "100"):
        asked = market.GetPartOrderBookReqBuilder().set_symbol(SYMBOL).set_size(size).build()
        book = whole(bob.market.get_part_order_book(asked))
        assert (book.bids[0][0], book.asks[0][0]) == (60_000, 60_000)
    full = whole(bob.market.get_full_order_book(
        market.GetFullOrderBookReqBuilder().set_symbol(SYMBOL).build()
    ))  # fmt: skip
    assert full.bids[0][0] == 60_000


@exercises(
    "GET /api/v1/timestamp", "GET /api/v1/status", "POST /api/v1/bullet-public", "POST /api/v1/bullet-private"
)
def test_the_service_tells_the_walls_time_its_state_and_where_its_streams_are(bob: Trader) -> None:
    now = whole(bob.market.get_server_time()).data
    assert abs(now - get_timestamp_ms()) < 60_000
    assert whole(bob.market.get_service_status()).status.value == "open"
    for token in (bob.market.get_public_token(), bob.market.get_private_token()):
        (server,) = whole(token).instance_servers
        assert server.endpoint.startswith(bob.house.kucoin.replace("http://", "ws://"))
        assert (server.ping_interval, server.ping_timeout) == (18_000, 10_000)
