"""Row 18: a journal replayed against its commands applied, a snapshot written and read, bytes a position."""

import gc
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import TypeVar

from msgspec import Struct

from benchmarks.agreement import Disagreement
from benchmarks.startup import stopped_and_started
from benchmarks.targets import Measured, Outcome, Target
from benchmarks.timing import Timed
from benchmarks.workload import NOW_MS, Opened, Stream, opened
from solvent.engine import State, apply
from solvent.engine.snapshot import encode_state
from solvent.engine.ticks import scan
from solvent.journal import Journal, open_journal
from solvent.runtime import replay
from solvent.runtime.asked import Asked
from solvent.runtime.batch import carry_out
from solvent.runtime.loading import read_snapshot

REPLAY = Target("18", "replay of the journal ÷ apply of its commands", 0.7, 0.9, "recovery")
LOAD = Target("18", "snapshot load, million positions a second", 0.3, 0.5, "recovery")
WRITE = Target("18", "snapshot write, million positions a second", group="recovery")
TARGETS = (REPLAY, LOAD, WRITE)
ROWS = frozenset({"18"})
BATCH = 250
SECOND_US = 1.0  # a million a second takes a microsecond each
Made = TypeVar("Made")


class Load(Struct, frozen=True):
    """How much of it: accounts and commands of the replay, positions of snapshots and of the footprint."""

    accounts: int
    commands: int
    positions: int
    footprints: tuple[int, ...]


FULL = Load(accounts=2_000, commands=20_000, positions=100_000, footprints=(100_000, 1_000_000))
# The replay is of 2,000 accounts in every size: so few as 200 lie in the caches, which helps `apply` more.
FLOORS = Load(accounts=2_000, commands=8_000, positions=5_000, footprints=())
QUICK = Load(accounts=2_000, commands=8_000, positions=5_000, footprints=(20_000,))


def run(load: Load, rounds: int, folder: Path, say: Callable[[str], None]) -> Outcome:
    """Measure in rounds; every state that was read back must equal the one that it came from.

    Errors: `Disagreement`.
    """
    begun = opened(load.accounts)
    acts = Stream(begun.accounts, name="replayed").take(load.commands)
    replays, writes, loads = Timed([], []), Timed([], []), Timed([], [])
    kept = opened(load.positions).state()
    size = len(encode_state(kept)) / load.positions
    with open_journal(folder / "replayed", venue_id="bench") as journal:
        commands = _fill(journal, begun, acts)
        gc.collect()
        gc.freeze()  # a process that starts has nothing else to look through
        for number in range(rounds):
            state, applied_us = _timed(lambda: _applied(commands), len(commands))
            back, replayed_us = _timed(lambda: replay(journal), len(commands))
            _require_same(state, back, "the replay of the journal")
            payload, written_us = _timed(lambda: encode_state(kept), load.positions, clock=process_time)
            read, loaded_us = _timed(partial(read_snapshot, payload), load.positions, clock=process_time)
            _require_same(kept, read, "the snapshot")
            for timed, ours_us, peer_us in (
                (replays, replayed_us, applied_us),
                (writes, written_us, SECOND_US),
                (loads, loaded_us, SECOND_US),
            ):
                timed.ours_us.append(ours_us)
                timed.peer_us.append(peer_us)
            say(f"measured recovery round {number + 1} of {rounds}")
    agreed = {
        "replay": f"the same state hash after {len(commands):,} commands applied and replayed, each round",
        "snapshot": f"{load.positions:,} positions, {size:.0f} bytes each, the same state hash, each round",
    }
    told = "; ".join(_footprint(count) for count in load.footprints)
    settings = {"memory": told} if told else {}
    if load.footprints:
        settings["restart"] = stopped_and_started(folder / "restarted", load.footprints[-1])
        say(f"measured a restart with {load.footprints[-1]:,} positions")
    measured = [Measured(REPLAY, replays), Measured(LOAD, loads), Measured(WRITE, writes)]
    return Outcome(agreed, measured, [], [], settings)


def _fill(journal: Journal, begun: Opened, acts: list[Asked]) -> list[Asked]:
    """Write a venue's beginning and its commands to a journal; return all of them, in order."""
    opening = [
        Asked(commands=(command,), account="operator", key=f"opening-{number}", request=b"")
        for number, command in enumerate(begun.commands)
    ]
    commands, state = [*opening, *acts], State()
    for low in range(0, len(commands), BATCH):
        batch = commands[low : low + BATCH]
        replies = carry_out(journal, state, batch, now_ms=NOW_MS, candidates=scan)
        assert all(reply.is_accepted for reply in replies)
    return commands


def _applied(commands: list[Asked]) -> State:
    state = State()
    for one in commands:
        apply(state, one.commands[0], now_ms=NOW_MS)
    return state


def _timed(
    call: Callable[[], Made], count: int, *, clock: Callable[[], float] = perf_counter
) -> tuple[Made, float]:
    """Return what a call made, and the microseconds of the clock that it took for each of `count`."""
    gc.collect()
    started = clock()
    made = call()
    return made, (clock() - started) * 1e6 / count


def _require_same(ours: State, theirs: State, name: str) -> None:
    if ours.hash() != theirs.hash():
        raise Disagreement(f"{name} brings another state back")


def _footprint(positions: int) -> str:
    """Return the bytes a live position, measured in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.footprint", str(positions)]
    told = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout.strip()
    state, index, stress = told.split()
    return (
        f"{state} bytes of resident memory a live position and its account, {index} with the index, "
        f"{stress} with the sums of the stress too, at {positions:,}"
    )
