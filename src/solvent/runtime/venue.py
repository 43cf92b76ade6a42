"""A venue: a journal's state brought back, one writer on it, and its boundary settled."""

import gc
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Self

from solvent.engine import State, commands
from solvent.engine.commands import AnyCommand
from solvent.engine.ticks import Candidates
from solvent.journal import Journal
from solvent.runtime.asked import Asked, Keyed, commands_of
from solvent.runtime.clock import Clock, RealClock, VirtualClock
from solvent.runtime.committed import Listener, OnFault
from solvent.runtime.door import require_all_kept, written
from solvent.runtime.errors import RuntimeProblem, RuntimeRefused
from solvent.runtime.housekeeping import Chore, Housekeeping
from solvent.runtime.limits import Limits
from solvent.runtime.loading import load
from solvent.runtime.promises import Told, keep, promise
from solvent.runtime.replies import Reply
from solvent.runtime.retention import Retention
from solvent.runtime.settlement import Faucet, Settlement
from solvent.runtime.settling import Settling, confirm
from solvent.runtime.snapshots import EVENTS_BETWEEN, Snapshotter
from solvent.runtime.writer import Seen, Writer

OPERATOR = "operator"
# What the settlement has to act on.
OF_THE_BOUNDARY: frozenset[type] = frozenset((commands.Deposit, commands.Withdraw))


class Venue:
    """An open venue; close it, or use it in a `with` block.

    A virtual clock that is behind the journal is moved on to its end.
    With `is_settling` a worker settles each request as soon as it is accepted; else `settle_outbox` does.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        clock: Clock | None = None,
        settlement: Settlement | None = None,
        candidates: Candidates | None = None,
        is_settling: bool = False,
        events_between_snapshots: int = EVENTS_BETWEEN,
        limits: Limits | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self.journal = journal
        self.state, self.loaded = load(journal)
        self.clock = clock or RealClock(
            not_before_ms=self.state.now_ms, step_ms_max=self._limits.clock_step_ms_max
        )
        if isinstance(self.clock, VirtualClock):
            self.clock.advance(max(0, self.state.now_ms - self.clock.now_ms()))
        self._settlement = settlement or Faucet()
        self._writer = Writer(journal, self.state, self.clock, candidates=candidates, limits=self._limits)
        gc.freeze()
        self.housekeeping = Housekeeping(self._chores(events_between_snapshots))
        self.settling: Settling | None = None
        if is_settling:
            self.settling = Settling(
                self, self._settlement, retry_ms_max=self._limits.settlement_retry_ms_max
            )
        else:
            self.settle_outbox()

    @property
    def stopped(self) -> Future[str]:
        """What is told why, when the venue stops by itself; never when it is closed."""
        return self._writer.stopped

    def submit(
        self, command: AnyCommand, *, key: str, account: str = OPERATOR, request: bytes | None = None
    ) -> Future[Reply]:
        """Hand a command in under a key; the same key with the same command gives the first answer again.

        `request` is what was asked, where that is more than the command: the same key with other bytes is
        refused.
        """
        return self.submit_together([(key, command)], account=account, request=request)[0]

    def submit_together(
        self,
        keyed: Sequence[tuple[str, AnyCommand]],
        *,
        account: str = OPERATOR,
        request: bytes | None = None,
    ) -> tuple[Future[Reply], ...]:
        """Hand commands in, each under its key, that become durable together, in this order.

        Each is answered by itself: one that is refused does not hold the others back. `request` is what asked
        for all of them.
        Errors: as `Writer.hand_in`; `RuntimeRefused` for a command that could not be kept, as `door` says.
        """
        answers: tuple[Future[Reply], ...] = tuple(promise() for _ in keyed)

        def told(replies: list[Reply] | None, stopped: RuntimeProblem | None) -> None:
            keep(answers, replies, stopped)

        alone = [(key, (command,)) for key, command in keyed]
        self.hand_in(alone, told, account=account, request=request)
        return answers

    def hand_in(
        self,
        keyed: Sequence[Keyed],
        told: Told,
        *,
        account: str = OPERATOR,
        request: bytes | None = None,
        is_last: bool = True,
    ) -> None:
        """Hand commands in as `submit_together` does; `told` is called once for all, in the writer's thread.

        Several under one key are the steps of what `request` asks; their answers are kept together.
        What is not the last of several waits for `begin`.
        Errors: as `submit_together`.
        """
        every = commands_of(keyed)
        if request is not None:
            require_all_kept(every)
        asked = [
            Asked(
                commands=tuple(together),
                account=account,
                key=key,
                request=_written(key, together) if request is None else request,
            )
            for key, together in keyed
        ]
        self._writer.hand_in(asked, self._settled(every, told), is_last=is_last)

    def begin(self) -> None:
        """Carry out what was handed in."""
        self._writer.begin()

    def _settled(self, every: Sequence[AnyCommand], told: Told) -> Told:
        """Return what is told instead, where the settlement has to look at what was asked of it."""
        settling = self.settling
        if settling is None or OF_THE_BOUNDARY.isdisjoint(map(type, every)):
            return told
        asked = [number for number, command in enumerate(every) if type(command) in OF_THE_BOUNDARY]

        def both(replies: list[Reply] | None, stopped: RuntimeProblem | None) -> None:
            # Taken before: who is told lets go of them at once, and may do so in another thread.
            own = [] if replies is None else [replies[number] for number in asked]
            told(replies, stopped)
            settling.when_answered(own)

        return both

    def ask(self, command: AnyCommand, *, key: str, account: str = OPERATOR) -> Reply:
        """Hand a command in and wait until its answer is durable."""
        return self.submit(command, key=key, account=account).result()

    def at_rest(self, read: Callable[[State], Seen]) -> Future[Seen]:
        """Read the state between two batches, when all of it is durable; `read` must be short."""
        return self._writer.at_rest(read)

    def committed(
        self, listener: Listener, begin: Callable[[State], Seen], *, on_fault: OnFault = lambda _: None
    ) -> Future[Seen]:
        """Tell a listener every batch that becomes durable after `begin` saw the state, as `Writer` does."""
        return self._writer.committed(listener, begin, on_fault=on_fault)

    @property
    def faults(self) -> tuple[str, ...]:
        """What went wrong beside the commands, which go on: chores that failed, listeners that raised."""
        return (*self.housekeeping.problems, *self._writer.faults)

    def settle_outbox(self) -> int:
        """Let the settlement act on every open request, and confirm what it did; returns how many ended."""
        ended = 0
        # Only what is durable is acted on: what a failed commit takes back must not reach the world.
        for pending in self.at_rest(lambda state: tuple(state.outbox.values())).result():
            done = self._settlement.settle(pending)
            if done is not None:
                confirm(self, pending, done=done)
                ended += 1
        return ended

    def close(self) -> None:
        """Take no more commands, finish those that wait, and let go of the journal."""
        if self.settling is not None:
            self.settling.close()
        self._writer.stop_accepting()
        self.housekeeping.close()
        self._writer.close()
        self.journal.close()

    def _chores(self, events_between: int) -> tuple[Chore, ...]:
        """Return what is to be done beside the commands: nothing where nothing is kept."""
        if not self.journal.is_lasting:
            return ()
        snapshotter = Snapshotter(
            self.journal,
            self._writer,
            saved_seq=self.loaded.snapshot_seq,
            events_between=events_between,
        )
        if not isinstance(self.clock, RealClock):
            # A virtual time may jump past every answer that somebody still waits for.
            return (snapshotter,)
        return snapshotter, Retention(
            self.journal,
            self._writer.at_rest,
            self.clock,
            retention_ms=self._limits.key_retention_ms,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _written(key: str, together: Sequence[AnyCommand]) -> bytes:
    """Return the request that a command is by itself; several have none."""
    if len(together) > 1:
        raise RuntimeRefused(f"{len(together)} steps have the key {key!r:.80}; give the request of all")
    return b"".join(map(written, together))
