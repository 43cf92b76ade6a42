"""Check the peers, measure, print the ratios; exit 1 when a floor is broken, 2 when the sides disagree."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks import (
    durability,
    index_rows,
    measures,
    over_gateways,
    over_http,
    recovery,
    report,
    stress_rows,
)
from benchmarks.agreement import Disagreement
from benchmarks.targets import Outcome
from benchmarks.timing import Settings

ROWS = frozenset[str]().union(
    *(
        part.ROWS
        for part in (measures, durability, recovery, over_http, over_gateways, index_rows, stress_rows)
    )
)
PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, epilog="Through make: make bench ARGS='--quick'"
    )
    parser.add_argument("--quick", action="store_true", help="5 rounds of fewer positions, about a minute")
    parser.add_argument("--rows", type=_rows, default=ROWS, help="rows to measure, as in 9,12; default all")
    parser.add_argument("--folder", type=Path, help="where the durable rows write, on the disk to measure")
    parser.add_argument("--rounds", type=int, help="rounds to take the median of, at least 5; default 9")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round's figures to FILE")
    parser.add_argument("--write-docs", action="store_true", help="write docs/benchmarks.md anew")
    given = parser.parse_args()
    if given.rounds is not None and given.rounds < 5:
        parser.error(f"--rounds {given.rounds} is too few to take a median of; give 5 or more")
    if given.write_docs and given.rows != ROWS:
        parser.error("--write-docs needs all rows; leave --rows out")
    return given


def _rows(text: str) -> frozenset[str]:
    rows = frozenset(text.split(","))
    if not rows <= ROWS:
        unknown, known = ", ".join(sorted(rows - ROWS)), ", ".join(sorted(ROWS, key=int))
        raise argparse.ArgumentTypeError(f"there is no row {unknown}; the rows are {known}")
    return rows


def say(line: str) -> None:
    """Tell how far the run is."""
    print(line, file=sys.stderr, flush=True)


def measure(given: argparse.Namespace, settings: Settings) -> Outcome:
    """Measure the rows that were asked for, the durable ones first.

    Errors: `Disagreement`.
    """
    outcome = Outcome({}, [], [], [])
    with tempfile.TemporaryDirectory(prefix="solvent-bench-", dir=given.folder) as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user
        outcome.settings["folder"] = report.filesystem(folder)
        if given.rows & durability.ROWS:
            load = durability.QUICK if given.quick else durability.FULL
            outcome.add(durability.run(load, settings.rounds, given.rows, folder, say))
        if given.rows & recovery.ROWS:
            size = recovery.QUICK if given.quick else recovery.FULL
            outcome.add(recovery.run(size, settings.rounds, folder, say))
        if given.rows & over_http.ROWS:
            served = over_http.QUICK if given.quick else over_http.FULL
            outcome.add(over_http.run(served, min(settings.rounds, 5), folder, say))
        if given.rows & over_gateways.ROWS:
            spoken = over_gateways.QUICK if given.quick else over_gateways.FULL
            outcome.add(over_gateways.run(spoken, min(settings.rounds, 5), folder, say))
    if given.rows & index_rows.ROWS:
        book = index_rows.QUICK if given.quick else index_rows.FULL
        outcome.add(index_rows.run(book, settings.rounds, given.rows, say))
    if given.rows & stress_rows.ROWS:
        prices = stress_rows.QUICK if given.quick else stress_rows.FULL
        outcome.add(stress_rows.run(prices, settings.rounds, say))
    if given.rows & measures.ROWS:
        outcome.add(measures.run(settings, given.rows, say))
    return outcome


def main() -> int:
    """Run and return the exit code."""
    given = arguments()
    load = durability.QUICK if given.quick else durability.FULL
    settings = Settings(
        rounds=given.rounds or (5 if given.quick else 9),
        chunk=80 if given.quick else 512,
        accounts=load.accounts,
    )
    found = report.machine()
    try:
        outcome = measure(given, settings)
    except Disagreement as disagreement:
        print(f"bench: no figure is given, the sides disagree: {disagreement}", file=sys.stderr)
        return 2
    print(report.text(outcome, settings, found))
    if given.json:
        given.json.write_text(json.dumps(report.plain(outcome, settings, found), indent=1) + "\n", "utf-8")
    if given.write_docs:
        PAGE.write_text(report.page(outcome, settings, found), "utf-8")
    return 1 if report.broken(outcome) else 0


if __name__ == "__main__":
    sys.exit(main())
