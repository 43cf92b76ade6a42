"""Streams: what somebody watches is told as it changes, numbered, and never at the venue's expense.

A line is what is told about one topic, however many listen. Its messages are numbered without a gap, and the
last few are kept, so that who lost the connection is told what he missed. Numbers begin at the wall clock's
milliseconds: after a restart of the service they are higher than any before.
"""

import asyncio
from collections import deque
from typing import Any, Literal, Protocol

import msgspec
from msgspec import Struct

from solvent.api import reading
from solvent.api.asking import UNREADABLE
from solvent.api.authority import Caller
from solvent.api.limits import Buckets
from solvent.api.problems import Code, Problem, nearest
from solvent.api.reading import Look
from solvent.api.routes.venue import ClockShape, FeedShape, feed_shape
from solvent.api.shapes import AsOf, PriceShape
from solvent.api.warning import WarningsShape, reached, warnings_of
from solvent.engine import ledger
from solvent.engine.events import Acted, AnyEvent, FundingNoted, MarketChanged, MarketPaused, Priced
from solvent.runtime import Committed, House, VenueStopped
from solvent.runtime.outgoing import Bounds, Outgoing

CHANNELS = ("prices", "position", "wallet", "warnings", "liquidations", "venue")
PRIVATE = frozenset({"position", "wallet", "warnings"})
WITHOUT_MARKET = frozenset({"wallet", "warnings", "venue"})
READ = "read"
# Close codes of the service's own; when it ends, the server says 1012.
SIGNED_OUT, SLOW, TOO_MANY = 4001, 4008, 4029
SUBSCRIPTIONS_MAX = 64
CLIENTS_MAX = 500
CLIENTS_PER_ADDRESS_MAX = 50
QUEUE_BYTES_MAX = 1 << 20
QUEUE_MESSAGES_MAX = 256
KEPT = 64
KEPT_PRIVATE = 8
LINGER_MS = 30_000
# What changes within this time is told together.
TOGETHER_S = 0.05
OPS_PER_S, OPS_BURST = 20, 200
CLOSE_WITHIN_S = 10


class Topic(Struct, frozen=True):
    """What may be listened to; an account's own where the channel is private."""

    channel: str
    market: str | None = None
    account: str | None = None


class Authorities(Protocol):
    """What a hub needs to know of who is signed in."""

    def of_token(self, token: str) -> Caller | None:
        """Return who holds a session's token; none for one that is not good."""

    def is_still(self, caller: Caller) -> bool:
        """Tell whether a caller who was proved before would be proved now."""


class Op(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a client may send."""

    op: Literal["subscribe", "unsubscribe", "ping", "auth"]
    channel: str | None = None
    market: str | None = None
    after: int | None = None
    token: str | None = None


class PricesShape(Struct, frozen=True, kw_only=True):
    """The prices of markets by name, each by its feeds."""

    markets: dict[str, dict[str, PriceShape]]
    as_of: AsOf


class VenueTold(Struct, frozen=True, kw_only=True):
    """The venue's clock and feeds."""

    clock: ClockShape
    feeds: list[FeedShape]
    as_of: AsOf


class LiquidationTold(Struct, frozen=True, kw_only=True):
    """One position that was liquidated or deleveraged; whose it was is not told."""

    seq: int
    at_ms: int
    market: str
    cause: str


class LiquidationsShape(Struct, frozen=True, kw_only=True):
    """What was liquidated since the message before."""

    items: list[LiquidationTold]
    as_of: AsOf


class Client(Outgoing):
    """One connection: who it is of, and what it listens to."""

    def __init__(self, caller: Caller | None = None) -> None:
        super().__init__(Bounds(messages_max=QUEUE_MESSAGES_MAX, bytes_max=QUEUE_BYTES_MAX, slow_code=SLOW))
        self.caller = caller
        self.lines: dict[Topic, Line] = {}


class Line:
    """What is told about a topic: numbered messages, the last ones of which are kept."""

    def __init__(self, topic: Topic, first: int) -> None:
        self.topic = topic
        self.last = first
        self.clients: set[Client] = set()
        self.idle_since_ms = 0
        # What of the last message has to change before there is another; none where every change is told.
        self.reached: dict[str, str | None] | None = None
        self._kept: deque[tuple[int, bytes]] = deque(
            maxlen=KEPT_PRIVATE if topic.channel in PRIVATE else KEPT
        )

    def tell(self, seq: int, data: Any) -> None:
        """Tell everybody who listens."""
        self.last += 1
        message = self.message(seq, data)
        self._kept.append((self.last, message))
        for client in tuple(self.clients):
            client.put(message)

    def skip(self) -> None:
        """Count a message that nobody was there to hear; what was before it is worth nothing any more."""
        self.last += 1
        self._kept.clear()

    def missed(self, after: int) -> tuple[bytes, ...] | None:
        """Return what followed a number; none where that is not known any more."""
        if after == self.last:
            return ()
        numbers = [number for number, _ in self._kept]
        if not numbers or not numbers[0] - 1 <= after < self.last:
            return None
        return tuple(message for number, message in self._kept if number > after)

    def message(self, seq: int, data: Any, *, resumed: bool | None = None) -> bytes:
        """Return a message as it is sent."""
        told: dict[str, Any] = {"channel": self.topic.channel}
        if self.topic.market is not None:
            told["market"] = self.topic.market
        told |= {"n": self.last, "seq": seq, "data": data}
        if resumed is not None:
            told["resumed"] = resumed
        return msgspec.json.encode(told)


class Hub:
    """Who listens to what, in one event loop; while anybody does, a task tells what changed."""

    def __init__(self, house: House, authority: Authorities) -> None:
        self._house = house
        self._authority = authority
        self._lines: dict[Topic, Line] = {}
        self._clients: dict[Client, str] = {}
        self._dirty: dict[Topic, list[LiquidationTold]] = {}
        self._woken = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._buckets = Buckets(rate=OPS_PER_S, burst=OPS_BURST, wall_ms=house.wall_ms)
        house.follower.subscribe(self._hear)

    def enter(self, client: Client, address: str) -> None:
        """Take a connection in, or let it go where there are too many."""
        of_address = sum(1 for known in self._clients.values() if known == address)
        if len(self._clients) >= CLIENTS_MAX or of_address >= CLIENTS_PER_ADDRESS_MAX:
            client.end(TOO_MANY, "too many connections are open; close one, or try again later")
            return
        self._clients[client] = address
        if self._running is None:
            self._running = asyncio.create_task(self._run())

    def leave(self, client: Client) -> None:
        """Forget a connection."""
        for topic in tuple(client.lines):
            self._unsubscribe(client, topic)
        self._clients.pop(client, None)
        if not self._clients and self._running is not None:
            self._running.cancel()
            self._running = None

    def handle(self, client: Client, text: str | bytes) -> None:
        """Do what a client asks; what cannot be done is told as an error, and the connection stays."""
        try:
            self._buckets.take(f"{id(client)}")
        except Problem:
            client.end(TOO_MANY, f"more than {OPS_PER_S} messages a second; send fewer")
            return
        asked = None
        try:
            asked = msgspec.json.decode(text, type=Op)
            self._do(client, asked)
        except UNREADABLE as error:
            tell_error(client, None, Problem(Code.BODY_UNREADABLE, f"the message cannot be read: {error}"))
        except Problem as problem:
            tell_error(client, asked, problem)
        except VenueStopped as error:
            tell_error(client, asked, Problem(Code.VENUE_STOPPED, str(error)))

    async def _run(self) -> None:
        """Tell what changed, a little later and so together."""
        while True:
            await self._woken.wait()
            await asyncio.sleep(TOGETHER_S)
            self._woken.clear()
            self._let_go_of_signed_out()
            dirty, self._dirty = self._dirty, {}
            for topic, items in dirty.items():
                line = self._lines.get(topic)
                if line is not None:
                    self._tell(line, items)
                    # A view takes milliseconds: requests are answered between two of them.
                    await asyncio.sleep(0)

    # What clients ask.

    def _do(self, client: Client, asked: Op) -> None:
        if asked.op == "ping":
            client.put(
                msgspec.json.encode(
                    {"op": "pong", "seq": self._house.follower.seq, "at_ms": self._house.now_ms()}
                )
            )
        elif asked.op == "auth":
            self._sign_in(client, asked.token or "")
        elif asked.op == "subscribe":
            self._subscribe(client, self._topic(client, asked), asked.after)
        else:
            self._unsubscribe(client, self._topic(client, asked))

    def _sign_in(self, client: Client, token: str) -> None:
        caller = self._authority.of_token(token)
        if caller is None:
            raise Problem(Code.NOT_AUTHENTICATED, "the token is of no session that goes on; sign in again")
        for topic in tuple(client.lines):
            if topic.account is not None and topic.account != caller.account:
                self._unsubscribe(client, topic)
        client.caller = caller
        client.put(msgspec.json.encode({"op": "signed_in", "account": caller.account}))

    def _topic(self, client: Client, asked: Op) -> Topic:
        if asked.channel not in CHANNELS:
            raise Problem(
                Code.FIELD_INVALID,
                f"there is no channel {asked.channel!r}; {nearest(str(asked.channel), CHANNELS)}",
            )
        market = None if asked.market is None else Look.now(self._house).market(asked.market).name
        if asked.channel == "position" and market is None:
            raise Problem(Code.FIELD_INVALID, "position needs a market")
        if asked.channel in WITHOUT_MARKET and market is not None:
            raise Problem(Code.FIELD_INVALID, f"{asked.channel} is of no single market; leave market out")
        account = None
        if asked.channel in PRIVATE:
            caller = client.caller
            if caller is None or not self._authority.is_still(caller):
                raise Problem(Code.NOT_AUTHENTICATED, f"{asked.channel} is an account's own; sign in first")
            if READ not in caller.scopes:
                raise Problem(Code.NOT_ALLOWED, "this needs the scope read", terms={"scope": READ})
            account = caller.account
        return Topic(asked.channel, market, account)

    def _subscribe(self, client: Client, topic: Topic, after: int | None) -> None:
        if topic not in client.lines and len(client.lines) >= SUBSCRIPTIONS_MAX:
            raise Problem(
                Code.FIELD_INVALID, f"{SUBSCRIPTIONS_MAX} subscriptions are open already; close one first"
            )
        line = self._lines.get(topic) or Line(topic, self._house.wall_ms())
        missed = None if after is None else line.missed(after)
        told = {"op": "subscribed", "channel": topic.channel, "market": topic.market}
        ack = msgspec.json.encode({**told, "last": line.last, "resumed": missed is not None})
        snapshot: tuple[bytes, ...] = ()
        if missed is None:
            seq, data = self._view(topic, [])
            snapshot = (line.message(seq, data, resumed=False),)
            if isinstance(data, WarningsShape) and not line.clients:
                line.reached = reached(data)
        # Nothing failed: from here on it is open.
        self._lines[topic] = client.lines[topic] = line
        line.clients.add(client)
        for message in (ack, *(missed or ()), *snapshot):
            client.put(message)

    def _unsubscribe(self, client: Client, topic: Topic) -> None:
        line = client.lines.pop(topic, None)
        if line is not None:
            line.clients.discard(client)
            line.idle_since_ms = self._house.wall_ms()

    # What the venue tells.

    def _hear(self, committed: Committed) -> None:
        """Note what changed; this is called for every batch and must be quick."""
        if not self._lines:
            return
        changes = Changes(committed)
        for topic in self._lines:
            if changes.touch(topic):
                items = self._dirty.setdefault(topic, [])
                if topic.channel == "liquidations":
                    items.extend(changes.liquidations_in(topic.market))
        if self._dirty:
            self._woken.set()

    def _tell(self, line: Line, items: list[LiquidationTold]) -> None:
        if not line.clients:
            if self._house.wall_ms() - line.idle_since_ms > LINGER_MS:
                del self._lines[line.topic]
                return
            if line.topic.channel in PRIVATE:
                line.skip()
                return
        seq, data = self._view(line.topic, items)
        if isinstance(data, WarningsShape):
            before, line.reached = line.reached, reached(data)
            if before == line.reached:
                return
        line.tell(seq, data)

    def _view(self, topic: Topic, items: list[LiquidationTold]) -> tuple[int, Any]:
        """Return the seq and what is shown of a topic; a problem in its place where it cannot be shown."""
        look = Look.now(self._house)
        try:
            return look.state.seq, self._shown(look, topic, items)
        except Problem as problem:
            return look.state.seq, {"problem": {"code": problem.code, "detail": problem.detail}}

    def _shown(self, look: Look, topic: Topic, items: list[LiquidationTold]) -> Any:
        match topic:
            case Topic(channel="prices", market=market):
                names = look.state.markets if market is None else (market,)
                return PricesShape(
                    markets={name: reading.prices_of(look, name) for name in names}, as_of=look.as_of
                )
            case Topic(channel="position", market=str(market), account=str(account)):
                return reading.position_shape(look, market, account)
            case Topic(channel="wallet", account=str(account)):
                return reading.wallet_shape(look, account)
            case Topic(channel="warnings", account=str(account)):
                return warnings_of(look, account, self._house.settings.warning_levels)
            case Topic(channel="liquidations"):
                return LiquidationsShape(items=items, as_of=look.as_of)
            case _:
                return VenueTold(
                    clock=ClockShape(now_ms=self._house.now_ms(), is_virtual=self._house.is_virtual),
                    feeds=[feed_shape(feed) for feed in self._house.feeds],
                    as_of=look.as_of,
                )

    def _let_go_of_signed_out(self) -> None:
        for client in tuple(self._clients):
            if client.caller is not None and not self._authority.is_still(client.caller):
                client.end(SIGNED_OUT, "the session has ended, or the key was revoked; sign in again")


class Changes:
    """What one batch changed, so that each topic asks once."""

    def __init__(self, committed: Committed) -> None:
        self.shown: set[str] = set()
        self.priced: set[str] = set()
        self.acted: set[tuple[str, str]] = set()
        self.moved: set[str] = set()
        self.liquidations: list[LiquidationTold] = []
        first = committed.seq - len(committed.events) + 1
        for seq, event in enumerate(committed.events, start=first):
            self._note(seq, event)

    def _note(self, seq: int, event: AnyEvent) -> None:
        self.moved.update(move.name for move in getattr(event, "moves", ()))
        match event:
            case Priced(market=market):
                self.priced.add(market)
                self.shown.add(market)
            case FundingNoted(market=market) | MarketPaused(market=market) | MarketChanged(name=market):
                self.shown.add(market)
            case Acted(market=market, account=account, cause=cause, at_ms=at_ms):
                self.acted.add((market, account))
                # An order moves nothing, and yet reserves.
                self.moved.add(ledger.wallet(account))
                if cause in ("liquidation", "deleveraging"):
                    told = LiquidationTold(seq=seq, at_ms=at_ms, market=market, cause=cause)
                    self.liquidations.append(told)

    def liquidations_in(self, market: str | None) -> list[LiquidationTold]:
        """Return what was liquidated in a market, or in all."""
        return [told for told in self.liquidations if market in (None, told.market)]

    def touch(self, topic: Topic) -> bool:
        """Tell whether a topic shows something else now."""
        match topic:
            case Topic(channel="prices", market=market):
                return market in self.priced if market is not None else bool(self.priced)
            case Topic(channel="position", market=str(market), account=str(account)):
                return market in self.shown or (market, account) in self.acted
            case Topic(channel="wallet", account=str(account)):
                return ledger.wallet(account) in self.moved
            case Topic(channel="warnings", account=str(account)):
                return bool(self.shown) or any(account == one for _, one in self.acted)
            case Topic(channel="liquidations", market=market):
                return bool(self.liquidations_in(market))
            case _:
                return bool(self.shown)


def tell_error(client: Client, asked: Op | None, problem: Problem) -> None:
    """Tell a client what could not be done, and why."""
    told = {"op": "error", "code": problem.code, "detail": problem.detail}
    if asked is not None and asked.channel is not None:
        told |= {"channel": asked.channel} | ({"market": asked.market} if asked.market else {})
    client.put(msgspec.json.encode(told))
