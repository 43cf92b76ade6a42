"""The wallet that signs: a Solana key file, or the sandbox's own."""

from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct
from nacl.signing import SigningKey

from solvent.cli.exits import Complaint
from solvent.runtime import base58

SEED_BYTES = 32
KEY_BYTES = 64


class Wallet(Struct, frozen=True, kw_only=True):
    """An ed25519 key; it never shows its secret."""

    name: str
    key: Any

    @property
    def public_key(self) -> str:
        """The public key in base58, as Solana writes it."""
        return base58.encode(bytes(self.key.verify_key))

    def sign(self, text: str) -> str:
        """Return the signature of a text's bytes in base64."""
        return b64encode(self.key.sign(text.encode()).signature).decode()


def read_wallet(path: Path) -> Wallet:
    """Read a key file as Solana's tools write it: a JSON list of 64 numbers, the secret and the public key.

    Errors: `Complaint` naming the file and what it should hold; its content is never shown.
    """
    try:
        numbers = msgspec.json.decode(path.read_bytes(), type=list[int])
        found = bytes(numbers)
    except OSError as error:
        raise Complaint(f"--wallet {path} cannot be read: {error.strerror}") from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise Complaint(f"--wallet {path} is no key file; give a JSON list of {KEY_BYTES} numbers") from error
    return _wallet(found, name=path.name, source=f"--wallet {path}")


def of_sandbox(name: str, secret_key_base64: str) -> Wallet:
    """Return the wallet that a sandbox hands out to its own machine.

    Errors: `Complaint` for what is no key.
    """
    source = "the sandbox's wallet"
    try:
        secret = b64decode(secret_key_base64, validate=True)
    except ValueError as error:
        raise Complaint(f"{source} is not in base64; check --url") from error
    return _wallet(secret, name=name, source=source)


def _wallet(secret: bytes, *, name: str, source: str) -> Wallet:
    if len(secret) != KEY_BYTES:
        raise Complaint(f"{source} holds {len(secret)} bytes; a key has {KEY_BYTES}, secret and public part")
    key = SigningKey(secret[:SEED_BYTES])
    if bytes(key.verify_key) != secret[SEED_BYTES:]:
        raise Complaint(f"{source} holds a public key that is not its secret's; the file is damaged")
    return Wallet(name=name, key=key)
