"""Events as they are sent: what happened, and what moved of whose."""

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from solvent.api.history import Told
from solvent.engine.events import Move, SettlementEnded, SettlementRequested
from solvent.money import Amount, Asset


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
            return "settled" if event.done else "failed"
        case _:
            return getattr(event, "cause", None)


def _verb(event: Any) -> str | None:
    verb = getattr(getattr(event, "action", None), "verb", None)
    return None if verb is None else str(verb.value)


def _move(move: Move, assets: Mapping[str, Asset]) -> MoveShape:
    role, _, rest = move.name.partition(":")
    asset = assets.get(move.asset)
    return MoveShape(
        account=role,
        market=rest.rpartition(":")[0] or None if role == "position" else None,
        asset=move.asset,
        amount=None if asset is None else Amount(move.units, asset).plain,
        units=str(move.units),
    )
