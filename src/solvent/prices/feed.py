"""A feed: what is published when, as a function of the venue's time and of what its user did.

A feed publishes at every heartbeat since its cursor was last set, at every milestone of its source (a
recorded close, a scripted price), and whenever its user sets the cursor. Which moments these are, and the
prices at them, depends on nothing else: not on how often `due` is called, and not on any clock.
"""

from collections.abc import Iterator
from typing import Protocol

from msgspec.structs import replace

from solvent.money import Millis, div_floor, format_moment
from solvent.prices.cursor import Cursor
from solvent.prices.errors import PricesError, PriceUnavailable
from solvent.prices.ticks import Tick

HEARTBEAT_MS_MAX = 5_000


class Feed(Protocol):
    """Prices as the venue sees them; every call brings the venue's present moment."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols that it has prices of."""

    @property
    def next_due_ms(self) -> int:
        """The venue's moment from which `due` has something to publish."""

    def read(self, symbol: str, venue_now_ms: int) -> Tick:
        """Return what was last published of a symbol at or before now; changes nothing."""

    def due(self, venue_now_ms: int) -> tuple[Tick, ...]:
        """Return everything to publish that was not returned before, up to and including now, in order."""

    def skip(self, venue_ms: int) -> None:
        """Forget what was due before a moment, as after a restart; `read` still knows the last."""


class Source(Protocol):
    """A price at each moment of its own time, some of them milestones that a feed never passes over."""

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols that it has prices of."""

    def at(self, symbol: str, now_ms: int) -> Tick:
        """Return the price at a moment of the source."""

    def milestone_at(self, now_ms: int) -> int | None:
        """Return the last milestone at or before a moment, or none."""

    def milestone_after(self, now_ms: int) -> int | None:
        """Return the first milestone after a moment, or none."""


class PlayedFeed:
    """A feed that plays a source from a cursor on.

    Errors: `PricesError` for a heartbeat longer than 5 s, and for a moment before one that was already given.
    """

    def __init__(self, source: Source, cursor: Cursor, *, heartbeat_ms: int = HEARTBEAT_MS_MAX) -> None:
        if not 1 <= heartbeat_ms <= HEARTBEAT_MS_MAX:
            raise PricesError(f"heartbeat_ms is {heartbeat_ms}; give 1 to {HEARTBEAT_MS_MAX}")
        self._source = source
        self._cursor = cursor
        self._heartbeat_ms = heartbeat_ms
        self._seen_ms = cursor.venue_ms
        self._handed_out_ms = cursor.venue_ms - 1
        # What an earlier cursor published and nobody has fetched yet.
        self._backlog: tuple[Tick, ...] = ()

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols that it has prices of."""
        return self._source.symbols

    @property
    def cursor(self) -> Cursor:
        """Where it reads; keep it to go on from after a restart, with `Cursor.from_now`."""
        return self._cursor

    @property
    def next_due_ms(self) -> int:
        """The venue's moment from which `due` has something to publish."""
        return self._backlog[0].at_ms if self._backlog else self._moment_after(self._handed_out_ms)

    def read(self, symbol: str, venue_now_ms: int) -> Tick:
        """Return what was last published of a symbol at or before now; changes nothing.

        While paused a reading gets no older: its moment is now.
        Errors: `PriceUnavailable` for an unknown symbol; `PricesError` before the cursor was last set.
        """
        self._forbid_before(self._cursor.venue_ms, venue_now_ms)
        if symbol not in self.symbols:
            raise PriceUnavailable(asked=symbol, known=" and ".join(self.symbols))
        at_ms = venue_now_ms if self._cursor.is_paused else self._moment_at(venue_now_ms)
        return self._tick(symbol, at_ms)

    def due(self, venue_now_ms: int) -> tuple[Tick, ...]:
        """Return everything to publish that was not returned before, up to and including now, in order.

        Errors: `PricesError` for a moment before one that was already given.
        """
        self._forbid_before(self._seen_ms, venue_now_ms)
        ticks = self._backlog + tuple(self._fresh(venue_now_ms))
        self._backlog = ()
        self._seen_ms = self._handed_out_ms = venue_now_ms
        return ticks

    def skip(self, venue_ms: int) -> None:
        """Forget what was due before a moment, as after a restart; `read` still knows the last.

        The moments to come stay as they were, so that a venue that was stopped publishes at the same ones.
        """
        self._backlog = tuple(tick for tick in self._backlog if tick.at_ms >= venue_ms)
        self._seen_ms = max(self._seen_ms, venue_ms)
        self._handed_out_ms = max(self._handed_out_ms, venue_ms - 1)

    def pause(self, venue_now_ms: int) -> None:
        """Stop where it stands; the price stays, and heartbeats go on so that it gets no older.

        Errors: `PricesError` for a moment before one that was already given.
        """
        cursor = self._from_now(venue_now_ms)
        if not cursor.is_paused:
            self._turn(replace(cursor, is_paused=True))

    def resume(self, venue_now_ms: int) -> None:
        """Go on from where it was paused.

        Errors: `PricesError` for a moment before one that was already given.
        """
        cursor = self._from_now(venue_now_ms)
        if cursor.is_paused:
            self._turn(replace(cursor, is_paused=False))

    def _from_now(self, venue_now_ms: int) -> Cursor:
        self._forbid_before(self._seen_ms, venue_now_ms)
        return self._cursor.from_now(venue_now_ms)

    def _turn(self, cursor: Cursor) -> None:
        """Go on with another cursor; what the old one published until then stays published."""
        self._backlog += tuple(self._fresh(cursor.venue_ms))
        self._seen_ms = cursor.venue_ms
        self._handed_out_ms = cursor.venue_ms - 1
        self._cursor = cursor

    def _fresh(self, until_ms: int) -> Iterator[Tick]:
        at_ms = self._moment_after(self._handed_out_ms)
        while at_ms <= until_ms:
            yield from (self._tick(symbol, at_ms) for symbol in self.symbols)
            at_ms = self._moment_after(at_ms)

    def _moment_after(self, venue_ms: int) -> int:
        """Return the first moment of publication after a moment."""
        cursor = self._cursor
        if venue_ms < cursor.venue_ms:
            return cursor.venue_ms
        beats = div_floor(venue_ms - cursor.venue_ms, self._heartbeat_ms) + 1
        beat_ms = cursor.venue_ms + beats * self._heartbeat_ms
        milestone_ms = self._source.milestone_after(cursor.source_at(venue_ms))
        if cursor.is_paused or milestone_ms is None:
            return beat_ms
        return min(beat_ms, cursor.arrival(milestone_ms))

    def _moment_at(self, venue_ms: int) -> int:
        """Return the last moment of publication at or before a moment, while running."""
        cursor = self._cursor
        beats = div_floor(venue_ms - cursor.venue_ms, self._heartbeat_ms)
        beat_ms = cursor.venue_ms + beats * self._heartbeat_ms
        milestone_ms = self._source.milestone_at(cursor.source_at(venue_ms))
        if milestone_ms is None or milestone_ms <= cursor.source_ms:
            return beat_ms
        return max(beat_ms, cursor.arrival(milestone_ms))

    def _tick(self, symbol: str, at_ms: int) -> Tick:
        return replace(self._source.at(symbol, self._source_at(at_ms)), at_ms=Millis(at_ms))

    def _source_at(self, venue_ms: int) -> int:
        """Return the source's moment, and the milestone itself where one was reached in this millisecond."""
        cursor = self._cursor
        reached_ms = cursor.source_at(venue_ms)
        milestone_ms = self._source.milestone_at(reached_ms)
        if milestone_ms is None or venue_ms == cursor.venue_ms:
            return reached_ms
        return milestone_ms if milestone_ms > cursor.source_at(venue_ms - 1) else reached_ms

    @staticmethod
    def _forbid_before(earliest_ms: int, venue_now_ms: int) -> None:
        if venue_now_ms < earliest_ms:
            raise PricesError(
                f"{format_moment(venue_now_ms)} is before {format_moment(earliest_ms)}, which this feed was "
                "told already; the venue's time never runs backwards, and seeking moves the price alone"
            )
