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
    """What was received so far of what is told in frames: each is as long as its first bytes say.

    All of it is received into one piece of memory, which is kept: new memory for each costs more than
    receiving it.
    """

    def __init__(self) -> None:
        self._kept = bytearray(READ_BYTES)
        self._begin = self._end = 0

    def room(self) -> memoryview:
        """Return where what comes next is to be written, and be told of it by `came`; release it before.

        There is room for all of a frame that has begun.
        """
        kept, held = self._kept, self._end - self._begin
        if self._begin:
            kept[:held] = kept[self._begin : self._end]
            self._begin, self._end = 0, held
        lacking = max(self._whole(), held + READ_BYTES) - len(kept)
        if lacking > 0:
            kept += bytes(lacking)
        return memoryview(kept)[held:]

    def came(self, count: int) -> None:
        """Take so many bytes that were written into the room."""
        self._end += count

    def next(self) -> bytes | None:
        """Return the next one that is whole; none where there is none yet."""
        begin, size = self._begin, self._whole()
        if self._end - begin < max(size, LENGTH_BYTES):
            return None
        self._begin = begin + size
        with memoryview(self._kept) as kept:
            return bytes(kept[begin + LENGTH_BYTES : self._begin])

    def _whole(self) -> int:
        """Return how many bytes the frame has that has begun; 0 where its length is not there yet."""
        between = self._begin + LENGTH_BYTES
        if self._end < between:
            return 0
        return LENGTH_BYTES + int.from_bytes(self._kept[self._begin : between], "big")


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
        with frames.room() as room:
            count = os.readv(source.fileno(), [room])
        if not count:
            return None
        frames.came(count)
    return found
