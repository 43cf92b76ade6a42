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
# Where a number is put into a text that was written before: no JSON has it as it is.
GAP = "\0"
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


class Plain(Struct, frozen=True, gc=False, array_like=True):
    """What actions have in common that move an amount between the same two of their owner's ledger accounts.

    Most events are such an action and nothing else. What is moved enters the account `one` and leaves the
    `other`.
    """

    cause: str
    verb: str
    market: str
    asset: str
    one: str
    other: str


def plain_in(event: Any, account: str, assets: Mapping[str, Asset]) -> tuple[Plain, int] | None:
    """Return what kind of plain action an event is, and the units that it moves, which are not zero.

    None for any other event, and where it does not move between its owner's own ledger accounts, or an asset
    that is not known.
    """
    if type(event) is not Acted or len(event.moves) != 2:
        return None
    one, other = event.moves
    if not one.units or one.asset != other.asset or one.asset not in assets:
        return None
    if not (is_own(one.name, account) and is_own(other.name, account)):
        return None
    return Plain(event.cause, event.action.verb, event.market, one.asset, one.name, other.name), one.units


def moved_texts(units: int, asset: Asset) -> tuple[str, str]:
    """Return the amounts of either movement as they are sent."""
    text = format_units(abs(units), asset.decimals)
    return (f"-{text}", text) if units < 0 else (text, f"-{text}")


def own_text(event: AnyEvent, *, seq: int, account: str, assets: Mapping[str, Asset]) -> str:
    """Return the JSON of an event as `event_shape` tells it, with an account's own movements."""
    found = plain_in(event, account, assets)
    if found is not None:
        plain, units = found
        a, b, c, d, e, f, g = plain_form(plain).split(GAP)
        one, other = moved_texts(units, assets[plain.asset])
        return f"{a}{seq}{b}{event.at_ms}{c}{one}{d}{units}{e}{other}{f}{-units}{g}"
    shape = event_shape(Told(seq=seq, event=event), assets, shows=lambda move: is_own(move.name, account))
    return _ENCODER.encode(shape).decode()


@lru_cache(PLACES_KEPT)
def plain_form(plain: Plain) -> str:
    """Return the JSON of a plain action, with gaps for seq, moment, and text and units of either movement.

    Such events differ in their numbers alone, so that the rest is written once.
    """
    shape = EventShape(
        seq=0,
        at_ms=0,
        kind=_ACTED,
        cause=plain.cause,
        verb=str(plain.verb),
        market=plain.market,
        request_id=None,
        lacking=None,
        moves=[
            MoveShape(account=role, market=of, asset=plain.asset, amount="", units="")
            for role, of in (_place(plain.one), _place(plain.other))
        ],
    )
    text = _ENCODER.encode(shape).decode()
    # Nothing of a text looks so, as a quote in it has a backslash before it.
    text = text.replace('{"seq":0,"at_ms":0,', f'{{"seq":{GAP},"at_ms":{GAP},', 1)
    return text.replace('"amount":"","units":""', f'"amount":"{GAP}","units":"{GAP}"')


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
