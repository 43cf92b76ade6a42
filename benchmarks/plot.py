"""The plot of docs/benchmarks.md: what each thing costs against the size of the book, in powers of ten."""

from math import log10
from pathlib import Path
from statistics import median

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.sizes import EXACT, LIST_REKEYED, NUMPY_SCAN, QUIET, REKEYED, storm
from benchmarks.targets import Curve

# On paper of its own, so that it reads the same on a dark page and on a light one.
PAPER, INK, FAINT = "#fbfaf7", "#22262b", "#c9ccd1"
GAP = 0.24  # of a power of ten
# Colour, dash and marker: a line is told by each of them alone.
STYLES = {
    EXACT: ("#6b6f76", ":", "s"),
    NUMPY_SCAN: ("#b35900", "--", "^"),
    storm(100): ("#0b6e99", "-", "D"),
    storm(10): ("#2a93c1", "-", "v"),
    LIST_REKEYED: ("#a1437a", "-.", "P"),
    REKEYED: ("#7b3fa0", "-", "X"),
    QUIET: ("#1b7a43", "-", "o"),
}


def spread(ends: dict[str, float]) -> dict[str, float]:
    """Return heights at which no name hides another: each a step of `GAP` above the one below, if need be."""
    placed, lowest = dict[str, float](), float("-inf")
    for name, height in sorted(ends.items(), key=lambda end: end[1]):
        lowest = max(log10(height), lowest + GAP)
        placed[name] = 10**lowest
    return placed


def draw(curves: list[Curve], file: Path) -> None:
    """Draw medians as lines and the rounds' extremes as bands into an SVG or PNG."""
    mpl.rcParams["svg.hashsalt"] = "solvent"
    figure = Figure(figsize=(9.0, 5.6), layout="constrained", facecolor=PAPER)
    panel = figure.subplots()
    panel.set_facecolor(PAPER)
    ends, last = dict[str, float](), 0
    for name, (colour, dash, marker) in STYLES.items():
        points = sorted((one.positions, one.taken_us) for one in curves if one.name == name)
        if not points:
            continue
        sizes = [size for size, _ in points]
        middle = [median(taken) for _, taken in points]
        panel.plot(sizes, middle, color=colour, linestyle=dash, marker=marker, markersize=6, linewidth=2)
        panel.fill_between(
            sizes,
            [min(taken) for _, taken in points],
            [max(taken) for _, taken in points],
            color=colour,
            alpha=0.15,
            linewidth=0,
        )
        ends[name] = middle[-1]
        last = max(last, sizes[-1])
    for name, height in spread(ends).items():
        panel.annotate(
            name,
            (last, height),
            (10, 0),
            textcoords="offset points",
            va="center",
            color=STYLES[name][0],
            annotation_clip=False,
        )
    panel.set_xscale("log")
    panel.set_yscale("log")
    panel.set_xlabel("positions of one market", color=INK)
    panel.set_ylabel("processor time, µs", color=INK)
    panel.set_title("What a price costs, by the size of the book", color=INK, loc="left")
    panel.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    panel.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")
    panel.tick_params(colors=INK)
    panel.grid(color=FAINT, linewidth=0.6, alpha=0.7)
    panel.spines[["top", "right"]].set_visible(False)
    panel.spines[["left", "bottom"]].set_color(INK)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=150, facecolor=PAPER, metadata={"Date": None} if file.suffix == ".svg" else None)
