"""The stores that the contract is held against; the next one adds a line here."""

from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct

from solvent.journal import (
    MEMORY,
    Answer,
    Answered,
    Batch,
    Journal,
    Record,
    StoredRecord,
    batch_of,
    digest_of,
    open_journal,
)
from tests import postgres

VENUE = "venue-1"
NOW_MS = 1_700_000_000_000

# From an empty folder to an open journal; again with the same folder opens what is there.
Open = Callable[[Path], Journal]


class Place(Struct, frozen=True):
    """Where a store keeps the journal of a folder."""

    of: Callable[[Path], str]

    def open(self, folder: Path) -> Journal:
        """Open the journal that stands for a folder, or make it."""
        return open_journal(self.of(folder), venue_id=VENUE)


POSTGRESQL = "postgresql"
STORES = {"sqlite-folder": Place(str), "sqlite-memory": Place(lambda _: MEMORY)}
if postgres.ABSENT is None:
    STORES[POSTGRESQL] = Place(postgres.place)
DURABLE = {name: store for name, store in STORES.items() if name != "sqlite-memory"}


def record(number: int, *, size: int = 0) -> Record:
    """Return an event that says which one it is."""
    return Record("counted", 1, f"{number}".encode().ljust(size, b"."))


def answered(name: str, *, account: str = "alice") -> Answered:
    """Return the answer to a request that is named like its key, as it is handed in."""
    data = name.encode("utf-8", "replace")
    return Answered(account=account, key=name, request=data, answer=b"ok " + data)


def answer(name: str, *, account: str = "alice") -> Answer:
    """Return what is kept of it."""
    return kept(answered(name, account=account))


def kept(one: Answered) -> Answer:
    """Return what is kept of an answer."""
    digest = digest_of(one.request)
    return Answer(account=one.account, key=one.key, request_digest=digest, answer=one.answer)


def batch(numbers: Iterable[int] = (), keys: Iterable[str] = (), *, at_ms: int = NOW_MS) -> Batch:
    """Return a batch of numbered events and named answers."""
    return batch_of(map(record, numbers), map(answered, keys), at_ms=at_ms)


def numbers(found: Iterable[StoredRecord]) -> list[int]:
    """Return the numbers of stored events."""
    return [int(one.payload) for one in found]
