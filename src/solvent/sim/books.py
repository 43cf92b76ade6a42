"""Simulated books of any size from a seed, to try a stress on: two markets, a partition at a time."""

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa

from solvent import margin
from solvent.engine import MarketState
from solvent.margin import risk_limit, tiered
from solvent.margin.parts import FeedReading, FundingNote
from solvent.money import Ratio
from solvent.risk.numbers import Array
from solvent.runtime.partitions import BookWriter, Manifest, Partition, Scene

TIERED, CONTRACT = "BTC-PERP", "XBTUSDTM"
PRICE = 60_000
HOUR_MS = 3_600_000
HOURS = 3
INSURANCE = {"USDC": 10_000_000 * 10**6, "USDT": 10_000_000 * 10**10}
# Equity as thousandths of the notional: enough for everybody's tier or level.
SHARE_MIN, SHARE_MAX = 60, 900


def generate(
    folder: Path, *, positions: int, seed: int, rows: int, told: Callable[[Partition], None]
) -> Manifest:
    """Write a simulated book, half of its positions in each market, all healthy at the present prices.

    The same seed and counts give the same positions everywhere. Memory: one partition's rows.
    """
    scene = _scene(positions, seed)
    writer = BookWriter(folder, scene)
    for at, kept in enumerate(scene.markets):
        drawn = positions // 2 if at else positions - positions // 2
        for number, start, count in _pieces(drawn, rows):
            bits = np.random.PCG64(np.random.SeedSequence([seed, at, number])).random_raw(count)
            table = _tiered(kept.market, bits) if at == 0 else _contracts(kept.market, bits)
            told(writer.add(kept.name, table.add_column(0, "account", _accounts(start, count))))
    return writer.close()


def _scene(positions: int, seed: int) -> Scene:
    now_ms = HOURS * HOUR_MS
    price = Ratio(PRICE, 1)
    markets = []
    for name, model in ((TIERED, tiered), (CONTRACT, risk_limit)):
        market = margin.preset(name)
        readings = tuple([FeedReading(feed=feed, price=price, at_ms=now_ms) for feed in model.feeds(market)])
        markets.append(
            MarketState(
                name=name,
                model=model.NAME,
                market=market,
                readings=readings,
                valid_readings=readings,
                funding=tuple(
                    [
                        FundingNote(at_ms=hour * HOUR_MS, price=price, rate=Ratio(hour, 100_000))
                        for hour in range(1, HOURS + 1)
                    ]
                ),
            )
        )
    return Scene(
        origin=f"{positions:,} simulated positions, seed {seed}",
        simulated=True,
        seq=0,
        now_ms=now_ms,
        insurance=INSURANCE,
        markets=tuple(markets),
    )


def _pieces(positions: int, rows: int) -> Iterator[tuple[int, int, int]]:
    for number, start in enumerate(range(0, positions, rows)):
        yield number, start, min(rows, positions - start)


def _accounts(start: int, count: int) -> pa.Array:
    """Return accounts that are numbers in order."""
    words = np.zeros((count, 2), ">u8")
    words[:, 1] = np.arange(start, start + count)
    return pa.Array.from_buffers(pa.binary(16), count, [None, pa.py_buffer(words)])


def _drawn(bits: Array) -> tuple[Array, Array, Array, Array]:
    """Return from 64 drawn bits each: a side, a size from 8 to 16 million, a share, a moment of settlement.

    Whole numbers alone, so that no version of numpy draws others.
    """
    side = (bits & np.uint64(1)).astype(np.int64) * 2 - 1
    power = (bits >> np.uint64(1)) % np.uint64(21)
    size = (((bits >> np.uint64(8)) % np.uint64(1_024) + np.uint64(1_024)) << power) >> np.uint64(7)
    share = (bits >> np.uint64(20)) % np.uint64(SHARE_MAX - SHARE_MIN + 1) + np.uint64(SHARE_MIN)
    hour = (bits >> np.uint64(40)) % np.uint64(HOURS + 1)
    return side, size.astype(np.int64), share.astype(np.int64), hour.astype(np.int64) * HOUR_MS


def _tiered(market: tiered.Market, bits: Array) -> pa.Table:
    side, size, share, settled_ms = _drawn(bits)
    notional = size * (PRICE * market.price_scale)
    equity = notional * share // 1_000
    return pa.table(
        {"size": side * size, "cash": equity - side * notional, "settled_ms": pa.array(settled_ms)}
    )


def _contracts(market: risk_limit.Market, bits: Array) -> pa.Table:
    side, drawn, share, settled_ms = _drawn(bits)
    lots = drawn >> 7
    lots += lots == 0
    value = lots * risk_limit.fill_value(market, 1, Ratio(PRICE, 1))
    levels = np.searchsorted(np.array([level.bound for level in market.levels[:-1]]), value)
    rates = [
        risk_limit.agg_rate_of(market, risk_limit.Position(lots=1, level=level.number))
        for level in market.levels
    ]
    return pa.table(
        {
            "lots": side * lots,
            "margin": value // 1_000 * share,
            "cost": side * value,
            "rate": pa.DictionaryArray.from_arrays(
                pa.array(levels.astype(np.int32)), [f"{rate.num}/{rate.den}" for rate in rates]
            ),
            "settled_ms": pa.array(settled_ms),
        }
    )
