"""One WebSocket connection: what it listens to, what it says, and how long it may be silent."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec
from msgspec import Struct

from solvent.runtime.outgoing import Bounds, Outgoing

# A few whole histories, as several are told at once on subscribing.
QUEUE_BYTES_MAX = 4 << 20
QUEUE_MESSAGES_MAX = 1_024
SILENT_S = 60.0
# Close codes of the protocol: done, a rule was broken, try again later.
NORMAL, POLICY, LATER = 1000, 1008, 1013

# What is subscribed to under another name than it is told under.
CHANNELS = {"userEvents": "user"}

Message = MutableMapping[str, Any]


class Topic(Struct, frozen=True):
    """What may be listened to; `account` is the address's at the moment, empty where it has none.

    Who listens is kept under the topic without it: an address may be registered later.
    """

    kind: str
    coin: str = ""
    user: str = ""
    account: str = ""

    @property
    def channel(self) -> str:
        """What its messages come under."""
        return CHANNELS.get(self.kind, self.kind)


class Client(Outgoing):
    """What a connection is to be told, in order."""

    def __init__(self) -> None:
        super().__init__(Bounds(messages_max=QUEUE_MESSAGES_MAX, bytes_max=QUEUE_BYTES_MAX, slow_code=POLICY))
        self.topics: set[Topic] = set()

    def tell(self, message: Any) -> None:
        """Put a message behind those that wait; it never waits itself."""
        self.put(msgspec.json.encode(message))

    async def send_until_closed(self, send: Callable[[Message], Awaitable[None]]) -> None:
        """Send what waits until the connection is to end, and then say why."""

        async def one(text: str) -> None:
            await send({"type": "websocket.send", "text": text})

        await self.send_all(one)
        assert self.ending is not None
        code, reason = self.ending
        await send({"type": "websocket.close", "code": code, "reason": reason})

    async def read_all(
        self, receive: Callable[[], Awaitable[Message]], handle: Callable[[str | bytes], None]
    ) -> None:
        """Hand on what the client says, until it leaves or has been silent for too long."""
        while True:
            try:
                async with asyncio.timeout(SILENT_S):
                    message = await receive()
            except TimeoutError:
                self.end(NORMAL, "Inactive")
                return
            if message["type"] != "websocket.receive":
                return
            handle(message.get("text") or message.get("bytes") or "")
