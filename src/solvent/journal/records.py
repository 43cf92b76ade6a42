"""What goes into a journal and what comes out, with the limits that every store keeps."""

from collections.abc import Collection, Iterable, Sequence
from hashlib import blake2b

from msgspec import Struct

from solvent.journal.errors import InputRefused

NAME_CHARS_MAX = 256
PAYLOAD_BYTES_MAX = 1 << 20
# One tick may liquidate every position of a market, and lands whole.
BATCH_RECORDS_MAX = 1_000_000
BATCH_ANSWERS_MAX = 10_000
READ_RECORDS_MAX = 10_000
# What SQLite takes for one value is a thousand million bytes, and a little goes to the other columns.
SNAPSHOT_BYTES_MAX = 999_000_000
PRUNED_BATCHES_MAX = 1_000
VERSION_MAX = (1 << 31) - 1
AT_MS_MAX = (1 << 63) - 1
DIGEST_BYTES = 32
# For more at once Python gives the interpreter up, and the writer waits to get it back far longer than that
# takes; whole blocks of the hash.
HASHED_AT_ONCE = 1_920
RETENTION_MS_MIN = 7 * 24 * 3_600_000


class Record(Struct, frozen=True, gc=False, array_like=True):
    """One event as bytes: the kind and version say how to read the payload, which nobody here does."""

    kind: str
    version: int
    payload: bytes


class Answered(Struct, frozen=True, gc=False, kw_only=True):
    """The first answer to a command key, with the request that it answers: what is handed in."""

    account: str
    key: str
    request: bytes
    answer: bytes


class Answer(Struct, frozen=True, gc=False, kw_only=True):
    """The first answer to a command key, and the digest of the request that it answered: what is kept."""

    account: str
    key: str
    request_digest: bytes
    answer: bytes

    def is_to(self, request: bytes) -> bool:
        """Tell whether this answered the same request; the same key with another body did not."""
        return self.request_digest == digest_of(request)


class Batch(Struct, frozen=True, gc=False, kw_only=True, array_like=True):
    """What lands together or not at all: events and answers, column by column.

    An event is a kind, a version and a payload; an answer is an account, a key, the request that it answers
    and its own bytes. Refused commands leave an answer and no event. A request that is none is that of the
    answer before, as the steps of one text share it.
    """

    at_ms: int
    kinds: Sequence[str] = ()
    versions: Sequence[int] = ()
    payloads: Sequence[bytes] = ()
    accounts: Sequence[str] = ()
    keys: Sequence[str] = ()
    requests: Sequence[bytes | None] = ()
    answers: Sequence[bytes] = ()


def batch_of(records: Iterable[Record] = (), answered: Iterable[Answered] = (), *, at_ms: int) -> Batch:
    """Return a batch of some events and answers."""
    events, answers = tuple(records), tuple(answered)
    return Batch(
        at_ms=at_ms,
        kinds=[one.kind for one in events],
        versions=[one.version for one in events],
        payloads=[one.payload for one in events],
        accounts=[one.account for one in answers],
        keys=[one.key for one in answers],
        requests=[one.request for one in answers],
        answers=[one.answer for one in answers],
    )


class StoredRecord(Struct, frozen=True, gc=False, kw_only=True):
    """A record as it is kept: its place, its moment, and the hash of the chain up to and including it."""

    seq: int
    at_ms: int
    kind: str
    version: int
    payload: bytes
    hash: bytes

    @property
    def record(self) -> Record:
        """What was handed in."""
        return Record(self.kind, self.version, self.payload)


class Head(Struct, frozen=True, gc=False, kw_only=True):
    """The end of a stream: the last seq, 0 before the first, and the hash of the chain up to it."""

    seq: int
    hash: bytes


class Snapshot(Struct, frozen=True, gc=False, kw_only=True):
    """The state after `seq`, as bytes in a format of the engine's."""

    seq: int
    format: int
    payload: bytes


class Pruned(Struct, frozen=True, gc=False, kw_only=True):
    """What one call of `prune` removed, and whether there is more to remove."""

    answers: int
    is_done: bool


def digest_of(request: bytes) -> bytes:
    """Return the digest of a request's body: `Answer.request_digest`."""
    made = blake2b(request[:HASHED_AT_ONCE], digest_size=DIGEST_BYTES)
    for begin in range(HASHED_AT_ONCE, len(request), HASHED_AT_ONCE):
        made.update(request[begin : begin + HASHED_AT_ONCE])
    return made.digest()


def require_name(name: str, what: str) -> None:
    """Refuse a stream, kind, account, key or venue id that is empty, too long or not printable."""
    if not (0 < len(name) <= NAME_CHARS_MAX and name.isprintable()):
        raise InputRefused(f"the {what} is {name!r:.80}; give 1 to {NAME_CHARS_MAX} printable characters")


def require_between(number: int, low: int, high: int, what: str) -> None:
    """Refuse a number outside its limits."""
    if not low <= number <= high:
        raise InputRefused(f"{what} is {number}; give {low} to {high}")


def digests_of(requests: Iterable[bytes | None]) -> list[bytes]:
    """Return the digest of each request, of which the first is one, as `Batch.requests` has them."""
    found: list[bytes] = []
    for request in requests:
        found.append(found[-1] if request is None else digest_of(request))
    return found


def require_batch(batch: Batch) -> None:
    """Refuse a batch outside the limits, before anything is written.

    Errors: `InputRefused` naming the record or answer, and the limit.
    """
    events, answers = len(batch.payloads), len(batch.answers)
    require_between(batch.at_ms, 0, AT_MS_MAX, "at_ms")
    require_between(events, 0, BATCH_RECORDS_MAX, "the number of records in a batch")
    require_between(answers, 0, BATCH_ANSWERS_MAX, "the number of answers in a batch")
    if not events and not answers:
        raise InputRefused("the batch is empty; give at least one record or answer")
    if {len(batch.kinds), len(batch.versions)} != {events} or (
        {len(batch.accounts), len(batch.keys), len(batch.requests)} != {answers}
    ):
        raise InputRefused("the columns of the batch are not equally long; give each event and answer whole")
    if answers and batch.requests[0] is None:
        raise InputRefused("the first answer of the batch has no request; give it")
    for kind, version in set(zip(batch.kinds, batch.versions, strict=True)):
        require_name(kind, "kind")
        require_between(version, 0, VERSION_MAX, f"the version of {kind}")
    longest = max(map(len, batch.payloads), default=0)
    if longest > PAYLOAD_BYTES_MAX:
        kind = batch.kinds[[len(payload) for payload in batch.payloads].index(longest)]
        raise InputRefused(f"a payload of {kind} has {longest} bytes; give at most {PAYLOAD_BYTES_MAX}")
    require_names(set(batch.accounts), "account")
    require_names(batch.keys, "key")
    longest = max(map(len, batch.answers), default=0)
    require_between(longest, 0, PAYLOAD_BYTES_MAX, "the length of an answer")


def require_names(names: Collection[str], what: str) -> None:
    """Refuse the first name that is none; all of them are looked at in one go, as nearly all of them are."""
    lengths = [len(name) for name in names]
    if lengths and (min(lengths) < 1 or max(lengths) > NAME_CHARS_MAX or not "".join(names).isprintable()):
        for name in names:
            require_name(name, what)
