"""The world beyond the venue: a settlement that writes what it did into a file of its own, line by line."""

import os
import zlib
from pathlib import Path

from msgspec import Struct

from solvent.engine import Pending


class Deed(Struct, frozen=True):
    """One thing that the settlement did, or declined to do."""

    request_id: str
    direction: str
    asset: str
    units: int
    done: bool


class Outside:
    """A settlement that acts once per request: it looks into its file before it acts, and syncs after it."""

    def __init__(self, path: Path) -> None:
        self.deeds = {deed.request_id: deed for deed in read_deeds(path)}
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        # A kill may have cut the last line short; nobody was told of it.
        os.ftruncate(self._file, path.read_bytes().rfind(b"\n") + 1)

    def settle(self, pending: Pending) -> bool:
        """Do it, unless the file says that it was done; one request in eight fails."""
        known = self.deeds.get(pending.request_id)
        if known is None:
            done = not is_failing(pending.request_id)
            known = Deed(pending.request_id, pending.direction, pending.asset, pending.units, done)
            parts = (known.request_id, known.direction, known.asset, f"{known.units}", f"{int(done)}")
            os.write(self._file, " ".join(parts).encode() + b"\n")
            os.fsync(self._file)
            self.deeds[known.request_id] = known
        return known.done

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)


def is_failing(request_id: str) -> bool:
    """Tell whether the settlement declines this request."""
    return request_id.startswith("request") and zlib.crc32(request_id.encode()) % 8 == 0


def read_deeds(path: Path) -> list[Deed]:
    """Return what the file tells, in its order, without a line that was cut short."""
    text = path.read_bytes() if path.exists() else b""
    found = []
    for line in text[: text.rfind(b"\n") + 1].decode().splitlines():
        request_id, direction, asset, units, done = line.split()
        found.append(Deed(request_id, direction, asset, int(units), done == "1"))
    return found
