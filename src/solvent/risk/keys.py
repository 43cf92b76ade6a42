"""Sorted float keys with the numbers of their owners, in blocks: found by bisection, changed in one block."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from sys import getsizeof

from solvent.margin.pointing import Slope

BLOCK_MAX = 1_024
BLOCK_FILLED = 512
INFINITE = float("inf")


class SortedKeys:
    """Pairs of (key, owner), in order; equal keys are many where many traded alike.

    `first` is the least key, infinite when there is none. Memory: 16 bytes each, and the blocks.
    """

    __slots__ = ("_keys", "_lasts", "_owners", "first")

    def __init__(self, pairs: Iterable[tuple[float, int]] = ()) -> None:
        self._keys: list[array[float]] = []
        self._owners: list[array[int]] = []
        self._lasts: list[float] = []
        ordered = sorted(pairs)
        for start in range(0, len(ordered), BLOCK_FILLED):
            block = ordered[start : start + BLOCK_FILLED]
            self._keys.append(array("d", [key for key, _ in block]))
            self._owners.append(array("q", [owner for _, owner in block]))
            self._lasts.append(block[-1][0])
        self.first = ordered[0][0] if ordered else INFINITE

    def __len__(self) -> int:
        return sum(map(len, self._keys))

    def __iter__(self) -> Iterator[tuple[float, int]]:
        for keys, owners in zip(self._keys, self._owners, strict=True):
            yield from zip(keys, owners, strict=True)

    def bytes(self) -> int:
        """Return the bytes of memory that the blocks take."""
        blocks = sum(map(getsizeof, self._keys)) + sum(map(getsizeof, self._owners))
        return blocks + getsizeof(self._keys) + getsizeof(self._owners) + getsizeof(self._lasts)

    def add(self, key: float, owner: int) -> None:
        """Put one key in."""
        if not self._keys:
            self._keys, self._owners, self._lasts = [array("d", [key])], [array("q", [owner])], [key]
            self.first = key
            return
        at = min(self._block_of(key, owner), len(self._lasts) - 1)
        keys, owners = self._keys[at], self._owners[at]
        place = self._place_in(at, key, owner)
        keys.insert(place, key)
        owners.insert(place, owner)
        if key > self._lasts[at]:
            self._lasts[at] = key
        if key < self.first:
            self.first = key
        if len(keys) > BLOCK_MAX:
            self._split(at)

    def _block_of(self, key: float, owner: int) -> int:
        """Return the first block whose last pair is not before this one."""
        low = bisect_left(self._lasts, key)
        if low == len(self._lasts) or self._lasts[low] > key or self._owners[low][-1] >= owner:
            return low
        high = bisect_right(self._lasts, key, low)
        return bisect_left(range(high), owner, low, high, key=lambda at: self._owners[at][-1])

    def _place_in(self, at: int, key: float, owner: int) -> int:
        """Return where a pair stands in its block, or would."""
        keys = self._keys[at]
        place = bisect_left(keys, key)
        if place == len(keys) or keys[place] != key:
            return place
        return bisect_left(self._owners[at], owner, place, bisect_right(keys, key, place))

    def _split(self, at: int) -> None:
        keys, owners, half = self._keys[at], self._owners[at], len(self._keys[at]) // 2
        self._keys[at : at + 1] = [keys[:half], keys[half:]]
        self._owners[at : at + 1] = [owners[:half], owners[half:]]
        self._lasts[at : at + 1] = [keys[half - 1], keys[-1]]

    def remove(self, key: float, owner: int) -> None:
        """Take one key out, which must be in."""
        at = self._block_of(key, owner)
        place = self._place_in(at, key, owner)
        keys, owners = self._keys[at], self._owners[at]
        assert (keys[place], owners[place]) == (key, owner), (key, owner)
        del keys[place], owners[place]
        if not keys:
            del self._keys[at], self._owners[at], self._lasts[at]
        else:
            self._lasts[at] = keys[-1]
        self.first = self._keys[0][0] if self._keys else INFINITE

    def up_to(self, threshold: float) -> list[int]:
        """Return the owners of all keys at or below a threshold, least keys first."""
        found: list[int] = []
        for keys, owners in zip(self._keys, self._owners, strict=True):
            if keys[-1] > threshold:
                found.extend(owners[: bisect_right(keys, threshold)])
                break
            found.extend(owners)
        return found


def as_float(num: int, den: int) -> float:
    """Return the nearest float, or an infinite one of the same sign where none is large enough."""
    try:
        return num / den
    except OverflowError:
        return INFINITE if num > 0 else -INFINITE


def threshold_of(slope: Slope, num: int, den: int) -> tuple[int, int]:
    """Return a group's threshold at the unit price num / den, exactly."""
    return (
        slope.num * num * slope.base_den + slope.base * slope.den * den,
        slope.den * den * slope.base_den,
    )
