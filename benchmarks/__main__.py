"""Check the peers, measure, print the ratios; exit 1 when a floor is broken, 2 when the sides disagree."""

import argparse
import json
import sys
from pathlib import Path

from benchmarks import report
from benchmarks.agreement import Disagreement
from benchmarks.measures import run
from benchmarks.timing import Settings

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, epilog="Through make: make bench ARGS='--quick'"
    )
    parser.add_argument("--quick", action="store_true", help="5 rounds of fewer positions, under 20 s")
    parser.add_argument("--rounds", type=int, help="rounds to take the median of, at least 5; default 9")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round's figures to FILE")
    parser.add_argument("--write-docs", action="store_true", help="write docs/benchmarks.md anew")
    given = parser.parse_args()
    if given.rounds is not None and given.rounds < 5:
        parser.error(f"--rounds {given.rounds} is too few to take a median of; give 5 or more")
    return given


def main() -> int:
    """Run and return the exit code."""
    given = arguments()
    settings = Settings(rounds=given.rounds or (5 if given.quick else 9), chunk=80 if given.quick else 512)
    found = report.machine()
    try:
        outcome = run(settings, lambda line: print(line, file=sys.stderr, flush=True))
    except Disagreement as disagreement:
        print(f"bench: nothing was timed, the sides disagree: {disagreement}", file=sys.stderr)
        return 2
    print(report.text(outcome, settings, found))
    if given.json:
        given.json.write_text(json.dumps(report.plain(outcome, settings, found), indent=1) + "\n", "utf-8")
    if given.write_docs:
        PAGE.write_text(report.page(outcome, settings, found), "utf-8")
    return 1 if report.broken(outcome) else 0


if __name__ == "__main__":
    sys.exit(main())
