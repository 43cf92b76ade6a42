"""A batch's rows are written many at a statement, and every one of them is there."""

import pytest

from solvent.journal import Answer, Batch, Record, open_journal
from solvent.journal.opening import open_sqlite


def batch_of(count: int) -> Batch:
    return Batch(
        at_ms=1,
        records=tuple(Record("acted", 1, f"event {number}".encode()) for number in range(count)),
        answers=tuple(
            Answer(account="a", key=f"key {number}", request_digest=b"d", answer=f"{number}".encode())
            for number in range(count)
        ),
    )


@pytest.mark.parametrize("count", [1, 2, 3, 255, 256, 257, 600])
def test_every_row_of_a_batch_is_written_once_and_in_order(count: int) -> None:
    with open_journal(":memory:", venue_id="v") as journal:
        journal.append("venue", 0, batch_of(count))

        assert [one.payload for one in journal.read("venue", 0)] == [
            one.payload for one in batch_of(count).records
        ]
        assert all(journal.answer_of("a", f"key {number}") for number in range(count))
        assert journal.verify().damage is None


@pytest.mark.parametrize(("count", "statements"), [(1, 1), (200, 3), (256, 1), (600, 5)])
def test_rows_take_few_statements_as_each_lets_other_threads_in(count: int, statements: int) -> None:
    seen: list[str] = []
    with open_sqlite(":memory:", venue_id="v") as journal:
        journal._connection.set_trace_callback(seen.append)
        journal.append("venue", 0, batch_of(count))

    assert sum(one.startswith("INSERT INTO events") for one in seen) == statements
    assert sum(one.startswith("INSERT INTO answers") for one in seen) == statements
