"""The sandbox's wallet: an ed25519 key of play money, in a file of its owner's alone."""

import os
import secrets
from pathlib import Path

from msgspec import Struct
from nacl.signing import SigningKey

from solvent.runtime.base58 import encode
from solvent.runtime.embedding import account_id
from solvent.runtime.errors import RuntimeRefused

FILE = "sandbox-wallet.key"
NAME = "Sandbox wallet"
SEED_BYTES = 32
OWNER_ONLY = 0o600
OTHERS = 0o077


class Wallet(Struct, frozen=True, kw_only=True):
    """A key pair as wallets keep it: `secret_key` is the seed followed by the public key, 64 bytes."""

    public_key: str
    secret_key: bytes

    @property
    def identity(self) -> str:
        """The identity that is bound to its account."""
        return f"solana:{self.public_key}"

    @property
    def account(self) -> str:
        """The account's id, always the same one for this key."""
        return account_id(self.identity)

    def __repr__(self) -> str:
        return f"Wallet(public_key={self.public_key!r})"


def open_wallet(folder: Path) -> Wallet:
    """Read the folder's wallet, or make one there; its file is complete or absent, whenever this ends.

    Errors: `RuntimeRefused` for a file that others may read, or that is no key.
    """
    path = folder / FILE
    if not path.exists():
        _make(path)
    if path.stat().st_mode & OTHERS:
        raise RuntimeRefused(f"{path} may be read by others; make it the owner's alone: chmod 600 {path}")
    try:
        seed = bytes.fromhex(path.read_text("ascii").strip())
        key = SigningKey(seed)
    except (ValueError, UnicodeDecodeError) as error:
        # The error's own words may repeat the secret.
        raise RuntimeRefused(
            f"{path} holds no key of {SEED_BYTES} bytes in hex; remove it for a new one"
        ) from error
    public = bytes(key.verify_key)
    return Wallet(public_key=encode(public), secret_key=seed + public)


def _make(path: Path) -> None:
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
    try:
        os.write(handle, f"{secrets.token_hex(SEED_BYTES)}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)
    new.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
