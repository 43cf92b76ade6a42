"""Old answers forgotten, a few at a time; never one that a client may still ask for again."""

from solvent.journal import Journal, JournalError
from solvent.journal.records import RETENTION_MS_MIN
from solvent.runtime.clock import Clock
from solvent.runtime.errors import VenueStopped
from solvent.runtime.snapshots import AtRest

# One step holds up the writer while so many full batches are forgotten: 6 to 41 ms on a busy machine.
BATCHES_AT_ONCE = 4
STEPS_AT_ONCE = 50
PAUSE_MS = 60_000


class Retention:
    """Forgets the answers that are older than the journal must keep them, between the batches.

    The clock is one that follows no sudden jump: what it calls a week has passed for the clients as well.
    `forgotten` counts them; `problem` is what went wrong with the last step, if anything did.
    """

    def __init__(
        self, journal: Journal, at_rest: AtRest, clock: Clock, *, retention_ms: int = RETENTION_MS_MIN
    ) -> None:
        self.forgotten = 0
        self.problem: str | None = None
        self._journal = journal
        self._at_rest = at_rest
        self._clock = clock
        self._retention_ms = retention_ms
        self._next_ms = 0

    def tend(self) -> None:
        """Forget what is old, in a few bounded steps; when all is done, rest for a minute."""
        now_ms = self._clock.now_ms()
        if now_ms < self._next_ms:
            return
        try:
            for _ in range(STEPS_AT_ONCE):
                # In the writer's thread, so that it and this never wait for one another inside the journal.
                pruned = self._at_rest(
                    lambda _: self._journal.prune(
                        now_ms=now_ms, retention_ms=self._retention_ms, batches_max=BATCHES_AT_ONCE
                    )
                ).result()
                self.forgotten += pruned.answers
                if pruned.is_done:
                    self._next_ms = now_ms + PAUSE_MS
                    break
        except (JournalError, VenueStopped) as error:
            self.problem = f"no old answers were forgotten: {error}"
        else:
            self.problem = None

    def close(self) -> None:
        """Leave the rest for the next time."""
