"""Wallets' signatures: ed25519 over the bytes of a text, keys in base58 as Solana's wallets write them."""

import binascii
from functools import lru_cache

from msgspec import Struct
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from solvent.runtime import base58

KEY_BYTES = 32
SIGNATURE_BYTES = 64
SHOWN_CHARS_MAX = 50
IDENTITY = "solana:"
# Reading a key's base58 takes a tenth of the time of checking a signature.
KEYS_KEPT = 16_384


class SigningRefused(ValueError):
    """A key or signature that cannot be one: the message says what was found and what is accepted."""


class SignatureInvalid(ValueError):
    """A signature that the key did not make over these bytes."""


class Signature(Struct, frozen=True, forbid_unknown_fields=True):
    """A wallet's public key in base58, and what it signed: 64 bytes in base64 or base58."""

    public_key: str
    signature: str


def identity_of(public_key: str) -> str:
    """Return the identity under which a wallet is bound to an account.

    Errors: `SigningRefused` for a text that is no public key.
    """
    _verifier(public_key)
    return f"{IDENTITY}{public_key}"


def read_key(text: str) -> bytes:
    """Read a public key or an address from base58.

    Errors: `SigningRefused`; every key has one text, so that no other text stands for it.
    """
    found = _base58_decoded(text)
    if found is None or len(found) != KEY_BYTES:
        raise SigningRefused(
            f"{text[:SHOWN_CHARS_MAX]!r} is no public key; give {KEY_BYTES} bytes of an ed25519 key in base58"
        )
    return found


def read_signature(text: str) -> bytes:
    """Read a signature from base64, whose 64 bytes end with `==`, or from base58, which has no `=`.

    Errors: `SigningRefused`.
    """
    found = _base64_decoded(text) if text.endswith("=") else _base58_decoded(text)
    if found is None or len(found) != SIGNATURE_BYTES:
        raise SigningRefused(
            f"the signature is not {SIGNATURE_BYTES} bytes; give what the wallet made, in base64 or base58"
        )
    return found


def verify(text: str, signed: Signature) -> None:
    """Check that a key signed the UTF-8 bytes of a text.

    libsodium refuses keys of small order and every second form of a signature.
    Errors: `SigningRefused` for what cannot be a key or a signature, `SignatureInvalid` for another's.
    """
    key, signature = _verifier(signed.public_key), read_signature(signed.signature)
    try:
        key.verify(text.encode(), signature)
    except BadSignatureError as error:
        raise SignatureInvalid(
            f"the key {signed.public_key} did not sign this text; sign its bytes as they are, "
            "without a line end behind the last line"
        ) from error


@lru_cache(KEYS_KEPT)
def _verifier(public_key: str) -> VerifyKey:
    return VerifyKey(read_key(public_key))


def _base58_decoded(text: str) -> bytes | None:
    try:
        return base58.decode(text)
    except base58.NotBase58:
        return None


def _base64_decoded(text: str) -> bytes | None:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        return None
