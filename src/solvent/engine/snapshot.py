"""A state as bytes and back: a shortcut to the fold of its events, in pieces that are read by their types.

A line of JSON each: first what the state is, with its markets, then up to `ROWS_AT_ONCE` rows of one part as
two columns. Writing piece by piece lets other threads run in between; columns are read faster than rows.
"""

from collections.abc import Iterable, Iterator
from itertools import islice, repeat
from types import GenericAlias
from typing import Any

import msgspec
from msgspec import Raw, Struct
from msgspec.structs import replace

from solvent.engine.state import Agent, Key, MarketState, Pending, State
from solvent.margin import registry
from solvent.margin.parts import housed

# Raise it with every change to what is kept of the events that there were, or to how they are folded. A part
# for new kinds of events needs none: who does not know it reads no journal with them either.
SNAPSHOT_FORMAT = 1
ROWS_AT_ONCE = 1_000
_PLAIN = ("accounts", "outbox", "keys", "nonces", "agents")
_BY_ASSET = ("balances", "reserved")
_BY_MARKET = ("positions", "orders", "supplies")


class SnapshotUnreadable(ValueError):
    """The bytes are no snapshot of this format; the events bring the same state back, only later."""


class _Opening(Struct, frozen=True, kw_only=True):
    """The first line; `rows` are those of all pieces, so that a lost one is missed."""

    format: int
    now_ms: int
    seq: int
    rows: int
    markets: tuple[MarketState, ...]


class _Piece(Struct, frozen=True, array_like=True):
    """Rows of one part, and of one market or asset where there is one of each: keys, and their values."""

    part: str
    group: str
    keys: list[str]
    values: Raw


_ENCODER = msgspec.json.Encoder()
_FORMAT = msgspec.json.Decoder(dict[str, Any])
_OPENING = msgspec.json.Decoder(_Opening)
_PIECE = msgspec.json.Decoder(_Piece)
_UNITS = msgspec.json.Decoder(list[int])
_VALUES: dict[str, msgspec.json.Decoder[Any]] = {
    "accounts": msgspec.json.Decoder(list[tuple[str, ...]]),
    "outbox": msgspec.json.Decoder(list[Pending]),
    "keys": msgspec.json.Decoder(list[Key]),
    "nonces": msgspec.json.Decoder(list[tuple[int, ...]]),
    "agents": msgspec.json.Decoder(list[Agent]),
    "requests": msgspec.json.Decoder(list[None]),
    "balances": _UNITS,
    "reserved": _UNITS,
}


def copied(state: State) -> State:
    """Return a state that shares every value with this one and does not change with it.

    Values are frozen, so that only the tables are copied.
    """
    copy = State()
    copy.now_ms, copy.seq = state.now_ms, state.seq
    for name in (*_PLAIN, *_BY_ASSET, "identities", "markets", "requests"):
        setattr(copy, name, getattr(state, name).copy())
    for name in _BY_MARKET:
        setattr(copy, name, {market: held.copy() for market, held in getattr(state, name).items()})
    return copy


def rows_of(state: State) -> int:
    """Return how many rows a snapshot of the state has."""
    single = sum(len(getattr(state, name)) for name in (*_PLAIN, *_BY_ASSET, "requests"))
    return single + sum(len(held) for name in _BY_MARKET for held in getattr(state, name).values())


def encode_state(state: State) -> bytes:
    """Write a state that does not change meanwhile; amounts are decimal digits of any length."""
    opening = _Opening(
        format=SNAPSHOT_FORMAT,
        now_ms=state.now_ms,
        seq=state.seq,
        rows=rows_of(state),
        markets=tuple(state.markets.values()),
    )
    made = [_ENCODER.encode(opening)]
    for part, group, rows in _parts(state):
        while piece := list(islice(rows, ROWS_AT_ONCE)):
            keys, values = zip(*piece, strict=True)
            made.append(_ENCODER.encode((part, group, keys, values)))
    # Joining bytes objects lets other threads run, however many there are.
    return b"\n".join(made)


def decode_state(payload: bytes) -> State:
    """Read a state: the one that was written, with the model's own values typed again.

    Errors: `SnapshotUnreadable` for another format, a model that is not known, or bytes that are none.
    """
    try:
        return _decoded(payload)
    except SnapshotUnreadable:
        raise
    except ValueError as error:
        raise SnapshotUnreadable(f"the snapshot cannot be read: {error}") from error


def _parts(state: State) -> Iterator[tuple[str, str, Iterator[tuple[str, Any]]]]:
    for part in _PLAIN:
        yield part, "", iter(getattr(state, part).items())
    yield "requests", "", zip(state.requests, repeat(None), strict=False)
    for part in _BY_ASSET:
        for asset, rows in _by_asset(getattr(state, part)).items():
            yield part, asset, iter(rows)
    for part in _BY_MARKET:
        for market, held in getattr(state, part).items():
            yield part, market, iter(held.items())


def _by_asset(held: dict[tuple[str, str], int]) -> dict[str, list[tuple[str, int]]]:
    found: dict[str, list[tuple[str, int]]] = {}
    for (name, asset), units in held.items():
        found.setdefault(asset, []).append((name, units))
    return found


def _lines(payload: bytes) -> Iterator[memoryview]:
    """Return the lines without a copy of them: there may be gigabytes."""
    seen, start = memoryview(payload), 0
    while (end := payload.find(b"\n", start)) >= 0:
        yield seen[start:end]
        start = end + 1
    yield seen[start:]


def _decoded(payload: bytes) -> State:
    lines = _lines(payload)
    first = next(lines)
    found = _FORMAT.decode(first).get("format")
    if found != SNAPSHOT_FORMAT:
        raise SnapshotUnreadable(
            f"the snapshot is in format {found}, and this Solvent reads format {SNAPSHOT_FORMAT}"
        )
    opening = _OPENING.decode(first)
    state = State()
    state.now_ms, state.seq = opening.now_ms, opening.seq
    decoders: dict[tuple[str, str], msgspec.json.Decoder[Any]] = {}
    for kept in opening.markets:
        _add_market(state, kept, decoders)
    for line in lines:
        piece = _PIECE.decode(line)
        decoder = decoders.get((piece.part, piece.group)) or _VALUES.get(piece.part)
        if decoder is None:
            raise SnapshotUnreadable(
                f"the snapshot has {piece.part!r} of {piece.group!r}, which no market of it has"
            )
        _add_rows(state, piece, decoder.decode(piece.values))
    if rows_of(state) != opening.rows:
        raise SnapshotUnreadable(f"the snapshot has {rows_of(state)} rows and tells of {opening.rows}")
    state.identities = {
        identity: account
        for account, identities in state.accounts.items()
        if identities  # most often none: sooner asked than walked through
        for identity in identities
    }
    return state


def _add_market(
    state: State, kept: MarketState, decoders: dict[tuple[str, str], msgspec.json.Decoder[Any]]
) -> None:
    """Put a market back, and what reads its rows: one decoder for all of them."""
    stored = housed(registry.by_name(kept.model)).STORED
    state.markets[kept.name] = replace(
        kept,
        market=msgspec.convert(kept.market, stored["market"]),
        pool=None if kept.pool is None else msgspec.convert(kept.pool, stored["pool"]),
    )
    for part in _BY_MARKET:
        getattr(state, part)[kept.name] = {}
    orders = GenericAlias(tuple, (stored["order"], ...))
    decoders["positions", kept.name] = msgspec.json.Decoder(GenericAlias(list, (stored["position"],)))
    decoders["orders", kept.name] = msgspec.json.Decoder(GenericAlias(list, (orders,)))
    decoders["supplies", kept.name] = _UNITS


def _add_rows(state: State, piece: _Piece, values: Iterable[Any]) -> None:
    held = getattr(state, piece.part)
    if piece.part in _BY_MARKET:
        held[piece.group].update(zip(piece.keys, values, strict=True))
    elif piece.part in _BY_ASSET:
        keys = zip(piece.keys, repeat(piece.group), strict=False)
        held.update(zip(keys, values, strict=True))
    elif piece.part == "requests":
        held.update(piece.keys)
    else:
        held.update(zip(piece.keys, values, strict=True))
