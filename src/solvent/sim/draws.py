"""Chance from a seed, by the one method whose sequence Python promises to keep across versions."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Drawn = TypeVar("Drawn")


class Draws:
    """Draws of one purpose; two purposes of a seed do not disturb each other."""

    def __init__(self, seed: int, purpose: int) -> None:
        self._random = Random((seed << 8) + purpose).random  # noqa: S311 - a simulation, no secret

    def below(self, count: int) -> int:
        """Draw a whole number from 0 to below `count`."""
        return int(self._random() * count)

    def between(self, low: int, high: int) -> int:
        """Draw a whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def one_in(self, count: int) -> bool:
        """Tell yes once in so many times."""
        return self.below(count) == 0

    def of(self, choices: Sequence[Drawn]) -> Drawn:
        """Draw one of several."""
        return choices[self.below(len(choices))]

    def weighed(self, choices: Sequence[tuple[int, Drawn]]) -> Drawn:
        """Draw one of several by their whole weights."""
        left = self.below(sum(weight for weight, _ in choices))
        for weight, choice in choices:
            if left < weight:
                return choice
            left -= weight
        raise AssertionError(choices)
