"""Every hash of the journal, byte for byte: another store must make the same ones.

Events and answers, hashed for each command, have SHA-256, which processors compute themselves; all else has
BLAKE2b with 256 bits, as those two had before format 3. Numbers are big-endian; a text is its UTF-8 bytes
behind their length in two bytes. The decision is docs/adr/0213-events-are-linked-by-sha-256.md.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from hashlib import blake2b, sha256
from struct import Struct as Layout
from typing import Any

from solvent.journal.records import DIGEST_BYTES

NO_HASH = bytes(DIGEST_BYTES)
# Takes bytes, and has their `digest`.
Hash = Callable[[bytes], Any]
BLAKE2B: Hash = partial(blake2b, digest_size=DIGEST_BYTES)
# What events and answers may be hashed by: as they are written now, and as they were up to format 2.
HASHES: tuple[Hash, ...] = (sha256, BLAKE2B)
_LENGTH = Layout(">H")
_GENESIS = Layout(">I")
_VERSION_AT = Layout(">Iq")
_BATCH = Layout(">QQQqQI")
_SNAPSHOT = Layout(">QI")


def hash_of(*parts: bytes, by: Hash = BLAKE2B) -> bytes:
    """Return the hash of parts one after another."""
    made: bytes = by(b"".join(parts)).digest()
    return made


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


def event_links(
    previous: bytes,
    first_seq: int,
    at_ms: int,
    events: Iterable[tuple[str, int, bytes]],
    *,
    by: Hash = sha256,
) -> list[bytes]:
    """Return the hash of each event: previous ‖ seq ‖ kind ‖ version ‖ at_ms ‖ payload.

    An event is its kind, its version and its payload.
    """
    found: list[bytes] = []
    link, head = previous, b""
    last_kind, last_version = "", -1
    for seq, (kind, version, payload) in enumerate(events, first_seq):
        if kind != last_kind or version != last_version:
            last_kind, last_version = kind, version
            head = _text(kind) + _VERSION_AT.pack(version, at_ms)
        link = by(link + seq.to_bytes(8, "big") + head + payload).digest()
        found.append(link)
    return found


def answers_hash(first: int, heads: bytes, bodies: bytes, *, by: Hash = sha256) -> bytes:
    """Return the hash of a run of answers: number of the first ‖ length of the heads ‖ heads ‖ bodies."""
    return hash_of(first.to_bytes(8, "big"), len(heads).to_bytes(8, "big"), heads, bodies, by=by)


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
    """Return the hash of one batch: its boundaries, its answers and the stream's head after it.

    `answers_hash` is that of the hashes of its runs of answers.
    """
    numbers = _BATCH.pack(number, first_seq, last_seq, at_ms, first_answer, answers)
    return hash_of(previous, _text(stream), numbers, answers_hash, head)


def snapshot_hash(stream: str, seq: int, head: bytes, format_version: int, payload: bytes) -> bytes:
    """Return the hash of one snapshot; the head ties it to the events that it stands for."""
    return hash_of(_text(stream), _SNAPSHOT.pack(seq, format_version), head, payload)
