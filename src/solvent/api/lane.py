"""The short way of what comes most: texts that wallets signed, past the framework's own machinery.

Only what is read without a fault is carried out here. Whatever is odd about a request, be it its query or its
body, is left to the framework's handler of the same address, which says in words what is wrong with it.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from litestar.enums import HttpMethod, ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from solvent.api import problems
from solvent.api.acting import Acting
from solvent.api.answers import REPLAYED, Sent
from solvent.api.problems import REQUEST_ID

# What carries a body out, or gives none for one that it cannot read.
Way = Callable[[Acting, bytes], Awaitable[Sent | None]]
_REPLAYED = (REPLAYED.lower().encode(), b"true")


class Lane:
    """An ASGI application around the framework's: it takes POSTs that it knows, and hands the rest on.

    It stands behind the gate, which gives a body in one piece.
    """

    def __init__(self, app: ASGIApp, *, acting: Acting, ways: Mapping[str, Way]) -> None:
        self.app = app
        self._acting = acting
        self._ways = ways

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what has a short way, or let the framework."""
        way = self._way_of(scope)
        if way is None:
            await self.app(scope, receive, send)
            return
        message: Any = await receive()
        try:
            sent = await way(self._acting, message["body"])
        except Exception as error:  # noqa: BLE001 - as the framework's handlers, it answers whatever it is
            request_id = str(scope.get(REQUEST_ID, ""))
            problem = problems.told(error, request_id)
            headers = [(name.lower().encode(), value.encode()) for name, value in problem.headers.items()]
            await _answer(send, problem.status, problems.MEDIA_TYPE, problem.body(request_id), headers)
            return
        if sent is None:
            await self.app(scope, _again(message, receive), send)
            return
        await _answer(send, sent.status, sent.media_type, sent.body, [_REPLAYED] if sent.is_repeat else [])

    def _way_of(self, scope: Scope) -> Way | None:
        if scope["type"] != ScopeType.HTTP or scope["method"] != HttpMethod.POST or scope["query_string"]:
            return None
        return self._ways.get(scope["path"])


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


async def _answer(
    send: Send, status: int, media_type: str, body: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    own = [(b"content-type", media_type.encode()), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": own + headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
