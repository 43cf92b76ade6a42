"""A batch's events and answers are written in few rows, and every one of them is there."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from solvent.journal import Answered, CommitUnknown, Record, StoredRecord, batch_of, open_journal
from solvent.journal.opening import open_sqlite
from solvent.journal.runs import RUN_BYTES_MAX, RUN_ITEMS_MAX, split
from solvent.journal.sqlite import SqliteJournal
from tests.contract.journal.stores import kept


def events(count: int, *, size: int = 0) -> list[Record]:
    return [Record("acted", 1, f"event {number}".encode().ljust(size, b".")) for number in range(count)]


def answers(count: int, *, size: int = 0) -> list[Answered]:
    return [
        Answered(account="a", key=f"key {number}", request=b"r", answer=f"{number}".encode().ljust(size))
        for number in range(count)
    ]


@pytest.mark.parametrize(
    ("count", "size", "rows"), [(1, 0, 1), (200, 0, 1), (1_024, 0, 1), (1_025, 0, 2), (5, 400_000, 3)]
)
def test_every_event_and_answer_of_a_batch_is_written_once_and_in_order_in_few_rows(
    count: int, size: int, rows: int
) -> None:
    seen: list[str] = []
    given, told = events(count, size=size), answers(count, size=size)
    with open_sqlite(":memory:", venue_id="v") as journal:
        journal._connection.set_trace_callback(seen.append)
        journal.append("venue", 0, batch_of(given, told, at_ms=1))
        journal.append("venue", count, batch_of([Record("last", 1, b"")], at_ms=1))
        journal._connection.set_trace_callback(None)

        assert [one.record for one in journal.read("venue", 0)][:-1] == given
        for after in (0, count - 1, count // 2, count):
            assert [one.seq for one in journal.read("venue", after, 2)] == [
                seq for seq in (after + 1, after + 2) if seq <= count + 1
            ]
        assert [journal.answer_of("a", one.key) for one in told] == [*map(kept, told)]
        assert journal.verify().damage is None
        assert rows_of(journal, "event_runs") == rows + 1
        assert rows_of(journal, "answer_runs") == rows
    # A statement of its own is a transaction of its own; the second batch always has one run.
    assert [one for one in seen if one.startswith(("BEGIN", "COMMIT"))] == (
        [] if rows == 1 else ["BEGIN IMMEDIATE", "COMMIT"]
    )


def rows_of(journal: SqliteJournal, table: str) -> int:
    found: tuple[int] = journal._connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return found[0]


@pytest.mark.parametrize(
    "sizes",
    [[], [0], [RUN_BYTES_MAX], [RUN_BYTES_MAX + 1], [1] * (2 * RUN_ITEMS_MAX + 1), [RUN_BYTES_MAX, 1, 1]],
    ids=len,
)
def test_runs_are_cut_where_a_limit_is_reached_and_never_before_the_first_item(sizes: list[int]) -> None:
    items = list(range(len(sizes)))
    runs = [items[run] for run in split(sizes)]
    assert [item for run in runs for item in run] == items
    for run in runs:
        assert 0 < len(run) <= RUN_ITEMS_MAX
        assert len(run) == 1 or sum(sizes[item] for item in run) <= RUN_BYTES_MAX
    for one, following in pairwise(runs):
        assert (
            len(one) == RUN_ITEMS_MAX
            or sum(sizes[item] for item in one) + sizes[following[0]] > RUN_BYTES_MAX
        )


def test_the_database_shows_a_row_for_each_event_and_answer(tmp_path: Path) -> None:
    told = answers(3)
    with (
        open_journal(tmp_path, venue_id="v") as journal,
        closing(sqlite3.connect(tmp_path / "journal.sqlite3")) as shell,
    ):
        journal.append("venue", 0, batch_of(events(3), told, at_ms=1))
        journal.append("other", 0, batch_of([Record("größer", 7, b"\x00\xff")], at_ms=2))
        found = shell.execute("SELECT * FROM events ORDER BY stream, seq").fetchall()
        shown = shell.execute("SELECT * FROM answers ORDER BY number").fetchall()
        stored = [("other", *_row(one)) for one in journal.read("other", 0)]
        stored += [("venue", *_row(one)) for one in journal.read("venue", 0)]
    assert found == stored
    assert shown == [
        (number, one.account, one.key, one.request_digest, one.answer)
        for number, one in enumerate(map(kept, told), start=1)
    ]


def _row(one: StoredRecord) -> tuple[object, ...]:
    return one.seq, one.kind, one.version, one.at_ms, one.payload, one.hash


def test_what_was_prepared_before_a_commit_failed_does_not_land_behind_it(tmp_path: Path) -> None:
    failing = [sqlite3.OperationalError("disk I/O error")]

    def commit(write: Callable[[], object]) -> None:
        if failing:
            raise failing.pop()
        write()

    with open_sqlite(tmp_path, venue_id="v", commit=commit) as journal:
        for land in [journal.prepare("main", 0, batch_of(events(1), at_ms=1)) for _ in range(2)]:
            with pytest.raises(CommitUnknown):
                land()
    with open_sqlite(tmp_path) as journal:
        assert journal.last_seq("main") == 0
