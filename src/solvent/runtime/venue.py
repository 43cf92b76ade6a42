"""A venue: a journal's state brought back, one writer on it, and its boundary settled."""

import gc
from collections.abc import Callable
from concurrent.futures import Future
from typing import Self

import msgspec
from msgspec import Struct

from solvent.engine import State, commands, decode, fold
from solvent.engine.commands import AnyCommand
from solvent.engine.ticks import Candidates, scan
from solvent.journal import Journal
from solvent.runtime.clock import Clock, RealClock
from solvent.runtime.replies import Reply
from solvent.runtime.settlement import Faucet, Settlement
from solvent.runtime.settling import Settling, confirm
from solvent.runtime.writer import STREAM, Seen, Writer

READ_AT_ONCE = 5_000
OPERATOR = "operator"


class Loaded(Struct, frozen=True, kw_only=True):
    """What bringing a journal back came to."""

    events: int
    state_hash: str


def replay(journal: Journal, *, until_seq: int | None = None) -> State:
    """Fold a journal's events into a state, all of them or up to a seq.

    Errors: the journal's own, `JournalDamaged` naming the first record that is not what was written.
    """
    state = State()
    while until_seq is None or state.seq < until_seq:
        limit = READ_AT_ONCE if until_seq is None else min(READ_AT_ONCE, until_seq - state.seq)
        stored = journal.read(STREAM, state.seq, limit)
        if not stored:
            break
        for record in stored:
            fold(state, decode(record.payload))
            assert state.seq == record.seq, (state.seq, record.seq)
    return state


class Venue:
    """An open venue; close it, or use it in a `with` block.

    With `is_settling` a worker settles each request as soon as it is accepted; else `settle_outbox` does.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        clock: Clock | None = None,
        settlement: Settlement | None = None,
        candidates: Candidates = scan,
        is_settling: bool = False,
    ) -> None:
        self.journal = journal
        self.state = replay(journal)
        self.loaded = Loaded(events=self.state.seq, state_hash=self.state.hash())
        self._clock = clock or RealClock(not_before_ms=self.state.now_ms)
        self._settlement = settlement or Faucet()
        gc.freeze()
        self._writer = Writer(journal, self.state, self._clock, candidates=candidates)
        self.settling: Settling | None = None
        if is_settling:
            self.settling = Settling(self, self._settlement)
        else:
            self.settle_outbox()

    def submit(self, command: AnyCommand, *, key: str, account: str = OPERATOR) -> Future[Reply]:
        """Hand a command in under a key; the same key with the same command gives the first answer again."""
        request = msgspec.json.encode(command)
        answer = self._writer.submit(command, account=account, key=key, request=request)
        if self.settling is not None and isinstance(command, commands.Deposit | commands.Withdraw):
            answer.add_done_callback(self.settling.when_answered)
        return answer

    def ask(self, command: AnyCommand, *, key: str, account: str = OPERATOR) -> Reply:
        """Hand a command in and wait until its answer is durable."""
        return self.submit(command, key=key, account=account).result()

    def at_rest(self, read: Callable[[State], Seen]) -> Future[Seen]:
        """Read the state between two batches, when all of it is durable; `read` must be short."""
        return self._writer.at_rest(read)

    def settle_outbox(self) -> int:
        """Let the settlement act on every open request, and confirm what it did; returns how many ended."""
        ended = 0
        # Only what is durable is acted on: a request that a failed commit takes back must not reach the world.
        for pending in self.at_rest(lambda state: tuple(state.outbox.values())).result():
            done = self._settlement.settle(pending)
            if done is not None:
                confirm(self, pending, done=done)
                ended += 1
        return ended

    def close(self) -> None:
        """Finish what waits, and let go of the journal."""
        if self.settling is not None:
            self.settling.close()
        self._writer.close()
        self.journal.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
