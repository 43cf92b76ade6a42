"""Who signed: the address that an EIP-712 signature recovers to, for actions of both kinds.

The hash of an L1 action covers its keys in the order in which they were received. A wrong hash recovers some
other address, never an error: whose it is, or that it is nobody's, is for others to say.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import msgspec
from coincurve import PublicKey
from Crypto.Hash import keccak as _keccak
from msgspec import Struct

NOBODY = "0x" + "0" * 40
WORD = 32
ADDRESS_BYTES = 20
V_OFFSET = 27
L1_CHAIN_ID = 1337


class Signature(Struct, frozen=True, kw_only=True):
    """r and s are integers: fewer than 64 digits occur."""

    r: int
    s: int
    v: int


def keccak(data: bytes) -> bytes:
    """Return the Keccak-256 digest that Ethereum uses, which is not SHA3-256."""
    return _keccak.new(data=data, digest_bits=256).digest()


def l1_hash(
    action: Mapping[str, Any],
    *,
    nonce: int,
    vault_address: str | None = None,
    expires_after: int | None = None,
) -> bytes:
    """Return the hash that an L1 action's signature is about.

    Errors: `OverflowError` for an integer that MessagePack has no form for.
    """
    data = msgspec.msgpack.encode(action) + nonce.to_bytes(8, "big")
    data += b"\x00" if vault_address is None else b"\x01" + bytes.fromhex(vault_address[2:])
    if expires_after is not None:
        data += b"\x00" + expires_after.to_bytes(8, "big")
    return keccak(data)


def l1_digest(action_hash: bytes) -> bytes:
    """Return what is signed of an L1 action: an agent of the test network with its hash."""
    return keccak(_L1_PREFIX + keccak(_AGENT_PREFIX + action_hash))


def user_digest(action: Mapping[str, Any], kind: "UserSigned", *, chain_id: int) -> bytes:
    """Return what is signed of an action that wallets show to their owners.

    Errors: `OverflowError` for a number past its type.
    """
    words = [kind.type_hash, *(_ENCODERS[type_](action[name]) for type_, name in kind.fields)]
    domain = _domain("HyperliquidSignTransaction", chain_id)
    return keccak(b"\x19\x01" + domain + keccak(b"".join(words)))


def recover(digest: bytes, signature: Signature) -> str:
    """Return the signer's address in lower case; of what is no signature at all, the address of nobody."""
    try:
        packed = signature.r.to_bytes(WORD, "big") + signature.s.to_bytes(WORD, "big")
        found = PublicKey.from_signature_and_message(
            packed + bytes([signature.v - V_OFFSET]), digest, hasher=None
        )
    except (ValueError, OverflowError):
        # A point that is not on the curve, or a number past its order.
        return NOBODY
    return address_of(found.format(compressed=False)[1:])


@lru_cache(maxsize=10_000)
def address_of(point: bytes) -> str:
    """Return the address of a public key's two coordinates; who signs signs again."""
    return "0x" + keccak(point)[-ADDRESS_BYTES:].hex()


class UserSigned(Struct, frozen=True, kw_only=True):
    """One user-signed action: its primary type's hash, and its fields as (type, name) in order."""

    type_hash: bytes
    fields: tuple[tuple[str, str], ...]


def _word(number: int) -> bytes:
    return number.to_bytes(WORD, "big")


def _uint64(number: int) -> bytes:
    return number.to_bytes(8, "big").rjust(WORD, b"\x00")


def _text(text: str) -> bytes:
    return keccak(text.encode())


def _address(address: str) -> bytes:
    return bytes.fromhex(address[2:]).rjust(WORD, b"\x00")


def _flag(flag: bool) -> bytes:  # noqa: FBT001 - it is what is encoded
    return _word(int(flag))


_ENCODERS: Mapping[str, Callable[[Any], bytes]] = {
    "string": _text,
    "address": _address,
    "bool": _flag,
    "uint64": _uint64,
}


def _domain(name: str, chain_id: int) -> bytes:
    return keccak(_DOMAIN_TYPE + _text(name) + _VERSION + _word(chain_id) + bytes(WORD))


def _user_signed(primary: str, *fields: tuple[str, str]) -> UserSigned:
    listed = ",".join(f"{type_} {name}" for type_, name in fields)
    return UserSigned(type_hash=_text(f"HyperliquidTransaction:{primary}({listed})"), fields=fields)


_DOMAIN_TYPE = _text("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)")
_VERSION = _text("1")
_L1_PREFIX = b"\x19\x01" + _domain("Exchange", L1_CHAIN_ID)
_AGENT_PREFIX = _text("Agent(string source,bytes32 connectionId)") + _text("b")
_CHAIN_FIELD = ("string", "hyperliquidChain")
_SENDING = (_CHAIN_FIELD, ("string", "destination"), ("string", "amount"), ("uint64", "time"))
USER_SIGNED: Mapping[str, UserSigned] = {
    "usdSend": _user_signed("UsdSend", *_SENDING),
    "withdraw3": _user_signed("Withdraw", *_SENDING),
    "usdClassTransfer": _user_signed(
        "UsdClassTransfer", _CHAIN_FIELD, ("string", "amount"), ("bool", "toPerp"), ("uint64", "nonce")
    ),
    "approveAgent": _user_signed(
        "ApproveAgent",
        _CHAIN_FIELD,
        ("address", "agentAddress"),
        ("string", "agentName"),
        ("uint64", "nonce"),
    ),
}
