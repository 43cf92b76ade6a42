"""Candles of a market's price: of what was committed since this process began, and of its feeds before that.

A market's price is that of its only feed, or with two feeds the first counted in the second. Of the time
before this process the feeds' own past is sampled, as they are functions of the moment; of the time before
the venue, what its sources held then.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from msgspec import Struct

from solvent.engine import State
from solvent.engine.books import model_of
from solvent.engine.events import Priced
from solvent.margin.parts import FeedReading, Parts, find_reading
from solvent.money import Ratio
from solvent.prices import Kind, Tick, cross_rate
from solvent.runtime import Committed, House
from solvent.runtime.sandbox import SandboxProfile

MINUTE_MS = 60_000
INTERVALS: Mapping[str, int] = {
    "1m": MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "1h": 60 * MINUTE_MS,
    "4h": 240 * MINUTE_MS,
    "1d": 1_440 * MINUTE_MS,
}
# How many pieces of a candle the past is sampled at, beside its beginning.
PIECES: Mapping[int, int] = dict(zip(INTERVALS.values(), (4, 8, 12, 16, 24), strict=True))
# A day of minutes for each market; what is older is sampled again.
MINUTES_KEPT = 1_440
CANDLES_CACHED = 20_000
CANDLES_MAX = 500
# What a candle calls itself when its prices are of several kinds: the first of these.
WEAKEST_FIRST = (Kind.SCRIPTED, Kind.SIMULATED, Kind.HELD, Kind.INTERPOLATED, Kind.RECORDED)


class Candle(Struct, frozen=True, gc=False, kw_only=True):
    """The prices of one interval that begins at `at_ms`; exact, each of them one that there was."""

    at_ms: int
    open: Ratio
    high: Ratio
    low: Ratio
    close: Ratio
    kind: Kind
    recording_ms: int | None = None


class Point(Struct, frozen=True, gc=False):
    """A market's price at one moment."""

    price: Ratio
    kind: Kind
    recording_ms: int | None = None


# A symbol's price at a moment of the venue, or none.
TickAt = Callable[[str, int], Tick | None]


class Past(Struct, frozen=True, kw_only=True):
    """What of the time before this process can be told: prices, and the symbols of each market's feeds."""

    tick_at: TickAt
    symbols_of: Callable[[str], Mapping[str, str]]
    # The first moment of the venue for which a symbol has a price.
    begins_ms: Callable[[str], int]


class Chart:
    """The candles of every market; its memory is bounded. `hear` is told what was committed."""

    def __init__(self, *, since_ms: int, past: Past | None) -> None:
        self._since_ms = since_ms
        self._past = past
        self._minutes: dict[str, OrderedDict[int, Candle]] = {}
        # Up to this moment a market's past is sampled; from there on its minutes are kept.
        self._until_ms: dict[str, int] = {}
        self._sampled = lru_cache(maxsize=CANDLES_CACHED)(self._sample)

    def hear(self, state: State, committed: Committed) -> None:
        """Take in the prices of one batch, in the order in which they were published."""
        for event in committed.events:
            if isinstance(event, Priced):
                price = price_of(state, event.market, event.readings)
                if price is not None:
                    self._add(event.market, max(reading.at_ms for reading in event.readings), price)

    def candles(self, market: str, interval_ms: int, *, before_ms: int, limit: int) -> tuple[Candle, ...]:
        """Return up to `limit` candles that begin before a moment, oldest first; a gap has none.

        What is not in memory is computed: not in an event loop's thread.
        """
        last_ms = (before_ms - 1) - (before_ms - 1) % interval_ms
        starts = range(last_ms, last_ms - limit * interval_ms, -interval_ms)
        live = dict(self._minutes.get(market, {}))
        found = [self._candle(market, start_ms, interval_ms, live) for start_ms in starts]
        return tuple(candle for candle in reversed(found) if candle is not None)

    def has_before(self, market: str, before_ms: int) -> bool:
        """Tell whether there may be a candle that ends before a moment."""
        if self._past is None:
            return any(at_ms < before_ms for at_ms in self._minutes.get(market, {}))
        symbols = self._past.symbols_of(market).values()
        return bool(symbols) and max(map(self._past.begins_ms, symbols)) < before_ms

    def _candle(
        self, market: str, start_ms: int, interval_ms: int, live: Mapping[int, Candle]
    ) -> Candle | None:
        end_ms, until_ms = start_ms + interval_ms, self._until_ms.get(market, self._since_ms)
        if end_ms <= until_ms:
            return self._sampled(market, start_ms, interval_ms, end_ms)
        parts: list[Candle | None] = []
        for at_ms in range(start_ms, end_ms, MINUTE_MS):
            if at_ms <= until_ms:
                # What is still to come is not told, though it could be computed.
                parts.append(self._sampled(market, at_ms, MINUTE_MS, min(at_ms + MINUTE_MS, until_ms)))
            parts.append(live.get(at_ms))
        return joined(start_ms, [part for part in parts if part is not None])

    def _add(self, market: str, at_ms: int, price: Ratio) -> None:
        minutes = self._minutes.setdefault(market, OrderedDict())
        start_ms = at_ms - at_ms % MINUTE_MS
        point = self._point(market, at_ms)
        fresh = Candle(
            at_ms=start_ms,
            open=price,
            high=price,
            low=price,
            close=price,
            # Without feeds of a past, prices come as commands: somebody wrote them down.
            kind=Kind.SCRIPTED if point is None else point.kind,
            recording_ms=None if point is None else point.recording_ms,
        )
        known = minutes.get(start_ms)
        minutes[start_ms] = fresh if known is None else joined(start_ms, [known, fresh]) or fresh
        while len(minutes) > MINUTES_KEPT:
            minutes.popitem(last=False)
            self._until_ms[market] = next(iter(minutes))

    def _sample(self, market: str, start_ms: int, interval_ms: int, end_ms: int) -> Candle | None:
        """Return a candle of the past from its beginning up to and including a moment."""
        moments = [*range(start_ms, end_ms, interval_ms // PIECES[interval_ms]), end_ms]
        points = [self._point(market, at_ms) for at_ms in moments]
        prices = [
            Candle(
                at_ms=start_ms,
                open=point.price,
                high=point.price,
                low=point.price,
                close=point.price,
                kind=point.kind,
                recording_ms=point.recording_ms,
            )
            for point in points
            if point is not None
        ]
        return joined(start_ms, prices)

    def _point(self, market: str, at_ms: int) -> Point | None:
        if self._past is None:
            return None
        symbols = self._past.symbols_of(market).values()
        ticks = [self._past.tick_at(symbol, at_ms) for symbol in symbols]
        known = [tick for tick in ticks if tick is not None]
        if not known or len(known) < len(ticks):
            return None
        return Point(
            known[0].price if len(known) == 1 else cross_rate(known[0].price, known[1].price),
            weakest(tick.kind for tick in known),
            next((int(tick.recording_ms) for tick in known if tick.recording_ms is not None), None),
        )


def chart_of(house: House) -> Chart:
    """Return the chart of a house, told from now on what is committed."""
    past = None
    if isinstance(house.profile, SandboxProfile):
        sandbox = house.profile.sandbox
        past = Past(tick_at=sandbox.tick_at, symbols_of=sandbox.symbols_of, begins_ms=sandbox.feeds.begins_ms)
    chart = Chart(since_ms=house.now_ms(), past=past)
    house.follower.subscribe(lambda committed: chart.hear(house.follower.state, committed))
    return chart


def price_of(state: State, market: str, readings: tuple[FeedReading, ...]) -> Ratio | None:
    """Return a market's price: its only feed's, or the first counted in the second; none without them."""
    kept = state.markets[market]
    found = [find_reading(readings, feed) for feed in model_of(kept).feeds(kept.market)]
    known = [reading.price for reading in found if reading is not None]
    if not known or len(known) < len(found):
        return None
    return known[0] if len(known) == 1 else cross_rate(known[0], known[1])


def unit_of(state: State, market: str, *, now_ms: int) -> str:
    """Return what a market's price counts, as its own list of figures says: `SOL/wETH`."""
    kept = state.markets[market]
    parts = Parts(
        market=kept.market,
        position=None,
        pool=kept.pool,
        readings=kept.readings,
        valid_readings=kept.valid_readings,
    )
    rows = model_of(kept).market_rows(parts, (), now_ms=now_ms)
    return next((row.unit for row in rows if row.name in ("price", "mark")), "")


def weakest(kinds: Iterable[Kind]) -> Kind:
    """Return what prices of several kinds call themselves together."""
    return min(kinds, key=WEAKEST_FIRST.index)


def joined(at_ms: int, candles: list[Candle]) -> Candle | None:
    """Return candles that follow each other as one; none of none."""
    if not candles:
        return None
    return Candle(
        at_ms=at_ms,
        open=candles[0].open,
        high=max(candle.high for candle in candles),
        low=min(candle.low for candle in candles),
        close=candles[-1].close,
        kind=weakest(candle.kind for candle in candles),
        recording_ms=candles[0].recording_ms,
    )
