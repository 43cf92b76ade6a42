"""Rows 4 to 8: the liquidation index against brute force, an exact scan, numpy's scan and sorted lists."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from sys import getsizeof
from time import thread_time
from typing import Any

from msgspec import Struct

from benchmarks.agreement import Disagreement
from benchmarks.crowds import MARK, Crowd, crowd, roots
from benchmarks.targets import Measured, Outcome, Target
from benchmarks.timing import Timed
from solvent.risk import MarketIndex, SortedKeys

GROWTH = Target("4", "quiet tick at the small book ÷ at the large book", 0.5, 1 / 1.2, "index")
SCAN = Target("5", "exact scan of everybody ÷ quiet tick", 100_000, 600_000, "index", 10**6)
STORM = Target("5", "exact scan of everybody ÷ tick with 100 crossings", 8_000, 40_000, "index", 10**6)
NUMPY = Target("6", "numpy scan of keys ÷ quiet tick", 80, 230, "index", 10**6)
REKEY = Target("8", "SortedList re-key ÷ ours", 1.5, 2.5, "index", 10**6)
BYTES = Target("8", "bytes of a SortedList ÷ ours", 2.5, 4, "index")
TARGETS = (GROWTH, SCAN, STORM, NUMPY, REKEY, BYTES)
ROWS = frozenset({"4", "5", "6", "7", "8"})
SCANNED = 5_000
CROSSINGS = 100


class Load(Struct, frozen=True):
    """How much of it: positions of both books, ticks and re-keys a round, probes against brute force."""

    small: int
    large: int
    ticks: int
    changes: int
    probes: int


FULL = Load(small=10_000, large=1_000_000, ticks=1_000, changes=2_000, probes=20_000)
QUICK = Load(small=10_000, large=1_000_000, ticks=500, changes=1_000, probes=3_000)
FLOORS = Load(small=10_000, large=100_000, ticks=500, changes=1_000, probes=3_000)


def run(load: Load, rounds: int, rows: frozenset[str], say: Callable[[str], None]) -> Outcome:
    """Compare with brute force, then measure in rounds; the targets of the rows that were asked for.

    Errors: `Disagreement` where the index names too few.
    """
    random = Random(7)  # noqa: S311 - positions, not secrets
    small, large = crowd(load.small), crowd(load.large)
    indexes = small.index(), large.index()
    say(f"built    indexes of {load.small:,} and {load.large:,} positions")
    agreed = {"index": _compared(large, indexes[1], random, load.probes)}
    say(f"checked  index: {agreed['index']}")
    gc.collect()
    gc.freeze()
    timed = {target: Timed([], []) for target in TARGETS}
    remarks = list[str]()
    scans = _peers(large, remarks)
    for number in range(rounds):
        _round(load, small, large, indexes, scans, random, timed)
        say(f"measured index round {number + 1} of {rounds}")
    measured = [
        Measured(
            target.at(load.large, grows=target is not REKEY), timed[target] if timed[target].ours_us else None
        )
        for target in TARGETS
        if target.row in rows
    ]
    size = f"{load.small:,} and {load.large:,} positions, 5 tiers, both sides"
    return Outcome(agreed, measured, [], remarks, {"index": size})


class _Scans(Struct, frozen=True):
    """What numpy and sortedcontainers hold of the same keys; none without them."""

    numpy: Callable[[], object] | None
    sorted_list: Any


def _peers(large: Crowd, remarks: list[str]) -> _Scans:
    keys = [position.cash / position.size for position in large.positions.values()]
    try:
        import numpy as np  # noqa: PLC0415 - only the bench environment has it
        from sortedcontainers import SortedList  # noqa: PLC0415 - only the bench environment has it
    except ImportError as missing:
        remarks.append(f"rows 6 and 8 were not measured: {missing}")
        return _Scans(None, None)
    held, nobody = np.array(keys), min(keys) - 1
    return _Scans(lambda: np.flatnonzero(held < nobody), SortedList(zip(keys, range(len(keys)), strict=True)))


def _compared(large: Crowd, index: MarketIndex, random: Random, probes: int) -> str:
    """Probe at and one unit beside roots: whoever is due must be named; at some prices all are compared."""
    accounts = random.sample(sorted(large.positions), min(probes // 3, len(large.positions)))
    probed = due = 0
    for account, root in roots(large, accounts):
        for mark in (root - 1, root, root + 1):
            if mark < 1 or abs(mark - MARK) > MARK // 12:
                continue
            is_due = large.is_due(account, mark)
            named = account in index.due(large.book(mark), now_ms=0)
            probed, due = probed + 1, due + is_due
            if is_due and not named:
                raise Disagreement(f"the index does not name {account} at {mark}")
    everybody = 0
    for mark in (MARK - MARK // 20, MARK + MARK // 20):
        named_all = set(index.due(large.book(mark), now_ms=0))
        found = {account for account in large.positions if large.is_due(account, mark)}
        everybody += len(found)
        if not found <= named_all or len(named_all) > len(found) + len(found) // 100 + 5:
            raise Disagreement(f"at {mark} the index names {len(named_all)} and {len(found)} are due")
    return (
        f"{probed:,} probes at roots and beside them ({due:,} due), {everybody:,} due in two scans: 0 missed"
    )


def _round(
    load: Load,
    small: Crowd,
    large: Crowd,
    indexes: tuple[MarketIndex, MarketIndex],
    scans: _Scans,
    random: Random,
    timed: dict[Target, Timed],
) -> None:
    small_us, large_us = (
        _quiet(found, index, load.ticks, random)
        for found, index in ((small, indexes[0]), (large, indexes[1]))
    )
    _note(timed[GROWTH], large_us, small_us)
    scan_us = _scan(large, random)
    _note(timed[SCAN], large_us, scan_us)
    _note(timed[STORM], _storm(large, indexes[1]), scan_us)
    if scans.numpy is not None:
        _note(timed[NUMPY], large_us, _per_call(scans.numpy, 20))
        kept = SortedKeys(scans.sorted_list)
        ours_us = _rekeyed(kept, scans.sorted_list, load.changes, random)
        theirs_us = _rekeyed_list(scans.sorted_list, load.changes, random)
        _note(timed[REKEY], ours_us, theirs_us)
        count = len(scans.sorted_list)
        _note(timed[BYTES], kept.bytes() / count, _list_bytes(scans.sorted_list) / count)


def _note(timed: Timed, ours_us: float, peer_us: float) -> None:
    timed.ours_us.append(ours_us)
    timed.peer_us.append(peer_us)


@contextmanager
def _spent() -> Iterator[list[float]]:
    """Note the microseconds of processor time that a block takes, the collector off."""
    noted = list[float]()
    gc.collect()
    gc.disable()
    started = thread_time()
    try:
        yield noted
    finally:
        noted.append((thread_time() - started) * 1e6)
        gc.enable()


def _ticked(index: MarketIndex, books: Sequence[Any]) -> float:
    """Return the microseconds of one tick at these books, which find nobody."""
    found = list[str]()
    with _spent() as spent:
        for book in books:
            found += index.due(book, now_ms=0)
    assert not found, found[:3]
    return spent[0] / len(books)


def _quiet(found: Crowd, index: MarketIndex, ticks: int, random: Random) -> float:
    """Return the microseconds of a tick that finds nobody, each at a price not asked for before."""
    account = random.choice(sorted(found.positions)[:1_000])
    before = found.positions[account]
    # A key at the price itself makes the index forget at which prices nobody was due.
    for position in (found.at_the_edge(before), before):
        found.positions[account] = position
        index.changed(account)
        index.due(found.book(MARK), now_ms=0)
    reach = ticks // 2
    steps = [step for pair in zip(range(1, reach), range(-1, -reach, -1), strict=True) for step in pair]
    return _ticked(index, [found.book(MARK + step) for step in steps])


def _scan(large: Crowd, random: Random) -> float:
    """Return the microseconds of asking the model about everybody, from a part of them."""
    some = random.sample(sorted(large.positions)[: 10 * SCANNED], min(SCANNED, len(large.positions)))
    with _spent() as spent:
        for account in some:
            large.is_due(account, MARK)
    return spent[0] / len(some) * len(large.positions)


def _storm(large: Crowd, index: MarketIndex) -> float:
    """Return the microseconds of a tick that finds 100, each confirmed by the model."""
    mark = MARK
    while len(index.due(large.book(mark), now_ms=0)) < CROSSINGS:
        mark -= 10
    book, repeats, due = large.book(mark), 20, list[str]()
    with _spent() as spent:
        for _ in range(repeats):
            due = [account for account in index.due(book, now_ms=0) if large.is_due(account, mark)]
    assert len(due) >= CROSSINGS * 9 // 10, (len(due), mark)
    return spent[0] / repeats


def _per_call(call: Callable[[], object], times: int) -> float:
    with _spent() as spent:
        for _ in range(times):
            call()
    return spent[0] / times


def _rekeyed(kept: SortedKeys, pairs: Sequence[tuple[float, int]], changes: int, random: Random) -> float:
    """Return the microseconds of taking a key out and putting another in, at random places."""
    moves = _moves(pairs, changes, random)
    with _spent() as spent:
        for (key, owner), new in moves:
            kept.remove(key, owner)
            kept.add(new, owner)
    return spent[0] / len(moves)


def _rekeyed_list(kept: Any, changes: int, random: Random) -> float:
    """Return the same of a SortedList, which is left as it was."""
    moves = _moves(kept, changes, random)
    with _spent() as spent:
        for pair, new in moves:
            kept.remove(pair)
            kept.add((new, pair[1]))
    for pair, new in moves:
        kept.remove((new, pair[1]))
        kept.add(pair)
    return spent[0] / len(moves)


def _moves(
    pairs: Sequence[tuple[float, int]], changes: int, random: Random
) -> list[tuple[tuple[float, int], float]]:
    places = random.sample(range(len(pairs)), changes)
    others = random.sample(range(len(pairs)), changes)
    return [(pairs[at], pairs[other][0] + 1e-6) for at, other in zip(places, others, strict=True)]


def _list_bytes(kept: Any) -> int:
    """Return the bytes of a SortedList of pairs: its lists, the pairs, a key and a number each."""
    pairs = len(kept)
    lists = sum(getsizeof(part) for part in kept._lists) + getsizeof(kept._lists)  # noqa: SLF001
    return lists + pairs * (getsizeof((0.0, 0)) + getsizeof(0.0) + getsizeof(2**20))
