"""Commands as a stream of lines: carried out in the order in which they come, answered in that order.

A line is what a request would be, and its answer is what the request's would be. Nothing waits for the line
before it, so that many become durable together; nothing is told before it is durable. Who does not read is
not read from, once so many lines are under way.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, Literal

import msgspec
from litestar.types import Receive, Send
from msgspec import Struct

from solvent.api import problems
from solvent.api.acting import Acting
from solvent.api.answers import Sent
from solvent.api.asking import UNREADABLE, read_body
from solvent.api.authority import Caller
from solvent.api.keys import KEY_HEADER, SIGNATURE_HEADER, WINDOW_MS, require_idempotency_key
from solvent.api.limits import Caps, require_depth
from solvent.api.problems import Code, Problem
from solvent.api.routes.intents import IntentAsked
from solvent.api.shapes import AmountShape, Asked, Scalar
from solvent.api.signing import Signature

MEDIA_TYPE = "application/x-ndjson"
# Lines that were begun and are not answered yet; the next one is read when there is room again.
UNDER_WAY_MAX = 128
# So much is carried out before others have a turn, and so much is written at once.
TURN_BYTES = 8 * 1024
WRITTEN_BYTES = 64 * 1024
HTTP_ERROR_MIN = 400


class End(StrEnum):
    """Why a stream ended."""

    DONE = "done"
    IDLE = "idle"
    FULL = "full"
    KEY = "key"
    STOPPED = "stopped"


class CommandLine(Asked, frozen=True, kw_only=True):
    """An action that a key asks for, as the body of `/commands`, with its idempotency key in `key`."""

    key: str
    command: Literal["act"]
    market: str
    verb: str
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    guards: dict[str, str] = msgspec.field(default_factory=dict)


class AnsweredLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to a line: its number, the status that a request would have, and what a request would get.

    `answer` is the body of `/intents`, `/batches` or `/commands`; `problem` stands in its place for what was
    not done. `replayed`: it was given before.
    """

    line: int
    status: int
    replayed: bool
    answer: dict[str, Any] | None = None
    problem: dict[str, AmountShape | Scalar] | None = None


class EndShape(Struct, frozen=True, kw_only=True):
    """How many lines were read, all of them answered above, and why no more are."""

    lines: int
    reason: End


class EndLine(Struct, frozen=True, kw_only=True):
    """The last line of a stream; one that breaks off without it was cut."""

    end: EndShape


class _Kind(Struct, frozen=True):
    """What tells a command of a key from a text that a wallet signed."""

    command: msgspec.Raw = msgspec.Raw()


class Splitter:
    """Bytes into lines; one that is too long is passed over up to its end, and told as none."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._rest = b""
        self._is_skipping = False

    def feed(self, data: bytes) -> list[bytes | None]:
        """Return the lines that are whole now."""
        *whole, rest = (self._rest + data).split(b"\n")
        found = []
        for line in whole:
            found.append(None if self._is_skipping or len(line) > self._bytes_max else line.strip())
            self._is_skipping = False
        self._is_skipping = self._is_skipping or len(rest) > self._bytes_max
        self._rest = b"" if self._is_skipping else rest
        return found

    def end(self) -> list[bytes | None]:
        """Return what stands behind the last line end, if anything does."""
        return self.feed(b"\n") if self._rest or self._is_skipping else []


class Streams:
    """The streams that are open: a few for each address, each opened by a signature once."""

    def __init__(self, acting: Acting, caps: Caps, *, wall_ms: Callable[[], int]) -> None:
        self._acting = acting
        self._caps = caps
        self._wall_ms = wall_ms
        self._open: dict[str, int] = {}
        # By when each signature is too old to open another.
        self._used: dict[str, int] = {}

    @contextmanager
    def opened(
        self, headers: Mapping[str, str], *, path: str, address: str, request_id: str
    ) -> Iterator["Stream"]:
        """Open a stream; a key signs its opening as a request without a body.

        Errors: `Problem`.
        """
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != MEDIA_TYPE:
            raise Problem(
                Code.MEDIA_TYPE_UNSUPPORTED,
                f"the body is said to be {kind or 'of no type'}; send Content-Type: {MEDIA_TYPE}",
            )
        most, count = self._caps.streams_max, self._open.get(address, 0)
        if count >= most:
            raise Problem(
                Code.RATE_LIMITED,
                f"{count} streams of this address are open; end one, at most {most} are served",
                terms={"streams_max": most},
                headers={"Retry-After": "1"},
            )
        caller = self._by_key(headers, path) if KEY_HEADER in headers else None
        self._open[address] = count + 1
        try:
            yield Stream(self._acting, self._caps, caller=caller, request_id=request_id)
        finally:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]

    def _by_key(self, headers: Mapping[str, str], path: str) -> Caller:
        """Return who opens a stream. Its lines are not signed: who overheard it can open no other."""
        caller = self._acting.authority.by_key(headers, method="POST", path=path, body=b"")
        now_ms, signature = self._wall_ms(), headers[SIGNATURE_HEADER]
        self._used = {used: until_ms for used, until_ms in self._used.items() if until_ms >= now_ms}
        if signature in self._used:
            raise Problem(
                Code.KEY_SIGNATURE_INVALID,
                "this signature has opened a stream before; sign with the present time",
            )
        self._used[signature] = now_ms + 2 * WINDOW_MS
        return caller


class Stream:
    """One stream: `caller` is whose key opened it, none where only signed texts may come."""

    def __init__(self, acting: Acting, caps: Caps, *, caller: Caller | None, request_id: str) -> None:
        self._acting = acting
        self._caps = caps
        self._caller = caller
        self._request_id = request_id
        self._under_way: deque[asyncio.Task[bytes]] = deque()
        self._room = asyncio.Semaphore(UNDER_WAY_MAX)
        self._arrived = asyncio.Event()
        self._lines = 0
        self._due_s = 0.0
        self._end: End | None = None

    async def run(self, receive: Receive, send: Send) -> None:
        """Answer what comes until it ends; what was begun is carried out, whoever hears of it."""
        head = [(b"content-type", MEDIA_TYPE.encode()), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        reading = asyncio.create_task(self._read(receive))
        reading.add_done_callback(lambda _: self._arrived.set())
        try:
            while found := await self._answered(reading):
                await self._write(send, b"".join(found))
                for _ in found:
                    self._room.release()
            reason = self._end or await reading
        finally:
            reading.cancel()
            for task in self._under_way:
                task.cancel()
        end = EndLine(end=EndShape(lines=self._lines, reason=reason))
        await self._write(send, msgspec.json.encode(end) + b"\n", is_last=True)

    async def _write(self, send: Send, body: bytes, *, is_last: bool = False) -> None:
        """Write; who takes nothing for so long is hung up on.

        Errors: `TimeoutError`.
        """
        async with asyncio.timeout(self._caps.stream_idle_s):
            await send({"type": "http.response.body", "body": body, "more_body": not is_last})

    async def _answered(self, reading: asyncio.Task[End]) -> list[bytes]:
        """Return the next answers, waiting for the first alone; nothing when all are told."""
        while not self._under_way:
            if self._end is not None or reading.done():
                return []
            self._arrived.clear()
            await self._arrived.wait()
        found, size = [await self._under_way[0]], 0
        self._under_way.popleft()
        while self._under_way and self._under_way[0].done() and size < WRITTEN_BYTES:
            found.append(self._under_way.popleft().result())
            size += len(found[-1])
        return found

    async def _read(self, receive: Receive) -> End:
        """Begin each line as it comes; what a cut connection left of a line is none."""
        splitter, is_more = Splitter(self._caps.body_bytes_max), True
        while is_more and self._end is None:
            try:
                async with asyncio.timeout(self._caps.stream_idle_s):
                    message: Any = await receive()
            except TimeoutError:
                return End.IDLE
            is_more = message["type"] == "http.request" and message.get("more_body", False)
            await self._begin(splitter.feed(message.get("body", b"")))
            if message["type"] == "http.request" and not is_more:
                await self._begin(splitter.end())
        return End.DONE

    async def _begin(self, lines: list[bytes | None]) -> None:
        size = 0
        for line in lines:
            if self._end is not None:
                return
            if self._lines == self._caps.stream_lines_max:
                self._end = End.FULL
                return
            self._lines += 1
            if line == b"":
                continue
            await self._room.acquire()
            await self._pace()
            self._under_way.append(asyncio.create_task(self._told(self._lines, line)))
            self._arrived.set()
            size += 0 if line is None else len(line)
            if size >= TURN_BYTES:
                size = 0
                await asyncio.sleep(0)

    async def _pace(self) -> None:
        """Wait where lines come faster than they are taken; after a pause some may come at once."""
        rate, now_s = self._caps.stream_rate, asyncio.get_running_loop().time()
        self._due_s = max(self._due_s, now_s - self._caps.stream_burst / rate) + 1 / rate
        if self._due_s > now_s:
            await asyncio.sleep(self._due_s - now_s)

    async def _told(self, number: int, line: bytes | None) -> bytes:
        """Carry a line out, and return its answer; whatever goes wrong is the answer."""
        try:
            sent = await self._carried_out(line)
        except Exception as error:  # noqa: BLE001 - as for a request, it answers whatever it is
            request_id = f"{self._request_id}/{number}"
            problem = problems.told(error, request_id)
            if problem.code == Code.VENUE_STOPPED:
                self._end = self._end or End.STOPPED
            sent = Sent(
                status=problem.status,
                media_type=problems.MEDIA_TYPE,
                body=problem.body(request_id),
                is_repeat=False,
            )
        what = b"problem" if sent.status >= HTTP_ERROR_MIN else b"answer"
        return b'{"line":%d,"status":%d,"replayed":%b,"%b":%b}\n' % (
            number,
            sent.status,
            b"true" if sent.is_repeat else b"false",
            what,
            sent.body,
        )

    def _carried_out(self, line: bytes | None) -> Awaitable[Sent]:
        if line is None:
            bytes_max = self._caps.body_bytes_max
            raise Problem(
                Code.BODY_TOO_LARGE,
                f"the line has more than {bytes_max} bytes; send a shorter one",
                terms={"bytes_max": bytes_max},
            )
        require_depth(line, self._caps.body_depth_max)
        try:
            is_command = bool(_KIND.decode(line).command)
        except UNREADABLE:
            is_command = False
        return self._by_key(line) if is_command else self._by_wallet(line)

    def _by_wallet(self, line: bytes) -> Awaitable[Sent]:
        asked: IntentAsked = read_body(line, IntentAsked)
        also = asked.co_signature
        return self._acting.intent(
            asked.text,
            Signature(asked.public_key, asked.signature),
            None if also is None else Signature(also.public_key, also.signature),
            is_batch=None,
        )

    def _by_key(self, line: bytes) -> Awaitable[Sent]:
        asked: CommandLine = read_body(line, CommandLine)
        caller = self._caller
        if caller is None:
            raise Problem(
                Code.NOT_AUTHENTICATED,
                "no API key opened this stream; sign its opening with one, or send texts signed by a wallet",
            )
        if not self._acting.authority.is_still(caller):
            self._end = self._end or End.KEY
            raise Problem(Code.KEY_EXPIRED, "the key that opened this stream is good no more; open another")
        return self._acting.command(
            caller,
            key=require_idempotency_key(asked.key),
            request=line,
            market=asked.market,
            verb=asked.verb,
            fields=asked.fields,
            guards=asked.guards,
        )


_KIND = msgspec.json.Decoder(_Kind)
