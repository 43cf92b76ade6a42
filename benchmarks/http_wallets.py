"""Who signs in rows 14 to 16: wallets and API keys made of a number, which server and load both know."""

from base64 import b64encode
from functools import cache
from hashlib import sha256

from nacl.signing import SigningKey

from solvent.api.keys import secret_of
from solvent.runtime import base58

# The secret of the benchmark's venue, from which those of its API keys follow.
VENUE_SECRET = sha256(b"bench venue").digest()


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


@cache
def key_id(number: int) -> str:
    """Return the id of one account's API key."""
    return sha256(f"bench key {number}".encode()).hexdigest()[:32]


@cache
def secret(number: int) -> str:
    """Return what that key signs with."""
    return secret_of(VENUE_SECRET, key_id(number))
