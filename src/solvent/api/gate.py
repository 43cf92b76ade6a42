"""What every request passes before it is read, and every answer on its way out."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from itertools import count
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPRequestEvent, HTTPScope, Message, Receive, Scope, Send, WebSocketScope

from solvent.api.limits import Buckets, Caps, require_depth, require_text
from solvent.api.problems import MEDIA_TYPE, REQUEST_ID, Code, Problem
from solvent.api.static import Files
from solvent.runtime import House

Headers = Mapping[bytes, bytes]
# A WebSocket's own close codes, and how many bytes its reason may have.
CLOSED_FOR_ORIGIN, CLOSED_FOR_RATE = 4003, 4029
REASON_MAX = 120
API = "/api"
STREAM = "/api/v1/stream"
READING = ("GET", "HEAD")
JSON = "application/json"
_JSON = JSON.encode()
LOOPBACK = ("localhost", "127.0.0.1", "::1")
SECURITY_HEADERS = {
    # The terminal's parts put style elements into the page; scripts come from files alone.
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
        "img-src 'self' data:; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_SECURITY = tuple((name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items())
# The same as they stand in an answer.
SECURITY_LINES = b"".join(name + b": " + value + b"\r\n" for name, value in _SECURITY)
_REQUEST_ID = b"x-request-id"
_OWN = frozenset((_REQUEST_ID, *(name for name, _ in _SECURITY)))
_SPLITS_KEPT = 256


class Gate:
    """An ASGI application around another: host, origin, rate, body, headers, the request's id."""

    def __init__(self, app: ASGIApp, *, house: House, caps: Caps, static: Path | None) -> None:
        self.app = app
        self._caps = caps
        self._files = None if static is None else Files(static)
        self._hosts = frozenset((*LOOPBACK, *caps.hosts))
        self._buckets = Buckets(rate=caps.address_rate, burst=caps.address_burst, wall_ms=house.wall_ms)
        # Hosts that were looked at and are its own: clients say the same again and again.
        self._known: set[bytes] = set()
        self._began = f"{house.wall_ms():x}"
        self._numbers = count(1)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or answer it with a problem."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        request_id = self.next_id()
        cast("dict[str, Any]", scope)[REQUEST_ID] = request_id
        if scope["type"] == ScopeType.WEBSOCKET:
            await self._let_in(scope, receive, send)
            return
        outward = _with_headers(send, (*_SECURITY, (_REQUEST_ID, request_id.encode())))
        try:
            self.admit(_headers(scope), _address(scope))
            inward = receive
            # A stream is read as it comes, within limits of its own.
            if scope["path"] != STREAM or scope["method"] != "POST":
                async with asyncio.timeout(self._caps.body_s_max):
                    inward = await self._body(scope, receive)
        except TimeoutError:
            await _answer(outward, self._too_slow(), request_id)
            return
        except Problem as problem:
            await _answer(outward, problem, request_id)
            return
        if self._files is not None and not scope["path"].startswith(API) and scope["method"] in READING:
            await self._files.answer(scope, outward)
            return
        await self.app(scope, inward, outward)

    async def _let_in(self, scope: WebSocketScope, receive: Receive, send: Send) -> None:
        """Let a WebSocket through, or close it; it is accepted first, as only then the reason is told."""
        try:
            self.admit(_headers(scope), _address(scope))
        except Problem as problem:
            await receive()
            await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
            code = CLOSED_FOR_RATE if problem.code == Code.RATE_LIMITED else CLOSED_FOR_ORIGIN
            await send({"type": "websocket.close", "code": code, "reason": problem.detail[:REASON_MAX]})
            return
        await self.app(scope, receive, send)

    def next_id(self) -> str:
        """Return the id of the next request."""
        return f"{self._began}-{next(self._numbers):x}"

    @property
    def body_bytes_max(self) -> int:
        """How long a body may be."""
        return self._caps.body_bytes_max

    def admit(self, headers: Headers, address: str) -> None:
        """Check the names that a request goes by, and how many came from its address.

        Another machine's name points at a page that tricks it.
        Errors: `Problem`.
        """
        named = headers.get(b"host", b"")
        if named not in self._known or b"origin" in headers:
            self._require_names(named, headers.get(b"origin"))
        self._buckets.take(address)

    def _require_names(self, named: bytes, page: bytes | None) -> None:
        host = named.decode("latin-1")
        if _split(f"//{host}")[0] not in self._hosts:
            raise Problem(Code.HOST_NOT_ALLOWED, f"this service does not go by the name {host!r}")
        origin = None if page is None else page.decode("latin-1")
        if origin is not None and origin not in self._caps.origins and _split(origin)[1] != host:
            raise Problem(Code.ORIGIN_NOT_ALLOWED, f"pages of {origin!r} may not use this service")
        if len(self._known) < _SPLITS_KEPT:
            self._known.add(named)

    def require_body(self, headers: Headers, body: bytes) -> None:
        """Check what a whole body is said to be, that it is text, and how deep it nests.

        Errors: `Problem`.
        """
        if not body:
            return
        said = headers.get(b"content-type", b"")
        kind = JSON if said == _JSON else said.decode("latin-1").partition(";")[0].strip().lower()
        if kind != JSON:
            raise Problem(
                Code.MEDIA_TYPE_UNSUPPORTED,
                f"the body is said to be {kind or 'of no type'}; send Content-Type: {JSON}",
            )
        require_text(body)
        require_depth(body, self._caps.body_depth_max)

    def _too_slow(self) -> Problem:
        return Problem(
            Code.BODY_TOO_SLOW,
            f"the body did not come whole within {self._caps.body_s_max:g} s, and nothing was done; "
            "send it at once",
            # What is left of it would be taken for the next request.
            headers={"Connection": "close"},
        )

    async def _body(self, scope: HTTPScope, receive: Receive) -> Receive:
        """Read the whole body, up to its limits, and return what hands it on.

        Errors: `Problem`.
        """
        parts: list[bytes] = []
        size, is_more = 0, True
        while is_more:
            message = await receive()
            if message["type"] == "http.disconnect":
                break
            request = cast("HTTPRequestEvent", message)
            parts.append(request.get("body", b""))
            size += len(parts[-1])
            is_more = request.get("more_body", False)
            if size > self._caps.body_bytes_max:
                raise Problem(
                    Code.BODY_TOO_LARGE,
                    f"the body has more than {self._caps.body_bytes_max} bytes; send a smaller one",
                    terms={"bytes_max": self._caps.body_bytes_max},
                )
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        self.require_body(_headers(scope), body)
        return _handing_on(body, receive)


@lru_cache(_SPLITS_KEPT)
def _split(address: str) -> tuple[str | None, str | None]:
    """Return the name and the whole authority of an address; none of what is no address."""
    with suppress(ValueError):
        parts = urlsplit(address)
        return parts.hostname, parts.netloc
    return None, None


def _handing_on(body: bytes, receive: Receive) -> Receive:
    is_given = False

    async def hand_on() -> Any:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return hand_on


def _headers(scope: HTTPScope | WebSocketScope) -> Headers:
    """Return the headers by their names, which a server gives in lower case; of several the last."""
    return dict(scope["headers"])


def _address(scope: HTTPScope | WebSocketScope) -> str:
    client = scope.get("client")
    return client[0] if client else ""


def _with_headers(send: Send, headers: tuple[tuple[bytes, bytes], ...]) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = list(message["headers"])
            present = [name.lower() for name, _ in given]
            added = headers
            if not _OWN.isdisjoint(present):
                added = tuple(header for header in headers if header[0] not in present)
            message["headers"] = [*given, *added]
        await send(message)

    return sending


async def _answer(send: Send, problem: Problem, request_id: str) -> None:
    body = problem.body(request_id)
    headers = {**problem.headers, "Content-Type": MEDIA_TYPE, "Content-Length": str(len(body))}
    await send(
        {
            "type": "http.response.start",
            "status": problem.status,
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})
