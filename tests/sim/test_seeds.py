"""Two dozen seeds: no rule breaks, and together they see what a simulation is for."""

import pytest

from solvent.sim import FILES_EVERY, Campaign, run_seed, run_seeds

SEEDS = range(1, 25)
STEPS = 110

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def told() -> Campaign:
    return run_seeds(SEEDS, steps=STEPS)


def test_no_seed_breaks_a_rule(told: Campaign) -> None:
    assert told.failure is None, f"solvent simulate --seed {told.failure.seed} --seeds 1 --steps {STEPS}"
    assert told.seeds == len(SEEDS)


def test_the_seeds_see_together_whatever_has_to_be_seen_sometimes(told: Campaign) -> None:
    assert told.never_seen(faults=True) == ()


@pytest.mark.parametrize("seed", [3, FILES_EVERY])
def test_a_seed_comes_to_the_same_state_again_in_memory_and_in_files(seed: int) -> None:
    first, second = run_seed(seed, steps=60), run_seed(seed, steps=60)
    assert first.finding is None
    assert (first.state_hash, first.events, first.seen) == (second.state_hash, second.events, second.seen)


def test_without_faults_nothing_is_lost_and_the_venue_is_opened_again_only_at_the_end() -> None:
    outcome = run_seed(8, steps=80, faults=False)
    assert outcome.finding is None
    assert outcome.seen["restart"] == 1
    assert not [what for what in outcome.seen if what.startswith("fault") or "unanswered" in what]
