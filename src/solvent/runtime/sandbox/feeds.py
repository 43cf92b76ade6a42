"""The sandbox's two feeds: the recording and a simulation, turned together, and their past for a chart."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from msgspec.structs import replace

from solvent.engine import State
from solvent.money import Ratio
from solvent.prices import (
    Cursor,
    Path,
    PricesError,
    Scaled,
    ScriptedMove,
    ShockedFeed,
    Source,
    Tick,
    recorded_closes,
)
from solvent.prices.script import Leg
from solvent.runtime.driving import Driving, Funded, Quote
from solvent.runtime.errors import RuntimeRefused
from solvent.runtime.sandbox import cast
from solvent.runtime.sandbox.turnings import Period, Turning, Turnings
from solvent.runtime.settings import Settings

Kept = TypeVar("Kept")
FEEDS = (cast.RECORDING, cast.SIMULATION)


class Feeds:
    """Both feeds as they are played; each turning is durable before it is published."""

    def __init__(self, settings: Settings, turnings: Turnings, *, now_ms: int, published_ms: int) -> None:
        closes = recorded_closes()
        self._turnings = turnings
        self._sources: dict[str, Source] = sources_of(settings)
        self._feeds: dict[str, ShockedFeed] = {}
        entered = {cast.RECORDING: settings.recording_from, cast.SIMULATION: cast.PUMP_ENTERED_MS}
        for name in FEEDS:
            turning = self._begun(name, entered[name], settings.recording_speed, now_ms, published_ms)
            turnings.write(turning)
            self._feeds[name] = ShockedFeed(
                self._sources[name],
                turning.cursor,
                first_ms=closes.first_ms if name == cast.RECORDING else 0,
                last_ms=closes.last_ms if name == cast.RECORDING else None,
                factors=turning.factors,
                scripts=turning.scripts,
                heartbeat_ms=settings.heartbeat_ms,
            )

    def driving(self) -> Iterator[Driving]:
        """Yield what drives each of the sandbox's markets."""
        for name, drive in cast.MARKETS.items():
            rate = drive.funding_rate
            yield Driving(
                market=name,
                prices={
                    feed: Quote(feed=self._feeds[self.feed_of(symbol)], symbol=symbol)
                    for feed, symbol in drive.symbols.items()
                },
                funding=None
                if rate is None
                else Funded(rate=rate, every_ms=drive.funding_hours * cast.HOUR_MS),
            )

    def feed_of(self, symbol: str) -> str:
        """Return the feed that has a symbol."""
        return next(name for name in FEEDS if symbol in self._sources[name].symbols)

    def now(self, symbol: str, now_ms: int) -> Ratio:
        """Return what a symbol costs at the venue's present moment."""
        return self._feeds[self.feed_of(symbol)].current(symbol, now_ms).price

    # How they are turned: each takes the venue's moment, as `House.turn` gives it.

    def pause(self, now_ms: int) -> None:
        """Let all prices stand still; what was paused already stays so."""
        self._turn_all(lambda feed: feed.pause(now_ms), lambda old: replace(old, is_paused=True), now_ms)

    def resume(self, now_ms: int) -> None:
        """Let all prices go on from where they stand."""
        self._turn_all(lambda feed: feed.resume(now_ms), lambda old: replace(old, is_paused=False), now_ms)

    def set_speed(self, speed: Ratio, now_ms: int) -> None:
        """Play everything at another speed."""
        self._turn_all(
            lambda feed: feed.set_speed(speed, now_ms), lambda old: replace(old, speed=speed), now_ms
        )

    def seek(self, recording_ms: int, now_ms: int) -> None:
        """Play the recording on from another of its moments, without scripts; a simulation has none to seek.

        Errors: `PriceUnavailable` outside the recording, with its span.
        """
        feed = self._feeds[cast.RECORDING]
        feed.require_within(recording_ms)
        cursor = replace(feed.cursor.from_now(now_ms), source_ms=recording_ms)
        self._record(cast.RECORDING, feed, cursor, scripts={})
        feed.seek(recording_ms, now_ms)

    def shock(self, symbol: str, price: Ratio, now_ms: int) -> None:
        """Let a symbol cost this now, in every market that takes it; its source goes on from there.

        Errors: `PricesError` for a price that is too far off, or not above zero.
        """
        feed = self._feeds[self.feed_of(symbol)]
        self._rewrite(symbol, now_ms, factors=feed.shocked(symbol, price, now_ms))

    def calm(self, symbol: str, now_ms: int) -> None:
        """Take a shock or a script back."""
        feed = self._feeds[self.feed_of(symbol)]
        self._rewrite(symbol, now_ms, factors=_without(feed.factors, symbol))

    def script(self, symbol: str, moves: Sequence[ScriptedMove], now_ms: int) -> None:
        """Let a symbol make these moves from now on, and stay where the last one ends.

        Errors: `PricesError` for a price that is not above zero.
        """
        feed = self._feeds[self.feed_of(symbol)]
        self._rewrite(symbol, now_ms, scripts=feed.scripted(symbol, moves, now_ms))

    def release(self, symbol: str, now_ms: int) -> None:
        """Take a symbol's script back: its source goes on, shocked as it was."""
        self._rewrite(symbol, now_ms)

    def _rewrite(
        self,
        symbol: str,
        now_ms: int,
        *,
        factors: Mapping[str, Ratio] | None = None,
        scripts: Mapping[str, tuple[Leg, ...]] | None = None,
    ) -> None:
        """Go on with other factors, and with other scripts or else without the symbol's."""
        name = self.feed_of(symbol)
        feed = self._feeds[name]
        kept: dict[str, Any] = {
            "factors": feed.factors if factors is None else factors,
            "scripts": _without(feed.scripts, symbol) if scripts is None else scripts,
        }
        self._record(name, feed, feed.cursor.from_now(now_ms), **kept)
        feed.rewrite(now_ms, **kept)

    def _turn_all(
        self, turn: Callable[[ShockedFeed], None], changed: Callable[[Cursor], Cursor], now_ms: int
    ) -> None:
        for name, feed in self._feeds.items():
            before = feed.cursor.from_now(now_ms)
            after = changed(before)
            if after != before:
                self._record(name, feed, after)
                turn(feed)

    def _record(
        self,
        name: str,
        feed: ShockedFeed,
        cursor: Cursor,
        *,
        factors: Mapping[str, Ratio] | None = None,
        scripts: Mapping[str, tuple[Leg, ...]] | None = None,
    ) -> None:
        self._turnings.write(
            Turning(
                feed=name,
                cursor=cursor,
                factors=feed.factors if factors is None else factors,
                scripts=feed.scripts if scripts is None else scripts,
            )
        )

    def _begun(self, name: str, entered_ms: int, speed: Ratio, now_ms: int, published_ms: int) -> Turning:
        """Return the turning with which a feed begins, or goes on from what was last published."""
        last = self._turnings.last(name)
        if last is None:
            return Turning(feed=name, cursor=Cursor(venue_ms=now_ms, source_ms=entered_ms, speed=speed))
        stopped_ms = max(last.cursor.venue_ms, min(published_ms, now_ms))
        cursor = replace(last.cursor.from_now(stopped_ms), venue_ms=now_ms)
        return replace(last, cursor=cursor, stopped_ms=stopped_ms)

    # What was published when: a function of the turnings alone.

    def tick_at(self, symbol: str, venue_ms: int) -> Tick | None:
        """Return a symbol's price at a past moment of the venue; before its beginning, of the source's past.

        None while the venue was stopped, and where the source had not begun.
        """
        name = self.feed_of(symbol)
        period = _in_force(self._turnings.periods(name), venue_ms)
        if period is None:
            return None
        source_ms = period.turning.cursor.source_at(venue_ms)
        if source_ms < 0:
            return None
        turning = period.turning
        scaled = Scaled(source=self._sources[name], factors=turning.factors, scripts=turning.scripts)
        try:
            return scaled.at(symbol, source_ms)
        except PricesError:
            return None

    def begins_ms(self, symbol: str) -> int:
        """Return the first moment of the venue, mostly before it began, at which a symbol has a price."""
        name = self.feed_of(symbol)
        first, *_ = self._turnings.periods(name)
        source_ms = recorded_closes().first_ms if name == cast.RECORDING else 0
        return first.turning.cursor.arrival(source_ms)


def sources_of(settings: Settings) -> dict[str, Source]:
    """Return what each feed plays."""
    return {
        cast.RECORDING: Path(closes=recorded_closes(), seed=settings.path_seed),
        cast.SIMULATION: cast.PUMP,
    }


def last_published_ms(state: State) -> int:
    """Return the moment of the last price of the sandbox's markets; 0 before the first."""
    return max(
        (
            reading.at_ms
            for name in cast.MARKETS
            if name in state.markets
            for reading in state.markets[name].readings
        ),
        default=0,
    )


def require_symbol(market: str) -> str:
    """Return the symbol that moves a market's price.

    Errors: `RuntimeRefused` for a market that the sandbox does not drive.
    """
    if market not in cast.MARKETS:
        known = ", ".join(cast.MARKETS)
        raise RuntimeRefused(f"the sandbox drives no market {market!r}; it drives {known}")
    return next(iter(cast.MARKETS[market].symbols.values()))


def _without(kept: Mapping[str, Kept], symbol: str) -> dict[str, Kept]:
    return {one: value for one, value in kept.items() if one != symbol}


def _in_force(periods: tuple[Period, ...], venue_ms: int) -> Period | None:
    """Return the period of a moment; the first one reaches back to before the venue."""
    for period in reversed(periods):
        if venue_ms >= period.from_ms:
            return period if period.to_ms is None or venue_ms < period.to_ms else None
    return periods[0] if periods and not periods[0].turning.cursor.is_paused else None
