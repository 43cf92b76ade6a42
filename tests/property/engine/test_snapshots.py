"""Random lives with snapshots at any moment: each one with the events after it is the fold of all events."""

from hypothesis import HealthCheck, settings
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from solvent.engine import decode, fold
from solvent.engine.snapshot import copied, decode_state, encode_state
from tests.property.engine.test_lives import Lives

KEPT_MAX = 3


class Interrupted(Lives):
    """A life in which snapshots are taken; nothing else differs."""

    def __init__(self) -> None:
        super().__init__()
        self.snapshots: list[bytes] = []

    @rule()
    @precondition(lambda self: len(self.snapshots) < KEPT_MAX)
    def take_a_snapshot(self) -> None:
        copy = copied(self.life.state)
        assert copy.hash() == self.life.state.hash()
        self.snapshots.append(encode_state(copy))

    def teardown(self) -> None:
        for payload in (*self.snapshots, encode_state(self.life.state)):
            state = decode_state(payload)
            for event in self.life.payloads[state.seq :]:
                fold(state, decode(event))
            assert vars(state) == vars(self.life.state)
            assert state.hash() == self.life.state.hash()


def test_a_snapshot_at_any_moment_of_a_life_and_the_events_after_it_are_the_whole_life() -> None:
    run_state_machine_as_test(
        Interrupted,
        settings=settings(
            max_examples=25,
            stateful_step_count=40,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
