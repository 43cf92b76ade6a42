"""Damage that a flipped bit does not make: forged rows whose own hash is right, rows of the wrong shape."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from solvent.journal import Checked, JournalDamaged, open_journal
from solvent.journal.chain import batch_hash, hash_of
from solvent.journal.runs import answer_runs
from solvent.journal.schema import roll_back
from tests.contract.journal.stores import VENUE, batch

DATABASE = "journal.sqlite3"
FIELDS = (
    "number",
    "stream",
    "first_seq",
    "last_seq",
    "at_ms",
    "first_answer",
    "answers",
    "answers_hash",
    "head",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with three batches of two events and an answer each."""
    with open_journal(tmp_path, venue_id=VENUE) as journal:
        for seq in (0, 2, 4):
            journal.append("main", seq, batch([seq + 1, seq + 2], [f"k{seq}"]))
    return tmp_path


@pytest.fixture
def database(folder: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(folder / DATABASE, isolation_level=None)) as connection:
        yield connection


def forge(database: sqlite3.Connection, **changed: object) -> None:
    """Change the last batch, and give it the hash that fits."""
    (previous,) = database.execute("SELECT hash FROM batches WHERE number = 2").fetchone()
    row = database.execute(f"SELECT {', '.join(FIELDS)} FROM batches WHERE number = 3").fetchone()
    fields = dict(zip(FIELDS, row, strict=True)) | changed
    made = batch_hash(previous, **fields)
    marks = ", ".join(f"{name} = ?" for name in (*FIELDS, "hash"))
    database.execute(f"UPDATE batches SET {marks} WHERE number = 3", (*fields.values(), made))


FORGED = {
    "a start inside the batch before": (
        {"first_seq": 4},
        "batch 3: it does not begin where the one before ends",
    ),
    "an end before its start": ({"last_seq": 3}, "batch 3: it does not begin where the one before ends"),
    "an answer of the batch before": ({"first_answer": 2}, "batch 3: it does not begin where the one before"),
    "another head": ({"head": bytes(32)}, "batch 3: its events are not those that it was written with"),
    "another moment": ({"at_ms": 5}, "event 5 of main: its hash does not follow from the one before"),
    "other answers": ({"answers_hash": bytes(32)}, "batch 3: its answers are not those"),
    "a later end": ({"last_seq": 7}, "event 7 of main: it is missing; there are none after it"),
    "an earlier end": ({"last_seq": 5}, "batch 3: its events are not those that it was written with"),
    "one answer more": ({"answers": 2}, "answer 4: it is missing; there are none after it"),
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
def test_a_batch_with_a_hash_that_fits_must_fit_its_neighbours_and_its_rows(
    folder: Path, database: sqlite3.Connection, forged: tuple[dict[str, object], str]
) -> None:
    changed, words = forged
    forge(database, **changed)
    with pytest.raises(JournalDamaged, match=words):
        open_journal(folder, venue_id=VENUE)


def heads_of(first_seq: int, heads: str) -> str:
    return f"UPDATE event_runs SET heads = CAST('{heads}' AS BLOB) WHERE first_seq = {first_seq}"


PLACE_2 = 2 << 20
STATEMENTS = {
    "a stray run of events behind": (
        "INSERT INTO event_runs SELECT 9 << 20, 1, 2, links, heads, payloads FROM event_runs LIMIT 1",
        "the events: there are more than the batches tell of",
    ),
    "a stray run of events between": (
        f"INSERT INTO event_runs SELECT {PLACE_2 - 1}, 1, 2, links, heads, payloads FROM event_runs LIMIT 1",
        "event 3 of main: it is missing; the next run is 2097151, from 1",
    ),
    "a stray run of answers": (
        "INSERT INTO answer_runs SELECT 9, 9, heads, bodies, hash FROM answer_runs WHERE first = 1",
        "the answers: there are more than the batches tell of",
    ),
    "a number that fits no hash": (
        heads_of(1, '[["counted",1,1],["counted",-1,1]]'),
        "event 2 of main: its hash",
    ),
    "a list of events that is none": (
        "UPDATE event_runs SET heads = x'5b' WHERE first_seq = 3",
        "events 3 to 4 of main: the list of them cannot be read",
    ),
    "a list of fewer events": (
        heads_of(3, '[["counted",1,2]]'),
        "events 3 to 4 of main: there are not as many heads and hashes as events",
    ),
    "a list of no events": (
        "UPDATE event_runs SET heads = x'5b5d', links = x'', payloads = x'', last_seq = 2 WHERE last_seq = 4",
        "events 3 to 2 of main: there are not as many heads and hashes as events",
    ),
    "a length below zero": (
        heads_of(3, '[["counted",1,-1],["counted",1,3]]'),
        "events 3 to 4 of main: the bytes are not as many as the list of them says",
    ),
    "a number past 64 bits": ("UPDATE batches SET answers = 1 << 40 WHERE number = 2", "batch 2: its hash"),
    "an answer that pruning should have left": (
        "INSERT INTO pruned VALUES (1, 1)",
        "answer 2: it is missing; the next run is from 1",
    ),
    "a broken rule of the file": ("INSERT INTO pruned VALUES (2, 0)", "the database file: SQLite says: "),
}


@pytest.mark.parametrize("changed", STATEMENTS.values(), ids=STATEMENTS)
def test_a_row_that_does_not_belong_is_found(
    folder: Path, database: sqlite3.Connection, changed: tuple[str, str]
) -> None:
    statement, words = changed
    database.execute("PRAGMA ignore_check_constraints = ON")
    database.execute(statement)
    with pytest.raises(JournalDamaged, match=words):
        open_journal(folder, venue_id=VENUE)


def make_loose(database: sqlite3.Connection, table: str) -> None:
    """Put a table without types in the place of one."""
    database.execute("PRAGMA legacy_alter_table = ON")
    database.execute(f"CREATE TABLE loose AS SELECT * FROM {table}")
    database.execute(f"DROP TABLE {table}")
    database.execute(f"ALTER TABLE loose RENAME TO {table}")


def test_a_column_of_another_type_is_found(folder: Path, database: sqlite3.Connection) -> None:
    make_loose(database, "event_runs")
    database.execute("UPDATE event_runs SET payloads = 'text' WHERE first_seq = 3")
    with pytest.raises(JournalDamaged, match="event 3 of main: a column has another type than was written"):
        open_journal(folder, venue_id=VENUE)


NULLED = {
    "genesis": ("venue_id", "the genesis of journal.sqlite3: a column has another type"),
    "batches": ("hash", "batch 3: a column has another type"),
    "event_runs": ("links", "the run of event 1 of main: a column has another type"),
    "answer_runs": ("heads", "answer 1: a column has another type"),
    "pruned": ("batch", "what was pruned: a column has another type"),
}


@pytest.mark.parametrize("table", NULLED)
def test_a_column_that_became_nothing_is_found_in_each_table(
    folder: Path, database: sqlite3.Connection, table: str
) -> None:
    column, words = NULLED[table]
    database.execute("INSERT INTO pruned VALUES (1, 0)")
    make_loose(database, table)
    database.execute(f"UPDATE {table} SET {column} = NULL")
    with pytest.raises(JournalDamaged, match=words):
        open_journal(folder, venue_id=VENUE)


def test_numbers_that_fit_no_hash_are_damage_in_genesis_and_snapshots(folder: Path) -> None:
    with open_journal(folder) as journal:
        journal.save_snapshot("main", 2, 1, b"state")
    for name, table in (("snapshots.sqlite3", "snapshots"), (DATABASE, "genesis")):
        with closing(sqlite3.connect(folder / name, isolation_level=None)) as connection:
            connection.execute(f"UPDATE {table} SET format = -1")
        if table == "snapshots":
            with open_journal(folder, venue_id=VENUE) as journal:
                (passed_over,) = journal.verify().passed_over
            assert passed_over.record == "the snapshot of main at seq 2"
    with pytest.raises(JournalDamaged, match="the genesis"):
        open_journal(folder, venue_id=VENUE)


def test_a_broken_rule_of_the_snapshots_file_is_found(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "snapshots.sqlite3", isolation_level=None)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("CREATE TABLE more (a INTEGER CHECK (a > 0))")
        connection.execute("INSERT INTO more VALUES (0)")
    with open_journal(folder, venue_id=VENUE) as journal:
        (passed_over,) = journal.verify().passed_over
    assert passed_over.record == "the snapshots' file"
    assert passed_over.wrong.startswith("SQLite says: CHECK")


@pytest.mark.parametrize(
    ("seq", "after", "words"),
    [
        (1, 2, "event 2 of main: it is missing"),
        (3, 2, "event 3 of main: it is missing; the next one there is 5"),
        (3, 3, "event 3 of main: it is missing"),
        (5, 4, "event 5 of main: it is missing"),
    ],
)
def test_reading_across_a_gap_is_refused_even_when_nothing_was_checked(
    folder: Path, database: sqlite3.Connection, seq: int, after: int, words: str
) -> None:
    database.execute("DELETE FROM event_runs WHERE first_seq = ?", (seq,))
    with open_journal(folder, checked=Checked.AS_READ) as journal, pytest.raises(JournalDamaged, match=words):
        journal.read("main", after, 100)


def test_an_answer_that_vanished_or_became_anothers_is_not_given(
    folder: Path, database: sqlite3.Connection
) -> None:
    with open_journal(folder, checked=Checked.AS_READ) as journal:
        database.execute("DELETE FROM answer_runs WHERE first = 1")
        with pytest.raises(JournalDamaged, match="answer 1: it is missing"):
            journal.answer_of("alice", "k0")
        (row,) = answer_runs(batch([], ["other"]), first=2)
        database.execute("INSERT OR REPLACE INTO answer_runs VALUES (?, ?, ?, ?, ?)", row)
        with pytest.raises(JournalDamaged, match="the run of answer 2: none is to the key 'k2' of 'alice'"):
            journal.answer_of("alice", "k2")


def test_undoing_a_transaction_tells_whether_it_worked() -> None:
    class Stuck:
        in_transaction = True

        def execute(self, _: str) -> None:
            raise sqlite3.OperationalError("disk I/O error")

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        assert roll_back(connection)
        connection.execute("BEGIN")
        assert roll_back(connection)
        assert not connection.in_transaction
    assert not roll_back(cast("sqlite3.Connection", Stuck()))


def test_no_answers_have_the_hash_of_nothing() -> None:
    assert hash_of() == hash_of(b"")
