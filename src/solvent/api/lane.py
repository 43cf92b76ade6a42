"""The short way of what comes most: signed texts and keys' commands, past the framework's own machinery.

Only what is read without a fault is carried out here. Whatever is odd about a request, be it its query or its
body, is left to the framework's handler of the same address, which says in words what is wrong with it.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

import msgspec
from litestar.enums import HttpMethod, ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Struct

from solvent.api import problems
from solvent.api.acting import Acting, Handing
from solvent.api.answers import REPLAYED, Sent
from solvent.api.asking import UNREADABLE
from solvent.api.problems import REQUEST_ID

Headers = Sequence[tuple[bytes, bytes]]
REPLAYED_HEADERS: Headers = ((REPLAYED.lower().encode(), b"true"),)


class Plain(Struct, frozen=True, gc=False):
    """A POST without a query, whole: its path as it came, and its headers, of which no two have one name."""

    path: bytes
    headers: Mapping[bytes, bytes]
    body: bytes


class Way(Struct, frozen=True):
    """A short way: what reads a request, or gives none for an odd one, and what carries out what was read.

    It gives the answer where there is nothing to wait for, or what is handed in for one; whatever has to wait
    for more is awaited.
    """

    read: Callable[[Plain], Any]
    carry_out: Callable[[Acting, Plain, Any], Sent | Handing | Coroutine[Any, Any, Sent]]


class Told(Struct, frozen=True, gc=False):
    """An answer with the headers that are its own."""

    status: int
    media_type: str
    body: bytes
    headers: Headers


def reading(kind: type[Any]) -> Callable[[Plain], Any]:
    """Return what reads a body of a kind strictly; none of what it cannot read."""
    reader = msgspec.json.Decoder(kind, strict=True)

    def read(plain: Plain) -> Any:
        try:
            return reader.decode(plain.body)
        except UNREADABLE:
            return None

    return read


async def carried_out(way: Way, acting: Acting, plain: Plain, asked: Any, request_id: str) -> Told:
    """Carry out what was read; whatever goes wrong is the answer."""
    try:
        found = way.carry_out(acting, plain, asked)
        if isinstance(found, Handing):
            sent = await acting.handed_in(found)
        else:
            sent = found if isinstance(found, Sent) else await found
    except Exception as error:  # noqa: BLE001 - as the framework's handlers, it answers whatever it is
        return told(error, request_id)
    return Told(sent.status, sent.media_type, sent.body, REPLAYED_HEADERS if sent.is_repeat else ())


def told(error: Exception, request_id: str) -> Told:
    """Return the answer that an error is."""
    problem = problems.told(error, request_id)
    headers = [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
    return Told(problem.status, problems.MEDIA_TYPE, problem.body(request_id), headers)


class Lane:
    """An ASGI application around the framework's: it takes POSTs that it knows, and hands the rest on.

    It stands behind the gate, which gives a body in one piece. `express` has the same ways.
    """

    def __init__(self, app: ASGIApp, *, acting: Acting, ways: Mapping[str, Way]) -> None:
        self.app = app
        self.acting = acting
        self.ways = ways

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what has a short way, or let the framework."""
        way = self._way_of(scope)
        if way is None:
            await self.app(scope, receive, send)
            return
        message: Any = await receive()
        headers = dict(scope["headers"])
        plain = Plain(scope["raw_path"], headers, message["body"])
        asked = way.read(plain) if len(headers) == len(scope["headers"]) else None  # type: ignore[arg-type]
        if asked is None:
            await self.app(scope, _again(message, receive), send)
            return
        await _answer(send, await carried_out(way, self.acting, plain, asked, str(scope.get(REQUEST_ID, ""))))

    def _way_of(self, scope: Scope) -> Way | None:
        if scope["type"] != ScopeType.HTTP or scope["method"] != HttpMethod.POST or scope["query_string"]:
            return None
        return self.ways.get(scope["path"])


def _again(message: Any, receive: Receive) -> Receive:
    """Return what gives a message once more, and then what follows it."""
    is_given = False

    async def give() -> Any:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return message

    return give


async def _answer(send: Send, told: Told) -> None:
    own = [
        (b"content-type", told.media_type.encode()),
        (b"content-length", b"%d" % len(told.body)),
        *told.headers,
    ]
    await send({"type": "http.response.start", "status": told.status, "headers": own})
    await send({"type": "http.response.body", "body": told.body, "more_body": False})
