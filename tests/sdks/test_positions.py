"""`solvent positions` on a gateway, and the SDK taking exactly what it says may be taken."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from tests.sdks.house import House
from tests.sdks.hyper import OK, Trader, refused, trader

SOLVENT = str(Path(sys.executable).with_name("solvent"))
TOO_MUCH = refused("Position does not have sufficient margin for reduction.")


@pytest.fixture
def ada(house: House) -> Trader:
    house.price("BTC-PERP", "60000")
    house.price("ETH-PERP", "3000")
    return trader(house)


def look(house: House, address: str) -> dict[str, Any]:
    """Return what the command tells of an account."""
    asked = [SOLVENT, "positions", "--hyperliquid", address, "--url", house.hyperliquid, "--json"]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_what_may_be_taken_is_taken_by_the_sdk_and_a_micro_dollar_more_is_refused(ada: Trader) -> None:
    ada.exchange.update_leverage(7, "BTC", False)
    ada.filled(ada.exchange.market_open("BTC", True, 0.0123))
    ada.filled(ada.exchange.market_open("ETH", False, 0.4321))
    ada.house.price("BTC-PERP", "66123")
    ada.house.price("ETH-PERP", "2797.7")
    told = look(ada.house, ada.wallet.address)
    assert (told["address"], told["explained"], told["left_out"]) == (ada.address, None, [])
    assert told["withdrawable"]["amount"] == str(ada.cash())
    by_coin = {position["coin"]: position for position in told["positions"]}
    assert set(by_coin) == {"BTC", "ETH"}
    assert [by_coin[coin]["side"] for coin in ("BTC", "ETH")] == ["long", "short"]
    for coin, way in (("BTC", 1), ("ETH", -1)):
        position = by_coin[coin]
        assert position["liquidation_price"]["agrees"] is True
        most = float(position["takeable"]["amount"])
        assert most > 10
        before = float(ada.position(coin)["liquidationPx"])
        assert ada.exchange.update_isolated_margin(-round(most + 0.000001, 6), coin) == TOO_MUCH
        assert ada.exchange.update_isolated_margin(-most, coin) == OK
        after = float(ada.position(coin)["liquidationPx"])
        assert (after - before) * way > 0
        assert after == pytest.approx(float(position["liquidation_price"]["after_taking_all"]))
    assert [position["takeable"]["amount"] for position in look(ada.house, ada.address)["positions"]] == [
        "0",
        "0",
    ]


def test_an_agents_address_and_an_unknown_one_say_why_they_are_empty(ada: Trader) -> None:
    approved, key = ada.exchange.approve_agent()
    assert approved == OK
    agent = Account.from_key(key).address
    assert f"it signs for {ada.address}" in look(ada.house, agent)["explained"]
    stranger = look(ada.house, "0x5e9ee1089755c3435139848e47e6635505d5a13a")
    assert "nothing was ever deposited to it there" in stranger["explained"]
    told = look(ada.house, ada.address)
    assert told["explained"] == "This account has no open position."
