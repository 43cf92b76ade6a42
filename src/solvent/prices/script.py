"""Prices written down by whoever makes a scenario: set, ramp, crash; exact where they begin and end."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping

from msgspec import Struct

from solvent.money import Millis, Ratio, Rounding, format_moment, mul_div_floor
from solvent.prices.cursor import Cursor
from solvent.prices.errors import PricesError, PriceUnavailable
from solvent.prices.feed import HEARTBEAT_MS_MAX, PlayedFeed
from solvent.prices.ticks import Kind, Tick

SCRIPT_DECIMALS = 18
SCALE = 10**SCRIPT_DECIMALS
NOTHING = Ratio(0, 1)


class SetPrice(Struct, frozen=True, gc=False, kw_only=True):
    """From a moment of the venue on, a symbol costs this."""

    symbol: str
    at_ms: int
    price: Ratio
    confidence: Ratio = NOTHING


class Ramp(Struct, frozen=True, gc=False, kw_only=True):
    """From the price at a moment, straight to another one that is reached `over_ms` later."""

    symbol: str
    at_ms: int
    price: Ratio
    over_ms: int
    confidence: Ratio = NOTHING


class Crash(Struct, frozen=True, gc=False, kw_only=True):
    """From the price at a moment, straight down by a part of it: `fall` is 3/25 for −12 %."""

    symbol: str
    at_ms: int
    fall: Ratio
    over_ms: int
    confidence: Ratio = NOTHING


Move = SetPrice | Ramp | Crash


class Leg(Struct, frozen=True, gc=False, kw_only=True):
    """A straight piece of one symbol's price, held after its end. Units: 10^-18 US dollars."""

    from_ms: int
    to_ms: int
    from_units: int
    to_units: int
    confidence_units: int

    def units_at(self, now_ms: int) -> int:
        """Return the price at a moment from `from_ms` on, rounded down between the ends."""
        if now_ms >= self.to_ms:
            return self.to_units
        return self.from_units + mul_div_floor(
            self.to_units - self.from_units, now_ms - self.from_ms, self.to_ms - self.from_ms
        )


class Script(Struct, frozen=True, gc=False, kw_only=True):
    """The legs of every symbol in order; `starting` makes one from moves."""

    first_ms: int
    legs: Mapping[str, tuple[Leg, ...]]
    milestones: tuple[int, ...]

    @classmethod
    def starting(cls, first_ms: int, prices: Mapping[str, Ratio], moves: Iterable[Move] = ()) -> "Script":
        """Write a script down: a price of each symbol at its first moment, and moves in any order.

        Errors: `PricesError` naming the move that is impossible: of an unknown symbol, begun before an
        earlier one of its symbol ended, or with a price that is not above zero or not exact.
        """
        if not prices:
            raise PricesError("the script has no symbol; give a first price of at least one")
        legs: dict[str, tuple[Leg, ...]] = {}
        for symbol, price in prices.items():
            units = _units(price, f"{symbol} at the script's first moment")
            legs[symbol] = (
                Leg(from_ms=first_ms, to_ms=first_ms, from_units=units, to_units=units, confidence_units=0),
            )
        for move in sorted(moves, key=lambda move: move.at_ms):
            if move.symbol not in legs:
                raise PricesError(f"{_told(move)}: give a first price of {move.symbol} too")
            legs[move.symbol] += (_leg(move, legs[move.symbol][-1]),)
        ends = {end for own in legs.values() for leg in own for end in (leg.from_ms, leg.to_ms)}
        return cls(first_ms=first_ms, legs=legs, milestones=tuple(sorted(ends)))

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols in the order of their first prices."""
        return tuple(self.legs)

    def at(self, symbol: str, now_ms: int) -> Tick:
        """Return the scripted price at a moment; after the last move its end.

        Errors: `PriceUnavailable` before the first moment and for an unknown symbol.
        """
        if symbol not in self.legs:
            raise PriceUnavailable(asked=symbol, known=" and ".join(self.legs))
        if now_ms < self.first_ms:
            since = f"{symbol} from {format_moment(self.first_ms)} on"
            raise PriceUnavailable(asked=f"{symbol} at {format_moment(now_ms)}", known=since)
        legs = self.legs[symbol]
        leg = legs[bisect_right(legs, now_ms, key=lambda leg: leg.from_ms) - 1]
        return Tick(
            symbol=symbol,
            at_ms=Millis(now_ms),
            units=leg.units_at(now_ms),
            decimals=SCRIPT_DECIMALS,
            kind=Kind.SCRIPTED,
            confidence_units=leg.confidence_units,
        )

    def milestone_at(self, now_ms: int) -> int | None:
        """Return the last beginning or end of a move at or before a moment, or none."""
        known = bisect_right(self.milestones, now_ms)
        return self.milestones[known - 1] if known else None

    def milestone_after(self, now_ms: int) -> int | None:
        """Return the first beginning or end of a move after a moment, or none."""
        known = bisect_right(self.milestones, now_ms)
        return self.milestones[known] if known < len(self.milestones) else None


class ScriptedFeed(PlayedFeed):
    """A script played at its own moments, which are the venue's; a pause puts off what is still to come.

    Without a cursor it begins at the script's first moment.
    """

    def __init__(
        self, script: Script, cursor: Cursor | None = None, *, heartbeat_ms: int = HEARTBEAT_MS_MAX
    ) -> None:
        own = Cursor(venue_ms=script.first_ms, source_ms=script.first_ms)
        super().__init__(script, cursor or own, heartbeat_ms=heartbeat_ms)


def _leg(move: Move, before: Leg) -> Leg:
    """Return the leg of a move that follows another of the same symbol."""
    if move.at_ms < before.to_ms:
        raise PricesError(f"{_told(move)}: begin it at {format_moment(before.to_ms)} or later")
    over_ms = 0 if isinstance(move, SetPrice) else move.over_ms
    if over_ms <= 0 and not isinstance(move, SetPrice):
        raise PricesError(f"{_told(move)}: over_ms is {over_ms}; give a number above zero")
    if isinstance(move, Crash):
        kept = move.fall.den - move.fall.num
        price = Ratio(before.to_units * kept, SCALE * move.fall.den)
    else:
        price = move.price
    units = _units(price, _told(move))
    if isinstance(move, Crash) and not units < before.to_units:
        raise PricesError(f"{_told(move)}: fall is {move.fall}; give a part above zero and below one")
    if move.confidence.num < 0:
        raise PricesError(f"{_told(move)}: confidence is {move.confidence}; give zero or more")
    return Leg(
        from_ms=move.at_ms,
        to_ms=move.at_ms + over_ms,
        from_units=units if isinstance(move, SetPrice) else before.to_units,
        to_units=units,
        confidence_units=_exact(move.confidence, f"{_told(move)}: confidence"),
    )


def _units(price: Ratio, told: str) -> int:
    if price.num <= 0:
        raise PricesError(f"{told}: the price is {price}; give one above zero")
    return _exact(price, f"{told}: price")


def _exact(value: Ratio, told: str) -> int:
    units = value.units(SCRIPT_DECIMALS, Rounding.FLOOR)
    if Ratio(units, SCALE) != value:
        raise PricesError(f"{told} {value} has more than {SCRIPT_DECIMALS} decimals; give at most that")
    return units


def _told(move: Move) -> str:
    names = {SetPrice: "set", Ramp: "ramp", Crash: "crash"}
    return f"{names[type(move)]} of {move.symbol} at {format_moment(move.at_ms)}"
