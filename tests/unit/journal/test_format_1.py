"""Format 1 brought forward: nothing unchecked, heads as they were, and all of it or nothing."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from solvent.journal import FORMAT, Checked, JournalDamaged, open_journal

DATABASE = "journal.sqlite3"
RELEASED = Path(__file__).parents[2] / "replay" / "journals" / "format_1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A journal of format 1: 90 batches of the stream `venue`, 107 events, 90 answers."""
    return Path(shutil.copytree(RELEASED, tmp_path / "venue"))


def change(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def rows(folder: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        return connection.execute(statement).fetchall()


def test_events_and_answers_are_the_same_afterwards_and_so_is_the_head(folder: Path) -> None:
    statements = (
        "SELECT stream, seq, kind, version, at_ms, payload, hash FROM events ORDER BY seq",
        "SELECT number, account, key, request_digest, answer FROM answers ORDER BY number",
        "SELECT number, stream, first_seq, last_seq, at_ms, head FROM batches ORDER BY number",
    )
    before = [rows(folder, statement) for statement in statements]
    with open_journal(folder) as journal:
        assert journal.format == FORMAT
        assert journal.head("venue").hash == before[0][-1][-1]
        verdict = journal.verify()
        assert (verdict.damage, verdict.batches, verdict.events, verdict.answers) == (None, 90, 107, 90)
    assert [rows(folder, statement) for statement in statements] == before


def test_what_was_pruned_before_stays_so(folder: Path) -> None:
    ((kept,),) = rows(folder, "SELECT key FROM answers WHERE number = 4")
    ((gone,),) = rows(folder, "SELECT key FROM answers WHERE number = 3")
    change(folder, "DELETE FROM answers WHERE number <= 3", "INSERT INTO pruned VALUES (1, 3)")
    with open_journal(folder) as journal:
        assert journal.verify().answers == 87
        assert journal.answer_of("operator", str(kept)) is not None
        assert journal.answer_of("operator", str(gone)) is None


DAMAGED = {
    "an event": ("UPDATE events SET payload = x'7b7d' WHERE seq = 7", "event 7 of venue: its hash"),
    "an event's moment": (
        "UPDATE events SET at_ms = at_ms + 1 WHERE seq = 7",
        "event 7 of venue: its moment",
    ),
    "a missing event": ("DELETE FROM events WHERE seq = 7", "event 7 of venue: it is missing"),
    "the last event": ("DELETE FROM events WHERE seq = 107", "event 107 of venue: it is missing"),
    "a stray event": (
        "INSERT INTO events SELECT stream, 108, kind, version, at_ms, payload, hash FROM events LIMIT 1",
        "the events: there are more than the 107 of the batches",
    ),
    "an answer": ("UPDATE answers SET answer = x'00' WHERE number = 5", "answer 5: its hash"),
    "a missing answer": ("DELETE FROM answers WHERE number = 5", "answer 5: it is missing"),
    "a stray answer": (
        "INSERT INTO answers SELECT 99, 'b', key, request_digest, answer, hash FROM answers WHERE number = 1",
        "the answers: there are more than the batches tell of",
    ),
    "a batch": ("UPDATE batches SET head = zeroblob(32) WHERE number = 3", "batch 3: its hash"),
}


@pytest.mark.parametrize("checked", Checked)
@pytest.mark.parametrize("damaged", DAMAGED.values(), ids=DAMAGED)
def test_damage_is_named_and_nothing_is_brought_forward(
    folder: Path, damaged: tuple[str, str], checked: Checked
) -> None:
    statement, words = damaged
    change(folder, statement)
    before = (folder / DATABASE).read_bytes()
    for _ in range(2):
        with pytest.raises(JournalDamaged, match=f"^the journal is damaged: {words}"):
            open_journal(folder, checked=checked)
    assert (folder / DATABASE).read_bytes() == before


def test_answers_that_were_exchanged_with_their_hashes_are_found(folder: Path) -> None:
    change(
        folder,
        "UPDATE answers SET number = 1000 WHERE number = 5",
        "UPDATE answers SET number = 5 WHERE number = 6",
        "UPDATE answers SET number = 6 WHERE number = 1000",
    )
    with pytest.raises(JournalDamaged, match="answer 5: its hash"):
        open_journal(folder)
