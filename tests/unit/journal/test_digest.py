"""A request's digest: BLAKE2b of all of it, however long it is."""

from hashlib import blake2b

import pytest

from solvent.journal import digest_of
from solvent.journal.records import DIGEST_BYTES, HASHED_AT_ONCE


@pytest.mark.parametrize(
    "length",
    [0, 1, HASHED_AT_ONCE - 1, HASHED_AT_ONCE, HASHED_AT_ONCE + 1, 2 * HASHED_AT_ONCE, 32 * 1024 + 7],
)
def test_a_digest_is_that_of_the_whole_request(length: int) -> None:
    request = bytes(number * 31 % 251 for number in range(length))
    assert digest_of(request) == blake2b(request, digest_size=DIGEST_BYTES).digest()
