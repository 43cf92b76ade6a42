"""Positions pasted as the venue sends them, with the venue's own figures beside ours."""

import json
from typing import Any

from tests.unit.cli.calling import Solvent
from tests.unit.cli.test_calc_nonsense import HYPERLIQUID

SOLANA: dict[str, Any] = {
    "coin": "SOL",
    "szi": "-10",
    "leverage": {"type": "isolated", "value": 10, "rawUsd": "1800"},
    "maxLeverage": 20,
    "entryPx": "160",
    "positionValue": "1500",
    "marginUsed": "300",
    "liquidationPx": None,
    "unrealizedPnl": "100",
}
CROSS = SOLANA | {"coin": "BTC", "leverage": {"type": "cross", "value": 10}}
KUCOIN: dict[str, Any] = {
    "symbol": "XBTUSDTM",
    "crossMode": False,
    "maintMarginReq": 0.005,
    "riskLimitLevel": 2,
    "currentTimestamp": 1_760_000_000_000,
    "currentQty": 1,
    "markPrice": 68900.7,
    "markValue": 68.9007,
    "posCost": 67.4309,
    "posCross": 0,
    "posInit": 22.4769666667,
    "posComm": 0,
    "posLoss": 0,
    "posMargin": 22.4769666667,
    "unrealisedPnl": 1.4698,
    "realLeverage": 2.88,
    "liquidationPrice": 45180.5,
    "marginMode": "ISOLATED",
    "positionSide": "BOTH",
}


def state(*positions: dict[str, Any]) -> str:
    return json.dumps(
        {
            "assetPositions": [{"type": "oneWay", "position": position} for position in positions],
            "withdrawable": "12.5",
            "time": 1_700_000_000_000,
        }
    )


def test_a_pasted_position_is_computed_and_the_venues_figures_stand_beside_it(solvent: Solvent) -> None:
    called = solvent("calc", "tiered", "--file", "-", given=json.dumps(HYPERLIQUID))
    assert called.code == 0
    assert "ETH now" in called.out
    assert (
        "The venue prints a margin of 4.967826 USDC, a profit of -0.0134 USDC and a liquidation price of "
        "2,866.26936529." in " ".join(called.out.split())
    )
    assert "taken as flat at the position's maximum leverage" in called.out


def test_every_position_of_a_pasted_state_is_answered(solvent: Solvent) -> None:
    called = solvent("calc", "tiered", "--file", "-", given=state(HYPERLIQUID, SOLANA, CROSS))
    assert called.code == 0
    assert "ETH now" in called.out
    assert "SOL now" in called.out
    assert "no liquidation price" in called.out
    assert "Left out: BTC" in called.out
    said = solvent("calc", "tiered", "--file", "-", "--json", given=state(HYPERLIQUID, SOLANA)).json
    assert [one["position"] for one in said] == ["ETH", "SOL"]
    assert said[0]["printed_by_venue"]["margin_used"] == "4.967826"
    assert said[1]["printed_by_venue"]["liquidation_px"] is None


def test_one_of_the_pasted_positions_is_chosen_by_its_market(solvent: Solvent) -> None:
    """1,500 at 10x: 150 stays of 300, so 150 may leave."""
    pasted = state(HYPERLIQUID, SOLANA)
    said = solvent(
        "calc", "tiered", "--file", "-", "--market", "sol", "--take", "150", "--json", given=pasted
    ).json
    assert said["position"] == "SOL"
    assert said["limits"]["take"]["amount"] == "150"
    assert said["preview"]["accepted"] is True


def test_a_kucoin_position_is_computed_and_the_venues_figures_stand_beside_it(solvent: Solvent) -> None:
    called = solvent("calc", "risk-limit", "--file", "-", given=json.dumps(KUCOIN))
    assert called.code == 0
    told = " ".join(called.out.split())
    assert "XBTUSDTM now" in told
    assert (
        "The venue prints a margin of 22.4769666667 USDT, a profit of 1.4698 USDT, a leverage of 2.88x"
        in told
    )
    said = solvent(
        "calc", "risk-limit", "--file", "-", "--json", given=json.dumps({"code": "200000", "data": KUCOIN})
    ).json
    assert said["printed_by_venue"]["liquidation_price"] == "45180.5"


def test_a_kucoin_position_of_an_earlier_era_says_so(solvent: Solvent) -> None:
    called = solvent("calc", "risk-limit", "--file", "-", given=json.dumps(KUCOIN | {"posComm": 0.05}))
    assert "before 2025-05-22, by other formulas" in " ".join(called.out.split())


def test_text_of_a_pasted_position_is_shown_as_it_is(solvent: Solvent) -> None:
    """A coin's name may hold markup or an escape sequence: neither reaches the terminal's eyes."""
    hostile = HYPERLIQUID | {"coin": "[red]E\x1b[2J[/nope]"}
    called = solvent("calc", "tiered", "--file", "-", "--take", "1", given=json.dumps(hostile))
    assert called.code in (0, 3)
    assert "[red]E\ufffd[2J[/nope] now" in called.out
    assert "\x1b" not in called.out
