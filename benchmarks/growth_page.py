"""The page docs/stress-growth.md and its plot, from what was measured."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.growth import Grown, Killed, Report
from benchmarks.plot import FAINT, INK, PAPER

ALONE, TOGETHER = ("#0b6e99", "o", "one process"), ("#b35900", "s", "two workers")
HEADS = "one process, s | its processor time, s | two workers, s | their processor time, s | one ÷ two"


def write(report: Report, template: Path, page: Path, plot: Path) -> None:
    """Fill the template in, and draw."""
    _draw(report, plot)
    filled = template.read_text("utf-8")
    parts = {
        "positions": _table(report.by_positions, "positions", _sized),
        "scenarios": _table(report.by_scenarios, "scenarios", lambda one: f"{one.scenarios:,}"),
        "rate": _rate(report.by_positions[-1]),
        "kept": f"{report.by_positions[0].scenarios:,}",
        "fixed": f"{report.by_scenarios[0].positions:,}",
        "ended": report.ended,
        "killed": _killed(report.killed, report.by_positions),
        "made": _made(report.by_positions[-1]),
        "settings": "\n".join(f"* {name}: {told}" for name, told in report.settings.items()),
    }
    for name, text in parts.items():
        filled = filled.replace(f"{{{{ {name} }}}}", text)
    assert "{{" not in filled, filled
    page.write_text(filled.replace("](../docs/", "]("), "utf-8")


def _sized(one: Grown) -> str:
    return f"{one.positions:,}"


def _table(grown: Sequence[Grown], head: str, first: Callable[[Grown], str]) -> str:
    lines = [f"| {head} | partitions | {HEADS} |", "|" + "---:|" * 7]
    for one in grown:
        cells = [first(one), f"{one.partitions:,}", *map(_seconds, (one.one.wall_s, one.one.processor_s))]
        cells += [*map(_seconds, (one.two.wall_s, one.two.processor_s))]
        lines.append(f"| {' | '.join(cells)} | {one.one.wall_s / one.two.wall_s:.2f} |")
    return "\n".join(lines)


def _seconds(seconds: float) -> str:
    return f"{seconds:,.1f}" if seconds >= 10 else f"{seconds:.2f}"


def _rate(last: Grown) -> str:
    return f"{last.positions / last.one.processor_s / 1e6:.1f} million positions at {last.scenarios:,} prices"


def _made(last: Grown) -> str:
    return (
        f"{last.bytes / last.positions:.1f} bytes a position on disk ({last.bytes / 1e9:.2f} GB), made in "
        f"{last.made.wall_s:,.0f} s; a worker never held more than {last.worker_bytes / 2**20:,.0f} MiB"
    )


def _killed(killed: Killed | None, grown: Sequence[Grown]) -> str:
    if killed is None:
        return "No worker was killed in this run: it ended before the size at which one is."
    whole = next(one for one in grown if one.positions == killed.positions)
    return (
        f"Over {killed.positions:,} positions one of the two workers was killed with SIGKILL after "
        f"{killed.after} of {killed.partitions} partitions: the same sums after {killed.wall_s:.1f} s, where "
        f"both together had taken {whole.two.wall_s:.1f} s."
    )


def _draw(report: Report, file: Path) -> None:
    mpl.rcParams["svg.hashsalt"] = "solvent"
    figure = Figure(figsize=(9.0, 4.4), layout="constrained", facecolor=PAPER)
    left, right = figure.subplots(1, 2)
    _panel(left, [(one.positions, one) for one in report.by_positions], "positions")
    _panel(right, [(one.scenarios, one) for one in report.by_scenarios], "scenarios")
    left.set_ylabel("seconds", color=INK)
    left.legend(frameon=False, labelcolor=INK)
    figure.suptitle("What the stress of a book takes, by its size and by the prices asked about", color=INK)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, facecolor=PAPER, metadata={"Date": None})


def _panel(panel: Any, points: Sequence[tuple[int, Grown]], label: str) -> None:
    panel.set_facecolor(PAPER)
    sizes = [size for size, _ in points]
    for (colour, marker, name), spent in (
        (ALONE, [one.one for _, one in points]),
        (TOGETHER, [one.two for _, one in points]),
    ):
        panel.plot(sizes, [one.wall_s for one in spent], color=colour, marker=marker, label=f"{name}, wall")
        panel.plot(
            sizes,
            [one.processor_s for one in spent],
            color=colour,
            marker=marker,
            linestyle=":",
            markerfacecolor=PAPER,
            label=f"{name}, processors",
        )
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_xlabel(label, color=INK)
    panel.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    panel.tick_params(colors=INK)
    panel.grid(color=FAINT, linewidth=0.6, alpha=0.7)
    panel.spines[["top", "right"]].set_visible(False)
    panel.spines[["left", "bottom"]].set_color(INK)
