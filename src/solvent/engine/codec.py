"""Events as bytes and back: JSON with integers of any size, typed again by the model that they name."""

from collections.abc import Sequence
from functools import lru_cache, reduce
from operator import or_
from typing import Any, get_args

import msgspec

from solvent.engine.events import (
    Acted,
    AnyEvent,
    MarketChanged,
    MarketCreated,
    MarketPaused,
    PoolAccrued,
)
from solvent.margin import registry
from solvent.margin.parts import housed

VERSION = 1
# The events with values of a model, and which kinds of values, in the order of their type variables.
_OF_A_MODEL: dict[Any, tuple[str, ...]] = {
    Acted: ("action", "position", "pool", "order"),
    MarketCreated: ("market", "pool"),
    MarketChanged: ("market",),
    MarketPaused: ("pool",),
    PoolAccrued: ("pool",),
}
_OF_NO_MODEL: list[Any] = [kind for kind in get_args(AnyEvent) if kind not in _OF_A_MODEL]
# Within a text a quote has a backslash before it, so that nothing else of an event looks like this.
_MODEL = b'"model":"'
_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(reduce(or_, _OF_NO_MODEL))


def encode(event: AnyEvent) -> bytes:
    """Write one event; amounts are decimal digits of any length."""
    return _ENCODER.encode(event)


def encode_all(events: Sequence[AnyEvent]) -> list[bytes]:
    """Write events as `encode` writes each."""
    write, buffer = _ENCODER.encode_into, bytearray()
    found: list[bytes] = []
    for event in events:
        write(event, buffer)
        found.append(bytes(buffer))  # exactly its length: what `encode` returns keeps room for a third more
    return found


def decode(payload: bytes) -> AnyEvent:
    """Read one event; the model's own values get their types again.

    Errors: `msgspec.ValidationError` for bytes that are no event of this version.
    """
    at = payload.find(_MODEL)
    if at < 0:
        return _DECODER.decode(payload)
    begin = at + len(_MODEL)
    return _decoder_of(payload[begin : payload.find(b'"', begin)]).decode(payload)


@lru_cache(maxsize=64)
def _decoder_of(name: bytes) -> msgspec.json.Decoder[AnyEvent]:
    """Make what reads a model's events, once, as making it costs more than a thousand readings."""
    stored = housed(registry.by_name(name.decode())).STORED
    kinds = [kind[tuple([stored[value] for value in values])] for kind, values in _OF_A_MODEL.items()]
    return msgspec.json.Decoder(reduce(or_, kinds))
