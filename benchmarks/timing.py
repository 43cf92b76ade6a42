"""Two functions on the same positions, taken in turns in one process, the collector off."""

import gc
from collections.abc import Callable, Sequence
from statistics import median
from time import thread_time

from msgspec import Struct

PASSES = 6
BLOCK_US = 4_000  # of the peer's time: about as long as a scheduler lets a thread run
BLOCK_MIN = 16


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
    """How long to measure: rounds, positions a round of previews, accounts of the durable rows."""

    rounds: int
    chunk: int
    accounts: int = 0


def compete(ours: Side, peer: Side, settings: Settings) -> Timed:
    """Time both sides over one chunk of positions a round, the next chunk in the next round.

    The chunk is cut into blocks short enough to be seldom interrupted. On each block the sides take turns,
    ours first and last in turn, and of each side the quickest pass counts; a round is the sum of its blocks.
    Both sides get the same blocks: passes of unequal length would favour the shorter on a busy machine.
    """
    count = len(ours.given)
    assert len(peer.given) == count, (len(peer.given), count)
    timed = Timed([], [])
    gc.collect()
    gc.freeze()  # what was set up is looked at no more
    first_us = call_us(peer.call, peer.given[:BLOCK_MIN]) / BLOCK_MIN
    block = min(settings.chunk, max(BLOCK_MIN, int(BLOCK_US / first_us)))
    for number in range(settings.rounds):
        start = number * settings.chunk % max(1, count - settings.chunk + 1)
        ours_us = peer_us = 0.0
        for low in range(start, start + settings.chunk, block):
            picked = slice(low, min(low + block, start + settings.chunk))
            mine, theirs = _quickest(ours, peer, picked)
            ours_us += mine
            peer_us += theirs
        timed.ours_us.append(ours_us / settings.chunk)
        timed.peer_us.append(peer_us / settings.chunk)
    return timed


def _quickest(ours: Side, peer: Side, picked: slice) -> tuple[float, float]:
    """Return the microseconds of each side's quickest pass over the picked positions."""
    mine = theirs = float("inf")
    for turn in range(PASSES):
        if turn % 2 == 0:
            mine = min(mine, call_us(ours.call, ours.given[picked]))
        theirs = min(theirs, call_us(peer.call, peer.given[picked]))
        if turn % 2 == 1:
            mine = min(mine, call_us(ours.call, ours.given[picked]))
    return mine, theirs


def call_us(call: Callable[..., object], given: Sequence[tuple[object, ...]]) -> float:
    """Return the microseconds of processor time that the calls took together, the loop included."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        started = thread_time()
        for one in given:
            call(*one)
        return (thread_time() - started) * 1e6
    finally:
        if was_enabled:
            gc.enable()
