"""A feed that its user may turn: a symbol jumps and its source goes on from there, or follows a script."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from msgspec import Struct
from msgspec.structs import replace

from solvent.money import Ratio, Rounding, format_moment, mul_div_floor
from solvent.prices.cursor import Cursor
from solvent.prices.errors import PricesError, PriceUnavailable
from solvent.prices.feed import HEARTBEAT_MS_MAX, PlayedFeed, Source
from solvent.prices.script import SCRIPT_DECIMALS, Leg
from solvent.prices.ticks import Kind, Tick

FACTOR_MAX = 1_000


class Scaled(Struct, frozen=True, gc=False, kw_only=True):
    """A source with some of its symbols multiplied by a factor, or scripted; both call themselves scripted.

    A script's legs are in the source's own time, one after the other, its last price held; before its first
    one the source is as it was.
    Rounds: a product down to the source's own decimals, and never to zero; a script down to 18.
    """

    source: Source
    factors: Mapping[str, Ratio] = {}
    scripts: Mapping[str, tuple[Leg, ...]] = {}

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols of the source."""
        return self.source.symbols

    def at(self, symbol: str, now_ms: int) -> Tick:
        """Return the source's price at a moment, scaled."""
        tick = self.source.at(symbol, now_ms)
        legs = self.scripts.get(symbol, ())
        begun = bisect_right(legs, now_ms, key=lambda leg: leg.from_ms)
        if begun:
            units = max(1, legs[begun - 1].units_at(now_ms))
            return replace(tick, units=units, decimals=SCRIPT_DECIMALS, kind=Kind.SCRIPTED)
        factor = self.factors.get(symbol)
        if factor is None:
            return tick
        units = max(1, mul_div_floor(tick.units, factor.num, factor.den))
        return replace(tick, units=units, kind=Kind.SCRIPTED)

    def milestone_at(self, now_ms: int) -> int | None:
        """Return the last milestone of the source, or end of a leg, at or before a moment; or none."""
        own = self.source.milestone_at(now_ms)
        ends = (end for end in self._ends() if end <= now_ms)
        return max(chain(ends, () if own is None else (own,)), default=None)

    def milestone_after(self, now_ms: int) -> int | None:
        """Return the first milestone of the source, or end of a leg, after a moment; or none."""
        own = self.source.milestone_after(now_ms)
        ends = (end for end in self._ends() if end > now_ms)
        return min(chain(ends, () if own is None else (own,)), default=None)

    def _ends(self) -> Iterator[int]:
        return (leg.to_ms for legs in self.scripts.values() for leg in legs)


class Move(Struct, frozen=True, gc=False, kw_only=True):
    """A straight move of a symbol that takes `over_ms` of the venue's time: to a price, or by a part of it.

    With neither the price stays where it is.
    """

    to: Ratio | None = None
    by: Ratio | None = None
    over_ms: int = 0

    def aim(self, units: int) -> int:
        """Return where the move ends that begins here. Units: 10^-18 US dollars. Rounds: down."""
        if self.to is not None:
            return self.to.units(SCRIPT_DECIMALS, Rounding.FLOOR)
        return units if self.by is None else mul_div_floor(units, self.by.den + self.by.num, self.by.den)

    @property
    def told(self) -> str:
        """The aim in words."""
        return f"to {self.to} USD" if self.to is not None else f"by {self.by} of its price"


class ShockedFeed(PlayedFeed):
    """A source played from a cursor on, at any speed, seekable between two moments, with shocks and scripts.

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
        scripts: Mapping[str, tuple[Leg, ...]] | None = None,
        heartbeat_ms: int = HEARTBEAT_MS_MAX,
    ) -> None:
        self._scaled = Scaled(source=source, factors=factors or {}, scripts=scripts or {})
        self._first_ms = first_ms
        self._last_ms = last_ms
        super().__init__(self._scaled, cursor, heartbeat_ms=heartbeat_ms)
        if cursor.source_ms < first_ms:
            self.require_within(cursor.source_ms)

    @property
    def factors(self) -> Mapping[str, Ratio]:
        """What each shocked symbol's price is multiplied by."""
        return self._scaled.factors

    @property
    def scripts(self) -> Mapping[str, tuple[Leg, ...]]:
        """What each scripted symbol follows."""
        return self._scaled.scripts

    def current(self, symbol: str, venue_now_ms: int) -> Tick:
        """Return what would be published of a symbol now; `read` tells what was published last.

        Errors: `PricesError` for a moment that is past; `PriceUnavailable` for an unknown symbol.
        """
        return self._scaled.at(symbol, self._from_now(venue_now_ms).source_ms)

    def seek(self, source_ms: int, venue_now_ms: int) -> None:
        """Play on from a moment of the source, without scripts; the venue's time does not move.

        Errors: `PriceUnavailable` outside of it; `PricesError` for a moment of the venue that is past.
        """
        self.require_within(source_ms)
        self._turn(replace(self._from_now(venue_now_ms), source_ms=source_ms))
        self._source = self._scaled = replace(self._scaled, scripts={})

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
        self.rewrite(venue_now_ms, factors=factors, scripts=self.scripts)

    def scripted(self, symbol: str, moves: Iterable[Move], venue_now_ms: int) -> dict[str, tuple[Leg, ...]]:
        """Return the scripts under which a symbol makes these moves from now on; changes nothing.

        Errors: `PricesError` for a move to a price that is not above zero, and for a moment that is past;
                `PriceUnavailable` for an unknown symbol.
        """
        cursor = self._from_now(venue_now_ms)
        at_ms, tick = cursor.source_ms, self.current(symbol, venue_now_ms)
        units = mul_div_floor(tick.units, 10**SCRIPT_DECIMALS, 10**tick.decimals)
        legs: list[Leg] = []
        for move in moves:
            until_ms = at_ms + mul_div_floor(move.over_ms, cursor.speed.num, cursor.speed.den)
            aim = move.aim(units)
            if aim <= 0:
                accepted = "a price above zero, or a part above -100%"
                raise PricesError(f"{symbol} was to move {move.told}; give {accepted}")
            legs.append(
                Leg(from_ms=at_ms, to_ms=until_ms, from_units=units, to_units=aim, confidence_units=0)
            )
            at_ms, units = until_ms, aim
        return {**self.scripts, symbol: tuple(legs)}

    def rewrite(
        self,
        venue_now_ms: int,
        *,
        factors: Mapping[str, Ratio],
        scripts: Mapping[str, tuple[Leg, ...]],
    ) -> None:
        """Multiply by these factors and follow these scripts from now on; a symbol without is as it was.

        Errors: `PricesError` for a moment that is past.
        """
        # What was due until now is taken at the old prices first.
        self._turn(self._from_now(venue_now_ms))
        self._source = self._scaled = replace(self._scaled, factors=dict(factors), scripts=dict(scripts))

    def require_within(self, source_ms: int) -> None:
        """Refuse a moment that the source does not have.

        Errors: `PriceUnavailable`, with its span.
        """
        if source_ms < self._first_ms or (self._last_ms is not None and source_ms > self._last_ms):
            until = " on" if self._last_ms is None else f" to {format_moment(self._last_ms)}"
            known = f"{format_moment(self._first_ms)}{until}"
            raise PriceUnavailable(asked=format_moment(source_ms), known=known)
