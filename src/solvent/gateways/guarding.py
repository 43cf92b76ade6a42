"""What every request to a gateway passes first: the names it goes by, and a whole body of bounded size."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from solvent.gateways.failures import Answer, Shape, Trouble, send_answer
from solvent.runtime.listening import Names

Scope = Any
Message = Any
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_BYTES_MAX = 64 * 1024
BODY_S_MAX = 10.0
# A WebSocket that is not let in is closed before it is accepted, which the server answers with 403.
CLOSED_POLICY = 1008


class Guard:
    """An ASGI application around a gateway; what it refuses is told in the venue's shape.

    Pages of other origins are refused, as a browser sends what they like from this machine.
    """

    def __init__(
        self,
        app: Application,
        *,
        names: Names,
        shape: Shape,
        body_bytes_max: int = BODY_BYTES_MAX,
        body_s_max: float = BODY_S_MAX,
    ) -> None:
        self._app = app
        self._names = names
        self._shape = shape
        self._bytes_max = body_bytes_max
        self._s_max = body_s_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through with its body read, or answer it."""
        is_socket = scope["type"] == "websocket"
        if not self._names.admit(*_names_in(scope["headers"])):
            await (_shut(receive, send) if is_socket else send_answer(send, self._told(Trouble.STRANGER)))
        elif is_socket:
            await self._app(scope, receive, send)
        else:
            await self._with_body(scope, receive, send)

    async def _with_body(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(self._s_max):
                body = await read_body(receive, self._bytes_max)
        except TimeoutError:
            await send_answer(send, self._told(Trouble.TOO_SLOW))
            return
        if body is None:
            await send_answer(send, self._told(Trouble.TOO_LARGE))
            return
        await self._app(scope, handing_on(body, receive), send)

    def _told(self, trouble: Trouble) -> Answer:
        answer = self._shape(trouble)
        # What is left of a body that was not read would be taken for the next request.
        return Answer(
            status=answer.status,
            media_type=answer.media_type,
            body=answer.body,
            headers={**answer.headers, "connection": "close"},
        )


async def read_body(receive: Receive, bytes_max: int) -> bytes | None:
    """Read a request's body to its end; none where it has more bytes than may be."""
    message = await receive()
    body, is_more = message.get("body", b""), message.get("more_body", False)
    # Most bodies come whole.
    if is_more:
        parts = bytearray(body)
        while is_more and len(parts) <= bytes_max:
            message = await receive()
            parts += message.get("body", b"")
            is_more = message.get("more_body", False)
        body = bytes(parts)
    return body if len(body) <= bytes_max else None


def handing_on(body: bytes, receive: Receive) -> Receive:
    """Return what hands a body on that was read already, and then whatever else comes."""
    is_given = False

    async def hand_on() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return hand_on


def _names_in(headers: Iterable[tuple[bytes, bytes]]) -> tuple[str, str | None]:
    """Return the Host that a request names, and its Origin where there is one."""
    host, origin = "", None
    for name, value in headers:
        if name == b"host":
            host = value.decode("latin-1")
        elif name == b"origin":
            origin = value.decode("latin-1")
    return host, origin


async def _shut(receive: Receive, send: Send) -> None:
    await receive()
    await send({"type": "websocket.close", "code": CLOSED_POLICY})
