"""What a tick in which many fail at once takes: everybody is ranked once, whatever the number of failures."""

import sys
from typing import Any

import pytest

from solvent import margin
from solvent.engine import State, apply, commands
from solvent.engine.events import Acted, AnyEvent
from solvent.margin import Refused, tiered
from solvent.margin.parts import FeedReading, FundingNote
from solvent.money import Ratio
from tests.unit.engine.venues import Venue

MARKET = "BTC-PERP"


def do(state: State, command: Any) -> tuple[AnyEvent, ...]:
    answer = apply(state, command, now_ms=0)
    assert not isinstance(answer, Refused), answer
    return answer


def price(state: State, usd: int) -> tuple[AnyEvent, ...]:
    reading = FeedReading(feed="mark", price=Ratio(usd, 1))
    return do(state, commands.Tick(market=MARKET, readings=(reading,)))


def crowd(positions: int) -> State:
    """Return a venue in which every second position is a long that fails at half the price."""
    state = State()
    do(state, commands.CreateMarket(name=MARKET, market=margin.preset(MARKET)))
    price(state, 60_000)
    for number in range(positions):
        account = f"{number:032x}"
        size = (number % 90 + 100) * (-1 if number % 2 else 1)
        do(state, commands.OpenAccount(account=account))
        do(state, commands.Deposit(account=account, asset="USDC", units=10**10, request_id=account))
        do(state, commands.Confirm(request_id=account))
        do(state, commands.Act(account=account, market=MARKET, action=tiered.Open(size=size)))
    return state


def causes(events: tuple[AnyEvent, ...]) -> list[str]:
    return [event.cause for event in events if isinstance(event, Acted)]


def test_everybody_is_ranked_once_in_a_tick_and_then_those_alone_to_whom_something_happened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    positions = 120
    state = crowd(positions)
    counts = {"assemble": 0, "standing": 0}

    def counted(name: str) -> None:
        plain = getattr(tiered, name)

        def call(*given: Any) -> Any:
            counts[name] += 1
            return plain(*given)

        monkeypatch.setattr(tiered, name, call)

    for name in counts:
        counted(name)
    done = causes(price(state, 30_000))
    failed, reduced = done.count("liquidation"), done.count("deleveraging")
    assert failed == positions // 2
    assert reduced > failed
    assert counts["standing"] <= positions + failed + reduced
    # A book to look for a breach and one to rank by; then for each event one to decide it and one to rank by
    # again, and of each counterpart one that tells how much it covers; and the readings' own.
    assert counts["assemble"] <= 2 * positions + 2 * failed + 3 * reduced + 1


def test_nobody_is_ranked_in_a_tick_in_which_nobody_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    state = crowd(10)
    monkeypatch.delattr(tiered, "standing")
    assert causes(price(state, 59_000)) == []


def calls_of_a_fall(positions: int) -> int:
    """Return how many functions a tick calls in which half of so many positions fail."""
    state, calls = crowd(positions), 0

    def count(_frame: object, event: str, _given: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        price(state, 30_000)
    finally:
        sys.setprofile(before)
    return calls


def test_a_tick_in_which_twice_as_many_fail_calls_hardly_more_than_twice_as_many_functions() -> None:
    assert calls_of_a_fall(160) < 2.2 * calls_of_a_fall(80)


FIRST, TINY, LARGE, SECOND, SMALL = (digit * 32 for digit in "01234")


def two_longs_fail(cost: str) -> tuple[Any, ...]:
    """Return the events of a tick in which a large short in breach comes between two longs that fail.

    All shorts gain 2.67 % and pay a funding of 3.85 %; the large one, which so stands before the small one,
    pays one more before. A tiny one like it, whose id is less, covers the first failure.
    """
    venue = Venue()
    venue.do(commands.CreateMarket(name=MARKET, market=margin.preset(MARKET)))
    venue.price(MARKET, mark="60000")
    for account in (FIRST, TINY, LARGE, SECOND, SMALL):
        venue.do(commands.OpenAccount(account=account))
        venue.do(commands.Deposit(account=account, asset="USDC", units=10**10, request_id=account))
        venue.do(commands.Confirm(request_id=account))
        venue.must(account, MARKET, tiered.SetLeverage(40))
    venue.must(TINY, MARKET, tiered.Open(size=-100))
    venue.must(LARGE, MARKET, tiered.Open(size=-200_000))
    for at_ms, rate, account, size in ((1, cost, SMALL, -1_000), (2, "0.0385", SECOND, 100)):
        charged = Ratio(-Ratio.parse(rate).num, Ratio.parse(rate).den)
        note = FundingNote(at_ms=at_ms, price=Ratio(60_000, 1), rate=charged)
        venue.do(commands.SetFunding(market=MARKET, note=note), at_ms)
        venue.must(account, MARKET, tiered.Open(size=size), at_ms)
    venue.must(FIRST, MARKET, tiered.Open(size=100), 2)
    return venue.price(MARKET, 2, mark="58400")


@pytest.mark.parametrize(
    ("cost", "step", "then"),
    [("0.0015", "market_partial", SMALL), ("0.003", "market_partial", LARGE), ("0.006", "backstop", SMALL)],
)
def test_a_counterpart_that_is_liquidated_between_two_failures_stands_where_that_leaves_it(
    cost: str, step: str, then: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, plain = [], tiered.deleverage

    def noted(book: Any, *given: Any, **named: Any) -> Any:
        asked.append(book.position.size)
        return plain(book, *given, **named)

    monkeypatch.setattr(tiered, "deleverage", noted)
    events = [event for event in two_longs_fail(cost) if isinstance(event, Acted)]
    assert [(event.account, event.cause) for event in events] == [
        (FIRST, "liquidation"),
        (TINY, "deleveraging"),
        (LARGE, "liquidation"),
        (SECOND, "liquidation"),
        (then, "deleveraging"),
    ]
    assert events[2].working.plan.step.value == step
    # Nobody is asked whose position is gone.
    assert len(asked) == 2
    assert all(asked)
