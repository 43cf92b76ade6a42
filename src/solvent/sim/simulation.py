"""One venue put through a list of steps, with an auditor behind it, until the end or the first violation."""

from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from threading import Event
from typing import Any

import msgspec
from msgspec import Struct

from solvent.engine import REFUSALS, State, book_of, commands
from solvent.engine.books import is_priced, model_of
from solvent.journal import Journal
from solvent.margin import registry
from solvent.runtime import STREAM, Reply, RuntimeRefused, Venue, VenueStopped, VirtualClock, replay
from solvent.runtime.repeats import told_before
from solvent.sim.auditor import Auditor, Violation
from solvent.sim.faults import Disk, FaultyJournal, SlowSettlement
from solvent.sim.meaning import Meant, meaning_of
from solvent.sim.stage import NOBODY, OPERATOR
from solvent.sim.steps import Burst, Fault, FaultKind, Misname, Repeat, Settle, Wait

START_MS = 1_700_000_000_000
REPLAYED_EVERY = 100
SETTLED_AFTER = 5
READ_AT_ONCE = 5_000


class Entry(Struct, frozen=True, kw_only=True):
    """A command as it was handed in: under which key, and what must become of it, if that is known.

    `is_reused`: its key belongs to another command.
    """

    meant: Meant
    key: str
    is_reused: bool = False


class Finding(Struct, frozen=True, kw_only=True):
    """A violation: which rule, what was found, and at which step, counted from 1."""

    rule: str
    found: str
    step: int


class Outcome(Struct, frozen=True, kw_only=True):
    """What a list of steps came to: everything seen, how often, and the violation that ended it, if any."""

    seen: Counter[str]
    steps: int
    events: int
    state_hash: str
    finding: Finding | None


def simulate(steps: Sequence[Any], *, seed: int, disk: Disk) -> Outcome:
    """Put a new venue on a disk through steps; the seed decides what the settlement does."""
    life = Life(seed, disk)
    finding, done = None, 0
    try:
        for done, step in enumerate(steps, start=1):
            life.carry_out(step)
            if done % REPLAYED_EVERY == 0:
                life.check_replay()
        life.end()
    except Violation as violation:
        finding = Finding(rule=violation.rule, found=violation.found, step=done)
    finally:
        life.stop()
    return Outcome(
        seen=life.auditor.seen,
        steps=done,
        events=life.auditor.seq,
        state_hash=life.venue.state.hash(),
        finding=finding,
    )


def documented_codes() -> frozenset[str]:
    """Return every refusal code that the reference lists, and the writer's own."""
    models = [registry.by_name(name) for name in registry.names()]
    notes = (*REFUSALS, *(note for model in models for note in model.REFUSALS))
    return frozenset(note.code for note in notes) | {"KEY_REUSED"}


class Life:
    """A venue, its clock and disk, who asks of it, and who audits it."""

    def __init__(self, seed: int, disk: Disk) -> None:
        self.auditor = Auditor(documented_codes())
        self._disk = disk
        self._clock = VirtualClock(START_MS)
        self._settlement = SlowSettlement(seed)
        self._history: list[Entry] = []
        self._unanswered: list[Entry] = []
        self._asks_again = True
        self._journal, self.venue = self._open()

    def _open(self) -> tuple[FaultyJournal, Venue]:
        journal = FaultyJournal(self._disk.open(), self._disk)
        return journal, Venue(journal.as_journal(), clock=self._clock, settlement=self._settlement)

    @property
    def _state(self) -> State:
        """The venue's memory; nothing changes it while nothing is handed in."""
        return self.venue.state

    def carry_out(self, step: Any) -> None:
        """Do one step and audit what came of it."""
        match step:
            case Wait():
                self._clock.advance(step.ms)
                return
            case Fault():
                self._let_fail(step)
            case Settle():
                self._settle()
            case Misname():
                self._misname(step)
            case Burst():
                self._hand_in([entry for part in step.steps for entry in self._entries(part)])
            case _:
                self._one(step)
        self._audit()

    def _one(self, step: Any) -> None:
        for entry in self._entries(step):
            command = entry.meant.command
            was_healthy = self._is_healthy(command)
            answered = self._hand_in([entry])
            if was_healthy and answered and answered[0].is_accepted and not answered[0].is_repeat:
                healthy = self._is_healthy(command)
                rule = "an action leaves its own account healthy"
                if not healthy:
                    raise Violation(rule, f"{command}")

    def _is_healthy(self, command: Any) -> bool:
        """Tell whether an action's own position is there and not liquidatable."""
        if not isinstance(command, commands.Act) or command.market not in self._state.markets:
            return False
        kept = self._state.markets[command.market]
        if not is_priced(kept):
            return False
        book = book_of(self._state, command.market, command.account)
        return model_of(kept).breach(book, now_ms=self._clock.now_ms()) is None

    def _entries(self, step: Any) -> list[Entry]:
        """Return what a step hands in: one command, or none where it comes to nothing."""
        if isinstance(step, Wait):
            return []
        if isinstance(step, Repeat):
            return self._again(step)
        number = len(self._history)
        meant = meaning_of(step, self._state, now_ms=self._clock.now_ms(), number=number)
        if meant is None:
            return []
        # An account that nobody opened may have no key either.
        submitter = meant.account or NOBODY
        entry = Entry(meant=msgspec.structs.replace(meant, account=submitter), key=f"k{number}")
        self._history.append(entry)
        return [entry]

    def _again(self, step: Repeat) -> list[Entry]:
        if step.back > len(self._history):
            return []
        first = self._history[-step.back]
        meant = msgspec.structs.replace(first.meant, must=None)
        if not step.changed:
            return [Entry(meant=meant, key=first.key)]
        other = commands.Touch(market=f"not {first.key}")
        return [Entry(meant=msgspec.structs.replace(meant, command=other), key=first.key, is_reused=True)]

    def _misname(self, step: Misname) -> None:
        """Use a key that cannot be kept: whoever asks is refused, and nobody else notices."""
        touch = commands.Touch(market="")
        try:
            self.venue.submit(touch, key=step.key).exception()
        except RuntimeRefused:
            self.auditor.seen["key unusable"] += 1
        else:
            raise Violation("a key that cannot be kept is refused at once", f"{step.key!r:.60} was taken")

    def _hand_in(self, entries: list[Entry]) -> list[Reply]:
        """Hand commands in together and take the answers; a fault's victims wait for the restart."""
        if not entries:
            return []
        replies: list[Reply] = []
        alone, heard = len(entries) == 1, self._waiting(entries)
        if not self._journal.has_failed:
            self._read_on()
        for entry, future in heard:
            error = future.exception()
            if error is not None:
                if not entry.is_reused:
                    self._unanswered.append(entry)
                self._require_a_fault(error)
                continue
            replies.append(future.result())
            self._hear(entry, replies[-1], alone=alone)
        if len(replies) < len(entries):
            self._restart()
        return replies

    def _waiting(self, entries: list[Entry]) -> list[tuple[Entry, Future[Reply]]]:
        """Submit, and wait for all; several are held back until the writer finds all of them at once."""
        ready, go = Event(), Event()

        def hold(_: State) -> None:
            ready.set()
            go.wait()

        waiting: list[tuple[Entry, Future[Reply]]] = []
        try:
            if len(entries) > 1:
                self.venue.at_rest(hold)
                ready.wait()
            waiting = [(entry, self._submit(entry)) for entry in entries]
        finally:
            go.set()
        for _, future in waiting:
            future.exception()
        return waiting

    def _submit(self, entry: Entry) -> Future[Reply]:
        meant = entry.meant
        try:
            return self.venue.submit(meant.command, key=entry.key, account=meant.account)
        except VenueStopped as error:
            stopped: Future[Reply] = Future()
            stopped.set_exception(error)
            return stopped

    def _require_a_fault(self, error: BaseException) -> None:
        """Hold the venue to stopping for a fault of ours alone."""
        if self._journal.armed is None:
            raise Violation("the venue stops for a failed journal alone", str(error))

    def _hear(self, entry: Entry, reply: Reply, *, alone: bool) -> None:
        if entry.is_reused and reply.read().get("code") == "KEY_REUSED":
            self.auditor.hear_reuse(reply.body)
            return
        if entry.is_reused:
            # The first command was lost with a commit and not asked again: this one is the key's first.
            known = (entry.meant.account, entry.key) in self.auditor.answers
            if known:
                raise Violation("a key with another body is refused", f"{reply.body[:300]!r}")
        self.auditor.seen["answer repeated"] += reply.is_repeat
        told = self.auditor.hear(entry.meant.account, entry.key, reply.body)
        must = entry.meant.must
        if alone and must is not None and not reply.is_repeat:
            what = f"{entry.meant.command} with a maximum of {entry.meant.maximum}"
            self.auditor.observe(what, must=must, accepted=told.accepted, code=told.code)

    def _settle(self) -> None:
        try:
            self.venue.settle_outbox()
        except VenueStopped as error:
            self._require_a_fault(error)
            self._restart()

    def _let_fail(self, fault: Fault) -> None:
        """Arm the next commit; a crash comes at once, and takes the writer's thread with it."""
        self._asks_again = fault.asks_again
        self._journal.armed = fault.kind
        self.auditor.seen[f"fault {fault.kind.value}"] += 1
        if fault.kind is FaultKind.CRASH:
            self._kill()
            self._restart()

    def _kill(self) -> None:
        """End the writer's thread without a word to the journal."""
        self._journal.armed = FaultKind.CRASH
        ended = Entry(meant=Meant(command=commands.Touch(market="")), key="the end")
        self._submit(ended).exception()

    def _restart(self) -> None:
        """Open what the crash left, compare it with everything that was acknowledged, and ask again."""
        self.auditor.seen["restart"] += 1
        self._disk.crash()
        # The threads of the dead venue end; what they still write goes to files that nobody looks at.
        self.venue.close()
        self._disk.bury()
        if self._journal.torn_at:
            self._disk.tear(self._journal.torn_at)
            self.auditor.seen["write torn"] += 1
        self._journal, self.venue = self._open()
        self.auditor.reread(payloads_of(self._journal.as_journal(), 0))
        self._read_on()
        waiting, self._unanswered = self._unanswered, []
        for entry in waiting:
            stored = self._stored(entry.meant.account, entry.key)
            self.auditor.seen["landed unanswered" if stored is not None else "lost unanswered"] += 1
            if self._asks_again:
                self._hand_in(
                    [msgspec.structs.replace(entry, meant=msgspec.structs.replace(entry.meant, must=None))]
                )
            elif stored is not None:
                self.auditor.hear(entry.meant.account, entry.key, stored)

    def _stored(self, account: str, key: str) -> bytes | None:
        answer = self._journal.answer_of(account, key)
        return None if answer is None else told_before(self._journal.as_journal(), answer)[0]

    def _read_on(self) -> None:
        """Read what the journal has taken in since; a request's end is what its confirmation did."""
        ended = len(self.auditor.ended)
        for payload in payloads_of(self._journal.as_journal(), self.auditor.seq):
            self.auditor.read(payload)
        for request in list(self.auditor.ended)[ended:]:
            stored = self._stored(OPERATOR, f"confirm:{request}")
            if stored is not None:
                self.auditor.hear(OPERATOR, f"confirm:{request}", stored)

    def _audit(self) -> None:
        self._read_on()
        self.auditor.check()
        self.auditor.check_state(self._state.ledger(), self._state.reserved)

    def check_replay(self) -> None:
        """Hold the venue's memory to the fold of its journal, and the journal to all that was answered."""
        again = replay(self._journal.as_journal()).hash()
        rule = "the fold of the journal is the state"
        if again != self._state.hash():
            raise Violation(rule, f"{again} folded, {self._state.hash()} in memory")
        if not self._unanswered:
            self.auditor.check_acknowledged(self._stored)

    def end(self) -> None:
        """Settle what is open, crash once more, and check everything."""
        self._journal.armed = None
        for _ in range(SETTLED_AFTER):
            self._settle()
        self.check_replay()
        self._kill()
        self._restart()
        self._audit()
        self.check_replay()
        rule = "what the settlement did is confirmed as done"
        for request in self._settlement.done:
            if not self.auditor.ended.get(request, False):
                raise Violation(rule, f"{request}")
        self.auditor.seen["settlement delayed"] += self._settlement.delayed

    def stop(self) -> None:
        """End the writer's thread and let go of the disk."""
        self._kill()
        self.venue.close()
        self._disk.close()


def payloads_of(journal: Journal, after_seq: int) -> Iterable[bytes]:
    """Yield the bytes of every event after a seq."""
    while stored := journal.read(STREAM, after_seq, READ_AT_ONCE):
        yield from (record.payload for record in stored)
        after_seq = stored[-1].seq
