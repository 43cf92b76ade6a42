"""An answer in one write: the server writes its head and its body apart, each a system call and a wake-up."""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class GatheringProtocol(HttpToolsProtocol):
    """uvicorn's protocol, with what it writes in one round of the event loop written at once."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin a connection."""
        gathering: Any = _Gathering(transport, self.loop)
        super().connection_made(gathering)

    def handle_websocket_upgrade(self) -> None:
        """Leave a WebSocket, which has a protocol of its own, its transport as it is."""
        gathering: Any = self.transport
        gathering.release()
        self.transport = gathering.inner
        super().handle_websocket_upgrade()


class _Gathering:
    """A transport that holds what is written until the loop comes round; all else is the transport's own."""

    def __init__(self, inner: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.inner = inner
        self._loop = loop
        self._held: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def write(self, data: bytes) -> None:
        """Write soon."""
        if not self._held:
            self._loop.call_soon(self.release)
        self._held.append(data)

    def write_now(self, data: bytes) -> None:
        """Write what is held and then this, which is whole in itself."""
        if self._held:
            self.release()
        self.inner.write(data)

    def close(self) -> None:
        """Write what is held, and close."""
        self.release()
        self.inner.close()

    def release(self) -> None:
        """Write what is held."""
        held, self._held = self._held, []
        if held and not self.inner.is_closing():
            self.inner.write(held[0] if len(held) == 1 else b"".join(held))
