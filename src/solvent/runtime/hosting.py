"""A house: a venue with everything that a server needs beside it, opened and closed in order."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Lock
from typing import Any

from msgspec import Struct

from solvent.engine.commands import AnyCommand
from solvent.money import Millis, Ratio
from solvent.prices import Kind, PlayedFeed
from solvent.runtime.asked import Keyed
from solvent.runtime.clock import VirtualClock, wall_ms
from solvent.runtime.driving import Driver, Driving, advance_to
from solvent.runtime.errors import RuntimeRefused
from solvent.runtime.flowing import Flow
from solvent.runtime.following import Follower, Post
from solvent.runtime.leaving import Leave, Leaving
from solvent.runtime.opening import open_venue
from solvent.runtime.pacing import Pacing
from solvent.runtime.promises import Told
from solvent.runtime.repeats import answered
from solvent.runtime.replies import Reply
from solvent.runtime.secrecy import Vault
from solvent.runtime.settings import Settings
from solvent.runtime.settlement import Settlement
from solvent.runtime.venue import OPERATOR, Venue
from solvent.runtime.waking import Waiting, Waking, promised


def _nothing(_: object) -> None:
    """Leave a venue as it is, and its secrets alone."""


def _by_hand(_: Settings, __: Venue) -> tuple[Driving, ...]:
    """Drive no market: its prices come as commands."""
    return ()


class Profile(Struct, frozen=True, kw_only=True):
    """What kind of venue a house keeps: what it begins with, what drives its markets, what settles.

    `entrust` is handed the venue's secrets first. `prepare` is called at each opening, before any price is
    published, and must know what it did already.
    """

    name: str
    entrust: Callable[[Vault], None] = _nothing
    prepare: Callable[[Venue], None] = _nothing
    drive: Callable[[Settings, Venue], Iterable[Driving]] = _by_hand
    settlement: Settlement | None = None


class FeedStatus(Struct, frozen=True, kw_only=True):
    """What a feed last published of one symbol, and how it plays.

    `recording_ms` is the moment of the recording that the price was taken from, `speed` how much of its
    source passes in the venue's time; none where the feed has no such thing.
    """

    symbol: str
    price: Ratio
    at_ms: Millis
    kind: Kind
    recording_ms: Millis | None
    speed: Ratio | None
    is_paused: bool
    is_held: bool


class House:
    """An open venue, its prices, and a second state for readers; `open_house` makes one, close it when done.

    Readers keep to the thread that `post` posts to. `stopped` is told why, when a part cannot go on: the
    venue, its prices, or the state for readers; never when the house is closed.
    """

    def __init__(
        self,
        venue: Venue,
        *,
        settings: Settings,
        profile: Profile,
        post: Post,
        wall: Callable[[], int] = wall_ms,
    ) -> None:
        self.settings = settings
        self.profile = profile
        self.venue = venue
        self.wall_ms = wall
        # Beside the journal, or nowhere: whatever follows from the venue's secret asks this one vault.
        self.vault = Vault(Path(settings.data_folder) if venue.journal.is_lasting else None)
        self.stopped: Future[str] = Future()
        self._is_closed = False
        # While time is virtual those who turn a feed and those who advance it play in turns.
        self._playing = Lock()
        profile.entrust(self.vault)
        profile.prepare(venue)
        self._waking = Waking(post)
        self._leaving = Leaving(venue, self._waking.brought)
        self.follower = Follower(venue, self._post_events(post))
        self.driver = Driver(venue, venue.clock, profile.drive(settings, venue))
        self._pacing: Pacing | None = None
        self._flow: Flow | None = None
        if not isinstance(venue.clock, VirtualClock):
            self._pacing = Pacing(self.driver, venue.clock, on_stop=self._stop)
        for part in (venue.stopped, self.follower.stopped):
            part.add_done_callback(lambda stopped: self._stop(stopped.result()))

    @property
    def venue_id(self) -> str:
        """The venue's own id, fixed at its genesis."""
        return self.venue.journal.venue_id

    @property
    def is_virtual(self) -> bool:
        """Whether the venue's time stands still until it is advanced."""
        return isinstance(self.venue.clock, VirtualClock)

    def now_ms(self) -> int:
        """Return the venue's present moment."""
        return self.venue.clock.now_ms()

    @property
    def feeds(self) -> tuple[FeedStatus, ...]:
        """What every feed last published, and how it plays."""
        return tuple(
            FeedStatus(
                symbol=tick.symbol,
                price=tick.price,
                at_ms=tick.at_ms,
                kind=tick.kind,
                recording_ms=tick.recording_ms,
                speed=feed.cursor.speed if isinstance(feed, PlayedFeed) else None,
                is_paused=isinstance(feed, PlayedFeed) and feed.cursor.is_paused,
                is_held=tick.kind is Kind.HELD,
            )
            for feed, tick in self.driver.playing
        )

    async def submit(
        self, command: AnyCommand, *, key: str, account: str = OPERATOR, request: bytes | None = None
    ) -> Reply:
        """Hand a command in, and wait until its answer is durable and folded into the follower's state.

        Who stops waiting takes nothing back. `request` is what was asked, where it is more than the command.
        Errors: those of `Venue.submit`.
        """
        (reply,) = await self.hand_in([(key, (command,))], account=account, request=request)
        return reply

    async def submit_together(
        self,
        keyed: Sequence[tuple[str, AnyCommand]],
        *,
        account: str = OPERATOR,
        request: bytes | None = None,
    ) -> list[Reply]:
        """Hand commands in, each under its key, that become durable together; each has its own answer."""
        alone = [(key, (command,)) for key, command in keyed]
        return await self.hand_in(alone, account=account, request=request) if alone else []

    def hand_in(self, keyed: Sequence[Keyed], *, account: str, request: bytes | None) -> Waiting:
        """Hand commands in as `Venue.hand_in` does, and return at once what their replies come in.

        What comes together leaves together, as `Leaving` says. To cancel what is returned takes nothing back.
        """
        waiting, told = promised()
        self._leaving.add(Leave(keyed, told, account, request))
        return waiting

    def hand_over(
        self,
        keyed: Sequence[Keyed],
        told: Told,
        *,
        account: str,
        request: bytes | None,
    ) -> None:
        """Hand commands in as `hand_in`; `told` is called in the loop's thread, and must raise nothing."""
        self._leaving.add(Leave(keyed, told, account, request))

    def knows(self, *, account: str, key: str) -> bool:
        """Tell at once whether a key may have an answer; where not, it has none, or is still waited for."""
        return self.venue.journal.knows(account, key)

    async def answered(self, *, account: str, key: str, request: bytes) -> list[Reply]:
        """Return what was answered to a key before, to each step of it, and do nothing; none for a new key.

        Errors: the journal's own.
        """
        journal = self.venue.journal
        # It waits for the journal, which a commit may hold.
        return await asyncio.to_thread(answered, journal, account=account, key=key, request=request)

    def turn(self, change: Callable[[int], None]) -> None:
        """Seek, pause, resume or change a feed's speed at the venue's moment, and publish what comes of it.

        A virtual time moves on by a millisecond, as no moment is published twice, and the venue is waited
        for: not in an event loop's thread.
        """
        clock = self.venue.clock
        if self._pacing is not None:
            self._pacing.turn(change)
        if isinstance(clock, VirtualClock):
            with self._playing:
                advance_to(self.driver, clock, clock.now_ms() + 1)
                self.driver.turn(change)
                self.driver.play()

    def advance(self, by_ms: int, *, step_ms: int = 0) -> None:
        """Move a virtual time on, moment by moment; it waits for the venue.

        With `step_ms` prices are published that far apart, and no finer.
        Errors: `RuntimeRefused` for a step back, and where time passes by itself.
        """
        clock = self._virtual()
        with self._playing:
            advance_to(self.driver, clock, clock.now_ms() + by_ms, step_ms=step_ms)

    def run(self, speed: Ratio) -> None:
        """Let a virtual time pass at a multiple of the machine's; it waits for what passed before.

        Errors: `RuntimeRefused` where time passes by itself.
        """
        self._virtual()
        self.stand()
        self._flow = Flow(
            lambda by_ms, step_ms: self.advance(by_ms, step_ms=step_ms), speed, on_stop=self._stop
        )

    def stand(self) -> None:
        """Let a virtual time stand still again.

        Errors: `RuntimeRefused` where time passes by itself.
        """
        self._virtual()
        flow, self._flow = self._flow, None
        if flow is not None:
            flow.close()

    @property
    def runs_at(self) -> Ratio | None:
        """At which multiple of the machine's time a virtual one passes; none while it stands still."""
        flow = self._flow
        return None if flow is None else flow.speed

    def _virtual(self) -> VirtualClock:
        clock = self.venue.clock
        if not isinstance(clock, VirtualClock):
            raise RuntimeRefused("the venue's time passes by itself; set clock to virtual to advance it")
        return clock

    def close(self) -> None:
        """Publish nothing more, finish what waits, and let go of the journal; again does nothing."""
        if self._is_closed:
            return
        self._is_closed = True
        if self._flow is not None:
            self._flow.close()
        if self._pacing is not None:
            self._pacing.close()
        self.driver.close()
        self.venue.close()
        self.follower.close()

    def _post_events(self, post: Post) -> Post:
        """Return what posts events, so that replies told after them arrive after them."""

        def posted(call: Callable[[], None]) -> Any:
            self._waking.seal()
            return post(call)

        return posted

    def _stop(self, reason: str) -> None:
        if not self._is_closed:
            # Several parts may stop at once, each in a thread of its own: the first is told.
            with suppress(InvalidStateError):
                self.stopped.set_result(reason)


def open_house(
    settings: Settings, *, profile: Profile, post: Post, wall: Callable[[], int] = wall_ms
) -> House:
    """Open the settings' venue as its profile has it, with prices and readers; close it when done.

    Errors: the journal's own, and those of the profile; nothing is left open then.
    """
    with ExitStack() as undo:
        venue = open_venue(settings, settlement=profile.settlement)
        undo.callback(venue.close)
        house = House(venue, settings=settings, profile=profile, post=post, wall=wall)
        undo.pop_all()
        return house
