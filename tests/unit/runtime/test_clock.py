"""The venue's clocks never run backwards, and a wall clock that is set far ahead takes nobody's money."""

import time
from pathlib import Path

import pytest

from solvent import margin
from solvent.engine import commands
from solvent.journal import open_journal
from solvent.margin import lending
from solvent.margin.parts import FeedReading
from solvent.money import Ratio
from solvent.runtime import Clock, RealClock, RuntimeRefused, Venue, VirtualClock

ALICE, LENDER = "a" * 32, "c" * 32
MINUTE_MS, DAY_MS, YEAR_MS = 60_000, 86_400_000, 365 * 86_400_000
START_MS = 1_700_000_000_000
WETH_SOL = margin.preset("wETH/SOL")


class Machine:
    """Both clocks of a machine: time passes on both, somebody sets the wall alone."""

    def __init__(self, now_ms: int = START_MS) -> None:
        self.wall_ms = now_ms
        self.steady_ms = 5_000

    def passes(self, by_ms: int) -> None:
        self.wall_ms += by_ms
        self.steady_ms += by_ms

    def clock(self, not_before_ms: int = 0, step_ms_max: int = MINUTE_MS) -> RealClock:
        return RealClock(
            not_before_ms=not_before_ms,
            step_ms_max=step_ms_max,
            wall_ns=lambda: self.wall_ms * 1_000_000,
            steady_ns=lambda: self.steady_ms * 1_000_000,
        )


def test_a_real_clock_shows_the_machines_time() -> None:
    before = int(Path(__file__).stat().st_mtime)
    assert RealClock().now_ms() > before * 1_000


def test_a_machine_that_steps_back_holds_the_venues_time_until_it_has_caught_up() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall_ms -= 2_000
    assert clock.now_ms() == START_MS
    machine.passes(1_500)
    assert clock.now_ms() == START_MS
    machine.passes(1_500)
    assert clock.now_ms() == START_MS + 1_000
    assert clock.strayed_ms == 0


def test_a_small_step_ahead_is_followed_such_as_a_leap_second_or_a_time_server() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall_ms += MINUTE_MS
    assert clock.now_ms() == START_MS + MINUTE_MS


def test_a_machine_set_years_ahead_is_not_followed_and_time_goes_on_steadily() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall_ms += YEAR_MS
    machine.passes(7_000)
    assert clock.now_ms() == START_MS + 7_000
    assert clock.strayed_ms == YEAR_MS
    machine.passes(7_000)
    assert clock.now_ms() == START_MS + 14_000
    machine.wall_ms -= YEAR_MS
    assert clock.now_ms() == START_MS + 14_000
    assert clock.strayed_ms == 0


def test_a_machine_set_a_day_back_does_not_freeze_the_venue_for_a_day() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.wall_ms -= DAY_MS
    assert clock.now_ms() == START_MS
    assert clock.strayed_ms == -DAY_MS
    machine.passes(10_000)
    assert clock.now_ms() == START_MS + 10_000


def test_a_machine_that_slept_is_followed_as_its_steady_clock_slept_with_it() -> None:
    machine = Machine()
    clock = machine.clock()
    machine.passes(8 * 3_600_000)
    assert clock.now_ms() == START_MS + 8 * 3_600_000


def test_a_clock_begins_no_earlier_than_the_journal_ended() -> None:
    machine = Machine()
    clock = machine.clock(not_before_ms=START_MS + 30_000)
    assert clock.now_ms() == START_MS + 30_000
    machine.passes(40_000)
    assert clock.now_ms() == START_MS + 40_000


def test_the_limit_is_the_last_step_that_is_followed() -> None:
    machine = Machine()
    clock = machine.clock(step_ms_max=1_000)
    machine.wall_ms += 1_000
    assert clock.now_ms() == START_MS + 1_000
    machine.wall_ms += 1_001
    assert clock.now_ms() == START_MS + 1_000


def test_a_change_to_summer_time_is_no_step_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        winter = RealClock()
        before = winter.now_ms()
        monkeypatch.setenv("TZ", "Australia/Lord_Howe")
        time.tzset()
        assert 0 <= winter.now_ms() - before < MINUTE_MS
    finally:
        monkeypatch.undo()
        time.tzset()


def test_a_virtual_clock_stands_still_until_it_is_advanced() -> None:
    clock = VirtualClock(10)
    assert clock.now_ms() == clock.now_ms() == 10
    assert clock.advance(5) == 15
    assert clock.now_ms() == 15


def test_a_virtual_clock_takes_no_step_back() -> None:
    clock = VirtualClock(10)
    with pytest.raises(RuntimeRefused, match="never runs backwards"):
        clock.advance(-1)
    assert clock.now_ms() == 10


# What a clock that is set means for an open debt.


def lent(clock: Clock) -> Venue:
    """Return a venue in which Alice owes SOL to a pool."""
    venue = Venue(open_journal(":memory:", venue_id="0" * 32), clock=clock)

    def ask(command: commands.AnyCommand, key: str) -> None:
        answer = venue.ask(command, key=key)
        assert answer.is_accepted, answer.read()

    for account, asset, units in ((ALICE, "wETH", 10**9), (LENDER, "SOL", 10**12)):
        ask(commands.OpenAccount(account=account), f"account {account}")
        ask(commands.Deposit(account=account, asset=asset, units=units, request_id=asset), asset)
    venue.settle_outbox()
    ask(commands.CreateMarket(name="wETH/SOL", market=WETH_SOL), "market")
    prices = {"collateral_usd": "2234.7", "loan_usd": "89.47"}
    now_ms = clock.now_ms()
    readings = tuple(
        FeedReading(feed=feed, price=Ratio.parse(text), at_ms=now_ms) for feed, text in prices.items()
    )
    ask(commands.Tick(market="wETH/SOL", readings=readings), "tick")
    steps = ((LENDER, lending.Supply(10**11)), (ALICE, lending.Add(10**8)), (ALICE, lending.Borrow(10**10)))
    for number, (account, action) in enumerate(steps):
        ask(commands.Act(account=account, market="wETH/SOL", action=action), f"act {number}")
    return venue


def owed_after_touch(venue: Venue, key: str) -> int:
    assert venue.ask(commands.Touch(market="wETH/SOL"), key=key).is_accepted
    pool = venue.state.markets["wETH/SOL"].pool
    assert pool is not None
    return int(pool.borrow_assets)


def test_a_clock_that_steps_back_charges_no_interest_and_never_a_negative_one() -> None:
    machine = Machine()
    with lent(machine.clock()) as venue:
        owed = owed_after_touch(venue, "before")
        machine.wall_ms -= 50_000
        assert owed_after_touch(venue, "back") == owed
        machine.passes(49_000)
        assert owed_after_touch(venue, "still behind") == owed
        machine.passes(3_601_000)
        assert owed_after_touch(venue, "an hour later") > owed


def test_an_hour_on_the_clock_charges_exactly_what_the_model_says() -> None:
    machine = Machine()
    with lent(machine.clock()) as venue:
        owed_after_touch(venue, "before")
        pool = venue.state.markets["wETH/SOL"].pool
        assert pool is not None
        machine.passes(3_600_000)
        expected, _ = lending.accrue(WETH_SOL, pool, now_s=pool.last_s + 3_600)
        assert owed_after_touch(venue, "after") == expected.borrow_assets > pool.borrow_assets


def test_a_wall_clock_set_a_year_ahead_charges_the_seconds_that_passed_and_no_year() -> None:
    machine = Machine()
    with lent(machine.clock()) as venue:
        owed_after_touch(venue, "before")
        pool = venue.state.markets["wETH/SOL"].pool
        assert pool is not None
        machine.wall_ms += YEAR_MS
        machine.passes(3_600_000)
        expected, _ = lending.accrue(WETH_SOL, pool, now_s=pool.last_s + 3_600)
        assert owed_after_touch(venue, "after") == expected.borrow_assets
