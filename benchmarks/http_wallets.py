"""The wallets of rows 14 to 16: keys made of a number, so that server and load know the same ones."""

from base64 import b64encode
from functools import cache
from hashlib import sha256

from nacl.signing import SigningKey

from solvent.runtime import base58


@cache
def key_of(number: int) -> SigningKey:
    """Return the key of one wallet."""
    return SigningKey(sha256(f"bench wallet {number}".encode()).digest())


@cache
def public_key(number: int) -> str:
    """Return its public key in base58."""
    return base58.encode(bytes(key_of(number).verify_key))


def sign(number: int, text: str) -> str:
    """Return the signature of a text in base64."""
    return b64encode(key_of(number).sign(text.encode()).signature).decode()
