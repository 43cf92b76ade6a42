"""Who listens to what, and what is told to whom when something became durable."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable

from solvent.dialects import Json, encode_json
from solvent.engine.events import Acted, AnyEvent, FundingNoted, KeyRevoked, Priced
from solvent.gateways.kucoin import topics
from solvent.gateways.kucoin.account import currencies
from solvent.gateways.kucoin.authority import Authority
from solvent.gateways.kucoin.clients import FAULTY, FORBIDDEN, Client
from solvent.gateways.kucoin.desk import Desk
from solvent.gateways.kucoin.topics import Topic
from solvent.margin import Verb, risk_limit
from solvent.runtime import Committed

QUOTES_EVERY_S = 0.1
# A position is told again as its mark moves, this often at most.
MARKS_EVERY_S = 1.0
WALLET = "wallet:"


class Paced:
    """Something done at once, and then at most once in a while: what comes between is done at its end."""

    def __init__(self, every_s: float, do: Callable[[], None]) -> None:
        self._every_s = every_s
        self._do = do
        self._rest: asyncio.TimerHandle | None = None
        self._is_due = False

    def ask(self) -> None:
        """Do it now, or when the pause has passed."""
        if self._rest is not None:
            self._is_due = True
            return
        self._rest = asyncio.get_running_loop().call_later(self._every_s, self._rested)
        self._do()

    def _rested(self) -> None:
        self._rest = None
        if self._is_due:
            self._is_due = False
            self.ask()


class Hub:
    """Every client by its topics; private topics by their account as well."""

    def __init__(self, desk: Desk, authority: Authority) -> None:
        self._desk = desk
        self._authority = authority
        self._clients: dict[tuple[str, str], set[Client]] = {}
        self._accounts: defaultdict[str, set[Client]] = defaultdict(set)
        self._numbers: dict[tuple[str, str], int] = {}
        self._quotes: dict[str, Paced] = {}
        self._marks: dict[str, Paced] = {}
        self._is_broken = False
        desk.house.follower.subscribe(self._hear)

    def add(self, client: Client, topic: Topic) -> None:
        """Let a client listen to a topic; once something could not be told, nothing is."""
        if self._is_broken:
            client.end(FAULTY, "nothing is told any more; read by REST until the service starts again")
        account = client.token.account if topic.is_private else ""
        self._clients.setdefault((account, topic.text), set()).add(client)
        client.topics.add(topic.text)
        if account:
            self._accounts[account].add(client)
            # Without a gap while somebody listens; after a pause they go on above any before it.
            self._numbers.setdefault((account, topic.text), self._desk.house.wall_ms())

    def drop(self, client: Client, topic: Topic) -> None:
        """Let a client listen to a topic no more."""
        account = client.token.account if topic.is_private else ""
        listening = self._clients.get((account, topic.text), set())
        listening.discard(client)
        client.topics.discard(topic.text)
        if not listening:
            self._clients.pop((account, topic.text), None)
            self._numbers.pop((account, topic.text), None)

    def leave(self, client: Client) -> None:
        """Forget a client."""
        for text in tuple(client.topics):
            for topic in topics.parse(text):
                self.drop(client, topic)
        account = client.token.account
        self._accounts[account].discard(client)
        if not self._accounts[account]:
            self._accounts.pop(account)

    def _hear(self, committed: Committed) -> None:
        if not self._clients:
            return
        try:
            self._tell_of(committed)
        except Exception:
            # Who listens must not take the silence that follows for news.
            self._is_broken = True
            for client in {client for listening in self._clients.values() for client in listening}:
                client.end(FAULTY, "what happened could not be told; read it by REST")
            raise

    def _tell_of(self, committed: Committed) -> None:
        for event in committed.events:
            match event:
                case Acted() if event.account in self._accounts:
                    self._acted(event)
                case Priced():
                    self._priced(event.market)
                case FundingNoted():
                    self._funded(event)
                case KeyRevoked():
                    self._revoked(event)
                case _:
                    pass
        for account, currency in self._moved(committed.events):
            self._tell_wallet(account, currency)

    # What is told.

    def _acted(self, event: Acted) -> None:
        reason = topics.reason_of(event)
        if event.model != risk_limit.NAME or reason is None:
            return
        if event.action.verb is Verb.SET_LEVEL:
            self._tell_position(
                event.account, event.market, topics.LEVEL_SET, lambda: topics.level_told(event)
            )
        self._tell_position(
            event.account,
            event.market,
            topics.CHANGED,
            lambda: topics.position_told(self._desk, event.market, event.account, reason),
        )

    def _priced(self, symbol: str) -> None:
        if symbol not in self._desk.symbols:
            return
        if symbol not in self._quotes:
            self._quotes[symbol] = Paced(QUOTES_EVERY_S, lambda: self._tell_quotes(symbol))
            self._marks[symbol] = Paced(MARKS_EVERY_S, lambda: self._tell_marks(symbol))
        self._quotes[symbol].ask()
        self._marks[symbol].ask()

    def _tell_quotes(self, symbol: str) -> None:
        for topic, subject, shape in (
            (Topic(topics.TICKER, symbol), "tickerV2", topics.ticker_told),
            (Topic(topics.INSTRUMENT, symbol), "mark.index.price", topics.mark_told),
        ):
            if ("", topic.text) in self._clients:
                self._tell("", topic, subject, shape(self._desk, symbol))

    def _tell_marks(self, symbol: str) -> None:
        held = self._desk.state.positions[symbol]
        loop = asyncio.get_running_loop()
        for account in tuple(self._accounts):
            position = held.get(account)
            if position is not None and position.lots:
                told = self._told_of_mark(symbol, account)
                # One after the other, with everybody's requests in between.
                loop.call_soon(self._tell_position, account, symbol, topics.CHANGED, told)

    def _told_of_mark(self, symbol: str, account: str) -> Callable[[], dict[str, Json]]:
        return lambda: topics.position_told(self._desk, symbol, account, topics.MARK_CHANGED)

    def _funded(self, event: FundingNoted) -> None:
        symbol = event.market
        if symbol not in self._desk.symbols:
            return
        topic = Topic(topics.INSTRUMENT, symbol)
        if ("", topic.text) in self._clients:
            self._tell("", topic, "funding.rate", topics.rate_told(self._desk, event))
        for account in tuple(self._accounts):
            for row in self._desk.records.fundings(account):
                if row.market == symbol and row.at_ms == event.note.at_ms:
                    told = topics.settlement_told(self._desk, row)
                    self._tell_position(account, symbol, topics.SETTLED, lambda told=told: told)  # type: ignore[misc]
                    break

    def _revoked(self, event: KeyRevoked) -> None:
        for client in tuple(self._accounts.get(event.account, ())):
            if client.token.key_id == event.key_id:
                client.end(FORBIDDEN, "the key was revoked")

    def _tell_wallet(self, account: str, currency: str) -> None:
        topic = Topic(topics.WALLET)
        if (account, topic.text) in self._clients:
            version = self._numbers[account, topic.text] + 1
            told = topics.wallet_told(self._desk, account, currency, version)
            self._tell(account, topic, "walletBalance.change", told)

    def _moved(self, events: Iterable[AnyEvent]) -> dict[tuple[str, str], None]:
        """Return whose wallets changed, and in which currency: what moved, and what orders reserve."""
        known = set(currencies(self._desk))
        found: dict[tuple[str, str], None] = {}
        for event in events:
            for move in getattr(event, "moves", ()):
                account = move.name.removeprefix(WALLET)
                if move.name.startswith(WALLET) and account in self._accounts and move.asset in known:
                    found[account, move.asset] = None
            if isinstance(event, Acted) and event.account in self._accounts and event.reserved is not None:
                found[event.account, event.reserved_asset] = None
        return {key: None for key in found if key[1] in known}

    def _tell_position(
        self, account: str, symbol: str, subject: str, told: Callable[[], dict[str, Json]]
    ) -> None:
        """Tell those who listen to one position, and those who listen to all of them."""
        heard = [
            topic
            for topic in (Topic(topics.POSITION, symbol), Topic(topics.ALL_POSITIONS))
            if (account, topic.text) in self._clients
        ]
        if not heard:
            return
        data = told()
        for topic in heard:
            self._tell(account, topic, subject, data)

    def _tell(self, account: str, topic: Topic, subject: str, data: dict[str, Json]) -> None:
        listening = self._clients.get((account, topic.text), ())
        if not listening:
            return
        message: dict[str, Json] = {"topic": topic.text, "type": "message", "subject": subject, "data": data}
        if account:
            number = self._numbers[account, topic.text] = self._numbers[account, topic.text] + 1
            message |= {"channelType": "private", "userId": account, "sn": number}
        text = encode_json(message).encode()
        for client in tuple(listening):
            if account and not self._authority.is_still(client.token.key_id):
                client.end(FORBIDDEN, "the key is not good any more")
            client.put(text)
