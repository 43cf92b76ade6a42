"""Who is within a share of liquidation, due or bankrupt: the same by the index as by asking everybody."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvent.margin import tiered
from solvent.money import Ratio
from solvent.risk import Near, Nearness, market_index, nearest_first
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

SHARES = [Ratio(0, 1), Ratio(1, 1000), Ratio(1, 20), Ratio(1, 3), Ratio(99, 100)]


def scaled(price: Ratio, factor: Ratio) -> Ratio:
    return Ratio(price.num * factor.num, price.den * factor.den)


def alone(crowd: Crowd, account: str, price: Ratio, share: Ratio) -> tuple[bool, bool, bool]:
    """Return whether one position is within a share, due, and bankrupt, by the model's own answers."""
    model, now_ms = crowd.model, crowd.now_ms
    book = model.settle(model.assemble(crowd.parts(price, crowd.positions[account])), now_ms=now_ms)
    here, feed = model.price_of(book, model.GUARDED_FEED), model.GUARDED_FEED
    one = Ratio(1, 1)
    survives = [
        model.survives(book, feed=feed, price=scaled(here, factor), now_ms=now_ms)
        for factor in (one, Ratio(share.den - share.num, share.den), Ratio(share.den + share.num, share.den))
    ]
    return not all(survives), not survives[0], model.headline(book, now_ms=now_ms).equity.num < 0


def compared(crowd: Crowd, price: Ratio, share: Ratio) -> None:
    if price.num <= 0:
        return
    name = crowd.market.name
    asked = Nearness(crowd.parts(price), share, model=crowd.model.NAME, now_ms=crowd.now_ms)
    named = list(asked.candidates(name, crowd.index, crowd.positions))
    assert len(set(named)) == len(named)
    looked = {account: asked.near(account, crowd.positions[account]) for account in named}
    found = {account: one for account, one in looked.items() if one is not None}
    told = {account: alone(crowd, account, price, share) for account in crowd.positions}
    within = {account for account, (is_within, _, _) in told.items() if is_within}
    assert found.keys() == within, (price, share)
    for account, one in found.items():
        _, is_due, is_bankrupt = told[account]
        assert (one.is_due, one.is_bankrupt) == (is_due, is_bankrupt), (one, crowd.positions[account])
        assert is_due or 0 < one.distance.fraction <= share.fraction
        # Nobody is bankrupt who is not due, so that the index misses none.
    assert {account for account, (_, _, gone) in told.items() if gone} <= within
    in_order(nearest_first(found.values()))


def in_order(found: list[Near]) -> None:
    keys = [(one.distance.fraction, one.account) for one in found]
    assert keys == sorted(keys)


def beside(crowd: Crowd, share: Ratio) -> list[Ratio]:
    """Return prices from which somebody's border is just the share away, a unit more and a unit less."""
    found = []
    for root in crowd.roots():
        for part in (share.den - share.num, share.den + share.num):
            price = Ratio(root.num * share.den, root.den * part)
            found += [Ratio(price.num * 10 + unit * price.den, price.den * 10) for unit in (-1, 0, 1)]
    return found


@settings(max_examples=12)
@pytest.mark.parametrize("market", [BTC, WEI, LINEAR, INVERSE], ids=lambda market: market.name)
@given(st.integers(0, 2**32))
def test_whoever_is_near_is_found_with_fundings_and_changes(market: Any, seed: int) -> None:
    chance = Random(seed)
    make = tiered_position if isinstance(market, tiered.Market) else contract_position
    crowd = Crowd(market, chance)
    for n in range(chance.randint(1, 40)):
        crowd.put(f"{n:032x}", make(chance, market, crowd.now_ms))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(market_index, "RENEWED_MIN", chance.choice((0, 1, 64)))
        for _ in range(chance.randint(1, 5)):
            for _ in range(chance.randint(0, 3)):
                crowd.fund(
                    Ratio(chance.randint(30_000, 90_000), 1),
                    Ratio(chance.choice((1, -1)) * chance.randint(0, 10**8), 10 ** chance.choice((9, 11))),
                )
            for account in chance.sample(sorted(crowd.positions), min(3, len(crowd.positions))):
                crowd.put(account, chance.choice((None, make(chance, market, crowd.now_ms))))
            crowd.put(f"{chance.randint(100, 130):032x}", make(chance, market, crowd.now_ms))
            share = chance.choice(SHARES)
            for price in (*beside(crowd, share), Ratio(chance.randint(20_000, 120_000), 1)):
                compared(crowd, price, share)


@settings(max_examples=15)
@given(st.integers(0, 2**32))
def test_loans_that_are_near_are_found_whatever_the_age_of_the_price(seed: int) -> None:
    chance = Random(seed)
    crowd = Crowd(WETH, chance)
    lend(chance, crowd)
    for _ in range(3):
        crowd.now_ms += chance.randint(0, 10**9)
        probe = crowd.model.assemble(crowd.parts(Ratio(20, 1)))
        crowd.pool = crowd.model.settle(probe, now_ms=crowd.now_ms).pool
        share = chance.choice(SHARES)
        for price in (*beside(crowd, share), Ratio(chance.randint(1, 100), 1)):
            compared(crowd, price, share)
    # Three weeks later with the same reading: nobody can be liquidated, and who is near is told all the same.
    old = crowd.parts(Ratio(20, 1))
    fresh = Nearness(old, Ratio(1, 3), model="lending", now_ms=crowd.now_ms)
    later = Nearness(old, Ratio(1, 3), model="lending", now_ms=crowd.now_ms + 10**9)
    for asked in (fresh, later):
        named = asked.candidates(WETH.name, crowd.index, crowd.positions)
        seen = {account for account in named if asked.near(account, crowd.positions[account]) is not None}
        everybody = {
            account for account, held in crowd.positions.items() if asked.near(account, held) is not None
        }
        assert seen == everybody
