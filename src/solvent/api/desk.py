"""A process of its own that reads batches and tells what came of them, while the venue carries others out.

The event loop and the writer share one interpreter, one at a time. To read a hundred steps, check who signed
them, and write down what came of each takes as long as to carry them out, and needs nothing of the venue but
what its amounts count. Nothing depends on the process: what it does not do is done in the loop as before.
The decision is docs/adr/0217-batches-are-read-in-a-process.md.
"""

import asyncio
import logging
import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from typing import cast

import msgspec
from msgspec import Struct

from solvent.api.answers import StepsDone
from solvent.api.counting import Counted, MarketVerb
from solvent.api.signing import Signature
from solvent.journal.child import Frames, framed
from solvent.money import Asset

# Fewer are read and told sooner than they are sent; a step's text has at least so many characters.
STEPS_MIN = 20
TEXT_CHARS_MIN = STEPS_MIN * 60
# After so long without a word the process is given up, and so long later another one may be started.
GIVE_UP_S = 5.0
REST_S = 60.0
END_WAIT_S = 5.0
_CORES_MIN = 2
_LOG = logging.getLogger("solvent.api")


class Learn(Struct, frozen=True, array_like=True, tag="learn"):
    """What amounts count from now on, and every asset of the venue; nothing is answered."""

    counted: list[tuple[MarketVerb, Counted]]
    assets: list[Asset]


class Read(Struct, frozen=True, array_like=True, tag="read"):
    """A text to read as a batch, and who is to have signed it; the answer is a `Found`, or none."""

    text: str
    public_key: str
    signature: str


class Tell(Struct, frozen=True, array_like=True, tag="tell"):
    """What came of a batch's steps, for its answer to be written."""

    account: str
    nonce: str
    done: StepsDone


Asked = Learn | Read | Tell


class Found(Struct, frozen=True, array_like=True):
    """A batch whose steps are amounts alone, signed as it should be, by the wallet of an identity.

    Each step is the number of its verb and the units of its amount.
    """

    identity: str
    venue: str
    account: str
    nonce: str
    expires_ms: int
    verbs: list[MarketVerb]
    steps: list[tuple[int, int]]


_FOUND = msgspec.msgpack.Decoder(Found | None)


class Desk:
    """The process, seen from the event loop of the service; it is started by the first batch that is long.

    Whatever goes wrong with it is logged, and another is not started at once.
    """

    def __init__(self) -> None:
        self._clerk: _Clerk | None = None
        self._counted: Mapping[MarketVerb, Counted] = {}
        self._assets: Mapping[str, Asset] = {}
        self._learnt = (0, 0)
        self._is_of_use = _cores() >= _CORES_MIN
        self._not_before_s = 0.0

    def learn(self, counted: Mapping[MarketVerb, Counted], assets: Mapping[str, Asset]) -> None:
        """Say what is known by now; neither ever loses anything."""
        self._counted, self._assets = counted, assets

    async def read(self, text: str, signed: Signature) -> Found | None:
        """Return what a text asks for that its wallet signed; none of one that is to be read in the loop."""
        if len(text) < TEXT_CHARS_MIN:
            return None
        answer = await self._asked(Read(text, signed.public_key, signed.signature))
        return None if answer is None else _FOUND.decode(answer)

    async def told(self, done: StepsDone, *, account: str, nonce: str) -> bytes | None:
        """Return the body of a batch's answer; none where it is to be written in the loop."""
        return await self._asked(Tell(account, nonce, done)) if len(done.steps) >= STEPS_MIN else None

    async def _asked(self, asked: Read | Tell) -> bytes | None:
        clerk = self._clerk
        if clerk is None or clerk.is_over:
            self._begin()
            return None
        if not clerk.is_ready:
            return None
        learnt = len(self._counted), len(self._assets)
        if learnt != self._learnt:
            clerk.say(framed(Learn(list(self._counted.items()), list(self._assets.values())), bytearray()))
            self._learnt = learnt
        try:
            data = framed(asked, bytearray())
        except OverflowError:  # an amount beyond 64 bits
            return None
        return await clerk.ask(data)

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        if not self._is_of_use or loop.time() < self._not_before_s:
            return
        self._not_before_s, self._learnt = loop.time() + REST_S, (0, 0)
        try:
            self._clerk = _Clerk(loop)
        except OSError as error:
            _LOG.warning("batches are read in the service's own process: no other can be started: %s", error)

    async def close(self) -> None:
        """End the process; who still waits for it is told nothing."""
        clerk, self._clerk, self._is_of_use = self._clerk, None, False
        if clerk is not None:
            await clerk.close()


class _Clerk(asyncio.BufferedProtocol):
    """One process: what was asked of it is answered in that order."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.is_ready = False
        self._loop = loop
        self._waiting: deque[tuple[float, asyncio.Future[bytes | None]]] = deque()
        self._frames = Frames()
        self._line: asyncio.Transport | None = None
        self.is_over = False
        self._heard_s = loop.time()
        self._late: asyncio.TimerHandle | None = None
        ours, its = socket.socketpair()
        with its:
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                    # -P: nothing is imported from the folder that the service happens to be started in.
                    [sys.executable, "-P", "-m", "solvent.api.clerk", f"{os.getpid()}"],
                    stdin=its.fileno(),
                    stdout=subprocess.DEVNULL,
                    # What is typed at a terminal is for its parent.
                    start_new_session=True,
                )
            except OSError:
                ours.close()
                raise
        self._opening = loop.create_task(self._open(ours))

    async def _open(self, ours: socket.socket) -> None:
        await self._loop.create_unix_connection(lambda: self, sock=ours)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin; the process says when it is ready."""
        self._line = cast("asyncio.Transport", transport)

    def say(self, data: bytearray) -> None:
        """Send what is not answered."""
        assert self._line is not None
        self._line.write(data)

    async def ask(self, data: bytearray) -> bytes | None:
        """Send what is answered, and wait for it; none where the process ends first."""
        answer: asyncio.Future[bytes | None] = self._loop.create_future()
        self.say(data)
        self._waiting.append((self._loop.time(), answer))
        if self._late is None:
            self._late = self._loop.call_later(GIVE_UP_S, self._look_whether_late)
        return await answer

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - there is room for whatever comes
        """Return where what it says is to be written."""
        return self._frames.room()

    def buffer_updated(self, nbytes: int) -> None:
        """Hand out every answer that is whole by now."""
        self._heard_s = self._loop.time()
        self._frames.came(nbytes)
        while (found := self._frames.next()) is not None:
            self._answered(found)

    def _answered(self, data: bytes) -> None:
        if not self.is_ready:
            self.is_ready = True
            return
        _, answer = self._waiting.popleft()
        if not answer.done():  # nobody waits for one that was cancelled
            answer.set_result(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let everybody go on without it."""
        self._end(f"it has ended ({exc})" if exc else "it has ended")

    def _look_whether_late(self) -> None:
        self._late = None
        if not self._waiting:
            return
        left_s = max(self._waiting[0][0], self._heard_s) + GIVE_UP_S - self._loop.time()
        if left_s > 0:
            self._late = self._loop.call_later(left_s, self._look_whether_late)
        else:
            self._end(f"it has not answered for {GIVE_UP_S:g} s")

    def _end(self, reason: str) -> None:
        if self.is_over:
            return
        self.is_over, self.is_ready = True, False
        _LOG.warning("batches are read in the service's own process for now: the other, %s", reason)
        self._let_go()
        self._process.kill()
        self._loop.run_in_executor(None, self._process.wait)

    def _let_go(self) -> None:
        if self._late is not None:
            self._late.cancel()
        if self._line is not None:
            self._line.abort()
        while self._waiting:
            _, answer = self._waiting.popleft()
            if not answer.done():
                answer.set_result(None)

    async def close(self) -> None:
        """End it, and wait until it has."""
        is_over, self.is_over, self.is_ready = self.is_over, True, False
        with suppress(OSError):
            await self._opening
        self._let_go()
        if not is_over:
            await asyncio.to_thread(self._waited)

    def _waited(self) -> None:
        try:
            self._process.wait(END_WAIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _cores() -> int:
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        return os.cpu_count() or 1
