"""Every row there is, in the order in which they are measured: a part's targets, and how it is run.

A new part is a module with `TARGETS`, `ROWS`, the loads `FULL` and `QUICK` (and `FLOORS`, where `QUICK` is
too much for `make bench-floors`), and a line in `PARTS`.
"""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from msgspec import Struct

from benchmarks import (
    durability,
    durable_postgres,
    funding_rows,
    index_rows,
    measures,
    over_gateways,
    over_http,
    recovery,
    stress_rows,
)
from benchmarks.targets import Outcome, Target
from benchmarks.timing import Settings

FULL, QUICK, FLOORS = "FULL", "QUICK", "FLOORS"
SERVED_ROUNDS = 5  # each round of the rows over HTTP starts seven processes or more


class Run(Struct, frozen=True):
    """What is asked for: size, rounds and rows, a folder to write in, and whom to tell how far it is."""

    size: str
    rounds: int
    rows: frozenset[str]
    folder: Path
    say: Callable[[str], None]

    @property
    def settings(self) -> Settings:
        """Return what the previews are measured by."""
        chunk = {FULL: 512, QUICK: 80, FLOORS: 80}[self.size]
        return Settings(rounds=self.rounds, chunk=chunk, accounts=self.load_of(durability).accounts)

    def load_of(self, part: ModuleType) -> Any:
        """Return how much a part is to do."""
        return getattr(part, self.size, None) or getattr(part, QUICK, None)


class Part(Struct, frozen=True):
    """Rows that are measured together."""

    module: ModuleType
    run: Callable[[Any, Run], Outcome]

    @property
    def targets(self) -> tuple[Target, ...]:
        """Return its targets, in the order of the table."""
        found: tuple[Target, ...] = self.module.TARGETS
        return found

    @property
    def rows(self) -> frozenset[str]:
        """Return the numbers of its rows."""
        found: frozenset[str] = self.module.ROWS
        return found


PARTS = (
    Part(
        durability,
        lambda load, run: durability.run(load, run.rounds, run.rows, run.folder, run.say),
    ),
    Part(durable_postgres, lambda load, run: durable_postgres.run(load, run.rounds, run.folder, run.say)),
    Part(recovery, lambda load, run: recovery.run(load, run.rounds, run.folder, run.say)),
    Part(
        over_http,
        lambda load, run: over_http.run(load, min(run.rounds, SERVED_ROUNDS), run.folder, run.say),
    ),
    Part(
        over_gateways,
        lambda load, run: over_gateways.run(load, min(run.rounds, SERVED_ROUNDS), run.folder, run.say),
    ),
    Part(index_rows, lambda load, run: index_rows.run(load, run.rounds, run.rows, run.say)),
    Part(funding_rows, lambda load, run: funding_rows.run(load, run.rounds, run.say)),
    Part(stress_rows, lambda load, run: stress_rows.run(load, run.rounds, run.say)),
    Part(measures, lambda _, run: measures.run(run.settings, run.rows, run.say, costs=run.size != FLOORS)),
)
ROWS = frozenset[str]().union(*(part.rows for part in PARTS))
TARGETS = tuple(target for part in PARTS for target in part.targets)


def measure(run: Run) -> Outcome:
    """Measure the parts whose rows were asked for.

    Errors: `Disagreement`.
    """
    outcome = Outcome({}, [], [], [])
    for part in PARTS:
        if run.rows & part.rows:
            outcome.add(part.run(run.load_of(part.module), run))
    return outcome
