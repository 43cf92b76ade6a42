"""What a venue keeps to itself: its secret, who is signed in, and chance; in files of its owner alone."""

import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path

from solvent.runtime.errors import RuntimeRefused

SECRET_BYTES = 32
PASSPHRASE_LENGTH = 32
FILE = "api-secret"
OWNERS_ALONE = 0o600
OTHERS_BITS = 0o077


def derived(venue_secret: bytes, use: str, key_id: str) -> str:
    """Return what a key has for one use, as 64 hex digits that are used as they stand; it is stored nowhere.

    What one use has tells nothing about another's.
    """
    return hmac.digest(venue_secret, f"{use}\n{key_id}".encode(), "sha256").hex()


def api_secret(venue_secret: bytes, key_id: str) -> str:
    """Return the secret by which a key signs requests to the service's own interface."""
    return derived(venue_secret, "solvent api key", key_id)


def kucoin_secret(venue_secret: bytes, key_id: str) -> str:
    """Return the secret by which the same key signs as KuCoin's clients do."""
    return derived(venue_secret, "solvent kucoin secret", key_id)


def kucoin_passphrase(venue_secret: bytes, key_id: str) -> str:
    """Return the passphrase that KuCoin's clients give beside it."""
    return derived(venue_secret, "solvent kucoin passphrase", key_id)[:PASSPHRASE_LENGTH]


class Vault:
    """The private files of a venue's folder; without a folder all is forgotten when the process ends.

    The folder's lock is the journal's: one process has one vault.
    Errors: `RuntimeRefused` for a secret that others may read, or that is not whole.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._kept: dict[str, bytes] = {}
        self._secret = self._own_secret()

    @property
    def secret(self) -> bytes:
        """The venue's secret of 256 bits, drawn once and for ever."""
        return self._secret

    def random(self, size: int) -> bytes:
        """Return bytes that nobody can guess."""
        return secrets.token_bytes(size)

    def kept(self, name: str) -> bytes | None:
        """Return what was kept under a name; none where nothing was."""
        if self._folder is None:
            return self._kept.get(name)
        path = self._folder / name
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RuntimeRefused(
                f"{path} cannot be read: {error.strerror}; give its owner the right to"
            ) from error
        _require_private(path)
        return data

    def keep(self, name: str, data: bytes) -> None:
        """Keep data under a name, instead of what was kept before; durable once this returns.

        Errors: `RuntimeRefused` where the folder cannot be written; what was kept before is still there.
        """
        if self._folder is None:
            self._kept[name] = data
            return
        path, new = self._folder / name, self._folder / f"{name}.new"
        try:
            with suppress(FileNotFoundError):
                new.unlink()
            _write_new(new, data)
            new.replace(path)
            _sync(self._folder)
        except OSError as error:
            raise RuntimeRefused(
                f"{path} cannot be written: {error.strerror}; make room, or give its owner the right to"
            ) from error

    def _own_secret(self) -> bytes:
        found = self.kept(FILE)
        if found is None:
            self.keep(FILE, secrets.token_bytes(SECRET_BYTES))
            found = self.kept(FILE)
        if found is None or len(found) != SECRET_BYTES:
            raise RuntimeRefused(
                f"{FILE} in the venue's folder has not {SECRET_BYTES} bytes; put a copy back, or "
                "remove it, which ends every API key"
            )
        return found


def _write_new(path: Path, data: bytes) -> None:
    """Write a file that was not there, with its rights from the beginning."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNERS_ALONE)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(handle)


def _require_private(path: Path) -> None:
    if path.stat().st_mode & OTHERS_BITS:
        raise RuntimeRefused(f"others may read {path}; run `chmod 600 {path}`")


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
