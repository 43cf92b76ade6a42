"""Chores beside the commands: one that fails in a way nobody expected is told, and ends nothing else."""

from threading import Event

import pytest

from solvent.runtime.housekeeping import Housekeeping

WAIT_S = 10


class Chore:
    problem: str | None = None

    def __init__(self, fault: Exception | None = None) -> None:
        self.fault = fault
        self.tended, self.closed = Event(), Event()

    def tend(self) -> None:
        self.tended.set()
        if self.fault is not None:
            raise self.fault

    def close(self) -> None:
        self.closed.set()


def test_a_chore_that_fails_unexpectedly_is_told_and_the_others_are_still_done() -> None:
    failing, sound = Chore(KeyError("lost")), Chore()
    kept = Housekeeping((failing, sound), pause_s=0.001)
    assert failing.tended.wait(WAIT_S)
    assert sound.tended.wait(WAIT_S)
    assert kept.problems == ("a fault of our own: KeyError('lost')",)
    kept.close()
    assert failing.closed.is_set()
    assert sound.closed.is_set()


def test_a_fault_is_told_no_more_once_the_chore_went_right() -> None:
    chore = Chore(KeyError("lost"))
    kept = Housekeeping((chore,), pause_s=0.001)
    assert chore.tended.wait(WAIT_S)
    chore.fault = None
    chore.tended.clear()
    assert chore.tended.wait(WAIT_S)
    kept.close()
    assert kept.problems == ()


def test_what_goes_wrong_is_logged_when_it_begins_and_when_it_is_over_and_not_at_every_attempt(
    caplog: pytest.LogCaptureFixture,
) -> None:
    raising, telling = Chore(KeyError("lost")), Chore()
    telling.problem = "no snapshot was taken: the disk is full"
    kept = Housekeeping((raising, telling), pause_s=0.001)
    for _ in range(3):
        telling.tended.clear()
        assert telling.tended.wait(WAIT_S)
    raising.fault = telling.problem = None
    kept.close()
    begun = [
        "beside the commands: a fault of our own: KeyError('lost')",
        "beside the commands: no snapshot was taken: the disk is full",
    ]
    assert caplog.messages[:2] == begun
    assert caplog.messages[2:] == ["what went wrong beside the commands goes right again"] * 2
