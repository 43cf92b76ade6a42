"""One batch: its commands applied in order, journalled in one transaction, and only then replied to."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import get_args

from msgspec import Struct

from solvent.engine import State, apply
from solvent.engine.codec import VERSION, encode_all
from solvent.engine.events import AnyEvent
from solvent.engine.ticks import Candidates
from solvent.journal import Batch, Journal, place_of
from solvent.margin import Refused
from solvent.runtime import replies
from solvent.runtime.asked import STREAM, Asked
from solvent.runtime.committed import Committed, Listener
from solvent.runtime.committing import Committer
from solvent.runtime.repeats import Repeats
from solvent.runtime.replies import Reply

# So many are written in one go, while the processor's cache still has them.
EVENTS_AT_ONCE = 32
# So many commands that wait are worth a batch of their own, where one costs the writer no time.
AHEAD_MIN = 64
# So many commands of each request, where they share requests: few wait for them, and what they cost is time.
SHARED_MIN = 8
KINDS = {kind: str(kind.__struct_config__.tag) for kind in get_args(AnyEvent)}


class Waiting(Struct, frozen=True, gc=False):
    """A batch that is to be carried out, and where the answers to its commands belong."""

    asked: Sequence[Asked]
    places: frozenset[str]
    # Whether no key comes twice.
    is_distinct: bool


def _untold(_: object) -> None:
    """Tell nobody."""


def _waiting(batch: Sequence[Asked]) -> Waiting:
    places = [place_of(asked.account, asked.key) for asked in batch]
    distinct = frozenset(places)
    return Waiting(batch, distinct, len(distinct) == len(places))


def carry_out(
    journal: Journal,
    state: State,
    batch: Sequence[Asked],
    *,
    now_ms: int,
    candidates: Candidates,
    hear: Callable[[Sequence[AnyEvent]], None] = _untold,
    on_commit: Listener | None = None,
) -> list[Reply]:
    """Return a reply to each command of what is asked, in order, once all of them are durable.

    `hear` is told the events of each command before the next one is carried out, as who names `candidates`
    may have to know of them.
    `on_commit` is told the events, if there were any, after the commit and so before any reply. Without it
    no event is kept once it is written, and a reply reads its own from their bytes.
    Errors: the journal's own; the state has then moved on alone and must be thrown away.
    """
    made = _applied(
        journal,
        state,
        _waiting(batch),
        now_ms=now_ms,
        candidates=candidates,
        hear=hear,
        expected=journal.last_seq(STREAM),
        is_heard=on_commit is not None,
    )
    made.land(journal)
    made.tell(on_commit)
    return made.replies


def carry_out_each(
    journal: Journal,
    state: State,
    batches: Iterator[Sequence[Asked]],
    *,
    committer: Committer,
    now_ms: Callable[[], int],
    candidates: Candidates,
    hear: Callable[[Sequence[AnyEvent]], None] = _untold,
    on_commit: Listener | None = None,
) -> Iterator[list[Reply]]:
    """Yield the replies to each batch, in order, as `carry_out` returns them.

    Each is carried out while the one before becomes durable, in a process of the journal's own or else in the
    committer's thread, and lands behind it; so the next batch is asked for before the replies to the last one
    are there.
    Errors: the journal's own, and what carrying out raises; what was durable by then is replied to before.
    """

    def applied(batch: Waiting, expected: int) -> Applied:
        return _applied(
            journal,
            state,
            batch,
            now_ms=now_ms(),
            candidates=candidates,
            hear=hear,
            expected=expected,
            is_heard=on_commit is not None,
        )

    waiting = map(_waiting, batches)
    batch = next(waiting, None)
    made = None if batch is None else applied(batch, journal.last_seq(STREAM))
    while made is not None:
        finish = made.begin(journal) if made.is_long else None
        batch = next(waiting, None)
        after, fault = None, None
        is_ahead = batch is not None and made.landing is not None and not made.answers_any(batch)
        if finish is None:
            finish = made.begin_beside(journal, committer) if is_ahead else partial(made.land, journal)
        if batch is not None and is_ahead:
            try:
                after = applied(batch, made.last_seq)
            except Exception as error:  # noqa: BLE001 - raised below, when the batch before was told
                fault = error
        finish()
        made.tell(on_commit)
        yield made.replies
        if fault is not None:
            raise fault
        if batch is not None and after is None:
            after = applied(batch, made.last_seq)
        made = after


class Applied(Struct, frozen=True, gc=False, kw_only=True):
    """A batch that the state has moved on by and that is not durable yet, with the replies to come."""

    expected: int
    places: frozenset[str]
    landing: Batch | None
    events: Sequence[AnyEvent]
    seq: int
    at_ms: int
    replies: list[Reply]

    @property
    def last_seq(self) -> int:
        """Where the stream ends once it has landed."""
        return self.expected + (0 if self.landing is None else len(self.landing.payloads))

    @property
    def is_long(self) -> bool:
        """Whether it is worth to be handed over, even where nobody waits behind it.

        Many commands of few requests are. To hand over takes longer than to land, and as many requests of
        one command each, whose askers all wait for it, come again only when they were answered.
        """
        if self.landing is None or len(self.replies) < AHEAD_MIN:
            return False
        requests = len(self.landing.requests) - self.landing.requests.count(None)
        return requests * SHARED_MIN <= len(self.replies)

    def begin(self, journal: Journal) -> Callable[[], object] | None:
        """Begin to land it in a process of the journal's own; return what waits for it, if there is one."""
        return None if self.landing is None else journal.begin(STREAM, self.expected, self.landing)

    def begin_beside(self, journal: Journal, committer: Committer) -> Callable[[], object]:
        """Begin to land it there, or else in the committer's thread, and return what waits for it."""
        assert self.landing is not None
        finish = self.begin(journal)
        if finish is None:
            committer.begin(journal.prepare(STREAM, self.expected, self.landing))
        return finish or committer.finish

    def land(self, journal: Journal) -> None:
        """Make it durable; there is nothing to do where every command was a repeat."""
        if self.landing is not None:
            journal.append(STREAM, self.expected, self.landing)

    def tell(self, on_commit: Listener | None) -> None:
        """Tell what became durable."""
        if on_commit is not None and self.events:
            on_commit(Committed(seq=self.seq, at_ms=self.at_ms, events=tuple(self.events)))

    def answers_any(self, batch: Waiting) -> bool:
        """Tell whether a command of another batch has a key that this one may answer first."""
        return not self.places.isdisjoint(batch.places)


def _applied(
    journal: Journal,
    state: State,
    batch: Waiting,
    *,
    now_ms: int,
    candidates: Candidates,
    hear: Callable[[Sequence[AnyEvent]], None],
    expected: int,
    is_heard: bool,
) -> Applied:
    """Carry a batch out on the state, to land behind `expected`; nothing of it is durable yet."""
    unwritten: list[AnyEvent] = []
    events: list[AnyEvent] = []
    kinds: list[str] = []
    payloads: list[bytes] = []
    new: list[Asked] = []
    kept: list[bytes] = []
    told: list[Reply] = []
    are_new = not journal.knows_any(batch.places)
    # Where a key may come twice, which in nearly every batch none does.
    given = None if are_new and batch.is_distinct else Repeats(journal, are_new=are_new)
    for asked in batch.asked:
        if given is not None:
            again = given.again(asked)
            if again is not None:
                told += again
                continue
        for command in asked.commands:
            result = apply(state, command, now_ms=now_ms, candidates=candidates)
            if isinstance(result, Refused):
                told.append(replies.refused(result))
                continue
            hear(result)
            told.append(
                Reply(
                    is_accepted=True,
                    at_hand=result if is_heard else (),
                    payloads=payloads,
                    begin=len(payloads) + len(unwritten),
                    count=len(result),
                    seq=state.seq,
                    at_ms=now_ms,
                )
            )
            unwritten += result
            if len(unwritten) >= EVENTS_AT_ONCE:
                _write(unwritten, kinds, payloads, events if is_heard else None)
        new.append(asked)
        count = len(asked.commands)
        kept.append(replies.kept_of(told, count, seq=state.seq, at_ms=now_ms))
        if given is not None:
            given.note(asked, told[-count:])
    landing = None
    if new:
        _write(unwritten, kinds, payloads, events if is_heard else None)
        landing = _landing(new, kept, kinds, payloads, at_ms=now_ms)
    return Applied(
        expected=expected,
        places=batch.places,
        landing=landing,
        events=events,
        seq=state.seq,
        at_ms=now_ms,
        replies=told,
    )


def _write(
    unwritten: list[AnyEvent], kinds: list[str], payloads: list[bytes], kept: list[AnyEvent] | None
) -> None:
    """Write the events that are not written yet, and keep them where somebody will be told of them."""
    kinds += [KINDS[type(event)] for event in unwritten]
    payloads += encode_all(unwritten)
    if kept is not None:
        kept += unwritten
    unwritten.clear()


def _landing(
    new: Sequence[Asked],
    kept: Sequence[bytes],
    kinds: Sequence[str],
    payloads: Sequence[bytes],
    *,
    at_ms: int,
) -> Batch:
    """Return what lands of events, and of what is answered for the first time."""
    return Batch(
        at_ms=at_ms,
        kinds=kinds,
        versions=[VERSION] * len(kinds),
        payloads=payloads,
        accounts=[asked.account for asked in new],
        keys=[asked.key for asked in new],
        # What is handed in together under several keys shares its request.
        requests=[
            None if before is not None and asked.request is before.request else asked.request
            for before, asked in zip((None, *new), new, strict=False)
        ],
        answers=kept,
    )
