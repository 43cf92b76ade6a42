"""Answers in the shapes that Hyperliquid sends, around positions that it published."""

from copy import deepcopy
from typing import Any

USER = "0x14791697260e4c9a71f18484c9f997b308e59325"
TIME_MS = 1_785_000_000_000

META = {
    "universe": [
        {"name": "BTC", "szDecimals": 5, "maxLeverage": 40, "marginTableId": 56},
        {"name": "ETH", "szDecimals": 4, "maxLeverage": 25, "marginTableId": 55},
        {"name": "PURR", "szDecimals": 0, "maxLeverage": 3, "marginTableId": 3, "onlyIsolated": True},
        {"name": "HYPE", "szDecimals": 2, "maxLeverage": 10, "marginTableId": 52, "marginMode": "noCross"},
        {"name": "ODD", "szDecimals": 2, "maxLeverage": 10, "marginTableId": 77, "isDelisted": True},
    ],
    "marginTables": [
        [52, {"description": "", "marginTiers": [{"lowerBound": "0.0", "maxLeverage": 10}]}],
        [55, {"description": "", "marginTiers": [{"lowerBound": "0.0", "maxLeverage": 25}]}],
        [
            56,
            {
                "description": "tiered 40x",
                "marginTiers": [
                    {"lowerBound": "0.0", "maxLeverage": 40},
                    {"lowerBound": "150000000.0", "maxLeverage": 20},
                ],
            },
        ],
    ],
    "collateralToken": 0,
}


def context(mark: str | None) -> dict[str, Any]:
    """Return what the venue tells of one market beside its rules."""
    return {
        "funding": "0.0000125",
        "openInterest": "688.11",
        "prevDayPx": "64000.0",
        "dayNtlVlm": "1169046.29406",
        "premium": None,
        "oraclePx": mark,
        "markPx": mark,
        "midPx": None,
        "impactPxs": None,
        "dayBaseVlm": "18.1",
    }


def listing() -> list[Any]:
    """Return the answer to `metaAndAssetCtxs`."""
    return [
        deepcopy(META),
        [context("64794"), context("2986.2"), context("0.2"), context("48.145"), context("1")],
    ]


def position(coin: str, **changed: Any) -> dict[str, Any]:
    """Return one of `assetPositions`: a BTC long that was published from testnet, but for what is changed."""
    funding = {"allTime": "0.0", "sinceOpen": "0.0", "sinceChange": "0.0"}  # codespell:ignore alltime
    found: dict[str, Any] = {
        "coin": coin,
        "szi": "0.002",
        "leverage": {"type": "isolated", "value": 5, "rawUsd": "-83.731933"},
        "entryPx": "64815.0",
        "positionValue": "129.588",
        "unrealizedPnl": "-0.042",
        "returnOnEquity": "-0.0016199",
        "liquidationPx": "42395.9154430",
        "marginUsed": "45.856067",
        "maxLeverage": 40,
        "cumFunding": funding,
    }
    return {"type": "oneWay", "position": found | changed}


def state(*positions: dict[str, Any], withdrawable: str = "970.5") -> dict[str, Any]:
    """Return a `clearinghouseState`."""
    summary = {"accountValue": "0.0", "totalNtlPos": "0.0", "totalRawUsd": "0.0", "totalMarginUsed": "0.0"}
    return {
        "marginSummary": summary,
        "crossMarginSummary": summary,
        "crossMaintenanceMarginUsed": "0.0",
        "withdrawable": withdrawable,
        "assetPositions": list(positions),
        "time": TIME_MS,
    }


SHORT = position(
    "ETH",
    szi="-4.0",
    leverage={"type": "isolated", "value": 20, "rawUsd": "13200.0"},
    entryPx="2986.3",
    positionValue="11944.8",
    unrealizedPnl="0.4",
    liquidationPx="3235.2941176471",
    marginUsed="1255.2",
    maxLeverage=25,
)
STRICT = position(
    "PURR",
    szi="1000.0",
    leverage={"type": "isolated", "value": 3, "rawUsd": "-100.0"},
    entryPx="0.2",
    positionValue="200.0",
    unrealizedPnl="0.0",
    liquidationPx="0.12",
    marginUsed="100.0",
    maxLeverage=3,
)
CROSS = position("HYPE", leverage={"type": "cross", "value": 10}, szi="-33.78", maxLeverage=10)


def answers(*positions: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return what a venue answers of an account with these positions."""
    return {
        "metaAndAssetCtxs": listing(),
        "clearinghouseState": state(*positions),
        "userAbstraction": "default",
        "userRole": {"role": "user"},
    } | more
