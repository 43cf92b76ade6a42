"""One batch: its commands applied in order, journalled in one transaction, and only then replied to."""

from collections.abc import Callable, Sequence
from typing import get_args

from msgspec import Struct

from solvent.engine import State, apply, encode
from solvent.engine.codec import VERSION
from solvent.engine.commands import AnyCommand
from solvent.engine.events import AnyEvent
from solvent.engine.ticks import Candidates
from solvent.journal import Answer, Batch, Journal, Record, digest_of
from solvent.journal.records import READ_RECORDS_MAX
from solvent.margin import Refused, Term
from solvent.runtime import replies
from solvent.runtime.committed import Committed
from solvent.runtime.replies import Reply

STREAM = "venue"
KINDS = {kind: str(kind.__struct_config__.tag) for kind in get_args(AnyEvent)}


class Asked(Struct, frozen=True, gc=False, kw_only=True):
    """One command with its idempotency key and the bytes that it was asked with."""

    command: AnyCommand
    account: str
    key: str
    request: bytes


class _Done(Struct, frozen=True, kw_only=True):
    """What the commands of a batch came to so far; `given` are the answers by account and key."""

    records: list[Record]
    events: list[AnyEvent]
    given: dict[tuple[str, str], tuple[Answer, Reply]]


def _untold(_: object) -> None:
    """Tell nobody."""


def carry_out(
    journal: Journal,
    state: State,
    batch: Sequence[Asked],
    *,
    now_ms: int,
    candidates: Candidates,
    hear: Callable[[Sequence[AnyEvent]], None] = _untold,
    on_commit: Callable[[Committed], None] = _untold,
) -> list[Reply]:
    """Return a reply to each command, in order, once all of them are durable.

    `hear` is told the events of each command before the next one is carried out, as who names `candidates`
    may have to know of them.
    `on_commit` is told the events, if there were any, after the commit and so before any reply.
    Errors: the journal's own; the state has then moved on alone and must be thrown away.
    """
    expected = journal.last_seq(STREAM)
    done = _Done(records=[], events=[], given={})
    told: list[Reply] = []
    request, digest = b"", digest_of(b"")
    for asked in batch:
        reply = _stored(journal, asked, done)
        if reply is None:
            result = apply(state, asked.command, now_ms=now_ms, candidates=candidates)
            if asked.request is not request:  # the steps of one signature share theirs
                request, digest = asked.request, digest_of(asked.request)
            if not isinstance(result, Refused):
                hear(result)
            reply, kept = _first(result, done, seq=state.seq, at_ms=now_ms)
            answer = Answer(account=asked.account, key=asked.key, request_digest=digest, answer=kept)
            done.given[asked.account, asked.key] = answer, reply
        told.append(reply)
    if done.given:
        answers = tuple([answer for answer, _ in done.given.values()])
        written = Batch(at_ms=now_ms, records=tuple(done.records), answers=answers)
        journal.append(STREAM, expected, written)
    if done.events:
        on_commit(Committed(seq=state.seq, at_ms=now_ms, events=tuple(done.events)))
    return told


def told_before(journal: Journal, answer: Answer) -> bytes:
    """Return the bytes that a kept answer stands for.

    Errors: the journal's own.
    """

    def read(after_seq: int, count: int) -> list[bytes]:
        found: list[bytes] = []
        for after in range(after_seq, after_seq + count, READ_RECORDS_MAX):
            limit = min(READ_RECORDS_MAX, after_seq + count - after)
            found += [record.payload for record in journal.read(STREAM, after, limit)]
        return found

    return replies.body_of(answer.answer, read)


def answered(journal: Journal, *, account: str, key: str, request: bytes) -> Reply | None:
    """Return the first answer to a key, the refusal where it was to another request, or none for a new key.

    Errors: the journal's own.
    """
    found = journal.answer_of(account, key)
    if found is None:
        return None
    return replies.repeated(told_before(journal, found)) if found.is_to(request) else _key_reused(key)


def _stored(journal: Journal, asked: Asked, done: _Done) -> Reply | None:
    """Return the first answer to a key that was used before; another body under it is refused."""
    before = done.given.get((asked.account, asked.key))
    if before is not None:
        first, reply = before
        return replies.repeated(reply.body) if first.is_to(asked.request) else _key_reused(asked.key)
    return answered(journal, account=asked.account, key=asked.key, request=asked.request)


def _key_reused(key: str) -> Reply:
    return replies.refused(
        Refused(
            code="KEY_REUSED",
            message=f"the key {key!r} answered another request; give a new key",
            terms=(Term("key", key),),
        )
    )


def _first(
    result: tuple[AnyEvent, ...] | Refused, done: _Done, *, seq: int, at_ms: int
) -> tuple[Reply, bytes]:
    """Answer a command for the first time, with what is kept of the answer, and note its events."""
    if isinstance(result, Refused):
        reply = replies.refused(result)
        return reply, reply.body
    payloads = tuple([encode(event) for event in result])
    for event, payload in zip(result, payloads, strict=True):
        done.records.append(Record(KINDS[type(event)], VERSION, payload))
    done.events.extend(result)
    kept = replies.place_of_events(len(payloads), seq=seq, at_ms=at_ms)
    return replies.accepted(result, payloads, seq=seq, at_ms=at_ms), kept
