"""One WebSocket connection: what waits to be sent is bounded, and who lets it pile up is let go."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec
from msgspec import Struct

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
    """What may be listened to; `account` is the address's, empty where it has none."""

    kind: str
    coin: str = ""
    user: str = ""
    account: str = ""

    @property
    def channel(self) -> str:
        """What its messages come under."""
        return CHANNELS.get(self.kind, self.kind)


class Client:
    """What a connection is to be told, in order."""

    def __init__(self) -> None:
        self.topics: set[Topic] = set()
        self.ending: tuple[int, str] | None = None
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._changed = asyncio.Event()

    def tell(self, message: Any) -> None:
        """Put a message behind those that wait; it never waits itself."""
        self.tell_bytes(msgspec.json.encode(message))

    def tell_bytes(self, message: bytes) -> None:
        """Put a message that is written already behind those that wait."""
        if self.ending is not None:
            return
        self._waiting.append(message)
        self._bytes += len(message)
        if self._bytes > QUEUE_BYTES_MAX or len(self._waiting) > QUEUE_MESSAGES_MAX:
            self.end(POLICY, f"too slow: {len(self._waiting)} messages wait to be read")
        self._changed.set()

    def end(self, code: int, reason: str) -> None:
        """Let the connection go; what waits is not sent any more."""
        if self.ending is None:
            self.ending = (code, reason)
            self._waiting.clear()
            self._changed.set()

    async def send_all(self, send: Callable[[Message], Awaitable[None]]) -> None:
        """Send what waits until the connection is to end, and then say why."""
        while self.ending is None:
            while self._waiting and self.ending is None:
                message = self._waiting[0]
                await send({"type": "websocket.send", "text": message.decode()})
                # Only what was taken makes room.
                if self._waiting:
                    self._waiting.popleft()
                    self._bytes -= len(message)
            if self.ending is None:
                self._changed.clear()
                await self._changed.wait()
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
