"""KuCoin's JSON and number formats ↔ the `risk_limit` model."""

from solvent.dialects.kucoin.contracts import parse_contract, parse_risk_limits
from solvent.dialects.kucoin.numbers import (
    Channel,
    format_leverage,
    format_money,
    format_number,
    nearest_tick,
)
from solvent.dialects.kucoin.positions import (
    KNOWN_MARKETS,
    LeftOut,
    Pasted,
    Positions,
    Printed,
    is_position,
    parse_positions,
)
from solvent.dialects.kucoin.rendering import render_position

__all__ = [
    "KNOWN_MARKETS",
    "Channel",
    "LeftOut",
    "Pasted",
    "Positions",
    "Printed",
    "format_leverage",
    "format_money",
    "format_number",
    "is_position",
    "nearest_tick",
    "parse_contract",
    "parse_positions",
    "parse_risk_limits",
    "render_position",
]
