"""The settlement's worker: woken by what was accepted, patient with what fails, and nothing is lost."""

from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from solvent.engine import Pending, commands
from solvent.journal import open_journal
from solvent.runtime import (
    Overloaded,
    Reply,
    RuntimeRefused,
    Settlement,
    Settling,
    Venue,
    VenueStopped,
    VirtualClock,
)

ALICE = "a" * 32
WAIT_S = 10


class Bank:
    """A settlement that does as it is told for each try, and knows by request id what it did."""

    def __init__(self, *words: Any) -> None:
        self.words = list(words)
        self.tried: dict[str, int] = defaultdict(int)
        self.acted = Event()

    def settle(self, pending: Pending) -> bool | None:
        word = self.words.pop(0) if self.words else True
        self.tried[pending.request_id] += 1
        if isinstance(word, Exception):
            raise word
        if word is not None:
            self.acted.set()
        return bool(word) if word is not None else None


def opened(folder: Path | str, settlement: Settlement) -> Venue:
    journal = open_journal(folder, venue_id="0" * 32)
    return Venue(journal, clock=VirtualClock(), settlement=settlement, is_settling=True)


def deposit(venue: Venue, request: str = "first", units: int = 5) -> Reply:
    venue.ask(commands.OpenAccount(account=ALICE), key="open")
    return venue.ask(
        commands.Deposit(account=ALICE, asset="USDC", units=units, request_id=request), key=request
    )


def wallet(venue: Venue) -> int:
    return venue.state.balance(f"wallet:{ALICE}", "USDC")


def brisk(venue: Venue, settlement: Settlement) -> Settling:
    """Put a worker that hardly waits in the place of the venue's own."""
    assert venue.settling is not None
    venue.settling.close()
    venue.settling = Settling(venue, settlement, retry_ms_min=1, retry_ms_max=2)
    return venue.settling


def test_an_accepted_deposit_is_settled_without_being_asked_for() -> None:
    bank = Bank()
    with opened(":memory:", bank) as venue:
        deposit(venue)
        assert bank.acted.wait(WAIT_S)
    assert (wallet(venue), venue.state.outbox) == (5, {})


def test_a_withdrawal_that_failed_for_good_goes_back_to_its_wallet() -> None:
    bank = Bank(True, False)
    with opened(":memory:", bank) as venue:
        deposit(venue)
        assert bank.acted.wait(WAIT_S)
        bank.acted.clear()
        assert venue.settling is not None
        venue.settling.close()
        venue.settling = Settling(venue, bank)
        leaving = commands.Withdraw(account=ALICE, asset="USDC", units=3, address="there", request_id="out")
        assert venue.ask(leaving, key="out").is_accepted
        assert bank.acted.wait(WAIT_S)
    assert (wallet(venue), venue.state.outbox) == (5, {})
    assert bank.tried == {"first": 1, "out": 1}


def test_a_settlement_that_raises_or_does_not_know_is_asked_again_until_it_does() -> None:
    bank = Bank(ConnectionError("no route"), None, TimeoutError("slow"), True)
    with opened(":memory:", Bank()) as venue:
        brisk(venue, bank)
        deposit(venue)
        assert bank.acted.wait(WAIT_S)
    assert bank.tried == {"first": 4}
    assert (wallet(venue), venue.state.outbox) == (5, {})


def test_a_request_that_is_not_done_at_the_end_is_done_after_the_next_start(tmp_path: Path) -> None:
    down = Bank(*[ConnectionError("no route")] * 9)
    with opened(tmp_path, down) as venue:
        deposit(venue)
    assert list(venue.state.outbox) == ["first"]
    bank = Bank()
    with opened(tmp_path, bank) as again:
        assert bank.acted.wait(WAIT_S)
    assert (wallet(again), again.state.outbox) == (5, {})


def test_whoever_runs_the_venue_sees_what_is_tried_again_and_why() -> None:
    seen = Event()

    class Watched(Bank):
        def settle(self, pending: Pending) -> bool | None:
            if self.tried[pending.request_id] == 1:
                seen.set()
            return super().settle(pending)

    bank = Watched(*[None] * 1_000_000)
    with opened(":memory:", Bank()) as venue:
        worker = brisk(venue, bank)
        deposit(venue)
        assert seen.wait(WAIT_S)
        (one,) = worker.retried
        assert (one.request_id, one.fault) == ("first", "it is under way")
        assert one.times >= 1
        worker.close()


def test_a_request_that_waits_for_its_next_try_does_not_hold_up_another() -> None:
    class OneDown(Bank):
        def settle(self, pending: Pending) -> bool | None:
            self.words = [None if pending.request_id == "first" else True]
            return super().settle(pending)

    bank = OneDown()
    with opened(":memory:", bank) as venue:
        deposit(venue)
        deposit(venue, "second")
        assert bank.acted.wait(WAIT_S)
    assert (wallet(venue), list(venue.state.outbox)) == (5, ["first"])


def test_a_refused_request_wakes_nobody() -> None:
    bank = Bank()
    with opened(":memory:", bank) as venue:
        unknown = commands.Deposit(account=ALICE, asset="USDC", units=1, request_id="early")
        assert not venue.ask(unknown, key="early").is_accepted
    assert bank.tried == {}


@pytest.mark.parametrize("error", [Overloaded("full"), RuntimeRefused("no such key")])
def test_a_confirmation_that_the_venue_does_not_take_is_made_again(error: Exception) -> None:
    bank = Bank()
    with opened(":memory:", bank) as venue:
        brisk(venue, bank)
        ask: Callable[..., Reply] = venue.ask
        turned_away, confirmed = 0, Event()

        def crowded(command: commands.AnyCommand, *, key: str) -> Reply:
            nonlocal turned_away
            if isinstance(command, commands.Confirm) and turned_away < 2:
                turned_away += 1
                raise error
            answer = ask(command, key=key)
            if isinstance(command, commands.Confirm):
                confirmed.set()
            return answer

        venue.ask = crowded  # type: ignore[method-assign, assignment]
        deposit(venue)
        assert confirmed.wait(WAIT_S)
    assert bank.tried == {"first": 3}
    assert wallet(venue) == 5


def test_a_worker_ends_with_its_venue() -> None:
    class Stopped:
        def ask(self, command: commands.Confirm, *, key: str) -> Reply:
            raise AssertionError((command, key))

        def at_rest(self, read: object) -> Any:
            raise VenueStopped(f"closed {read}")

    Settling(Stopped(), Bank()).close()


@pytest.mark.parametrize(("first", "longest"), [(0, 10), (11, 10)])
def test_waits_that_make_no_sense_are_refused(first: int, longest: int) -> None:
    with opened(":memory:", Bank()) as venue, pytest.raises(RuntimeRefused, match="give 1 or more"):
        Settling(venue, Bank(), retry_ms_min=first, retry_ms_max=longest)


def test_a_settlement_that_hangs_holds_nobody_up_at_the_end(tmp_path: Path) -> None:
    begun, let_go = Event(), Event()

    class Hanging:
        def settle(self, pending: Pending) -> bool:
            begun.set()
            let_go.wait(WAIT_S)
            return pending.units > 0

    venue = opened(tmp_path, Hanging())
    deposit(venue)
    assert begun.wait(WAIT_S)
    assert venue.settling is not None
    venue.settling.close(wait_s=0.01)
    venue.settling = None
    venue.close()
    let_go.set()
    with Venue(open_journal(tmp_path, venue_id="0" * 32), clock=VirtualClock()) as again:
        assert wallet(again) == 5
