"""The plot of cost against size: its names do not hide each other, and it reads on dark and light pages."""

from pathlib import Path

from benchmarks import plot
from benchmarks.plot import GAP, PAPER, STYLES, spread
from benchmarks.targets import Curve


def test_names_that_end_at_one_height_are_moved_apart_and_others_stay() -> None:
    placed = spread({"high": 1_000.0, "low": 10.0, "same": 10.0})

    assert placed["high"] == 1_000.0
    assert sorted([placed["low"], placed["same"]]) == [10.0, 10 ** (1 + GAP)]


def test_every_line_differs_by_dash_or_marker_and_not_by_colour_alone() -> None:
    assert len({marker for _, _, marker in STYLES.values()}) == len(STYLES)


def test_the_drawing_has_paper_of_its_own_and_no_date(tmp_path: Path) -> None:
    curves = [
        Curve(name, size, [10.0**power, 10.0**power * 2])
        for power, name in enumerate(STYLES)
        for size in (1_000, 10_000)
    ]

    for file in (tmp_path / "one.svg", tmp_path / "two.svg"):
        plot.draw(curves, file)

    drawn = (tmp_path / "one.svg").read_text("utf-8")
    assert PAPER in drawn
    assert "<dc:date>" not in drawn
    assert drawn == (tmp_path / "two.svg").read_text("utf-8")
