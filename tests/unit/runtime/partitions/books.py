"""Small books to break: exported from a venue with positions of all three models."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pyarrow.parquet as pq

from solvent.money import Ratio
from solvent.runtime.partitions import Book, Counter, export, here, open_book, stress_book
from solvent.runtime.partitions.manifest import Manifest, digest_of, write_manifest
from solvent.runtime.stressing import Stress, Stresser
from tests.unit.runtime.test_stressing import venue_with_positions


def made(folder: Path) -> Book:
    """Export a venue's four positions, one a partition."""
    export(venue_with_positions().state, folder, origin="a test", rows=1, told=lambda _: None)
    return open_book(folder)


def halved(stresser: Stresser) -> tuple[Stress, ...]:
    """Ask what half of each price comes to."""
    return stresser.joint(dict.fromkeys(stresser.markets, Ratio(1, 2)))


def asked(folder: Path, count: Counter = here) -> tuple[Stress, ...]:
    """Open a book and ask it."""
    return stress_book(open_book(folder), halved, count, lambda _: None)


def retold(folder: Path, change: Callable[[list[dict[str, Any]]], None]) -> None:
    """Change what the manifest says of its partitions, and seal it again."""
    told = msgspec.json.decode((folder / "book.json").read_bytes())
    change(told["partitions"])
    write_manifest(folder, msgspec.json.decode(msgspec.json.encode(told), type=Manifest))


def rewritten(folder: Path, file: str, change: Callable[[Any], Any], **options: Any) -> None:
    """Change a partition's table, and let the manifest tell of the new bytes."""
    table = pq.read_table(folder / file)
    changed = change(table)
    pq.write_table(changed.replace_schema_metadata(changed.schema.metadata or {}), folder / file, **options)
    payload = (folder / file).read_bytes()

    def tell(partitions: list[dict[str, Any]]) -> None:
        for one in partitions:
            if one["file"] == file:
                one["bytes"], one["digest"] = len(payload), digest_of(payload)

    retold(folder, tell)
