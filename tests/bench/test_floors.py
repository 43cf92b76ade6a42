"""A floor is judged by two runs; what is known not to be met is told. Made-up figures, nothing is timed."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from benchmarks import floors, report
from benchmarks.floors import AGAIN, HELD, KNOWN, SURPRISE, TWICE
from benchmarks.rows import FLOORS, FULL, PARTS, ROWS, TARGETS, Run
from benchmarks.targets import ABSENT, CACHED, NOT_YET_MET, Measured, Outcome, Target, place_of
from benchmarks.timing import Timed

PLAIN, OTHER = Target("1", "one", 8, 14), Target("2", "another", 8, 14)


class Machine:
    """Stands in for a machine: one list of measures a run, and the rows that each run was asked for."""

    def __init__(self, *runs: list[Measured]) -> None:
        self.runs, self.asked = list(runs), list[frozenset[str]]()

    def measure(self, run: Run) -> Outcome:
        self.asked.append(run.rows)
        return Outcome({}, self.runs[len(self.asked) - 1], [], [])


def of(target: Target, ratio: float | None) -> Measured:
    return Measured(target, None if ratio is None else Timed([1.0], [ratio]))


def judged(machine: Machine) -> list[floors.Judged]:
    with TemporaryDirectory() as folder:
        run = Run(FLOORS, 3, ROWS, Path(folder), lambda _: None)
        return floors.judge(machine.measure, run)[1]


@pytest.mark.parametrize(("second", "verdict", "fails"), [(7.9, TWICE, 1), (8.0, AGAIN, 0), (None, TWICE, 1)])
def test_a_broken_floor_is_measured_again_and_fails_only_when_broken_again(
    second: float | None, verdict: str, fails: int
) -> None:
    machine = Machine([of(PLAIN, 7), of(OTHER, 9)], [of(PLAIN, second)])

    found = judged(machine)

    assert [one.verdict for one in found] == [verdict, HELD]
    assert len(floors.failed(found)) == fails
    assert machine.asked == [ROWS, {"1"}]
    told = floors.plain(found)["floors"]
    assert [(one["ratio"], one["again"], one["verdict"]) for one in told] == [
        (7, second, verdict),
        (9, None, HELD),
    ]


def test_nothing_is_measured_again_where_every_floor_held() -> None:
    machine = Machine([of(PLAIN, 8), of(OTHER, 9), of(Target("3", "without a floor"), 1)])

    assert [one.verdict for one in judged(machine)] == [HELD, HELD]
    assert len(machine.asked) == 1


def test_a_floor_that_is_known_not_to_be_met_is_told_loudly_and_fails_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(NOT_YET_MET, "one", "for a reason")
    machine = Machine([of(PLAIN, 2), of(OTHER, 9)])

    found = judged(machine)

    assert [one.verdict for one in found] == [KNOWN, HELD]
    assert not floors.failed(found)
    assert len(machine.asked) == 1
    told = floors.text(found)
    assert "! NOT MET, and not failed for: one (for a reason)" in told
    assert "1 of 2 floors held, 0 broken twice in a row, 1 NOT MET and known as such" in told


def test_a_floor_that_is_listed_and_met_is_told_and_fails_the_full_run_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(NOT_YET_MET, "one", "for a reason")
    measured = [of(PLAIN, 9)]

    found = judged(Machine(measured))

    assert [one.verdict for one in found] == [SURPRISE]
    assert not floors.failed(found)
    assert report.met_though_listed(Outcome({}, measured, [], [])) == measured
    assert not report.met_though_listed(Outcome({}, [of(PLAIN, 7), of(OTHER, 9)], [], []))


def test_what_could_not_be_measured_is_told_and_fails_nothing() -> None:
    found = judged(Machine([of(PLAIN, None)]))

    assert [one.verdict for one in found] == [ABSENT]
    assert "! NOT MEASURED: one" in floors.text(found)
    assert not floors.failed(found)


def test_every_floor_on_the_list_is_a_target_with_a_floor_and_says_why() -> None:
    held_to = {target.name for target in TARGETS if target.floor is not None}

    assert set(NOT_YET_MET) <= held_to
    assert all(NOT_YET_MET.values())


def test_a_peer_that_looks_at_everybody_is_held_to_a_part_of_its_floor_on_a_small_book() -> None:
    scan = Target("5", "scan", 100, 600, "index", 1_000_000)

    assert scan.at(100_000) == Target("5", "scan", 10 * CACHED, 60, "index", 1_000_000)
    assert scan.at(100_000, grows=False) == Target("5", "scan", 100 * CACHED, 600, "index", 1_000_000)
    assert scan.at(1_000_000) is scan
    assert PLAIN.at(100) is PLAIN


def test_no_two_targets_share_a_name_and_every_part_has_its_loads() -> None:
    assert len({target.name for target in TARGETS}) == len(TARGETS)
    for part in PARTS:
        assert part.rows >= {target.row for target in part.targets} - {""}
        for size in (FULL, FLOORS):
            assert Run(size, 5, ROWS, Path(), print).load_of(part.module) is not None or part is PARTS[-1]


def test_rows_stand_as_a_reader_counts() -> None:
    assert sorted(["10", "2", "17b", "17", ""], key=place_of) == ["", "2", "10", "17", "17b"]
