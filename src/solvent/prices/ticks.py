"""A price at a moment that says what it is, and the exact cross of two."""

from enum import StrEnum

from msgspec import Struct

from solvent.money import Millis, Ratio, format_units


class Kind(StrEnum):
    """What a price is; everything that shows one shows this too. Append-only."""

    RECORDED = "recorded"
    """Seen on a market."""
    INTERPOLATED = "interpolated"
    """Drawn between two recorded ones."""
    HELD = "held"
    """The last recorded one, kept when the recording ended."""
    SIMULATED = "simulated"
    """Drawn without any market behind it."""
    SCRIPTED = "scripted"
    """Written down by whoever made the scenario."""


class Tick(Struct, frozen=True, gc=False, kw_only=True):
    """The price of one symbol at one moment.

    Units: `units` and `confidence_units` count 10^-decimals US dollars. A feed's `at_ms` is a moment of the
    venue; `recording_ms` is the moment of the recording that the price was taken from, if there is one.
    """

    symbol: str
    at_ms: Millis
    units: int
    decimals: int
    kind: Kind
    confidence_units: int = 0
    recording_ms: Millis | None = None

    @property
    def price(self) -> Ratio:
        """The exact price in US dollars."""
        return Ratio(self.units, 10**self.decimals)

    @property
    def confidence(self) -> Ratio:
        """How far off the price may be, in US dollars; 0 unless scripted."""
        return Ratio(self.confidence_units, 10**self.decimals)

    @property
    def label(self) -> str:
        """The symbol as it is shown: bare when recorded, else with its kind, as `PUMP (simulated)`."""
        return self.symbol if self.kind is Kind.RECORDED else f"{self.symbol} ({self.kind})"

    def __str__(self) -> str:
        return f"{self.label} {format_units(self.units, self.decimals)} USD"


def cross_rate(base: Ratio, quote: Ratio) -> Ratio:
    """Return the price of `base` counted in `quote`, exactly: ETH/USD over SOL/USD is ETH in SOL.

    Errors: `ZeroDivisionError` when `quote` is zero.
    """
    return Ratio.make(base.num * quote.den, base.den * quote.num)
