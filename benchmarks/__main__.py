"""Check the peers, measure, print the ratios; exit 1 when a floor is broken or the sides disagree."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks import floors, report, rows
from benchmarks.agreement import Disagreement
from benchmarks.rows import FLOORS, FULL, QUICK, ROWS, Run
from benchmarks.targets import Outcome, place_of

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
PLOT = PAGE.parent / "images" / "benchmarks" / "cost-by-size.svg"
ROUNDS = {FULL: 9, QUICK: 5, FLOORS: 3}
ROUNDS_MIN = 5


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="solvent bench", description=__doc__, epilog="Through make: make bench ARGS='--quick'"
    )
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_true", help="5 rounds of less work, some minutes")
    size.add_argument(
        "--floors", action="store_true", help="the floors alone, on small books, a broken one twice"
    )
    parser.add_argument("--rows", type=_rows, default=ROWS, help="rows to measure, as in 9,12; default all")
    parser.add_argument("--folder", type=Path, help="where the durable rows write, on the disk to measure")
    parser.add_argument("--rounds", type=int, help="rounds to take the median of, at least 5; default 9")
    parser.add_argument("--json", action="store_true", help="print JSON, each round's figures, no tables")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the same JSON to FILE as well")
    parser.add_argument(
        "--write-docs", action="store_true", help="write docs/benchmarks.md and its plot anew"
    )
    given = parser.parse_args()
    if given.rounds is not None and given.rounds < ROUNDS_MIN:
        parser.error(f"--rounds {given.rounds} is too few to take a median of; give {ROUNDS_MIN} or more")
    if given.write_docs and given.rows != ROWS:
        parser.error("--write-docs needs all rows; leave --rows out")
    if given.write_docs and given.floors:
        parser.error("--write-docs needs books of full size; leave --floors out")
    return given


def _rows(text: str) -> frozenset[str]:
    wanted = frozenset(text.split(","))
    if not wanted <= ROWS:
        unknown, known = ", ".join(sorted(wanted - ROWS)), ", ".join(sorted(ROWS, key=place_of))
        raise argparse.ArgumentTypeError(f"there is no row {unknown}; the rows are {known}")
    return wanted


def say(line: str) -> None:
    """Tell how far the run is."""
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Run and return the exit code."""
    given = arguments()
    size = FLOORS if given.floors else QUICK if given.quick else FULL
    found = report.machine()
    try:
        with tempfile.TemporaryDirectory(prefix="solvent-bench-", dir=given.folder) as name:
            folder = Path(name)
            folder.chmod(0o755)  # PostgreSQL runs as another user
            run = Run(size, given.rounds or ROUNDS[size], given.rows, folder, say)
            found["folder"] = report.filesystem(folder)
            if given.floors:
                outcome, judged = floors.judge(rows.measure, run)
            else:
                outcome, judged = rows.measure(run), []
    except Disagreement as disagreement:
        print(f"bench: no figure is given, the sides disagree: {disagreement}", file=sys.stderr)
        return 1
    _tell(given, outcome, run, found, judged)
    if given.floors:
        return 1 if floors.failed(judged) else 0
    is_stale = size == FULL and bool(report.met_though_listed(outcome))
    return 1 if report.broken(outcome) or is_stale else 0


def _tell(
    given: argparse.Namespace,
    outcome: Outcome,
    run: Run,
    found: dict[str, str],
    judged: list[floors.Judged],
) -> None:
    """Print what was found, and write the files that were asked for."""
    told = report.plain(outcome, run.settings, found)
    plain = json.dumps(told | floors.plain(judged), indent=1)
    if given.json:
        print(plain)
    elif given.floors:
        print(f"{report.about(outcome, found)}\n\n{floors.text(judged)}")
    else:
        print(report.text(outcome, run.settings, found))
    if given.save:
        given.save.write_text(plain + "\n", "utf-8")
    if given.write_docs:
        from benchmarks import plot  # noqa: PLC0415 - matplotlib takes a second, and the bench environment

        PAGE.write_text(report.page(outcome, run.settings, found), "utf-8")
        plot.draw(outcome.curves, PLOT)


if __name__ == "__main__":
    sys.exit(main())
