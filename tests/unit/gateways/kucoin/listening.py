"""A client at the WebSocket for tests, as a server hands its messages on."""

import asyncio
import json
from decimal import Decimal
from typing import Any, Self
from urllib.parse import urlencode

from tests.unit.gateways.kucoin.serving import Keyed, Served

WAIT_S = 10


class Listener:
    """One connection; in a `with` block. `heard` is what it was sent and not read yet."""

    def __init__(self, served: Served, token: str, *, path: str = "/ws", holds: bool = False) -> None:
        self._served = served
        self._token = token
        self._path = path
        self._may_send = holds

    def say(self, **message: Any) -> Any:
        """Send a message and return what is answered to it."""
        self._served.run(self._inward.put({"type": "websocket.receive", "text": json.dumps(message)}))
        return self.next("ack", "error", "pong")

    def send(self, text: str) -> None:
        self._served.run(self._inward.put({"type": "websocket.receive", "text": text}))

    def listen(self, topic: str) -> None:
        told = self.say(id=topic, type="subscribe", topic=topic, privateChannel=True, response=True)
        assert told == {"id": topic, "type": "ack"}, told

    def next(self, *types: str) -> Any:
        """Return the next message of these types, or of any; others are passed over."""
        while True:
            message = self._served.run(self._taken())
            if message["type"] == "websocket.close":
                return message
            if message["type"] == "websocket.accept":
                continue
            told = json.loads(message["text"], parse_float=Decimal)
            if not types or told["type"] in types:
                return told

    def of(self, subject: str, **wanted: Any) -> Any:
        """Return the next message of a subject whose data has these values."""
        while True:
            told = self.next("message", "websocket.close")
            assert told["type"] == "message", told
            if told["subject"] == subject and all(
                told["data"].get(name) == to for name, to in wanted.items()
            ):
                return told

    async def _taken(self) -> Any:
        return await asyncio.wait_for(self._outward.get(), WAIT_S)

    async def _begin(self) -> None:
        self._inward: asyncio.Queue[Any] = asyncio.Queue()
        self._outward: asyncio.Queue[Any] = asyncio.Queue()
        self._released = asyncio.Event()
        query = urlencode({"token": self._token, "connectId": "me"})
        scope = self._served.scope("websocket", self._path, query, {})

        async def send(message: Any) -> None:
            if self._may_send and message["type"] == "websocket.send":
                await self._released.wait()
            await self._outward.put(message)

        await self._inward.put({"type": "websocket.connect"})
        self._task = asyncio.ensure_future(self._served.gateway(scope, self._inward.get, send))

    async def _end(self) -> None:
        self._released.set()
        await self._inward.put({"type": "websocket.disconnect", "code": 1000})
        await asyncio.wait_for(self._task, WAIT_S)

    def __enter__(self) -> Self:
        self._served.run(self._begin())
        return self

    def __exit__(self, *_: object) -> None:
        self._served.run(self._end())


def bullet(served: Served, key: Keyed | None = None) -> Any:
    """Return what a request for a token is answered."""
    path = "/api/v1/bullet-private" if key else "/api/v1/bullet-public"
    return served.data("POST", path, key=key)


def connected(served: Served, key: Keyed | None = None, *, holds: bool = False) -> Listener:
    """Return a client with a token of its own."""
    return Listener(served, bullet(served, key)["token"], holds=holds)
