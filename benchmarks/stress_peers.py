"""The stress in floats: numpy a price at a time, numba in blocks that fit the cache, on two threads."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import numba
import numpy as np

from benchmarks.crowds import Crowd

BLOCK = 4_096
READ_BYTES, READS = 256 * 2**20, 7  # more than any cache holds


def _columns(found: Crowd) -> tuple[Any, Any]:
    positions = found.positions.values()
    sizes = np.array([position.size for position in positions], dtype=np.float64)
    return sizes, np.array([position.cash for position in positions], dtype=np.float64)


def _tiers(found: Crowd) -> tuple[Any, Any, Any]:
    tiers = found.market.tiers
    bounds = np.array(tiers.bounds, dtype=np.float64)
    rates = np.array(tiers.rates, dtype=np.float64) / tiers.den
    return bounds, rates, np.array(tiers.deductions, dtype=np.float64) / tiers.den


def by_numpy(found: Crowd) -> Callable[[int], object]:
    """Return what sums one price over whole columns."""
    sizes, cash = _columns(found)
    bounds, rates, deductions = _tiers(found)

    def at(mark: int) -> tuple[float, ...]:
        value = sizes * mark
        equity, notional = cash + value, np.abs(value)
        tier = np.searchsorted(bounds, notional, side="right") - 1
        is_due = equity < rates[tier] * notional - deductions[tier]
        return (is_due.sum(), notional[is_due].sum(), -np.minimum(equity, 0).sum(), equity.sum())

    return at


@numba.njit(parallel=True, fastmath=False, cache=False)  # type: ignore[untyped-decorator]
def _kernel(sizes: Any, cash: Any, rates: Any, deductions: Any, marks: Any, out: Any) -> None:
    blocks = (len(sizes) + BLOCK - 1) // BLOCK
    partial = np.zeros((blocks, len(marks), 4))
    for block in numba.prange(blocks):
        low, high = block * BLOCK, min(len(sizes), (block + 1) * BLOCK)
        for scenario in range(len(marks)):
            mark = marks[scenario]
            due = notional_sum = lacking = equity_sum = 0.0
            for at in range(low, high):
                value = sizes[at] * mark
                equity, notional = cash[at] + value, abs(value)
                kept = rates[0] * notional
                # Maintenance is the highest of the tiers' lines.
                for tier in range(1, len(rates)):
                    kept = max(kept, rates[tier] * notional - deductions[tier])
                equity_sum += equity
                is_due = 1.0 if equity < kept else 0.0
                due += is_due
                notional_sum += is_due * notional
                lacking += max(-equity, 0.0)
            partial[block, scenario, 0] = due
            partial[block, scenario, 1] = notional_sum
            partial[block, scenario, 2] = lacking
            partial[block, scenario, 3] = equity_sum
    for block in range(blocks):
        out += partial[block]


def by_numba(found: Crowd) -> Callable[[list[int]], object]:
    """Return what sums many prices, each block of positions at all of them."""
    numba.set_num_threads(min(2, numba.config.NUMBA_NUM_THREADS))
    sizes, cash = _columns(found)
    _, rates, deductions = _tiers(found)

    def at(marks: list[int]) -> Any:
        out = np.zeros((len(marks), 4))
        _kernel(sizes, cash, rates, deductions, np.array(marks, dtype=np.float64), out)
        return out

    return at


def read_bandwidth() -> float:
    """Return the bytes that one thread reads from memory in a second, by the quickest sum of a column."""
    column = np.ones(READ_BYTES // 8)
    taken = []
    for _ in range(READS):
        started = perf_counter()
        column.sum()
        taken.append(perf_counter() - started)
    return READ_BYTES / min(taken)
