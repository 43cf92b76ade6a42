"""An ASGI application called as a server calls it, and one that tells what reached it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from msgspec import Struct

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Receive, Send], Awaitable[None]]


class Answered(Struct, frozen=True):
    """What an application sent."""

    messages: tuple[Message, ...]

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.messages[0]["headers"]}

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages[1:])


def scope_of(
    path: str = "/",
    *,
    kind: str = "http",
    method: str = "POST",
    port: int = 8420,
    headers: Iterable[tuple[str, str]] = (("host", "127.0.0.1:8420"),),
    raw: bytes | None = None,
) -> dict[str, Any]:
    return {
        "type": kind,
        "method": method,
        "path": path,
        "raw_path": path.encode() if raw is None else raw,
        "query_string": b"",
        "root_path": "",
        "server": ("127.0.0.1", port),
        "client": ("127.0.0.1", 50_000),
        "headers": [(name.encode(), value.encode()) for name, value in headers],
    }


def requests(*bodies: bytes) -> list[Message]:
    """Return the messages of a body that comes in these pieces."""
    return [
        {"type": "http.request", "body": body, "more_body": place + 1 < len(bodies)}
        for place, body in enumerate(bodies)
    ]


def called(app: Application, scope: dict[str, Any], messages: Iterable[Message] = ()) -> Answered:
    """Call an application; it is told these messages, and then nothing more."""
    return asyncio.run(calling(app, scope, messages))


async def calling(app: Application, scope: dict[str, Any], messages: Iterable[Message] = ()) -> Answered:
    waiting, sent = list(messages) or requests(b""), []

    async def receive() -> Message:
        if waiting:
            return waiting.pop(0)
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return Answered(tuple(sent))


class Telling:
    """An application that answers with its name, and keeps what reached it."""

    def __init__(self, name: str, *, answer: bytes = b"") -> None:
        self.name = name
        self.scopes: list[Any] = []
        self.bodies: list[bytes] = []
        self._answer = answer or name.encode()

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        self.scopes.append(scope)
        if scope["type"] == "http":
            self.bodies.append((await receive())["body"])
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": self._answer, "more_body": False})
