"""What processes of our own have in common: they end with who started them, and are told in frames."""

import ctypes
import os
import signal
import sys
from contextlib import suppress
from typing import IO

import msgspec

LENGTH_BYTES = 8
READ_BYTES = 1 << 16
_DIES_WITH_PARENT = 1
_ENCODER = msgspec.msgpack.Encoder()


def settle(parent: int) -> bool:
    """Begin as a process of its parent's; false where that is there no more.

    Where the system can do that, it is killed as soon as its parent ends, and takes no processor from
    a thread that runs, for which its parent may wait. Elsewhere the pipe's end tells it.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIES_WITH_PARENT, signal.SIGKILL)
        with suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    return os.getppid() == parent


class Frames:
    """What was received so far of what is told in frames: each is as long as its first bytes say."""

    def __init__(self) -> None:
        self._found = bytearray()

    def add(self, data: bytes) -> None:
        """Take what came."""
        self._found += data

    def next(self) -> bytes | None:
        """Return the next one that is whole; none where there is none yet."""
        found = self._found
        end = LENGTH_BYTES + int.from_bytes(found[:LENGTH_BYTES], "big")
        if len(found) < max(end, LENGTH_BYTES):
            return None
        whole = bytes(found[LENGTH_BYTES:end])
        del found[:end]
        return whole


def frame_of(data: bytes) -> bytes:
    """Return some bytes as a frame."""
    return len(data).to_bytes(LENGTH_BYTES, "big") + data


def framed(told: object, buffer: bytearray) -> bytearray:
    """Write a message as a frame into a buffer, which then is that frame, and return it."""
    _ENCODER.encode_into(told, buffer, LENGTH_BYTES)
    buffer[:LENGTH_BYTES] = (len(buffer) - LENGTH_BYTES).to_bytes(LENGTH_BYTES, "big")
    return buffer


def send(to: IO[bytes], data: bytes | bytearray | memoryview) -> None:
    """Send some bytes, whole."""
    with memoryview(data) as left:
        sent = 0
        while sent < len(left):
            sent += to.write(left[sent:])


def received(source: IO[bytes], frames: Frames) -> bytes | None:
    """Return the next frame, which is waited for; none where the other end is there no more."""
    while (found := frames.next()) is None:
        data = source.read(READ_BYTES)
        if not data:
            return None
        frames.add(data)
    return found
