"""The wallets of row 19: secp256k1 keys made of a number, so that server and load know the same ones."""

from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any

import coincurve

from solvent.gateways.hyperliquid.signing import keccak, l1_digest, l1_hash

V_OFFSET = 27


@cache
def key_of(number: int) -> coincurve.PrivateKey:
    """Return the key of one wallet."""
    return coincurve.PrivateKey(sha256(f"bench gateway wallet {number}".encode()).digest())


@cache
def address(number: int) -> str:
    """Return its address in lower case."""
    return f"0x{keccak(key_of(number).public_key.format(compressed=False)[1:])[-20:].hex()}"


def sign(number: int, action: Mapping[str, Any], nonce: int) -> dict[str, str | int]:
    """Return the signature of an L1 action as clients send it."""
    digest = l1_digest(l1_hash(action, nonce=nonce))
    made = key_of(number).sign_recoverable(digest, hasher=None)
    return {"r": f"0x{made[:32].hex()}", "s": f"0x{made[32:64].hex()}", "v": V_OFFSET + made[64]}
