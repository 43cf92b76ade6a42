"""Base58: known answers of its draft, and there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solvent.runtime.base58 import NotBase58, decode, encode

# draft-msporny-base58-03, "Test Vectors"; the system program's key is 32 zero bytes.
KNOWN = [
    (b"Hello World!", "2NEpo7TZRRrLZSi2U"),
    (
        b"The quick brown fox jumps over the lazy dog.",
        "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
    ),
    (bytes.fromhex("0000287fb4cd"), "11233QC4"),
    (bytes(32), "1" * 32),
    (b"", ""),
]


@pytest.mark.parametrize(("data", "text"), KNOWN)
def test_known_bytes_are_written_and_read_as_published(data: bytes, text: str) -> None:
    assert encode(data) == text
    assert decode(text) == data


@given(st.binary(max_size=80))
def test_what_was_written_is_read_back(data: bytes) -> None:
    assert decode(encode(data)) == data


@pytest.mark.parametrize("text", ["0", "O", "I", "l", "a b", "é", "2" * 129])
def test_what_is_no_base58_is_refused(text: str) -> None:
    with pytest.raises(NotBase58, match="base58"):
        decode(text)
