"""Nonces that were taken in: what is durable, and what is handed in and not answered yet.

A number is judged and taken without a pause in between, in the event loop's thread, so that of two requests
with one number the second finds the first one's.
"""

from collections import defaultdict

from solvent.engine.nonces import NONCES_KEPT, fault_of
from solvent.runtime import House

DAY_MS = 86_400_000
PAST_MS, AHEAD_MS = 2 * DAY_MS, DAY_MS


class Numbers:
    """The numbers of signers, by their identities."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._waiting: defaultdict[str, set[int]] = defaultdict(set)

    def is_in_window(self, nonce: int) -> bool:
        """Tell whether a number is near enough to the wall clock."""
        now_ms = self._house.wall_ms()
        return now_ms - PAST_MS < nonce < now_ms + AHEAD_MS

    def take(self, signer: str, nonce: int) -> bool:
        """Take a number, unless the signer may not use it; the engine is told of it at once, or it is let go.

        A number below all that are kept is as good as used: nobody knows any more.
        Errors: `VenueStopped`.
        """
        waiting = self._waiting.get(signer, set())
        kept = sorted({*self._house.follower.state.nonces.get(signer, ()), *waiting})[-NONCES_KEPT:]
        if fault_of(kept, nonce) is not None:
            return False
        self._waiting[signer].add(nonce)
        return True

    def let_go(self, signer: str, nonce: int) -> None:
        """Forget a number that is durable now, or that nobody will ever use up."""
        self._waiting[signer].discard(nonce)
        if not self._waiting[signer]:
            del self._waiting[signer]
