"""A process of its own that lands batches: making their rows and waiting for the disk hold up nobody.

A thread cannot do that: it needs the interpreter to begin and to end, and waits for it twice as long as the
disk takes. The process knows nothing of the journal: it is told with each batch where that belongs, and the
trigger of `landing` refuses it anywhere else. The decision is docs/adr/0216-batches-land-in-a-process.md.
"""

import fcntl
import os
import select
import sqlite3
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import IO

import msgspec
from msgspec import Struct

from solvent.journal import landing
from solvent.journal.child import LENGTH_BYTES, Frames, framed, received, send
from solvent.journal.records import Batch

END_WAIT_S = 5.0
_PIPE_BYTES = 1 << 20
_SET_PIPE_SIZE = 1031
READY = b"+"


class Landed(Struct, frozen=True, array_like=True):
    """What a batch that is durable ends with: the hash of its last event and its own."""

    link: bytes
    hash: bytes


class Failed(Struct, frozen=True, array_like=True):
    """The error of SQLite that a batch met."""

    kind: str
    words: str
    code: int

    def error(self) -> sqlite3.Error:
        """Return the error as it was raised."""
        kind = getattr(sqlite3, self.kind, sqlite3.OperationalError)
        error: sqlite3.Error = kind(self.words)
        error.sqlite_errorcode = self.code
        return error


class Told(Struct, frozen=True, array_like=True):
    """What came of it."""

    landed: Landed | None
    failed: Failed | None


class Asked(Struct, frozen=True, array_like=True):
    """A batch, and where it belongs."""

    behind: landing.Behind
    batch: Batch


_TOLD = msgspec.msgpack.Decoder(Told)


class Lander:
    """The process, seen from the one whose journal it is; it holds the folder's lock as long as it lives.

    It is started without waiting for it, and of use once it `is_ready`.
    Errors: `OSError` where it cannot be started, or is there no more.
    """

    def __init__(self, path: Path, lock_file: int) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
            # -P: nothing is imported from the folder that the venue happens to be started in.
            [sys.executable, "-P", "-m", "solvent.journal.lander", os.fspath(path), f"{os.getpid()}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            pass_fds=(lock_file,),
            # What is typed at a terminal is for its parent.
            start_new_session=True,
        )
        self._is_ready = self._is_gone = False
        # Who asks whether it is ready must not take a part of what comes behind that.
        self._looking = Lock()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._asking, self._telling = self._process.stdin, self._process.stdout
        self._told = Frames()
        self._buffer = bytearray()

    @property
    def is_ready(self) -> bool:
        """Whether it takes batches; asked without waiting.

        That it has ended meanwhile is found by the next batch, as the system is not asked for each.
        """
        if not (self._is_ready or self._is_gone):
            self._look()
        return self._is_ready

    def _look(self) -> None:
        with self._looking:
            if self._is_ready or self._telling.closed or not _has_some(self._telling):
                return
            self._is_ready = self._telling.read(1) == READY
            self._is_gone = not self._is_ready
            if self._is_ready:
                _widen(self._asking)

    def begin(self, behind: landing.Behind, batch: Batch) -> bool:
        """Hand over a batch that `landing.fits`; `finish` must be called before the next one.

        False where the process is there no more: it has at most a part of the batch, of which nothing lands.
        """
        frame = memoryview(framed(Asked(behind, batch), self._buffer))
        try:
            # The length alone wakes the process, which takes longer than it takes to send the rest.
            send(self._asking, frame[:LENGTH_BYTES])
            send(self._asking, frame[LENGTH_BYTES:])
        except BrokenPipeError:
            self._is_ready, self._is_gone = False, True
            return False
        finally:
            frame.release()
        return True

    def finish(self) -> Landed:
        """Wait until the batch is durable.

        Errors: SQLite's own; `OSError` where nobody knows.
        """
        data = received(self._telling, self._told)
        if data is None:
            raise OSError("the process that lands batches has ended")
        told = _TOLD.decode(data)
        if told.landed is None:
            assert told.failed is not None
            raise told.failed.error()
        return told.landed

    def close(self) -> None:
        """End the process, and wait until it has."""
        with suppress(OSError):
            self._asking.close()
        try:
            self._process.wait(END_WAIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._telling.close()


def _has_some(pipe: IO[bytes]) -> bool:
    """Tell whether something can be read, or the other end is gone."""
    waiting = select.poll()
    waiting.register(pipe, select.POLLIN)
    return bool(waiting.poll(0))


def _widen(pipe: IO[bytes]) -> None:
    """Let a pipe hold a whole batch, where the system does; else who writes waits for who reads."""
    with suppress(OSError):
        fcntl.fcntl(pipe.fileno(), _SET_PIPE_SIZE, _PIPE_BYTES)
