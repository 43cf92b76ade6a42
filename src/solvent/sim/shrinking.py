"""A failing list of steps made short: larger parts first, then one by one, while the same rule breaks."""

from collections.abc import Callable, Sequence
from typing import Any

from solvent.sim.steps import Burst

RUNS_MAX = 300


def shrink(
    steps: Sequence[Any], fails: Callable[[Sequence[Any]], bool], *, runs_max: int = RUNS_MAX
) -> list[Any]:
    """Return a part of the steps that still fails, from which no single one can be left out.

    `fails` carries a list out on a new venue; after `runs_max` of those the shortest list so far is returned.
    """
    runs = _Counted(fails, runs_max)
    kept = list(steps)
    size = len(kept)
    while size:
        shorter = _without_parts(kept, size, runs)
        # Leaving one out may have made others needless: again from where it helped, else in smaller parts.
        size = min(size, len(shorter)) if len(shorter) < len(kept) and size == 1 else size // 2
        kept = shorter
    return _bursts_undone(kept, runs)


class _Counted:
    """Carry lists out until there were enough; from then on nothing fails any more."""

    def __init__(self, fails: Callable[[Sequence[Any]], bool], runs_max: int) -> None:
        self._fails = fails
        self._left = runs_max

    def __call__(self, steps: Sequence[Any]) -> bool:
        self._left -= 1
        return self._left >= 0 and self._fails(steps)


def _without_parts(steps: list[Any], size: int, fails: Callable[[Sequence[Any]], bool]) -> list[Any]:
    """Leave out each part of `size` steps that is not needed, from the end on."""
    kept = list(steps)
    for start in range(max(0, len(kept) - size), -size, -size):
        first = max(0, start)
        tried = kept[:first] + kept[start + size :]
        if len(tried) < len(kept) and fails(tried):
            kept = tried
    return kept


def _bursts_undone(steps: list[Any], fails: Callable[[Sequence[Any]], bool]) -> list[Any]:
    """Hand in one by one what came at once, where that makes no difference."""
    kept = list(steps)
    for index in range(len(kept) - 1, -1, -1):
        if isinstance(kept[index], Burst):
            tried = [*kept[:index], *kept[index].steps, *kept[index + 1 :]]
            if fails(tried):
                kept = _without_parts(tried, 1, fails)
    return kept
