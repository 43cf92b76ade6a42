"""The map of liquidations: exact sums of all positions by price, of all models, and nobody named."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from math import floor
from random import Random
from typing import Any

import pytest

from solvent import margin
from solvent.api import mapping
from solvent.api.mapping import BUCKETS, Maps
from solvent.api.reading import Look
from solvent.engine import commands
from solvent.margin import risk_limit, tiered
from solvent.money import Ratio
from tests.unit.api.serving import ALICE, BOB, PRICES, Served, act, tick

MARKETS = {"BTC-PERP": "mark", "XBTUSDTM": "mark", "wETH/SOL": "collateral_loan"}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served() as opened:
        random = Random(5)
        for number in range(20):
            account = f"{number:032x}"
            opened.do(commands.OpenAccount(account=account))
            for asset, units in (("USDC", 10**10), ("USDT", 10**14)):
                opened.do(commands.Declare(role="swap_desk", asset=asset, units=units))
                opened.do(commands.PayOut(role="swap_desk", receiver=account, asset=asset, units=units))
            size, lots = random.choice((-1, 1)) * random.randint(1, 8_000), random.randint(1, 80)
            opened.do(act(account, "BTC-PERP", tiered.SetLeverage(random.randint(1, 30))))
            assert opened.do(act(account, "BTC-PERP", tiered.Open(size=size))).is_accepted
            leverage = random.randint(1, 9)
            order = risk_limit.Open(lots=lots * random.choice((-1, 1)), leverage=leverage)
            assert opened.do(act(account, "XBTUSDTM", order)).is_accepted
        yield opened


def asked(served: Served, market: str) -> Any:
    served.wall_ms += 10_000
    found = served.ask("GET", f"/markets/{market.replace('/', '~')}/liquidation-map", who=None)
    assert found.status_code == 200, found.text
    return found.json()


def expected(served: Served, market: str) -> list[tuple[Decimal, bool]]:
    """Return where the liquidation of each position begins, as everybody's own view says."""
    state = served.house.follower.state
    found = []
    for account in state.positions[market]:
        book = Look(state, now_ms=served.house.now_ms()).book(market, account)
        (own,) = [one for one in margin.headline(book).liquidation_prices if one.feed == MARKETS[market]]
        if own.price is not None:
            found.append((Decimal(own.price.num) / Decimal(own.price.den), own.above))
    return found


@pytest.mark.parametrize("market", MARKETS)
def test_each_bucket_counts_the_positions_that_begin_to_be_liquidated_in_it(
    served: Served, market: str
) -> None:
    found, prices = asked(served, market), expected(served, market)
    assert found["positions"] == len(prices) + found["never"]
    for side, above in (("below", False), ("above", True)):
        own = [price for price, is_above in prices if is_above == above]
        buckets = found[side]
        assert len(buckets) == BUCKETS
        for bucket in buckets:
            low, high = Decimal(bucket["low"]), Decimal(bucket["high"])
            inside = [price for price in own if (low <= price < high if above else low < price <= high)]
            assert bucket["positions"] == len(inside), bucket
        counted = sum(bucket["positions"] for bucket in buckets) + found[f"beyond_{side}"]["positions"]
        assert counted == len(own)


@pytest.mark.parametrize("market", MARKETS)
def test_sums_are_exact_and_grow_from_the_price_outwards(served: Served, market: str) -> None:
    found = asked(served, market)
    price = Decimal(found["price"])
    for side in ("below", "above"):
        total = Decimal(0)
        for bucket in (*found[side], found[f"beyond_{side}"]):
            assert Decimal(bucket["value"]) == Decimal(bucket["size"]) * price
            total += Decimal(bucket["value"])
            assert Decimal(bucket["total"]) == total
    edges = [Decimal(bucket["low"]) for bucket in found["below"]]
    assert edges == sorted(edges, reverse=True)
    assert Decimal(found["below"][0]["high"]) == Decimal(found["above"][0]["low"]) == price


def test_a_value_that_does_not_end_is_rounded_down_to_nine_decimals(served: Served) -> None:
    served.do(tick("wETH/SOL", now_ms=served.house.now_ms(), collateral_usd="2000", loan_usd="99"))
    found = asked(served, "wETH/SOL")
    served.do(tick("wETH/SOL", now_ms=served.house.now_ms(), **PRICES["wETH/SOL"]))
    sums = [one for one in (*found["below"], found["beyond_below"]) if one["positions"]]
    assert sums
    for one in sums:
        exact = Fraction(one["size"]) * Fraction(2000, 99)
        assert Fraction(one["value"]) == Fraction(floor(exact * 10**9), 10**9) != exact


def test_nobody_is_named_and_nobody_has_to_be_signed_in(served: Served) -> None:
    told = served.ask("GET", "/markets/BTC-PERP/liquidation-map", who=None).text
    assert ALICE not in told
    assert BOB not in told


def test_a_map_is_made_once_a_second_at_most(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    real = mapping._made

    async def counted(look: Look, market: str) -> Any:
        made.append(market)
        return await real(look, market)

    monkeypatch.setattr(mapping, "_made", counted)
    first = asked(served, "BTC-PERP")
    served.do(tick("BTC-PERP", now_ms=served.house.now_ms(), mark="60001"))
    again = served.ask("GET", "/markets/BTC-PERP/liquidation-map", who=None).json()
    assert (again, made) == (first, ["BTC-PERP"])
    assert asked(served, "BTC-PERP")["price"] == "60001"
    assert len(made) == 2
    served.do(tick("BTC-PERP", now_ms=served.house.now_ms(), mark=PRICES["BTC-PERP"]["mark"]))


def test_a_map_that_failed_is_made_again(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(_: Look, __: str) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(mapping, "_made", broken)
    served.wall_ms += 10_000
    assert served.ask("GET", "/markets/BTC-PERP/liquidation-map", who=None).status_code == 500
    monkeypatch.undo()
    assert served.ask("GET", "/markets/BTC-PERP/liquidation-map", who=None).status_code == 200


def test_others_have_their_turn_while_a_map_is_made(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapping, "POSITIONS_AT_ONCE", 5)
    turns = []

    async def play() -> None:
        async def other() -> None:
            while True:
                turns.append(1)
                await asyncio.sleep(0)

        working = asyncio.ensure_future(other())
        await Maps(served.house).of("BTC-PERP")
        working.cancel()

    served._run(play())
    assert len(turns) >= 4


def test_what_is_more_than_is_looked_at_is_said(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked(served, "BTC-PERP")["is_complete"]
    monkeypatch.setattr(mapping, "POSITIONS_MAX", 3)
    found = asked(served, "BTC-PERP")
    assert (found["is_complete"], found["positions"]) == (False, 3)


def test_a_position_that_is_due_already_is_in_the_bucket_at_the_price() -> None:
    side = mapping._Side(Ratio(100, 1), above=False)
    side.add(Ratio(105, 1), 7)
    side.add(Ratio(98, 1), 1)
    side.add(Ratio(39, 1), 2)
    assert (side.counts[0], side.units[0], side.counts[1], side.counts[-1]) == (1, 7, 1, 1)
