"""A copy taken table by table while the state goes on: at the end it is the state, in value and in order."""

import pytest

from solvent.engine import State, commands, fold
from solvent.engine.copying import GradualCopy
from solvent.engine.snapshot import decode_state, encode_state
from tests.unit.engine.test_codec import every_event
from tests.unit.engine.venues import BOB, funded_venue

EVENTS = tuple(every_event().events)


def folded(count: int) -> State:
    state = State()
    for event in EVENTS[:count]:
        fold(state, event)
    return state


def copied_from(begin: int, *, pace: int) -> tuple[State, State]:
    """Copy a state from one event on, so many events between two tables; return the copy and the state."""
    state, events = folded(begin), iter(EVENTS[begin:])
    copy = GradualCopy(state)
    while not copy.is_done:
        happened = [event for _, event in zip(range(pace), events, strict=False)]
        for event in happened:
            fold(state, event)
        copy.put(copy.take(state), happened)
    return copy.copy, state


def assert_same(copy: State, state: State) -> None:
    assert vars(copy) == vars(state)
    for part in ("positions", "orders", "supplies"):
        for market, held in getattr(state, part).items():
            assert list(getattr(copy, part)[market]) == list(held)
    assert copy.hash() == decode_state(encode_state(copy)).hash() == state.hash()


@pytest.mark.parametrize("pace", [0, 1, 2, 5, 11])
def test_whatever_happens_between_the_tables_the_copy_becomes_the_state(pace: int) -> None:
    for begin in range(len(EVENTS) + 1):
        assert_same(*copied_from(begin, pace=pace))


@pytest.mark.parametrize("first", [0, 1])
def test_an_asset_of_which_nothing_is_left_is_not_in_the_copy(first: int) -> None:
    venue = funded_venue()
    asset = commands.Deposit(account=BOB, asset="GONE", units=5, request_id="in")
    leaving = commands.Withdraw(account=BOB, asset="GONE", units=5, address="so1", request_id="out")
    venue.do(asset)
    venue.do(commands.Confirm(request_id="in"))
    copy, known = GradualCopy(venue.state), len(venue.events)
    for _ in range(first):
        copy.put(copy.take(venue.state), ())
    venue.do(leaving)
    venue.do(commands.Confirm(request_id="out"))
    assert "GONE" not in venue.state.balances
    copy.put(copy.take(venue.state), venue.events[known:])
    while not copy.is_done:
        copy.put(copy.take(venue.state), ())
    assert_same(copy.copy, venue.state)
