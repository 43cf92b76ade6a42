"""A commit that fails or takes long under a venue: nobody is told of what is not durable, inside or out."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from threading import Event, Thread

import pytest

from solvent.engine import Pending, commands
from solvent.journal import open_journal
from solvent.journal.opening import open_sqlite
from solvent.runtime import Reply, Venue, VenueStopped, VirtualClock
from tests.contract.venue import plan

FUNDS_UNITS = 10**6
PAYMENTS = 20


class Seam:
    """The commit of a journal that a test can hold back, or let fail."""

    def __init__(self) -> None:
        self.fails: Callable[[Callable[[], object]], None] | None = None
        self.is_reached = Event()
        self.may_go_on = Event()
        self.may_go_on.set()

    def __call__(self, write: Callable[[], object]) -> None:
        self.is_reached.set()
        self.may_go_on.wait()
        if self.fails is not None:
            self.fails(write)
        else:
            write()

    def hold(self) -> None:
        """Let the next commit wait."""
        self.is_reached.clear()
        self.may_go_on.clear()


def fails_before(_: Callable[[], object]) -> None:
    """Fail as a sync does: nothing of it landed."""
    raise sqlite3.OperationalError("disk I/O error")


def fails_after(write: Callable[[], object]) -> None:
    """Fail when everything has landed."""
    write()
    raise OSError(5, "Input/output error")


def funded(folder: Path, seam: Seam) -> Venue:
    """Return an open venue with two accounts and money in the first one's wallet."""
    venue = Venue(open_sqlite(folder, venue_id=plan.VENUE_ID, commit=seam), clock=VirtualClock())
    for account in (plan.ALICE, plan.SINK):
        assert venue.ask(commands.OpenAccount(account=account), key=f"open-{account}").is_accepted
    deposit = commands.Deposit(account=plan.ALICE, asset="USDC", units=FUNDS_UNITS, request_id="fund")
    assert venue.ask(deposit, key="fund").is_accepted
    venue.settle_outbox()
    return venue


def payment(number: int) -> commands.Transfer:
    return commands.Transfer(
        account=plan.ALICE, receiver=plan.SINK, asset="USDC", units=plan.sum_paid(number)
    )


def pay_while_held(venue: Venue, seam: Seam) -> list[Future[Reply]]:
    """Send payments while a commit is held back, so that one is in it and the others wait behind."""
    seam.hold()
    replies = [venue.submit(payment(0), key="payment-0")]
    seam.is_reached.wait()
    replies += [venue.submit(payment(n), key=f"payment-{n}") for n in range(1, PAYMENTS)]
    return replies


@pytest.mark.parametrize(("fails", "landed"), [(fails_before, 0), (fails_after, 1)])
def test_after_a_failed_commit_nobody_is_told_success_and_retries_execute_once(
    tmp_path: Path, fails: Callable[[Callable[[], object]], None], landed: int
) -> None:
    seam = Seam()
    venue = funded(tmp_path, seam)
    replies = pay_while_held(venue, seam)
    seam.fails = fails
    seam.may_go_on.set()
    for reply in replies:
        with pytest.raises(VenueStopped, match=r"failed at the commit \(.*\), and what landed is unknown"):
            reply.result()
    with pytest.raises(VenueStopped, match="open it again"):
        venue.submit(payment(0), key="payment-0")
    venue.close()
    with Venue(open_journal(tmp_path), clock=VirtualClock()) as again:
        assert again.state.balance(f"wallet:{plan.SINK}", "USDC") == sum(map(plan.sum_paid, range(landed)))
        answers = [again.ask(payment(n), key=f"payment-{n}") for n in range(PAYMENTS) for _ in (1, 2)]
        assert all(answer.is_accepted for answer in answers)
        assert sum(not answer.is_repeat for answer in answers) == PAYMENTS - landed
        assert again.state.balance(f"wallet:{plan.SINK}", "USDC") == sum(map(plan.sum_paid, range(PAYMENTS)))
        assert not any(again.state.totals().values())
        assert again.journal.verify().damage is None


class Watched:
    """A settlement that notes what it was asked to do."""

    def __init__(self) -> None:
        self.acted: list[str] = []

    def settle(self, pending: Pending) -> bool:
        self.acted.append(pending.request_id)
        return True


def test_the_settlement_acts_on_nothing_that_is_not_durable(tmp_path: Path) -> None:
    seam, settlement = Seam(), Watched()
    funded(tmp_path, seam).close()
    journal = open_sqlite(tmp_path, venue_id=plan.VENUE_ID, commit=seam)
    venue = Venue(journal, clock=VirtualClock(), settlement=settlement)
    sent = commands.Withdraw(
        account=plan.ALICE, asset="USDC", units=FUNDS_UNITS, address="home", request_id="sent"
    )
    seam.hold()
    reply = venue.submit(sent, key="sent")
    seam.is_reached.wait()
    ended: list[str] = []

    def settle() -> None:
        try:
            venue.settle_outbox()
        except VenueStopped as stopped:
            ended.append(str(stopped))

    settling = Thread(target=settle)
    settling.start()
    # It must wait for the commit; this gives it time to do otherwise.
    settling.join(timeout=0.2)
    seam.fails = fails_before
    seam.may_go_on.set()
    settling.join()
    with pytest.raises(VenueStopped):
        reply.result()
    venue.close()
    assert settlement.acted == []
    assert len(ended) == 1
    with Venue(open_journal(tmp_path), clock=VirtualClock(), settlement=settlement) as again:
        assert not again.state.outbox
        assert again.state.balance(f"wallet:{plan.ALICE}", "USDC") == FUNDS_UNITS
    assert settlement.acted == []
