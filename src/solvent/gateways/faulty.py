"""Faults on request around an application: answers lost, late, doubled or refused, sockets closed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from solvent.gateways.failures import Shape, Trouble, send_answer
from solvent.gateways.guarding import (
    Application,
    Message,
    Receive,
    Scope,
    Send,
    handing_on,
    read_body,
)
from solvent.runtime.sandbox.faults import Arrived, Faults, Kind, Rule, Surface, is_for

MS_PER_S = 1_000
# More than any part of the service takes.
READ_BYTES_MAX = 1024 * 1024
# The control interface itself never fails, else nobody could take a fault back.
CONTROL = "/api/v1/sandbox"
CLOSED_GOING_AWAY = 1001
# What a server of ours puts into a request's `extensions`: a call that cuts its connection.
ABORT, CALL = "solvent.abort", "call"
TROUBLES = {Kind.RATE_LIMIT: Trouble.TOO_MANY, Kind.UNAVAILABLE: Trouble.UNAVAILABLE}


class ResponseLost(ConnectionError):
    """Raised where the server has no way to cut a connection."""


class Faulty:
    """An ASGI application around another; with no rule in force it adds one look to a request."""

    def __init__(self, app: Application, *, surface: Surface, faults: Faults, shape: Shape) -> None:
        self._app = app
        self._surface = surface
        self._faults = faults
        self._shape = shape
        self._sockets: set[_Socket] = set()
        faults.subscribe(self._hear)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, or let it go wrong as the rules say."""
        if scope["type"] == "websocket":
            await self._with_socket(scope, receive, send)
        elif self._faults.is_quiet or scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self._app(scope, receive, send)
        elif self._faults.may_meet(self._surface, scope["path"]):
            await self._met(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _met(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(receive, READ_BYTES_MAX)
        if body is None:
            # The service says so itself, of a body that is as large.
            await self._app(scope, handing_on(bytes(READ_BYTES_MAX), receive), send)
            return
        arrived = Arrived(
            surface=self._surface, method=scope["method"], path=scope["path"], action=_action_in(body)
        )
        rules = {rule.kind: rule for rule in self._faults.meet(arrived)}
        if Kind.DELAY in rules:
            await asyncio.sleep(rules[Kind.DELAY].delay_ms / MS_PER_S)
        for kind, trouble in TROUBLES.items():
            if kind in rules:
                await send_answer(send, self._shape(trouble))
                return
        is_lost = Kind.LOSE_RESPONSE in rules
        await self._app(scope, handing_on(body, receive), _unsent if is_lost else send)
        if Kind.DUPLICATE in rules:
            await self._app(scope, handing_on(body, _gone), _unsent)
        if is_lost:
            _cut(scope)
            await receive()

    # WebSockets.

    async def _with_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._faults.is_quiet:
            arrived = Arrived(surface=self._surface, method="GET", path=scope["path"])
            if Kind.DISCONNECT in {rule.kind for rule in self._faults.meet(arrived)}:
                await receive()
                await send({"type": "websocket.close", "code": CLOSED_GOING_AWAY})
                return
        socket = _Socket(self._app, scope, receive, send)
        self._sockets.add(socket)
        try:
            await socket.serve()
        finally:
            self._sockets.discard(socket)

    def _hear(self, rule: Rule) -> None:
        if rule.kind is Kind.DISCONNECT:
            for socket in tuple(self._sockets):
                if is_for(rule, self._surface, socket.path):
                    arrived = Arrived(surface=self._surface, method="GET", path=socket.path)
                    self._faults.note(rule, arrived)
                    socket.cut()


class _Socket:
    """A WebSocket that may be closed from outside."""

    def __init__(self, app: Application, scope: Scope, receive: Receive, send: Send) -> None:
        self.path = str(scope["path"])
        self._app = app
        self._call = (scope, receive, send)
        self._is_cut = False
        self._task: asyncio.Task[None] | None = None

    async def serve(self) -> None:
        """Let the application serve it, until either ends."""
        self._task = asyncio.ensure_future(_awaited(self._app(*self._call)))
        try:
            await self._task
        except asyncio.CancelledError:
            if not self._is_cut:
                self._task.cancel()
                raise
            _, _, send = self._call
            # Its client may have gone by itself meanwhile.
            with suppress(RuntimeError, OSError):
                await send({"type": "websocket.close", "code": CLOSED_GOING_AWAY})

    def cut(self) -> None:
        """Close it."""
        self._is_cut = True
        if self._task is not None:
            self._task.cancel()


async def _awaited(work: Awaitable[None]) -> None:
    await work


async def _unsent(_: Message) -> None:
    """Send nothing."""


async def _gone() -> Message:
    return {"type": "http.disconnect"}


def _cut(scope: Scope) -> None:
    abort: Mapping[str, Callable[[], None]] = (scope.get("extensions") or {}).get(ABORT, {})
    if CALL not in abort:
        raise ResponseLost("the answer was lost on request, and this server cannot cut a connection")
    abort[CALL]()


def _action_in(body: bytes) -> str | None:
    """Return the type of what a request to Hyperliquid asks, wherever it stands; none in other bodies."""
    try:
        found: Any = msgspec.json.decode(body) if body[:1] == b"{" else None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    inner = found.get("action", found)
    kind = inner.get("type") if isinstance(inner, dict) else None
    return kind if isinstance(kind, str) else None
