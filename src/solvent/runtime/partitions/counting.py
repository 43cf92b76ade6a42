"""One partition into its sums: the same bytes are compared with their digest and then counted."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from msgspec import Struct

from solvent.risk.columns import ColumnSums, PartSums
from solvent.risk.numbers import ROWS_MAX
from solvent.runtime.partitions.manifest import BookRefused, Partition, decode_market, digest_of
from solvent.runtime.partitions.tables import Reader, pointing_of
from solvent.runtime.partitions.writing import BOOK, MARKET, NUMBER

# So many rows at once stay in a processor's cache; more where each batch has many prices to sort them into.
ROWS_AT_ONCE, MANY_PRICES = 2**16, 1_000


class Question(Struct, frozen=True, kw_only=True):
    """What is asked of every partition of a market: its sums at unit prices, distinct and rising."""

    book: str
    market: bytes
    units: tuple[tuple[int, int], ...]


class Task(Struct, frozen=True, kw_only=True):
    """One partition to count, wherever that is done; the path must lead to the same file everywhere."""

    path: str
    partition: Partition
    question: Question


def counted(task: Task) -> PartSums:
    """Return the sums of one partition.

    Errors: `BookRefused` for a file that cannot be read, or is not the one that was written.
    """
    one, asked = task.partition, task.question
    kept = decode_market(asked.market)
    pointing = pointing_of(kept)
    assert pointing is not None, kept.model
    sums = ColumnSums(pointing, kept.funding, asked.units)
    reader = Reader(one.file, pointing)
    at_once = ROWS_AT_ONCE if len(asked.units) <= MANY_PRICES else ROWS_MAX
    try:
        with pq.ParquetFile(pa.BufferReader(_payload(task))) as file:
            _require_own(one, asked.book, file.schema_arrow.metadata or {})
            for rows in reader.read(file.iter_batches(at_once, use_threads=False)):
                sums.add(rows)
    except (pa.ArrowException, OSError) as error:
        raise BookRefused(f"partition {one.file!r} cannot be counted: {error}") from error
    found = (reader.rows, reader.first, reader.last)
    if found != (one.rows, one.first, one.last):
        raise BookRefused(
            f"partition {one.file!r} has {reader.rows:,} positions, and the book tells of {one.rows:,}, "
            f"from {one.first} to {one.last}"
        )
    return sums.sums()


def _payload(task: Task) -> bytes:
    one = task.partition
    try:
        payload = Path(task.path).read_bytes()
    except OSError as error:
        raise BookRefused(f"partition {one.file!r} cannot be read: {error.strerror}") from error
    if len(payload) != one.bytes or digest_of(payload) != one.digest:
        raise BookRefused(
            f"partition {one.file!r} is damaged: its bytes are not those that were written; "
            "fetch it once more, or make the book again"
        )
    return payload


def _require_own(one: Partition, book: str, told: dict[bytes, bytes]) -> None:
    found = (told.get(BOOK), told.get(MARKET), told.get(NUMBER))
    if found != (book.encode(), one.market.encode(), str(one.number).encode()):
        raise BookRefused(f"partition {one.file!r} is of another book, or another partition of this one")
