"""A seeded path between closes, in integers, that calls itself interpolated.

Each half of an interval gets a midpoint: the mean of its ends plus a displacement drawn from a hash of
(seed, symbol, moment), smaller by the square root of two at each halving, as in a Brownian bridge. So the
price at any moment is a function of seed, symbol and moment alone: no state, no order, the same on every
Python, and equal to the close where there is one.
"""

from collections.abc import Iterator
from math import isqrt

from msgspec import Struct

from solvent.money import Millis, div_floor
from solvent.prices.closes import Closes
from solvent.prices.draws import draw
from solvent.prices.errors import PricesError
from solvent.prices.ticks import Kind, Tick

PATH_DECIMALS = 6
# Below this a piece of the path is straight.
PIECE_MS = 1_000
ROUGHNESS_PPM_DEFAULT = 4_000
# The displacements of all halvings add up to less than 3.5 times the first: the price stays above zero.
ROUGHNESS_PPM_MAX = 100_000


class Path(Struct, frozen=True, gc=False, kw_only=True):
    """A path through `closes` for one seed.

    `roughness_ppm` is the largest displacement of an hour's midpoint, in parts per million of its price.
    Units: ticks count 10^-6 US dollars.
    """

    closes: Closes
    seed: int
    roughness_ppm: int = ROUGHNESS_PPM_DEFAULT

    def __post_init__(self) -> None:
        if not 0 <= self.roughness_ppm <= ROUGHNESS_PPM_MAX:
            raise PricesError(f"roughness_ppm is {self.roughness_ppm}; give 0 to {ROUGHNESS_PPM_MAX}")

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols of the closes."""
        return self.closes.symbols

    def milestone_at(self, now_ms: int) -> int | None:
        """Return the last moment with a recorded price at or before a moment; none before the first."""
        return self.closes.milestone_at(now_ms)

    def milestone_after(self, now_ms: int) -> int | None:
        """Return the first moment with a recorded price after a moment; none from the last on."""
        return self.closes.milestone_after(now_ms)

    def at(self, symbol: str, now_ms: int) -> Tick:
        """Return the price at a moment: a close as recorded, past the end held, else interpolated.

        Errors: `PriceUnavailable` before the first close and for an unknown symbol.
        """
        before = self.closes.at(symbol, now_ms)
        scale = 10 ** (PATH_DECIMALS - before.decimals)
        if before.at_ms == now_ms or before.kind is Kind.HELD:
            return _tick(symbol, now_ms, before.units * scale, before.kind, recording_ms=before.at_ms)
        high_ms = before.at_ms + self.closes.step_ms
        after = self.closes.at(symbol, high_ms)
        units = self._between(
            symbol, now_ms, low=(before.at_ms, before.units * scale), high=(high_ms, after.units * scale)
        )
        return _tick(symbol, now_ms, units, Kind.INTERPOLATED, recording_ms=now_ms)

    def ticks(self, symbol: str, *, from_ms: int, to_ms: int, step_ms: int) -> Iterator[Tick]:
        """Yield the prices at `from_ms`, then every `step_ms`, up to and including `to_ms`."""
        if step_ms <= 0:
            raise PricesError(f"step_ms is {step_ms}; give a number above zero")
        for now_ms in range(from_ms, to_ms + 1, step_ms):
            yield self.at(symbol, now_ms)

    def _between(self, symbol: str, now_ms: int, *, low: tuple[int, int], high: tuple[int, int]) -> int:
        while high[0] - low[0] > PIECE_MS:
            middle_ms = div_floor(low[0] + high[0], 2)
            middle = middle_ms, self._midpoint(symbol, middle_ms, low, high)
            if now_ms == middle_ms:
                return middle[1]
            low, high = (low, middle) if now_ms < middle_ms else (middle, high)
        (low_ms, low_units), (high_ms, high_units) = low, high
        return low_units + div_floor((high_units - low_units) * (now_ms - low_ms), high_ms - low_ms)

    def _midpoint(self, symbol: str, middle_ms: int, low: tuple[int, int], high: tuple[int, int]) -> int:
        mean = div_floor(low[1] + high[1], 2)
        widest = div_floor(mean * self.roughness_ppm, 1_000_000)
        reach = isqrt(div_floor(widest * widest * (high[0] - low[0]), self.closes.step_ms))
        return mean + draw(f"{self.seed}|{symbol}|{middle_ms}", reach)


def _tick(symbol: str, now_ms: int, units: int, kind: Kind, *, recording_ms: int) -> Tick:
    return Tick(
        symbol=symbol,
        at_ms=Millis(now_ms),
        units=units,
        decimals=PATH_DECIMALS,
        kind=kind,
        recording_ms=Millis(recording_ms),
    )
