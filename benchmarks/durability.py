"""Rows 9, 11, 12 and 13: commands made durable, against the rival, PostgreSQL, memory and the disk's sync."""

import gc
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from benchmarks import crash, sides
from benchmarks.naive import Naive, held_in
from benchmarks.postgres import CLIENTS, Absent, Postgres
from benchmarks.targets import Measured, Outcome, Target
from benchmarks.timing import Timed
from benchmarks.workload import Opened, Stream, opened
from solvent.journal import open_journal
from solvent.margin import tiered
from solvent.runtime.collecting import collect_seldom

BATCHES = (1, 10, 100, 1000)
CHECKED = 2_000


class Load(Struct, frozen=True):
    """How much of it: accounts with a position, and commands a round of each side."""

    accounts: int
    ours: tuple[int, ...]
    rival: int
    memory: int
    syncs: int
    pgbench_s: int


# Of 1,000 at once some dozens follow each other: nothing is carried out while a round's last one lands.
FULL = Load(
    accounts=100_000, ours=(500, 2_000, 8_000, 30_000), rival=500, memory=6_000, syncs=500, pgbench_s=2
)
QUICK = Load(accounts=5_000, ours=(200, 500, 2_000, 10_000), rival=200, memory=2_000, syncs=200, pgbench_s=1)
FLOORS = Load(accounts=5_000, ours=(100, 300, 1_500, 6_000), rival=150, memory=2_000, syncs=100, pgbench_s=1)

NAIVE = (
    Target("9", "durable, batch 1 ÷ a transaction for each", group="durable"),
    Target("9", "durable, batch 10 ÷ a transaction for each", group="durable"),
    Target("9", "durable, batch 100 ÷ a transaction for each", 9, 16, "durable"),
    Target("9", "durable, batch 1000 ÷ a transaction for each", 13, 24, "durable"),
)
PGBENCH = (
    Target("11", "durable, batch 100 ÷ best pgbench -N", 5, 10, "durable"),
    Target("11", "durable, batch 1000 ÷ best pgbench -N", 7, 14, "durable"),
)
MEMORY = (
    Target("12", "durable, batch 100 ÷ the same in memory", 0.35, 0.55, "durable"),
    Target("12", "durable, batch 1000 ÷ the same in memory", 0.55, 0.75, "durable"),
)
ENGINE = (
    Target("12", "durable, batch 100 ÷ the engine's apply alone", group="durable"),
    Target("12", "durable, batch 1000 ÷ the engine's apply alone", group="durable"),
)
SYNC = Target("13", "durable, batch 1 ÷ write and fdatasync of 128 B", 0.35, 0.55, "durable")
TARGETS = (*NAIVE, *PGBENCH, *MEMORY, *ENGINE, SYNC)
ROWS = frozenset(target.row for target in TARGETS)

Round = dict[str, float]


def run(load: Load, rounds: int, rows: frozenset[str], folder: Path, say: Callable[[str], None]) -> Outcome:
    """Check, measure in rounds, check again.

    Errors: `Disagreement`.
    """
    found = Outcome({}, [], [], [])
    begun = opened(load.accounts)
    with closing(Naive(folder / "checked.sqlite", begun.state())) as naive:
        journal = open_journal(folder / "checked", venue_id="bench")
        found.agreed["durable and rival"] = sides.check(begun, journal, naive, mixed(begun))
    (folder / "killed").mkdir()
    found.agreed["killed writer"] = crash.kill_and_count(folder / "killed")
    for name in ("durable and rival", "killed writer"):
        say(f"checked  {name}: {found.agreed[name]}")
    with ExitStack() as stack:
        naive = stack.enter_context(closing(Naive(folder / "naive.sqlite", begun.state())))
        postgres = _postgres(stack, folder, found) if "11" in rows else None
        durable, rival = sides.durable(begun, folder), sides.Rival(begun, naive)
        stack.enter_context(durable.journal)
        memory, applied = sides.in_memory(begun), sides.Applied(begun)
        found.settings["sqlite, ours"] = told(sides.journal_settings(durable))
        found.settings["sqlite, rival"] = told(naive.settings())
        measured = []
        gc.collect()
        gc.freeze()  # as a venue does once it is loaded
        collect_seldom()  # as a process that serves does; it is the rival's collector, too
        for number in range(rounds):
            one: Round = {"naive": rival.run(load.rival), "sync": sides.sync_us(folder, load.syncs)}
            for batch, count in zip(BATCHES, load.ours, strict=True):
                one[f"durable {batch}"] = durable.run(count, batch)
            one["memory 100"] = memory.run(load.memory, 100)
            one["memory 1000"] = memory.run(load.memory, 1000)
            one["apply"] = applied.run(load.memory)
            if postgres is not None:
                rates = [postgres.transactions_us(clients, load.pgbench_s) for clients in CLIENTS]
                one["pgbench"] = min(rates)
            measured.append(one)
            say(f"measured durable round {number + 1} of {rounds}")
        for name, count, held in (
            ("naive", rival.stream.count, rival.naive.held()),
            ("durable", durable.stream.count, held_in(durable.state)),
        ):
            found.agreed[f"{name}, after the timing"] = sides.require_same_end(begun, name, count, held)
    found.measured.extend(_measured(measured, rows))
    return found


def mixed(begun: Opened) -> list[Any]:
    """Return commands, a tenth of them too large, a tenth of them asked twice."""
    asked = Stream(begun.accounts, name="checked").take(CHECKED)
    for number in range(0, CHECKED, 10):
        (command,) = asked[number].commands
        too_large = replace(command, action=tiered.Take(10**15))
        asked[number] = replace(asked[number], commands=(too_large,))
        asked[number + 5] = asked[number + 3]
    return asked


def _postgres(stack: ExitStack, folder: Path, found: Outcome) -> Postgres | None:
    """Start PostgreSQL; where there is none say so, and leave its row out."""
    try:
        postgres = stack.enter_context(Postgres(folder))
        found.settings["postgresql"] = told(postgres.settings())
    except Absent as absent:
        found.remarks.append(
            f"ROW 11 WAS NOT MEASURED, as there is no PostgreSQL to run pgbench on: {absent}"
        )
        return None
    return postgres


def told(settings: dict[str, Any]) -> str:
    """Return settings on a line."""
    return ", ".join(f"{name} {value}" for name, value in settings.items())


def _measured(rounds: list[Round], rows: frozenset[str]) -> list[Measured]:
    pairs = [
        *((target, f"durable {batch}", "naive") for target, batch in zip(NAIVE, BATCHES, strict=True)),
        (PGBENCH[0], "durable 100", "pgbench"),
        (PGBENCH[1], "durable 1000", "pgbench"),
        (MEMORY[0], "durable 100", "memory 100"),
        (MEMORY[1], "durable 1000", "memory 1000"),
        (ENGINE[0], "durable 100", "apply"),
        (ENGINE[1], "durable 1000", "apply"),
        (SYNC, "durable 1", "sync"),
    ]
    return [
        Measured(target, Timed([one[ours] for one in rounds], [one[peer] for one in rounds]))
        for target, ours, peer in pairs
        if target.row in rows and peer in rounds[0]
    ]
