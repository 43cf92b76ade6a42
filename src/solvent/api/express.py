"""The short way from a socket to a command: a plain POST that comes whole needs no ASGI request.

An ASGI server makes a scope, a task, two events and a timer for each request, which is most of what a signed
command costs. Whatever is not plain goes through the server's own machinery, to the same gate and lane.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, cast

import msgspec
from msgspec import Struct
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle
from uvicorn.server import ServerState

from solvent.api.acting import Acting, Handing
from solvent.api.answers import Sent
from solvent.api.gate import SECURITY_LINES, Gate
from solvent.api.gathering import GatheringProtocol
from solvent.api.lane import REPLAYED_HEADERS, Headers, Plain, Way, told
from solvent.runtime import Reply, RuntimeProblem

# How long the head of a request may take to come.
HEAD_S = 10.0
_TOLD = f"the request's head did not come whole within {HEAD_S:g} s; send it at once"
_HEAD_TOO_SLOW = (
    f"HTTP/1.1 408 Request Timeout\r\ncontent-type: text/plain; charset=utf-8\r\n"
    f"content-length: {len(_TOLD)}\r\nconnection: close\r\n\r\n{_TOLD}"
).encode()


class Starts:
    """How answers begin, which is the same as long as the server's own headers are, its date among them."""

    def __init__(self) -> None:
        self._own: Headers = ()
        self._made: dict[tuple[int, str, bool], bytes] = {}

    def of(self, own: Headers, sent: Sent) -> bytes:
        """Return an answer up to its length; the server has other headers as another list."""
        if own is not self._own:
            self._own, self._made = own, {}
        kind = (sent.status, sent.media_type, sent.is_repeat)
        found = self._made.get(kind)
        if found is None:
            headers = REPLAYED_HEADERS if sent.is_repeat else ()
            found = self._made[kind] = start_of(sent.status, sent.media_type, own, headers)
        return found


def start_of(status: int, media_type: str, *headers: Headers) -> bytes:
    """Return an answer up to its length."""
    given = b"".join([b"%b: %b\r\n" % header for some in headers for header in some])
    return b"%b%bcontent-type: %b\r\ncontent-length: " % (STATUS_LINE[status], given, media_type.encode())


class Express(Struct, frozen=True, eq=False):
    """What has a short way, for servers: the gate it passes, and the ways by their paths' bytes.

    `is_open` tells of a port whether the service itself stands there and nothing is to go wrong on request.
    """

    gate: Gate
    acting: Acting
    ways: Mapping[bytes, Way]
    is_open: Callable[[int | None], bool]
    starts: Starts = msgspec.field(default_factory=Starts)


class Ride:
    """A request on the short way, of which the server's protocol looks at what it knows of any request."""

    __slots__ = ("_answer", "_protocol", "_request_id", "disconnected", "keep_alive", "response_complete")
    # Nobody waits for a message of it.
    message_event = asyncio.Event()

    def __init__(self, protocol: "ExpressProtocol", request_id: str) -> None:
        self.response_complete = False
        self.disconnected = False
        self.keep_alive = True
        self._protocol = protocol
        self._request_id = request_id
        self._answer: Callable[[list[Reply]], Sent] | None = None

    def begin(self, way: Way, plain: Plain, asked: Any) -> None:
        """Admit what was read, and carry it out; whatever goes wrong is the answer."""
        protocol = self._protocol
        gate, acting = protocol.express.gate, protocol.express.acting
        try:
            gate.admit(plain.headers, protocol.address)
            gate.require_body(plain.headers, plain.body)
            found = way.carry_out(acting, plain, asked)
            if type(found) is Handing:
                self._answer = found.answer
                acting.hand_over(found, self._told)
                return
            if type(found) is not Sent:
                protocol.go_on(self._awaited(cast("Coroutine[Any, Any, Sent]", found)))
                return
        except Exception as error:  # noqa: BLE001 - as the framework's handlers, it answers whatever it is
            self._fail(error)
        else:
            self._send(found)

    async def _awaited(self, found: Coroutine[Any, Any, Sent]) -> None:
        try:
            sent = await found
        except Exception as error:  # noqa: BLE001 - as above
            self._fail(error)
        else:
            self._send(sent)

    def _told(self, replies: list[Reply] | None, stopped: RuntimeProblem | None) -> None:
        """Answer what was handed in."""
        if replies is None:
            assert stopped is not None
            self._fail(stopped)
            return
        assert self._answer is not None
        try:
            sent = self._answer(replies)
        except Exception as error:  # noqa: BLE001 - as above; and others are told behind it
            self._fail(error)
        else:
            self._send(sent)

    def _send(self, sent: Sent) -> None:
        protocol = self._protocol
        start = protocol.express.starts.of(protocol.server_state.default_headers, sent)
        protocol.answer(self, start, self._request_id, sent.body)

    def _fail(self, error: Exception) -> None:
        found = told(error, self._request_id)
        own = self._protocol.server_state.default_headers
        start = start_of(found.status, found.media_type, own, found.headers)
        self._protocol.answer(self, start, self._request_id, found.body)


class ExpressProtocol(GatheringProtocol):
    """uvicorn's protocol, which answers plain POSTs of the short ways by itself.

    Plain is: HTTP/1.1, kept alive, no query, a `Content-Length` within the limit, nothing expected first, no
    other request of the connection under way, and head and body in what is read at once.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        express: Express,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.express = express
        self.address = ""
        self._inner = cast("asyncio.Transport", None)
        self._way: Way | None = None
        self._body = b""
        self._named: Mapping[bytes, bytes] = {}
        self._is_in_head = False
        self._late: asyncio.TimerHandle | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._answered_s = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection, whose first request is waited for as any."""
        super().connection_made(transport)
        self._inner = transport
        self.address = self.client[0] if self.client else ""
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Read what came; a body that is not whole yet is waited for by the server's own machinery."""
        super().data_received(data)
        if self._way is not None:
            if not self.transport.is_closing():
                self._go_long()
                if self._body:
                    super().on_body(self._body)
        elif self._is_in_head and self._late is None and not self.transport.is_closing():
            self._wait_for_head()

    def on_message_begin(self) -> None:
        """Begin a request; only what goes the long way needs the server's own beginning."""
        self._is_in_head = True
        self.url = b""
        self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Choose the way."""
        self._is_in_head = False
        if self._late is not None:
            self._let_head_be()
        self._way, self._body = self._way_of(), b""
        if self._way is None:
            self._go_long()

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        if self._way is None:
            super().on_body(body)
        else:
            self._body += body

    def on_message_complete(self) -> None:
        """Begin what was asked, unless it cannot be read."""
        way = self._way
        if way is None:
            super().on_message_complete()
            return
        plain = Plain(self.url, self._named, self._body)
        asked = way.read(plain)
        if asked is None:
            self._go_long()
            super().on_body(self._body)
            super().on_message_complete()
            return
        self._way = None
        self._set_out(way, plain, asked)

    def connection_lost(self, exc: Exception | None) -> None:
        """End a connection."""
        self._let_head_be()
        super().connection_lost(exc)

    def _wait_for_head(self) -> None:
        self._late = self.loop.call_later(HEAD_S, self._give_head_up)

    def _let_head_be(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _give_head_up(self) -> None:
        """End a connection whose request's head does not come: it may hold no place of another's."""
        self._late = None
        if self.transport.is_closing():
            return
        if self._is_in_head:
            self.transport.write(_HEAD_TOO_SLOW)
        self.transport.close()

    def _way_of(self) -> Way | None:
        express, parser = self.express, self.parser
        way = express.ways.get(self.url)
        if (
            way is None
            or parser.get_method() != b"POST"
            or parser.get_http_version() != "1.1"
            or not parser.should_keep_alive()
            or parser.should_upgrade()
            or self.flow.write_paused
            or self._is_answering()
            or not self._is_short()
        ):
            return None
        most = self.limit_concurrency
        if most is not None and (len(self.connections) >= most or len(self.tasks) >= most):
            return None
        return way if express.is_open(self.server[1] if self.server else None) else None

    def _is_answering(self) -> bool:
        latest: Any = self.cycle
        return latest is not None and not latest.response_complete

    def _is_short(self) -> bool:
        """Tell whether a body is announced that may be as long and is not held back, and no name is twice."""
        self._named = named = dict(self.headers)
        length = named.get(b"content-length")
        return (
            length is not None
            and int(length) <= self.express.gate.body_bytes_max
            and len(named) == len(self.headers)
            and b"expect" not in named
        )

    def begin_long(self) -> None:
        """Begin a request as the server does, before it is told what was read of it."""
        super().on_message_begin()

    def _go_long(self) -> None:
        """Hand a request to the server's own machinery, which finds the head as it was read."""
        self._way = None
        url, headers = self.url, self.headers
        self.begin_long()
        self.url = url
        for name, value in headers:
            super().on_header(name, value)
        super().on_headers_complete()

    def _set_out(self, way: Way, plain: Plain, asked: Any) -> None:
        ride = Ride(self, self.express.gate.next_id())
        self.cycle = cast("RequestResponseCycle", ride)
        ride.begin(way, plain, asked)

    def go_on(self, work: Coroutine[Any, Any, None]) -> None:
        """Let what takes longer go on, which the server's end waits for."""
        task = self.loop.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def answer(self, ride: Ride, start: bytes, request_id: str, body: bytes) -> None:
        """Write an answer in one piece, and let the next request begin."""
        ride.response_complete = True
        self.server_state.total_requests += 1
        if ride.disconnected or self._inner.is_closing():
            return
        transport: Any = self.transport
        end = b"" if ride.keep_alive else b"connection: close\r\n"
        transport.write_now(
            b"%b%d\r\n%bx-request-id: %b\r\n%b\r\n%b"
            % (start, len(body), SECURITY_LINES, request_id.encode(), end, body)
        )
        if not ride.keep_alive:
            transport.close()
        elif self.pipeline:
            self.on_response_complete()
        else:
            self._rest()

    def _rest(self) -> None:
        """Close the connection when nothing comes for a while; one timer serves many requests."""
        self._answered_s = self.loop.time()
        if self._idle is None:
            self._idle = self.loop.call_later(self.timeout_keep_alive, self._look_whether_idle)

    def _look_whether_idle(self) -> None:
        self._idle = None
        if self.transport.is_closing() or self._is_answering():
            return
        left_s = self._answered_s + self.timeout_keep_alive - self.loop.time()
        if left_s > 0:
            self._idle = self.loop.call_later(left_s, self._look_whether_idle)
        else:
            self.transport.close()
