"""A process that appends is killed at random instants: what it acknowledged is there, and there once."""

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from solvent.journal import Journal
from tests.contract.journal.appender import OPENED, SEQ_BYTES, batch_size, key_of
from tests.contract.journal.stores import Place, answer, numbers

ROOT = Path(__file__).resolve().parents[3]
KILLS_A_SEED = 10
SEEDS = range(6)
# After the journal is open, an append takes less than a millisecond; starting a process some hundred.
WRITING_S_MAX = 0.04
STARTING_S_MAX = 0.3


def run_and_kill(place: str, chance: random.Random) -> int:
    """Run the appender, kill it, and return the last seq that it acknowledged; 0 for none."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "tests.contract.journal.appender", place]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=ROOT) as child:
        assert child.stdout is not None
        is_early = chance.random() < 0.2
        said = b"" if is_early else child.stdout.read(1)
        timer = threading.Timer(chance.uniform(0, STARTING_S_MAX if is_early else WRITING_S_MAX), child.kill)
        timer.start()
        said += child.stdout.read()
        timer.join()
    assert child.returncode == -signal.SIGKILL
    assert said[:1] in (OPENED, b"")
    acknowledged = said[1:]
    whole = len(acknowledged) // SEQ_BYTES * SEQ_BYTES
    return int.from_bytes(acknowledged[whole - SEQ_BYTES : whole], "big") if whole else 0


def require_whole_batches(journal: Journal) -> int:
    """Check that each event is there once, in whole batches, and return the last seq."""
    last_seq = journal.last_seq("main")
    found: list[int] = []
    while len(found) < last_seq:
        found += numbers(journal.read("main", len(found), 10_000))
    assert found == list(range(1, last_seq + 1))
    first = newest = 1
    while first <= last_seq:
        newest = first
        first += batch_size(first)
    assert first == last_seq + 1, "the last batch is there in part"
    if last_seq:
        assert journal.answer_of("alice", key_of(newest)) == answer(key_of(newest))
    return last_seq


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_killed_writer_leaves_every_acknowledged_batch_once_and_none_in_part(
    place: Place, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    acknowledged_in_all = last_seq = 0
    for _ in range(KILLS_A_SEED):
        acknowledged = run_and_kill(place.of(tmp_path), chance)
        acknowledged_in_all += acknowledged > 0
        with place.open(tmp_path) as journal:
            landed = require_whole_batches(journal)
            assert landed >= max(acknowledged, last_seq)
            assert journal.verify().damage is None
            snapshot = journal.latest_snapshot("main")
            assert snapshot is None or snapshot.seq <= landed
        last_seq = landed
    assert acknowledged_in_all, "no kill found the appender at work"
