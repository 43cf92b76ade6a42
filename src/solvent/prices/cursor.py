"""Where a feed reads its source: venue time in, the source's time out, at any speed or paused."""

from msgspec import Struct
from msgspec.structs import replace

from solvent.money import Ratio, div_ceil, mul_div_floor
from solvent.prices.errors import PricesError

REAL_TIME = Ratio(1, 1)


class Cursor(Struct, frozen=True, gc=False, kw_only=True):
    """From `venue_ms` on, the source is read from `source_ms` on.

    Units: `speed` is milliseconds of the source for one millisecond of the venue.
    Errors: `PricesError` for a speed that is not above zero.
    """

    venue_ms: int
    source_ms: int
    speed: Ratio = REAL_TIME
    is_paused: bool = False

    def __post_init__(self) -> None:
        if self.speed.num <= 0:
            raise PricesError(f"speed is {self.speed}; give a number above zero, or pause")

    def source_at(self, venue_now_ms: int) -> int:
        """Return the source's moment, rounded down to a millisecond."""
        if self.is_paused:
            return self.source_ms
        return self.source_ms + mul_div_floor(venue_now_ms - self.venue_ms, self.speed.num, self.speed.den)

    def arrival(self, source_ms: int) -> int:
        """Return the venue's first moment at which a running cursor is at or past a moment of the source."""
        return self.venue_ms + div_ceil((source_ms - self.source_ms) * self.speed.den, self.speed.num)

    def from_now(self, venue_now_ms: int) -> "Cursor":
        """Return the same cursor, begun anew where it stands now; a part of a millisecond is dropped."""
        return replace(self, venue_ms=venue_now_ms, source_ms=self.source_at(venue_now_ms))
