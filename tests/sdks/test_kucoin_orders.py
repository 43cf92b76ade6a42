"""The official KuCoin SDK, unmodified: orders, fills, closed positions and what they cost."""

from typing import Any
from uuid import uuid4

import pytest
from kucoin_universal_sdk.generate.futures import fundingfees, order, positions

from tests.sdks.calls import exercises
from tests.sdks.house import House
from tests.sdks.kucoin import SYMBOL, Trader, refusal, trader, whole

EIGHT_HOURS_MS = 8 * 3_600_000


@pytest.fixture
def bob(house: House) -> Trader:
    house.price("XBTUSDTM", "60000")
    return trader(house)


def resting(bob: Trader, price: str = "50000", **more: object) -> str:
    """Place an order that rests; return its id."""
    placed = bob.order("buy", type="limit", size=10, price=price, leverage=5, time_in_force="GTC", **more)
    found: str = placed.order_id
    return found


def rows(bob: Trader, status: str) -> list[order.GetOrderListItems]:
    """Return the orders that are active or done."""
    listed = bob.orders.get_order_list(order.GetOrderListReqBuilder().set_status(status).build())
    found: list[order.GetOrderListItems] = whole(listed).items
    return found


@exercises("GET /api/v1/orders", "GET /api/v1/orders/{orderId}", "DELETE /api/v1/orders/{orderId}")
def test_a_limit_order_rests_is_listed_and_cancelled_by_its_id(bob: Trader) -> None:
    placed = resting(bob)
    (row,) = rows(bob, "active")
    assert (row.id, row.price, row.size, row.leverage, row.status) == (placed, "50000.0", 10, "5", "open")
    found = whole(bob.orders.get_order_by_order_id(
        order.GetOrderByOrderIdReqBuilder().set_order_id(placed).build()
    ))  # fmt: skip
    assert (found.is_active, found.side.value, found.filled_size) == (True, "buy", 0)
    assert bob.account().order_margin == pytest.approx(100.3)  # 500/5 of margin and 0.3 of fee
    cancel = order.CancelOrderByIdReqBuilder().set_order_id(placed).build()
    assert whole(bob.orders.cancel_order_by_id(cancel)).cancelled_order_ids == [placed]
    assert rows(bob, "active") == []
    (gone,) = rows(bob, "done")
    assert (gone.id, gone.cancel_exist) == (placed, True)
    assert refusal(bob.orders.cancel_order_by_id, cancel)[0] == "100001"
    assert bob.account().available_balance == 10_000


@exercises(
    "GET /api/v1/orders/byClientOid",
    "DELETE /api/v1/orders/client-order/{clientOid}",
    "DELETE /api/v1/orders",
    "DELETE /api/v3/orders",
)
def test_orders_are_found_and_cancelled_by_the_clients_own_id_and_all_at_once(bob: Trader) -> None:
    number = str(uuid4())
    placed = resting(bob, client_oid=number)
    found = whole(bob.orders.get_order_by_client_oid(
        order.GetOrderByClientOidReqBuilder().set_client_oid(number).build()
    ))  # fmt: skip
    assert found.id == placed
    assert resting(bob, client_oid=number) == placed
    assert len(rows(bob, "active")) == 1
    whole(bob.orders.cancel_order_by_client_oid(
        order.CancelOrderByClientOidReqBuilder().set_symbol(SYMBOL).set_client_oid(number).build()
    ))  # fmt: skip
    both = [resting(bob), resting(bob, "49000")]
    gone = whole(bob.orders.cancel_all_orders_v3(
        order.CancelAllOrdersV3ReqBuilder().set_symbol(SYMBOL).build()
    ))  # fmt: skip
    assert sorted(gone.cancelled_order_ids) == sorted(both)
    last = resting(bob)
    gone = whole(bob.orders.cancel_all_orders_v1(
        order.CancelAllOrdersV1ReqBuilder().set_symbol(SYMBOL).build()
    ))  # fmt: skip
    assert gone.cancelled_order_ids == [last]


@exercises("GET /api/v1/fills", "GET /api/v1/history-positions")
def test_fills_and_the_closed_position_tell_price_fee_and_profit(bob: Trader) -> None:
    opened = bob.buy(100, 5).order_id
    bob.house.price("XBTUSDTM", "61000")
    closed = bob.order("sell", type="market", close_order=True).order_id
    fills = whole(bob.orders.get_trade_history(order.GetTradeHistoryReqBuilder().build())).items
    told = {fill.order_id: fill for fill in fills}
    assert (told[opened].price, told[opened].size, told[opened].fee) == ("60000.0", 100, "3.6")
    assert (told[closed].price, told[closed].size, told[closed].fee) == ("61000.0", 100, "3.66")
    assert (told[opened].liquidity.value, told[opened].fee_currency) == ("taker", "USDT")
    (row,) = whole(
        bob.positions.get_positions_history(positions.GetPositionsHistoryReqBuilder().build())
    ).items
    assert (row.symbol, row.type, row.open_price, row.close_price) == (
        SYMBOL,
        "CLOSE_LONG",
        "60000.0",
        "61000.0",
    )
    assert float(row.pnl) == pytest.approx(100 - 3.6 - 3.66)
    assert bob.account().available_balance == pytest.approx(10_092.74)


@exercises("GET /api/v1/funding-history", "GET /api/v1/funding-rate/{symbol}/current")
def test_eight_hours_of_funding_are_settled_and_told(bob: Trader) -> None:
    api = bob.futures.get_funding_fees_api()
    rate = whole(api.get_current_funding_rate(
        fundingfees.GetCurrentFundingRateReqBuilder().set_symbol(SYMBOL).build()
    ))  # fmt: skip
    bob.buy(100, 5)
    bob.house.advance(EIGHT_HOURS_MS)
    bob.house.price("XBTUSDTM", "60000")
    (row,) = whole(api.get_private_funding_history(
        fundingfees.GetPrivateFundingHistoryReqBuilder().set_symbol(SYMBOL).build()
    )).data_list  # fmt: skip
    assert (row.symbol, row.position_qty) == (SYMBOL, 100)
    assert row.funding == pytest.approx(-6_000 * rate.value, rel=1e-6)
    assert bob.position().pos_funding == pytest.approx(row.funding)


def test_an_order_that_cannot_be_placed_is_refused_by_the_venues_codes(bob: Trader) -> None:
    def code(side: str = "buy", **fields: object) -> str:
        return refusal(lambda: bob.order(side, **fields))[0]

    limit: dict[str, Any] = {"type": "limit", "price": "50000", "leverage": 5, "time_in_force": "GTC"}
    assert code(type="market", size=100_000, leverage=5) == "300005"
    assert code(type="market", size=1_000, leverage=5) == "300003"
    assert code(type="market", size=1, leverage=126) == "300016"
    assert code("sell", type="market", size=1, leverage=5, reduce_only=True) == "300009"
    assert code("sell", type="market", close_order=True) == "300009"
    assert code(**limit, size=1, margin_mode="CROSS") == "330005"
    assert code(**limit, size=1, stop="down", stop_price="1", stop_price_type="TP") == "400100"
    assert bob.account().available_balance == 10_000
