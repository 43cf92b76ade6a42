"""Hyperliquid's number formats, both ways.

USD values: 6 decimals, trailing zeros stripped, at least one kept (`"0.0"`); sizes too (`"-4.0"`). `entryPx`
half-even to 6 − szDecimals decimals. `liquidationPx` and `returnOnEquity` up to 10 decimals, half-even; a
liquidation price that is not there, or above 1e15, is null.
"""

from solvent.money import Ratio, Rounding, format_ratio, format_units

USD_DECIMALS = 6
RATIO_DECIMALS = 10
LIQUIDATION_PX_MAX = 10**15


def format_usd(units: int) -> str:
    """Write micro-USD."""
    return format_units(units, USD_DECIMALS, decimals_min=1)


def format_usd_ratio(micro: Ratio) -> str:
    """Write an exact number of micro-USD, half-even to 6 decimals."""
    return format_ratio(
        micro.num,
        micro.den * 10**USD_DECIMALS,
        decimals=USD_DECIMALS,
        rounding=Rounding.HALF_EVEN,
        decimals_min=1,
    )


def format_size(units: int, size_decimals: int) -> str:
    """Write a signed size."""
    return format_units(units, size_decimals, decimals_min=1)


def format_price(price: Ratio, size_decimals: int) -> str:
    """Write an entry or mark price in USD, half-even to 6 − szDecimals decimals."""
    return price.text(USD_DECIMALS - size_decimals, Rounding.HALF_EVEN, decimals_min=1)


def format_liquidation_price(price: Ratio | None) -> str | None:
    """Write a liquidation price in USD; null when there is none or it is above 1e15."""
    if price is None or price.num > LIQUIDATION_PX_MAX * price.den:
        return None
    return price.text(RATIO_DECIMALS, Rounding.HALF_EVEN, decimals_min=1)


def format_return(ratio: Ratio | None) -> str:
    """Write a return on equity; 0.0 when flat."""
    return "0.0" if ratio is None else ratio.text(RATIO_DECIMALS, Rounding.HALF_EVEN, decimals_min=1)
