"""Events as bytes and back: JSON with integers of any size, typed again by the model that they name."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Optional

import msgspec
from msgspec import Raw

from solvent.engine.events import (
    AccountOpened,
    Acted,
    AgentApproved,
    AnyEvent,
    FundingNoted,
    IdentityBound,
    KeyGranted,
    KeyRevoked,
    MarketCreated,
    MarketPaused,
    Moved,
    NonceUsed,
    PoolAccrued,
    Priced,
    SettlementEnded,
    SettlementRequested,
    Stalled,
)
from solvent.margin import registry
from solvent.margin.parts import housed

VERSION = 1


# What a model's values are read from: left as bytes until the model is known, so that each is read once.
class _RawActed(Acted, frozen=True, gc=False, kw_only=True, tag="acted"):
    action: Raw
    position: Raw
    pool: Raw
    orders: tuple[Raw, ...]


class _RawCreated(MarketCreated, frozen=True, gc=False, kw_only=True, tag="market_created"):
    market: Raw
    pool: Raw


class _RawPaused(MarketPaused, frozen=True, gc=False, kw_only=True, tag="market_paused"):
    pool: Raw


class _RawAccrued(PoolAccrued, frozen=True, gc=False, kw_only=True, tag="pool_accrued"):
    pool: Raw


_RawEvent = (
    _RawActed
    | _RawCreated
    | _RawPaused
    | _RawAccrued
    | AccountOpened
    | IdentityBound
    | KeyGranted
    | KeyRevoked
    | NonceUsed
    | AgentApproved
    | Priced
    | FundingNoted
    | Stalled
    | Moved
    | SettlementRequested
    | SettlementEnded
)
_DECODER = msgspec.json.Decoder(_RawEvent)
_ENCODER = msgspec.json.Encoder()


def encode(event: AnyEvent) -> bytes:
    """Write one event; amounts are decimal digits of any length."""
    return _ENCODER.encode(event)


def decode(payload: bytes) -> AnyEvent:
    """Read one event; the model's own values get their types again.

    Errors: `msgspec.ValidationError` for bytes that are no event of this version.
    """
    event: AnyEvent = _DECODER.decode(payload)
    match event:
        case _RawActed():
            return _acted(event, _readers(event.model))
        case _RawCreated():
            read = _readers(event.model)
            return MarketCreated(
                at_ms=event.at_ms,
                name=event.name,
                model=event.model,
                market=read["market"](event.market),
                pool=read["pool"](event.pool),
            )
        case _RawPaused():
            pool = _readers(event.model)["pool"](event.pool)
            return MarketPaused(
                at_ms=event.at_ms, market=event.market, model=event.model, paused=event.paused, pool=pool
            )
        case _RawAccrued():
            pool = _readers(event.model)["pool"](event.pool)
            return PoolAccrued(at_ms=event.at_ms, market=event.market, model=event.model, pool=pool)
        case _:
            return event


Readers = Mapping[str, Callable[[Raw], Any]]


def _readers(name: str) -> Readers:
    """Return what reads each kind of a model's values."""
    model: Any = housed(registry.by_name(name))
    return _made(model)


@lru_cache(maxsize=64)
def _made(model: Any) -> Readers:
    """Make a model's readers, once, as making one costs more than a hundred readings."""
    return {
        name: msgspec.json.Decoder(Optional[kind]).decode  # noqa: UP045 - a model without it stores None
        for name, kind in model.STORED.items()
    }


def _acted(event: _RawActed, read: Readers) -> Acted:
    return Acted(
        at_ms=event.at_ms,
        market=event.market,
        model=event.model,
        account=event.account,
        cause=event.cause,
        action=read["action"](event.action),
        position=read["position"](event.position),
        pool=read["pool"](event.pool),
        orders=tuple([read["order"](order) for order in event.orders]),
        reserved_asset=event.reserved_asset,
        reserved=event.reserved,
        supply_shares=event.supply_shares,
        moves=event.moves,
        working=event.working,
    )
