"""Folding only assigns and adds, so that a later change of rounding never rewrites an old journal."""

import ast
import inspect
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from solvent.engine import fold as folding
from solvent.engine import state
from solvent.engine.events import Acted, AnyEvent, Move, Stalled
from solvent.engine.fold import fold, fold_all
from solvent.engine.snapshot import copied
from solvent.margin import lending, tiered
from solvent.money import Ratio
from tests.unit.engine.venues import ALICE, BOB, LENDER, Venue, funded_venue

ADDS = (ast.Add,)


def acted(venue: Venue) -> list[AnyEvent]:
    """Return actions of three accounts in two markets: with and without positions, pools, orders, claims."""
    begin = len(venue.events)
    venue.must(LENDER, "wETH/SOL", lending.Supply(100 * 10**9))
    venue.must(ALICE, "wETH/SOL", lending.Open(margin=10 * 10**9, leverage=Ratio(3, 1)))
    venue.must(ALICE, "BTC-PERP", tiered.Open(size=1_000))
    venue.must(ALICE, "BTC-PERP", tiered.Add(amount=10**9))
    venue.must(ALICE, "BTC-PERP", tiered.Take(amount=1))
    venue.must(BOB, "BTC-PERP", tiered.Order(order_id="1", size=-100, limit_price=610_000))
    venue.must(BOB, "BTC-PERP", tiered.SetLeverage(leverage=10))
    venue.must(ALICE, "BTC-PERP", tiered.Close())
    return venue.events[begin:]


VENUE = funded_venue()
BEFORE = copied(VENUE.state)
ACTED = [event for event in acted(VENUE) if isinstance(event, Acted)]


MOVES = (Move("one", "SOL", 1), Move("other", "SOL", 2))
CHANGES: dict[str, dict[str, Any]] = {
    "nothing": {},
    "account": {"account": BOB},
    "pool": {"pool": None},
    "reserved asset": {"reserved_asset": "wETH"},
    "nothing reserved": {"reserved": 0},
    "reserved untouched": {"reserved": None},
    "supply": {"supply_shares": 7},
    "position": {"position": None},
    "orders": {"orders": ()},
    "one name": {"moves": (Move("third", "SOL", 3), MOVES[1])},
    "other name": {"moves": (MOVES[0], Move("third", "SOL", 3))},
    "one asset": {"moves": (Move("one", "USDC", 3), MOVES[1])},
    "other asset": {"moves": (MOVES[0], Move("other", "USDC", 3))},
    "back again": {"moves": (Move("one", "SOL", -1), Move("other", "SOL", -2))},
    "one move": {"moves": MOVES[:1]},
    "three moves": {"moves": (*MOVES, Move("third", "SOL", 3))},
}


def alike(event: Acted) -> Acted:
    """Return an event that reserves something, and moves between the two that the others move between."""
    return replace(event, reserved_asset="SOL", reserved=5, moves=MOVES)


def assert_alike(events: list[AnyEvent], cuts: set[int]) -> None:
    """Assert that events folded together, in as many parts, leave what they leave one by one."""
    each, together = copied(BEFORE), copied(BEFORE)
    for event in events:
        fold(each, event)
    for begin, end in pairwise(sorted({0, len(events), *[cut for cut in cuts if cut < len(events)]})):
        fold_all(together, events[begin:end])
    assert (together.seq, together.now_ms) == (each.seq, each.now_ms)
    assert together.hash() == each.hash()
    assert together.balances == each.balances


@pytest.mark.parametrize("first", ACTED)
@pytest.mark.parametrize("change", CHANGES)
def test_what_an_event_does_that_the_next_one_does_not_is_not_lost(first: Acted, change: str) -> None:
    first = alike(first)
    other = replace(first, at_ms=first.at_ms + 1, **CHANGES[change])
    for events in ([first, other], [other, first], [first, other, first], [other, first, other]):
        assert_alike([*events], set())


@pytest.mark.parametrize("first", ACTED)
@pytest.mark.parametrize("other", ACTED)
def test_an_event_of_another_market_replaces_nothing(first: Acted, other: Acted) -> None:
    moved = [replace(alike(event), account=ALICE) for event in (first, other)]
    stalled = Stalled(at_ms=9, market=first.market, account=ALICE, lacking="keeper")
    assert_alike([*moved, *moved], set())
    assert_alike([*moved, stalled, *moved, stalled], set())


@given(
    events=st.lists(
        st.builds(
            lambda event, change: replace(alike(event), **CHANGES[change]),
            st.sampled_from(ACTED),
            st.sampled_from(sorted(CHANGES)),
        )
    ),
    cuts=st.sets(st.integers(0, 20)),
)
def test_events_folded_together_leave_what_they_leave_one_by_one(
    events: list[AnyEvent], cuts: set[int]
) -> None:
    assert_alike(events, cuts)


def test_fold_has_no_operator_but_plus_and_calls_no_rounding() -> None:
    module = inspect.getmodule(fold)
    assert module is not None
    tree = ast.parse(inspect.getsource(module))
    operators = {
        type(node.op) for node in ast.walk(tree) if isinstance(node, ast.BinOp | ast.AugAssign | ast.UnaryOp)
    }
    annotations = {ast.BitOr}
    assert operators <= {*ADDS, *annotations}
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not {name for name in imported if name is not None and name.startswith("solvent.money")}


def test_fold_and_state_know_no_model() -> None:
    assert folding is fold
    source = inspect.getsource(state)
    assert "solvent.margin.parts" in source
    assert not any(name in source for name in ("tiered", "risk_limit", "lending"))
