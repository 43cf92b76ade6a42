"""Small folders of a whole venue: with pages of 512 bytes, so that every byte can be tried."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from msgspec import Struct

from solvent.engine import commands
from solvent.engine.commands import AnyCommand
from solvent.journal import Journal, open_journal
from solvent.journal.schema import JOURNAL_TABLES, SNAPSHOT_TABLES, create_tables
from solvent.margin import tiered
from solvent.runtime import STREAM, Venue, VirtualClock
from tests.contract.venue import plan

PAGE_BYTES = 512
DATABASE = "journal.sqlite3"
WAL = f"{DATABASE}-wal"
SNAPSHOTS = "snapshots.sqlite3"
OPERATOR = "operator"


class Boundary(Struct, frozen=True):
    """The end of a batch: the chain's hash there, and the keys that are answered by then."""

    seq: int
    head: bytes
    keys: frozenset[str]


def make_small(folder: Path) -> None:
    """Make the two empty database files of a venue with small pages."""
    folder.mkdir()
    for name, tables in ((DATABASE, JOURNAL_TABLES), (SNAPSHOTS, SNAPSHOT_TABLES)):
        with closing(sqlite3.connect(folder / name, isolation_level=None)) as connection:
            connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            create_tables(connection, tables, plan.VENUE_ID)


def begin(folder: Path) -> None:
    """Play the beginning of a venue, and a trade, into a folder."""
    with Venue(open_journal(folder, venue_id=plan.VENUE_ID), clock=VirtualClock(plan.now_of(0))) as venue:
        for key, command in plan.setup():
            assert venue.ask(command, key=key).is_accepted
        venue.settle_outbox()
        opening = commands.Act(account=plan.ALICE, market="BTC-PERP", action=tiered.Open(size=2_000))
        assert venue.ask(opening, key="opening").is_accepted


# The last batches: one command of an event each, one that is refused, and several events of one tick.
LAST: tuple[tuple[str, AnyCommand], ...] = (
    ("paid", commands.Transfer(account=plan.ALICE, receiver=plan.SINK, asset="USDC", units=5)),
    ("refused", commands.Transfer(account=plan.ALICE, receiver=plan.SINK, asset="USDC", units=10**20)),
    ("sent", commands.Withdraw(account=plan.BOB, asset="SOL", units=7, address="home", request_id="s")),
)


def crash_after_last(folder: Path, target: Path) -> list[Boundary]:
    """Carry the last batches out, and leave in `target` what a power cut would: they are in the log alone."""
    boundaries = []
    with Venue(open_journal(folder), clock=VirtualClock(plan.now_of(1))) as venue:
        boundaries.append(boundary_of(venue.journal))
        for key, command in LAST:
            venue.ask(command, key=key)
            boundaries.append(boundary_of(venue.journal))
        shutil.copytree(folder, target)
    (target / f"{DATABASE}-shm").unlink()
    return boundaries


def boundary_of(journal: Journal) -> Boundary:
    """Return where a journal ends, and which of the last keys it answers."""
    head = journal.head(STREAM)
    answered = (key for key, _ in LAST if journal.answer_of(OPERATOR, key) is not None)
    return Boundary(head.seq, head.hash, frozenset(answered))


def read_files(folder: Path) -> dict[str, bytes]:
    """Return the bytes of each file."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    """Let a folder hold these files and no others."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)
