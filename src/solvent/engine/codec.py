"""Events as bytes and back: JSON with integers of any size, typed again by the model that they name."""

from functools import lru_cache
from typing import Any, Union, get_args

import msgspec

from solvent.engine.events import Acted, AnyEvent, MarketCreated, MarketPaused, PoolAccrued
from solvent.margin import registry
from solvent.margin.parts import housed

VERSION = 1
_OF_A_MODEL = (Acted, MarketCreated, MarketPaused, PoolAccrued)
_OF_NO_MODEL = tuple(kind for kind in get_args(AnyEvent) if kind not in _OF_A_MODEL)
# Within a text a quote has a backslash before it, so that nothing else of an event looks like this.
_MODEL = b'"model":"'
_ENCODER = msgspec.json.Encoder()
_DECODER: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(Union[_OF_NO_MODEL])  # noqa: UP007


def encode(event: AnyEvent) -> bytes:
    """Write one event; amounts are decimal digits of any length."""
    return _ENCODER.encode(event)


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
    pool = stored["pool"]
    kinds: tuple[Any, ...] = (
        Acted[stored["action"], stored["position"], pool, stored["order"]],
        MarketCreated[stored["market"], pool],
        MarketPaused[pool],
        PoolAccrued[pool],
    )
    return msgspec.json.Decoder(Union[kinds])
