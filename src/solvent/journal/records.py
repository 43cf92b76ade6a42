"""What goes into a journal and what comes out, with the limits that every store keeps."""

from collections.abc import Collection
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


class Answer(Struct, frozen=True, gc=False, kw_only=True, array_like=True):
    """The first answer to a command key, and the digest of the request that it answered."""

    account: str
    key: str
    request_digest: bytes
    answer: bytes

    def is_to(self, request: bytes) -> bool:
        """Tell whether this answered the same request; the same key with another body did not."""
        return self.request_digest == digest_of(request)


class Batch(Struct, frozen=True, gc=False, kw_only=True, array_like=True):
    """What lands together or not at all. Refused commands leave an answer and need no record."""

    at_ms: int
    records: tuple[Record, ...] = ()
    answers: tuple[Answer, ...] = ()


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
    """Return the digest of a request's body, for `Answer.request_digest`."""
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


def require_batch(batch: Batch) -> None:
    """Refuse a batch outside the limits, before anything is written.

    Errors: `InputRefused` naming the record or answer, and the limit.
    """
    require_between(batch.at_ms, 0, AT_MS_MAX, "at_ms")
    require_between(len(batch.records), 0, BATCH_RECORDS_MAX, "the number of records in a batch")
    require_between(len(batch.answers), 0, BATCH_ANSWERS_MAX, "the number of answers in a batch")
    if not batch.records and not batch.answers:
        raise InputRefused("the batch is empty; give at least one record or answer")
    for kind, version in {(record.kind, record.version) for record in batch.records}:
        require_name(kind, "kind")
        require_between(version, 0, VERSION_MAX, f"the version of {kind}")
    for record in batch.records:
        if len(record.payload) > PAYLOAD_BYTES_MAX:
            raise InputRefused(
                f"a payload of {record.kind} has {len(record.payload)} bytes; "
                f"give at most {PAYLOAD_BYTES_MAX}"
            )
    require_names({answer.account for answer in batch.answers}, "account")
    require_names([answer.key for answer in batch.answers], "key")
    for length in {len(answer.request_digest) for answer in batch.answers}:
        require_between(length, 1, DIGEST_BYTES, "the length of a request digest")
    longest = max([len(answer.answer) for answer in batch.answers], default=0)
    require_between(longest, 0, PAYLOAD_BYTES_MAX, "the length of an answer")


def require_names(names: Collection[str], what: str) -> None:
    """Refuse the first name that is none; all of them are looked at in one go, as nearly all of them are."""
    lengths = [len(name) for name in names]
    if lengths and (min(lengths) < 1 or max(lengths) > NAME_CHARS_MAX or not "".join(names).isprintable()):
        for name in names:
            require_name(name, what)
