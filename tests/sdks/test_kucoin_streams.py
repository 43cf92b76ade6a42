"""The official KuCoin SDK, unmodified: its WebSocket clients, public and private."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from kucoin_universal_sdk.generate.futures import positions as asked

from tests.sdks.calls import Seen, exercises
from tests.sdks.hearing import Heard
from tests.sdks.house import House
from tests.sdks.kucoin import SYMBOL, Trader, trader, whole


@pytest.fixture
def bob(house: House) -> Trader:
    house.price("XBTUSDTM", "60000")
    return trader(house)


@pytest.fixture
def private(bob: Trader) -> Iterator[Any]:
    stream = bob.client.ws_service().new_futures_private_ws()
    stream.start()
    yield stream
    stream.stop()


@pytest.fixture
def public(bob: Trader) -> Iterator[Any]:
    stream = bob.client.ws_service().new_futures_public_ws()
    stream.start()
    yield stream
    stream.stop()


def reason(message: Any) -> str:
    """Return why a position was told, which the SDK's model leaves in the raw data."""
    told: str = message[2].common_response.raw_data["changeReason"]
    return told


@exercises("topic /contractMarket/tickerV2", "topic /contract/instrument", "POST /api/v1/bullet-public")
def test_quotes_and_marks_are_told_as_they_move(bob: Trader, public: Any, seen: Seen) -> None:
    quotes, marks = Heard(), Heard()
    public.ticker_v2(SYMBOL, quotes.hear)
    public.instrument(SYMBOL, marks.hear)
    bob.house.price("XBTUSDTM", "60500")
    topic, subject, quote = quotes.until(lambda told: told[2].best_bid_price == "60500.0")
    assert (topic, subject) == (f"/contractMarket/tickerV2:{SYMBOL}", "tickerV2")
    assert (quote.symbol, quote.best_ask_price) == (SYMBOL, "60500.0")
    topic, subject, mark = marks.until(lambda told: told[2].mark_price == 60_500)
    assert (topic, subject) == (f"/contract/instrument:{SYMBOL}", "mark.index.price")
    assert mark.index_price == 60_500
    seen.note("topic /contractMarket/tickerV2", "topic /contract/instrument")


@exercises(
    "topic /contract/position",
    "topic /contract/positionAll",
    "topic /contractAccount/wallet",
    "POST /api/v1/bullet-private",
)
def test_a_removal_of_margin_is_told_to_its_owner(bob: Trader, private: Any, seen: Seen) -> None:
    one, every, wallet = Heard(), Heard(), Heard()
    private.position(SYMBOL, one.hear)
    private.all_position(every.hear)
    private.balance(wallet.hear)
    bob.buy(100, 5)
    for heard, topic in ((one, f"/contract/position:{SYMBOL}"), (every, "/contract/positionAll")):
        told = heard.until(lambda message: reason(message) == "positionChange")
        assert told[0].startswith(topic.split(":", maxsplit=1)[0])
        assert (told[1], told[2].current_qty, told[2].pos_margin) == ("position.change", 100, 1_200)
    wallet.until(lambda message: float(message[2].available_balance) == 8_796.4)

    take = asked.RemoveIsolatedMarginReqBuilder().set_symbol(SYMBOL).set_withdraw_amount("152").build()
    whole(bob.positions.remove_isolated_margin(take))
    _, subject, told = one.until(lambda message: reason(message) == "marginChange")
    assert (subject, told.pos_margin, told.settle_currency) == ("position.change", 1_048, "USDT")
    _, subject, told = wallet.until(lambda message: float(message[2].available_balance) == 8_948.4)
    assert (subject, told.currency) == ("walletBalance.change", "USDT")
    assert float(told.isolated_pos_margin) == 1_048
    add = asked.AddIsolatedMarginReqBuilder().set_symbol(SYMBOL).set_margin(8.0)
    whole(bob.positions.add_isolated_margin(add.set_biz_no(str(uuid4())).build()))
    every.until(lambda message: message[2].pos_margin == 1_056)
    seen.note("topic /contract/position", "topic /contract/positionAll", "topic /contractAccount/wallet")
