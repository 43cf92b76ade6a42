"""What one listener is to be told, in order: bounded, and who lets it pile up is let go with a reason."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from msgspec import Struct


class Bounds(Struct, frozen=True, kw_only=True):
    """How many messages, of how many bytes together, may wait, and the close code of who is slower."""

    messages_max: int
    bytes_max: int
    slow_code: int


class Outgoing:
    """The messages that wait for one WebSocket; all of it in the event loop's thread.

    `ending` is the close code and the reason, once the connection is to go.
    """

    def __init__(self, bounds: Bounds) -> None:
        self.ending: tuple[int, str] | None = None
        self._bounds = bounds
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._changed = asyncio.Event()

    def put(self, message: bytes) -> None:
        """Put a message behind those that wait; it never waits itself."""
        if self.ending is not None:
            return
        self._waiting.append(message)
        self._bytes += len(message)
        bounds = self._bounds
        if self._bytes > bounds.bytes_max or len(self._waiting) > bounds.messages_max:
            told = f"{len(self._waiting)} messages of {self._bytes} bytes wait to be read"
            self.end(bounds.slow_code, f"too slow: {told}; subscribe to less, or read faster")
        self._changed.set()

    def end(self, code: int, reason: str) -> None:
        """Let the connection go; what waits is not sent any more."""
        if self.ending is None:
            self.ending = (code, reason)
            self._waiting.clear()
            self._changed.set()

    async def send_all(self, send: Callable[[str], Awaitable[None]]) -> None:
        """Send what waits, until the connection is to end."""
        while self.ending is None:
            while self._waiting and self.ending is None:
                message = self._waiting[0]
                await send(message.decode())
                # Only what was taken makes room.
                if self._waiting:
                    self._waiting.popleft()
                    self._bytes -= len(message)
            if self.ending is None:
                self._changed.clear()
                await self._changed.wait()

    async def until_ending(self) -> None:
        """Wait until the connection is to end."""
        while self.ending is None:
            self._changed.clear()
            await self._changed.wait()
