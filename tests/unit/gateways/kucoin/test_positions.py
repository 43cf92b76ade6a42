"""Positions as they are shown: the specification's example to the digit, flat ones, lists, modes."""

from decimal import Decimal
from typing import Any

import pytest

from solvent.margin import risk_limit
from solvent.money import Ratio
from tests.unit.gateways.kucoin.serving import ALICE, BOB, INVERSE, LINEAR, MORE_PRICE, UNIT, Served

POSITION = "/api/v1/position"
ASK = {"symbol": LINEAR}
# As in the specification, without the moments, the id, and the share of the ranking.
EXAMPLE = """{"symbol":"XBTUSDTM","autoDeposit":false,"crossMode":false,"maintMarginReq":0.005,
 "maintainMargin":0.005,"riskLimit":500000,"riskLimitLevel":2,"realLeverage":2.88,"leverage":2.88,
 "currentQty":1,"currentCost":67.4309,
 "currentComm":0.04045854,"unrealisedCost":67.4309,"realisedGrossCost":0.0,"realisedCost":0.04045854,
 "isOpen":true,"markPrice":68900.7,"markValue":68.9007,"posCost":67.4309,"posCross":0.0,"posCrossMargin":0,
 "posInit":22.4769666667,"posComm":0,"posCommCommon":0,"posLoss":0.0,"posMargin":22.4769666667,
 "posFunding":0.0,"posMaint":0.38584392,"maintMargin":23.9467666667,"realisedGrossPnl":0.0,
 "realisedPnl":-0.04045854,"unrealisedPnl":1.4698,"unrealisedPnlPcnt":0.0218,"unrealisedRoePcnt":0.0654,
 "avgEntryPrice":67430.9,"liquidationPrice":45207.1,"bankruptPrice":44953.94,"settleCurrency":"USDT",
 "isInverse":false,"marginMode":"ISOLATED","positionSide":"BOTH"}"""
TOLD_APART = {"id", "delevPercentage", "openingTimestamp", "currentTimestamp"}


def example(served: Served) -> None:
    served.act(risk_limit.SetLevel(2))
    served.open(1)
    served.price(MORE_PRICE)


def test_the_example_of_the_specification_is_answered_to_the_digit() -> None:
    import json

    with Served() as served:
        example(served)
        found = served.data("GET", POSITION, key=served.key(), query=ASK)
        wanted = json.loads(EXAMPLE, parse_float=Decimal)

        assert {name: value for name, value in found.items() if name not in TOLD_APART} == wanted
        assert found["id"].startswith("5000000000000000")
        assert found["openingTimestamp"] == found["currentTimestamp"] == served.house.now_ms()
        assert found["delevPercentage"] == Decimal("0.0")


def test_what_the_sdk_wants_as_integers_and_texts_is_so() -> None:
    with Served() as served:
        example(served)
        key = served.key()
        served.data(
            "POST",
            "/api/v1/position/margin/deposit-margin",
            key=key,
            body={"symbol": LINEAR, "margin": "1.75", "bizNo": "one"},
        )
        found = served.data("GET", POSITION, key=key, query=ASK)
        (listed,) = served.data("GET", "/api/v1/positions", key=key)

        for name in ("currentQty", "openingTimestamp", "currentTimestamp", "riskLimit", "posCrossMargin"):
            assert type(found[name]) is int, name
        assert type(found["id"]) is str
        assert found["posCrossMargin"] == 1
        assert listed["posCrossMargin"] == Decimal("1.75")
        assert found["posCross"] == listed["posCross"] == Decimal("1.75")


def test_a_list_has_the_fields_of_2025() -> None:
    with Served() as served:
        example(served)
        (listed,) = served.data("GET", "/api/v1/positions", key=served.key())

        assert listed["dealComm"] == Decimal("0.04045854")
        assert listed["fundingFee"] == listed["tax"] == listed["withdrawPnl"] == 0


def test_received_funding_is_no_margin_added_by_hand() -> None:
    with Served() as served:
        served.open(-100)
        served.fund("0.01", "67430.9")
        (listed,) = served.data("GET", "/api/v1/positions", key=served.key())

        assert listed["posFunding"] == listed["posCross"] == Decimal("67.4309")
        assert listed["posCrossMargin"] == 0


def test_paid_funding_is_told_below_zero() -> None:
    with Served() as served:
        served.open(1)
        served.fund("0.0001", "67430.9")
        found = served.data("GET", POSITION, key=served.key(), query=ASK)

        assert found["posFunding"] == Decimal("-0.00674309")
        assert found["posLoss"] == Decimal("0.00674309")
        assert found["currentComm"] == Decimal("0.04045854") - Decimal("0.00674309")
        assert found["realisedPnl"] == -Decimal("0.04045854") - Decimal("0.00674309")


def test_a_flat_position_is_answered_with_zeros() -> None:
    with Served() as served:
        found = served.data("GET", POSITION, key=served.key(), query=ASK)

        assert found["isOpen"] is False
        zeros = (
            "currentQty",
            "posMargin",
            "posCost",
            "unrealisedPnl",
            "liquidationPrice",
            "openingTimestamp",
        )
        assert [found[name] for name in zeros] == [0] * 6
        assert (found["marginMode"], found["positionSide"], found["id"]) == ("ISOLATED", "BOTH", "0")


def test_a_short_inverse_position_is_told_with_the_venues_signs() -> None:
    with Served() as served:
        served.open(-1000, 5, symbol=INVERSE)
        found = served.data("GET", POSITION, key=served.key(), query={"symbol": INVERSE})

        assert found["isInverse"] is True
        assert found["currentQty"] == -1000
        assert found["posCost"] == Decimal("0.0148299963")
        assert found["settleCurrency"] == "XBT"
        assert found["liquidationPrice"] == Decimal("83816.6")


def test_only_open_positions_of_the_currency_are_listed() -> None:
    with Served() as served:
        served.open(1)
        served.open(1000, symbol=INVERSE)
        key = served.key()

        def listed(**query: str) -> list[str]:
            return [one["symbol"] for one in served.data("GET", "/api/v1/positions", key=key, query=query)]

        assert listed() == [LINEAR, INVERSE]
        assert listed(currency="USDT") == [LINEAR]
        assert listed(currency="XBT") == [INVERSE]
        assert listed(currency="ETH") == []


def test_the_second_version_of_a_position_is_a_list_of_at_most_one() -> None:
    with Served() as served:
        key = served.key()
        assert served.data("GET", "/api/v2/position", key=key, query=ASK) == []
        served.open(1)

        (found,) = served.data("GET", "/api/v2/position", key=key, query={**ASK, "positionSide": "BOTH"})
        assert found["currentQty"] == 1
        hedged = {**ASK, "positionSide": "LONG"}
        assert served.code("GET", "/api/v2/position", key=key, query=hedged) == "330011"


def test_an_account_sees_its_own_positions_alone() -> None:
    with Served() as served:
        served.open(5)

        assert served.data("GET", "/api/v1/positions", key=served.key(account=BOB)) == []


def test_the_share_of_the_ranking_counts_those_with_a_lower_score() -> None:
    with Served() as served:
        served.open(1, 10, account=ALICE)
        served.open(1, 2, account=BOB)
        served.price(MORE_PRICE)

        def share(account: str) -> Any:
            asked = served.data("GET", POSITION, key=served.key(account=account), query=ASK)
            return asked["delevPercentage"]

        assert (share(ALICE), share(BOB)) == (Decimal("0.5"), 0)


def test_a_position_keeps_its_id_while_it_lives() -> None:
    with Served() as served:
        key = served.key()
        served.open(1)
        first = served.data("GET", POSITION, key=key, query=ASK)["id"]
        served.open(1)
        assert served.data("GET", POSITION, key=key, query=ASK)["id"] == first
        served.act(risk_limit.Close())
        served.open(1)

        assert served.data("GET", POSITION, key=key, query=ASK)["id"] != first


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, "400100"),
        ({"symbol": "NOPE"}, "200003"),
        ({"symbol": "ETHUSDTM"}, "300015"),
        ({"symbol": LINEAR, "positionSide": "LONG"}, "330011"),
    ],
)
def test_a_position_that_cannot_be_asked_for_is_declined(query: dict[str, str], code: str) -> None:
    with Served() as served:
        assert served.code("GET", POSITION, key=served.key(), query=query) == code


def test_isolated_is_the_margin_mode_and_cross_is_declined() -> None:
    with Served() as served:
        key = served.key()
        own = {"symbol": LINEAR, "marginMode": "ISOLATED"}
        change = "/api/v2/position/changeMarginMode"

        assert served.data("GET", "/api/v2/position/getMarginMode", key=key, query=ASK) == own
        assert served.data("POST", change, key=key, body=own) == own
        assert served.code("POST", change, key=key, body={**own, "marginMode": "CROSS"}) == "330005"
        for mode in ("OTHER", "isolated", "", None):
            assert served.code("POST", change, key=key, body={**own, "marginMode": mode}) == "400100"


def test_modes_of_several_contracts_tell_which_are_busy() -> None:
    with Served() as served:
        key, both = served.key(), [LINEAR, INVERSE]
        path = "/api/v2/position/batchChangeMarginMode"
        modes = {LINEAR: "ISOLATED", INVERSE: "ISOLATED"}
        asked = {"marginMode": "ISOLATED", "symbols": both}
        assert served.data("POST", path, key=key, body=asked) == {"marginMode": modes, "errors": []}
        served.open(1)
        assert served.code("POST", path, key=key, body={**asked, "marginMode": "CROSS"}) == "330005"

        found = served.data("POST", path, key=key, body={"marginMode": "CROSS", "symbols": [LINEAR]})
        error = {"code": "50002", "msg": "exist.order.or.position", "symbol": LINEAR}
        assert found == {"marginMode": {LINEAR: "ISOLATED"}, "errors": [error]}
        twice = {"marginMode": "CROSS", "symbols": [LINEAR, LINEAR]}
        assert served.data("POST", path, key=key, body=twice) == found
        for wrong in (
            {"marginMode": "OTHER", "symbols": [LINEAR]},
            {"marginMode": "ISOLATED", "symbols": []},
        ):
            assert served.code("POST", path, key=key, body=wrong) == "400100"


def test_one_way_is_the_position_mode_and_hedge_is_declined() -> None:
    with Served() as served:
        key, path = served.key(), "/api/v2/position/switchPositionMode"

        assert served.data("GET", "/api/v2/position/getPositionMode", key=key) == {"positionMode": 0}
        for mode in ("0", 0):
            assert served.data("POST", path, key=key, body={"positionMode": mode}) == {"positionMode": 0}
        for mode in ("1", 1):
            assert served.code("POST", path, key=key, body={"positionMode": mode}) == "330011"
        for other in ("2", True, [0], None, "one-way"):
            assert served.code("POST", path, key=key, body={"positionMode": other}) == "400100"


def test_the_largest_order_is_the_one_that_margin_accepts() -> None:
    with Served() as served:
        key, path = served.key(), "/api/v2/getMaxOpenSize"
        found = served.data("GET", path, key=key, query={**ASK, "price": "67430", "leverage": "3"})
        most = found["maxBuyOpenSize"]
        order = {"clientOid": "a", "symbol": LINEAR, "side": "buy", "type": "limit", "price": "67430"}

        assert found == {"symbol": LINEAR, "maxBuyOpenSize": 444, "maxSellOpenSize": 444}
        placed = {**order, "leverage": 3}
        assert served.code("POST", "/api/v1/orders", key=key, body={**placed, "size": most + 1}) == "300003"
        served.data("POST", "/api/v1/orders", key=key, body={**placed, "size": most})


def test_the_level_bounds_the_largest_order() -> None:
    with Served() as served:
        query = {**ASK, "price": "67430", "leverage": "20"}
        found = served.data("GET", "/api/v2/getMaxOpenSize", key=served.key(), query=query)

        assert found["maxBuyOpenSize"] == 1483
        assert 1483 * 67430 <= 100_000 * 1000 < 1484 * 67430


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"leverage": "126"}, "300016"),
        ({"leverage": ""}, "400100"),
        ({"leverage": "x"}, "400100"),
        ({"price": "67430.05"}, "400100"),
        ({"price": "0"}, "400100"),
        ({"price": ""}, "400100"),
    ],
)
def test_a_largest_order_that_cannot_be_is_declined(changed: dict[str, str], code: str) -> None:
    with Served() as served:
        query = {**ASK, "price": "67430", "leverage": "3", **changed}

        assert served.code("GET", "/api/v2/getMaxOpenSize", key=served.key(), query=query) == code


def test_the_account_is_told_by_its_identity() -> None:
    with Served() as served:
        served.act(
            risk_limit.Order(order_id="rests", lots=1, leverage=3, limit_price=Ratio(60_000, 1)),
        )
        served.open(10)
        served.price(MORE_PRICE)
        found = served.data("GET", "/api/v1/account-overview", key=served.key(), query={"currency": "USDT"})

        assert found == {
            "accountEquity": Decimal("10014.2934146"),
            "unrealisedPNL": Decimal("14.698"),
            "marginBalance": Decimal("9999.5954146"),
            "positionMargin": Decimal("239.4676666667"),
            "orderMargin": Decimal("20.036"),
            "frozenFunds": 0,
            "availableBalance": Decimal("9754.7897479333"),
            "currency": "USDT",
            "riskRatio": 0,
            "maxWithdrawAmount": Decimal("9754.7897479333"),
        }


def test_the_account_is_told_in_tether_unless_another_currency_is_asked_for() -> None:
    with Served() as served:
        key, path = served.key(), "/api/v1/account-overview"

        assert served.data("GET", path, key=key)["currency"] == "USDT"
        coins = served.data("GET", path, key=key, query={"currency": "XBT"})
        assert coins["availableBalance"] == 5
        assert served.code("GET", path, key=key, query={"currency": "EUR"}) == "400100"
        assert served.house.follower.state.balance(f"wallet:{ALICE}", "XBT") == 5 * UNIT
