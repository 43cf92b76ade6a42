"""Row 10: commands made durable on PostgreSQL, against a transaction for each on the same server."""

import gc
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from time import process_time
from typing import Any

from msgspec import Struct

from benchmarks import crash, sides
from benchmarks.durability import BATCHES, mixed, told
from benchmarks.naive import held_in
from benchmarks.postgres import Absent, Server
from benchmarks.targets import Measured, Outcome, Target
from benchmarks.timing import Timed
from benchmarks.workload import opened
from solvent.journal import open_journal
from solvent.runtime.collecting import collect_seldom


class Load(Struct, frozen=True):
    """How much of it: accounts with a position, and commands a round of each side."""

    accounts: int
    ours: tuple[int, ...]
    rival: int


FULL = Load(100_000, (200, 1_000, 8_000, 10_000), 300)
QUICK = Load(5_000, (100, 300, 2_000, 3_000), 100)
FLOORS = Load(2_000, (20, 100, 1_000, 2_000), 80)
TARGETS = (
    Target("10", "durable on PostgreSQL, batch 1 ÷ a transaction for each", group="durable"),
    Target("10", "durable on PostgreSQL, batch 10 ÷ a transaction for each", group="durable"),
    Target("10", "durable on PostgreSQL, batch 100 ÷ a transaction for each", 20, 40, "durable"),
    Target("10", "durable on PostgreSQL, batch 1000 ÷ a transaction for each", 30, 55, "durable"),
)
ROWS = frozenset({"10"})


def run(load: Load, rounds: int, folder: Path, say: Callable[[str], None]) -> Outcome:
    """Check, measure in rounds, check again; where there is no PostgreSQL say so.

    Errors: `Disagreement`.
    """
    found = Outcome({}, [], [], [])
    try:
        from benchmarks.naive_postgres import NaivePostgres  # noqa: PLC0415 - psycopg is an extra

        place = folder / "row-10"
        place.mkdir(exist_ok=True)
        place.chmod(0o755)  # PostgreSQL runs as another user
        with Server(place) as server:
            _measure(load, rounds, server, NaivePostgres, found, say)
    except (Absent, ImportError) as absent:
        found.remarks.append(f"ROW 10 WAS NOT MEASURED, as there is no PostgreSQL or no psycopg: {absent}")
        found.measured.extend(Measured(target, None) for target in TARGETS)
    return found


def _measure(
    load: Load,
    rounds: int,
    server: Server,
    rival_on: Any,
    found: Outcome,
    say: Callable[[str], None],
) -> None:
    begun = opened(load.accounts)
    schemas = ("checked", "rival_checked", "killed", "ours", "naive")
    addresses = {name: server.schema(name) for name in schemas}
    with closing(rival_on(addresses["rival_checked"], begun.state())) as naive:
        checked = open_journal(addresses["checked"], venue_id="bench")
        found.agreed["on PostgreSQL, durable and rival"] = sides.check(begun, checked, naive, mixed(begun))
    found.agreed["on PostgreSQL, killed writer"] = crash.kill_and_count(addresses["killed"])
    for name, agreed in found.agreed.items():
        say(f"checked  {name}: {agreed}")
    with ExitStack() as stack:
        durable = sides.durable(begun, addresses["ours"])
        journal: Any = stack.enter_context(durable.journal)
        naive = stack.enter_context(closing(rival_on(addresses["naive"], begun.state())))
        rival = sides.Rival(begun, naive)
        found.settings["postgresql, ours"] = told(journal.durability())
        found.settings["postgresql, rival"] = told(naive.settings())
        gc.collect()
        gc.freeze()  # as a venue does once it is loaded
        collect_seldom()  # as a process that serves does; it is the rival's collector, too
        measured: list[dict[int, float]] = []
        waited: dict[int, list[float]] = {batch: [] for batch in (0, *BATCHES)}
        for number in range(rounds):
            one = {}
            for batch, count in ((0, load.rival), *zip(BATCHES, load.ours, strict=True)):
                begun_s = process_time()
                one[batch] = durable.run(count, batch) if batch else rival.run(count)
                waited[batch].append((process_time() - begun_s) * 1e6 / count)
            measured.append(one)
            say(f"measured durable on PostgreSQL round {number + 1} of {rounds}")
        for name, count, held in (
            ("naive", rival.stream.count, naive.held()),
            ("durable", durable.stream.count, held_in(durable.state)),
        ):
            agreed = sides.require_same_end(begun, name, count, held)
            found.agreed[f"{name} on PostgreSQL, after the timing"] = agreed
    for target, batch in zip(TARGETS, BATCHES, strict=True):
        timed = Timed([one[batch] for one in measured], [one[0] for one in measured])
        found.measured.append(Measured(target, timed))
    own = ", ".join(f"{min(us):.1f} at batch {batch}" for batch, us in waited.items() if batch)
    say(f"own processor time, µs a command: {own}; {min(waited[0]):.1f} of the rival")
