"""The single writer: what has arrived is applied, journalled in one transaction, and only then answered."""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from itertools import chain
from threading import Condition, Lock, Thread
from typing import Any, TypeVar

from msgspec import Struct

from solvent.engine import State
from solvent.engine.ticks import Candidates
from solvent.journal import InputRefused, Journal, JournalError
from solvent.journal.records import BATCH_ANSWERS_MAX, require_name, require_names
from solvent.runtime.asked import STREAM, Asked
from solvent.runtime.batch import AHEAD_MIN, carry_out_each
from solvent.runtime.clock import Clock
from solvent.runtime.committed import Listener, Listeners, OnFault
from solvent.runtime.committing import Committer
from solvent.runtime.errors import Overloaded, RuntimeRefused, VenueStopped
from solvent.runtime.limits import Limits
from solvent.runtime.promises import Told, promise
from solvent.runtime.replies import STEPS_MAX
from solvent.runtime.watching import Watch

__all__ = ["STREAM", "Writer"]

CLOSED = "the venue was closed; open it again"
_LOG = logging.getLogger("solvent.runtime")
Seen = TypeVar("Seen")


class Group(Struct, frozen=True, eq=False):
    """What waits together, how many commands it is, and who is told their replies, or why there are none."""

    asked: tuple[Asked, ...]
    size: int
    told: Told


class Look(Struct, frozen=True):
    """One reading of the state that waits for the end of a batch."""

    read: Callable[[State], Any]
    seen: Future[Any]


class Writer:
    """One thread at a time that owns the state; a failed commit stops it, since nobody knows what landed.

    It is a thread of the writer's own, or with `Limits.is_inline` whoever hands something in: he carries out
    what waits until nothing does, and what others hand in meanwhile is carried out by him. Below, *the
    writer's thread* is either. While enough waits, the last batch lands in a process of
    the journal's own, or in a thread of the `Committer`.
    `stopped` is told why, when it stops by itself. `candidates` names whom a tick may liquidate; by default
    an index of the positions does, which is made here, as the first tick would have to wait for it.
    """

    def __init__(
        self,
        journal: Journal,
        state: State,
        clock: Clock,
        *,
        candidates: Candidates | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._limits = limits or Limits()
        self._journal = journal
        self._state = state
        self._clock = clock
        self._watch = Watch()
        if candidates is None:
            self._watch.read(state)
        self._candidates = candidates or self._watch
        # What was handed in together stays together: it is carried out in one batch.
        self._waiting: deque[Group] = deque()
        self._waiting_size = 0
        # What was taken of it and is not told yet: up to two batches.
        self._untold: deque[list[Group]] = deque()
        self._looks: deque[Look] = deque()
        self._listeners = Listeners()
        self._arrived = Condition()
        self._stop_reason: str | None = None
        self._is_accepting = True
        self.stopped: Future[str] = Future()
        self._is_inline = self._limits.is_inline
        # Held by who carries out, where that is whoever hands in.
        self._turn = Lock()
        self._committer = Committer()
        self._thread = Thread(target=self._run, name="solvent-writer", daemon=True)
        if not self._is_inline:
            self._thread.start()

    def hand_in(self, asked: Sequence[Asked], told: Told, *, is_last: bool = True) -> None:
        """Hand commands in that are carried out in this order and become durable in one batch.

        `told` is called in the writer's thread, once, when all are durable or the venue stopped before; it
        must be short and raise nothing. Each command has an answer of its own: one that is refused does not
        hold the others back. A group that is larger than a batch is a batch of its own. One that is not the
        last of several waits for `begin`, unless another comes first.
        Errors: `RuntimeRefused` for a key or account that no journal keeps, and for more than ever wait or
                become durable at once; `VenueStopped`, `Overloaded`; nothing was done, for none of them.
        """
        most = min(self._limits.waiting_commands_max, BATCH_ANSWERS_MAX)
        size = len(asked[0].commands) if len(asked) == 1 else sum([len(one.commands) for one in asked])
        if size > max(1, most):
            raise RuntimeRefused(f"{size} commands are handed in together; give at most {most}")
        if not asked:
            return
        _require_usable(asked)
        group = Group(tuple(asked), size, told)
        with self._arrived:
            if self._stop_reason is not None or not self._is_accepting:
                raise VenueStopped(self._stop_reason or CLOSED)
            waiting_max = self._limits.waiting_commands_max
            if self._waiting_size + size > waiting_max:
                raise Overloaded(f"{self._waiting_size} commands are waiting already; try again in a moment")
            self._waiting.append(group)
            self._waiting_size += size
        if is_last:
            self.begin()

    def begin(self) -> None:
        """Carry out what was handed in."""
        if self._is_inline:
            self._work_off()
            return
        with self._arrived:
            self._arrived.notify()

    def at_rest(self, read: Callable[[State], Seen]) -> Future[Seen]:
        """Read the state between two batches, in the writer's thread, when all of it is durable.

        `read` must be short, as commands wait meanwhile, and may not change the state.
        Errors: `VenueStopped`; what `read` raises reaches its future alone.
        """
        look = Look(read, promise())
        with self._arrived:
            if self._stop_reason is not None:
                raise VenueStopped(self._stop_reason)
            self._looks.append(look)
        self.begin()
        return look.seen

    def committed(
        self, listener: Listener, begin: Callable[[State], Seen], *, on_fault: OnFault
    ) -> Future[Seen]:
        """Tell a listener every batch that becomes durable after `begin` saw the state, before its replies.

        Both are called in the writer's thread and must be short. A listener that raises stops nothing: it
        hears no more, `faults` keeps what it raised, and `on_fault` is told.
        Errors: `VenueStopped`; what `begin` raises reaches the future, and the listener is told nothing.
        """

        def added(state: State) -> Seen:
            begun = begin(state)
            self._listeners.add(listener, on_fault)
            return begun

        return self.at_rest(added)

    @property
    def faults(self) -> tuple[str, ...]:
        """What listeners raised; each was taken off."""
        return self._listeners.faults

    def stop_accepting(self) -> None:
        """Take no more commands; those that wait are carried out, and the state can still be looked at."""
        with self._arrived:
            self._is_accepting = False

    def close(self) -> None:
        """Take no more commands, finish those that wait, and end the thread."""
        with self._arrived:
            self._stop_reason = self._stop_reason or CLOSED
            self._arrived.notify()
        if self._is_inline:
            with self._turn:
                self._run()
        else:
            self._thread.join()
        self._committer.close()

    def _work_off(self) -> None:
        """Carry out what waits in this thread; another who is at it finds it, too."""
        while (self._waiting or self._looks) and self._turn.acquire(blocking=False):
            try:
                self._run()
            finally:
                self._turn.release()

    def _run(self) -> None:
        while True:
            batch, looks = self._next()
            if not batch and not looks:
                return
            try:
                if batch:
                    self._carry_out(batch, is_looked_at=bool(looks))
            except JournalError as error:
                self._fail(looks, f"the venue stopped, as its journal failed: {error}; open it again")
                return
            except Exception as error:
                self._fail(looks, f"the venue stopped on a fault of its own: {error!r}; open it again")
                if self._is_inline:  # it is no fault of who handed in, and he was told as the others
                    _LOG.exception("the writer failed")
                    return
                raise
            for look in looks:
                self._let_see(look)

    def _next(self) -> tuple[list[Group], list[Look]]:
        """Return all that has arrived meanwhile, up to the cap; nothing when closed, or inline, and done."""
        with self._arrived:
            while not (self._waiting or self._looks or self._is_inline or self._stop_reason is not None):
                self._arrived.wait()
            looks = list(self._looks)
            self._looks.clear()
            return self._take_batch(), looks

    def _take_batch(self) -> list[Group]:
        batch: list[Group] = []
        size, size_max = 0, self._limits.batch_commands_max
        while self._waiting and (not batch or size + self._waiting[0].size <= size_max):
            batch.append(self._waiting.popleft())
            size += batch[-1].size
        self._waiting_size -= size
        return batch

    def _let_see(self, look: Look) -> None:
        try:
            look.seen.set_result(look.read(self._state))
        except Exception as error:  # noqa: BLE001 - it is told to whoever asked
            look.seen.set_exception(error)

    def _carry_out(self, batch: list[Group], *, is_looked_at: bool) -> None:
        """Carry out a batch, and then, while that becomes durable, each full one that waits behind it.

        Where somebody wants to look at the state, only the batch.
        """
        for done in carry_out_each(
            self._journal,
            self._state,
            self._batches(batch, is_looked_at=is_looked_at),
            committer=self._committer,
            now_ms=self._clock.now_ms,
            candidates=self._candidates,
            hear=self._watch.hear,
            on_commit=self._listeners.tell if self._listeners.is_any else None,
        ):
            begin = 0
            for group in self._untold[0]:
                end = begin + group.size
                group.told(done[begin:end], None)
                begin = end
            self._untold.popleft()
            done.clear()  # who was told has them

    def _batches(self, first: list[Group], *, is_looked_at: bool) -> Iterator[list[Asked]]:
        """Yield the commands of a batch, and of each that is full by the time it is asked for."""
        batch = first
        while batch:
            self._untold.append(batch)
            if sum([group.size for group in batch]) >= AHEAD_MIN and not self._is_inline:
                self._journal.go_apart()
            yield [asked for group in batch for asked in group.asked]
            batch = [] if is_looked_at else self._full_batch()

    def _full_batch(self) -> list[Group]:
        """Return a batch if enough waits, and nobody who wants to see the state when all is durable.

        A whole batch is enough; where it lands in a process of its own, so are a few dozen.
        """
        with self._arrived:
            enough = self._limits.batch_commands_max
            if self._journal.lands_apart:
                enough = min(enough, AHEAD_MIN)
            if self._is_inline or self._looks or self._waiting_size < enough:
                return []
            return self._take_batch()

    def _fail(self, looks: list[Look], reason: str) -> None:
        """Answer nobody with success: what was carried out, and what waits behind it, is told to stop."""
        with self._arrived:
            self._stop_reason = reason
            untold = [*chain.from_iterable(self._untold), *self._waiting]
            self._untold.clear()
            looks = [*looks, *self._looks]
            self._waiting.clear()
            self._waiting_size = 0
            self._looks.clear()
        for group in untold:
            group.told(None, VenueStopped(reason))
        for look in looks:
            if not look.seen.done():
                look.seen.set_exception(VenueStopped(reason))
        self.stopped.set_result(reason)


def _require_usable(asked: Sequence[Asked]) -> None:
    """Refuse what the journal would refuse, before it costs everybody else their batch."""
    try:
        if len(asked) == 1:
            require_name(asked[0].account, "account")
            require_name(asked[0].key, "key")
        else:
            require_names({one.account for one in asked}, "account")
            require_names([one.key for one in asked], "key")
    except InputRefused as error:
        raise RuntimeRefused(str(error)) from error
    for one in asked:
        if not 0 < len(one.commands) <= STEPS_MAX:
            raise RuntimeRefused(
                f"{len(one.commands)} commands are asked under the key {one.key!r}; give 1 to {STEPS_MAX}"
            )
