"""The WebSocket: a token lets a client in, topics are asked for, pings are answered."""

import asyncio
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl

from solvent.dialects import Json, ShapeRefused, encode_json, parse_json
from solvent.gateways.guarding import Receive, Scope, Send
from solvent.gateways.kucoin import topics
from solvent.gateways.kucoin.authority import Authority
from solvent.gateways.kucoin.clients import FORBIDDEN, TOO_MANY, Client
from solvent.gateways.kucoin.desk import Desk
from solvent.gateways.kucoin.hub import Hub
from solvent.gateways.kucoin.tokens import PATH

CLIENTS_MAX = 500
TOPICS_MAX = 100
OPS_MAX, OPS_MS = 100, 10_000
ID_LENGTH_MAX = 128
BAD_REQUEST, UNAUTHORISED, UNKNOWN_TOPIC, TOO_OFTEN = 400, 401, 404, 509


class Sockets:
    """Every open WebSocket of the gateway."""

    def __init__(self, desk: Desk, authority: Authority) -> None:
        self._desk = desk
        self._authority = authority
        self._hub = Hub(desk, authority)
        self._count = 0

    async def keep(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a client in and answer it until it goes, or is let go."""
        message = await receive()
        assert message["type"] == "websocket.connect", message
        query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1")))
        if not scope["path"].endswith(PATH):
            await send({"type": "websocket.close", "code": FORBIDDEN, "reason": ""})
            return
        await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
        token = self._desk.tokens.take(query.get("token", ""), self._desk.house.wall_ms())
        name = query.get("connectId", "")[:ID_LENGTH_MAX]
        if token is None:
            reason = "token is invalid: it was used, has expired, or was never handed out"
            await _send_text(send, _error(name, UNAUTHORISED, reason))
            await send({"type": "websocket.close", "code": FORBIDDEN, "reason": "token is invalid"})
            return
        if self._count >= CLIENTS_MAX:
            await send({"type": "websocket.close", "code": TOO_MANY, "reason": "too many connections"})
            return
        self._count += 1
        client = Client(token)
        try:
            client.tell({"id": name, "type": "welcome"})
            await self._run(client, receive, send)
        finally:
            self._count -= 1
            self._hub.leave(client)

    async def _run(self, client: Client, receive: Receive, send: Send) -> None:
        """Send and read until one of the two ends; what is broken is not sent to any more."""

        async def sending(text: str) -> None:
            await send({"type": "websocket.send", "text": text})

        tasks = [
            asyncio.ensure_future(one)
            for one in (client.send_all(sending), client.until_ending(), self._read(client, receive))
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        if client.ending is not None and not any(one is True for one in ended):
            code, reason = client.ending
            # The other side may be gone, or may not read at all.
            with suppress(Exception):
                async with asyncio.timeout(1):
                    await send({"type": "websocket.close", "code": code, "reason": reason[:120]})

    async def _read(self, client: Client, receive: Receive) -> bool:
        """Answer what a client sends; returns true once it has gone."""
        pace = _Pace()
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return True
            text = message.get("text") or ""
            if not pace.take(self._desk.house.wall_ms()):
                client.tell(_error("", TOO_OFTEN, f"more than {OPS_MAX} messages in {OPS_MS} ms"))
                continue
            answer = self._answer(client, text)
            if answer is not None:
                client.tell(answer)
            if client.token.is_private and not self._authority.is_still(client.token.key_id):
                client.end(FORBIDDEN, "the key is not good any more")

    def _answer(self, client: Client, text: str) -> Json | None:
        """Do what a message asks; returns what is told of it, none for what wanted no acknowledgement."""
        try:
            found = parse_json(text)
        except ShapeRefused as refusal:
            return _error("", BAD_REQUEST, _plain(str(refusal)))
        asked: dict[str, Any] = found if isinstance(found, dict) else {}
        name = _plain(str(asked.get("id", "")))[:ID_LENGTH_MAX]
        kind = asked.get("type")
        if kind == "ping":
            return {"id": name, "type": "pong"}
        if kind not in ("subscribe", "unsubscribe"):
            return _error(name, BAD_REQUEST, "the type is none of subscribe, unsubscribe and ping")
        wanted = topics.parse(str(asked.get("topic", "")))
        fault = self._fault(client, wanted, is_new=kind == "subscribe")
        if fault is not None:
            return _error(name, *fault)
        for topic in wanted:
            (self._hub.add if kind == "subscribe" else self._hub.drop)(client, topic)
        return None if asked.get("response") is False else {"id": name, "type": "ack"}

    def _fault(self, client: Client, wanted: list[topics.Topic], *, is_new: bool) -> tuple[int, str] | None:
        if not wanted:
            return UNKNOWN_TOPIC, f"the topic is not known; there are {', '.join(sorted(topics.KNOWN))}"
        listed = self._desk.symbols
        for topic in wanted:
            if topic.symbol and topic.symbol not in listed:
                return UNKNOWN_TOPIC, f"the contract {topic.symbol[:40]!r} does not exist"
            if topic.is_private and not client.token.is_private:
                return UNAUTHORISED, f"{topic.name} is private: connect with a token of bullet-private"
        if is_new and len(client.topics) + len(wanted) > TOPICS_MAX:
            return TOO_OFTEN, f"more than {TOPICS_MAX} topics of one connection"
        return None


class _Pace:
    """How often a client speaks."""

    def __init__(self) -> None:
        self._began_ms = 0
        self._count = 0

    def take(self, wall_ms: int) -> bool:
        """Tell whether one more message may be answered."""
        if wall_ms - self._began_ms >= OPS_MS:
            self._began_ms, self._count = wall_ms, 0
        self._count += 1
        return self._count <= OPS_MAX


def _plain(text: str) -> str:
    """Return a text that can be sent: a half of a pair of surrogates is none."""
    return text.encode("utf-8", "replace").decode()


def _error(name: str, code: int, text: str) -> dict[str, Json]:
    return {"id": name, "type": "error", "code": code, "data": text}


async def _send_text(send: Send, message: dict[str, Json]) -> None:
    await send({"type": "websocket.send", "text": encode_json(message)})
