"""Events as bytes and back: JSON with integers of any size, typed again by the model that they name."""

from typing import Any

import msgspec
from msgspec.structs import replace

from solvent.engine.events import Acted, AnyEvent, MarketCreated, MarketPaused, PoolAccrued
from solvent.margin import registry
from solvent.margin.parts import housed

VERSION = 1
_DECODER = msgspec.json.Decoder(AnyEvent)


def encode(event: AnyEvent) -> bytes:
    """Write one event; amounts are decimal digits of any length."""
    return msgspec.json.encode(event)


def decode(payload: bytes) -> AnyEvent:
    """Read one event; the model's own values get their types again.

    Errors: `msgspec.ValidationError` for bytes that are no event of this version.
    """
    event: AnyEvent = _DECODER.decode(payload)
    match event:
        case Acted():
            stored = housed(registry.by_name(event.model)).STORED
            return replace(
                event,
                action=_typed(event.action, stored["action"]),
                position=_typed(event.position, stored["position"]),
                pool=_typed(event.pool, stored["pool"]),
                orders=tuple(_typed(order, stored["order"]) for order in event.orders),
            )
        case MarketCreated():
            stored = housed(registry.by_name(event.model)).STORED
            return replace(
                event, market=_typed(event.market, stored["market"]), pool=_typed(event.pool, stored["pool"])
            )
        case PoolAccrued() | MarketPaused():
            stored = housed(registry.by_name(event.model)).STORED
            return replace(event, pool=_typed(event.pool, stored["pool"]))
        case _:
            return event


def _typed(value: Any, kind: Any) -> Any:
    return None if value is None else msgspec.convert(value, kind)
