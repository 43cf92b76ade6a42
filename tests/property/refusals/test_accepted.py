"""What a refusal says would be accepted is accepted, and says so only where something is: every model."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from solvent import margin
from solvent.margin import Maximum, Outcome, Refused, lending, registry, risk_limit, tiered
from tests.property.solvers.books import BOOKS

CALM = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
LATER_MS = 90_000_000

TOO_LARGE = {
    "INSUFFICIENT_WITHDRAWABLE",
    "BELOW_TRANSFER_FLOOR",
    "ABOVE_MAX_WITHDRAW",
    "INSUFFICIENT_BALANCE",
    "INSUFFICIENT_WALLET",
    "INSUFFICIENT_COLLATERAL",
    "SUPPLY_BALANCE_EXCEEDED",
    "POSITION_CAP_EXCEEDED",
    "MARKET_CAP_EXCEEDED",
    "POOL_LIQUIDITY_INSUFFICIENT",
    "MAX_LTV_EXCEEDED",
}


def tiered_corner(draw: st.DrawFn, book: tiered.Book) -> tiered.Book:
    """Draw what forbids a move: no position, a strict asset, orders that hold more or less than the cash."""
    corner = draw(st.sampled_from(["flat", "strict", "reserved"]))
    if corner == "flat":
        return replace(book, position=tiered.Position())
    if corner == "strict":
        return replace(book, market=replace(book.market, mode=tiered.Mode.STRICT_ISOLATED))
    return replace(book, reserved=draw(st.integers(0, book.cash + 2)))


def risk_limit_corner(draw: st.DrawFn, book: risk_limit.Book) -> risk_limit.Book:
    """Draw what forbids a move: no position, a liquidation, orders, a balance around the least addition."""
    corner = draw(st.sampled_from(["flat", "liquidating", "orders", "poor"]))
    if corner == "flat":
        return replace(book, position=risk_limit.Position())
    if corner == "liquidating":
        return replace(book, position=replace(book.position, liquidating=True))
    if corner == "orders":
        return replace(book, other_orders=1)
    least = risk_limit.minimum_addition(book.market)
    return replace(book, balance=draw(st.integers(max(0, least - 2), least + 2)))


def lending_corner(draw: st.DrawFn, book: lending.Book) -> lending.Book:
    """Draw what forbids a move: a pause, no position, no cash, a small wallet, own supply, dear shares."""
    corner = draw(st.sampled_from(["paused", "empty", "no cash", "poor", "supplied", "dear shares"]))
    if corner == "paused":
        return replace(book, pool=replace(book.pool, paused=True))
    if corner == "empty":
        pool = replace(book.pool, borrow_shares=book.pool.borrow_shares - book.position.borrow_shares)
        return replace(book, position=lending.Position(), pool=pool, wallet_collateral=0)
    if corner == "no cash":
        return replace(book, pool=replace(book.pool, cash=draw(st.integers(0, 3))))
    if corner == "poor":
        small = st.integers(0, 3)
        return replace(book, wallet_loan=draw(small), wallet_collateral=draw(small))
    if corner == "supplied":
        return replace(book, supply_shares=book.pool.supply_shares * draw(st.integers(1, 100)) // 100)
    times = draw(st.integers(2, 10**8))
    pool = replace(
        book.pool,
        borrow_assets=book.pool.borrow_assets * times,
        supply_assets=book.pool.supply_assets * times,
    )
    return replace(book, pool=pool, wallet_loan=draw(st.integers(0, 2 * times)))


CORNERS: Mapping[str, Callable[[st.DrawFn, Any], Any]] = {
    "tiered": tiered_corner,
    "risk_limit": risk_limit_corner,
    "lending": lending_corner,
}


@st.composite
def requests(draw: st.DrawFn, name: str) -> tuple[Any, Maximum, int, int]:
    """Draw a book, one of its maxima, an amount around what matters, and a moment (rarely a late one)."""
    book = draw(BOOKS[name])
    if draw(st.booleans()):
        book = CORNERS[name](draw, book)
    now_ms = draw(st.sampled_from([0, 0, 0, 9_000, 9_000, LATER_MS]))
    maximum = draw(st.sampled_from(margin.limits(book, now_ms=now_ms).maxima))
    most = maximum.amount.units
    near = st.sampled_from([-1, 0, 1, most // 2, most, most + 1, most * 2 + 1, 10**40])
    return book, maximum, draw(near | st.integers(0, 10**15)), now_ms


@pytest.mark.parametrize("name", registry.names())
@CALM
@given(st.data())
def test_what_a_refusal_would_accept_is_accepted_and_none_means_that_nothing_is(
    name: str, data: st.DataObject
) -> None:
    book, maximum, units, now_ms = data.draw(requests(name))
    model = registry.by_name(name)
    refused = model.decide(book, model.action_of(book, maximum.verb, units), now_ms=now_ms)
    if not isinstance(refused, Refused):
        return
    event(f"{maximum.verb.value} {refused.code} {'none' if refused.accepted is None else 'some'}")
    if refused.accepted is None:
        assert not maximum.amount
        return
    assert refused.accepted.units > 0
    assert refused.accepted.asset == maximum.amount.asset
    action = model.action_of(book, maximum.verb, refused.accepted.units)
    assert isinstance(model.decide(book, action, now_ms=now_ms), Outcome)
    if refused.code in TOO_LARGE:
        assert refused.accepted == maximum.amount


def test_every_registered_model_has_its_corners() -> None:
    assert set(CORNERS) == set(registry.names())
