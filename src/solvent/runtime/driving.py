"""Feeds drive a venue: what they publish becomes price ticks, on the venue's one clock.

The driver asks its feeds what is due, and hands each moment's ticks in under keys made of market and moment.
So a moment that is published again, as after a crash, is answered from the journal and done once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from threading import Event, Lock
from typing import Protocol

from msgspec import Struct

from solvent.engine import State, commands
from solvent.engine.commands import AnyCommand
from solvent.margin.parts import FeedReading, FundingNote
from solvent.money import Ratio, div_floor
from solvent.prices import Feed, Kind, Tick
from solvent.runtime.clock import Clock, VirtualClock
from solvent.runtime.errors import Overloaded, RuntimeRefused, VenueStopped
from solvent.runtime.replies import Reply

HOUR_MS = 3_600_000
BEHIND_MS_MAX = 60_000
RETRY_S = 0.01
KEY_REUSED = "KEY_REUSED"


class Driven(Protocol):
    """What the driver needs of a venue."""

    def submit(self, command: AnyCommand, *, key: str) -> Future[Reply]:
        """Hand a command in; the future is answered once it is durable."""

    def at_rest(self, read: Callable[[State], tuple[str, ...]]) -> Future[tuple[str, ...]]:
        """Read the state between two batches."""


class Quote(Struct, frozen=True, kw_only=True):
    """Where one feed of a market takes its price from: a symbol of a feed of prices."""

    feed: Feed
    symbol: str


class Funded(Struct, frozen=True, kw_only=True):
    """A perpetual's funding: the same rate again and again, at full multiples of `every_ms`."""

    rate: Ratio
    every_ms: int = HOUR_MS


class Driving(Struct, frozen=True, kw_only=True):
    """What drives one market: a price for each of its model's feeds, and its funding, if it has one."""

    market: str
    prices: Mapping[str, Quote]
    funding: Funded | None = None


class Driver:
    """Feeds of several markets, played into a venue; markets that share a feed see one price at one moment.

    One thread plays, others may `turn` a feed and read what was published.
    Errors: `RuntimeRefused` for a market that is driven twice or by nothing.
    """

    def __init__(self, venue: Driven, clock: Clock, markets: Iterable[Driving]) -> None:
        self._venue = venue
        self._clock = clock
        self._markets = tuple(markets)
        _require_sound(self._markets)
        named = (source.feed for one in self._markets for source in one.prices.values())
        self._feeds = tuple({id(feed): feed for feed in named}.values())
        self._published: dict[tuple[int, str], Tick] = {}
        self._refused: dict[str, str] = {}
        self._skipped_ms = 0
        self._turning = Lock()
        self._closed = Event()
        self._timed_ms = 0
        # What its user has it do otherwise: other rates of funding, and markets that hear no price.
        self._rates: Mapping[str, Ratio] = {}
        self._silent: frozenset[str] = frozenset()
        self._begin()

    @property
    def next_due_ms(self) -> int:
        """The venue's moment from which `play` has something to do."""
        with self._turning:
            return min([self._timer_ms(), *(feed.next_due_ms for feed in self._feeds)])

    @property
    def published(self) -> tuple[Tick, ...]:
        """The last tick of each symbol; its kind says if it is recorded, simulated, held at the end."""
        return tuple(self._published.values())

    @property
    def playing(self) -> tuple[tuple[Feed, Tick], ...]:
        """Each feed with the last tick of each of its symbols."""
        feeds = {id(feed): feed for feed in self._feeds}
        return tuple((feeds[feed], tick) for (feed, _), tick in self._published.items())

    def tick_of(self, market: str, feed: str) -> Tick | None:
        """Return what was last published behind a price of a market; none where no feed drives it."""
        for one in self._markets:
            source = one.prices.get(feed) if one.market == market else None
            if source is not None:
                return self._tick_of(source)
        return None

    @property
    def held(self) -> tuple[str, ...]:
        """The symbols whose recording has ended, so that their last price stands."""
        return tuple(tick.symbol for tick in self.published if tick.kind is Kind.HELD)

    @property
    def refused(self) -> Mapping[str, str]:
        """What the venue last answered to a market's tick, where it refused it."""
        return dict(self._refused)

    @property
    def skipped_ms(self) -> int:
        """How much of the venue's time was passed over, as the driver was more than a minute late."""
        return self._skipped_ms

    def set_rate(self, market: str, rate: Ratio | None) -> None:
        """Let a market's funding be noted at another rate from its next moment on; none for its own again.

        Errors: `RuntimeRefused` for a market without funding.
        """
        if not any(one.market == market and one.funding is not None for one in self._markets):
            funded = ", ".join(one.market for one in self._markets if one.funding is not None)
            raise RuntimeRefused(f"{market!r} has no funding that is driven; there are {funded or 'none'}")
        kept = {name: other for name, other in self._rates.items() if name != market}
        self._rates = kept if rate is None else {**kept, market: rate}

    @property
    def rates(self) -> Mapping[str, Ratio]:
        """The rates that were set."""
        return self._rates

    def silence(self, markets: Iterable[str]) -> None:
        """Publish no price of these markets, so that theirs get old, and of all others again.

        Errors: `RuntimeRefused` for a market that is not driven.
        """
        named = frozenset(markets)
        unknown = named - {one.market for one in self._markets}
        if unknown:
            raise RuntimeRefused(f"{', '.join(sorted(unknown))} is driven by no feed; nothing was silenced")
        self._silent = named

    def turn(self, change: Callable[[int], None]) -> None:
        """Seek, pause, resume or change a feed's speed: `change` is given the venue's moment."""
        with self._turning:
            change(self._clock.now_ms())

    def play(self) -> None:
        """Publish everything that is due by now, moment by moment, each one durable before the next.

        Errors: `VenueStopped` when the venue takes no more, or the driver was closed meanwhile.
        """
        with self._turning:
            now_ms = self._clock.now_ms()
            self._catch_up(now_ms)
            ticks = [(feed, tick) for feed in self._feeds for tick in feed.due(now_ms)]
            timer_ms, self._timed_ms = self._timer_ms(), now_ms
        for at_ms in sorted({tick.at_ms for _, tick in ticks}):
            fresh = [(feed, tick) for feed, tick in ticks if tick.at_ms == at_ms]
            self._note(fresh)
            self._publish(self._markets_of(fresh))
        if timer_ms <= now_ms:
            self._keep_time(timer_ms, now_ms)

    def pass_over(self, until_ms: int) -> None:
        """Forget the prices that are due before a moment, and before what comes by the clock."""
        with self._turning:
            for feed in self._feeds:
                feed.skip(min(until_ms, self._timer_ms()))

    def close(self) -> None:
        """Let a tick that waits for room in the queue go."""
        self._closed.set()

    def _catch_up(self, now_ms: int) -> None:
        """Pass over what is more than a minute late, as after a machine's sleep: nobody waits for it."""
        wanted_ms = now_ms - BEHIND_MS_MAX
        due_ms = min((feed.next_due_ms for feed in self._feeds), default=now_ms)
        if due_ms < wanted_ms:
            self._skipped_ms += wanted_ms - due_ms
            for feed in self._feeds:
                feed.skip(wanted_ms)

    def _begin(self) -> None:
        """Publish the last moment before now, if the venue does not know it; what was before it is past."""
        now_ms = self._clock.now_ms()
        for feed in self._feeds:
            feed.skip(now_ms)
            self._note([(feed, feed.read(symbol, now_ms)) for symbol in feed.symbols])
        self._timed_ms = now_ms - 1
        self._publish(self._markets)

    def _note(self, ticks: Iterable[tuple[Feed, Tick]]) -> None:
        self._published = {**self._published, **{(id(feed), tick.symbol): tick for feed, tick in ticks}}

    def _markets_of(self, fresh: Iterable[tuple[Feed, Tick]]) -> list[Driving]:
        """Return the markets that take one of these prices."""
        taken = {(id(feed), tick.symbol) for feed, tick in fresh}
        return [
            one
            for one in self._markets
            if any((id(source.feed), source.symbol) in taken for source in one.prices.values())
        ]

    def _tick_of(self, source: Quote) -> Tick:
        return self._published[id(source.feed), source.symbol]

    def _at_ms(self, market: Driving) -> int:
        return max(self._tick_of(source).at_ms for source in market.prices.values())

    def _publish(self, markets: Iterable[Driving]) -> None:
        self._ask(
            (one.market, self._tick_command(one), f"price:{one.market}:{self._at_ms(one)}")
            for one in markets
            if one.market not in self._silent
        )

    def _tick_command(self, market: Driving) -> commands.Tick:
        readings = [
            FeedReading(feed=name, price=tick.price, confidence=tick.confidence, at_ms=tick.at_ms)
            for name, tick in ((name, self._tick_of(source)) for name, source in market.prices.items())
        ]
        return commands.Tick(market=market.market, readings=tuple(readings))

    # What comes by the clock: interest is brought up to each hour, funding noted at each of its multiples.

    def _timer_ms(self) -> int:
        """Return the first moment after the last one kept at which something is timed."""
        periods = {one.funding.every_ms for one in self._markets if one.funding is not None} | {HOUR_MS}
        return min((div_floor(self._timed_ms, period) + 1) * period for period in periods)

    def _keep_time(self, timer_ms: int, now_ms: int) -> None:
        """Do what is timed; of hours that were missed the last one, as interest takes them in one step."""
        self._ask(self._fundings(timer_ms, now_ms))
        hour_ms = div_floor(now_ms, HOUR_MS) * HOUR_MS
        if hour_ms >= timer_ms:
            pools = self._venue.at_rest(_with_pools).result()
            self._ask((name, commands.Touch(market=name), f"touch:{name}:{hour_ms}") for name in pools)

    def _fundings(self, timer_ms: int, now_ms: int) -> Iterator[tuple[str, AnyCommand, str]]:
        for one in self._markets:
            if one.funding is None:
                continue
            at_ms = div_floor(now_ms, one.funding.every_ms) * one.funding.every_ms
            if at_ms >= timer_ms:
                (source, *_) = one.prices.values()
                rate = self._rates.get(one.market, one.funding.rate)
                note = FundingNote(at_ms=at_ms, price=self._tick_of(source).price, rate=rate)
                command = commands.SetFunding(market=one.market, note=note)
                yield one.market, command, f"funding:{one.market}:{at_ms}"

    def _ask(self, asked: Iterable[tuple[str, AnyCommand, str]]) -> None:
        """Hand commands in together, and wait until all are durable."""
        waiting = [(market, self._submit(command, key)) for market, command, key in asked]
        for market, future in waiting:
            reply = future.result()
            told = {} if reply.is_accepted else reply.read()
            self._refused.pop(market, None)
            if told and told["code"] != KEY_REUSED:
                self._refused[market] = f"{told['code']}: {told['message']}"

    def _submit(self, command: AnyCommand, key: str) -> Future[Reply]:
        """Hand one command in, as soon as there is room for it."""
        while True:
            try:
                return self._venue.submit(command, key=key)
            except Overloaded as error:
                if self._closed.wait(RETRY_S):
                    raise VenueStopped("the driver was closed while a tick waited for room") from error


def advance_to(driver: Driver, clock: VirtualClock, until_ms: int, *, step_ms: int = 0) -> None:
    """Move a virtual clock on to a moment, stopping at each one at which something is due.

    With `step_ms` prices that are due sooner than that after the last stop are passed over; what comes by
    the clock never is.
    Errors: `RuntimeRefused` for a moment that is past; `VenueStopped` from the venue.
    """
    if until_ms < clock.now_ms():
        clock.advance(until_ms - clock.now_ms())
    while (due_ms := driver.next_due_ms) <= until_ms:
        if step_ms:
            driver.pass_over(min(clock.now_ms() + step_ms, until_ms))
            due_ms = min(driver.next_due_ms, until_ms)
        clock.advance(max(0, due_ms - clock.now_ms()))
        driver.play()
    clock.advance(until_ms - clock.now_ms())


def _with_pools(state: State) -> tuple[str, ...]:
    return tuple(sorted(name for name, kept in state.markets.items() if kept.pool is not None))


def _require_sound(markets: tuple[Driving, ...]) -> None:
    names = [one.market for one in markets]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RuntimeRefused(f"{', '.join(twice)} is driven twice; give each market once")
    for one in markets:
        if not one.prices:
            raise RuntimeRefused(f"{one.market} is driven by no price; give one for each of its feeds")
        if one.funding is not None and one.funding.every_ms < 1:
            raise RuntimeRefused(
                f"funding of {one.market} is every {one.funding.every_ms} ms; give 1 or more"
            )
        for source in one.prices.values():
            if source.symbol not in source.feed.symbols:
                known = ", ".join(source.feed.symbols)
                raise RuntimeRefused(f"{one.market} asks its feed for {source.symbol}; it has {known}")
