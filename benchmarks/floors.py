"""The floors alone, on small books, as CI runs them: broken is what is broken twice in a row."""

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from benchmarks.report import aligned
from benchmarks.rows import Run
from benchmarks.targets import ABSENT, BROKEN, NOT_YET_MET, Measured, Outcome

HELD, TWICE = "held", "BROKEN TWICE IN A ROW"
AGAIN = "held when measured again"
KNOWN, SURPRISE = "NOT MET, known", "met here, though listed as not yet met"
HEADS = ("#", "measure", "ratio", "again", "floor", "verdict")


class Judged(Struct, frozen=True):
    """One floor, how it was first measured, and again where it was broken."""

    first: Measured
    again: Measured | None
    verdict: str


def judge(measure: Callable[[Run], Outcome], run: Run) -> tuple[Outcome, list[Judged]]:
    """Measure every floor, and once more those that are broken; return what was found and each verdict.

    Errors: `Disagreement`.
    """
    outcome = measure(run)
    held_to = [one for one in outcome.measured if one.target.floor is not None]
    doubted = frozenset(
        one.target.row for one in held_to if one.verdict == BROKEN and one.target.name not in NOT_YET_MET
    )
    second: dict[str, Measured] = {}
    if doubted:
        run.say(f"broken once, measured again: rows {', '.join(sorted(doubted))}")
        folder = run.folder / "again"
        folder.mkdir(mode=0o755)
        repeated = measure(replace(run, rows=doubted, folder=folder))
        second = {one.target.name: one for one in repeated.measured}
    return outcome, [_judged(one, second.get(one.target.name)) for one in held_to]


def _judged(first: Measured, again: Measured | None) -> Judged:
    is_listed = first.target.name in NOT_YET_MET
    if first.timed is None:
        return Judged(first, None, ABSENT)
    if first.verdict != BROKEN:
        return Judged(first, None, SURPRISE if is_listed else HELD)
    if is_listed:
        return Judged(first, None, KNOWN)
    return Judged(first, again, TWICE if again is None or again.verdict in {BROKEN, ABSENT} else AGAIN)


def text(judged: list[Judged]) -> str:
    """Return a table of every floor, the ones that are known not to be met last and loudly, and a verdict."""
    lines = [
        (
            one.first.target.row,
            one.first.target.name,
            _ratio(one.first),
            _ratio(one.again),
            f"{one.first.target.floor:g}",
            one.verdict,
        )
        for one in judged
    ]
    known = [one.first.target for one in judged if one.verdict == KNOWN]
    warnings = [f"! NOT MET, and not failed for: {one.name} ({NOT_YET_MET[one.name]})" for one in known]
    warnings += [
        f"! {one.verdict.upper()}: {one.first.target.name}"
        for one in judged
        if one.verdict in {ABSENT, SURPRISE, TWICE}
    ]
    broken = len(failed(judged))
    held = sum(one.verdict in {HELD, AGAIN, SURPRISE} for one in judged)
    verdict = f"bench-floors: {held} of {len(judged)} floors held, {broken} broken twice in a row"
    if known:
        verdict += f", {len(known)} NOT MET and known as such (NOT_YET_MET in benchmarks/targets.py)"
    return "\n".join([aligned([HEADS, *lines]), "", *warnings, verdict])


def plain(judged: list[Judged]) -> dict[str, Any]:
    """Return the verdicts as values for JSON; nothing where no floor was judged."""
    if not judged:
        return {}
    return {
        "floors": [
            {
                "row": one.first.target.row,
                "name": one.first.target.name,
                "floor": one.first.target.floor,
                "ratio": one.first.timed and one.first.timed.ratio,
                "again": one.again and one.again.timed and one.again.timed.ratio,
                "verdict": one.verdict,
            }
            for one in judged
        ]
    }


def _ratio(one: Measured | None) -> str:
    return "–" if one is None or one.timed is None else f"{one.timed.ratio:.2f}"


def failed(judged: list[Judged]) -> list[Judged]:
    """Return the floors for which the run fails."""
    return [one for one in judged if one.verdict == TWICE]
