"""The venue itself: who it is, its clock and feeds."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from msgspec import Struct

import solvent
from solvent.api.shapes import AsOf, number
from solvent.runtime import FeedStatus, House

INTENT_VERSION = 1


class ClockShape(Struct, frozen=True, kw_only=True):
    """The venue's time; a virtual one stands still until it is advanced."""

    now_ms: int
    is_virtual: bool


class FeedShape(Struct, frozen=True, kw_only=True):
    """What a feed last published of one symbol; `kind` says what the price is."""

    symbol: str
    price: str
    at_ms: int
    kind: str
    recording_ms: int | None
    speed: str | None
    is_paused: bool
    held: bool


class VenueShape(Struct, frozen=True, kw_only=True):
    """The venue: its id, that every signed intent names, and how it does."""

    id: str
    profile: str
    version: str
    intent_version: int
    clock: ClockShape
    feeds: list[FeedShape]
    state: str
    as_of: AsOf


@get("/venue", tags=["Venue"])
async def venue(house: NamedDependency[House]) -> VenueShape:
    """Tell the venue's id, its clock, and what its feeds last published."""
    return VenueShape(
        id=house.venue_id,
        profile=house.profile.name,
        version=solvent.__version__,
        intent_version=INTENT_VERSION,
        clock=ClockShape(now_ms=house.now_ms(), is_virtual=house.is_virtual),
        feeds=[feed_shape(feed) for feed in house.feeds],
        state="ready",
        as_of=AsOf(seq=house.follower.seq, at_ms=house.now_ms()),
    )


def feed_shape(feed: FeedStatus) -> FeedShape:
    """Return what a feed last published."""
    return FeedShape(
        symbol=feed.symbol,
        price=number(feed.price),
        at_ms=feed.at_ms,
        kind=feed.kind.value,
        recording_ms=feed.recording_ms,
        speed=None if feed.speed is None else number(feed.speed),
        is_paused=feed.is_paused,
        held=feed.is_held,
    )


HANDLERS: tuple[Any, ...] = (venue,)
