"""What a look at the write-ahead log tells, on logs that SQLite wrote."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from solvent.journal.wal import lost_transactions

FRAME_BYTES = 24 + 4_096
TRANSACTIONS = 4


@pytest.fixture
def log(tmp_path: Path) -> bytes:
    """A log of four transactions of one frame each."""
    with closing(sqlite3.connect(tmp_path / "x", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (a)")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        for number in range(TRANSACTIONS):
            connection.execute("INSERT INTO t VALUES (?)", (number,))
        data = (tmp_path / "x-wal").read_bytes()
    assert len(data) == 32 + TRANSACTIONS * FRAME_BYTES
    return data


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def test_a_whole_log_has_lost_nothing(log: bytes) -> None:
    assert lost_transactions(log) == (0, 0)


@pytest.mark.parametrize("frame", [1, 2, 3])
@pytest.mark.parametrize("place", [0, 8, 20, 24, 24 + 4_095])
def test_a_bad_frame_loses_the_transactions_from_it_on(log: bytes, frame: int, place: int) -> None:
    damaged = flipped(log, 32 + (frame - 1) * FRAME_BYTES + place)
    found, lost = lost_transactions(damaged)
    assert found == frame
    assert lost >= TRANSACTIONS - frame if frame < 3 else lost in (0, 2)


def test_a_bad_last_frame_is_what_a_crash_leaves(log: bytes) -> None:
    assert lost_transactions(flipped(log, 32 + 3 * FRAME_BYTES + 100)) == (4, 0)


def test_a_log_cut_short_is_what_a_crash_leaves(log: bytes) -> None:
    for size in (32 + FRAME_BYTES, 32 + FRAME_BYTES + 1, len(log) - 1):
        assert lost_transactions(log[:size])[1] == 0


@pytest.mark.parametrize("place", [0, 8, 11, 16, 24, 31])
def test_a_bad_header_loses_everything_behind_it(log: bytes, place: int) -> None:
    assert lost_transactions(flipped(log, place))[1] == 1


def test_frames_of_an_earlier_round_of_the_log_are_not_missed(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "y", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE t (a)")
        for number in range(10):
            connection.execute("INSERT INTO t VALUES (?)", (number,))
        connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
        connection.execute("INSERT INTO t VALUES (11)")
        data = (tmp_path / "y-wal").read_bytes()
    assert len(data) > 5 * FRAME_BYTES
    assert lost_transactions(data) == (2, 0)
