"""Exact amounts, prices, rates and times; every rounding names its direction."""

from solvent.money.amount import Amount, Asset
from solvent.money.errors import AssetMismatch, MoneyError, NumberFault, NumberRefused
from solvent.money.moments import Millis, Seconds, format_moment, parse_moment, whole_seconds
from solvent.money.notation import format_ratio, format_units, parse_decimal, parse_units
from solvent.money.ratio import Ratio
from solvent.money.rounding import (
    Rounding,
    div_ceil,
    div_floor,
    div_half_away,
    div_half_even,
    div_half_up,
    div_trunc,
    divide,
    mul_div_ceil,
    mul_div_floor,
    mul_div_trunc,
    power_of_ten,
)

__all__ = [
    "Amount",
    "Asset",
    "AssetMismatch",
    "Millis",
    "MoneyError",
    "NumberFault",
    "NumberRefused",
    "Ratio",
    "Rounding",
    "Seconds",
    "div_ceil",
    "div_floor",
    "div_half_away",
    "div_half_even",
    "div_half_up",
    "div_trunc",
    "divide",
    "format_moment",
    "format_ratio",
    "format_units",
    "mul_div_ceil",
    "mul_div_floor",
    "mul_div_trunc",
    "parse_decimal",
    "parse_moment",
    "parse_units",
    "power_of_ten",
    "whole_seconds",
]
