"""What every settlement has to keep to, whatever it moves: add a new one to `SETTLEMENTS`.

A venue asks again after a crash between acting and confirming, and cannot know which of the two it was.
"""

from collections.abc import Callable

import pytest

from solvent.engine import Pending
from solvent.runtime import Faucet, Settlement

Effects = Callable[[], int]


def faucet() -> tuple[Settlement, Effects]:
    """Make the sandbox's own: nothing outside the venue ever moves."""
    return Faucet(), lambda: 0


class Ledger:
    """A settlement with an effect that can be counted, as a bank's or a chain's transfer."""

    def __init__(self) -> None:
        self.answers: dict[str, bool] = {}
        self.transfers = 0

    def settle(self, pending: Pending) -> bool:
        if pending.request_id not in self.answers:
            self.answers[pending.request_id] = pending.address != "nowhere"
            self.transfers += self.answers[pending.request_id]
        return self.answers[pending.request_id]


def ledger() -> tuple[Settlement, Effects]:
    """Make the one above."""
    made = Ledger()
    return made, lambda: made.transfers


SETTLEMENTS = (faucet, ledger)
Making = Callable[[], tuple[Settlement, Effects]]


def pending(request: str, direction: str = "withdrawal", address: str = "there") -> Pending:
    return Pending(
        request_id=request, direction=direction, account="a" * 32, asset="SOL", units=7, address=address
    )


@pytest.mark.parametrize("making", SETTLEMENTS)
@pytest.mark.parametrize("direction", ["deposit", "withdrawal"])
def test_a_request_that_is_asked_again_is_answered_as_before_and_acts_once(
    making: Making, direction: str
) -> None:
    settlement, effects = making()
    asked = pending("one", direction)
    first = settlement.settle(asked)
    before = effects()
    assert [settlement.settle(asked) for _ in range(3)] == [first] * 3
    assert effects() == before <= 1


@pytest.mark.parametrize("making", SETTLEMENTS)
def test_two_requests_that_differ_by_their_id_alone_are_two(making: Making) -> None:
    settlement, effects = making()
    settlement.settle(pending("one"))
    once = effects()
    settlement.settle(pending("two"))
    assert effects() == 2 * once


@pytest.mark.parametrize("making", SETTLEMENTS)
def test_what_cannot_be_done_is_answered_and_never_done_later(making: Making) -> None:
    settlement, _ = making()
    lost = pending("lost", address="nowhere")
    first = settlement.settle(lost)
    assert settlement.settle(lost) is first
