"""The official Hyperliquid SDK, unmodified: leverage, adding and removing margin, to the micro-dollar."""

from decimal import Decimal

import pytest

from tests.sdks.calls import exercises
from tests.sdks.house import House
from tests.sdks.hyper import OK, Trader, refused, trader

TOO_MUCH = refused("Position does not have sufficient margin for reduction.")


@pytest.fixture
def ada(house: House) -> Trader:
    house.price("BTC-PERP", "60000")
    return trader(house)


@exercises(
    "/info spotMeta",
    "/info meta",
    "/info allMids",
    "/info clearinghouseState",
    "/exchange order",
    "/exchange updateLeverage",
    "/exchange updateIsolatedMargin",
)
def test_a_long_is_opened_fed_drained_to_the_last_micro_dollar_and_closed(ada: Trader) -> None:
    assert ada.cash() == 10_000
    assert ada.exchange.update_leverage(5, "BTC", False) == OK
    fill = ada.filled(ada.exchange.market_open("BTC", True, 0.01))
    assert (fill["totalSz"], fill["avgPx"]) == ("0.01", "60000.0")
    held = ada.position("BTC")
    assert held["szi"] == "0.01"
    assert held["leverage"] == {"type": "isolated", "value": 5, "rawUsd": "-480.27"}
    assert (held["positionValue"], held["marginUsed"]) == ("600.0", "119.73")
    assert (held["entryPx"], held["unrealizedPnl"], held["maxLeverage"]) == ("60000.0", "0.0", 40)
    assert ada.cash() == 9_880

    # N/5 is 120, of which only 119.73 is there: nothing may leave.
    assert ada.exchange.update_isolated_margin(-0.000001, "BTC") == TOO_MUCH
    assert ada.exchange.update_isolated_margin(20, "BTC") == OK
    assert ada.position("BTC")["marginUsed"] == "139.73"
    assert ada.cash() == 9_860
    assert ada.exchange.update_isolated_margin(-19.730001, "BTC") == TOO_MUCH
    assert ada.exchange.update_isolated_margin(-19.73, "BTC") == OK
    assert ada.position("BTC")["marginUsed"] == "120.0"
    assert ada.cash() == Decimal("9879.73")
    assert ada.exchange.update_isolated_margin(-0.000001, "BTC") == TOO_MUCH

    fill = ada.filled(ada.exchange.market_close("BTC"))
    assert fill["totalSz"] == "0.01"
    state = ada.state()
    assert state["assetPositions"] == []
    assert state["withdrawable"] == "9999.46"  # two fees of 0.27
    assert ada.exchange.market_close("BTC") is None


def test_profit_opens_what_may_leave_and_a_removal_moves_the_liquidation_price_toward_the_mark(
    ada: Trader,
) -> None:
    ada.exchange.update_leverage(20, "BTC", False)
    ada.filled(ada.exchange.market_open("BTC", True, 0.01))
    before = ada.position("BTC")
    assert before["marginUsed"] == "29.73"
    ada.house.price("BTC-PERP", "66000")
    # E = 29.73 + 60, floor = 66: 23.73 may leave.
    assert ada.exchange.update_isolated_margin(-23.730001, "BTC") == TOO_MUCH
    assert ada.exchange.update_isolated_margin(-23.73, "BTC") == OK
    after = ada.position("BTC")
    assert (after["marginUsed"], after["unrealizedPnl"]) == ("66.0", "60.0")
    assert Decimal(after["liquidationPx"]) > Decimal(before["liquidationPx"])
    assert Decimal(after["liquidationPx"]) == round(Decimal(594) / Decimal("0.009875"), 10).normalize()


def test_a_short_gives_margin_back_too_and_its_liquidation_price_falls(ada: Trader) -> None:
    ada.exchange.update_leverage(10, "BTC", False)
    fill = ada.filled(ada.exchange.market_open("BTC", False, 0.01))
    assert fill["avgPx"] == "60000.0"
    before = ada.position("BTC")
    assert (before["szi"], before["marginUsed"]) == ("-0.01", "59.73")
    assert ada.exchange.update_isolated_margin(10, "BTC") == OK
    fed = ada.position("BTC")
    assert ada.exchange.update_isolated_margin(-9.730001, "BTC") == TOO_MUCH
    assert ada.exchange.update_isolated_margin(-9.73, "BTC") == OK
    after = ada.position("BTC")
    assert after["marginUsed"] == "60.0"
    assert Decimal(before["liquidationPx"]) < Decimal(after["liquidationPx"]) < Decimal(fed["liquidationPx"])


@pytest.mark.parametrize(("coin", "amount", "text"), [
    ("BTC", 0.0, "Update to isolated margin cannot be zero"),
    ("BTC", 1e-10, "Update to isolated margin cannot be zero"),
    ("ETH", 5.0, "Cannot update margin for empty position."),
    ("BTC", 20_000.0, "Account does not have sufficient margin available for increase."),
])  # fmt: skip
def test_margin_that_cannot_move_is_refused_in_the_venues_words(
    ada: Trader, coin: str, amount: float, text: str
) -> None:
    ada.filled(ada.exchange.market_open("BTC", True, 0.01))
    before = ada.position("BTC")
    assert ada.exchange.update_isolated_margin(amount, coin) == refused(text)
    assert ada.position("BTC") == before


def test_cross_margin_which_the_sdk_asks_for_by_itself_is_refused(ada: Trader) -> None:
    assert ada.exchange.update_leverage(5, "BTC") == refused("Cross margin is not allowed for this asset.")
    ada.exchange.update_leverage(5, "BTC", False)
    ada.filled(ada.exchange.market_open("BTC", True, 0.01))
    assert ada.exchange.update_leverage(5, "BTC") == refused(
        "Cannot switch leverage type with open position."
    )


def test_leverage_moves_the_floor_and_no_money(ada: Trader) -> None:
    ada.exchange.update_leverage(20, "BTC", False)
    ada.filled(ada.exchange.market_open("BTC", True, 0.01))
    before = ada.position("BTC")
    assert ada.exchange.update_leverage(19, "BTC", False) == refused(
        "Isolated position does not have sufficient margin available to decrease leverage. To decrease "
        "leverage, add margin to the position."
    )
    for wrong in (0, 41):
        assert ada.exchange.update_leverage(wrong, "BTC", False) == refused("Invalid leverage value")
    assert ada.exchange.update_leverage(40, "BTC", False) == OK
    after = ada.position("BTC")
    assert after["leverage"] == before["leverage"] | {"value": 40}
    assert after["liquidationPx"] == before["liquidationPx"]
    assert after["marginUsed"] == before["marginUsed"]
