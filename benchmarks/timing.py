"""Two functions on the same positions, taken in turns in one process, the collector off."""

import gc
from collections.abc import Callable, Sequence
from statistics import median
from time import perf_counter

from msgspec import Struct

PASSES = 4


class Side(Struct, frozen=True):
    """A function and what it is called with, one tuple a position."""

    call: Callable[..., object]
    given: Sequence[tuple[object, ...]]


class Timed(Struct, frozen=True):
    """Microseconds a call of each side, a pair a round."""

    ours_us: list[float]
    peer_us: list[float]

    @property
    def ratios(self) -> list[float]:
        """How many times as long the peer took, a round each."""
        return [peer / ours for ours, peer in zip(self.ours_us, self.peer_us, strict=True)]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return median(self.ratios)


class Settings(Struct, frozen=True):
    """How long to measure: rounds, and positions a round."""

    rounds: int
    chunk: int


def compete(ours: Side, peer: Side, settings: Settings) -> Timed:
    """Time both sides over one chunk of positions a round, the next chunk in the next round.

    A round takes turns between the sides, ours first and last in turn, and keeps each side's quickest pass:
    what another process took away is not counted on either side.
    """
    count = len(ours.given)
    assert len(peer.given) == count, (len(peer.given), count)
    timed = Timed([], [])
    gc.collect()
    gc.freeze()  # what was set up is looked at no more
    for number in range(settings.rounds):
        start = number * settings.chunk % max(1, count - settings.chunk + 1)
        picked = slice(start, start + settings.chunk)
        best = {"ours": float("inf"), "peer": float("inf")}
        for turn in range(PASSES):
            order = [("ours", ours), ("peer", peer)]
            for name, side in order if turn % 2 == 0 else reversed(order):
                best[name] = min(best[name], call_us(side.call, side.given[picked]))
        timed.ours_us.append(best["ours"])
        timed.peer_us.append(best["peer"])
    return timed


def call_us(call: Callable[..., object], given: Sequence[tuple[object, ...]]) -> float:
    """Return the microseconds that one call took on average, the loop included."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        started = perf_counter()
        for one in given:
            call(*one)
        return (perf_counter() - started) / len(given) * 1e6
    finally:
        if was_enabled:
            gc.enable()
