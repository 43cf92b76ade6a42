"""What one tick, scan or re-key of an index takes: microseconds of processor time, the collector off."""

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from sys import getsizeof
from time import thread_time
from typing import Any

from benchmarks.crowds import MARK, Crowd
from solvent.risk import MarketIndex, SortedKeys


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


def quiet_us(found: Crowd, index: MarketIndex, ticks: int, account: str) -> float:
    """Return the microseconds of a tick that finds nobody, each at a price not asked for before."""
    before = found.positions[account]
    # A key at the price itself makes the index forget at which prices nobody was due.
    for position in (found.at_the_edge(before), before):
        found.positions[account] = position
        index.changed(account)
        index.due(found.book(MARK), now_ms=0)
    reach = ticks // 2
    steps = [step for pair in zip(range(1, reach), range(-1, -reach, -1), strict=True) for step in pair]
    return _ticked(index, [found.book(MARK + step) for step in steps])


def scan_us(found: Crowd, accounts: list[str]) -> float:
    """Return the microseconds of asking the model about everybody, from a part of them."""
    with _spent() as spent:
        for account in accounts:
            found.is_due(account, MARK)
    return spent[0] / len(accounts) * len(found.positions)


def mark_of(found: Crowd, index: MarketIndex, crossings: int) -> int:
    """Return the first price below the mark at which so many are due, or one more than that."""
    step = max(1, MARK // len(found.positions))
    mark = MARK
    while len(index.due(found.book(mark), now_ms=0)) < crossings:
        mark -= step
    return mark


def storm_us(found: Crowd, index: MarketIndex, mark: int, crossings: int) -> float:
    """Return the microseconds of a tick that finds those who are due there, each confirmed by the model."""
    book, repeats, due = found.book(mark), 20, list[str]()
    with _spent() as spent:
        for _ in range(repeats):
            due = [account for account in index.due(book, now_ms=0) if found.is_due(account, mark)]
    assert len(due) >= crossings * 9 // 10, (len(due), mark)
    return spent[0] / repeats


def call_us(call: Callable[[], object], times: int) -> float:
    """Return the microseconds of one call of several."""
    with _spent() as spent:
        for _ in range(times):
            call()
    return spent[0] / times


def rekey_us(kept: SortedKeys, pairs: Sequence[tuple[float, int]], changes: int, random: Random) -> float:
    """Return the microseconds of taking a key out and putting another in, at random places."""
    moves = _moves(pairs, changes, random)
    with _spent() as spent:
        for (key, owner), new in moves:
            kept.remove(key, owner)
            kept.add(new, owner)
    return spent[0] / len(moves)


def rekey_list_us(kept: Any, changes: int, random: Random) -> float:
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


def list_bytes(kept: Any) -> int:
    """Return the bytes of a SortedList of pairs: its lists, the pairs, a key and a number each."""
    pairs = len(kept)
    lists = sum(getsizeof(part) for part in kept._lists) + getsizeof(kept._lists)  # noqa: SLF001
    return lists + pairs * (getsizeof((0.0, 0)) + getsizeof(0.0) + getsizeof(2**20))
