"""The recording played back: any speed, seekable, held at its end."""

from msgspec.structs import replace

from solvent.money import Ratio, format_moment
from solvent.prices.cursor import Cursor
from solvent.prices.errors import PriceUnavailable
from solvent.prices.feed import HEARTBEAT_MS_MAX, PlayedFeed
from solvent.prices.path import Path


class ReplayFeed(PlayedFeed):
    """Recorded closes and the labelled path between them, from a cursor on.

    Errors: `PriceUnavailable` for a cursor before the recording, with its span.
    """

    def __init__(self, path: Path, cursor: Cursor, *, heartbeat_ms: int = HEARTBEAT_MS_MAX) -> None:
        super().__init__(path, cursor, heartbeat_ms=heartbeat_ms)
        self._closes = path.closes
        if cursor.source_ms < self._closes.first_ms:
            raise self._outside(cursor.source_ms)

    def recording_at(self, venue_now_ms: int) -> int:
        """Return the moment of the recording that plays now; its last one once it has ended."""
        return min(self._cursor.source_at(venue_now_ms), self._closes.last_ms)

    def has_ended(self, venue_now_ms: int) -> bool:
        """Tell whether the recording is over and its last price held; at the last close it is not yet."""
        return self._cursor.source_at(venue_now_ms) > self._closes.last_ms

    def seek(self, recording_ms: int, venue_now_ms: int) -> None:
        """Play on from a moment of the recording; the price moves, the venue's time does not.

        Errors: `PriceUnavailable` outside the recording, with its span; `PricesError` for a moment of the
        venue before one that was already given.
        """
        if not self._closes.first_ms <= recording_ms <= self._closes.last_ms:
            raise self._outside(recording_ms)
        self._turn(replace(self._from_now(venue_now_ms), source_ms=recording_ms))

    def set_speed(self, speed: Ratio, venue_now_ms: int) -> None:
        """Play on at another speed: milliseconds of the recording for one of the venue.

        Errors: `PricesError` for a speed that is not above zero, and for a moment of the venue before one
        that was already given.
        """
        self._turn(replace(self._from_now(venue_now_ms), speed=speed))

    def _outside(self, recording_ms: int) -> PriceUnavailable:
        return PriceUnavailable(asked=format_moment(recording_ms), known=self._closes.span)
