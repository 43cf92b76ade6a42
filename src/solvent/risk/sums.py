"""Sorted keys with what their owners hold, so that the sums over all keys below a threshold are at hand."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from itertools import accumulate

from solvent.risk.keys import BLOCK_FILLED, BLOCK_MAX

Weights = tuple[int, ...]


class _Block:
    """Some keys in order, their owners, and the running sums of what they hold; none until asked for."""

    __slots__ = ("keys", "owners", "sums")

    def __init__(self, keys: "array[float]", owners: "array[int]") -> None:
        self.keys, self.owners = keys, owners
        self.sums: list[list[int]] | None = None


class SummedKeys:
    """Pairs of (key, owner) in order, and the sums of their owners' weights up to any key.

    `weights_of` tells what an owner holds, `width` numbers each. A change spoils the sums of one block; they
    are made again when they are next asked for.
    """

    def __init__(
        self, pairs: Iterable[tuple[float, int]], weights_of: Callable[[int], Weights], *, width: int
    ) -> None:
        self._weights_of, self._width = weights_of, width
        ordered = sorted(pairs)
        self._blocks: list[_Block] = []
        self._lasts: list[float] = []
        for start in range(0, len(ordered), BLOCK_FILLED):
            part = ordered[start : start + BLOCK_FILLED]
            keys = array("d", [key for key, _ in part])
            self._blocks.append(_Block(keys, array("q", [owner for _, owner in part])))
            self._lasts.append(keys[-1])
        # Up to and without each block: the count, then the sums; none while something changed.
        self._before: list[tuple[int, ...]] | None = None

    def __len__(self) -> int:
        return sum(len(block.keys) for block in self._blocks)

    def add(self, key: float, owner: int) -> None:
        """Put one pair in."""
        self._before = None
        if not self._blocks:
            self._blocks, self._lasts = [_Block(array("d", [key]), array("q", [owner]))], [key]
            return
        at = min(bisect_left(self._lasts, key), len(self._lasts) - 1)
        block = self._blocks[at]
        place = bisect_right(block.keys, key)
        block.keys.insert(place, key)
        block.owners.insert(place, owner)
        block.sums = None
        self._lasts[at] = block.keys[-1]
        if len(block.keys) > BLOCK_MAX:
            half = len(block.keys) // 2
            self._blocks[at : at + 1] = [
                _Block(block.keys[:half], block.owners[:half]),
                _Block(block.keys[half:], block.owners[half:]),
            ]
            self._lasts[at : at + 1] = [block.keys[half - 1], block.keys[-1]]

    def remove(self, key: float, owner: int) -> None:
        """Take one pair out, which must be in."""
        self._before = None
        at = bisect_left(self._lasts, key)
        while True:
            block = self._blocks[at]
            for place in range(bisect_left(block.keys, key), bisect_right(block.keys, key)):
                if block.owners[place] == owner:
                    del block.keys[place], block.owners[place]
                    block.sums = None
                    if block.keys:
                        self._lasts[at] = block.keys[-1]
                    else:
                        del self._blocks[at], self._lasts[at]
                    return
            at += 1

    def below(self, threshold: float) -> tuple[int, ...]:
        """Return the count of the keys below a threshold, then the sums of what their owners hold."""
        before = self._before
        if before is None:
            before = self._before = self._totals()
        at = bisect_left(self._lasts, threshold)
        if at == len(self._blocks):
            return before[-1]
        block = self._blocks[at]
        place = bisect_left(block.keys, threshold)
        if place == 0:
            return before[at]
        within = [sums[place - 1] for sums in self._summed(block)]
        start = before[at]
        return (start[0] + place, *[a + b for a, b in zip(start[1:], within, strict=True)])

    def at(self, threshold: float) -> list[int]:
        """Return the owners of the keys that equal a threshold."""
        found: list[int] = []
        for at in range(bisect_left(self._lasts, threshold), len(self._blocks)):
            block = self._blocks[at]
            if block.keys[0] > threshold:
                break
            found += block.owners[bisect_left(block.keys, threshold) : bisect_right(block.keys, threshold)]
        return found

    def all(self) -> tuple[int, ...]:
        """Return the count of all keys, then the sums of what their owners hold."""
        if self._before is None:
            self._before = self._totals()
        return self._before[-1]

    def _summed(self, block: _Block) -> list[list[int]]:
        if block.sums is None:
            weights = [self._weights_of(owner) for owner in block.owners]
            block.sums = [list(accumulate(column)) for column in zip(*weights, strict=True)]
        return block.sums

    def _totals(self) -> list[tuple[int, ...]]:
        totals: list[tuple[int, ...]] = [(0,) * (self._width + 1)]
        for block in self._blocks:
            last = (len(block.keys), *[sums[-1] for sums in self._summed(block)])
            totals.append(tuple([a + b for a, b in zip(totals[-1], last, strict=True)]))
        return totals
