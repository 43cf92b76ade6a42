"""Hyperliquid's JSON and number formats ↔ the `tiered` model."""

from solvent.dialects.hyperliquid.meta import parse_margin_table, parse_meta
from solvent.dialects.hyperliquid.numbers import (
    format_liquidation_price,
    format_price,
    format_return,
    format_size,
    format_usd,
    format_usd_ratio,
)
from solvent.dialects.hyperliquid.positions import (
    KNOWN_MARKETS,
    Account,
    LeftOut,
    Pasted,
    Printed,
    is_position,
    parse_account,
    with_printed_profit,
)
from solvent.dialects.hyperliquid.rendering import render_account, render_position
from solvent.dialects.hyperliquid.tables import Tables, render_meta, render_table

__all__ = [
    "KNOWN_MARKETS",
    "Account",
    "LeftOut",
    "Pasted",
    "Printed",
    "Tables",
    "format_liquidation_price",
    "format_price",
    "format_return",
    "format_size",
    "format_usd",
    "format_usd_ratio",
    "is_position",
    "parse_account",
    "parse_margin_table",
    "parse_meta",
    "render_account",
    "render_meta",
    "render_position",
    "render_table",
    "with_printed_profit",
]
