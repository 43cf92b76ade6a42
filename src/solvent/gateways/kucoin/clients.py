"""One WebSocket: what waits to be sent is bounded, and who lets it pile up is let go."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from solvent.dialects import Json, encode_json
from solvent.gateways.kucoin.letting_in import Token

WAITING_MAX = 512
BYTES_MAX = 1 << 20
# Close codes: policy, a fault of ours, too slow, too many.
FORBIDDEN, FAULTY, SLOW, TOO_MANY = 1008, 1011, 4008, 4029


class Client:
    """One connection and the topics that it listens to."""

    def __init__(self, token: Token) -> None:
        self.token = token
        self.topics: set[str] = set()
        self.ending: tuple[int, str] | None = None
        self._waiting: deque[str] = deque()
        self._size = 0
        self._changed = asyncio.Event()

    def tell(self, message: Json) -> None:
        """Put a message behind those that wait."""
        self.tell_text(encode_json(message))

    def tell_text(self, text: str) -> None:
        """Put a written message behind those that wait; it never waits itself."""
        if self.ending is not None:
            return
        self._waiting.append(text)
        self._size += len(text)
        if len(self._waiting) > WAITING_MAX or self._size > BYTES_MAX:
            self.end(SLOW, f"too slow: {len(self._waiting)} messages wait; read faster, or listen to less")
        self._changed.set()

    def end(self, code: int, reason: str) -> None:
        """Let the connection go; what waits is not sent any more."""
        if self.ending is None:
            self.ending = (code, reason)
            self._waiting.clear()
            self._changed.set()

    async def send_all(self, send: Callable[[str], Awaitable[None]]) -> None:
        """Send what waits until the connection is to end."""
        while self.ending is None:
            while self._waiting and self.ending is None:
                text = self._waiting[0]
                await send(text)
                # Only what was taken makes room.
                if self._waiting:
                    self._waiting.popleft()
                    self._size -= len(text)
            if self.ending is None:
                self._changed.clear()
                await self._changed.wait()

    async def until_ending(self) -> None:
        """Wait until the connection is to end."""
        while self.ending is None:
            self._changed.clear()
            await self._changed.wait()
