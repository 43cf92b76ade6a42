"""`/ws`: what somebody watches, told as it changes."""

from typing import Any

from solvent.gateways.hyperliquid.desk import Desk


class Hub:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def talk(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.close", "code": 1000})
