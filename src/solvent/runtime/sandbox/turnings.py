"""Where the feeds were read from, in a stream of the journal: a restart goes on where the last one stopped.

A record is written when a feed begins, when its user turns it, and at each start; never at an end. So that
what a killed process had reached is known as well, an end is reckoned from the last price that is durable.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

import msgspec
from msgspec import Struct

from solvent.engine import State
from solvent.journal import Journal, Record, batch_of
from solvent.money import Ratio
from solvent.prices import Cursor
from solvent.prices.script import Leg
from solvent.runtime.clock import Clock

STREAM = "feeds"
KIND = "feed_turned"
VERSION = 1
# How many turnings of a feed are remembered, for the chart; the last one is all that a restart needs.
KEPT = 1_000


class Turning(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From `cursor.venue_ms` on a feed is read by this cursor, its symbols by these factors and scripts.

    `stopped_ms` is the moment at which the turning before it came to its end, where nothing was published
    in between; else the two meet.
    """

    feed: str
    cursor: Cursor
    factors: Mapping[str, Ratio] = {}
    scripts: Mapping[str, tuple[Leg, ...]] = {}
    stopped_ms: int | None = None


class Period(Struct, frozen=True, kw_only=True):
    """A turning in force from one moment of the venue to another, which is none while it still is."""

    turning: Turning
    from_ms: int
    to_ms: int | None


class Turnings:
    """The journal's record of them; written in the writer's thread, between two batches."""

    def __init__(
        self, journal: Journal, at_rest: Callable[[Callable[[State], Any]], Future[Any]], clock: Clock
    ) -> None:
        self._journal = journal
        self._at_rest = at_rest
        self._clock = clock
        self._known: dict[str, tuple[Turning, ...]] = {}
        after = 0
        while records := journal.read(STREAM, after):
            for record in records:
                self._keep(msgspec.json.decode(record.payload, type=Turning))
            after = records[-1].seq

    @property
    def is_empty(self) -> bool:
        """Whether no feed has ever been played."""
        return not self._known

    def last(self, feed: str) -> Turning | None:
        """Return a feed's last turning, or none."""
        return self._known[feed][-1] if feed in self._known else None

    def periods(self, feed: str) -> tuple[Period, ...]:
        """Return when each of a feed's turnings was in force, oldest first."""
        known = self._known.get(feed, ())
        ends = [
            later.cursor.venue_ms if later.stopped_ms is None else later.stopped_ms for later in known[1:]
        ]
        return tuple(
            Period(turning=turning, from_ms=turning.cursor.venue_ms, to_ms=end)
            for turning, end in zip(known, [*ends, None], strict=True)
        )

    def write(self, turning: Turning) -> None:
        """Make a turning durable; it waits for the writer.

        Errors: the journal's own, and `VenueStopped`: the feed is not to be turned then.
        """

        def append(_: State) -> None:
            record = Record(KIND, VERSION, msgspec.json.encode(turning))
            batch = batch_of((record,), at_ms=self._clock.now_ms())
            self._journal.append(STREAM, self._journal.last_seq(STREAM), batch)

        self._at_rest(append).result()
        self._keep(turning)

    def _keep(self, turning: Turning) -> None:
        self._known[turning.feed] = (*self._known.get(turning.feed, ()), turning)[-KEPT:]
