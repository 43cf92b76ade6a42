"""Nonces that were taken in: what is durable, and what is handed in and not answered yet.

A number is judged and taken without a pause in between, in the event loop's thread, so that of two requests
with one number the second finds the first one's.
"""

from collections import defaultdict
from collections.abc import Sequence

from solvent.engine.nonces import NONCES_KEPT, fault_of
from solvent.engine.refusals import Code
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

    def take(self, signer: str, nonce: int) -> Code | None:
        """Take a number, or return why the signer may not use it.

        Who took it hands it in before the event loop comes round, or lets it go.
        Errors: `VenueStopped`.
        """
        kept: Sequence[int] = self._house.follower.state.nonces.get(signer, ())
        waiting = self._waiting.get(signer)
        if waiting:
            kept = sorted({*kept, *waiting})[-NONCES_KEPT:]
        fault = fault_of(kept, nonce)
        if fault is None:
            self._waiting[signer].add(nonce)
        return fault

    def let_go(self, signer: str, nonce: int) -> None:
        """Forget a number that is durable now, or that nobody will ever use up."""
        self._waiting[signer].discard(nonce)
        if not self._waiting[signer]:
            del self._waiting[signer]
