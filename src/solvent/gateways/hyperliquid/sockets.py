"""`/ws`: what somebody watches, told as it changes, and never at the venue's expense.

What is told about a topic is written once, however many listen. Changes within a moment are told together.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from typing import Any

import msgspec
from msgspec.structs import replace

from solvent.dialects.hyperliquid import format_usd
from solvent.dialects.payload import Json
from solvent.engine.events import Acted, FundingNoted, Moved, Priced, SettlementEnded, SettlementRequested
from solvent.gateways.hyperliquid import info, market, shapes
from solvent.gateways.hyperliquid.bodies import Fields, Misshapen, decode
from solvent.gateways.hyperliquid.clients import LATER, POLICY, Client, Message, Topic
from solvent.gateways.hyperliquid.desk import Coin, Desk
from solvent.gateways.rows import FillRow, LiquidationRow, MoveRow, News, OrderRow, Row
from solvent.gateways.workings import field
from solvent.runtime import VenueStopped

CLIENTS_MAX, CLIENTS_PER_ADDRESS_MAX = 500, 100
SUBSCRIPTIONS_MAX = 256
MINUTE_MS, MESSAGES_PER_MINUTE = 60_000, 2_000
TOGETHER_S = 0.05
WEB_DATA_EVERY_S = 5.0
# What is told of the coins, of one coin, of one account, and of both.
OF_ALL, OF_COIN, OF_USER, OF_BOTH = (
    frozenset({"allMids"}),
    frozenset({"l2Book", "bbo", "trades", "activeAssetCtx"}),
    frozenset(
        {
            "userEvents",
            "userFills",
            "orderUpdates",
            "userFundings",
            "userNonFundingLedgerUpdates",
            "webData2",
            "clearinghouseState",
            "spotState",
        }
    ),
    frozenset({"activeAssetData"}),
)
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class Hub:
    """Who listens to what, in one event loop; while anybody does, a task tells what changed."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._clients: dict[Client, str] = {}
        self._topics: dict[Topic, set[Client]] = {}
        self._news: list[News] = []
        self._woken = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        desk.records.subscribe(self._hear)

    async def talk(self, scope: Any, receive: Receive, send: Send) -> None:
        """Talk to one connection until either side ends it."""
        await receive()
        client, address = Client(), (scope.get("client") or ("",))[0]
        if scope["path"].rstrip("/") != "/ws" or not self._enter(client, address):
            await send({"type": "websocket.close", "code": LATER})
            return
        await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
        listener = Listener(self, client)
        reading = asyncio.ensure_future(client.read_all(receive, listener.handle))
        sending = asyncio.ensure_future(client.send_until_closed(send))
        try:
            await asyncio.wait((reading, sending), return_when=asyncio.FIRST_COMPLETED)
            if client.ending is not None:
                await asyncio.wait((sending,))
        finally:
            self._leave(client)
            for task in (reading, sending):
                task.cancel()
            await asyncio.gather(reading, sending, return_exceptions=True)

    def now_ms(self) -> int:
        """Return the wall clock's moment, which messages are counted by."""
        return self._desk.house.wall_ms()

    def topic(self, asked: Fields) -> Topic:
        """Return what a subscription is about.

        Errors: `Misshapen`.
        """
        kind = asked.text("type")
        if kind not in OF_ALL | OF_COIN | OF_USER | OF_BOTH or asked.found.get("dex") not in (None, ""):
            raise Misshapen("there is no such subscription")
        coin, user = "", ""
        if kind in OF_COIN | OF_BOTH:
            coin = asked.text("coin")
            if self._desk.coin(coin) is None:
                raise Misshapen("the coin is not listed")
        if kind in OF_USER | OF_BOTH:
            user = asked.address("user")
        return Topic(kind, coin, user)

    def add(self, client: Client, topic: Topic) -> None:
        """Let a client listen, and tell it what there is already.

        Errors: `VenueStopped`; it does not listen then.
        """
        first = self._first(self._as_of_now(topic))
        self._topics.setdefault(topic, set()).add(client)
        client.topics.add(topic)
        if first is not None:
            client.tell({"channel": topic.channel, "data": first})

    def remove(self, client: Client, topic: Topic) -> None:
        """Let a client listen no more."""
        listening = self._topics.get(topic, set())
        listening.discard(client)
        client.topics.discard(topic)
        if not listening:
            self._topics.pop(topic, None)

    def _enter(self, client: Client, address: str) -> bool:
        of_address = sum(1 for known in self._clients.values() if known == address)
        if len(self._clients) >= CLIENTS_MAX or of_address >= CLIENTS_PER_ADDRESS_MAX:
            return False
        self._clients[client] = address
        if self._running is None:
            self._running = asyncio.ensure_future(self._run())
            self._running.add_done_callback(self._ended)
        return True

    def _leave(self, client: Client) -> None:
        for topic in tuple(client.topics):
            self.remove(client, topic)
        self._clients.pop(client, None)
        if not self._clients and self._running is not None:
            self._running.cancel()
            self._running = None
            self._news.clear()

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Let everybody go where nothing would be told any more; it is told what a task failed with."""
        if task.cancelled():
            return
        self._running = None
        for client in tuple(self._clients):
            client.end(LATER, f"the stream failed: {task.exception()!r}"[:100])

    # What the venue tells.

    def _hear(self, news: News) -> None:
        """Note a batch; this is called for every one and must be quick."""
        if self._topics:
            self._news.append(news)
            self._woken.set()

    async def _run(self) -> None:
        clock = asyncio.get_running_loop().time
        due_s = clock() + WEB_DATA_EVERY_S
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout_at(due_s):
                    await self._woken.wait()
                    await asyncio.sleep(TOGETHER_S)
            # Whatever others do meanwhile, this is told at least as often.
            is_due = clock() >= due_s
            if is_due:
                due_s = clock() + WEB_DATA_EVERY_S
            self._woken.clear()
            news, self._news = self._news, []
            changes = Changes(news)
            for topic in tuple(self._topics):
                self._tell(topic, changes, is_due=is_due and topic.kind == "webData2")
                # A view takes a while: requests are answered between two of them.
                await asyncio.sleep(0)

    def _tell(self, topic: Topic, changes: "Changes", *, is_due: bool) -> None:
        listening = self._topics.get(topic)
        if not listening:
            return
        try:
            known = self._as_of_now(topic)
            told = [self._view(known)] if is_due else list(self._changed(known, changes))
        except VenueStopped as error:
            for client in tuple(listening):
                client.end(LATER, f"{error}"[:100])
            return
        for data in told:
            message = msgspec.json.encode({"channel": topic.channel, "data": data})
            for client in tuple(listening):
                client.put(message)

    # What is shown of a topic: at first, and when something changed.

    def _as_of_now(self, topic: Topic) -> Topic:
        """Return a topic with the account that its address has by now."""
        return replace(topic, account=self._desk.account(topic.user) or "") if topic.user else topic

    def _coin(self, topic: Topic) -> Coin:
        found = self._desk.coin(topic.coin)
        assert found is not None, topic
        return found

    def _first(self, topic: Topic) -> Json:
        desk, account = self._desk, topic.account or None
        match topic.kind:
            case "userFills":
                return {"user": topic.user, "isSnapshot": True, "fills": info.fills(desk, account)}
            case "userFundings":
                told: list[Json] = [_flat(row) for row in info.fundings(desk, account)]
                return {"user": topic.user, "isSnapshot": True, "fundings": told}
            case "userNonFundingLedgerUpdates":
                updates = info.ledger(desk, account)
                return {"user": topic.user, "isSnapshot": True, "nonFundingLedgerUpdates": updates}
            case "trades" | "userEvents" | "orderUpdates":
                return None
            case _:
                return self._view(topic)

    def _view(self, topic: Topic) -> Json:
        """Return the present state of what is a state."""
        desk = self._desk
        match topic.kind:
            case "allMids":
                return {"mids": market.all_mids(desk)}
            case "l2Book":
                return market.book(desk, self._coin(topic))
            case "bbo":
                return market.best(desk, self._coin(topic))
            case "activeAssetCtx":
                coin = self._coin(topic)
                return {"coin": coin.name, "ctx": market.context(desk, coin)}
            case "activeAssetData":
                return info.active_asset_data(desk, topic.user, self._coin(topic))
            case "clearinghouseState":
                state = info.clearinghouse_state(desk, topic.account or None)
                return {"dex": "", "user": topic.user, "clearinghouseState": state}
            case "spotState":
                return {"user": topic.user, "spotState": info.spot_state(desk, topic.account or None)}
            case _:
                account = topic.account or None
                return {
                    "clearinghouseState": info.clearinghouse_state(desk, account),
                    "openOrders": info.open_orders(desk, account, is_whole=True),
                    "user": topic.user,
                    "serverTime": desk.now_ms(),
                    "meta": market.meta(desk),
                    "assetCtxs": market.contexts(desk),
                }

    def _changed(self, topic: Topic, changes: "Changes") -> Iterable[Json]:
        desk = self._desk
        market_name = self._coin(topic).market if topic.coin else ""
        if not changes.touch(topic, market_name):
            return []
        coins = {coin.market: coin for coin in desk.coins()}
        match topic.kind:
            case "trades":
                trades: list[Json] = [
                    shapes.trade(desk, coins[row.market], row)
                    for row in changes.fills
                    if row.market == market_name
                ]
                return [trades] if trades else []
            case "userFills":
                fills = self._fills(topic, changes, coins)
                return [{"user": topic.user, "fills": fills}] if fills else []
            case "userEvents":
                return self._events(topic, changes, coins)
            case "orderUpdates":
                updates: list[Json] = [
                    shapes.order_update(coins[row.market], row)
                    for row in changes.orders
                    if row.account == topic.account and row.market in coins
                ]
                return [updates] if updates else []
            case "userFundings":
                fundings: list[Json] = [
                    {"time": time, **told} for time, told in self._fundings(topic, changes)
                ]
                return [{"user": topic.user, "fundings": fundings}] if fundings else []
            case "userNonFundingLedgerUpdates":
                rows = [row for row in changes.ledger if row.account == topic.account]
                moved = shapes.ledger_updates(desk, rows)
                return [{"user": topic.user, "nonFundingLedgerUpdates": [*moved]}] if moved else []
            case _:
                return [self._view(topic)]

    def _fills(self, topic: Topic, changes: "Changes", coins: dict[str, Coin]) -> list[Json]:
        return [
            shapes.fill(self._desk, coins[row.market], row)
            for row in changes.fills
            if row.account == topic.account and row.market in coins
        ]

    def _fundings(self, topic: Topic, changes: "Changes") -> list[tuple[int, dict[str, Json]]]:
        """Return the fundings that were noted just now, whether they are settled yet or not."""
        if not changes.funded or not topic.account:
            return []
        found = []
        for row in self._desk.records.fundings(topic.account):
            coin = self._desk.coin_of(row.market)
            if (row.market, row.at_ms) in changes.funded and coin is not None:
                found.append((row.at_ms, shapes.funding_event(coin, row)))
        return found

    def _events(self, topic: Topic, changes: "Changes", coins: dict[str, Coin]) -> list[Json]:
        told: list[Json] = []
        fills = self._fills(topic, changes, coins)
        if fills:
            told.append({"fills": fills})
        told += [{"funding": {"time": time, **funding}} for time, funding in self._fundings(topic, changes)]
        for row in changes.ledger:
            coin = coins.get(row.market) if isinstance(row, LiquidationRow) else None
            if coin is not None and isinstance(row, LiquidationRow) and row.account == topic.account:
                told.append({"liquidation": _liquidation(topic, coin, row)})
        return told


def _flat(row: Json) -> Json:
    """Write a funding as the stream has it: its fields beside its time."""
    assert isinstance(row, dict)
    delta = row["delta"]
    assert isinstance(delta, dict)
    return {"time": row["time"], **{name: value for name, value in delta.items() if name != "type"}}


def _liquidation(topic: Topic, coin: Coin, row: LiquidationRow) -> Json:
    mark = row.price.num * coin.terms.price_scale // row.price.den
    return {
        "lid": row.seq,
        "liquidator": "0x" + "0" * 40,
        "liquidated_user": topic.user,
        "liquidated_ntl_pos": format_usd(abs(row.size) * mark),
        "liquidated_account_value": format_usd(field(field(row.working, "plan"), "equity") or 0),
    }


class Changes:
    """What some batches changed, so that each topic asks once."""

    def __init__(self, news: Iterable[News]) -> None:
        self.fills: list[FillRow] = []
        self.orders: list[OrderRow] = []
        self.ledger: list[MoveRow | LiquidationRow] = []
        self.funded: set[tuple[str, int]] = set()
        self.priced: set[str] = set()
        self.acted: set[str] = set()
        self.accounts: set[str] = set()
        for one in news:
            for row in one.rows:
                self._take(row)
            for event in one.committed.events:
                self._note(event)

    def touch(self, topic: Topic, market_name: str) -> bool:
        """Tell whether there may be something to tell of a topic."""
        match topic.kind:
            case "allMids":
                return bool(self.priced)
            case "trades":
                return market_name in self.acted
            case "l2Book" | "bbo" | "activeAssetCtx":
                return market_name in self.priced or market_name in self.acted
            case "activeAssetData":
                return market_name in self.priced or topic.account in self.accounts
            case "webData2" | "clearinghouseState":
                return bool(self.priced) or topic.account in self.accounts
            case _:
                return bool(self.funded) or topic.account in self.accounts

    def _take(self, row: Row) -> None:
        match row:
            case FillRow():
                self.fills.append(row)
            case OrderRow():
                self.orders.append(row)
            case MoveRow() | LiquidationRow():
                self.ledger.append(row)

    def _note(self, event: object) -> None:
        match event:
            case Priced(market=name):
                self.priced.add(name)
            case FundingNoted(market=name, note=note):
                self.funded.add((name, note.at_ms))
                self.priced.add(name)
            case Acted(market=name, account=account):
                self.acted.add(name)
                self.accounts.add(account)
            case SettlementRequested() | SettlementEnded() | Moved():
                for move in event.moves:
                    self.accounts.add(move.name.partition(":")[2])


class Listener:
    """What one client asks for; what cannot be done is told, and the connection stays."""

    def __init__(self, hub: Hub, client: Client) -> None:
        self._hub = hub
        self._client = client
        self._minute = 0
        self._messages = 0

    def handle(self, text: str | bytes) -> None:
        """Do what a client asks."""
        minute = self._hub.now_ms() // MINUTE_MS
        self._messages = self._messages + 1 if minute == self._minute else 1
        self._minute = minute
        if self._messages > MESSAGES_PER_MINUTE:
            self._client.end(POLICY, f"more than {MESSAGES_PER_MINUTE} messages a minute")
            return
        raw = text.encode() if isinstance(text, str) else text
        try:
            self._do(decode(raw))
        except Misshapen:
            shown = raw[:200].decode(errors="replace")
            self._error(f"Error parsing JSON into valid websocket request: {shown}")
        except VenueStopped as error:
            self._client.end(LATER, f"{error}"[:100])

    def _do(self, asked: Fields) -> None:
        method = asked.text("method")
        if method == "ping":
            self._client.tell({"channel": "pong"})
            return
        if method not in ("subscribe", "unsubscribe"):
            raise Misshapen("there is no such method")
        wanted = asked.object("subscription")
        shown = msgspec.json.encode(wanted.found).decode()
        try:
            topic = self._hub.topic(wanted)
        except Misshapen:
            self._error(f"Invalid subscription {shown}")
            return
        known = self._client.topics
        if (topic in known) == (method == "subscribe"):
            self._error(f"Already {method}d: {shown}")
            return
        if method == "subscribe" and len(known) >= SUBSCRIPTIONS_MAX:
            self._error(f"Cannot track more than {SUBSCRIPTIONS_MAX} subscriptions")
            return
        answer = {"method": method, "subscription": wanted.found}
        self._client.tell({"channel": "subscriptionResponse", "data": answer})
        if method == "subscribe":
            self._hub.add(self._client, topic)
        else:
            self._hub.remove(self._client, topic)

    def _error(self, words: str) -> None:
        self._client.tell({"channel": "error", "data": words})
