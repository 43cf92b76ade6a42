"""The single writer: what has arrived is applied, journalled in one transaction, and only then answered."""

from collections import deque
from concurrent.futures import Future
from threading import Condition, Thread

from msgspec import Struct

from solvent.engine import State, apply, encode
from solvent.engine.codec import VERSION
from solvent.engine.commands import AnyCommand
from solvent.engine.ticks import Candidates, scan
from solvent.journal import Answer, Batch, Journal, JournalError, Record, digest_of
from solvent.margin import Refused, Term
from solvent.runtime import replies
from solvent.runtime.clock import Clock
from solvent.runtime.errors import Overloaded, VenueStopped
from solvent.runtime.replies import Reply

STREAM = "venue"
BATCH_COMMANDS_MAX = 256
WAITING_MAX = 10_000


class Submission(Struct, frozen=True, kw_only=True):
    """One command that waits, with its idempotency key and the bytes that it was asked with."""

    command: AnyCommand
    account: str
    key: str
    request: bytes
    reply: Future[Reply]


class Writer:
    """One thread that owns the state; a failed commit stops it, since nobody knows what landed."""

    def __init__(
        self, journal: Journal, state: State, clock: Clock, *, candidates: Candidates = scan
    ) -> None:
        self._journal = journal
        self._state = state
        self._clock = clock
        self._candidates = candidates
        self._waiting: deque[Submission] = deque()
        self._arrived = Condition()
        self._stop_reason: str | None = None
        self._thread = Thread(target=self._run, name="solvent-writer", daemon=True)
        self._thread.start()

    def submit(self, command: AnyCommand, *, account: str, key: str, request: bytes) -> Future[Reply]:
        """Hand a command in; the future is answered once its batch is durable.

        Errors: `VenueStopped`, `Overloaded`: nothing was done.
        """
        submission = Submission(command=command, account=account, key=key, request=request, reply=Future())
        with self._arrived:
            if self._stop_reason is not None:
                raise VenueStopped(self._stop_reason)
            if len(self._waiting) >= WAITING_MAX:
                raise Overloaded(f"{WAITING_MAX} commands are waiting already; try again in a moment")
            self._waiting.append(submission)
            self._arrived.notify()
        return submission.reply

    def close(self) -> None:
        """Take no more commands, finish those that wait, and end the thread."""
        with self._arrived:
            self._stop_reason = self._stop_reason or "the venue was closed; open it again"
            self._arrived.notify()
        self._thread.join()

    def _run(self) -> None:
        while True:
            batch = self._next_batch()
            if not batch:
                return
            try:
                self._carry_out(batch)
            except JournalError as error:
                self._fail(batch, f"the venue stopped, as its journal failed: {error}; open it again")
                return
            except Exception as error:
                self._fail(batch, f"the venue stopped on a fault of its own: {error!r}; open it again")
                raise

    def _next_batch(self) -> list[Submission]:
        """Return all that has arrived meanwhile, up to the cap; nothing when closed and done."""
        with self._arrived:
            while not self._waiting and self._stop_reason is None:
                self._arrived.wait()
            size = min(len(self._waiting), BATCH_COMMANDS_MAX)
            return [self._waiting.popleft() for _ in range(size)]

    def _carry_out(self, batch: list[Submission]) -> None:
        records: list[Record] = []
        answers: dict[tuple[str, str], Answer] = {}
        done: list[tuple[Submission, Reply]] = []
        expected = self._journal.last_seq(STREAM)
        now_ms = self._clock.now_ms()
        for submission in batch:
            reply = self._stored(submission, answers) or self._apply(submission, records, answers, now_ms)
            done.append((submission, reply))
        if records or answers:
            self._journal.append(
                STREAM,
                expected,
                Batch(at_ms=now_ms, records=tuple(records), answers=tuple(answers.values())),
            )
        for submission, reply in done:
            submission.reply.set_result(reply)

    def _stored(self, submission: Submission, answers: dict[tuple[str, str], Answer]) -> Reply | None:
        """Return the first answer to a key that was used before; another body under it is refused."""
        found = answers.get((submission.account, submission.key)) or self._journal.answer_of(
            submission.account, submission.key
        )
        if found is None:
            return None
        if found.is_to(submission.request):
            return replies.repeated(found.answer)
        return replies.refused(
            Refused(
                code="KEY_REUSED",
                message=f"the key {submission.key!r} answered another request; give a new key",
                terms=(Term("key", submission.key),),
            )
        )

    def _apply(
        self,
        submission: Submission,
        records: list[Record],
        answers: dict[tuple[str, str], Answer],
        now_ms: int,
    ) -> Reply:
        result = apply(self._state, submission.command, now_ms=now_ms, candidates=self._candidates)
        if isinstance(result, Refused):
            reply = replies.refused(result)
        else:
            records.extend(
                Record(str(event.__struct_config__.tag), VERSION, encode(event)) for event in result
            )
            reply = replies.accepted(result, seq=self._state.seq, at_ms=now_ms)
        answers[submission.account, submission.key] = Answer(
            account=submission.account,
            key=submission.key,
            request_digest=digest_of(submission.request),
            answer=reply.body,
        )
        return reply

    def _fail(self, batch: list[Submission], reason: str) -> None:
        """Answer nobody with success: what was in the batch, and what waits behind it, is told to stop."""
        with self._arrived:
            self._stop_reason = reason
            behind = list(self._waiting)
            self._waiting.clear()
        for submission in (*batch, *behind):
            if not submission.reply.done():
                submission.reply.set_exception(VenueStopped(reason))
