"""What processes of our own have in common: they end with who started them, and are told in frames."""

import ctypes
import os
import signal
import sys
from typing import IO

LENGTH_BYTES = 8
_DIES_WITH_PARENT = 1


def is_with_parent(parent: int) -> bool:
    """Tell whether the parent is there, and be killed as soon as it is not, where the system can do that.

    Elsewhere the pipe's end tells it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGKILL)
    return os.getppid() == parent


def length_of(data: bytes | bytearray) -> bytes:
    """Return what stands before some bytes that are sent."""
    return len(data).to_bytes(LENGTH_BYTES, "big")


def send(to: IO[bytes], data: bytes) -> None:
    """Send some bytes, whole."""
    for part in (length_of(data), data):
        left = memoryview(part)
        while left:
            left = left[to.write(left) :]
    to.flush()


def received(source: IO[bytes]) -> bytes | None:
    """Return what was sent; none where the other end is there no more."""
    length = _exactly(source, LENGTH_BYTES)
    return None if length is None else _exactly(source, int.from_bytes(length, "big"))


def _exactly(source: IO[bytes], count: int) -> bytes | None:
    found = bytearray()
    while len(found) < count:
        data = source.read(count - len(found))
        if not data:
            return None
        found += data
    return bytes(found)
