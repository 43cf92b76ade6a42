"""A price without a market behind it: seeded, bounded around its centre, and called simulated.

The price is the centre plus five waves. A wave has an integer drawn from a hash at each multiple of its
period and runs straight between them; the slow waves reach furthest, and all together never further than the
swing. So the price keeps coming back to its centre, and is a function of seed, symbol and moment alone. The
numbers are chosen, not measured: an hour shows some per cent of movement and a minute some tenths.
"""

from msgspec import Struct

from solvent.money import Millis, Ratio, Rounding, div_floor, mul_div_floor
from solvent.prices.cursor import Cursor
from solvent.prices.draws import draw
from solvent.prices.errors import PricesError, PriceUnavailable
from solvent.prices.feed import HEARTBEAT_MS_MAX, PlayedFeed
from solvent.prices.ticks import Kind, Tick

SIMULATION_DECIMALS = 12
PPM = 1_000_000
SWING_PPM_DEFAULT = 150_000
SWING_PPM_MAX = 900_000
# Each wave's period and its share of the swing; the shares add up to 31.
WAVES = ((8 * 3_600_000, 16), (2 * 3_600_000, 8), (30 * 60_000, 4), (5 * 60_000, 2), (60_000, 1))
SHARES = sum(share for _, share in WAVES)
# 0.000025 SOL at the recording's first close, 95.76 USD: where the worked examples of the money market begin.
PUMP_CENTRE = Ratio(2_394, 1_000_000)


class Simulation(Struct, frozen=True, gc=False, kw_only=True):
    """One symbol's simulated price; at moment 0 and before it is exactly the centre.

    Units: `centre` in US dollars, at most 12 decimals; `swing_ppm` in parts per million of it.
    Errors: `PricesError` for a centre that is not above zero or not exact, and for a swing out of range.
    """

    symbol: str = "PUMP"
    seed: int
    centre: Ratio = PUMP_CENTRE
    swing_ppm: int = SWING_PPM_DEFAULT

    def __post_init__(self) -> None:
        units = self._centre_units
        if units <= 0 or Ratio(units, 10**SIMULATION_DECIMALS) != self.centre:
            raise PricesError(
                f"centre is {self.centre}; give a price above zero, of at most {SIMULATION_DECIMALS} decimals"
            )
        if not 0 <= self.swing_ppm <= SWING_PPM_MAX:
            raise PricesError(f"swing_ppm is {self.swing_ppm}; give 0 to {SWING_PPM_MAX}")

    @property
    def symbols(self) -> tuple[str, ...]:
        """The one symbol."""
        return (self.symbol,)

    def at(self, symbol: str, now_ms: int) -> Tick:
        """Return the simulated price at a moment.

        Errors: `PriceUnavailable` for another symbol.
        """
        if symbol != self.symbol:
            raise PriceUnavailable(asked=symbol, known=self.symbol)
        swing = mul_div_floor(self._centre_units, self.swing_ppm, PPM)
        return Tick(
            symbol=symbol,
            at_ms=Millis(now_ms),
            units=self._centre_units + sum(self._wave(now_ms, *wave, swing=swing) for wave in WAVES),
            decimals=SIMULATION_DECIMALS,
            kind=Kind.SIMULATED,
        )

    def milestone_at(self, now_ms: int) -> int | None:  # noqa: ARG002 - as every source answers
        """Return none: no moment of a simulation matters more than another."""
        return None

    def milestone_after(self, now_ms: int) -> int | None:  # noqa: ARG002 - as every source answers
        """Return none: no moment of a simulation matters more than another."""
        return None

    @property
    def _centre_units(self) -> int:
        return self.centre.units(SIMULATION_DECIMALS, Rounding.FLOOR)

    def _wave(self, now_ms: int, period_ms: int, share: int, *, swing: int) -> int:
        """Return one wave's displacement, within its share of the swing."""
        reach = mul_div_floor(swing, share, SHARES)
        knot = div_floor(now_ms, period_ms)
        low, high = (self._knot(period_ms, number, reach) for number in (knot, knot + 1))
        return low + mul_div_floor(high - low, now_ms - knot * period_ms, period_ms)

    def _knot(self, period_ms: int, number: int, reach: int) -> int:
        if number <= 0:
            return 0
        return draw(f"{self.seed}|{self.symbol}|simulated|{period_ms}|{number}", reach)


class SimulatedFeed(PlayedFeed):
    """A simulation played from a cursor on, at its centre when the cursor is at moment 0; can be paused."""

    def __init__(
        self, simulation: Simulation, cursor: Cursor, *, heartbeat_ms: int = HEARTBEAT_MS_MAX
    ) -> None:
        super().__init__(simulation, cursor, heartbeat_ms=heartbeat_ms)
