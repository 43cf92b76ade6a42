"""The bytes that every hash is made of: whoever changes one of these changes the format."""

from hashlib import blake2b, sha256

import pytest

from solvent.journal import MEMORY, Answer, Answered, Record, batch_of, digest_of, open_journal
from solvent.journal.chain import (
    BLAKE2B,
    NO_HASH,
    answers_hash,
    batch_hash,
    batch_seed,
    event_links,
    genesis_hash,
    snapshot_hash,
    stream_seed,
)
from solvent.journal.format_1 import answer_hash
from solvent.journal.runs import answer_rows

ANSWER = Answer(account="alice", key="k1", request_digest=b"\x01\x02", answer=b"ok")


def by_hand(*parts: bytes) -> str:
    return blake2b(b"".join(parts), digest_size=32).hexdigest()


def sha_by_hand(*parts: bytes) -> str:
    return sha256(b"".join(parts)).hexdigest()


def event_hash(seq: int, kind: str, payload: bytes) -> bytes:
    """Return the hash of an event that is the first of its chain."""
    return event_links(NO_HASH, seq, 1_700_000_000_000, [(kind, 3, payload)])[0]


def test_an_event_is_hashed_over_the_one_before_seq_kind_version_moment_and_payload() -> None:
    made = event_hash(7, "taken", b"payload")
    parts = (
        bytes(32),
        (7).to_bytes(8, "big"),
        b"\x00\x05taken",
        (3).to_bytes(4, "big"),
        (1_700_000_000_000).to_bytes(8, "big"),
        b"payload",
    )
    assert made.hex() == sha_by_hand(*parts)
    (old,) = event_links(NO_HASH, 7, 1_700_000_000_000, [("taken", 3, b"payload")], by=BLAKE2B)
    assert old.hex() == by_hand(*parts)
    assert old.hex() == "22be13781cb673744879d931308ee73ae4e9aa84da1422f80c46d58dc0b2671c"


def test_the_events_of_a_batch_are_hashed_one_after_the_other() -> None:
    events = [("one", 1, b"1"), ("two", 2, b"2"), ("one", 2, b"3"), ("one", 1, b"")]
    links = event_links(NO_HASH, 5, 9, events)
    previous = NO_HASH
    for seq, (event, link) in enumerate(zip(events, links, strict=True), start=5):
        assert link == event_links(previous, seq, 9, [event])[0]
        previous = link


def test_a_run_of_answers_is_hashed_over_the_number_of_the_first_the_heads_and_the_bodies() -> None:
    digests = [ANSWER.request_digest] * 2
    rows = answer_rows(["alice"] * 2, ["k1"] * 2, digests, [b"ok"] * 2, first=9)
    ((first, last, heads, bodies, made),) = rows
    assert (first, last) == (9, 10)
    assert heads == b'[["alice","k1",2,2],["alice","k1",2,2]]'
    assert bodies == b"\x01\x02ok\x01\x02ok"
    parts = ((9).to_bytes(8, "big"), len(heads).to_bytes(8, "big"), heads, bodies)
    assert made.hex() == sha_by_hand(*parts)
    assert answers_hash(9, heads, bodies, by=BLAKE2B).hex() == by_hand(*parts)


def test_an_answer_of_format_1_is_hashed_over_its_number_and_all_of_its_parts() -> None:
    made = answer_hash(9, ANSWER)
    sizes, more = b"\x00\x05\x00\x00\x00\x02", b"\x00\x02\x00\x00\x00\x02"
    assert made.hex() == by_hand((9).to_bytes(8, "big"), sizes, b"alicek1", more, b"\x01\x02ok")


def test_a_batch_is_hashed_over_the_one_before_its_boundaries_and_what_it_holds() -> None:
    made = batch_hash(
        NO_HASH,
        stream="main",
        number=1,
        first_seq=2,
        last_seq=3,
        at_ms=4,
        first_answer=5,
        answers=6,
        answers_hash=b"a" * 32,
        head=b"h" * 32,
    )
    numbers = b"".join(number.to_bytes(8, "big") for number in (1, 2, 3, 4, 5))
    assert made.hex() == by_hand(
        bytes(32), b"\x00\x04main", numbers, (6).to_bytes(4, "big"), b"a" * 32, b"h" * 32
    )


def test_genesis_seeds_and_snapshots_are_hashed_over_names_with_their_lengths() -> None:
    venue = b"\x00\x02v1"
    assert genesis_hash("v1", 1).hex() == by_hand(b"solvent genesis", venue, b"\x00\x00\x00\x01")
    assert stream_seed("v1", "main").hex() == by_hand(b"solvent stream", venue, b"\x00\x04main")
    assert batch_seed("v1").hex() == by_hand(b"solvent batches", venue)
    assert snapshot_hash("main", 5, b"h" * 32, 2, b"state").hex() == by_hand(
        b"\x00\x04main", (5).to_bytes(8, "big"), (2).to_bytes(4, "big"), b"h" * 32, b"state"
    )


def test_a_whole_journal_has_the_head_that_its_format_always_had() -> None:
    with open_journal(MEMORY, venue_id="venue-1") as journal:
        journal.append(
            "main",
            0,
            batch_of(
                [Record("taken", 1, b"one"), Record("öffnet", 2, bytes(range(256)))],
                [Answered(account="alice", key="k1", request=b"take 5", answer=b"ok")],
                at_ms=1_700_000_000_000,
            ),
        )
        assert (
            journal.head("main").hash.hex()
            == "4bac0a3e3fedf3b160863a7cc8ba22be82acd4c1414f22b9242d9822ac0e607f"
        )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (event_hash(1, "ab", b"c"), event_hash(1, "a", b"bc")),
        (answers_hash(1, b"ab", b"c"), answers_hash(1, b"a", b"bc")),
        (stream_seed("ab", "c"), stream_seed("a", "bc")),
        (snapshot_hash("a", 1, NO_HASH, 1, b""), snapshot_hash("b", 1, NO_HASH, 1, b"")),
    ],
)
def test_moving_a_letter_from_one_field_to_the_next_changes_the_hash(one: bytes, other: bytes) -> None:
    assert one != other


def test_the_digest_of_a_request_is_that_of_its_bytes() -> None:
    assert digest_of(b"take 5").hex() == by_hand(b"take 5")
