"""A venue's process ends in order: what was acknowledged is there, and a second signal ends it at once."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import pytest

from solvent.engine import commands
from solvent.journal import open_journal
from solvent.runtime import (
    Driver,
    Ended,
    Ending,
    Pacing,
    RealClock,
    Reason,
    Venue,
    VenueStopped,
    VirtualClock,
    replay,
    run,
)
from solvent.runtime.venue import OPERATOR
from tests.unit.runtime.process import VENUE_ID

ROOT = Path(__file__).resolve().parents[3]
WAIT_S = 30


@contextmanager
def started(folder: Path, how: str = "") -> Iterator[subprocess.Popen[str]]:
    """Run the process of `process`, and be sure that it ends."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    command = [sys.executable, "-m", "tests.unit.runtime.process", str(folder), how]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        watch = Timer(WAIT_S, process.kill)
        watch.start()
        try:
            yield process
        finally:
            watch.cancel()
            process.kill()


def lines_of(process: subprocess.Popen[str]) -> Iterator[str]:
    assert process.stdout is not None
    for line in process.stdout:
        yield line.rstrip("\n")


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_a_process_asked_to_end_under_load_ends_well_and_keeps_all_that_it_acknowledged(
    tmp_path: Path, asked: signal.Signals
) -> None:
    told: list[str] = []
    with started(tmp_path / "venue") as process:
        for line in lines_of(process):
            told.append(line)
            if len(told) == 500:
                process.send_signal(asked)
        assert process.wait(WAIT_S) == 0
    assert f"ending {asked.name}" in told
    (ended,) = [line.split() for line in told if line.startswith("ended ")]
    keys = [line.split()[1] for line in told if line.startswith("accepted ")]
    assert len(keys) == len(set(keys)) >= 499
    assert not [line for line in told if line.startswith("refused ")]
    with open_journal(tmp_path / "venue") as journal:
        assert all(journal.answer_of(OPERATOR, key) is not None for key in keys)
        state = replay(journal)
    assert [str(state.seq), state.hash()] == ended[1:]
    assert state.requests >= set(keys)


def test_a_second_signal_ends_a_process_that_cannot_finish(tmp_path: Path) -> None:
    told: list[str] = []
    with started(tmp_path / "venue", "stuck") as process:
        for line in lines_of(process):
            told.append(line)
            if len(told) == 100 or line == "ending SIGTERM":
                process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT_S) == -signal.SIGTERM
    keys = [line.split()[1] for line in told if line.startswith("accepted ")]
    with open_journal(tmp_path / "venue") as journal:
        assert all(journal.answer_of(OPERATOR, key) is not None for key in keys)


def test_a_process_whose_commit_fails_ends_by_itself_and_says_why(tmp_path: Path) -> None:
    with started(tmp_path / "venue", "broken") as process:
        told = list(lines_of(process))
        assert process.wait(WAIT_S) == 1
    (ending,) = [line for line in told if line.startswith("ending ")]
    assert "No space left on device" in ending
    assert "open it again" in ending
    keys = [line.split()[1] for line in told if line.startswith("accepted ")]
    with open_journal(tmp_path / "venue") as journal:
        assert all(journal.answer_of(OPERATOR, key) is not None for key in keys)


def test_a_venue_runs_until_somebody_asks_and_is_closed_then(tmp_path: Path) -> None:
    venue = Venue(open_journal(tmp_path, venue_id=VENUE_ID), clock=VirtualClock())
    ending = Ending()
    ending.ask("enough")
    heard: list[Reason] = []
    ended = run(venue, ending, on_end=heard.append)
    assert heard == [Reason(words="enough")]
    assert ended == Ended(reason=heard[0], seq=0, state_hash=venue.state.hash())
    with open_journal(tmp_path) as journal:
        assert replay(journal).hash() == ended.state_hash


def test_a_part_that_cannot_go_on_ends_the_prices_and_the_venue_and_is_a_fault() -> None:
    clock = RealClock()
    venue = Venue(open_journal(":memory:", venue_id=VENUE_ID), clock=clock)
    pacing = Pacing(Driver(venue, clock, []), clock)
    ending = Ending()
    ending.fault("the feed ended")
    ended = run(venue, ending, pacing=pacing)
    assert ended.reason == Reason(words="the feed ended", is_fault=True)
    assert pacing.stopped is None
    with pytest.raises(VenueStopped, match="closed"):
        venue.submit(commands.OpenAccount(account="a" * 32), key="late")


def test_the_handlers_of_before_are_back_when_the_end_was_not_asked_for_by_a_signal() -> None:
    before = signal.getsignal(signal.SIGTERM)
    ending = Ending()
    with ending.on_signals():
        assert signal.getsignal(signal.SIGTERM) != before
        signal.raise_signal(signal.SIGTERM)
        assert signal.getsignal(signal.SIGINT) == signal.SIG_DFL
    assert ending.wait() == Reason(words="SIGTERM")
    assert signal.getsignal(signal.SIGTERM) == before
