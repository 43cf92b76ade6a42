"""Damage that a flipped bit does not make: forged rows whose own hash is right, rows of the wrong shape."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from solvent.journal import Checked, JournalDamaged, open_journal
from solvent.journal.chain import answer_hash, batch_hash, hash_of
from solvent.journal.records import Answer
from solvent.journal.schema import roll_back
from tests.contract.journal.stores import VENUE, answer, batch

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
    "another moment": ({"at_ms": 5}, "event 5 of main: its moment is not that of its batch"),
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


STATEMENTS = {
    "a stray event": (
        "INSERT INTO events SELECT 'x', seq, kind, version, at_ms, payload, hash FROM events WHERE seq = 1",
        "the events: there are 7, and the batches tell of 6",
    ),
    "a stray answer": (
        "INSERT INTO answers SELECT 9, 'b', key, request_digest, answer, hash FROM answers WHERE number = 1",
        "the answers: there are 4, and the batches tell of 3",
    ),
    "a number that fits no hash": (
        "UPDATE events SET version = -1 WHERE seq = 2",
        "event 2 of main: its hash",
    ),
    "a number past 64 bits": ("UPDATE batches SET answers = 1 << 40 WHERE number = 2", "batch 2: its hash"),
    "an answer that pruning should have left": (
        "INSERT INTO pruned VALUES (1, 1)",
        "answer 2: it is missing",
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


def test_a_column_of_another_type_is_found(folder: Path, database: sqlite3.Connection) -> None:
    database.execute("CREATE TABLE loose AS SELECT * FROM events")
    database.execute("DROP TABLE events")
    database.execute("ALTER TABLE loose RENAME TO events")
    database.execute("UPDATE events SET payload = 'text' WHERE seq = 3")
    with pytest.raises(JournalDamaged, match="event 3 of main: a column has another type than was written"):
        open_journal(folder, venue_id=VENUE)


NULLED = {
    "genesis": ("venue_id", "the genesis of journal.sqlite3: a column has another type"),
    "batches": ("hash", "batch 3: a column has another type"),
    "events": ("hash", "event 1 of main: a column has another type"),
    "answers": ("account", "answer 1: a column has another type"),
    "pruned": ("batch", "what was pruned: a column has another type"),
}


@pytest.mark.parametrize("table", NULLED)
def test_a_column_that_became_nothing_is_found_in_each_table(
    folder: Path, database: sqlite3.Connection, table: str
) -> None:
    column, words = NULLED[table]
    database.execute("INSERT INTO pruned VALUES (1, 0)")
    database.execute(f"CREATE TABLE loose AS SELECT * FROM {table}")
    database.execute(f"DROP TABLE {table}")
    database.execute(f"ALTER TABLE loose RENAME TO {table}")
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
    ("statement", "after", "words"),
    [
        ("DELETE FROM events WHERE seq = 2", 2, "event 2 of main: it is missing"),
        ("DELETE FROM events WHERE seq = 4", 2, "event 4 of main: it is missing; the next one there is 5"),
        ("DELETE FROM events WHERE seq = 6", 4, "event 6 of main: it is missing"),
    ],
)
def test_reading_across_a_gap_is_refused_even_when_nothing_was_checked(
    folder: Path, database: sqlite3.Connection, statement: str, after: int, words: str
) -> None:
    database.execute(statement)
    with open_journal(folder, checked=Checked.AS_READ) as journal, pytest.raises(JournalDamaged, match=words):
        journal.read("main", after, 100)


def test_an_answer_that_vanished_or_became_anothers_is_not_given(
    folder: Path, database: sqlite3.Connection
) -> None:
    with open_journal(folder, checked=Checked.AS_READ) as journal:
        database.execute("DELETE FROM answers WHERE number = 1")
        with pytest.raises(JournalDamaged, match="answer 1: it is missing"):
            journal.answer_of("alice", "k0")
        other: Answer = answer("other")
        database.execute("UPDATE answers SET key = 'other' WHERE number = 2")
        database.execute(
            "UPDATE answers SET request_digest = ?, answer = ?, hash = ? WHERE number = 2",
            (other.request_digest, other.answer, answer_hash(2, other)),
        )
        with pytest.raises(JournalDamaged, match="answer 2: it is to the key 'other', not to 'k2'"):
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
