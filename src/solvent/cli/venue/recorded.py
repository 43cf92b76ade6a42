"""Which recorded closes stand for the feeds of which ready-made markets."""

from collections.abc import Mapping
from typing import Any

from solvent.margin import presets
from solvent.margin.parts import FeedReading
from solvent.prices import Kind, recorded_closes

_WETH = {"collateral_usd": "ETH", "loan_usd": "SOL"}
_WBTC = {"collateral_usd": "BTC", "loan_usd": "SOL"}
SYMBOLS: Mapping[str, Mapping[str, str]] = {
    "wETH/SOL": _WETH,
    "wETH/SOL-conservative": _WETH,
    "wBTC/SOL": _WBTC,
    "wBTC/SOL-conservative": _WBTC,
    "BTC-PERP": {"mark": "BTC"},
    "ETH-PERP": {"mark": "ETH"},
    "SOL-PERP": {"mark": "SOL"},
    "XBTUSDTM": {"mark": "BTC"},
    "ETHUSDTM": {"mark": "ETH"},
    "XBTUSDM": {"mark": "BTC"},
}


def is_recorded(market: Any) -> bool:
    """Tell whether every feed of a market has recorded prices."""
    return _symbols(market) is not None


def first_ms() -> int:
    """Return the moment of the first recorded close."""
    return recorded_closes().first_ms


def readings(market: Any, now_ms: int) -> tuple[tuple[FeedReading, ...], Kind]:
    """Return the readings of a market's feeds, published now, and whether they are recorded or held.

    Errors: `PriceUnavailable` before the first close; `KeyError` for a market without recorded prices.
    """
    symbols = _symbols(market)
    if symbols is None:
        raise KeyError(market.name)
    ticks = {feed: recorded_closes().at(symbol, now_ms) for feed, symbol in symbols.items()}
    kind = next(iter(ticks.values())).kind
    return tuple(FeedReading(feed=feed, price=tick.price, at_ms=now_ms) for feed, tick in ticks.items()), kind


def _symbols(market: Any) -> Mapping[str, str] | None:
    """Return the recorded symbol of each feed of a ready-made market; none where one was not recorded."""
    known = (SYMBOLS[name] for name, preset in presets().items() if name in SYMBOLS and preset == market)
    return next(known, None)
