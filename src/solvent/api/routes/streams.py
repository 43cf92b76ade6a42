"""The WebSocket: one connection, many subscriptions."""

import asyncio
from contextlib import suppress
from typing import Any

from litestar import WebSocket, websocket
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect

from solvent.api.authority import Authority
from solvent.api.keys import KEY_HEADER
from solvent.api.problems import Problem
from solvent.api.sockets import CLOSE_WITHIN_S, Client, Hub, tell_error
from solvent.runtime import House

Socket = WebSocket[Any, Any, Any]


@websocket("/ws")
async def stream(
    socket: Socket,
    hub: NamedDependency[Hub],
    house: NamedDependency[House],
    authority: NamedDependency[Authority],
) -> None:
    """Tell a client what he subscribed to, until one of both ends it."""
    await socket.accept()
    client = Client()
    try:
        client.caller = await authority.authenticate(socket, house)
    except Problem as problem:
        # Most channels are everybody's; who shows something that does not hold is told so.
        if any(name in socket.headers for name in (KEY_HEADER, "authorization")):
            tell_error(client, None, problem)
    hub.enter(client, socket.client.host if socket.client is not None else "")
    tasks = [
        asyncio.create_task(work)
        for work in (_listen(socket, hub, client), client.send_all(socket.send_text), client.until_ending())
    ]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        hub.leave(client)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if client.ending is not None:
        code, reason = client.ending
        # Who does not read at all never learns the reason; nobody waits for him.
        with suppress(TimeoutError, WebSocketDisconnect, OSError):
            await asyncio.wait_for(socket.close(code, reason), CLOSE_WITHIN_S)


async def _listen(socket: Socket, hub: NamedDependency[Hub], client: Client) -> None:
    while True:
        hub.handle(client, await socket.receive_text())


HANDLERS: tuple[Any, ...] = (stream,)
