"""The short way from a socket to a command: a plain POST that comes whole needs no ASGI request.

An ASGI server makes a scope, a task, two events and a timer for each request, which is most of what a signed
command costs. Whatever is not plain goes through the server's own machinery, to the same gate and lane.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, cast

from msgspec import Struct
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle
from uvicorn.server import ServerState

from solvent.api.acting import Acting
from solvent.api.gate import SECURITY_LINES, Gate
from solvent.api.gathering import GatheringProtocol
from solvent.api.lane import Plain, Told, Way, carried_out, told
from solvent.api.problems import Problem

# How long the head of a request may take to come.
HEAD_S = 10.0
_TOLD = f"the request's head did not come whole within {HEAD_S:g} s; send it at once"
_HEAD_TOO_SLOW = (
    f"HTTP/1.1 408 Request Timeout\r\ncontent-type: text/plain; charset=utf-8\r\n"
    f"content-length: {len(_TOLD)}\r\nconnection: close\r\n\r\n{_TOLD}"
).encode()


class Express(Struct, frozen=True, eq=False):
    """What has a short way, for servers: the gate it passes, and the ways by their paths' bytes.

    `is_open` tells of a port whether the service itself stands there and nothing is to go wrong on request.
    """

    gate: Gate
    acting: Acting
    ways: Mapping[bytes, Way]
    is_open: Callable[[int | None], bool]


class _Ride:
    """A request on the short way, as far as the server's protocol looks at one that is being answered."""

    # Nobody waits for a message of it.
    message_event = asyncio.Event()

    def __init__(self) -> None:
        self.response_complete = False
        self.disconnected = False
        self.keep_alive = True


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
        self._express = express
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
        self._wait_for_head()

    def data_received(self, data: bytes) -> None:
        """Read what came; a body that is not whole yet is waited for by the server's own machinery."""
        super().data_received(data)
        if self.transport.is_closing():
            return
        if self._way is not None:
            self._go_long()
            if self._body:
                super().on_body(self._body)
        elif self._is_in_head and self._late is None:
            self._wait_for_head()

    def on_message_begin(self) -> None:
        """Begin a request."""
        self._is_in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Choose the way."""
        self._is_in_head = False
        self._let_head_be()
        self._way, self._body = self._way_of(), b""
        if self._way is None:
            super().on_headers_complete()

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
        express, parser = self._express, self.parser
        way = express.ways.get(self.url)
        if (
            way is None
            or parser.get_method() != b"POST"
            or parser.get_http_version() != "1.1"
            or not parser.should_keep_alive()
            or parser.should_upgrade()
            or self.expect_100_continue
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
        """Tell whether a body is announced that may be as long, and no two headers have one name."""
        self._named = named = dict(self.headers)
        length = named.get(b"content-length")
        return (
            length is not None
            and int(length) <= self._express.gate.body_bytes_max
            and len(named) == len(self.headers)
        )

    def _go_long(self) -> None:
        """Hand a request to the server's own machinery, which finds the head as it was read."""
        self._way = None
        super().on_headers_complete()

    def _set_out(self, way: Way, plain: Plain, asked: Any) -> None:
        ride = _Ride()
        self.cycle = cast("RequestResponseCycle", ride)
        gate = self._express.gate
        request_id = gate.next_id()
        try:
            gate.admit(plain.headers, self.client[0] if self.client else "")
            gate.require_body(plain.headers, plain.body)
        except Problem as problem:
            self._answer(ride, told(problem, request_id), request_id)
            return
        task = self.loop.create_task(self._carried_out(ride, way, plain, asked, request_id))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _carried_out(self, ride: _Ride, way: Way, plain: Plain, asked: Any, request_id: str) -> None:
        found = await carried_out(way, self._express.acting, plain, asked, request_id)
        self._answer(ride, found, request_id)

    def _answer(self, ride: _Ride, found: Told, request_id: str) -> None:
        """Write an answer in one piece, and let the next request begin."""
        ride.response_complete = True
        self.server_state.total_requests += 1
        if ride.disconnected or self.transport.is_closing():
            return
        given = b"".join(
            [b"%b: %b\r\n" % header for header in (*self.server_state.default_headers, *found.headers)]
        )
        transport: Any = self.transport
        transport.write_now(
            b"%b%bcontent-type: %b\r\ncontent-length: %d\r\n%bx-request-id: %b\r\n%b\r\n%b"
            % (
                STATUS_LINE[found.status],
                given,
                found.media_type.encode(),
                len(found.body),
                SECURITY_LINES,
                request_id.encode(),
                b"" if ride.keep_alive else b"connection: close\r\n",
                found.body,
            )
        )
        if not ride.keep_alive:
            self.transport.close()
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
