"""Plots as files: what `solvent stress` drew, as a PNG or SVG, or as a page that holds the SVG."""

from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

from solvent.cli.exits import Complaint
from solvent.cli.stress import Told, points
from solvent.runtime.stressing import Stress

INCHES = (9.0, 4.2)
PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Stress</title>
<body style="margin: 2rem; font-family: sans-serif">
{drawing}
</body></html>
"""


def write_plot(file: Path, told: Sequence[Told]) -> None:
    """Draw liquidated notional and bad debt over the price, a panel for each market, into a file.

    Errors: `Complaint` without matplotlib, and where the file cannot be written.
    """
    try:
        import matplotlib as mpl  # noqa: PLC0415 - an extra
        from matplotlib.figure import Figure  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise Complaint(
            "a plot as a file needs matplotlib; install it with `pip install 'solvent[plots]'`"
        ) from error
    markets = list(dict.fromkeys(one.market for _, found in told for one in found))
    mpl.rcParams["svg.hashsalt"] = "solvent"
    figure = Figure(figsize=(INCHES[0], INCHES[1] * len(markets)), layout="constrained")
    for panel, market in zip(figure.subplots(len(markets), squeeze=False)[:, 0], markets, strict=True):
        _draw(panel, market, [one for _, found in told for one in found if one.market == market])
    try:
        if file.suffix.lower() == ".html":
            drawn = StringIO()
            figure.savefig(drawn, format="svg", metadata={"Date": None})
            _, opening, rest = drawn.getvalue().partition("<svg")
            file.write_text(PAGE.format(drawing=opening + rest), "utf-8")
        else:
            figure.savefig(file, dpi=150)
    except OSError as error:
        raise Complaint(f"{str(file)!r} cannot be written: {error.strerror}") from error


def _draw(panel: Any, market: str, found: Sequence[Stress]) -> None:
    prices, notional, bad_debt = points(sorted(found, key=lambda one: one.price))
    symbol = found[0].asset.symbol
    panel.plot(prices, notional, color="#0b7285", label="liquidated notional")
    panel.fill_between(prices, notional, color="#0b7285", alpha=0.12)
    panel.plot(prices, bad_debt, color="#c92a2a", label="bad debt")
    panel.set(title=market, xlabel="price", ylabel=symbol)
    panel.margins(x=0)
    panel.set_ylim(bottom=0)
    panel.grid(alpha=0.25)
    panel.legend(frameon=False)
    panel.spines[["top", "right"]].set_visible(False)
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:,.6g}" if abs(value) < 1 else f"{value:,.0f}")
