"""A book written partition by partition: from a state, or from tables that somebody makes."""

from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from solvent.engine import State
from solvent.runtime.errors import RuntimeRefused
from solvent.runtime.partitions.manifest import (
    ENDING,
    FORMAT,
    Manifest,
    Partition,
    Scene,
    digest_of,
    write_manifest,
)
from solvent.runtime.partitions.tables import Reader, pointing_of, table_of

ROWS_DEFAULT = 1_000_000
ROW_GROUP = 2**18
BOOK, MARKET, NUMBER = b"solvent.book", b"solvent.market", b"solvent.number"


class BookWriter:
    """Writes a book into a folder that is new or empty; it is none before `close`.

    Errors: `RuntimeRefused` for a folder that holds something or cannot be written.
    """

    def __init__(self, folder: Path, scene: Scene) -> None:
        self._folder, self._scene, self._book = folder, scene, scene.id()
        self._partitions: list[Partition] = []
        self._markets = {kept.name: at for at, kept in enumerate(scene.markets)}
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                raise RuntimeRefused(f"{str(folder)!r} is not empty; give a new folder for a book")
        except OSError as error:
            raise RuntimeRefused(f"{str(folder)!r} cannot hold a book: {error.strerror}") from error

    def add(self, market: str, table: pa.Table) -> Partition:
        """Write a partition of positions, whose accounts rise and are in no other of the market.

        Errors: `RuntimeRefused` where there is none, `BookRefused` for columns that could not be counted.
        """
        number = len(self._partitions)
        file = f"{self._markets[market]:02d}-{number:06d}{ENDING}"
        reader = self._read(file, market, table)
        told = {BOOK: self._book, MARKET: market, NUMBER: str(number)}
        made = BytesIO()
        pq.write_table(
            table.replace_schema_metadata(told),
            made,
            compression="zstd",
            row_group_size=ROW_GROUP,
            use_dictionary=False,
            write_statistics=False,
        )
        payload = made.getvalue()
        done = Partition(
            file=file,
            market=market,
            number=number,
            rows=table.num_rows,
            bytes=len(payload),
            digest=digest_of(payload),
            first=reader.first,
            last=reader.last,
        )
        try:
            (self._folder / done.file).write_bytes(payload)
        except OSError as error:
            raise RuntimeRefused(f"{done.file!r} cannot be written: {error.strerror}") from error
        self._partitions.append(done)
        return done

    def _read(self, file: str, market: str, table: pa.Table) -> Reader:
        """Read what is about to be written, as those will who count it."""
        kept = self._scene.markets[self._markets[market]]
        pointing = pointing_of(kept)
        if pointing is None or not table.num_rows:
            raise RuntimeRefused(f"{file!r} would hold no position of {market} that can be counted")
        reader = Reader(file, pointing)
        for _ in reader.read(table.to_batches()):
            pass
        return reader

    def close(self) -> Manifest:
        """Write the manifest, which makes a book of the partitions."""
        manifest = Manifest(
            format=FORMAT, book=self._book, scene=self._scene, partitions=tuple(self._partitions)
        )
        write_manifest(self._folder, manifest)
        return manifest


def export(
    state: State, folder: Path, *, origin: str, rows: int, told: Callable[[Partition], None]
) -> Manifest:
    """Write the positions of a state that a price could liquidate as a book, so many rows a partition.

    Errors: `RuntimeRefused` as `BookWriter`, and for a number that no column holds.
    """
    writer = BookWriter(folder, Scene.of(state, origin=origin))
    for name, kept in state.markets.items():
        pointing = pointing_of(kept)
        if pointing is None or not kept.terms.is_priced:
            continue
        for piece in _pieces(sorted(state.positions[name].items()), rows):
            table = table_of(pointing, piece)
            if table.num_rows:
                told(writer.add(name, table))
    return writer.close()


def _pieces(positions: list[tuple[str, Any]], rows: int) -> Iterator[list[tuple[str, Any]]]:
    left = iter(positions)
    while piece := list(islice(left, rows)):
        yield piece
