"""A run is told as text, as JSON and as a page; made-up figures, nothing is timed here."""

import json
from pathlib import Path

import pytest
from benchmarks import headline, report
from benchmarks.rows import TARGETS
from benchmarks.targets import Cost, Curve, Measured, Outcome, Target
from benchmarks.timing import Settings, Timed

SETTINGS = Settings(rounds=5, chunk=256)
TARGET = Target("1", "peer ÷ ours", 8, 14)
MACHINE = {"processor": "a made-up one"}


def timed(*ratios: float) -> Timed:
    return Timed([2.0] * len(ratios), [2.0 * ratio for ratio in ratios])


def outcome(*measured: Measured) -> Outcome:
    return Outcome({"peer": "equal"}, list(measured), [Cost("limits", timed(3, 4, 5))], ["a remark"])


@pytest.mark.parametrize(
    ("ratios", "verdict"),
    [
        ((7.9, 7.9, 20), "FLOOR BROKEN"),
        ((8, 8, 20), "floor reached"),
        ((1, 14, 14), "aim reached"),
    ],
)
def test_verdict_is_that_of_the_median_and_equality_reaches(ratios: tuple[float, ...], verdict: str) -> None:
    assert Measured(TARGET, timed(*ratios)).verdict == verdict


def test_a_floor_that_is_broken_or_was_not_measured_fails_the_run() -> None:
    held, broken = Measured(TARGET, timed(15, 15, 15)), Measured(TARGET, timed(1, 1, 1))
    absent, free = Measured(TARGET, None), Measured(Target("", "free"), timed(1, 1, 1))

    assert report.broken(outcome(held, free, Measured(Target("", "free and absent"), None))) == []
    assert report.broken(outcome(held, broken, absent)) == [broken, absent]
    assert "2 floors not held" in report.text(outcome(held, broken, absent), SETTINGS, MACHINE)


def test_text_shows_times_the_median_and_the_extremes() -> None:
    told = report.text(outcome(Measured(TARGET, timed(10, 15, 20))), SETTINGS, MACHINE)

    assert "1  peer ÷ ours     2.00    30.00  15.00  10.00–20.00      8   14  aim reached" in told
    assert "every floor held" in told
    assert "a made-up one" in told
    assert told.endswith("! a remark")


def test_json_holds_every_round() -> None:
    told = json.loads(json.dumps(report.plain(outcome(Measured(TARGET, timed(10, 15))), SETTINGS, MACHINE)))

    assert told["targets"][0]["peer_us"] == [20.0, 30.0]
    assert told["targets"][0]["verdict"] == "floor reached"


def test_page_leaves_no_placeholder_and_holds_the_table() -> None:
    told = report.page(outcome(Measured(TARGET, timed(15, 15))), SETTINGS, MACHINE)

    assert "{{" not in told
    assert "| 1 | peer ÷ ours | 2.00 | 30.00 | 15.00 | 15.00–15.00 | 8 | 14 | aim reached |" in told


def test_text_opens_with_a_price_and_numpy_and_ends_with_the_scan_of_everybody() -> None:
    rate, scan = "durable, batch 100 ÷ a transaction for each", "numpy scan of keys ÷ quiet tick"
    found = Outcome(
        {},
        [
            Measured(Target("9", rate, group="durable"), Timed([20.0, 40.0, 50.0], [1.0] * 3)),
            Measured(Target("6", scan, group="index"), timed(200, 300, 280)),
            Measured(Target("5", "everybody", 1, 2, "scan"), timed(9, 9, 9)),
        ],
        [Cost("limits", timed(3, 4, 5))],
        [],
        {},
        [Curve("quiet tick", 1_000, [0.9, 1.1, 1.0]), Curve("quiet tick", 100_000, [1.2, 1.4, 1.3])],
    )

    told = report.text(found, SETTINGS, MACHINE)

    wanted = [
        "a price over 100,000 positions, nobody due             1.3 µs        1.2–1.4",
        "numpy's scan of all keys ÷ a price that nobody is due at     280        200–300",
        "durable commands a second, 100 at once                    25,000  20,000–50,000",
        "µs of processor time  1,000  100,000",
        "quiet tick              1.0      1.3",
        "other costs",
        "everybody",
    ]
    flat = " ".join(told.split())
    places = [flat.index(" ".join(line.split())) for line in wanted]
    assert places == sorted(places)


def test_the_headline_takes_its_figures_from_rows_that_exist() -> None:
    assert {*headline.RATES, *headline.RATIOS, headline.SYNC} <= {target.name for target in TARGETS}


def test_committed_page_tells_every_target_with_its_floor_and_aim() -> None:
    page = (Path(report.__file__).parent.parent / "docs" / "benchmarks.md").read_text("utf-8")

    missing = [target.name for target in TARGETS if f"| {target.name} |" not in page]
    assert not missing, "these rows are newer than docs/benchmarks.md; run `solvent bench --write-docs`"
    for target in TARGETS:
        line = next(line for line in page.splitlines() if f"| {target.name} |" in line)
        bounds = tuple("–" if bound is None else f"{bound:g}" for bound in (target.floor, target.aim))
        assert f"| {bounds[0]} | {bounds[1]} |" in line
        # What the disk and the other processes of a machine decide is told as it was found.
        if target.group == "preview":
            assert not line.endswith(("BROKEN |", "not measured |")), line
