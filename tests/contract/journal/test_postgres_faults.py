"""The server dies, a connection is cut, another writer comes: nothing acknowledged is lost or doubled."""

import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from benchmarks.postgres import Server

from solvent.journal import (
    CommitUnknown,
    Conflict,
    DatabaseUnusable,
    Journal,
    JournalDamaged,
    JournalUnavailable,
    KeyTaken,
    Record,
    batch_of,
    open_journal,
)
from solvent.journal.postgres import writing
from tests.contract.journal.appender import OPENED, SEQ_BYTES
from tests.contract.journal.stores import VENUE, answer, batch, numbers
from tests.contract.journal.test_kills import ROOT, require_whole_batches
from tests.postgres import execute, make_schema, server, standby

WEEK_MS = 7 * 24 * 3_600_000
# What a commit takes on a slow disk is some milliseconds, a busy machine takes longer.
WRITING_S_MAX = 0.25
ROUNDS = 5
WRITER = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted"
TERMINATE = f"SELECT pg_terminate_backend(pid) FROM ({WRITER}) AS writer"


@pytest.fixture(scope="module")
def own() -> Iterator[Server]:
    """A server that may be killed."""
    with server() as running:
        yield running


@pytest.fixture
def address(own: Server, request: pytest.FixtureRequest) -> str:
    schema = f"venue_{abs(hash(request.node.name))}"
    make_schema(own, schema)
    return own.url(schema=schema)


def crash(own: Server) -> None:
    """Kill the server as a power cut does, and start it again."""
    own.stop("immediate")
    own.start()


def terminate(own: Server) -> None:
    """Cut whichever connection writes."""
    execute(own.url(), TERMINATE)


def append_until_cut(address: str, cut: Callable[[], None], wait_s: float) -> tuple[int, str]:
    """Run the appender, cut it off, and return the last seq that it acknowledged and what it said last."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "tests.contract.journal.appender", address]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd=ROOT
    ) as child:
        assert child.stdout is not None
        assert child.stdout.read(1) == OPENED
        timer = threading.Timer(wait_s, cut)
        timer.start()
        said, wrong = child.communicate()
        timer.join()
    whole = len(said) // SEQ_BYTES * SEQ_BYTES
    last = int.from_bytes(said[whole - SEQ_BYTES : whole], "big") if whole else 0
    return last, wrong.decode()


@pytest.mark.slow
@pytest.mark.parametrize("how", [crash, terminate])
def test_a_server_or_connection_that_dies_under_load_loses_and_doubles_nothing(
    own: Server, address: str, how: Callable[[Server], None], tell: Callable[[str], None]
) -> None:
    chance = random.Random(how.__name__)
    last_seq = acknowledged_in_all = in_flight = 0
    for _ in range(ROUNDS):
        acknowledged, wrong = append_until_cut(address, lambda: how(own), chance.uniform(0, WRITING_S_MAX))
        assert "CommitUnknown" in wrong or "JournalUnavailable" in wrong, wrong
        acknowledged_in_all += acknowledged > 0
        with open_journal(address, venue_id=VENUE) as journal:
            landed = require_whole_batches(journal)
            assert journal.verify().damage is None
        assert landed >= max(acknowledged, last_seq)
        in_flight += acknowledged and landed > acknowledged
        last_seq = landed
    assert acknowledged_in_all, "nothing was cut off at work"
    tell(f"{how.__name__}: {ROUNDS} times, {last_seq} events, {in_flight} commits landed without an answer")


def test_a_writer_whose_connection_was_cut_writes_no_more_and_another_goes_on(
    own: Server, address: str
) -> None:
    with open_journal(address, venue_id=VENUE) as first:
        first.append("main", 0, batch([1], ["a"]))
        terminate(own)
        with pytest.raises(
            CommitUnknown, match=r"appending to main failed \(.*\), and what landed is unknown"
        ):
            first.append("main", 1, batch([2], ["b"]))
        with open_journal(address, venue_id=VENUE) as second:
            assert numbers(second.read("main", 0)) == [1]
            second.append("main", 1, batch([3], ["b"]))
            for again in (
                lambda: first.append("main", 1, batch([2], ["b"])),
                lambda: first.append("other", 0, batch([1])),
                lambda: first.prune(now_ms=0),
            ):
                with pytest.raises(CommitUnknown, match="what landed is unknown: reopen the journal"):
                    again()
            assert second.append("main", 2, batch([4])).seq == 3
    with open_journal(address) as journal:
        assert numbers(journal.read("main", 0)) == [1, 3, 4]
        assert journal.verify().damage is None


@pytest.mark.slow
def test_a_standby_is_read_and_takes_over_with_all_that_was_acknowledged(tell: Callable[[str], None]) -> None:
    with server() as primary, standby(primary) as follower:
        execute(
            primary.url(),
            "ALTER SYSTEM SET synchronous_standby_names = '*'",
            "ALTER SYSTEM SET synchronous_commit = remote_apply",
            "SELECT pg_reload_conf()",
        )
        with open_journal(primary.url(), venue_id=VENUE) as journal:
            for seq in range(100):
                journal.append("main", seq, batch([seq + 1], [f"k{seq}"]))
            with pytest.raises(DatabaseUnusable, match="is a standby, which nobody may write to; give the"):
                open_journal(follower.url())
            with open_journal(follower.url(), is_reading=True) as reader:
                assert reader.head("main") == journal.head("main")
                assert reader.verify().damage is None
            primary.stop("immediate")
            follower.promote()
            with pytest.raises(CommitUnknown):
                journal.append("main", 100, batch([101], ["k100"]))
        with open_journal(follower.url()) as journal:
            assert numbers(journal.read("main", 0)) == list(range(1, 101))
            assert journal.answer_of("alice", "k99") == answer("k99")
            assert journal.append("main", 100, batch([101], ["k100"])).seq == 101
        primary.start()
    tell("failover: 100 batches acknowledged by a primary, 100 on the standby that took over")


def test_rows_of_another_writer_behind_the_lock_are_a_conflict_and_stay(address: str) -> None:
    with open_journal(address, venue_id=VENUE) as journal:
        journal.append("main", 0, batch([1]))
        execute(
            address,
            "INSERT INTO batches SELECT 2, 'other', 1, 0, 1, first_answer, 0, hash, hash, hash FROM batches",
        )
        for stream, seq in (("main", 1), ("other", 0)):
            with pytest.raises(
                Conflict, match="batch 2 is there already: another writer was there first; open the journal"
            ):
                journal.append(stream, seq, batch([2], ["k"]))
        assert journal.answer_of("alice", "k") is None
        assert numbers(journal.read("main", 0)) == [1]


def test_what_the_server_refuses_is_not_written_and_the_journal_goes_on(address: str) -> None:
    big = batch_of([Record("counted", 1, bytes(400_000)) for _ in range(9)], at_ms=1)
    with open_journal(address, venue_id=VENUE) as journal:
        journal.append("main", 0, batch([1], ["a"]))
        execute(address, "ALTER TABLE batches ADD CHECK (number < 2)")
        for refused in (batch([2], ["b"]), big):
            with pytest.raises(JournalUnavailable, match="appending to main failed, and nothing was written"):
                journal.append("main", 1, refused)
        execute(address, "ALTER TABLE batches DROP CONSTRAINT batches_number_check")
        assert journal.append("main", 1, batch([2], ["b"])).seq == 2
        with pytest.raises(KeyTaken):
            journal.append("main", 2, batch([3], ["b"]))
        assert journal.append("main", 2, big).seq == 11
        assert journal.verify().damage is None


def test_a_prune_that_finds_damage_is_undone_and_the_journal_goes_on(address: str) -> None:
    with open_journal(address, venue_id=VENUE) as journal:
        journal.append("main", 0, batch([1], ["a"], at_ms=0))
        execute(address, "UPDATE answer_runs SET heads = 'none'")
        with pytest.raises(JournalDamaged, match="answer 1: the list of them cannot be read"):
            journal.prune(now_ms=WEEK_MS + 1)
        assert journal.append("main", 1, batch([2])).seq == 2


def test_a_snapshot_that_the_server_refuses_costs_the_snapshot_and_nothing_else(address: str) -> None:
    with open_journal(address, venue_id=VENUE) as journal:
        journal.append("main", 0, batch([1], ["a"]))
        execute(address, "ALTER TABLE snapshots ADD CHECK (seq > 1)")
        with pytest.raises(JournalUnavailable, match="saving a snapshot of main failed, and nothing"):
            journal.save_snapshot("main", 1, 1, b"state")
        journal.append("main", 1, batch([2]))
        journal.save_snapshot("main", 2, 1, b"state")
        latest = journal.latest_snapshot("main")
        assert latest is not None
        assert latest.seq == 2


@pytest.mark.parametrize("landed", [False, True])
def test_an_answer_that_never_comes_stops_the_journal_whatever_landed(
    address: str, monkeypatch: pytest.MonkeyPatch, landed: bool
) -> None:
    with open_journal(address, venue_id=VENUE) as journal:
        journal.append("main", 0, batch([1], ["a"]))
        cut_during_statement(journal, monkeypatch, landed=landed)
        with pytest.raises(CommitUnknown, match="and what landed is unknown: reopen the journal"):
            journal.append("main", 1, batch([2], ["b"]))
        assert journal.answer_of("alice", "b") is None
    with open_journal(address) as journal:
        assert numbers(journal.read("main", 0)) == ([1, 2] if landed else [1])
        assert journal.answer_of("alice", "b") == (answer("b") if landed else None)
        assert journal.append("main", 1 + landed, batch([9])).seq == 2 + landed


def cut_during_statement(journal: Journal, monkeypatch: pytest.MonkeyPatch, *, landed: bool) -> None:
    """Lose the connection at the next batch, before the server reads it or after it has committed."""
    session = journal._writer._session  # type: ignore[attr-defined]
    plain = session.run

    def cut(statement: str, given: tuple[object, ...] = ()) -> int:
        if statement != writing._BATCH:
            return int(plain(statement, given))
        if landed:
            plain(statement, given)
        session.close()
        raise psycopg.OperationalError("the connection is lost")

    monkeypatch.setattr(session, "run", cut)


def test_a_batch_of_many_runs_lands_whole_and_is_read_from_any_place(address: str, tmp_path: Path) -> None:
    with open_journal(address, venue_id=VENUE) as journal, open_journal(tmp_path, venue_id=VENUE) as other:
        for each in (journal, other):
            each.append("main", 0, batch(range(5_000), map(str, range(3_000))))
            each.append("main", 5_000, batch([5_000]))
        assert journal.head("main") == other.head("main")
        for after in (0, 1_023, 1_024, 2_500, 4_999, 5_000):
            found = journal.read("main", after, 700)
            assert found == other.read("main", after, 700)
        assert journal.answer_of("alice", "2999") == answer("2999")
        assert journal.verify().damage is None
