"""Columns come to the sums of `StressBook`, to the last unit, however they are cut into parts."""

from functools import reduce
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solvent.margin import tiered
from solvent.money import Ratio
from solvent.risk import StressBook
from solvent.risk.columns import ColumnSums, PartSums, Rows, merged, stressed_at
from solvent.risk.fundings import Fundings
from solvent.risk.numbers import Numbers
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

WIDE = 1 << 256


def numbers(values: list[int], *, words: int = 4) -> Numbers:
    width = 8 * words
    raw = b"".join((value % WIDE).to_bytes(32, "little")[:width] for value in values)
    return Numbers.of_words(np.frombuffer(raw, "<u8").reshape(-1, words))


def rows_of(pointing: Any, positions: list[Any]) -> Rows:
    columns = pointing.columns
    rates = [pointing.rate(one) for one in positions]
    distinct = list(dict.fromkeys(rates))
    settled = [one.settled_ms for one in positions] if columns.is_settled else None
    return Rows(
        held=numbers([getattr(one, columns.held) for one in positions]),
        own=tuple(
            (sign, numbers([getattr(one, name) for one in positions])) for name, sign in columns.own.items()
        ),
        settled_ms=None if settled is None else np.array(settled, np.int64),
        rates=tuple(distinct),
        rated=np.array([distinct.index(rate) for rate in rates]) if columns.is_rated else None,
    )


def parts_of(crowd: Crowd, units: list[tuple[int, int]], chance: Random, parts: int) -> PartSums:
    """Deal the positions out to parts, and merge their sums in any order."""
    pointing = crowd.model.POINTING(crowd.market)  # type: ignore[attr-defined]
    dealt: list[list[Any]] = [[] for _ in range(parts)]
    for position in crowd.positions.values():
        chance.choice(dealt).append(position)
    found = []
    for part in dealt:
        sums = ColumnSums(pointing, crowd.funding, units)
        for batch in (part[::2], part[1::2]):
            if batch:
                sums.add(rows_of(pointing, batch))
        found.append(sums.sums())
    chance.shuffle(found)
    return reduce(merged, found)


def agreed(crowd: Crowd, prices: list[Ratio], chance: Random) -> None:
    pointing = crowd.model.POINTING(crowd.market)  # type: ignore[attr-defined]
    book = StressBook(pointing, crowd.positions)
    known = Fundings(pointing)
    for note in crowd.funding:
        book.note(note)
        known.add(note)
    wholes = [
        crowd.model.settle(crowd.model.assemble(crowd.parts(price)), now_ms=crowd.now_ms)
        for price in prices
        if price.num > 0
    ]
    asked = {Ratio(*pointing.unit(whole, now_ms=crowd.now_ms)) for whole in wholes}
    units = [(unit.num, unit.den) for unit in sorted(asked)]
    sums = parts_of(crowd, units, chance, chance.randint(1, 5))
    for whole in wholes:
        unit = Ratio(*pointing.unit(whole, now_ms=crowd.now_ms))
        pair = (unit.num, unit.den)
        found = stressed_at(
            pointing, sums, units.index(pair), unit=pair, worth=pointing.worth(whole), paid=known.paid
        )
        assert found == book.at(whole, now_ms=crowd.now_ms)


@settings(max_examples=25)
@pytest.mark.parametrize("market", [BTC, WEI, LINEAR, INVERSE], ids=lambda market: market.name)
@given(st.integers(0, 2**32))
def test_columns_come_to_the_sums_of_positions_at_roots_and_beside_them(market: Any, seed: int) -> None:
    chance = Random(seed)
    make = tiered_position if isinstance(market, tiered.Market) else contract_position
    crowd = Crowd(market, chance)
    settled = 0
    for n in range(chance.randint(1, 60)):
        if chance.random() < 0.1:
            crowd.fund(
                Ratio(chance.randint(30_000, 90_000), 1),
                Ratio(chance.choice((1, -1)) * chance.randint(0, 10**8), 10 ** chance.choice((9, 11))),
            )
        settled = chance.choice((settled, crowd.now_ms))
        crowd.put(f"{n:032x}", make(chance, market, settled))
    prices = [Ratio(chance.randint(20_000, 120_000), 1) for _ in range(5)]
    for root in crowd.roots():
        prices += [Ratio(root.num * 10 + beside * root.den, root.den * 10) for beside in (-1, 0, 1)]
        prices.append(Ratio(root.num * 10**20 + root.den, root.den * 10**20))
    agreed(crowd, prices, chance)


@settings(max_examples=25)
@given(st.integers(0, 2**32))
def test_columns_come_to_the_sums_of_loans(seed: int) -> None:
    chance = Random(seed)
    crowd = Crowd(WETH, chance)
    lend(chance, crowd)
    agreed(crowd, [*crowd.roots(), *[Ratio(chance.randint(1, 100), 1) for _ in range(5)]], chance)


@given(st.lists(st.integers(-(2**255), 2**255 - 1), min_size=1), st.integers(1, 3))
def test_numbers_of_256_bits_are_read_and_added_up_exactly(values: list[int], count: int) -> None:
    column = numbers(values)
    places = np.arange(len(values)) % count
    assert [column.at(place) for place in range(len(values))] == values
    sums = column.sums(places, count)
    assert [sums.get(place, 0) for place in range(count)] == [sum(values[at::count]) for at in range(count)]
    assert column.is_zero.tolist() == [value == 0 for value in values]
    assert column.unsigned().sums(places, count).get(0, 0) == sum(abs(one) for one in values[::count])


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1))
def test_magnitudes_are_near_whatever_the_sign(values: list[int]) -> None:
    for found, value in zip(numbers(values, words=1).magnitudes().tolist(), values, strict=True):
        assert abs(found - abs(value)) <= abs(value) * 2.0**-50
