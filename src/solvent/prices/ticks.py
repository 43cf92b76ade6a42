"""A price at a moment that says what it is, and the exact cross of two."""

from enum import StrEnum

from msgspec import Struct

from solvent.money import Millis, Ratio


class Kind(StrEnum):
    """What a price is: seen on a market, drawn between two such, or the last one kept."""

    RECORDED = "recorded"
    INTERPOLATED = "interpolated"
    HELD = "held"


class Tick(Struct, frozen=True, gc=False, kw_only=True):
    """The price of one symbol at one moment: `units` of 10^-decimals US dollars."""

    symbol: str
    at_ms: Millis
    units: int
    decimals: int
    kind: Kind

    @property
    def price(self) -> Ratio:
        """The exact price in US dollars."""
        return Ratio(self.units, 10**self.decimals)


def cross_rate(base: Ratio, quote: Ratio) -> Ratio:
    """Return the price of `base` counted in `quote`, exactly: ETH/USD over SOL/USD is ETH in SOL.

    Errors: `ZeroDivisionError` when `quote` is zero.
    """
    return Ratio.make(base.num * quote.den, base.den * quote.num)
