"""Draws, steps and shrinking: the same for the same seed, and no longer than need be."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from solvent.engine import commands
from solvent.sim import Folder, Memory, shrink, simulate, steps_of
from solvent.sim.draws import Draws
from solvent.sim.steps import Ask, Burst, Fault, FaultKind, Wait


def test_a_seed_draws_the_same_numbers_for_ever() -> None:
    draws = Draws(1, 2)
    assert [draws.below(1_000) for _ in range(6)] == [653, 72, 931, 430, 140, 228]


def test_a_seed_gives_the_same_steps_and_another_seed_others() -> None:
    first, again, other = steps_of(7, 40), steps_of(7, 40), steps_of(8, 40)
    assert msgspec.json.encode(first) == msgspec.json.encode(again) != msgspec.json.encode(other)


def test_leaving_the_faults_out_changes_nothing_else() -> None:
    without = [step for step in steps_of(7, 60) if not isinstance(step, Fault)]
    assert without == steps_of(7, 60, faults=False)
    assert len(without) < len(steps_of(7, 60))


def test_a_failing_list_is_cut_down_to_the_steps_that_matter() -> None:
    def fails(tried: Sequence[int]) -> bool:
        return {3, 58, 59} <= set(tried)

    assert shrink(range(100), fails) == [3, 58, 59]


def test_steps_of_a_burst_are_handed_in_apart_where_that_makes_no_difference() -> None:
    one, two = Wait(ms=1), Wait(ms=2)

    def fails(tried: Sequence[Any]) -> bool:
        return any(step == two or (isinstance(step, Burst) and two in step.steps) for step in tried)

    assert shrink([one, Burst(steps=(one, two))], fails) == [two]


def test_shrinking_stops_after_so_many_runs_with_what_it_has() -> None:
    assert len(shrink(range(64), lambda tried: 5 in tried, runs_max=3)) > 1


@pytest.mark.parametrize("kind", list(FaultKind))
def test_after_every_kind_of_fault_in_files_the_command_is_done_once(kind: FaultKind, tmp_path: Path) -> None:
    steps = [
        Ask(command=commands.OpenAccount(account="a" * 32)),
        Fault(kind=kind),
        Ask(command=commands.OpenAccount(account="b" * 32)),
    ]
    outcome = simulate(steps, seed=1, disk=Folder(tmp_path))
    assert outcome.finding is None
    assert outcome.seen["event account_opened"] == 2
    assert outcome.seen["restart"] == 2


def test_who_does_not_ask_again_after_a_lost_commit_gets_nothing() -> None:
    steps = [
        Fault(kind=FaultKind.LOST, asks_again=False),
        Ask(command=commands.OpenAccount(account="b" * 32)),
    ]
    outcome = simulate(steps, seed=1, disk=Memory())
    assert outcome.finding is None
    assert outcome.seen["event account_opened"] == 0
    assert outcome.seen["lost unanswered"] == 1
