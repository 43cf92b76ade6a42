"""Events as they are sent: what happened, and what moved of whose."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Struct

from solvent.api.history import Told, is_own
from solvent.engine.events import Acted, AnyEvent, Move, SettlementEnded, SettlementRequested
from solvent.money import Asset, format_units

PLACES_KEPT = 16_384
_ACTED = str(Acted.__struct_config__.tag)
_ENCODER = msgspec.json.Encoder()


class MoveShape(Struct, frozen=True, kw_only=True):
    """One side of a movement: `amount` enters an account, below zero it leaves.

    `account` is the role: wallet, position, pool, fees …; `amount` is none for what is counted in contracts
    or lots, which `units` are.
    """

    account: str
    market: str | None
    asset: str
    amount: str | None
    units: str


class EventShape(Struct, frozen=True, kw_only=True):
    """One event: its kind, why it came about, the action if it was one, and what moved."""

    seq: int
    at_ms: int
    kind: str
    cause: str | None
    verb: str | None
    market: str | None
    request_id: str | None
    lacking: str | None
    moves: list[MoveShape]


class _Action(Struct, frozen=True, gc=False):
    verb: str | None = None


class Seen(Struct, frozen=True, gc=False, kw_only=True, rename={"kind": "event"}):
    """What is told of an account's event, read from the bytes that it is kept as; the rest is passed over."""

    kind: str
    at_ms: int
    cause: str | None = None
    direction: str | None = None
    done: bool | None = None
    market: str | None = None
    request_id: str | None = None
    lacking: str | None = None
    action: _Action | None = None
    moves: tuple[Move, ...] = ()


def seen_shape(seen: Seen, *, seq: int, account: str, assets: Mapping[str, Asset]) -> EventShape:
    """Return an event as `event_shape` does, with an account's own movements."""
    cause = seen.cause or seen.direction
    if seen.done is not None:
        cause = _ended(done=seen.done)
    return EventShape(
        seq=seq,
        at_ms=seen.at_ms,
        kind=seen.kind,
        cause=cause,
        verb=None if seen.action is None else seen.action.verb,
        market=seen.market,
        request_id=seen.request_id,
        lacking=seen.lacking,
        moves=[_move(move, assets) for move in seen.moves if is_own(move.name, account)],
    )


def own_text(event: AnyEvent, *, seq: int, account: str, assets: Mapping[str, Asset]) -> str:
    """Return the JSON of an event as `event_shape` tells it, with an account's own movements."""
    moved = own_moved(event, account, assets, moved_form)
    if moved is not None:
        form, left, units, entered = moved
        return form % (seq, event.at_ms, left, units, entered, -units)
    shape = event_shape(Told(seq=seq, event=event), assets, shows=lambda move: is_own(move.name, account))
    return _ENCODER.encode(shape).decode()


def own_moved(
    event: AnyEvent, account: str, assets: Mapping[str, Asset], form_of: Callable[..., str | None]
) -> tuple[str, str, int, str] | None:
    """Return a text with gaps for an event, where it is an action that moves one amount and nothing else.

    Most events are: they differ in their numbers alone, which are put into a text that was made before.
    `form_of` makes it, as `moved_form` does: with gaps for the event's seq, its moment, and text and units of
    either movement. What is returned beside it is the first one's text and units, and the second one's text.
    None for any other event.
    """
    if type(event) is not Acted or len(event.moves) != 2:
        return None
    one, other = event.moves
    asset, units = assets.get(one.asset), one.units
    form = form_of(
        event.cause, event.action.verb, event.market, account, one.name, other.name, one.asset, other.asset
    )
    if form is None or asset is None or not units:
        return None
    plain = format_units(abs(units), asset.decimals)
    return (form, f"-{plain}", units, plain) if units < 0 else (form, plain, units, f"-{plain}")


@lru_cache(PLACES_KEPT)
def moved_form(
    cause: str, verb: str, market: str, account: str, one: str, other: str, asset: str, other_asset: str
) -> str | None:
    """Return the JSON of an action, with gaps for its seq, its moment and both its movements' numbers.

    None where the two are not of one asset, or not both an account's own: what is told of those differs more.
    """
    if asset != other_asset or not (is_own(one, account) and is_own(other, account)):
        return None
    shape = EventShape(
        seq=0,
        at_ms=0,
        kind=_ACTED,
        cause=cause,
        verb=str(verb),
        market=market,
        request_id=None,
        lacking=None,
        moves=[
            MoveShape(account=role, market=of, asset=asset, amount="", units="")
            for role, of in (_place(one), _place(other))
        ],
    )
    text = _ENCODER.encode(shape).decode().replace("%", "%%")
    # Nothing of a text looks so, as a quote in it has a backslash before it.
    text = text.replace('{"seq":0,"at_ms":0,', '{"seq":%d,"at_ms":%d,', 1)
    return text.replace('"amount":"","units":""', '"amount":"%s","units":"%d"')


def event_shape(told: Told, assets: Mapping[str, Asset], *, shows: Callable[[Move], bool]) -> EventShape:
    """Return an event with those of its movements that may be shown."""
    event: Any = told.event
    return EventShape(
        seq=told.seq,
        at_ms=event.at_ms,
        kind=str(type(event).__struct_config__.tag),
        cause=_cause(event),
        verb=_verb(event),
        market=getattr(event, "market", None),
        request_id=getattr(event, "request_id", None),
        lacking=getattr(event, "lacking", None),
        moves=[_move(move, assets) for move in getattr(event, "moves", ()) if shows(move)],
    )


def _cause(event: Any) -> str | None:
    match event:
        case SettlementRequested():
            return event.direction
        case SettlementEnded():
            return _ended(done=event.done)
        case _:
            return getattr(event, "cause", None)


def _ended(*, done: bool) -> str:
    return "settled" if done else "failed"


def _verb(event: Any) -> str | None:
    verb = getattr(getattr(event, "action", None), "verb", None)
    return None if verb is None else str(verb.value)


def _move(move: Move, assets: Mapping[str, Asset]) -> MoveShape:
    role, market = _place(move.name)
    asset = assets.get(move.asset)
    return MoveShape(
        account=role,
        market=market,
        asset=move.asset,
        amount=None if asset is None else format_units(move.units, asset.decimals),
        units=str(move.units),
    )


@lru_cache(PLACES_KEPT)
def _place(name: str) -> tuple[str, str | None]:
    """Return the role of a ledger account, and its market where it is a position's."""
    role, _, rest = name.partition(":")
    return role, (rest.rpartition(":")[0] or None) if role == "position" else None
