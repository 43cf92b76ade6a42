"""Row 17: what a thousand prices would do to a million positions, against Python's loop, numpy and numba."""

import gc
from collections.abc import Callable
from statistics import median
from time import perf_counter
from typing import Any

from msgspec import Struct

from benchmarks.agreement import Disagreement
from benchmarks.crowds import MARK, Crowd, crowd
from benchmarks.targets import Measured, Outcome, Target
from benchmarks.timing import Timed
from solvent.margin.tiered.pointing import TieredPointing
from solvent.money import Ratio
from solvent.risk import StressBook

BRUTE = Target("17", "stress, exact loop over everybody ÷ ours", 250, 700, "stress", 10**6)
NUMPY = Target("17", "stress, numpy in floats ÷ ours", 20, 50, "stress", 10**6)
NUMBA = Target("17", "stress, numba on two threads in floats ÷ ours", 0.8, 2, "stress", 10**6)
TARGETS = (BRUTE, NUMPY, NUMBA)
ROWS = frozenset({"17"})
SAMPLED = 20_000
POSITION_BYTES = 16  # a size and a cash, as floats
CHANGED = 100


class Load(Struct, frozen=True):
    """How much of it: positions, scenarios, and scenarios that each slow peer is asked for."""

    positions: int
    scenarios: int
    numpy: int


FULL = Load(positions=1_000_000, scenarios=1_000, numpy=20)
QUICK = Load(positions=1_000_000, scenarios=1_000, numpy=5)
FLOORS = Load(positions=100_000, scenarios=300, numpy=5)


def run(load: Load, rounds: int, say: Callable[[str], None]) -> Outcome:
    """Compare with the loop, then measure in rounds; between them some positions change.

    Errors: `Disagreement` where a sum differs from the loop's.
    """
    found = crowd(load.positions)
    book = StressBook(TieredPointing(found.market), found.positions)
    marks = [MARK * (400 + 1_200 * at // load.scenarios) // 1_000 for at in range(load.scenarios)]
    started = perf_counter()
    book.at(found.book(MARK), now_ms=0)
    built_s = perf_counter() - started
    say(f"built    stress of {load.positions:,} positions in {built_s:.1f} s")
    agreed = {"stress": _compared(found, book, marks)}
    say(f"checked  stress: {agreed['stress']}")
    gc.collect()
    gc.freeze()
    remarks = list[str]()
    peers = _peers(found, remarks)
    timed = {target: Timed([], []) for target in TARGETS}
    names = list(found.positions)
    for number in range(rounds):
        for account in names[number * CHANGED : (number + 1) * CHANGED]:
            book.changed(account)
        ours_us = _per_scenario(lambda mark: book.at(found.book(mark), now_ms=0), marks)
        brute_us = _per_scenario(lambda mark: _loop(found, names[:SAMPLED], mark), marks[:2])
        brute_us *= load.positions / min(SAMPLED, load.positions)
        _note(timed[BRUTE], ours_us, brute_us)
        if peers is not None:
            _note(timed[NUMPY], ours_us, _per_scenario(peers.numpy, marks[:: load.scenarios // load.numpy]))
            _note(timed[NUMBA], ours_us, _per_call_all(peers.numba, marks) / len(marks))
        say(f"measured stress round {number + 1} of {rounds}")
    measured = [
        Measured(target.at(load.positions), timed[target] if timed[target].ours_us else None)
        for target in TARGETS
    ]
    told = f"{load.positions:,} positions, {load.scenarios:,} prices, {CHANGED:,} positions changed a round"
    settings = {"stress": f"{told}; the first sums took {built_s:.1f} s"}
    if peers is not None:
        settings["memory bandwidth"] = _bandwidth_told(peers.bandwidth(), load, timed)
    return Outcome(agreed, measured, [], remarks, settings)


class _Peers(Struct, frozen=True):
    """The same formulas in floats: one price by numpy, all prices by numba."""

    numpy: Callable[[int], object]
    numba: Callable[[list[int]], object]
    bandwidth: Callable[[], float]


def _peers(found: Crowd, remarks: list[str]) -> _Peers | None:
    try:
        from benchmarks.stress_peers import (  # noqa: PLC0415 - only in the bench environment
            by_numba,
            by_numpy,
            read_bandwidth,
        )
    except ImportError as missing:
        remarks.append(f"numpy and numba were not measured in row 17: {missing}")
        return None
    numba = by_numba(found)
    numba([MARK, MARK])  # compiles
    return _Peers(by_numpy(found), numba, read_bandwidth)


def _bandwidth_told(read: float, load: Load, timed: dict[Target, Timed]) -> str:
    """Tell how fast memory is read, and the fraction of that each side reaches."""

    def share(taken_us: list[float]) -> str:
        return f"{load.positions * POSITION_BYTES / (median(taken_us) / 1e6) / read:.3g}"

    return (
        f"{read / 1e9:.1f} GB/s read on one thread; at {POSITION_BYTES} bytes a position and price numpy "
        f"reaches {share(timed[NUMPY].peer_us)} of it, numba on two threads {share(timed[NUMBA].peer_us)}, "
        f"and ours, which need not read them all, {share(timed[NUMBA].ours_us)}"
    )


def _compared(found: Crowd, book: StressBook, marks: list[int]) -> str:
    """Compare every sum with the loop's over all positions, at some prices."""
    compared = marks[:: len(marks) // 3]
    for mark in compared:
        ours = book.at(found.book(mark), now_ms=0)
        due, notional, lacking, equity = _loop(found, list(found.positions), mark)
        theirs = (due, Ratio(notional, 1), Ratio(lacking, 1), Ratio(equity, 1))
        if ours is None or (ours.liquidated, ours.notional, ours.bad_debt, ours.equity) != theirs:
            raise Disagreement(f"the stress at {mark} is {ours}, and the loop says {theirs}")
    return f"the same four sums as the loop at {len(compared)} prices, exactly"


def _loop(found: Crowd, accounts: list[str], mark: int) -> tuple[int, int, int, int]:
    """Return the count of those due, their notional, what the bankrupt lack, all equity: one by one."""
    tiers = found.market.tiers
    due = notional_sum = lacking = equity_sum = 0
    for account in accounts:
        position = found.positions[account]
        value = position.size * mark
        equity, notional = position.cash + value, abs(value)
        tier = tiers.tier_at(notional)
        equity_sum += equity
        if equity * tiers.den < tiers.rates[tier] * notional - tiers.deductions[tier]:
            due += 1
            notional_sum += notional
            if equity < 0:
                lacking -= equity
    return due, notional_sum, lacking, equity_sum


def _note(timed: Timed, ours_us: float, peer_us: float) -> None:
    timed.ours_us.append(ours_us)
    timed.peer_us.append(peer_us)


def _per_scenario(call: Callable[[int], Any], marks: list[int]) -> float:
    """Return the wall microseconds of one scenario; wall, as numba uses two threads."""
    gc.collect()
    started = perf_counter()
    for mark in marks:
        call(mark)
    return (perf_counter() - started) * 1e6 / len(marks)


def _per_call_all(call: Callable[[list[int]], Any], marks: list[int]) -> float:
    started = perf_counter()
    call(marks)
    return (perf_counter() - started) * 1e6
