"""The gateway as an ASGI application: a request's path, who signed it, its shape, and then the call."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from solvent.dialects import Json, ShapeRefused, parse_json
from solvent.dialects.payload import Node
from solvent.gateways.guarding import BODY_BYTES_MAX, Receive, Scope, Send, read_body
from solvent.gateways.kucoin import rates, routes
from solvent.gateways.kucoin.answers import (
    INTERNAL,
    MEDIA_TYPE,
    NOT_FOUND,
    PARAMETER,
    RATE,
    Answer,
    Declined,
    Headers,
    declined,
)
from solvent.gateways.kucoin.authority import Authority, Permission
from solvent.gateways.kucoin.desk import Asked, Caller, Desk
from solvent.gateways.kucoin.rates import Budgets
from solvent.gateways.kucoin.signing import Signed
from solvent.gateways.kucoin.sockets import Sockets
from solvent.gateways.records import Records
from solvent.journal import JournalError
from solvent.runtime import House, Overloaded, RuntimeRefused, VenueStopped

JSON = "application/json"
NESTED_MAX = 8
SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}


class Gateway:
    """Answers HTTP and WebSockets; it knows nothing of the prefix under which it is mounted."""

    def __init__(self, house: House, *, records: Records, budget: int) -> None:
        self.desk = Desk(house, records)
        self._authority = Authority(house)
        self._budgets = Budgets(budget=budget, wall_ms=house.wall_ms)
        self._sockets = Sockets(self.desk, self._authority)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or keep one WebSocket."""
        if scope["type"] == "websocket":
            await self._sockets.keep(scope, receive, send)
            return
        assert scope["type"] == "http", scope["type"]
        body = await read_body(receive, BODY_BYTES_MAX)
        if body is None:
            answer = declined(PARAMETER, f"The body has more than {BODY_BYTES_MAX} bytes.")
        else:
            try:
                answer = await self._answered(scope, body)
            except Exception:
                # A fault of ours is told in the venue's shape as well; the server has it on its record.
                await _send(send, declined(INTERNAL, "Internal Server Error"))
                raise
        await _send(send, answer)

    async def _answered(self, scope: Scope, body: bytes) -> Answer:
        target = target_of(scope)
        path, _, query = target.partition("?")
        found = routes.find(scope["method"], path)
        if found is None:
            return declined(NOT_FOUND, "Url Not Found")
        route, named = found
        headers = headers_of(scope)
        told: Headers = ()
        try:
            signed = Signed(method=scope["method"], target=target, body=body)
            caller = self._caller(headers, signed, route, address_of(scope))
            told = self._budgets.take(caller.account if caller else address_of(scope), route.weight)
            asked = Asked(
                query=_query(query),
                body=_body(headers, body),
                headers=headers,
                base=base_of(scope, headers),
                named=named,
                caller=caller,
            )
            if route.permission is not Permission.PUBLIC:
                routes.require_known(route, asked, method=scope["method"])
            answer = await route.handler(self.desk, asked)
        except Declined as refusal:
            return declined(refusal.code, refusal.text, told)
        except ShapeRefused as refusal:
            return declined(PARAMETER, f"{refusal}.", told)
        except RuntimeRefused as refusal:
            return declined(PARAMETER, f"{refusal}.", told)
        except Overloaded as trouble:
            return declined(RATE, f"Too many requests wait: {trouble}.", told)
        except (VenueStopped, JournalError):
            # What happened is the operator's to read; it may name files.
            return declined(
                INTERNAL, "The venue takes no commands now; what landed is known when it is back."
            )
        return Answer(status=answer.status, body=answer.body, headers=told)

    def _caller(
        self, headers: Mapping[str, str], signed: Signed, route: routes.Route, address: str
    ) -> Caller | None:
        """Return who signed; whoever cannot spends the budget of the address, and so cannot try for long."""
        if route.permission is Permission.PUBLIC:
            return None
        try:
            return self._authority.require(headers, signed, route.permission)
        except Declined:
            self._budgets.take(address, route.weight)
            raise


def application(house: House, *, records: Records | None = None, budget: int = rates.BUDGET) -> Gateway:
    """Return the gateway of a house; `budget` is what may be asked in half a minute, by weight.

    In the event loop's thread, which the house posts to. `records` may be shared with other gateways.
    """
    return Gateway(house, records=records or Records(house), budget=budget)


def target_of(scope: Mapping[str, Any]) -> str:
    """Return the request's target as it came, without the prefix of a mount that left it there."""
    raw = (scope.get("raw_path") or scope["path"].encode()).decode("utf-8", "surrogateescape")
    root = scope.get("root_path", "")
    if root and raw.startswith(f"{root}/"):
        raw = raw[len(root) :]
    query = scope.get("query_string", b"").decode("utf-8", "surrogateescape")
    return f"{raw}?{query}" if query else raw


def headers_of(scope: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers by their names in small letters."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def address_of(scope: Mapping[str, Any]) -> str:
    """Return what stands for the address that a request came from."""
    return f"address:{(scope.get('client') or ('',))[0]}"


def base_of(scope: Mapping[str, Any], headers: Mapping[str, str]) -> str:
    """Return the address of this gateway's WebSocket, by the name that the client reached it by."""
    scheme = SCHEMES.get(scope.get("scheme", "http"), "ws")
    return f"{scheme}://{headers.get('host', 'localhost')}{scope.get('root_path', '')}"


def _query(text: str) -> dict[str, str]:
    """Return the parameters of a query; of one that is given twice nobody knows which is meant."""
    pairs = parse_qsl(text, keep_blank_values=True)
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Declined(PARAMETER, f"The parameter {twice!r:.40} is given twice; give it once.")
    return found


def _body(headers: Mapping[str, str], body: bytes) -> Node:
    if not body:
        return Node({})
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != JSON:
        raise Declined(MEDIA_TYPE, f"Unsupported Media Type {kind or 'none'!r:.60}: send {JSON}.")
    found = parse_json(body)
    if not isinstance(found, dict) or _depth(found) > NESTED_MAX:
        raise Declined(PARAMETER, "The body must be a JSON object without deep nesting.")
    return Node(found)


def _depth(value: Json) -> int:
    """Return how deep a value is nested; nothing is called for each level, as there may be many."""
    depth, level = 0, [value]
    while level:
        depth += 1
        inner = [
            list(one.values()) if isinstance(one, dict) else one
            for one in level
            if isinstance(one, dict | list)
        ]
        level = [item for items in inner for item in items]
    return depth


async def _send(send: Send, answer: Answer) -> None:
    headers = [
        (b"content-type", JSON.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        *((name.encode(), value.encode()) for name, value in answer.headers),
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
