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


def _untold(_: Committed) -> None:
    """Tell nobody."""


def carry_out(
    journal: Journal,
    state: State,
    batch: Sequence[Asked],
    *,
    now_ms: int,
    candidates: Candidates,
    on_commit: Callable[[Committed], None] = _untold,
) -> list[Reply]:
    """Return a reply to each command, in order, once all of them are durable.

    `on_commit` is told the events, if there were any, after the commit and so before any reply.
    Errors: the journal's own; the state has then moved on alone and must be thrown away.
    """
    records: list[Record] = []
    answers: dict[tuple[str, str], Answer] = {}
    expected = journal.last_seq(STREAM)
    events: list[AnyEvent] = []
    done: list[Reply] = []
    for asked in batch:
        reply = _stored(journal, asked, answers)
        if reply is None:
            result = apply(state, asked.command, now_ms=now_ms, candidates=candidates)
            reply = _replied(result, records, seq=state.seq, at_ms=now_ms)
            events.extend(() if isinstance(result, Refused) else result)
            answers[asked.account, asked.key] = Answer(
                account=asked.account,
                key=asked.key,
                request_digest=digest_of(asked.request),
                answer=reply.body,
            )
        done.append(reply)
    if answers:
        written = Batch(at_ms=now_ms, records=tuple(records), answers=tuple(answers.values()))
        journal.append(STREAM, expected, written)
    if events:
        on_commit(Committed(seq=state.seq, at_ms=now_ms, events=tuple(events)))
    return done


def _stored(journal: Journal, asked: Asked, answers: dict[tuple[str, str], Answer]) -> Reply | None:
    """Return the first answer to a key that was used before; another body under it is refused."""
    found = answers.get((asked.account, asked.key)) or journal.answer_of(asked.account, asked.key)
    if found is None:
        return None
    if found.is_to(asked.request):
        return replies.repeated(found.answer)
    return replies.refused(
        Refused(
            code="KEY_REUSED",
            message=f"the key {asked.key!r} answered another request; give a new key",
            terms=(Term("key", asked.key),),
        )
    )


def _replied(result: tuple[AnyEvent, ...] | Refused, records: list[Record], *, seq: int, at_ms: int) -> Reply:
    if isinstance(result, Refused):
        return replies.refused(result)
    payloads = [encode(event) for event in result]
    for event, payload in zip(result, payloads, strict=True):
        records.append(Record(KINDS[type(event)], VERSION, payload))
    return replies.accepted(payloads, seq=seq, at_ms=at_ms)
