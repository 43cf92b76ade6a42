"""Columns of exact integers of 64, 128 or 256 bits, added up exactly, 32 bits at a time."""

from collections.abc import Sequence
from typing import Any

import numpy as np

# So few that a sum of 32-bit numbers stays below 2^53, where floats have every whole number.
ROWS_MAX = 2**20
_LOW = np.uint64(0xFFFFFFFF)

Array = Any


class Numbers:
    """A column of integers of 64, 128 or 256 bits, as signs and magnitudes."""

    def __init__(self, negative: Array, words: Sequence[Array]) -> None:
        self._negative = negative
        self._words = tuple(words)

    @classmethod
    def of_words(cls, words: Array) -> "Numbers":
        """Read two's complements of one, two or four words each.

        Shapes: words (rows, 1 | 2 | 4) uint64, the lowest word first.
        """
        negative = (words[:, -1] >> np.uint64(63)).astype(bool)
        found, carry = [], negative.astype(np.uint64)
        for at in range(words.shape[1]):
            turned = np.where(negative, ~words[:, at], words[:, at]) + carry
            carry = carry * (turned == 0)
            found.append(turned)
        return cls(negative, found)

    def __len__(self) -> int:
        return len(self._negative)

    @property
    def is_negative(self) -> Array:
        """Which are below zero."""
        return self._negative

    @property
    def is_zero(self) -> Array:
        """Which are zero."""
        return np.logical_and.reduce([word == 0 for word in self._words])

    def at(self, place: int) -> int:
        """Return one of them."""
        magnitude = sum(int(word[place]) << (64 * at) for at, word in enumerate(self._words))
        return -magnitude if self._negative[place] else magnitude

    def chosen(self, rows: Array) -> "Numbers":
        """Return some of them: a mask, places or a slice."""
        return Numbers(self._negative[rows], [word[rows] for word in self._words])

    def magnitudes(self) -> Array:
        """Return them without signs as floats, each to a few units in its last place."""
        found = self._words[0].astype(np.float64)
        for at, word in enumerate(self._words[1:], start=1):
            found += word.astype(np.float64) * 2.0 ** (64 * at)
        return found

    def unsigned(self) -> "Numbers":
        """Return their magnitudes."""
        return Numbers(np.zeros(len(self), bool), self._words)

    def signed(self, floats: Array) -> Array:
        """Give floats the signs of these."""
        return np.where(self._negative, -floats, floats)

    def sums(self, places: Array, count: int) -> dict[int, int]:
        """Return the exact sums by place, of which there are so many; those that are zero may be absent."""
        assert len(self) <= ROWS_MAX, len(self)
        found: dict[int, int] = {}
        for at, word in enumerate(self._words):
            for part, limb in enumerate((word & _LOW, word >> np.uint64(32))):
                if not limb.any():
                    continue
                summed = np.bincount(places, self.signed(limb.astype(np.float64)), count)
                (filled,) = np.nonzero(summed)
                shift = 64 * at + 32 * part
                for place, value in zip(filled.tolist(), summed[filled].tolist(), strict=True):
                    found[place] = found.get(place, 0) + (int(value) << shift)
        return found
