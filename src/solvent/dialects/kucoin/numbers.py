"""KuCoin's number formats, both ways.

Numbers are plain decimal literals without an exponent and with at most 10 places. The average entry is
half-up to the tick; liquidation and bankruptcy prices on REST go toward the entry to the index tick and
are clamped, on the websocket they are unrounded; leverage is half-up to 2 places on REST, 10 on the
websocket.
"""

from decimal import Decimal
from enum import StrEnum

from solvent.money import Ratio, Rounding, div_half_up, format_ratio, format_units

PLACES_MAX = 10
REST_LEVERAGE_PLACES = 2
SHARE_PLACES = 4


class Channel(StrEnum):
    """Which interface prints: they round differently."""

    REST = "rest"
    WEBSOCKET = "websocket"


def format_money(units: int) -> Decimal:
    """Write 1e-10 of the settlement asset; integral values keep one place, as in 0.0."""
    return Decimal(format_units(units, PLACES_MAX, decimals_min=1))


def format_number(value: Ratio, places: int = PLACES_MAX, rounding: Rounding = Rounding.HALF_UP) -> Decimal:
    """Write an exact number with at most `places` places, half-up unless told otherwise."""
    return Decimal(format_ratio(value.num, value.den, decimals=places, rounding=rounding, decimals_min=1))


def format_leverage(leverage: Ratio | None, channel: Channel) -> Decimal:
    """Write a leverage half-up to 2 places on REST and 10 on the websocket; 0.0 when there is none."""
    places = REST_LEVERAGE_PLACES if channel is Channel.REST else PLACES_MAX
    return format_number(leverage or Ratio(0, 1), places)


def nearest_tick(price: Ratio, tick: Ratio) -> Ratio:
    """Return the multiple of a tick nearest to a price, half-up."""
    return Ratio(div_half_up(price.num * tick.den, price.den * tick.num) * tick.num, tick.den)
