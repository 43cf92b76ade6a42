"""Row 10's sides do the same work on one PostgreSQL and end the same. Nothing is timed."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from benchmarks import durable_postgres, sides
from benchmarks.durability import mixed
from benchmarks.naive import KeyReused, held_in
from benchmarks.postgres import Absent, Server
from benchmarks.workload import Stream, opened
from msgspec.structs import replace

from solvent.journal import open_journal
from tests.postgres import ABSENT, server

BEGUN = opened(20, seed=9)


@pytest.fixture(scope="module")
def running() -> Iterator[Server | None]:
    """A server; none where tests/contract/journal/test_stores.py says that there is none."""
    if ABSENT:
        yield None
    else:
        with server() as started:
            yield started


def test_ours_and_the_rival_on_postgresql_accept_refuse_and_repeat_the_same_commands(
    running: Server | None,
) -> None:
    if running is None:
        return
    from benchmarks.naive_postgres import NaivePostgres

    with closing(NaivePostgres(running.schema("rival"), BEGUN.state())) as naive:
        journal = open_journal(running.schema("ours"), venue_id="bench")
        found = sides.check(BEGUN, journal, naive, mixed(BEGUN))
        assert found.startswith("2,000 commands, 200 of them refused by both")
        assert naive.settings() == {"fsync": "on", "synchronous_commit": "on"}
        (first,) = Stream(BEGUN.accounts, name="reused").take(1)
        naive.carry_out(first)
        with pytest.raises(KeyReused):
            naive.carry_out(replace(first, request=b"another"))


def test_both_sides_end_with_the_balances_of_the_engine_alone(running: Server | None) -> None:
    if running is None:
        return
    from benchmarks.naive_postgres import NaivePostgres

    ours = sides.durable(BEGUN, running.schema("ours_timed"))
    with ours.journal, closing(NaivePostgres(running.schema("rival_timed"), BEGUN.state())) as naive:
        rival = sides.Rival(BEGUN, naive)
        for batch in (1, 10, 100):
            ours.run(200, batch)
            rival.run(200)
        assert sides.require_same_end(BEGUN, "durable", 600, held_in(ours.state)).startswith("600 commands")
        assert sides.require_same_end(BEGUN, "naive", 600, naive.held()).startswith("600 commands")


def test_where_there_is_no_postgresql_row_10_is_not_measured_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(_: Path) -> Server:
        raise Absent("there is no initdb")

    monkeypatch.setattr(durable_postgres, "Server", absent)
    found = durable_postgres.run(durable_postgres.QUICK, 5, tmp_path, print)
    assert found.remarks == [
        "ROW 10 WAS NOT MEASURED, as there is no PostgreSQL or no psycopg: there is no initdb"
    ]
    assert [one.timed for one in found.measured] == [None] * 4
