"""How a book's stress grows with positions and with scenarios, in one process and on two workers.

    python -m benchmarks.growth --write-docs

Needs the extra `distributed`, and room for the largest book. Each answer of the workers is compared with that
of the one process, exactly: a difference ends the run.
"""

import argparse
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from tempfile import mkdtemp

import msgspec
from msgspec import Struct

from benchmarks.agreement import Disagreement
from benchmarks.report import filesystem, machine
from solvent.cli.stress import Asked, Told, answers
from solvent.runtime.partitions import (
    Book,
    Cluster,
    Counter,
    Partition,
    here,
    local_cluster,
    open_book,
    stress_book,
)
from solvent.sim.books import generate

ROOT = Path(__file__).resolve().parent.parent
PAGE, TEMPLATE = ROOT / "docs" / "stress-growth.md", ROOT / "benchmarks" / "growth.md"
PLOT = ROOT / "docs" / "images" / "benchmarks" / "stress-growth.svg"
SIZES = (10**5, 10**6, 10**7, 10**8)
SCENARIOS = (10, 100, 1_000, 10_000)
# While one number grows, the other is this.
SCENARIOS_KEPT, POSITIONS_KEPT = 100, 10**6
SEED, WORKERS = 6, 2
# A partition's rows: eight partitions for two workers to share, and no larger than the default.
ROWS_MIN, ROWS_MAX, SHARED = 25_000, 1_000_000, 8
BYTES_A_POSITION = 16  # more than was ever seen; what a disk must have free
BYTES_MAX = 8 * 10**9
# Small books are measured this often, alternating, and the quickest counts.
ROUNDS_BELOW, ROUNDS = 10**7, 3
KILLED_AT = 10**7
MACHINE = ("processor", "system", "python", "load")


class Spent(Struct, frozen=True):
    """Seconds of the wall's clock, and of all processors together."""

    wall_s: float
    processor_s: float


class Grown(Struct, frozen=True, kw_only=True):
    """One size: what one process and two workers take for it, and what making the book took."""

    positions: int
    scenarios: int
    partitions: int
    bytes: int
    made: Spent
    one: Spent
    two: Spent
    worker_bytes: int


class Killed(Struct, frozen=True, kw_only=True):
    """A worker that was killed with SIGKILL while both counted: what all of it took, its sums equal."""

    positions: int
    after: int
    partitions: int
    wall_s: float
    lost: int


class Report(Struct, frozen=True, kw_only=True):
    """Everything that was measured, and where it ended."""

    by_positions: list[Grown]
    by_scenarios: list[Grown]
    killed: Killed | None
    ended: str
    settings: dict[str, str]


class Bench:
    """One run: books in a folder, a cluster of two workers that stays up."""

    def __init__(self, folder: Path, cluster: Cluster, lost: list[int], say: Callable[[str], None]) -> None:
        self._folder, self._cluster, self._lost, self._say = folder, cluster, lost, say

    def book(self, positions: int) -> tuple[Book, Spent]:
        """Make the book of a size, or find it."""
        folder = self._folder / str(positions)
        started, spent = time.perf_counter(), time.process_time()
        if not folder.exists():
            rows = max(ROWS_MIN, min(ROWS_MAX, positions // SHARED))
            generate(folder, positions=positions, seed=SEED, rows=rows, told=lambda _: None)
        made = Spent(time.perf_counter() - started, time.process_time() - spent)
        return open_book(folder), made

    def grown(self, positions: int, scenarios: int) -> Grown:
        """Measure one size.

        Errors: `Disagreement` where the workers' sums are not those of the one process.
        """
        book, made = self.book(positions)
        one, two = list[Spent](), list[Spent]()
        for _ in range(ROUNDS if positions < ROUNDS_BELOW else 1):
            told, spent = self._alone(book, scenarios)
            one.append(spent)
            found, spent = self._together(book, scenarios)
            two.append(spent)
            _require_equal(told, found)
        quickest = [min(spent, key=lambda one: one.wall_s) for spent in (one, two)]
        partitions = book.manifest.partitions
        done = Grown(
            positions=positions,
            scenarios=scenarios,
            partitions=len(partitions),
            bytes=sum(one.bytes for one in partitions),
            made=made,
            one=quickest[0],
            two=quickest[1],
            worker_bytes=max(self._cluster.run(_most_memory)),
        )
        alone, together = [f"{one.wall_s:.2f} s (processors {one.processor_s:.2f} s)" for one in quickest]
        self._say(f"{positions:,} positions, {scenarios:,} scenarios: alone {alone}, two workers {together}")
        return done

    def killed(self, positions: int) -> Killed:
        """Kill a worker with SIGKILL after a quarter of the partitions.

        Errors: `Disagreement` as `grown`.
        """
        book, _ = self.book(positions)
        told, _ = self._alone(book, SCENARIOS_KEPT)
        quarter, seen = len(book.manifest.partitions) // 4, list[str]()
        victim = self._cluster.run(os.getpid)[0]
        self._lost.clear()

        def progress(one: Partition) -> None:
            seen.append(one.file)
            if len(seen) == quarter:
                os.kill(victim, signal.SIGKILL)

        started = time.perf_counter()
        found = _asked(book, SCENARIOS_KEPT, self._cluster.count, progress)
        wall_s = time.perf_counter() - started
        _require_equal(told, found)
        self._say(f"{positions:>11,} positions, a worker killed after {quarter}: {wall_s:.1f} s")
        return Killed(
            positions=positions, after=quarter, partitions=len(seen), wall_s=wall_s, lost=sum(self._lost)
        )

    def _alone(self, book: Book, scenarios: int) -> tuple[list[Told], Spent]:
        started, spent = time.perf_counter(), time.process_time()
        told = _asked(book, scenarios, here, lambda _: None)
        return told, Spent(time.perf_counter() - started, time.process_time() - spent)

    def _together(self, book: Book, scenarios: int) -> tuple[list[Told], Spent]:
        while len(self._cluster.workers()) < WORKERS:  # one was killed, and is being started again
            time.sleep(0.5)
        before = time.process_time() + sum(self._cluster.run(time.process_time))
        started = time.perf_counter()
        told = _asked(book, scenarios, self._cluster.count, lambda _: None)
        wall_s = time.perf_counter() - started
        return told, Spent(wall_s, time.process_time() + sum(self._cluster.run(time.process_time)) - before)


def _asked(book: Book, scenarios: int, count: Counter, progress: Callable[[Partition], None]) -> list[Told]:
    asked = Asked(low="-50%", high="50%", steps=scenarios)
    return stress_book(book, lambda stresser: answers(stresser, asked), count, progress)


def _require_equal(one: list[Told], other: list[Told]) -> None:
    if one != other:
        raise Disagreement("the workers' sums are not those of the one process")


def _most_memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1_024


def run(
    sizes: Sequence[int], folder: Path, minutes: float, before: Report | None, say: Callable[[str], None]
) -> Report:
    """Measure every size that time and disk allow, without those that were measured before."""
    if before and {one.positions for one in before.by_positions}.issuperset(sizes):
        return before
    lost: list[int] = []
    started, ended = time.perf_counter(), f"at {max(sizes):,} positions, the largest that was asked for"
    by_positions = list(before.by_positions) if before else []
    by_scenarios = list(before.by_scenarios) if before else []
    killed = before.killed if before else None
    with local_cluster(WORKERS, lost.append) as cluster:
        bench = Bench(folder, cluster, lost, say)
        if not by_scenarios:
            by_scenarios = [bench.grown(POSITIONS_KEPT, scenarios) for scenarios in SCENARIOS]
        for positions in sizes:
            if positions in [one.positions for one in by_positions]:
                continue
            stop = _stop(positions, folder, by_positions, started, minutes)
            if stop is not None:
                ended = f"before {positions:,} positions: {stop}"
                break
            by_positions.append(bench.grown(positions, SCENARIOS_KEPT))
            if positions == KILLED_AT:
                killed = bench.killed(positions)
            shutil.rmtree(folder / str(positions))
    told = {name: text for name, text in machine().items() if name in MACHINE}
    packages = [f"{name} {version(name)}" for name in ("distributed", "numpy", "pyarrow")]
    rounds = f"{ROUNDS} alternating below {ROUNDS_BELOW:,} positions, the quickest; 1 from there on"
    return Report(
        by_positions=by_positions,
        by_scenarios=by_scenarios,
        killed=killed,
        ended=ended,
        settings={**told, "packages": ", ".join(packages), "disk": filesystem(folder), "rounds": rounds},
    )


def _stop(
    positions: int, folder: Path, before: Sequence[Grown], started: float, minutes: float
) -> str | None:
    """Say why a size is not measured, if it is not."""
    need, free = positions * BYTES_A_POSITION, shutil.disk_usage(folder).free
    if need > min(BYTES_MAX, free):
        return f"its book may take {need / 1e9:.1f} GB, and {min(BYTES_MAX, free) / 1e9:.1f} GB are allowed"
    if before:
        last = before[-1]
        took_s = last.made.wall_s + last.one.wall_s + last.two.wall_s
        left_s = minutes * 60 - (time.perf_counter() - started)
        if took_s * positions / last.positions > left_s:
            took = took_s * positions / last.positions / 60
            return f"it would take some {took:.0f} minutes, and {left_s / 60:.0f} were left"
    return None


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write the page where that is asked for."""
    asked = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    asked.add_argument("--largest", type=float, default=10**8, help="the most positions")
    asked.add_argument("--minutes", type=float, default=30, help="start no size that would end later")
    asked.add_argument("--folder", type=Path, help="write the books here; default a temporary folder")
    asked.add_argument("--save", type=Path, help="write what was measured to this file")
    asked.add_argument("--read", type=Path, help="go on from what was saved in this file")
    asked.add_argument("--write-docs", action="store_true", help=f"write {PAGE.name} and its plot")
    given = asked.parse_args(arguments)
    before = msgspec.json.decode(given.read.read_bytes(), type=Report) if given.read else None
    folder = Path(mkdtemp(prefix="solvent-growth-", dir=given.folder))
    try:
        sizes = [size for size in SIZES if size <= given.largest]
        report = run(sizes, folder, given.minutes, before, lambda text: print(text, flush=True))
    finally:
        with suppress(OSError):
            shutil.rmtree(folder)
    if given.save:
        given.save.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=1))
    print(f"ended {report.ended}")
    if given.write_docs:
        from benchmarks.growth_page import write  # noqa: PLC0415 - matplotlib takes a second

        write(report, TEMPLATE, PAGE, PLOT)
        print(f"wrote {PAGE.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
