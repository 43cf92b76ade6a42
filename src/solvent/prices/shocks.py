"""A feed that its user may shock: one symbol jumps to a price, and its source goes on from there."""

from collections.abc import Mapping

from msgspec import Struct
from msgspec.structs import replace

from solvent.money import Ratio, format_moment, mul_div_floor
from solvent.prices.cursor import Cursor
from solvent.prices.errors import PricesError, PriceUnavailable
from solvent.prices.feed import HEARTBEAT_MS_MAX, PlayedFeed, Source
from solvent.prices.ticks import Kind, Tick

FACTOR_MAX = 1_000


class Scaled(Struct, frozen=True, gc=False, kw_only=True):
    """A source with some of its symbols multiplied by a factor; such a price calls itself scripted.

    Rounds: down to the source's own decimals, and never to zero.
    """

    source: Source
    factors: Mapping[str, Ratio] = {}

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols of the source."""
        return self.source.symbols

    def at(self, symbol: str, now_ms: int) -> Tick:
        """Return the source's price at a moment, scaled."""
        tick = self.source.at(symbol, now_ms)
        factor = self.factors.get(symbol)
        if factor is None:
            return tick
        units = max(1, mul_div_floor(tick.units, factor.num, factor.den))
        return replace(tick, units=units, kind=Kind.SCRIPTED)

    def milestone_at(self, now_ms: int) -> int | None:
        """Return the source's last milestone at or before a moment, or none."""
        return self.source.milestone_at(now_ms)

    def milestone_after(self, now_ms: int) -> int | None:
        """Return the source's first milestone after a moment, or none."""
        return self.source.milestone_after(now_ms)


class ShockedFeed(PlayedFeed):
    """A source played from a cursor on, at any speed, seekable between two moments, with shocks.

    Errors: as `PlayedFeed`; `PricesError` for a cursor before `first_ms`.
    """

    def __init__(
        self,
        source: Source,
        cursor: Cursor,
        *,
        first_ms: int,
        last_ms: int | None = None,
        factors: Mapping[str, Ratio] | None = None,
        heartbeat_ms: int = HEARTBEAT_MS_MAX,
    ) -> None:
        self._scaled = Scaled(source=source, factors=factors or {})
        self._first_ms = first_ms
        self._last_ms = last_ms
        super().__init__(self._scaled, cursor, heartbeat_ms=heartbeat_ms)
        if cursor.source_ms < first_ms:
            self.require_within(cursor.source_ms)

    @property
    def factors(self) -> Mapping[str, Ratio]:
        """What each shocked symbol's price is multiplied by."""
        return self._scaled.factors

    def seek(self, source_ms: int, venue_now_ms: int) -> None:
        """Play on from a moment of the source; the price moves, the venue's time does not.

        Errors: `PriceUnavailable` outside of it; `PricesError` for a moment of the venue that is past.
        """
        self.require_within(source_ms)
        self._turn(replace(self._from_now(venue_now_ms), source_ms=source_ms))

    def set_speed(self, speed: Ratio, venue_now_ms: int) -> None:
        """Play on at another speed: milliseconds of the source for one of the venue.

        Errors: `PricesError` for a speed that is not above zero, and for a moment that is past.
        """
        self._turn(replace(self._from_now(venue_now_ms), speed=speed))

    def shocked(self, symbol: str, price: Ratio, venue_now_ms: int) -> dict[str, Ratio]:
        """Return the factors under which a symbol costs this now; changes nothing.

        Errors: `PricesError` for a price that is not above zero or more than a thousand times off, and for
                a moment that is past; `PriceUnavailable` for an unknown symbol.
        """
        own = self._scaled.source.at(symbol, self._from_now(venue_now_ms).source_ms).price
        factor = Ratio.make(price.num * own.den, price.den * own.num)
        if not Ratio(1, FACTOR_MAX) <= factor <= Ratio(FACTOR_MAX, 1):
            raise PricesError(
                f"{symbol} was to go from {own} to {price} USD; stay within {FACTOR_MAX} times either way"
            )
        return {**self.factors, symbol: factor}

    def rescale(self, factors: Mapping[str, Ratio], venue_now_ms: int) -> None:
        """Multiply the source's prices by these factors from now on; a symbol without one is as it was.

        Errors: `PricesError` for a moment that is past.
        """
        # What was due until now is taken at the old prices first.
        self._turn(self._from_now(venue_now_ms))
        self._source = self._scaled = Scaled(source=self._scaled.source, factors=dict(factors))

    def require_within(self, source_ms: int) -> None:
        """Refuse a moment that the source does not have.

        Errors: `PriceUnavailable`, with its span.
        """
        if source_ms < self._first_ms or (self._last_ms is not None and source_ms > self._last_ms):
            until = " on" if self._last_ms is None else f" to {format_moment(self._last_ms)}"
            known = f"{format_moment(self._first_ms)}{until}"
            raise PriceUnavailable(asked=format_moment(source_ms), known=known)
