"""ccxt's kucoinfutures, unmodified but for its addresses: markets, orders, margin and modes."""

from typing import Any

import ccxt
import pytest

from tests.sdks.calls import exercises
from tests.sdks.house import House

PAIR = "BTC/USDT:USDT"


def exchange(house: House, **options: Any) -> Any:
    """Return ccxt's client of a new account with 10,000 USDT."""
    key = house.kucoin_key()
    found = ccxt.kucoinfutures(
        {"apiKey": key.key, "secret": key.secret, "password": key.passphrase, "options": options}
    )
    for name in found.urls["api"]:
        found.urls["api"][name] = house.kucoin
    return found


@pytest.fixture
def bob(house: House) -> Any:
    house.price("XBTUSDTM", "60000")
    return exchange(house, uta=False)


@exercises(
    "GET /api/v3/currencies",
    "GET /api/v3/margin/symbols",
    "GET /api/v1/isolated/symbols",
    "GET /api/v1/contracts/active",
    "GET /api/v1/hf/accounts/opened",
)
def test_markets_are_loaded_with_keys(bob: Any) -> None:
    markets = bob.load_markets()
    assert {name for name, market in markets.items() if market["swap"]} == {PAIR, "BTC/USD:BTC"}
    market = markets[PAIR]
    assert (market["id"], market["contractSize"], market["linear"]) == ("XBTUSDTM", 0.001, True)
    assert (market["taker"], market["maker"]) == (0.0006, 0.0002)


@exercises("GET /api/ua/v1/account/mode")
def test_markets_are_loaded_where_the_kind_of_account_is_asked_for_first(house: House) -> None:
    found = exchange(house)
    assert PAIR in found.load_markets()
    assert found.fetch_balance()["USDT"]["free"] == 10_000


def test_markets_are_loaded_without_keys(house: House) -> None:
    found = ccxt.kucoinfutures()
    for name in found.urls["api"]:
        found.urls["api"][name] = house.kucoin
    assert PAIR in found.load_markets()
    house.price("XBTUSDTM", "60000")
    assert found.fetch_ticker(PAIR)["bid"] == 60_000


@exercises("GET /api/v1/positions", "GET /api/v1/account-overview")
def test_margin_is_added_and_taken_and_the_position_read(bob: Any) -> None:
    bob.create_order(PAIR, "market", "buy", 100, None, {"leverage": 5})
    held = bob.fetch_position(PAIR)
    assert (held["contracts"], held["side"], held["entryPrice"], held["initialMargin"]) == (
        *(100, "long", 60_000),
        1_200,
    )
    assert held["collateral"] == 1_200
    bob.add_margin(PAIR, 50)
    assert bob.fetch_position(PAIR)["collateral"] == 1_250
    taken = bob.reduce_margin(PAIR, 150)
    assert taken["amount"] == 150
    assert bob.fetch_position(PAIR)["collateral"] == 1_100
    (row,) = bob.fetch_positions()
    assert (row["symbol"], row["marginMode"], row["collateral"]) == (PAIR, "isolated", 1_100)
    assert bob.fetch_balance()["USDT"]["free"] == pytest.approx(8_896.4)


@pytest.mark.parametrize("amount", [400, 401, 404, 429, 500, 503])
def test_whole_amounts_that_are_error_codes_elsewhere_are_taken_without_an_error(
    bob: Any, amount: int
) -> None:
    bob.create_order(PAIR, "market", "buy", 100, None, {"leverage": 5})
    most = bob.futuresPrivateGetMarginMaxWithdrawMargin({"symbol": "XBTUSDTM"})
    assert most["data"] == "1152.0"
    bob.reduce_margin(PAIR, amount)
    assert bob.fetch_position(PAIR)["collateral"] == 1_200 - amount


def test_the_largest_amount_is_taken_and_a_unit_more_is_refused(bob: Any) -> None:
    bob.create_order(PAIR, "market", "buy", 100, None, {"leverage": 5})
    with pytest.raises(ccxt.ExchangeError, match=r'"code":"200012"'):
        bob.reduce_margin(PAIR, 1_153)
    # Older versions cut amounts of margin to whole lots; the call itself is exact.
    more = {"symbol": "XBTUSDTM", "withdrawAmount": "1152.0000000001"}
    with pytest.raises(ccxt.ExchangeError, match=r'"code":"200012"'):
        bob.futuresPrivatePostMarginWithdrawMargin(more)
    assert bob.fetch_position(PAIR)["collateral"] == 1_200
    bob.reduce_margin(PAIR, "1152")
    assert bob.fetch_position(PAIR)["collateral"] == 48


def test_refusals_are_the_errors_that_ccxt_has_for_them(bob: Any) -> None:
    with pytest.raises(ccxt.OrderNotFound):
        bob.add_margin(PAIR, 5)
    with pytest.raises(ccxt.InvalidOrder):
        bob.close_position(PAIR)
    with pytest.raises(ccxt.InsufficientFunds):
        bob.create_order(PAIR, "market", "buy", 1_000, None, {"leverage": 5})
    with pytest.raises(ccxt.ExchangeError, match="330011"):
        bob.create_order(PAIR, "market", "buy", 1, None, {"leverage": 5, "positionSide": "LONG"})
    with pytest.raises(ccxt.NotSupported):
        bob.set_leverage(5, PAIR)
    bob.secret = "not-the-secret"
    with pytest.raises(ccxt.AuthenticationError, match="400004"):
        bob.fetch_balance()


@exercises(
    "GET /api/v1/orders",
    "GET /api/v1/orders/{orderId}",
    "DELETE /api/v1/orders/{orderId}",
    "GET /api/v1/fills",
)
def test_orders_rest_are_cancelled_and_filled(bob: Any) -> None:
    placed = bob.create_order(PAIR, "limit", "buy", 10, 50_000, {"leverage": 5})
    (row,) = bob.fetch_open_orders(PAIR)
    assert (row["id"], row["price"], row["amount"], row["status"]) == (placed["id"], 50_000, 10, "open")
    bob.cancel_order(placed["id"], PAIR)
    assert bob.fetch_order(placed["id"], PAIR)["status"] == "canceled"
    opened = bob.create_order(PAIR, "market", "buy", 10, None, {"leverage": 5})
    bob.close_position(PAIR)
    trades = bob.fetch_my_trades(PAIR)
    assert [trade["side"] for trade in trades] == ["buy", "sell"]
    assert (trades[0]["order"], trades[0]["price"], trades[0]["fee"]["cost"]) == (opened["id"], 60_000, 0.36)
    assert bob.fetch_balance()["USDT"]["free"] == pytest.approx(10_000 - 0.72)


@exercises(
    "GET /api/v2/position/getMarginMode",
    "POST /api/v2/position/changeMarginMode",
    "GET /api/v2/position/getPositionMode",
    "POST /api/v2/position/switchPositionMode",
    "GET /api/v1/mark-price/{symbol}/current",
    "GET /api/v1/contracts/risk-limit/{symbol}",
    "GET /api/v2/position",
)
def test_modes_marks_and_levels_are_read_and_other_modes_refused(bob: Any) -> None:
    assert bob.fetch_margin_mode(PAIR)["marginMode"] == "isolated"
    bob.set_margin_mode("isolated", PAIR)
    with pytest.raises(ccxt.InvalidOrder):
        bob.set_margin_mode("cross", PAIR)
    assert bob.fetch_position_mode(PAIR)["hedged"] is False
    bob.set_position_mode(False, PAIR)
    with pytest.raises(ccxt.ExchangeError, match="330011"):
        bob.set_position_mode(True, PAIR)
    assert bob.fetch_mark_price(PAIR)["markPrice"] == 60_000
    tiers = bob.fetch_market_leverage_tiers(PAIR)
    assert [tier["maxLeverage"] for tier in tiers[:2]] == [125, 100]
    listed = bob.futuresPrivateGetPosition({"symbol": "XBTUSDTM", "version": "v2"})
    assert listed["data"] == []
