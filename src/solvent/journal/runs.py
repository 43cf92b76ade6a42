"""Runs: events or answers one behind the other in a row, with a list of what each is and how long.

A row each costs more than all else that a durable command costs: docs/adr/0153-a-row-holds-a-run.md. The
heads are JSON, so that the views of the database give the rows back to whoever reads it by hand.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, chain
from struct import error as struct_error
from typing import Any, TypeVar

import msgspec

from solvent.journal.chain import HASHES, Hash, answers_hash, batch_hash, event_links, hash_of
from solvent.journal.errors import JournalDamaged
from solvent.journal.records import DIGEST_BYTES, Answer, Batch, Head, StoredRecord, digests_of

# A run ends with whichever comes first, so that reading one is bounded however large its batch is.
RUN_ITEMS_MAX = 1_024
RUN_BYTES_MAX = 1 << 20
# A batch of a million events in runs of one still numbers them below this.
RUNS_MAX = 1 << 20

EVENT_RUN_TYPES = (int, int, int, bytes, bytes, bytes)
ANSWER_RUN_TYPES = (int, int, bytes, bytes, bytes)
Row = tuple[Any, ...]
AnswerHead = tuple[str, str, int, int]
Heads = TypeVar("Heads")

_ENCODER = msgspec.json.Encoder()
_EVENT_HEADS = msgspec.json.Decoder(list[tuple[str, int, int]])
_ANSWER_HEADS = msgspec.json.Decoder(list[AnswerHead])


def require_types(row: Row, types: tuple[type, ...], record: str) -> None:
    """Refuse a row whose columns have other types than were written."""
    if tuple(map(type, row)) != types:
        raise JournalDamaged(record, "a column has another type than was written")


def first_place(batch: int) -> int:
    """Return where the runs of a batch begin: its number, and behind it which run of the batch."""
    return batch * RUNS_MAX


def is_one_run(sizes: Sequence[int]) -> bool:
    """Tell whether items of these sizes are one run, or none."""
    return len(sizes) <= RUN_ITEMS_MAX and sum(sizes) <= RUN_BYTES_MAX


def split(sizes: Sequence[int]) -> Iterator[slice]:
    """Yield which items, each of a size, make a run that keeps the limits; nothing for none."""
    if sizes and is_one_run(sizes):
        yield slice(0, len(sizes))
        return
    begin = length = 0
    for place, size in enumerate(sizes):
        if place > begin and (place - begin >= RUN_ITEMS_MAX or length + size > RUN_BYTES_MAX):
            yield slice(begin, place)
            begin, length = place, 0
        length += size
    if sizes:
        yield slice(begin, len(sizes))


def event_runs(
    batch: Batch, *, number: int, first_seq: int, previous: bytes, by: Hash = HASHES[0]
) -> Iterator[Row]:
    """Yield the rows of a batch's events: place, first and last seq, links, heads, payloads."""
    sizes = [len(payload) for payload in batch.payloads]
    for place, part in enumerate(split(sizes), start=first_place(number)):
        kinds, versions, payloads = batch.kinds[part], batch.versions[part], batch.payloads[part]
        events = zip(kinds, versions, payloads, strict=True)
        links = event_links(previous, first_seq, batch.at_ms, events, by=by)
        heads = _ENCODER.encode(list(zip(kinds, versions, sizes[part], strict=True)))
        last_seq = first_seq + len(payloads) - 1
        yield place, first_seq, last_seq, b"".join(links), heads, b"".join(payloads)
        first_seq = last_seq + 1
        previous = links[-1]


def answer_runs(batch: Batch, *, first: int) -> Iterator[Row]:
    """Yield the rows of a batch's answers: number of the first and of the last, heads, bodies, hash."""
    digests = digests_of(batch.requests)
    yield from answer_rows(batch.accounts, batch.keys, digests, batch.answers, first=first)


def answer_rows(
    accounts: Sequence[str],
    keys: Sequence[str],
    digests: Sequence[bytes],
    answers: Sequence[bytes],
    *,
    first: int,
) -> Iterator[Row]:
    """Yield the rows of answers whose requests have these digests, as `answer_runs` does."""
    sizes = [len(answer) for answer in answers]
    for part in split(sizes):
        lengths = map(len, digests[part])
        heads = _ENCODER.encode(list(zip(accounts[part], keys[part], lengths, sizes[part], strict=True)))
        bodies = b"".join(chain.from_iterable(zip(digests[part], answers[part], strict=True)))
        last = first + part.stop - part.start - 1
        yield first, last, heads, bodies, answers_hash(first, heads, bodies)
        first = last + 1


def batch_row(
    batch: Batch,
    answers: Sequence[Row],
    *,
    number: int,
    stream: str,
    first_answer: int,
    head: Head,
    previous: bytes,
) -> Row:
    """Return the row of a batch whose answers are in these runs; its last column is its hash.

    `head` is the stream's after the batch, `previous` the hash of the batch before it.
    """
    first_seq = head.seq + 1 - len(batch.payloads)
    hashes = hash_of(*(row[-1] for row in answers))
    made = batch_hash(
        previous,
        stream=stream,
        number=number,
        first_seq=first_seq,
        last_seq=head.seq,
        at_ms=batch.at_ms,
        first_answer=first_answer,
        answers=len(batch.answers),
        answers_hash=hashes,
        head=head.hash,
    )
    numbers = (first_seq, head.seq, batch.at_ms, first_answer, len(batch.answers))
    return (number, stream, *numbers, hashes, head.hash, made)


def events_of(row: Row, *, stream: str, at_ms: int, after_seq: int, through_seq: int) -> list[StoredRecord]:
    """Return the events of a run after one seq and through another; their hashes are not checked yet.

    Errors: `JournalDamaged` naming the run.
    """
    _, first_seq, last_seq, links, heads, payloads = row
    run = _named("event", first_seq, last_seq, of=f" of {stream}")
    known = _heads(_EVENT_HEADS, heads, run)
    ends = _ends([length for _, _, length in known], payloads, run)
    if not 0 < len(known) * DIGEST_BYTES == len(links) == (last_seq - first_seq + 1) * DIGEST_BYTES:
        raise JournalDamaged(run, "there are not as many heads and hashes as events")
    wanted = range(max(after_seq + 1 - first_seq, 0), min(through_seq + 1 - first_seq, len(known)))
    return [
        StoredRecord(
            seq=first_seq + place,
            at_ms=at_ms,
            kind=known[place][0],
            version=known[place][1],
            payload=payloads[ends[place] : ends[place + 1]],
            hash=links[place * DIGEST_BYTES : (place + 1) * DIGEST_BYTES],
        )
        for place in wanted
    ]


def events_in(rows: Iterable[Row], *, stream: str, after_seq: int, through_seq: int) -> list[StoredRecord]:
    """Return the events after one seq and through another out of runs that lie behind each other.

    A row is the moment of a run's batch, and the run's columns. What the events hash to is not checked yet.
    Errors: `JournalDamaged` where one is missing.
    """
    found: list[StoredRecord] = []
    seq = after_seq
    for row in rows:
        at_ms, *run = row
        require_types(row, (int, *EVENT_RUN_TYPES), f"the run of event {seq + 1} of {stream}")
        _, first_seq, last_seq, *_ = run
        if first_seq > seq + 1 or (found and first_seq != seq + 1):
            raise JournalDamaged(
                f"event {seq + 1} of {stream}", f"it is missing; the next one there is {first_seq}"
            )
        found += events_of(
            tuple(run), stream=stream, at_ms=at_ms, after_seq=after_seq, through_seq=through_seq
        )
        seq = min(last_seq, through_seq)
        if seq == through_seq:
            return found
    raise JournalDamaged(f"event {seq + 1} of {stream}", "it is missing")


def link_at(row: Row, stream: str, seq: int) -> bytes | None:
    """Return the hash of one event out of the first seq and the links of its run; none where it is not there.

    Errors: `JournalDamaged` naming the run.
    """
    require_types(row, (int, bytes), f"the run of event {seq} of {stream}")
    first_seq, links = row
    at = (seq - first_seq) * DIGEST_BYTES
    return bytes(links[at : at + DIGEST_BYTES]) if 0 <= at < len(links) else None


def require_chain(found: Sequence[StoredRecord], *, stream: str, previous: bytes) -> None:
    """Refuse events of one run, one behind the other, whose hashes do not follow from `previous`.

    Errors: `JournalDamaged` naming the first one.
    """
    links = b"".join([one.hash for one in found])
    if any(is_hash(links, _links, previous, found, by=by) for by in HASHES):
        return
    for one in found:
        if not any(is_hash(one.hash, _links, previous, (one,), by=by) for by in HASHES):
            raise JournalDamaged(
                f"event {one.seq} of {stream}", "its hash does not follow from the one before and its bytes"
            )
        previous = one.hash


def require_answers(row: Row) -> list[AnswerHead]:
    """Return account, key and both lengths of each answer of a run whose columns have their types.

    Errors: `JournalDamaged` naming the run.
    """
    first, last, heads, bodies, found_hash = row
    run = _named("answer", first, last)
    if not any(is_hash(found_hash, answers_hash, first, heads, bodies, by=by) for by in HASHES):
        raise JournalDamaged(run, "the hash does not follow from the bytes")
    found = _heads(_ANSWER_HEADS, heads, run)
    if not 0 < len(found) == last - first + 1:
        raise JournalDamaged(run, f"there are {len(found)} of them")
    return found


def answer_in(row: Row, account: str, key: str) -> Answer | None:
    """Return the answer to a key out of a run whose columns have their types; none where it has none.

    Errors: `JournalDamaged` naming the run.
    """
    begin, bodies = 0, row[3]
    for found_account, found_key, digest_bytes, answer_bytes in require_answers(row):
        between = begin + digest_bytes
        end = between + answer_bytes
        if found_key == key and found_account == account:
            return Answer(
                account=account, key=key, request_digest=bodies[begin:between], answer=bodies[between:end]
            )
        begin = end
    return None


def answered_keys(first: int, last: int, heads: bytes) -> list[tuple[str, str]]:
    """Return account and key of each answer of a run.

    Errors: `JournalDamaged` naming the run.
    """
    return [
        (account, key) for account, key, *_ in _heads(_ANSWER_HEADS, heads, _named("answer", first, last))
    ]


def is_hash(found: bytes, make: Callable[..., bytes], *parts: Any, **named: Any) -> bool:
    """Tell whether a hash is the right one; numbers that do not fit its layout have none."""
    try:
        return make(*parts, **named) == found
    except (struct_error, OverflowError):
        return False


def _links(previous: bytes, found: Sequence[StoredRecord], *, by: Hash) -> bytes:
    if not found:
        return b""
    events = ((one.kind, one.version, one.payload) for one in found)
    return b"".join(event_links(previous, found[0].seq, found[0].at_ms, events, by=by))


def _named(kind: str, first: int, last: int, *, of: str = "") -> str:
    return f"{kind} {first}{of}" if first == last else f"{kind}s {first} to {last}{of}"


def _heads(decoder: msgspec.json.Decoder[list[Heads]], heads: bytes, run: str) -> list[Heads]:
    try:
        return decoder.decode(heads)
    except ValueError as error:
        raise JournalDamaged(run, f"the list of them cannot be read: {error}") from error


def _ends(lengths: list[int], joined: bytes, run: str) -> list[int]:
    """Return where the parts begin that bytes were joined from, and where the last one ends."""
    ends = [0, *accumulate(lengths)]
    if min(lengths, default=0) < 0 or ends[-1] != len(joined):
        raise JournalDamaged(run, "the bytes are not as many as the list of them says")
    return ends
