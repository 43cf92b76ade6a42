"""The gateway as an ASGI application: `POST /info`, `POST /exchange`, `GET /ws`; plain words for all else.

Refusals are answered with 200; a 4xx is plain text, as a JSON object without `code` and `msg` breaks clients.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import msgspec
from msgspec import Struct

from solvent.gateways.failures import PLAIN, Answer, Trouble, hyperliquid, send_answer
from solvent.gateways.hyperliquid import info
from solvent.gateways.hyperliquid.bodies import Fields, Misshapen, decode
from solvent.gateways.hyperliquid.desk import Desk
from solvent.gateways.hyperliquid.exchange import Exchange
from solvent.gateways.hyperliquid.sockets import Hub
from solvent.gateways.records import Records
from solvent.journal import JournalError
from solvent.runtime import House, Overloaded, RuntimeRefused, VenueStopped

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

JSON = "application/json"
MISSHAPEN = b"Failed to deserialize the JSON body into the target type"
NOT_FOUND, NOT_ALLOWED = b"Not found", b"Method not allowed"
BODY_BYTES_MAX = 64 * 1024
MINUTE_MS = 60_000
ADDRESSES_MAX = 10_000
# What a request weighs; an action weighs one more for each forty orders in it.
WEIGHT, WEIGHT_LIGHT, WEIGHT_ROLE, ORDERS_PER_WEIGHT = 20, 2, 60, 40
LIGHT = frozenset(
    ("l2Book", "allMids", "clearinghouseState", "orderStatus", "spotClearinghouseState", "exchangeStatus")
)


class Caps(Struct, frozen=True, kw_only=True):
    """What one caller may ask for.

    `weight_max` is what an address may ask for in a minute: the venue's own is 1,200, this one a hundred
    times that, as a whole test-suite asks from one machine. `requests_free` are the actions that an account
    has before it has traded.
    """

    weight_max: int = 120_000
    requests_free: int = info.REQUESTS_FREE


class Weights:
    """What each address has asked for in this minute."""

    def __init__(self, *, most: int, wall_ms: Callable[[], int]) -> None:
        self._most = most
        self._wall_ms = wall_ms
        self._spent: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def spend(self, address: str, weight: int) -> bool:
        """Spend weight, unless it is spent."""
        minute = self._wall_ms() // MINUTE_MS
        known, spent = self._spent.pop(address, (minute, 0))
        spent = (spent if known == minute else 0) + weight
        self._spent[address] = (minute, spent)
        while len(self._spent) > ADDRESSES_MAX:
            self._spent.popitem(last=False)
        return spent <= self._most


class Application:
    """The routes of one house."""

    def __init__(self, house: House, records: Records, caps: Caps) -> None:
        desk = Desk(house, records)
        self._desk = desk
        self._exchange = Exchange(desk, requests_free=caps.requests_free)
        self._weights = Weights(most=caps.weight_max, wall_ms=house.wall_ms)
        self._hub = Hub(desk)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or talk to a WebSocket."""
        if scope["type"] == "websocket":
            await self._hub.talk(scope, receive, send)
        elif scope["type"] == "http":
            await send_answer(send, await self._answered(scope, receive))

    async def _answered(self, scope: Scope, receive: Receive) -> Answer:
        path = scope["path"].rstrip("/")
        if path not in ("/info", "/exchange"):
            return _plain(404, NOT_FOUND)
        if scope["method"] != "POST":
            return _plain(405, NOT_ALLOWED)
        body = await _body(receive)
        if body is None:
            return hyperliquid(Trouble.TOO_LARGE)
        try:
            fields = decode(body)
            client = scope.get("client") or ("",)
            if not self._weights.spend(client[0], _weight(path, fields)):
                return hyperliquid(Trouble.TOO_MANY)
            if path == "/info":
                found = info.answer(self._desk, fields)
            else:
                found = await self._exchange.answer(fields, body)
        except (Misshapen, RuntimeRefused):
            return _plain(422, MISSHAPEN)
        except Overloaded:
            return hyperliquid(Trouble.TOO_MANY)
        except (VenueStopped, JournalError):
            return hyperliquid(Trouble.UNAVAILABLE)
        return Answer(status=200, media_type=JSON, body=msgspec.json.encode(found))


def _plain(status: int, words: bytes) -> Answer:
    return Answer(status=status, media_type=PLAIN, body=words)


def _weight(path: str, fields: Fields) -> int:
    if path == "/info":
        kind = fields.found.get("type")
        if kind == "userRole":
            return WEIGHT_ROLE
        return WEIGHT_LIGHT if isinstance(kind, str) and kind in LIGHT else WEIGHT
    action = fields.found.get("action")
    many = (action.get("orders") or action.get("cancels")) if isinstance(action, dict) else None
    return 1 + (len(many) // ORDERS_PER_WEIGHT if isinstance(many, list) else 0)


async def _body(receive: Receive) -> bytes | None:
    """Return a whole body; none for one that is too large."""
    body, is_more = b"", True
    while is_more:
        message = await receive()
        if message["type"] != "http.request":
            break
        body += message.get("body", b"")
        is_more = message.get("more_body", False)
        if len(body) > BODY_BYTES_MAX:
            return None
    return body


def application(house: House, *, records: Records | None = None, caps: Caps | None = None) -> Application:
    """Return Hyperliquid's interface to a house; made and called in the thread of its event loop."""
    return Application(house, records or Records(house), caps or Caps())
