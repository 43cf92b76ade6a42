"""The sandbox's wallet: an ed25519 key of play money, in a file of its owner's alone."""

from msgspec import Struct
from nacl.signing import SigningKey

from solvent.runtime.base58 import encode
from solvent.runtime.embedding import account_id
from solvent.runtime.errors import RuntimeRefused
from solvent.runtime.secrecy import Vault

FILE = "sandbox-wallet.key"
NAME = "Sandbox wallet"
SEED_BYTES = 32


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


def open_wallet(vault: Vault) -> Wallet:
    """Return the vault's wallet, or make one there.

    Errors: `RuntimeRefused` for a file that others may read, or that is no key.
    """
    kept = vault.kept(FILE)
    if kept is None:
        kept = f"{vault.random(SEED_BYTES).hex()}\n".encode()
        vault.keep(FILE, kept)
    try:
        seed = bytes.fromhex(kept.decode("ascii").strip())
        key = SigningKey(seed)
    except ValueError:
        # The error's own words may repeat the secret.
        raise RuntimeRefused(
            f"{FILE} in the venue's folder holds no key of {SEED_BYTES} bytes in hex; remove it for a new one"
        ) from None
    public = bytes(key.verify_key)
    return Wallet(public_key=encode(public), secret_key=seed + public)
