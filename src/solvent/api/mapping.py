"""What each price would liquidate: the positions of a market in buckets of the prices at which it begins."""

import asyncio
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from solvent.api import shapes
from solvent.api.reading import Look
from solvent.api.shapes import AsOf
from solvent.engine.books import model_of, parts_of
from solvent.margin.parts import Housed, Parts
from solvent.margin.seam import Stake
from solvent.money import Ratio, Rounding
from solvent.runtime import House

# On each side of the price: so many buckets, each so many hundredths of the price wide.
BUCKETS, WIDTH = 30, 2
HUNDRED = 100
# A value is what a reader looks at: rounded down to as many decimals as any asset of a wallet has.
VALUE_PLACES = 9
# What is looked at, and how much of it before others have their turn.
POSITIONS_MAX, POSITIONS_AT_ONCE = 50_000, 100
KEPT_MS = 1_000
NOBODY = ""


class SumShape(Struct, frozen=True, kw_only=True):
    """Positions, their exact size, its value at the present price, and the value from there up to here.

    Values are rounded down to nine decimals.
    """

    positions: int
    size: str
    value: str
    total: str


class BucketShape(SumShape, frozen=True, kw_only=True):
    """Positions whose liquidation begins between two prices."""

    low: str
    high: str


class LiquidationMapShape(Struct, frozen=True, kw_only=True):
    """A market's positions by the price at which their liquidation begins; nobody is named.

    `low` and `high` are prices of `feed`, in `unit`; `below` are those that a fall liquidates, `above` those
    that a rise does, both from the present price on; a position that is due already is in the first bucket.
    `never` counts positions that no price liquidates. `is_complete`: all positions were looked at.
    """

    market: str
    model: str
    feed: str
    unit: str
    price: str
    asset: str
    size_unit: str
    below: list[BucketShape]
    above: list[BucketShape]
    beyond_below: SumShape
    beyond_above: SumShape
    never: int
    positions: int
    is_complete: bool
    as_of: AsOf


class _Side:
    """Counts and sizes of the positions of one side by bucket; the last is for what lies beyond all."""

    def __init__(self, price: Ratio, *, above: bool) -> None:
        steps = range(0, (BUCKETS + 1) * WIDTH, WIDTH)
        self.edges = [
            Ratio(price.num * (HUNDRED + step if above else HUNDRED - step), price.den * HUNDRED)
            for step in steps
        ]
        # How far from the price each bucket ends.
        self._ends = [_apart(edge, price) for edge in self.edges[1:]]
        self._price, self._above = price, above
        self.counts = [0] * (BUCKETS + 1)
        self.units = [0] * (BUCKETS + 1)

    def add(self, price: Ratio, units: int) -> None:
        """Count a position where its liquidation begins; what is due already is nearest."""
        is_due = price <= self._price if self._above else price >= self._price
        number = 0 if is_due else bisect_right(self._ends, _apart(price, self._price))
        self.counts[number] += 1
        self.units[number] += units


def _apart(one: Ratio, other: Ratio) -> Ratio:
    return Ratio(abs(one.num * other.den - other.num * one.den), one.den * other.den)


class Maps:
    """Maps of markets, each made once a second at most, however many ask; in the event loop's thread."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._kept: dict[str, tuple[int, asyncio.Future[LiquidationMapShape]]] = {}

    async def of(self, market: str) -> LiquidationMapShape:
        """Return a market's map, which is up to a second old.

        Errors: `Problem` while the market has had no price.
        """
        wall_ms = self._house.wall_ms()
        made_ms, found = self._kept.get(market, (0, None))
        if found is None or not 0 <= wall_ms - made_ms < KEPT_MS or _has_failed(found):
            look = Look.now(self._house)
            look.require_priced(market)
            found = asyncio.ensure_future(_made(look, market))
            self._kept[market] = wall_ms, found
        # Who goes away leaves the work to the others.
        return await asyncio.shield(found)


def _has_failed(made: asyncio.Future[Any]) -> bool:
    return made.done() and (made.cancelled() or made.exception() is not None)


async def _made(look: Look, market: str) -> LiquidationMapShape:
    """Look at every position as it is now; values are frozen, so that others may go on meanwhile."""
    kept, now_ms, as_of = look.state.markets[market], look.now_ms, look.as_of
    positions = tuple(look.state.positions[market].values())
    model = model_of(kept)
    # Nobody's: prices, funding and pool, to which each position is put.
    parts = parts_of(look.state, market, NOBODY)
    empty = model.assemble(parts)
    price = model.price_of(empty, model.GUARDED_FEED)
    below, above = _Side(price, above=False), _Side(price, above=True)
    looked, seen, never = 0, 0, 0
    stakes = _stakes(model, parts, islice(positions, POSITIONS_MAX), now_ms=now_ms)
    for stake in stakes:
        looked += 1
        if looked % POSITIONS_AT_ONCE == 0:
            await asyncio.sleep(0)
        if stake is None:
            continue
        seen += 1
        if stake.price is None:
            never += 1
        else:
            (above if stake.above else below).add(stake.price, stake.units)
    size, value = model.stake_rows(empty, 0)
    units = {one.feed: one.unit for one in model.headline(empty, now_ms=now_ms).liquidation_prices}
    worth = _Worth(model, empty)
    return LiquidationMapShape(
        market=market,
        model=kept.model,
        feed=model.GUARDED_FEED,
        unit=units[model.GUARDED_FEED],
        price=shapes.number(price),
        asset=value.unit,
        size_unit=size.unit,
        below=worth.buckets(below),
        above=worth.buckets(above),
        beyond_below=worth.sum(below, BUCKETS),
        beyond_above=worth.sum(above, BUCKETS),
        never=never,
        positions=seen,
        is_complete=len(positions) <= POSITIONS_MAX,
        as_of=as_of,
    )


def _stakes(model: Housed, parts: Parts, positions: Iterable[Any], *, now_ms: int) -> Iterator[Stake | None]:
    for position in positions:
        book = model.assemble(replace(parts, position=position))
        yield model.stake(model.settle(book, now_ms=now_ms))


class _Worth:
    """Sizes as they are sent: exact sums, valued at the present price."""

    def __init__(self, model: Housed, empty: Any) -> None:
        self._model, self._empty = model, empty

    def buckets(self, side: _Side) -> list[BucketShape]:
        """Return the buckets of a side, the nearest to the price first."""
        found = []
        for number in range(BUCKETS):
            low, high = sorted(side.edges[number : number + 2])
            summed = self.sum(side, number)
            found.append(
                BucketShape(
                    low=shapes.number(low),
                    high=shapes.number(high),
                    positions=summed.positions,
                    size=summed.size,
                    value=summed.value,
                    total=summed.total,
                )
            )
        return found

    def sum(self, side: _Side, number: int) -> SumShape:
        """Return one bucket of a side, and what lies between it and the price."""
        size, value = self._rows(side.units[number])
        _, total = self._rows(sum(side.units[: number + 1]))
        return SumShape(positions=side.counts[number], size=size, value=value, total=total)

    def _rows(self, units: int) -> tuple[str, str]:
        size, value = (row.value for row in self._model.stake_rows(self._empty, units))
        assert isinstance(size, Ratio), size
        assert isinstance(value, Ratio), value
        return shapes.number(size), value.text(VALUE_PLACES, Rounding.FLOOR)
