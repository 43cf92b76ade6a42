"""What opening a journal on PostgreSQL requires, and what it says where that is not so."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from benchmarks.postgres import Server

from solvent.journal import (
    FORMAT,
    Checked,
    DatabaseInUse,
    DatabaseUnusable,
    FormatTooNew,
    FormatTooOld,
    InputRefused,
    JournalDamaged,
    JournalError,
    JournalUnavailable,
    NoJournal,
    OtherVenue,
    open_journal,
    place_of,
)
from solvent.journal.chain import genesis_hash
from solvent.journal.postgres import PostgresJournal, open_postgres
from solvent.journal.postgres import opening as postgres_opening
from solvent.journal.postgres.session import Session
from tests.contract.journal.stores import NOW_MS, VENUE, answer, batch, numbers
from tests.postgres import execute, make_schema, place, server

PASSWORD = "pass@word/with:all#signs?"  # a test's own
ENCODED = "pass%40word%2Fwith%3Aall%23signs%3F"
WEEK_MS = 7 * 24 * 3_600_000


@pytest.fixture
def address(_postgres: None, tmp_path: Path) -> str:
    return place(tmp_path)


@pytest.fixture(scope="module")
def own() -> Iterator[Server]:
    """A server whose settings a test may change, and that asks one of its users for a password."""
    with server() as running:
        execute(running.url(), f"CREATE ROLE trader LOGIN PASSWORD '{PASSWORD}'")
        hba = Path(running.run("psql", *running.where(), "-Atc", "SHOW hba_file", "postgres").strip())
        hba.write_text("local all trader scram-sha-256\nlocal all all trust\n", "utf-8")
        execute(running.url(), "SELECT pg_reload_conf()")
        yield running


def with_login(address: str, login: str) -> str:
    return address.replace("//bench@", f"//{login}@")


def written(address: str, count: int = 3) -> None:
    with open_journal(address, venue_id=VENUE) as journal:
        for seq in range(count):
            journal.append("main", seq, batch([seq + 1], [f"k{seq}"]))


def test_a_second_writer_is_told_who_writes_and_gets_in_when_that_one_has_gone(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_opening, "LOCK_WAIT_MS", 50)
    with open_journal(address, venue_id=VENUE) as journal:
        journal.append("main", 0, batch([1]))
        with pytest.raises(
            DatabaseInUse, match=r"is in use through the server's process \d+ \(solvent, this"
        ):
            open_journal(address, venue_id=VENUE)
        assert journal.append("main", 1, batch([2])).seq == 2
    with open_journal(address, venue_id=VENUE) as journal:
        assert numbers(journal.read("main", 0)) == [1, 2]


def test_venues_in_two_schemas_of_a_database_are_strangers(address: str, tmp_path: Path) -> None:
    with (
        open_journal(address, venue_id="one") as one,
        open_journal(place(tmp_path / "two"), venue_id="two") as two,
    ):
        one.append("main", 0, batch([1], ["k"]))
        assert two.last_seq("main") == 0
        assert two.append("main", 0, batch([7], ["k"])).seq == 1
    with open_journal(address) as one:
        assert (one.venue_id, numbers(one.read("main", 0))) == ("one", [1])


def test_a_reader_follows_the_writer_and_changes_nothing(address: str) -> None:
    with pytest.raises(NoJournal, match="holds no journal"):
        open_journal(address, venue_id=VENUE, is_reading=True)
    with (
        open_journal(address, venue_id=VENUE) as writer,
        open_journal(address, is_reading=True) as reader,
    ):
        assert (reader.streams(), reader.last_seq("main")) == ((), 0)
        writer.append("main", 0, batch([1, 2], ["a"], at_ms=0))
        assert reader.answer_of("alice", "a") == answer("a")
        writer.append("main", 2, batch([3], ["b"]))
        writer.append("other", 0, batch([1]))
        writer.save_snapshot("main", 3, 1, b"state")
        assert reader.streams() == ("main", "other")
        assert reader.head("main") == writer.head("main")
        assert numbers(reader.read("main", 1)) == [2, 3]
        assert reader.answer_of("alice", "b") == answer("b")
        assert reader.knows("alice", "b")
        assert reader.knows_any([place_of("alice", "c"), place_of("alice", "a")])
        assert reader.latest_snapshot("main") == writer.latest_snapshot("main")
        assert reader.verify().heads == writer.verify().heads
        writer.prune(now_ms=NOW_MS)
        assert reader.answer_of("alice", "a") is None
        for change in (
            lambda: reader.append("main", 3, batch([4])),
            lambda: reader.save_snapshot("main", 3, 1, b"state"),
            lambda: reader.prune(now_ms=NOW_MS),
        ):
            with pytest.raises(JournalUnavailable, match="opened for reading; open it for writing"):
                change()


def test_no_venue_id_makes_no_journal_and_another_venues_is_refused(address: str) -> None:
    with pytest.raises(NoJournal, match="holds no journal; give a venue id to make one"):
        open_journal(address)
    with pytest.raises(InputRefused, match="the venue id is ''"):
        open_journal(address, venue_id="")
    written(address)
    with pytest.raises(
        OtherVenue, match="belongs to the venue venue-1, not to b; give that venue's database"
    ):
        open_journal(address, venue_id="b")
    with open_journal(address) as journal:
        assert journal.venue_id == VENUE
        assert journal.is_lasting


@pytest.mark.parametrize(
    ("number", "refusal", "words"),
    [
        (FORMAT + 1, FormatTooNew, f"is in format {FORMAT + 1} and this Solvent reads up to {FORMAT}"),
        (1, FormatTooOld, "is in format 1, and nothing leads from format 1 to 2"),
    ],
)
def test_another_version_of_the_schema_is_refused_by_its_number(
    address: str, number: int, refusal: type[JournalError], words: str
) -> None:
    written(address)
    made = genesis_hash(VENUE, number).hex()
    execute(address, f"UPDATE genesis SET format = {number}, hash = '\\x{made}'")
    with pytest.raises(refusal, match=words):
        open_journal(address)


def test_a_reader_leaves_an_older_format_as_it_is_and_the_next_writer_brings_it_forward(address: str) -> None:
    written(address)
    execute(address, f"UPDATE genesis SET format = 2, hash = '\\x{genesis_hash(VENUE, 2).hex()}'")
    with open_journal(address, is_reading=True) as journal:
        assert (journal.format, numbers(journal.read("main", 0))) == (2, [1, 2, 3])
    with open_journal(address) as journal:
        assert journal.format == FORMAT
    with open_journal(address, is_reading=True) as journal:
        assert (journal.format, journal.verify().damage) == (FORMAT, None)


def test_a_schema_with_a_part_of_a_journal_or_with_other_tables_is_refused(
    address: str, tmp_path: Path
) -> None:
    written(address)
    execute(address, "DROP TABLE genesis")
    with pytest.raises(JournalDamaged, match="it is missing, and there is answer_runs, answers, batches"):
        open_journal(address, venue_id=VENUE)
    other = place(tmp_path / "other")
    execute(other, "CREATE TABLE events (a integer)")
    with pytest.raises(JournalDamaged, match="it is missing, and there is events: this is not a journal"):
        open_journal(other, venue_id=VENUE)


def test_a_schema_that_is_not_there_and_one_that_may_not_be_written_to_are_refused(own: Server) -> None:
    with pytest.raises(DatabaseUnusable, match="has no schema that its search_path names"):
        open_journal(own.url(schema="nowhere"), venue_id=VENUE)
    make_schema(own, "foreigners")
    execute(own.url(), "GRANT USAGE ON SCHEMA foreigners TO trader")
    with pytest.raises(DatabaseUnusable, match="lets this user make no tables"):
        open_journal(with_login(own.url(schema="foreigners"), f"trader:{ENCODED}"), venue_id=VENUE)


@pytest.mark.parametrize(
    "login",
    ["trader:not-the-secret", "trader:se/cret@x", "trader:%zzsecret", f"trader:{ENCODED}x"],
)
def test_a_wrong_password_is_refused_and_no_password_is_told(
    own: Server, login: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DatabaseUnusable) as refused:
        open_journal(with_login(own.url(), login), venue_id=VENUE)
    told = "".join(str(one) for one in (refused.value, refused.value.__cause__, *capfd.readouterr()))
    assert "cret" not in told
    assert ENCODED not in told
    assert PASSWORD not in told
    assert "postgresql://trader@" in told


def test_the_right_password_opens(own: Server) -> None:
    execute(own.url(), "CREATE DATABASE venue OWNER trader")
    address = with_login(own.url("venue"), f"trader:{ENCODED}")
    written(address)
    with open_journal(address) as journal:
        assert journal.last_seq("main") == 3


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://nobody@127.0.0.1:1/none",
        "postgresql://h:port/db",
        "postgres:// x",
        "postgresql://u:p%0@h",  # not-a-secret: made up
    ],
)
def test_an_address_that_leads_nowhere_is_refused_with_what_to_do(address: str) -> None:
    with pytest.raises(DatabaseUnusable, match=r"cannot be (reached|read).*; (start|give|encode)"):
        open_journal(address, venue_id=VENUE)


def test_text_that_is_not_utf_8_is_refused(own: Server) -> None:
    execute(own.url(), "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(
        DatabaseUnusable, match="keeps text as LATIN1; give a database made with ENCODING 'UTF8'"
    ):
        open_journal(own.url("latin"), venue_id=VENUE)


def test_an_older_server_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solvent.journal.postgres.session.SERVER_VERSION_MIN", 990_000)
    with pytest.raises(DatabaseUnusable, match=r"is PostgreSQL \d+; use 99 or later"):
        open_journal(address, venue_id=VENUE)


def test_each_commit_reaches_the_disk_whatever_the_server_and_the_address_say(own: Server) -> None:
    make_schema(own, "relaxed")
    relaxed = own.url(schema="relaxed").replace("?", "?options=-csynchronous_commit%3Doff&", 1)
    execute(own.url(), "ALTER SYSTEM SET synchronous_commit = off", "SELECT pg_reload_conf()")
    for address, told in ((own.url(schema="relaxed"), "off"), (relaxed, "off")):
        with psycopg.connect(address) as plain:
            assert plain.execute("SHOW synchronous_commit").fetchone() == (told,)
    with open_postgres(own.url(schema="relaxed"), venue_id=VENUE) as journal:
        assert journal.durability()["synchronous_commit"] == "on"
    execute(own.url(), "ALTER SYSTEM SET synchronous_commit = remote_apply", "SELECT pg_reload_conf()")
    with open_postgres(own.url(schema="relaxed"), venue_id=VENUE) as journal:
        assert journal.durability()["synchronous_commit"] == "remote_apply"
    execute(own.url(), "ALTER SYSTEM RESET synchronous_commit", "SELECT pg_reload_conf()")


def test_a_server_that_does_not_sync_is_refused(own: Server) -> None:
    make_schema(own, "careless")
    execute(own.url(), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    try:
        with pytest.raises(
            DatabaseUnusable, match=r"runs with fsync off: .* a power cut loses it; set fsync = on"
        ):
            open_journal(own.url(schema="careless"), venue_id=VENUE)
    finally:
        execute(own.url(), "ALTER SYSTEM RESET fsync", "SELECT pg_reload_conf()")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ((True, "on", "on"), "is a standby, which nobody may write to"),
        ((False, "on", "local"), "commits with synchronous_commit local, whatever is asked for"),
    ],
)
def test_a_server_that_keeps_less_than_is_asked_for_is_refused(
    address: str, monkeypatch: pytest.MonkeyPatch, row: tuple[object, ...], words: str
) -> None:
    with closing(Session(address)) as session:
        monkeypatch.setattr(session, "rows", lambda _: [row])
        with pytest.raises(DatabaseUnusable, match=words):
            postgres_opening.require_durable(session)


def test_a_backup_is_a_folder_that_opens_with_everything(address: str, tmp_path: Path) -> None:
    with open_journal(address, venue_id=VENUE) as journal:
        journal.append("main", 0, batch([1], ["old"], at_ms=0))
        journal.append("main", 1, batch(range(2, 3_000), ["k"]))
        journal.append("other", 0, batch([], ["refused"]))
        journal.save_snapshot("main", 1, 1, b"state")
        journal.prune(now_ms=WEEK_MS + 1)
        journal.backup(tmp_path / "copy")
        whole = journal.verify()
        with open_journal(tmp_path / "copy", venue_id=VENUE) as copy:
            assert copy.verify() == whole
            assert copy.read("main", 0) == journal.read("main", 0)
            assert copy.answer_of("alice", "old") is None
            assert copy.answer_of("alice", "refused") == answer("refused")
            assert copy.latest_snapshot("main") == journal.latest_snapshot("main")


def test_the_database_shows_a_row_for_each_event_and_answer(address: str) -> None:
    with open_journal(address, venue_id=VENUE) as journal:
        journal.append("main", 0, batch([1, 22, 333], ["a", "bb"]))
        journal.append("main", 3, batch([4]))
        found = journal.read("main", 0)
    with psycopg.connect(address) as shell:
        events = shell.execute("SELECT * FROM events ORDER BY seq").fetchall()
        answers = shell.execute("SELECT * FROM answers ORDER BY number").fetchall()
    assert events == [
        ("main", one.seq, one.kind, one.version, one.at_ms, one.payload, one.hash) for one in found
    ]
    assert answers == [
        (number, one.account, one.key, one.request_digest, one.answer)
        for number, one in enumerate((answer("a"), answer("bb")), start=1)
    ]


def test_without_psycopg_the_extra_is_named_and_the_password_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "solvent.journal.postgres", None)
    with pytest.raises(DatabaseUnusable, match=r"needs psycopg, .*install solvent\[postgres\]") as refused:
        open_journal("postgresql://trader:secret@host/venue")  # not-a-secret: made up
    assert "secret" not in str(refused.value)


def test_a_damaged_journal_is_not_opened_and_is_verified_when_told_to(address: str) -> None:
    written(address)
    execute(address, "UPDATE batches SET at_ms = at_ms + 1 WHERE number = 2")
    with pytest.raises(JournalDamaged, match="batch 2: its hash"):
        open_journal(address)
    with open_journal(address, checked=Checked.AS_READ) as journal:
        assert isinstance(journal, PostgresJournal)
        assert str(journal.verify().damage).count("batch 2") == 1
