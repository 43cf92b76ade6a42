"""The machine's clock is set while a venue runs: nobody is charged for time that never passed."""

from pathlib import Path

from solvent.engine import commands
from solvent.journal import open_journal
from solvent.runtime import STREAM, RealClock, Venue, replay
from tests.contract.venue import plan

YEAR_MS, DAY_MS, SECOND_MS = 365 * 86_400_000, 86_400_000, 1_000


class Machine:
    """A machine's two clocks: one that people set, one that only goes on."""

    def __init__(self) -> None:
        self.wall_ms, self.steady_ms = plan.START_MS, 5_000

    def clock(self, *, not_before_ms: int = 0) -> RealClock:
        """Return the venue's clock on this machine."""
        return RealClock(
            not_before_ms=not_before_ms,
            wall_ns=lambda: self.wall_ms * 1_000_000,
            steady_ns=lambda: self.steady_ms * 1_000_000,
        )

    def passes(self, ms: int) -> None:
        """Let time pass on both."""
        self.wall_ms += ms
        self.steady_ms += ms


def owed(venue: Venue) -> int:
    """Return what the loan's pool is owed, with interest to the venue's moment."""
    pool = venue.state.markets["wETH/SOL"].pool
    assert pool is not None
    return int(pool.borrow_assets)


def touch(venue: Venue, key: str) -> None:
    assert venue.ask(commands.Touch(market="wETH/SOL"), key=key).is_accepted


def test_a_clock_that_is_set_far_ahead_and_back_charges_no_interest_and_loses_nothing(tmp_path: Path) -> None:
    machine = Machine()
    with Venue(open_journal(tmp_path, venue_id=plan.VENUE_ID), clock=machine.clock()) as venue:
        for key, command in plan.setup():
            assert venue.ask(command, key=key).is_accepted
        venue.settle_outbox()
        for number in range(40):
            venue.ask(plan.command_of("lending", number), key=f"lending-{number}")
        touch(venue, "before")
        before = owed(venue)
        assert before > 0
        for name, set_by in (("ahead", YEAR_MS), ("back", -YEAR_MS), ("behind", -DAY_MS)):
            machine.wall_ms += set_by
            machine.passes(SECOND_MS)
            touch(venue, name)
        assert venue.state.now_ms == plan.START_MS + 3 * SECOND_MS
        # A year would cost percents; three seconds cost less than a millionth.
        assert before <= owed(venue) <= before + before // 10**6 + 10
        assert not any(venue.state.totals().values())
        hash_before = venue.state.hash()
    # The machine is still a day behind: the venue goes on from its own last moment.
    with open_journal(tmp_path) as journal:
        moments = [record.at_ms for record in journal.read(STREAM, 0)]
        state = replay(journal)
    assert moments == sorted(moments)
    assert state.hash() == hash_before
    clock = machine.clock(not_before_ms=state.now_ms)
    with Venue(open_journal(tmp_path), clock=clock) as again:
        assert again.state.hash() == hash_before
        touch(again, "after")
        assert again.state.now_ms == plan.START_MS + 3 * SECOND_MS
