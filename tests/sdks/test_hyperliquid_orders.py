"""The official Hyperliquid SDK, unmodified: orders that rest, fill, are cancelled and refused."""

from collections.abc import Mapping

import pytest
from hyperliquid.utils.types import Cloid

from tests.sdks.calls import exercises
from tests.sdks.house import House
from tests.sdks.hyper import Trader, refused, trader

GTC, IOC, ALO = ({"limit": {"tif": tif}} for tif in ("Gtc", "Ioc", "Alo"))
CLOID = Cloid.from_str("0x00000000000000000000000000000abc")


@pytest.fixture
def ada(house: House) -> Trader:
    house.price("BTC-PERP", "60000")
    house.price("ETH-PERP", "3000")
    found = trader(house)
    found.exchange.update_leverage(10, "BTC", False)
    return found


def errors(answer: dict[str, object]) -> list[str]:
    """Return the errors of an answer to orders."""
    assert answer["status"] == "ok", answer
    statuses = answer["response"]["data"]["statuses"]  # type: ignore[index]
    return [status["error"] for status in statuses]


@exercises(
    "/exchange order", "/info openOrders", "/info frontendOpenOrders", "/info orderStatus", "/exchange cancel"
)
def test_a_limit_order_rests_reserves_its_margin_and_is_cancelled(ada: Trader) -> None:
    placed = ada.exchange.order("BTC", True, 0.01, 59_000, GTC)
    oid = placed["response"]["data"]["statuses"][0]["resting"]["oid"]
    assert ada.cash() == 10_000 - 59
    (row,) = ada.info.open_orders(ada.address)
    assert (row["coin"], row["side"], row["limitPx"], row["sz"], row["origSz"], row["oid"]) == (
        *("BTC", "B", "59000.0", "0.01", "0.01"),
        oid,
    )
    (full,) = ada.info.frontend_open_orders(ada.address)
    assert full["oid"] == oid
    assert (full["orderType"], full["tif"], full["reduceOnly"], full["isTrigger"]) == (
        *("Limit", "Gtc"),
        False,
        False,
    )
    found = ada.info.query_order_by_oid(ada.address, oid)
    assert (found["status"], found["order"]["status"]) == ("order", "open")
    assert found["order"]["order"]["limitPx"] == "59000.0"

    gone = ada.exchange.cancel("BTC", oid)
    assert gone["response"] == {"type": "cancel", "data": {"statuses": ["success"]}}
    assert ada.info.open_orders(ada.address) == []
    assert ada.cash() == 10_000
    again = ada.exchange.cancel("BTC", oid)
    assert errors(again) == ["Order was never placed, already canceled, or filled. asset=0"]
    assert ada.info.query_order_by_oid(ada.address, oid)["order"]["status"] == "canceled"
    assert ada.info.query_order_by_oid(ada.address, 2**40) == {"status": "unknownOid"}


@exercises("/exchange cancelByCloid", "/info orderStatus")
def test_an_order_is_found_and_cancelled_by_the_clients_own_id(ada: Trader) -> None:
    ada.exchange.order("BTC", True, 0.01, 59_000, GTC, cloid=CLOID)
    found = ada.info.query_order_by_cloid(ada.address, CLOID)
    assert found["order"]["order"]["cloid"] == CLOID.to_raw()
    gone = ada.exchange.cancel_by_cloid("BTC", CLOID)
    assert gone["response"]["data"]["statuses"] == ["success"]
    assert ada.info.open_orders(ada.address) == []


@exercises("/info userFills", "/info orderStatus")
def test_a_resting_order_fills_when_the_quote_reaches_it(ada: Trader) -> None:
    placed = ada.exchange.order("BTC", True, 0.01, 59_000, GTC)
    oid = placed["response"]["data"]["statuses"][0]["resting"]["oid"]
    ada.house.price("BTC-PERP", "58900")
    held = ada.position("BTC")
    assert (held["szi"], held["entryPx"]) == ("0.01", "59000.0")
    (fill,) = ada.info.user_fills(ada.address)
    assert (fill["oid"], fill["px"], fill["sz"], fill["side"], fill["dir"]) == (
        oid,
        *("59000.0", "0.01", "B", "Open Long"),
    )
    assert ada.info.query_order_by_oid(ada.address, oid)["order"]["status"] == "filled"


def test_orders_of_one_action_are_handled_in_order_each_on_its_own(ada: Trader) -> None:
    def order(size: float, price: float, kind: Mapping[str, object], **more: object) -> dict[str, object]:
        asked = {"coin": "BTC", "is_buy": True, "sz": size, "limit_px": price, "order_type": kind}
        return asked | {"reduce_only": False} | more

    answer = ada.exchange.bulk_orders(
        [order(0.01, 61_000, IOC), order(0.01, 59_000, ALO), order(0.01, 59_000, GTC, reduce_only=True)]
    )
    filled, resting, refused_one = answer["response"]["data"]["statuses"]
    assert filled["filled"]["avgPx"] == "60000.0"
    assert resting["resting"]["oid"] > filled["filled"]["oid"]
    assert refused_one == {"error": "Reduce only order would increase position. asset=0"}


@pytest.mark.parametrize(("asked", "text"), [
    (("BTC", True, 0.0001, 60_000, IOC), "Order must have minimum value of $10. asset=0"),
    (("BTC", True, 10.0, 60_000, IOC), "Insufficient margin to place order. asset=0"),
    (("BTC", True, 0.01, 59_000, IOC),
     "Order could not immediately match against any resting orders. asset=0"),
    (("BTC", True, 0.01, 60_000.55, GTC), "Price must be divisible by tick size. asset=0"),
    (("BTC", True, 0.01, 61_000, ALO),
     "Post only order would have immediately matched, bbo was 60000.0@60000.0. asset=0"),
    (("BTC", True, 0.01, 59_000, {"trigger": {"triggerPx": 58_000.0, "isMarket": True, "tpsl": "sl"}}),
     "Trigger orders are not supported. asset=0"),
])  # fmt: skip
def test_an_order_that_cannot_be_placed_says_why_in_the_venues_words(
    ada: Trader, asked: tuple[object, ...], text: str
) -> None:
    assert errors(ada.exchange.order(*asked)) == [text]
    assert ada.cash() == 10_000


@exercises(
    "/exchange batchModify", "/exchange scheduleCancel", "/exchange spotSend", "/exchange vaultTransfer"
)
def test_what_this_venue_does_not_offer_is_refused_and_never_answered_with_success(ada: Trader) -> None:
    placed = ada.exchange.order("BTC", True, 0.01, 59_000, GTC)
    oid = placed["response"]["data"]["statuses"][0]["resting"]["oid"]
    modified = ada.exchange.modify_order(oid, "BTC", True, 0.02, 59_000, GTC)
    assert modified == refused("Unsupported action: batchModify")
    assert ada.exchange.schedule_cancel(None) == refused("Unsupported action: scheduleCancel")
    other = "0x5e9ee1089755c3435139848e47e6635505d5a13a"
    assert ada.exchange.spot_transfer(1.0, other, "PURR:0xc1fb593aeffbeb02f85e0308e9956a90") == refused(
        "Unsupported action: spotSend"
    )
    assert ada.exchange.vault_usd_transfer(other, True, 1) == refused("Unsupported action: vaultTransfer")
    assert [row["sz"] for row in ada.info.open_orders(ada.address)] == ["0.01"]
