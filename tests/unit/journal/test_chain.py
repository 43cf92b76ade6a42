"""The bytes that every hash is made of: whoever changes one of these changes the format."""

from hashlib import blake2b

import pytest

from solvent.journal import MEMORY, Answer, Batch, Record, digest_of, open_journal
from solvent.journal.chain import (
    NO_HASH,
    answer_hash,
    batch_hash,
    batch_seed,
    event_hash,
    genesis_hash,
    snapshot_hash,
    stream_seed,
)

ANSWER = Answer(account="alice", key="k1", request_digest=b"\x01\x02", answer=b"ok")


def by_hand(*parts: bytes) -> str:
    return blake2b(b"".join(parts), digest_size=32).hexdigest()


def test_an_event_is_hashed_over_the_one_before_seq_kind_version_moment_and_payload() -> None:
    made = event_hash(NO_HASH, 7, "taken", 3, 1_700_000_000_000, b"payload")
    assert made.hex() == by_hand(
        bytes(32),
        (7).to_bytes(8, "big"),
        b"\x00\x05taken",
        (3).to_bytes(4, "big"),
        (1_700_000_000_000).to_bytes(8, "big"),
        b"payload",
    )
    assert made.hex() == "22be13781cb673744879d931308ee73ae4e9aa84da1422f80c46d58dc0b2671c"


def test_an_answer_is_hashed_over_its_number_and_all_of_its_parts() -> None:
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


def test_a_whole_journal_of_format_1_has_the_head_that_it_always_had() -> None:
    with open_journal(MEMORY, venue_id="venue-1") as journal:
        journal.append(
            "main",
            0,
            Batch(
                at_ms=1_700_000_000_000,
                records=(Record("taken", 1, b"one"), Record("öffnet", 2, bytes(range(256)))),
                answers=(ANSWER,),
            ),
        )
        assert (
            journal.head("main").hash.hex()
            == "00fdc179cef163e741583eb3ed9d64450e58bbc086aaa4cbfa821e63a678f167"
        )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (event_hash(NO_HASH, 1, "ab", 1, 1, b"c"), event_hash(NO_HASH, 1, "a", 1, 1, b"bc")),
        (stream_seed("ab", "c"), stream_seed("a", "bc")),
        (snapshot_hash("a", 1, NO_HASH, 1, b""), snapshot_hash("b", 1, NO_HASH, 1, b"")),
    ],
)
def test_moving_a_letter_from_one_field_to_the_next_changes_the_hash(one: bytes, other: bytes) -> None:
    assert one != other


def test_the_digest_of_a_request_is_that_of_its_bytes() -> None:
    assert digest_of(b"take 5").hex() == by_hand(b"take 5")
