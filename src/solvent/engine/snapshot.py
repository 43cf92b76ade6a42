"""A state as bytes and back: a shortcut to the fold of its events, in pieces that are read by their types.

A line of JSON says what the state is, with its markets. Then come the pieces, up to `ROWS_AT_ONCE` rows of
one part each: a line that names the part, and a line with its rows as columns, which is read in one go by the
types of that part. Writing piece by piece lets other threads run in between.
"""

from collections.abc import Iterator, Sequence
from itertools import islice, repeat
from types import GenericAlias
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from solvent.engine.state import Agent, Key, MarketState, Pending, State
from solvent.margin import registry
from solvent.margin.parts import housed

# Raise it with every change to what is kept of the events that there were, or to how they are folded. A part
# for new kinds of events needs none: who does not know it reads no journal with them either.
SNAPSHOT_FORMAT = 2
ROWS_AT_ONCE = 1_000
_PLAIN = ("accounts", "outbox", "keys", "nonces", "agents")
_BY_MARKET = ("positions", "orders", "supplies")
_TABLES = ("balances", *_BY_MARKET)


class SnapshotUnreadable(ValueError):
    """The bytes are no snapshot of this format; the events bring the same state back, only later."""


class _Opening(Struct, frozen=True, kw_only=True):
    """The first line; `rows` are those of all pieces, so that a lost one is missed."""

    format: int
    now_ms: int
    seq: int
    rows: int
    markets: tuple[MarketState, ...]


class _Heading(Struct, frozen=True, array_like=True):
    """What the next line holds: rows of one part, and of which market or asset where there is one of each."""

    part: str
    group: str


Columns = tuple[list[Any], ...]


def _columns(*values: Any) -> msgspec.json.Decoder[Columns]:
    """Return what reads rows as columns: names, and values of these types."""
    types = (list[str], *[GenericAlias(list, (kind,)) for kind in values])
    return msgspec.json.Decoder(GenericAlias(tuple, types))


_ENCODER = msgspec.json.Encoder()
_FORMAT = msgspec.json.Decoder(dict[str, Any])
_OPENING = msgspec.json.Decoder(_Opening)
_HEADING = msgspec.json.Decoder(_Heading)
_ROWS: dict[str, msgspec.json.Decoder[Columns]] = {
    "accounts": _columns(tuple[str, ...]),
    "outbox": _columns(Pending),
    "keys": _columns(Key),
    "nonces": _columns(tuple[int, ...]),
    "agents": _columns(Agent),
    "requests": _columns(),
    "balances": _columns(int),
    "reserved": _columns(int),
}
Decoders = dict[tuple[str, str], msgspec.json.Decoder[Columns]]


def copied(state: State) -> State:
    """Return a state that shares every value with this one and does not change with it.

    Values are frozen, so that only the tables are copied.
    """
    copy = State()
    copy.now_ms, copy.seq = state.now_ms, state.seq
    for name in (*_PLAIN, "identities", "markets", "requests", "reserved"):
        setattr(copy, name, getattr(state, name).copy())
    for name in _TABLES:
        setattr(copy, name, {group: held.copy() for group, held in getattr(state, name).items()})
    return copy


def rows_of(state: State) -> int:
    """Return how many rows a snapshot of the state has."""
    single = sum(len(getattr(state, name)) for name in (*_PLAIN, "requests", "reserved"))
    return single + sum(len(held) for name in _TABLES for held in getattr(state, name).values())


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
    for part, group, columns in _pieces(state):
        made.append(_ENCODER.encode((part, group)))
        made.append(_ENCODER.encode(columns))
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


def _pieces(state: State) -> Iterator[tuple[str, str, Columns]]:
    for part in _PLAIN:
        for columns in _cut(getattr(state, part)):
            yield part, "", columns
    names = iter(state.requests)
    while piece := list(islice(names, ROWS_AT_ONCE)):
        yield "requests", "", (piece,)
    tables = {part: getattr(state, part) for part in _BY_MARKET}
    for part, by_group in {
        "balances": state.balances,
        "reserved": _by_asset(state.reserved),
        **tables,
    }.items():
        for group, table in by_group.items():
            for columns in _cut(table):
                yield part, group, columns


def _cut(table: dict[str, Any]) -> Iterator[Columns]:
    names, values = iter(table), iter(table.values())
    while piece := list(islice(names, ROWS_AT_ONCE)):
        yield piece, list(islice(values, ROWS_AT_ONCE))


def _by_asset(held: dict[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (name, asset), units in held.items():
        found.setdefault(asset, {})[name] = units
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
    state.accounts = _table()
    state.now_ms, state.seq = opening.now_ms, opening.seq
    decoders: Decoders = {}
    for kept in opening.markets:
        _add_market(state, kept, decoders)
    for line in lines:
        heading = _HEADING.decode(line)
        decoder = decoders.get((heading.part, heading.group)) or _ROWS.get(heading.part)
        if decoder is None:
            raise SnapshotUnreadable(
                f"the snapshot has {heading.part!r} of {heading.group!r}, which no market of it has"
            )
        _add_rows(state, heading, *decoder.decode(next(lines, b"")))
    if rows_of(state) != opening.rows:
        raise SnapshotUnreadable(f"the snapshot has {rows_of(state)} rows and tells of {opening.rows}")
    state.identities = {
        identity: account
        for account, identities in state.accounts.items()
        if identities  # most often none: sooner asked than walked through
        for identity in identities
    }
    return state


def _table() -> dict[str, Any]:
    """Return an empty table that is filled a third quicker than a new one.

    CPython keeps no hashes beside keys that are all texts, and goes back to each text when the table grows
    or two of them meet; a table that once had another key keeps them.
    """
    table: dict[Any, Any] = {0: None}
    del table[0]
    return table


def _add_market(state: State, kept: MarketState, decoders: Decoders) -> None:
    """Put a market back, and what reads its rows: one decoder for all of them."""
    name, stored = kept.name, housed(registry.by_name(kept.model)).STORED
    state.markets[name] = replace(
        kept,
        market=msgspec.convert(kept.market, stored["market"]),
        pool=None if kept.pool is None else msgspec.convert(kept.pool, stored["pool"]),
    )
    for part in _BY_MARKET:
        getattr(state, part)[name] = _table()
    decoders["positions", name] = _columns(stored["position"])
    decoders["orders", name] = _columns(GenericAlias(tuple, (stored["order"], ...)))
    decoders["supplies", name] = _columns(int)


def _add_rows(state: State, heading: _Heading, names: list[str], values: Sequence[Any] = ()) -> None:
    held = getattr(state, heading.part)
    if heading.part == "requests":
        held.update(names)
    elif heading.part == "reserved":
        held.update(zip(zip(names, repeat(heading.group), strict=False), values, strict=True))
    elif heading.part in _TABLES:
        if heading.group not in held:
            held[heading.group] = _table()
        held[heading.group].update(zip(names, values, strict=True))
    else:
        held.update(zip(names, values, strict=True))
