"""A run as text for a terminal, as JSON, and as the page docs/benchmarks.md."""

import decimal
import gc
import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import headline
from benchmarks.cases import CASES, TIERS
from benchmarks.targets import ABSENT, BROKEN, NOT_YET_MET, REACHED, SHORT, Measured, Outcome, place_of
from benchmarks.timing import PASSES, Settings

HEADS = ("#", "measure", "ours µs", "peer µs", "ratio", "min–max", "floor", "aim", "verdict")
GROUPS = ("index", "durable", "http", "stress", "recovery", "preview")
LAST = "scan"  # what is easily impressive: a peer that looks at everybody
PEERS = ("msgspec", "driftpy", "nautilus-trader", "numpy", "numba", "sortedcontainers")
COST_HEADS = ("other costs, no target", "µs", "× one assess", "min–max")


def machine() -> dict[str, str]:
    """Return what the figures depend on."""
    versions = {name: _version(name) for name in PEERS}
    return {
        "processor": f"{_processor()}, {os.cpu_count()} cores seen",
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": ", ".join(f"{name} {found}" for name, found in versions.items()),
        "decimal": f"libmpdec {getattr(decimal, '__libmpdec_version__', 'absent: pure Python')}",
        "collector": f"{'on' if gc.isenabled() else 'off'} before, off around every timing",
        "load": "{:.2f} {:.2f} {:.2f} (1, 5, 15 minutes)".format(*os.getloadavg()),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "absent"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"


def filesystem(folder: Path) -> str:
    """Return the kind of file system that a folder is on: a disk, or memory that no sync makes durable."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text("utf-8").splitlines()]
    holding = [(point, kind) for point, kind in mounts if folder.is_relative_to(point)]
    point, kind = max(holding, key=lambda mount: len(mount[0]))
    return f"{kind} at {point}" + (": NOT A DISK, nothing here is durable" if kind == "tmpfs" else "")


def how(settings: Settings) -> str:
    """Say how a run was made."""
    return (
        f"{settings.rounds} rounds; durable: {settings.accounts:,} accounts with a position, wall time; "
        f"previews: {settings.chunk:,} positions a round out of {CASES:,}, the quickest of {PASSES} "
        f"alternating passes over each block of them, processor time, {len(TIERS)} tiers, one thread"
    )


def broken(outcome: Outcome) -> list[Measured]:
    """Return the measures whose floor was not shown to hold."""
    return [
        one for one in outcome.measured if one.target.floor is not None and one.verdict in {BROKEN, ABSENT}
    ]


def met_though_listed(outcome: Outcome) -> list[Measured]:
    """Return the floors that hold and still stand on the list of those that are not met yet."""
    return [
        one for one in outcome.measured if one.target.name in NOT_YET_MET and one.verdict in {REACHED, SHORT}
    ]


def target_lines(outcome: Outcome, group: str) -> list[tuple[str, ...]]:
    """Return the targets of one group as cells, a line each, by the numbers of their rows."""
    lines: list[tuple[str, ...]] = []
    held_to = [one for one in outcome.measured if one.target.group == group]
    for one in sorted(held_to, key=lambda one: place_of(one.target.row)):
        target, timed = one.target, one.timed
        figures = ("–", "–", "–", "–")
        if timed is not None:
            figures = (
                f"{median(timed.ours_us):.2f}",
                f"{median(timed.peer_us):.2f}",
                f"{timed.ratio:.2f}",
                f"{min(timed.ratios):.2f}–{max(timed.ratios):.2f}",
            )
        bounds = tuple("–" if bound is None else f"{bound:g}" for bound in (target.floor, target.aim))
        lines.append((target.row, target.name, *figures, *bounds, one.verdict))
    return lines


def cost_lines(outcome: Outcome) -> list[tuple[str, ...]]:
    """Return the costs without a target as cells, a line each."""
    return [
        (
            cost.name,
            f"{median(cost.timed.peer_us):.2f}",
            f"{cost.timed.ratio:.2f}",
            f"{min(cost.timed.ratios):.2f}–{max(cost.timed.ratios):.2f}",
        )
        for cost in outcome.costs
    ]


def aligned(lines: Sequence[Sequence[str]]) -> str:
    """Join cells into columns; numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    heads = lines[0]
    words = {"measure", "verdict", COST_HEADS[0], headline.HEADS[0], headline.SIZE_HEAD}
    return "\n".join(
        "  ".join(
            cell.ljust(width) if head in words else cell.rjust(width)
            for cell, width, head in zip(line, widths, heads, strict=True)
        ).rstrip()
        for line in lines
    )


def about(outcome: Outcome, found: dict[str, str]) -> str:
    """Return what the figures depend on, a line each."""
    return "\n".join(f"{name:<10} {value}" for name, value in (found | outcome.settings).items())


def text(outcome: Outcome, settings: Settings, found: dict[str, str]) -> str:
    """Return a run for the terminal."""
    tables = [aligned([headline.HEADS, *lines])] if (lines := headline.lines(outcome)) else []
    if sizes := headline.size_lines(outcome.curves):
        tables.append(aligned(sizes))
    groups = [target_lines(outcome, group) for group in GROUPS]
    tables += [aligned([HEADS, *held_to]) for held_to in groups if held_to]
    if outcome.costs:
        tables.append(aligned([COST_HEADS, *cost_lines(outcome)]))
    if scans := target_lines(outcome, LAST):
        tables.append(aligned([HEADS, *scans]))
    remarks = "".join(f"\n! {remark}" for remark in outcome.remarks)
    remarks += "".join(
        f"\n! met, and listed as not yet met in benchmarks/targets.py: {one.target.name}"
        for one in met_though_listed(outcome)
    )
    missed = broken(outcome)
    verdict = f"{len(missed)} floors not held" if missed else "every floor held"
    return "\n\n".join([about(outcome, found), how(settings), *tables, f"bench: {verdict}{remarks}"])


def plain(outcome: Outcome, settings: Settings, found: dict[str, str]) -> dict[str, Any]:
    """Return a run as values for JSON, each round included."""
    return {
        "machine": found | outcome.settings,
        "rounds": settings.rounds,
        "positions_per_round": settings.chunk,
        "checked": outcome.agreed,
        "targets": [
            {
                "row": one.target.row,
                "name": one.target.name,
                "floor": one.target.floor,
                "aim": one.target.aim,
                "verdict": one.verdict,
                "ratio": one.timed and one.timed.ratio,
                "ours_us": one.timed and one.timed.ours_us,
                "peer_us": one.timed and one.timed.peer_us,
            }
            for one in outcome.measured
        ],
        "costs": [
            {"name": cost.name, "us": median(cost.timed.peer_us), "assess_multiple": cost.timed.ratio}
            for cost in outcome.costs
        ],
        "sizes": [
            {"name": one.name, "positions": one.positions, "us": one.taken_us} for one in outcome.curves
        ],
        "remarks": outcome.remarks,
    }


def markdown(lines: Sequence[Sequence[str]]) -> str:
    """Join cells into a Markdown table; the first line is its head."""
    head, *rest = lines
    return "\n".join(f"| {' | '.join(line)} |" for line in [head, ["---"] * len(head), *rest])


def page(outcome: Outcome, settings: Settings, found: dict[str, str]) -> str:
    """Return docs/benchmarks.md."""
    template = (Path(__file__).parent / "page.md").read_text("utf-8").replace("](../docs/", "](")
    parts = {
        **{group: markdown([HEADS, *target_lines(outcome, group)]) for group in (*GROUPS, LAST)},
        "headline": markdown([headline.HEADS, *headline.lines(outcome)]),
        "sizes": markdown(headline.size_lines(outcome.curves) or [(headline.SIZE_HEAD,)]),
        "costs": markdown([COST_HEADS, *cost_lines(outcome)]),
        "machine": "\n".join(f"* {name}: {value}" for name, value in (found | outcome.settings).items()),
        "how": how(settings),
        "accounts": f"{settings.accounts:,}",
        "checked": "\n".join(f"* {name}: {result}" for name, result in outcome.agreed.items()),
        "remarks": "".join(f"\n> {remark}\n" for remark in outcome.remarks),
    }
    for name, part in parts.items():
        template = template.replace(f"{{{{ {name} }}}}", part)
    return template
