"""What has happened, newest first: an account's ledger and events, and everybody's liquidations."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from msgspec import Struct

from solvent.api.authority import Caller
from solvent.api.history import Found, Records, concerns, is_own
from solvent.api.limits import PAGE_DEFAULT
from solvent.api.pages import After, Limit, Until, begin_of, cursor_of
from solvent.api.reading import Look, assets_of
from solvent.api.shapes import AsOf
from solvent.api.telling import EventShape, event_shape
from solvent.engine.events import Acted, AnyEvent, Move, NonceUsed
from solvent.journal import StoredRecord
from solvent.runtime import House

TAGS = ["History"]
FORCED = frozenset({"liquidation", "deleveraging"})
FORCED_BYTES = tuple(f'"cause":"{cause}"'.encode() for cause in sorted(FORCED))


class EventsShape(Struct, frozen=True, kw_only=True):
    """A page of events, newest first; a page may be short, or empty, and still have a next one."""

    items: list[EventShape]
    next: str | None
    as_of: AsOf


@get("/ledger", tags=TAGS)
async def ledger(
    house: NamedDependency[House],
    records: NamedDependency[Records],
    reader: NamedDependency[Caller],
    asset: FromQuery[str | None] = None,
    market: FromQuery[str | None] = None,
    after: After = None,
    until: Until = None,
    limit: Limit = PAGE_DEFAULT,
) -> EventsShape:
    """List every movement of the account's wallet and positions, newest first."""
    name = None if market is None else Look.now(house).market(market).name

    def shows(move: Move) -> bool:
        return is_own(move.name, reader.account) and asset in (None, move.asset)

    def is_wanted(event: AnyEvent) -> bool:
        if name is not None and getattr(event, "market", None) != name:
            return False
        return any(shows(move) for move in getattr(event, "moves", ()))

    found = await records.search(
        may_be=_of(reader.account),
        is_wanted=is_wanted,
        before=begin_of("ledger", after, until),
        limit=limit,
    )
    return _page(house, "ledger", found, shows=shows)


@get("/events", tags=TAGS)
async def events(
    house: NamedDependency[House],
    records: NamedDependency[Records],
    reader: NamedDependency[Caller],
    after: After = None,
    until: Until = None,
    limit: Limit = PAGE_DEFAULT,
) -> EventsShape:
    """List everything that happened to the account, newest first, but for its signers' numbers."""
    account = reader.account
    found = await records.search(
        may_be=_of(account),
        is_wanted=lambda event: not isinstance(event, NonceUsed) and concerns(event, account),
        before=begin_of("events", after, until),
        limit=limit,
    )
    return _page(house, "events", found, shows=lambda move: is_own(move.name, account))


@get("/liquidations", tags=TAGS)
async def liquidations(
    house: NamedDependency[House],
    records: NamedDependency[Records],
    market: FromQuery[str | None] = None,
    after: After = None,
    until: Until = None,
    limit: Limit = PAGE_DEFAULT,
) -> EventsShape:
    """List every liquidation and deleveraging, newest first, without saying whose."""
    name = None if market is None else Look.now(house).market(market).name

    def is_wanted(event: AnyEvent) -> bool:
        return isinstance(event, Acted) and event.cause in FORCED and name in (None, event.market)

    found = await records.search(
        may_be=lambda record: any(cause in record.payload for cause in FORCED_BYTES),
        is_wanted=is_wanted,
        before=begin_of("liquidations", after, until),
        limit=limit,
    )
    return _page(house, "liquidations", found, shows=lambda _: True)


def _of(account: str) -> Any:
    sought = account.encode()

    def may_be(record: StoredRecord) -> bool:
        return sought in record.payload

    return may_be


def _page(house: House, name: str, found: Found, *, shows: Any) -> EventsShape:
    look = Look.now(house)
    assets = assets_of(look.state)
    return EventsShape(
        items=[event_shape(told, assets, shows=shows) for told in found.told],
        next=None if found.before is None else cursor_of(name, found.before),
        as_of=look.as_of,
    )


HANDLERS: tuple[Any, ...] = (ledger, events, liquidations)
