"""One flipped bit, or one row that is gone, behind PostgreSQL's back: named, and nothing is built on it."""

from pathlib import Path

import psycopg
import pytest

from solvent.journal import Checked, Damage, JournalDamaged, JournalUnavailable, Snapshot, open_journal
from tests.contract.journal.stores import VENUE, batch, numbers
from tests.contract.journal.test_damage import ENDS, FLIPS, GONE, RUN, flipped
from tests.postgres import execute, place


@pytest.fixture
def address(_postgres: None, tmp_path: Path) -> str:
    """A journal with five batches and a snapshot."""
    made = place(tmp_path)
    with open_journal(made, venue_id=VENUE) as journal:
        for first, end in zip((0, *ENDS), ENDS, strict=False):
            journal.append("main", first, batch(range(first + 1, end + 1), [f"to {end}"]))
        journal.save_snapshot("main", 31, 1, b"state after 31")
    return made


def flip(address: str, table: str, column: str, where: str, at: int | None = -1) -> None:
    """Flip one bit of one column behind the journal's back."""
    if "only" in where:
        where = '"only" = 1'
    with psycopg.connect(address, autocommit=True) as connection:
        (row,) = connection.execute(f"SELECT {column} FROM {table} WHERE {where}".encode()).fetchall()
        changed = flipped(row[0], at)
        if column in {"place", "number", "first"}:  # a number that no other row has
            changed = row[0] ^ (1 << 40)
        done = connection.execute(f"UPDATE {table} SET {column} = %s WHERE {where}".encode(), (changed,))
        assert done.rowcount == 1


@pytest.mark.parametrize("what", FLIPS.values(), ids=FLIPS)
def test_one_flipped_bit_in_postgresql_is_found_named_and_refused(
    address: str, what: tuple[str, str, str, int | None, str]
) -> None:
    table, column, where, at, words = what
    flip(address, table, column, where, at)
    named = words.replace(" of journal.sqlite3", " of postgresql://")
    with pytest.raises(JournalDamaged, match=f"^the journal is damaged: {named}") as refused:
        open_journal(address)
    if table != "genesis":
        with open_journal(address, venue_id=VENUE, checked=Checked.AS_READ, is_reading=True) as journal:
            damage = journal.verify().damage
        assert damage is not None
        assert (damage.record, damage.wrong) == (refused.value.record, refused.value.wrong)


@pytest.mark.parametrize("gone", GONE.values(), ids=GONE)
def test_a_row_deleted_from_postgresql_is_found_and_named(address: str, gone: tuple[str, str]) -> None:
    statement, words = gone
    execute(address, statement)
    with pytest.raises(JournalDamaged, match=words):
        open_journal(address, venue_id=VENUE)


def test_reading_stops_at_a_damaged_event_in_postgresql_even_when_nothing_was_checked_before(
    address: str,
) -> None:
    flip(address, "event_runs", "payloads", RUN, 1)
    with open_journal(address, checked=Checked.AS_READ) as journal:
        assert numbers(journal.read("main", 0, 4)) == [1, 2, 3, 4]
        with pytest.raises(JournalDamaged, match="event 5 of main"):
            journal.read("main", 4, 1)


def test_what_is_missing_is_named_when_it_is_asked_for(address: str) -> None:
    with open_journal(address) as journal:
        execute(
            address,
            "DELETE FROM event_runs WHERE first_seq = 4",
            "DELETE FROM answer_runs WHERE first = 2",
            "UPDATE answer_runs SET first = 30 WHERE first = 3",
            "INSERT INTO answer_runs SELECT 3, 3, heads, bodies, hash FROM answer_runs WHERE first = 4",
        )
        with pytest.raises(JournalDamaged, match="event 4 of main: it is missing"):
            journal.read("main", 3, 2)
        with pytest.raises(JournalDamaged, match="event 5 of main: it is missing"):
            journal.read("main", 5, 2)
        with pytest.raises(JournalDamaged, match="answer 2: it is missing"):
            journal.answer_of("alice", "to 10")
        with pytest.raises(JournalDamaged, match="answer 3: the hash does not follow"):
            journal.answer_of("alice", "to 11")


def test_an_answer_that_took_anothers_place_is_not_given(address: str) -> None:
    other = place(Path("an answer of another"))
    with open_journal(other, venue_id=VENUE) as journal:
        journal.append("main", 0, batch([1], ["first"]))
        journal.append("main", 1, batch([2], ["another"]))
    with psycopg.connect(other) as connection:
        row = connection.execute("SELECT * FROM answer_runs WHERE first = 2").fetchone()
    with open_journal(address) as journal:
        with psycopg.connect(address) as connection:
            connection.execute("DELETE FROM answer_runs WHERE first = 2")
            connection.execute("INSERT INTO answer_runs VALUES (%s, %s, %s, %s, %s)", row)
        with pytest.raises(JournalDamaged, match="none is to the key 'to 10' of 'alice'"):
            journal.answer_of("alice", "to 10")


@pytest.mark.parametrize(
    ("column", "named"), [("payload", 31), ("seq", 30), ("format", 31), ("head", 31), ("hash", 31)]
)
def test_one_flipped_bit_in_a_snapshot_in_postgresql_is_found_and_the_journal_opens(
    address: str, column: str, named: int
) -> None:
    with open_journal(address, venue_id=VENUE) as journal:
        journal.save_snapshot("main", 10, 1, b"state after 10")
    flip(address, "snapshots", column, "seq = 31")
    with open_journal(address, venue_id=VENUE) as journal:
        damaged, sound = journal.snapshots("main")
        verdict = journal.verify()
        with pytest.raises(JournalDamaged, match=f"the snapshot of main at seq {named}"):
            journal.latest_snapshot("main")
    assert isinstance(damaged, Damage)
    assert damaged.record == f"the snapshot of main at seq {named}"
    assert sound == Snapshot(seq=10, format=1, payload=b"state after 10")
    assert (verdict.damage, verdict.passed_over, verdict.snapshots) == (None, (damaged,), 1)


def test_a_snapshot_of_events_that_postgresql_lost_is_refused(address: str) -> None:
    execute(
        address,
        "DELETE FROM batches WHERE number > 2",
        "DELETE FROM event_runs WHERE place >= 3 << 20",
        "DELETE FROM answer_runs WHERE first > 2",
    )
    with pytest.raises(JournalDamaged, match=r"the snapshot of main at seq 31: there is no such event"):
        open_journal(address, venue_id=VENUE)


def test_a_table_that_is_gone_is_damage_and_not_a_reason_to_make_it_anew(address: str) -> None:
    with open_journal(address, checked=Checked.AS_READ) as journal:
        execute(address, "DROP VIEW answers, events", "DROP TABLE snapshots, answer_runs")
        (lost,) = journal.snapshots("main")
        assert isinstance(lost, Damage)
        assert 'relation "snapshots" does not exist' in lost.wrong
        assert "answer_runs" in str(journal.verify().damage)
        with pytest.raises(JournalDamaged, match="reading an answer failed, PostgreSQL says"):
            journal.answer_of("alice", "to 3")


def test_a_snapshot_dropped_while_they_are_read_is_told_and_the_next_one_is_read(address: str) -> None:
    with open_journal(address) as journal:
        journal.save_snapshot("main", 33, 1, b"state after 33")
        found = journal.snapshots("main")
        assert next(found) == Snapshot(seq=33, format=1, payload=b"state after 33")
        execute(address, "DELETE FROM snapshots WHERE seq = 31")
        assert isinstance(next(found), Damage)


def test_a_reader_whose_connection_is_gone_says_so(address: str) -> None:
    with open_journal(address, is_reading=True) as journal:
        execute(
            address,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND application_name = 'solvent' AND state = 'idle'",
        )
        with pytest.raises(JournalUnavailable, match="reading the head of main failed"):
            journal.read("main", 0)
