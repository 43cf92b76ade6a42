"""A journal of format 2 goes on in the present one: what it holds stays, and what comes is SHA-256."""

import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from solvent.journal import FORMAT, Journal, is_address, landing, runs
from solvent.journal.chain import BLAKE2B, Hash, answers_hash, event_links, genesis_hash, stream_seed
from solvent.journal.runs import event_runs
from tests.contract.journal.stores import DURABLE, NOW_MS, POSTGRESQL, VENUE, Place, answer, batch, record
from tests.postgres import execute


@pytest.fixture
def older(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    """A journal as Solvent wrote it in format 2: two batches of the stream `main`, and a snapshot."""
    with monkeypatch.context() as patched:
        by_then = partial(event_runs, by=BLAKE2B)
        patched.setattr(landing, "event_runs", by_then)
        patched.setattr(runs, "answers_hash", partial(answers_hash, by=BLAKE2B))
        if POSTGRESQL in DURABLE:
            from solvent.journal.postgres import writing as postgres_writing

            patched.setattr(postgres_writing, "event_runs", by_then)
        with place.open(tmp_path) as journal:
            journal.append("main", 0, batch([1, 2], ["a", "b"]))
            journal.append("main", 2, batch([3], ["c"]))
            journal.save_snapshot("main", 3, 1, b"state")
    set_format(place, tmp_path, 2)
    return place


def set_format(place: Place, folder: Path, number: int) -> None:
    where, made = place.of(folder), genesis_hash(VENUE, number).hex()
    if is_address(where):
        execute(where, f"UPDATE genesis SET format = {number}, hash = '\\x{made}'")
        return
    for path in Path(where).glob("*.sqlite3"):
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("UPDATE genesis SET format = ?, hash = ?", (number, bytes.fromhex(made)))
            connection.commit()


def links(journal: Journal) -> list[bytes]:
    return [one.hash for one in journal.read("main", 0)]


def events(first: int, last: int) -> list[tuple[str, int, bytes]]:
    found = map(record, range(first, last + 1))
    return [(one.kind, one.version, one.payload) for one in found]


def chained(count: int, **by: Hash) -> list[bytes]:
    seed = stream_seed(VENUE, "main")
    return event_links(seed, 1, NOW_MS, events(1, count), **by)


def test_it_is_brought_forward_with_its_hashes_its_answers_and_its_snapshot(
    older: Place, tmp_path: Path
) -> None:
    with older.open(tmp_path) as journal:
        assert journal.format == FORMAT
        assert links(journal) == chained(3, by=BLAKE2B) != chained(3)
        assert journal.answer_of("alice", "b") == answer("b")
        snapshot = journal.latest_snapshot("main")
        assert snapshot is not None
        assert (snapshot.seq, snapshot.payload) == (3, b"state")
        verdict = journal.verify()
        assert (verdict.damage, verdict.events, verdict.answers, verdict.passed_over) == (None, 3, 3, ())


def test_what_comes_behind_it_is_sha_256_and_both_are_checked(older: Place, tmp_path: Path) -> None:
    with older.open(tmp_path) as journal:
        journal.append("main", 3, batch([4, 5], ["d"]))
    with older.open(tmp_path) as journal:
        found = links(journal)
        assert found[:3] == chained(3, by=BLAKE2B)
        assert found[3:] == event_links(found[2], 4, NOW_MS, events(4, 5))
        verdict = journal.verify()
        assert (verdict.damage, verdict.events, verdict.answers) == (None, 5, 4)
        assert journal.answer_of("alice", "d") == answer("d")
