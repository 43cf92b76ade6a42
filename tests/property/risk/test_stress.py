"""The stress of a price is the sum over all positions, each asked by itself, in fractions."""

from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvent.margin import lending, risk_limit, tiered
from solvent.margin.risk_limit.maths import value_of
from solvent.margin.tiered.assembly import hour_of
from solvent.money import Ratio
from solvent.risk import StressBook
from tests.property.risk.test_index import (
    BTC,
    INVERSE,
    LINEAR,
    WEI,
    WETH,
    Crowd,
    contract_position,
    lend,
    tiered_position,
)


def alone(crowd: Crowd, position: Any, price: Ratio) -> tuple[bool, Fraction, Fraction]:
    """Return whether a position is due at a price, its equity and its notional, funding unrounded."""
    market = crowd.market
    owed = [note for note in crowd.funding if note.at_ms > getattr(position, "settled_ms", 0)]
    if isinstance(market, tiered.Market):
        mark = tiered.assemble(crowd.parts(price)).mark
        hours = [hour_of(market, note) for note in owed]
        paid = sum(Fraction(position.size * hour.oracle * hour.rate, 10**10) for hour in hours)
        equity, notional = position.cash + position.size * mark - paid, Fraction(abs(position.size) * mark)
        tier = market.tiers.tier_at(int(notional))
        kept = (
            Fraction(market.tiers.rates[tier] * notional - market.tiers.deductions[tier]) / market.tiers.den
        )
        return equity < kept, Fraction(equity), notional
    if isinstance(market, risk_limit.Market):
        value = Fraction(*value_of(market, position.lots, price))
        marks = [(Fraction(*value_of(market, position.lots, note.price)), note.rate) for note in owed]
        paid = sum((position.side * abs(value) * rate.fraction for value, rate in marks), Fraction(0))
        equity = position.margin - position.cost + value - paid
        agg = risk_limit.agg_rate_of(market, position).fraction
        return equity <= agg * abs(value), equity, abs(value)
    pool = crowd.pool
    unit = Fraction(price.num * 10**market.loan.decimals, price.den * 10**market.collateral.decimals)
    debt = Fraction(position.borrow_shares * (pool.borrow_assets + 1), pool.borrow_shares + 10**6)
    value = position.collateral * unit
    return debt > market.liquidation_ltv.fraction * value, value - debt, debt


def compared(crowd: Crowd, book: StressBook, price: Ratio) -> None:
    if price.num <= 0:
        return
    whole = crowd.model.settle(crowd.model.assemble(crowd.parts(price)), now_ms=crowd.now_ms)
    found = book.at(whole, now_ms=crowd.now_ms)
    assert found is not None
    held = [one for one in crowd.positions.values() if getattr(one, "borrow_shares", 1)]
    told = [alone(crowd, one, price) for one in held]
    assert found.positions == len(told)
    assert found.liquidated == sum(is_due for is_due, _, _ in told)
    assert found.bankrupt == sum(equity < 0 for _, equity, _ in told)
    # One over a price has no end: an inverse contract's funding is cut at 40 decimals.
    near = Fraction(1, 10**20) if crowd.market is INVERSE and crowd.funding else 0
    assert found.notional.fraction == sum(notional for is_due, _, notional in told if is_due)
    assert abs(found.bad_debt.fraction + sum(equity for _, equity, _ in told if equity < 0)) <= near
    assert abs(found.equity.fraction - sum(equity for _, equity, _ in told)) <= near


@settings(max_examples=15)
@pytest.mark.parametrize("market", [BTC, WEI, LINEAR, INVERSE], ids=lambda market: market.name)
@given(st.integers(0, 2**32))
def test_the_stress_of_a_price_is_the_sum_over_all_positions(market: Any, seed: int) -> None:
    chance = Random(seed)
    make = tiered_position if isinstance(market, tiered.Market) else contract_position
    crowd = Crowd(market, chance)
    for n in range(chance.randint(1, 60)):
        crowd.put(f"{n:032x}", make(chance, market, crowd.now_ms))
    book = StressBook(crowd.model.POINTING(market), crowd.positions)  # type: ignore[attr-defined]
    for _ in range(chance.randint(1, 8)):
        for _ in range(chance.randint(0, 3)):
            crowd.fund(
                Ratio(chance.randint(30_000, 90_000), 1),
                Ratio(chance.choice((1, -1)) * chance.randint(0, 10**8), 10 ** chance.choice((9, 11))),
            )
            book.note(crowd.funding[-1])
        for account in chance.sample(sorted(crowd.positions), min(3, len(crowd.positions))):
            crowd.put(account, chance.choice((None, make(chance, market, crowd.now_ms))))
            book.changed(account)
        for root in crowd.roots():
            for beside in (-1, 0, 1):
                compared(crowd, book, Ratio(root.num * 10 + beside * root.den, root.den * 10))
        compared(crowd, book, Ratio(chance.randint(20_000, 120_000), 1))


@settings(max_examples=15)
@given(st.integers(0, 2**32))
def test_the_stress_of_a_money_market_is_the_sum_over_all_loans(seed: int) -> None:
    chance = Random(seed)
    crowd = Crowd(WETH, chance)
    lend(chance, crowd)
    book = StressBook(lending.POINTING(WETH), crowd.positions)
    for _ in range(5):
        crowd.now_ms += chance.randint(0, 10**9)
        probe = crowd.model.assemble(crowd.parts(Ratio(20, 1)))
        crowd.pool = crowd.model.settle(probe, now_ms=crowd.now_ms).pool
        for price in (*crowd.roots(), Ratio(chance.randint(1, 100), 1)):
            compared(crowd, book, price)


def test_nothing_is_told_while_the_price_is_old() -> None:
    crowd = Crowd(WETH, Random(1))
    lend(crowd.chance, crowd)
    old = crowd.model.assemble(crowd.parts(Ratio(20, 1)))
    assert StressBook(lending.POINTING(WETH), crowd.positions).at(old, now_ms=10**9) is None
