"""Orders: how they are read, what they do, their ids, and every refusal's code."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from solvent.engine import commands
from solvent.margin import risk_limit
from solvent.money import Ratio
from tests.unit.gateways.kucoin.serving import ALICE, BOB, INVERSE, LINEAR, MORE_PRICE, PRICE, Keyed, Served

ORDERS = "/api/v1/orders"
NO_SUCH = "100001"


def market(number: str = "one", **more: Any) -> dict[str, Any]:
    order = {
        "clientOid": number,
        "symbol": LINEAR,
        "side": "buy",
        "type": "market",
        "size": 10,
        "leverage": 3,
    }
    return {name: value for name, value in {**order, **more}.items() if value is not None}


def limit(number: str = "one", price: str = "60000", **more: Any) -> dict[str, Any]:
    return market(number, **{"type": "limit", "price": price, **more})


def place(served: Served, key: Keyed, order: Any) -> str:
    found = served.data("POST", ORDERS, key=key, body=order)
    assert found["clientOid"] == order["clientOid"]
    number: str = found["orderId"]
    return number


def held(served: Served, symbol: str = LINEAR) -> int:
    position = served.house.follower.state.positions[symbol].get(ALICE)
    return 0 if position is None else int(position.lots)


def resting(served: Served) -> list[str]:
    return [order.order_id for order in served.house.follower.state.orders[LINEAR].get(ALICE, ())]


def test_a_market_order_fills_at_the_quote_and_is_told_as_done() -> None:
    with Served() as served:
        key = served.key()
        number = place(served, key, market())
        found = served.data("GET", f"{ORDERS}/{number}", key=key)
        now_ms = served.house.now_ms()

        assert found == {
            "id": number,
            "symbol": LINEAR,
            "type": "market",
            "side": "buy",
            "price": "0",
            "size": 10,
            "value": "674.309",
            "dealValue": "674.309",
            "dealSize": 10,
            "stp": "",
            "stop": "",
            "stopPriceType": "",
            "stopTriggered": False,
            "stopPrice": None,
            "timeInForce": "GTC",
            "postOnly": False,
            "hidden": False,
            "iceberg": False,
            "leverage": "3",
            "forceHold": False,
            "closeOrder": False,
            "visibleSize": 0,
            "clientOid": "one",
            "remark": None,
            "tags": None,
            "isActive": False,
            "cancelExist": False,
            "createdAt": now_ms,
            "updatedAt": now_ms,
            "endAt": now_ms,
            "orderTime": now_ms * 1_000_000,
            "settleCurrency": "USDT",
            "marginMode": "ISOLATED",
            "avgDealPrice": "67430.9",
            "filledSize": 10,
            "filledValue": "674.309",
            "status": "done",
            "reduceOnly": False,
        }


def test_a_limit_order_rests_and_fills_when_the_quote_reaches_it() -> None:
    with Served() as served:
        key = served.key()
        number = place(served, key, limit(size=2))
        (found,) = served.data("GET", ORDERS, key=key, query={"status": "active"})["items"]
        assert (found["id"], found["isActive"], found["status"], found["endAt"]) == (
            number,
            True,
            "open",
            None,
        )
        assert (found["price"], found["value"], found["dealSize"]) == ("60000.0", "120.0", 0)
        served.price("59999")

        found = served.data("GET", f"{ORDERS}/byClientOid", key=key, query={"clientOid": "one"})
        assert (found["isActive"], found["cancelExist"], found["dealSize"]) == (False, False, 2)
        assert found["avgDealPrice"] == "60000.0"
        (fill,) = served.data("GET", "/api/v1/fills", key=key)["items"]
        assert (fill["liquidity"], fill["feeRate"], fill["fee"]) == ("maker", "0.0002", "0.024")
        assert (fill["orderId"], fill["orderType"]) == (number, "limit")


def test_a_limit_order_that_matches_fills_at_once() -> None:
    with Served() as served:
        key = served.key()
        place(served, key, limit(price="67431"))

        assert held(served) == 10
        (fill,) = served.data("GET", "/api/v1/fills", key=key)["items"]
        assert (fill["price"], fill["liquidity"]) == (PRICE, "taker")


def test_a_repeated_client_oid_returns_the_first_order_whatever_its_body() -> None:
    with Served() as served:
        key = served.key()
        first = place(served, key, market())

        assert place(served, key, market()) == first
        assert place(served, key, market(size=5)) == first
        assert served.data("POST", ORDERS, key=key, body={"clientOid": "one"})["orderId"] == first
        assert held(served) == 10


def test_a_client_oid_is_an_accounts_own() -> None:
    with Served() as served:
        alice, bob = served.key(), served.key(account=BOB)

        assert place(served, alice, market()) != place(served, bob, market())
        assert held(served) == 10


def test_a_client_oid_is_known_after_a_restart(tmp_path: Path) -> None:
    with Served(tmp_path) as served:
        key = served.key(key_id="c" * 32)
        filled, rests = place(served, key, market("one")), place(served, key, limit("two"))
    with Served(tmp_path) as served:
        key = served.key(key_id="c" * 32)

        assert place(served, key, market("one")) == filled
        assert place(served, key, limit("two")) == rests
        found = served.data("GET", f"{ORDERS}/byClientOid", key=key, query={"clientOid": "one"})
        assert (found["id"], found["type"], found["leverage"]) == (filled, "market", "3")
        assert held(served) == 10
        assert served.data("DELETE", f"{ORDERS}/{rests}", key=key) == {"cancelledOrderIds": [rests]}


def test_a_client_oid_whose_order_was_refused_may_be_used_again() -> None:
    with Served() as served:
        key, order = served.key(), market(size=1000, leverage=1)
        for _ in range(2):
            assert served.code("POST", ORDERS, key=key, body=order) == "300003"

        place(served, key, {**order, "size": 10})
        assert held(served) == 10
        place(served, key, {**order, "size": 10})
        assert held(served) == 10


def test_a_client_oid_that_is_refused_again_and_again_is_used_up() -> None:
    with Served() as served:
        key, order = served.key(), market(size=1000, leverage=1)
        codes = [served.code("POST", ORDERS, key=key, body=order) for _ in range(20)]

        assert codes == ["300003"] * 19 + ["400100"]


def test_one_client_oid_sent_many_times_at_once_orders_once() -> None:
    with Served() as served:
        key = served.key()
        with ThreadPoolExecutor(8) as pool:
            told = set(pool.map(lambda _: place(served, key, market()), range(16)))

        assert len(told) == 1
        assert held(served) == 10


@pytest.mark.parametrize("number", ["", "x" * 41, "a b", "a:b", None, 5])
def test_a_client_oid_that_cannot_be_is_400100(number: Any) -> None:
    with Served() as served:
        assert (
            served.code("POST", ORDERS, key=served.key(), body={**market(), "clientOid": number}) == "400100"
        )


def test_the_sdks_usual_flags_and_an_absent_margin_mode_are_accepted() -> None:
    flags = {"timeInForce": "GTC", "postOnly": False, "hidden": False, "iceberg": False, "reduceOnly": False}
    more = {"stop": None, "stopPrice": "", "marginMode": "ISOLATED", "positionSide": "BOTH", "stp": "CN"}
    with Served() as served:
        key = served.key()
        place(served, key, {**market("one"), **flags, **more, "closeOrder": False, "remark": "mine"})
        place(served, key, market("two", leverage="3"))

        assert held(served) == 20


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"stop": "up", "stopPrice": "70000"}, "400100"),
        ({"stopPriceType": "MP"}, "400100"),
        ({"triggerStopUpPrice": "70000"}, "400100"),
        ({"visibleSize": "1"}, "400100"),
        ({"hidden": True}, "400100"),
        ({"iceberg": True}, "400100"),
        ({"forceHold": True}, "400100"),
        ({"reduceonly": True}, "400100"),
        ({"marginMode": "CROSS"}, "330005"),
        ({"positionSide": "LONG"}, "330011"),
        ({"positionSide": "SHORT"}, "330011"),
        ({"symbol": "NOPE"}, "200003"),
        ({"side": "hold"}, "400100"),
        ({"side": None}, "400100"),
        ({"side": ""}, "400100"),
        ({"stp": "other"}, "400100"),
        ({"stp": 1}, "400100"),
        ({"remark": 1}, "400100"),
        ({"type": "other"}, "400100"),
        ({"timeInForce": "GTT"}, "400100"),
        ({"size": None}, "400100"),
        ({"size": 0}, "400100"),
        ({"size": 1.5}, "400100"),
        ({"size": -1}, "400100"),
        ({"size": 1_000_001}, "400100"),
        ({"size": 1, "qty": "1"}, "400100"),
        ({"leverage": 1.5}, "400100"),
        ({"leverage": None}, "400100"),
        ({"leverage": 126}, "300016"),
        ({"size": 2_000, "leverage": 100}, "300005"),
        ({"size": 1_000, "leverage": 1}, "300003"),
        ({"postOnly": True}, "400100"),
        ({"postOnly": True, "reduceOnly": True}, "400100"),
        ({"reduceOnly": True}, "300009"),
        ({"closeOrder": True}, "300009"),
        ({"closeOrder": True, "type": "limit", "price": "70000"}, "300009"),
        ({"type": "limit"}, "400100"),
        ({"type": "limit", "price": "60000.05"}, "400100"),
        ({"type": "limit", "price": "0"}, "400100"),
        ({"type": "limit", "price": ["60000"]}, "400100"),
        ({"type": "limit", "price": True}, "400100"),
        ({"type": "limit", "price": "67000", "timeInForce": "IOC"}, "300008"),
        ({"type": "limit", "price": "68000", "postOnly": True}, "300012"),
        ({"type": "limit", "price": "60000", "postOnly": True, "timeInForce": "IOC"}, "400100"),
    ],
)
def test_an_order_that_cannot_be_is_declined_and_nothing_rests(changed: dict[str, Any], code: str) -> None:
    with Served() as served:
        assert served.code("POST", ORDERS, key=served.key(), body=market(**changed)) == code
        assert held(served) == 0
        assert resting(served) == []


def test_an_old_mark_declines_an_order() -> None:
    with Served() as served:
        served.house.advance(10_001)

        assert served.code("POST", ORDERS, key=served.key(), body=market()) == "300015"


def test_a_paused_market_and_too_many_orders_have_the_venues_codes() -> None:
    with Served() as served:
        key = served.key()
        for number in range(200):
            served.act(
                risk_limit.Order(order_id=f"n{number}", lots=1, leverage=100, limit_price=Ratio(1, 10))
            )
        assert served.code("POST", ORDERS, key=key, body=limit("more")) == "300000"
        served.do(commands.SetPaused(market=LINEAR, paused=True))

        assert served.code("POST", ORDERS, key=key, body=market()) == "300002"
        assert served.data("GET", f"/api/v1/contracts/{LINEAR}")["status"] == "Paused"


def test_a_size_may_be_told_in_coins_or_in_value() -> None:
    with Served() as served:
        key = served.key()
        place(served, key, market("a", size=None, qty="0.01"))
        assert held(served) == 10
        place(served, key, market("b", size=None, valueQty="674.309"))
        assert held(served) == 20
        place(served, key, market("c", size=None, valueQty="674.3"))

        assert held(served) == 29
        assert served.code("POST", ORDERS, key=key, body=market("d", size=None, qty="0.0105")) == "400100"
        inverse = {"symbol": INVERSE, "size": None}
        assert served.code("POST", ORDERS, key=key, body=market("e", qty="1", **inverse)) == "400100"
        place(served, key, market("f", valueQty="1000.5", **inverse))
        assert held(served, INVERSE) == 1000


def test_a_close_order_closes_everything_without_a_side_or_a_size() -> None:
    with Served() as served:
        key = served.key()
        for lots in (10, -10):
            served.open(lots)
            place(
                served, key, {"clientOid": f"c{lots}", "symbol": LINEAR, "closeOrder": True, "type": "market"}
            )
            assert held(served) == 0

        found = served.data("GET", f"{ORDERS}/byClientOid", key=key, query={"clientOid": "c10"})
        assert (found["closeOrder"], found["reduceOnly"], found["side"], found["size"]) == (
            True,
            True,
            "sell",
            10,
        )


def test_a_close_order_with_a_limit_rests_for_the_whole_position() -> None:
    with Served() as served:
        served.open(-10)
        key = served.key()
        place(served, key, limit("c", price="60000", closeOrder=True, size=None, side=None))
        (found,) = served.data("GET", ORDERS, key=key, query={"status": "active"})["items"]

        assert (found["side"], found["size"], found["reduceOnly"]) == ("buy", 10, True)


def test_a_reduce_only_market_order_reduces_on_its_own_side_alone() -> None:
    with Served() as served:
        served.open(10)
        key = served.key()
        assert served.code("POST", ORDERS, key=key, body=market("a", size=4, reduceOnly=True)) == "300009"
        number = place(served, key, market("b", side="sell", size=4, reduceOnly=True))

        assert held(served) == 6
        found = served.data("GET", f"{ORDERS}/{number}", key=key)
        assert (found["type"], found["price"], found["reduceOnly"]) == ("market", "0", True)
        assert found["avgDealPrice"] == PRICE
        too_many = market("c", side="sell", size=7, reduceOnly=True)
        assert served.code("POST", ORDERS, key=key, body=too_many) == "400100"


def test_an_order_is_cancelled_by_its_number_by_its_client_oid_and_with_all_others() -> None:
    with Served() as served:
        key = served.key()
        numbers = [place(served, key, limit(str(number))) for number in range(5)]
        gone = served.data("DELETE", f"{ORDERS}/{numbers[0]}", key=key)
        assert gone == {"cancelledOrderIds": [numbers[0]]}
        path = f"{ORDERS}/client-order/1"
        assert served.data("DELETE", path, key=key, query={"symbol": LINEAR}) == {"clientOid": "1"}
        served.act(risk_limit.Order(order_id="native", lots=1, leverage=3, limit_price=Ratio(60_000, 1)))

        gone = served.data("DELETE", "/api/v3/orders", key=key, query={"symbol": LINEAR})
        assert set(numbers[2:]) < set(gone["cancelledOrderIds"])
        assert len(gone["cancelledOrderIds"]) == 4
        assert resting(served) == []
        assert served.data("DELETE", ORDERS, key=key) == {"cancelledOrderIds": []}
        found = served.data("GET", f"{ORDERS}/{numbers[0]}", key=key)
        assert (found["cancelExist"], found["isActive"], found["status"]) == (True, False, "done")


def test_orders_of_another_contract_stay_when_one_is_cancelled() -> None:
    with Served() as served:
        key = served.key()
        place(served, key, limit("a"))
        place(served, key, limit("b", symbol=INVERSE))
        served.data("DELETE", ORDERS, key=key, query={"symbol": INVERSE})

        assert resting(served) == ["kucoin:a"]


def test_an_order_that_is_not_there_or_not_ones_own_is_100001() -> None:
    with Served() as served:
        key, other = served.key(), served.key(account=BOB)
        rests, filled = place(served, key, limit("a")), place(served, key, market("b"))

        for path in (f"{ORDERS}/{rests}", f"{ORDERS}/client-order/a"):
            assert served.code("DELETE", path, key=other) == NO_SUCH
        for path in (f"{ORDERS}/{filled}", f"{ORDERS}/200000000000000999", f"{ORDERS}/x", f"{ORDERS}/1"):
            assert served.code("DELETE", path, key=key) == NO_SUCH
        assert served.code("GET", f"{ORDERS}/{rests}", key=other) == NO_SUCH
        path, query = f"{ORDERS}/client-order/a", {"symbol": INVERSE}
        assert served.code("DELETE", path, key=key, query=query) == NO_SUCH
        query = {"clientOid": "none"}
        assert served.code("GET", f"{ORDERS}/byClientOid", key=key, query=query) == NO_SUCH
        assert resting(served) == ["kucoin:a"]


def test_what_the_native_interface_ordered_has_a_number_too() -> None:
    with Served() as served:
        key = served.key()
        served.act(risk_limit.Order(order_id="mine", lots=2, leverage=3, limit_price=Ratio(60_000, 1)))
        served.open(5)
        (found,) = served.data("GET", ORDERS, key=key, query={"status": "active"})["items"]
        (done,) = served.data("GET", ORDERS, key=key)["items"]

        assert (found["clientOid"], done["clientOid"], done["type"]) == (None, None, "market")
        assert served.data("DELETE", f"{ORDERS}/{found['id']}", key=key) == {
            "cancelledOrderIds": [found["id"]]
        }


def test_a_level_change_cancels_the_contracts_orders() -> None:
    with Served() as served:
        key = served.key()
        number = place(served, key, limit())
        body = {"symbol": LINEAR, "level": 2}
        served.data("POST", "/api/v1/position/risk-limit-level/change", key=key, body=body)

        assert served.data("GET", f"{ORDERS}/{number}", key=key)["cancelExist"] is True


def test_orders_are_listed_by_what_is_asked_for() -> None:
    with Served() as served:
        key = served.key()
        for number, side in (("a", "buy"), ("b", "sell"), ("c", "buy")):
            place(served, key, market(number, side=side))
        place(served, key, market("d", symbol=INVERSE))
        place(served, key, limit("e", price="67431"))

        def listed(**query: Any) -> list[str]:
            items = served.data("GET", ORDERS, key=key, query=query)["items"]
            return [item["clientOid"] for item in items]

        assert listed() == ["e", "d", "c", "b", "a"]
        assert listed(symbol=LINEAR, side="buy", type="market") == ["c", "a"]
        assert listed(status="active") == []
        assert listed(pageSize=2, currentPage=2) == ["c", "b"]
        assert listed(startAt=served.house.now_ms() + 1) == []
        assert listed(endAt=served.house.now_ms() - 1) == []
        page = served.data("GET", ORDERS, key=key, query={"pageSize": 2, "currentPage": 3})
        told = [page[name] for name in ("currentPage", "pageSize", "totalNum", "totalPage")]
        assert told == [3, 2, 5, 3]
        assert listed(type="limit_stop") == []
        for query in ({"status": "other"}, {"pageSize": 0}, {"currentPage": "x"}, {"startAt": "-1"}):
            assert served.code("GET", ORDERS, key=key, query=query) == "400100"
        for path in (ORDERS, "/api/v1/fills"):
            assert served.code("GET", path, key=key, query={"side": "Buy"}) == "400100"
            assert served.code("GET", path, key=key, query={"type": "other"}) == "400100"
            assert served.code("GET", path, key=key, query={"symbol": "NOPE"}) == "200003"
        assert served.code("GET", "/api/v1/fills", key=key, query={"tradeTypes": "trade,other"}) == "400100"
        assert served.code("GET", "/api/v1/history-positions", key=key, query={"symbol": "NOPE"}) == "200003"


def test_a_fill_that_flips_tells_the_fee_of_both_parts() -> None:
    with Served() as served:
        served.open(10)
        key = served.key()
        place(served, key, market("flip", side="sell", size=30))
        fill = served.data("GET", "/api/v1/fills", key=key)["items"][0]
        paid = [Decimal(fill[name]) for name in ("closeFeePay", "openFeePay", "fee")]

        assert held(served) == -20
        assert paid == [Decimal("0.4045854"), Decimal("0.8091708"), Decimal("1.2137562")]


def test_a_fill_is_told_as_the_venue_tells_it() -> None:
    with Served() as served:
        key = served.key()
        number = place(served, key, market())
        (fill,) = served.data("GET", "/api/v1/fills", key=key)["items"]
        now_ms = served.house.now_ms()

        assert fill == {
            "symbol": LINEAR,
            "tradeId": str(int(number) - 200_000_000_000_000_000),
            "orderId": number,
            "side": "buy",
            "liquidity": "taker",
            "forceTaker": False,
            "price": PRICE,
            "size": 10,
            "value": "674.309",
            "openFeePay": "0.4045854",
            "closeFeePay": "0.0",
            "stop": "",
            "feeRate": "0.0006",
            "fixFee": "0",
            "feeCurrency": "USDT",
            "tradeTime": now_ms * 1_000_000,
            "subTradeType": None,
            "marginMode": "ISOLATED",
            "settleCurrency": "USDT",
            "displayType": "market",
            "fee": "0.4045854",
            "orderType": "market",
            "tradeType": "trade",
            "createdAt": now_ms,
        }


def test_a_closed_position_is_told_with_its_totals() -> None:
    with Served() as served:
        key = served.key()
        served.open(10)
        served.price(MORE_PRICE)
        most = served.data("GET", "/api/v1/margin/maxWithdrawMargin", key=key, query={"symbol": LINEAR})
        body = {"symbol": LINEAR, "withdrawAmount": most}
        served.data("POST", "/api/v1/margin/withdrawMargin", key=key, body=body)
        served.act(risk_limit.Close())
        page = served.data("GET", "/api/v1/history-positions", key=key)
        (found,) = page["items"]

        assert (page["pageSize"], page["totalNum"], page["totalPage"]) == (10, 1, 1)
        assert found["type"] == "CLOSE_LONG"
        assert found["side"] == "LONG"
        assert found["realisedGrossCost"] == found["realisedGrossCostNew"] == "-14.698"
        assert found["tradeFee"] == "0.8179896"
        assert found["pnl"] == "13.8800104"
        assert found["withdrawPnl"] == "7.349"
        assert (found["openPrice"], found["closePrice"]) == (PRICE, MORE_PRICE)
        assert type(found["openTime"]) is type(found["closeTime"]) is int
        assert found["userId"] == ALICE


def test_a_position_that_was_taken_over_has_lost_its_margin() -> None:
    with Served() as served:
        key = served.key()
        served.open(10, 10)
        served.price("60000")
        (found,) = served.data("GET", "/api/v1/history-positions", key=key)["items"]
        fill = served.data("GET", "/api/v1/fills", key=key, query={"tradeTypes": "liquid"})["items"][0]

        assert held(served) == 0
        assert (found["type"], found["pnl"]) == ("LIQUID_LONG", "-67.8354854")
        assert found["closePrice"] == fill["price"] == "60687.81"
        assert (fill["tradeType"], fill["side"], fill["size"], fill["fee"]) == ("liquid", "sell", 10, "0")


def test_fundings_are_told_newest_first_and_owed_ones_too() -> None:
    with Served() as served:
        key, path = served.key(), "/api/v1/funding-history"
        served.open(10)
        moments = [served.fund("0.0001", PRICE), served.fund("-0.0002", PRICE)]
        found = served.data("GET", path, key=key, query={"symbol": LINEAR})

        assert found["hasMore"] is False
        assert [item["timePoint"] for item in found["dataList"]] == moments[::-1]
        assert found["dataList"][1] == {
            "id": moments[0],
            "symbol": LINEAR,
            "timePoint": moments[0],
            "fundingRate": Decimal("0.0001"),
            "markPrice": Decimal(PRICE),
            "positionQty": 10,
            "positionCost": Decimal("674.309"),
            "funding": Decimal("-0.0674309"),
            "settleCurrency": "USDT",
            "marginMode": "ISOLATED",
        }
        first = served.data("GET", path, key=key, query={"symbol": LINEAR, "maxCount": 1})
        assert first["hasMore"] is True
        query = {"symbol": LINEAR, "maxCount": 1, "offset": first["dataList"][0]["id"]}
        assert served.data("GET", path, key=key, query=query)["dataList"][0]["id"] == moments[0]
        # The SDK's older versions write a flag with a capital.
        for flag in ("false", "False"):
            query = {"symbol": LINEAR, "reverse": flag, "forward": "true"}
            assert served.data("GET", path, key=key, query=query)["dataList"][0]["id"] == moments[0]
        for query in ({"reverse": "no"}, {"forward": "false"}):
            assert served.code("GET", path, key=key, query={"symbol": LINEAR, **query}) == "400100"
        assert served.code("GET", path, key=key) == "400100"


def test_a_deleveraged_position_is_told_as_such() -> None:
    with Served() as served:
        key = served.key(account=BOB)
        for role in ("insurance",):
            units = served.house.follower.state.balance(role, "USDT")
            command = commands.PayOut(role=role, receiver=ALICE, asset="USDT", units=units)
            served.do(command)
        served.open(10, 50, account=ALICE)
        served.open(-10, 2, account=BOB)
        served.price("60000")
        (fill, _) = served.data("GET", "/api/v1/fills", key=key)["items"]
        (closed,) = served.data("GET", "/api/v1/history-positions", key=key)["items"]

        assert held(served) == 0
        assert (fill["tradeType"], fill["fee"], fill["side"]) == ("adl", "0.0", "buy")
        assert closed["type"] == "ADL_SHORT"
        assert served.data("GET", "/api/v1/fills", key=key, query={"tradeTypes": "adl"})["totalNum"] == 1
