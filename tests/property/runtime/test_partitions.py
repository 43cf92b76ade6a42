"""A book comes to what its state comes to, to the last unit, however it is cut and in whatever order."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvent.engine import MarketState, State
from solvent.margin import registry, tiered
from solvent.money import Ratio
from solvent.risk.columns import PartSums
from solvent.runtime.partitions import Task, export, here, open_book, stress_book
from solvent.runtime.stressing import Stress, Stresser
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

MARKETS = (BTC, WEI, LINEAR, INVERSE, WETH)


def drawn_state(chance: Random) -> State:
    """Draw positions of all three models, linear and inverse, beyond 64 bits, with fundings between them."""
    state = State()
    state.now_ms = 10**7
    for market in MARKETS:
        crowd = Crowd(market, chance)
        if market is WETH:
            lend(chance, crowd)
        else:
            make = tiered_position if isinstance(market, tiered.Market) else contract_position
            for n in range(chance.randint(1, 40)):
                if chance.random() < 0.1:
                    crowd.fund(Ratio(chance.randint(30_000, 90_000), 1), Ratio(chance.randint(-9, 9), 10**5))
                account = f"{chance.randint(0, 2**128 - 1):032x}" if n else "0" * 32
                crowd.put(account, make(chance, market, crowd.now_ms))
        crowd.now_ms = state.now_ms
        parts = crowd.parts(Ratio(20 if market is WETH else 60_000, 1))
        state.markets[market.name] = MarketState(
            name=market.name,
            model=registry.of(market).NAME,
            market=market,
            pool=crowd.pool,
            readings=parts.readings,
            valid_readings=parts.readings,
            funding=crowd.funding,
        )
        state.positions[market.name] = crowd.positions
    state.balances = {"USDC": {"insurance": chance.randint(0, 10**9)}, "SOL": {"insurance": 5}}
    return state


def shuffled(chance: Random, tasks: Iterable[Task]) -> Iterator[tuple[Task, PartSums]]:
    dealt = list(tasks)
    chance.shuffle(dealt)
    return here(dealt)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 50))
def test_a_book_comes_to_the_same_as_its_state_however_it_is_cut(seed: int, rows: int) -> None:
    chance = Random(seed)
    state = drawn_state(chance)
    scenarios = [
        {name: Ratio(chance.randint(30, 200), 100) for name in chance.sample(sorted(state.markets), 3)}
        for _ in range(4)
    ]

    def ask(stresser: Stresser) -> list[tuple[Stress, ...]]:
        whole = dict.fromkeys(stresser.markets, Ratio(9, 10))
        return [stresser.joint(factors) for factors in (whole, *scenarios)]

    with TemporaryDirectory() as folder:
        export(state, Path(folder), origin="a test", rows=rows, told=lambda _: None)
        book = open_book(Path(folder))
        found = stress_book(book, ask, lambda tasks: shuffled(chance, tasks), lambda _: None)
    assert found == ask(Stresser(state))
    assert book.rows == sum(one.found.positions for one in found[0])


@pytest.mark.parametrize("market", MARKETS, ids=lambda market: market.name)
def test_a_market_comes_back_from_a_manifest_as_it_was(market: object, tmp_path: Path) -> None:
    state = drawn_state(Random(7))
    export(state, tmp_path, origin="a test", rows=100, told=lambda _: None)
    name = market.name  # type: ignore[attr-defined]
    assert open_book(tmp_path).scene.state().markets[name] == state.markets[name]
    assert msgspec.json.decode((tmp_path / "book.json").read_bytes())["scene"]["origin"] == "a test"
