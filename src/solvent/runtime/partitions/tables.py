"""Positions as Arrow tables of exact integers and back, by the schema of docs/concepts/books.md."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from solvent.engine import MarketState
from solvent.margin import registry
from solvent.margin.parts import housed
from solvent.margin.pointing import Columns, Pointing
from solvent.money import NumberRefused, Ratio
from solvent.risk.columns import Rows
from solvent.risk.numbers import Numbers
from solvent.runtime.errors import RuntimeRefused
from solvent.runtime.partitions.manifest import BookRefused

ACCOUNT, RATE, SETTLED = "account", "rate", "settled_ms"
ACCOUNT_BYTES = 16
# Whole numbers by how many digits they may have: in 64 bits, 128 and 256.
WHOLE, WIDE, WIDEST = pa.int64(), pa.decimal128(38, 0), pa.decimal256(76, 0)
WORDS = {WHOLE: 1, WIDE: 2, WIDEST: 4}
RATES = pa.dictionary(pa.int32(), pa.string())


def pointing_of(kept: MarketState) -> Pointing | None:
    """Return what tells a market's positions as columns; none where its model keeps no sums."""
    pointing = getattr(housed(registry.by_name(kept.model)), "POINTING", None)
    return None if pointing is None else pointing(kept.market)


def numbers_of(columns: Columns) -> tuple[str, ...]:
    """Return the names of the columns that hold exact numbers of any size."""
    return (columns.held, *columns.own)


def table_of(pointing: Pointing, positions: Iterable[tuple[str, Any]]) -> pa.Table:
    """Write positions as a table, those left out that hold or owe nothing; accounts must be in order.

    Errors: `RuntimeRefused` for an account's name or a number that the columns cannot hold.
    """
    columns = pointing.columns
    held = [(account, one) for account, one in positions if getattr(one, columns.held) != 0]
    found: dict[str, Any] = {ACCOUNT: account_column([account for account, _ in held])}
    for name in numbers_of(columns):
        found[name] = _numbers_column(name, [getattr(one, name) for _, one in held])
    if columns.is_rated:
        rates = [pointing.rate(one) for _, one in held]
        told = [f"{rate.num}/{rate.den}" for rate in rates if rate is not None]
        found[RATE] = pa.array(told, pa.string()).dictionary_encode()
    if columns.is_settled:
        found[SETTLED] = pa.array([one.settled_ms for _, one in held], WHOLE)
    return pa.table(found)


def account_column(accounts: Sequence[str]) -> pa.Array:
    """Write accounts as 16 bytes each.

    Errors: `RuntimeRefused` for a name of another form.
    """
    try:
        return pa.array([bytes.fromhex(one) for one in accounts], pa.binary(ACCOUNT_BYTES))
    except (ValueError, pa.ArrowInvalid) as error:
        raise RuntimeRefused(f"an account of 32 hexadecimal digits is needed: {error}") from error


def _numbers_column(name: str, values: Sequence[int]) -> pa.Array:
    most = max(map(abs, values), default=0)
    if most < 2**63:
        return pa.array(values, WHOLE)
    kind = next((kind for kind in (WIDE, WIDEST) if most < 10**kind.precision), None)
    if kind is None:
        raise RuntimeRefused(f"{name} has {len(str(most))} digits, and a partition's columns hold 76")
    size = kind.byte_width
    raw = b"".join([value.to_bytes(size, "little", signed=True) for value in values])
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(raw)])


class Reader:
    """Reads record batches of one partition, each row once, and refuses what cannot have been written.

    Errors: `BookRefused`.
    """

    def __init__(self, file: str, pointing: Pointing) -> None:
        self._file, self._columns = file, pointing.columns
        self.rows = 0
        self.first = self.last = ""
        self._before: tuple[int, int] | None = None

    def read(self, batches: Iterable[pa.RecordBatch]) -> Iterator[Rows]:
        """Yield what each batch holds."""
        for batch in batches:
            if batch.num_rows:
                yield self._read(batch)

    def _read(self, batch: pa.RecordBatch) -> Rows:
        columns = self._columns
        self._take_accounts(self._column(batch, ACCOUNT, pa.binary(ACCOUNT_BYTES)))
        own = [(sign, self._numbers(batch, name)) for name, sign in columns.own.items()]
        settled = self._column(batch, SETTLED, WHOLE).to_numpy() if columns.is_settled else None
        rates: tuple[Ratio | None, ...] = (None,)
        rated = None
        if columns.is_rated:
            told = self._column(batch, RATE, RATES, pa.string()).dictionary_encode()
            rates = tuple([self._rate(one) for one in told.dictionary.to_pylist()])
            rated = told.indices.to_numpy()
        self.rows += batch.num_rows
        return Rows(
            held=self._numbers(batch, columns.held),
            own=tuple(own),
            settled_ms=settled,
            rates=rates,
            rated=rated,
        )

    def _column(self, batch: pa.RecordBatch, name: str, *kinds: pa.DataType) -> pa.Array:
        if name not in batch.schema.names:
            raise self._refused(f"it has no column {name!r}")
        found = batch.column(name)
        if found.type not in kinds:
            raise self._refused(f"its column {name!r} is of {found.type}; it may be {_either(kinds)}")
        if found.null_count:
            raise self._refused(f"its column {name!r} has {found.null_count} rows without a value")
        return found

    def _numbers(self, batch: pa.RecordBatch, name: str) -> Numbers:
        found = self._column(batch, name, *WORDS)
        words = WORDS[found.type]
        raw = np.frombuffer(found.buffers()[1], "<u8", len(found) * words, 8 * words * found.offset)
        return Numbers.of_words(raw.reshape(-1, words))

    def _rate(self, text: str | None) -> Ratio:
        try:
            return _parsed_rate(text or "")
        except (NumberRefused, ValueError) as error:
            raise self._refused(
                f"its column {RATE!r} has {text!r}, which is no rate such as 1/200"
            ) from error

    def _take_accounts(self, column: pa.Array) -> None:
        """Compare each account with the one before: rising throughout, none is there twice."""
        raw = np.frombuffer(column.buffers()[1], ">u8", 2 * len(column), ACCOUNT_BYTES * column.offset)
        high, low = raw[0::2], raw[1::2]
        rising = (high[1:] > high[:-1]) | ((high[1:] == high[:-1]) & (low[1:] > low[:-1]))
        first = (int(high[0]), int(low[0]))
        if not rising.all() or (self._before is not None and first <= self._before):
            raise self._refused("its accounts do not rise, so that one may be there twice")
        self._before = (int(high[-1]), int(low[-1]))
        self.first = self.first or _hex(first)
        self.last = _hex(self._before)

    def _refused(self, wrong: str) -> BookRefused:
        return BookRefused(f"partition {self._file!r} cannot be counted: {wrong}")


def _either(kinds: Sequence[pa.DataType]) -> str:
    return " or ".join(str(kind) for kind in kinds)


def _hex(halves: tuple[int, int]) -> str:
    return f"{halves[0]:016x}{halves[1]:016x}"


@cache
def _parsed_rate(text: str) -> Ratio:
    num, _, den = text.partition("/")
    found = Ratio(int(num), int(den))
    found.require_exact()
    return found
