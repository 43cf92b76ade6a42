import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nacl.signing import SigningKey

from solvent.api.signing import (
    Signature,
    SignatureInvalid,
    SigningRefused,
    identity_of,
    read_key,
    read_signature,
    verify,
)
from solvent.runtime import base58

WALLET = SigningKey(bytes(range(32)))
PUBLIC = base58.encode(bytes(WALLET.verify_key))
TEXT = "Withdraw 0.5 wETH"


def signed(text: str, wallet: SigningKey = WALLET) -> Signature:
    return Signature(
        base58.encode(bytes(wallet.verify_key)),
        base64.b64encode(wallet.sign(text.encode()).signature).decode(),
    )


@pytest.mark.parametrize("form", ["base64", "base58"])
def test_a_signature_is_accepted_in_either_form(form: str) -> None:
    raw = WALLET.sign(TEXT.encode()).signature
    text = base64.b64encode(raw).decode() if form == "base64" else base58.encode(raw)
    verify(TEXT, Signature(PUBLIC, text))


def test_a_signature_over_another_text_is_no_signature() -> None:
    with pytest.raises(SignatureInvalid, match="did not sign this text"):
        verify(TEXT + "\n", signed(TEXT))


def test_another_wallets_signature_is_no_signature() -> None:
    other = signed(TEXT, SigningKey(bytes(32)))
    with pytest.raises(SignatureInvalid):
        verify(TEXT, Signature(PUBLIC, other.signature))


@given(st.integers(0, 511))
def test_a_signature_with_one_bit_turned_is_no_signature(bit: int) -> None:
    raw = bytearray(WALLET.sign(TEXT.encode()).signature)
    raw[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SignatureInvalid):
        verify(TEXT, Signature(PUBLIC, base58.encode(bytes(raw))))


def test_a_second_form_of_a_signature_is_refused() -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    raw = WALLET.sign(TEXT.encode()).signature
    shifted = int.from_bytes(raw[32:], "little") + order
    forged = raw[:32] + shifted.to_bytes(32, "little")
    with pytest.raises(SignatureInvalid):
        verify(TEXT, Signature(PUBLIC, base58.encode(forged)))


# Points of order 1, 2, 4 and 8, under which one signature would fit many texts.
@pytest.mark.parametrize(
    "point",
    [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    ],
)
def test_a_key_of_small_order_signs_nothing(point: str) -> None:
    key = base58.encode(bytes.fromhex(point))
    for first in (bytes.fromhex(point), b"\1" + bytes(31)):
        with pytest.raises(SignatureInvalid):
            verify(TEXT, Signature(key, base58.encode(first + bytes(32))))


@pytest.mark.parametrize(
    "key",
    [
        "",
        "1",
        PUBLIC[:-2],
        PUBLIC + "11",
        "1" + PUBLIC,
        PUBLIC.replace(PUBLIC[3], "0"),
        "l" * 44,
        "é" * 44,
        "1" * 10_000,
    ],
)
def test_what_cannot_be_a_key_is_refused_in_a_sentence(key: str) -> None:
    with pytest.raises(SigningRefused, match="give 32 bytes of an ed25519 key") as refused:
        read_key(key)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    "text",
    [
        "",
        "=",
        "==",
        "A" * 86 + "=",
        signed(TEXT).signature[:-4] + "==",
        signed(TEXT).signature[4:],
        "1" * 63,
        "1" * 65,
        base64.b64encode(bytes(63)).decode(),
        base64.b64encode(bytes(65)).decode(),
        signed(TEXT).signature + "\n",
    ],
)
def test_what_cannot_be_a_signature_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(SigningRefused, match="the signature is not 64 bytes"):
        read_signature(text)


def test_an_identity_is_made_of_a_key_alone() -> None:
    assert identity_of(PUBLIC) == f"solana:{PUBLIC}"
    with pytest.raises(SigningRefused):
        identity_of("alice")
