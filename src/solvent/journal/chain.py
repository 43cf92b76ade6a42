"""Every hash of the journal, byte for byte: another store must make the same ones.

All are BLAKE2b with 256 bits. Numbers are big-endian; a text is its UTF-8 bytes behind their length in two
bytes.
"""

from functools import lru_cache
from hashlib import blake2b
from struct import Struct as Layout

from solvent.journal.records import DIGEST_BYTES, Answer

NO_HASH = bytes(DIGEST_BYTES)
_LENGTH = Layout(">H")
_GENESIS = Layout(">I")
_VERSION_AT = Layout(">Iq")
_SIZES = Layout(">HI")
_BATCH = Layout(">QQQqQI")
_SNAPSHOT = Layout(">QI")


def hash_of(*parts: bytes) -> bytes:
    """Return the hash of parts one after another."""
    return blake2b(b"".join(parts), digest_size=DIGEST_BYTES).digest()


@lru_cache(maxsize=1_024)
def _text(text: str) -> bytes:
    data = text.encode()
    return _LENGTH.pack(len(data)) + data


def genesis_hash(venue_id: str, format_version: int) -> bytes:
    """Return what guards the genesis row. It stays the same in every format."""
    return hash_of(b"solvent genesis", _text(venue_id), _GENESIS.pack(format_version))


def stream_seed(venue_id: str, stream: str) -> bytes:
    """Return the hash before a stream's first event: no chain fits another venue or stream."""
    return hash_of(b"solvent stream", _text(venue_id), _text(stream))


def batch_seed(venue_id: str) -> bytes:
    """Return the hash before the first batch."""
    return hash_of(b"solvent batches", _text(venue_id))


def event_hash(previous: bytes, seq: int, kind: str, version: int, at_ms: int, payload: bytes) -> bytes:
    """Return the hash of one event: previous ‖ seq ‖ kind ‖ version ‖ at_ms ‖ payload."""
    head = _text(kind) + _VERSION_AT.pack(version, at_ms)
    return blake2b(
        b"".join((previous, seq.to_bytes(8, "big"), head, payload)), digest_size=DIGEST_BYTES
    ).digest()


def answer_hash(number: int, answer: Answer) -> bytes:
    """Return the hash of one answer: number ‖ account ‖ key ‖ sizes ‖ request digest ‖ answer."""
    account, key = answer.account.encode(), answer.key.encode()
    return blake2b(
        b"".join(
            (
                number.to_bytes(8, "big"),
                _SIZES.pack(len(account), len(key)),
                account,
                key,
                _SIZES.pack(len(answer.request_digest), len(answer.answer)),
                answer.request_digest,
                answer.answer,
            )
        ),
        digest_size=DIGEST_BYTES,
    ).digest()


def batch_hash(
    previous: bytes,
    *,
    stream: str,
    number: int,
    first_seq: int,
    last_seq: int,
    at_ms: int,
    first_answer: int,
    answers: int,
    answers_hash: bytes,
    head: bytes,
) -> bytes:
    """Return the hash of one batch: its boundaries, its answers and the stream's head after it."""
    numbers = _BATCH.pack(number, first_seq, last_seq, at_ms, first_answer, answers)
    return hash_of(previous, _text(stream), numbers, answers_hash, head)


def snapshot_hash(stream: str, seq: int, head: bytes, format_version: int, payload: bytes) -> bytes:
    """Return the hash of one snapshot; the head ties it to the events that it stands for."""
    return hash_of(_text(stream), _SNAPSHOT.pack(seq, format_version), head, payload)
