"""A house with KuCoin's gateway for tests: its loop in a thread, a wall clock by hand, signed requests."""

import asyncio
import json
from collections.abc import Coroutine, Mapping
from decimal import Decimal
from itertools import count
from pathlib import Path
from threading import Thread
from typing import Any, Self, TypeVar
from urllib.parse import quote

from solvent import margin
from solvent.engine import commands
from solvent.engine.commands import AnyCommand
from solvent.gateways.kucoin import Gateway, application
from solvent.gateways.kucoin.signing import Secrets, Signed, signature_of, signed_text
from solvent.margin import risk_limit
from solvent.margin.parts import FeedReading, FundingNote
from solvent.money import Ratio
from solvent.runtime import Profile, Settings, Venue, VirtualClock, open_house
from solvent.runtime.secrecy import kucoin_passphrase, kucoin_secret

Result = TypeVar("Result")
ALICE, BOB = ("a" * 32, "b" * 32)
LINEAR, INVERSE, UNPRICED = "XBTUSDTM", "XBTUSDM", "ETHUSDTM"
UNIT = 10**10
PRICE = "67430.9"
MORE_PRICE = "68900.7"
BEGAN_MS = 1_700_000_000_000
ALL = ("read", "trade", "margin")
DAY_MS = 86_400_000
Json = Any


def prepare(venue: Venue) -> None:
    clock = venue.clock
    assert isinstance(clock, VirtualClock)
    clock.advance(max(0, BEGAN_MS - clock.now_ms()))
    for name in (LINEAR, INVERSE, UNPRICED):
        venue.ask(commands.CreateMarket(name=name, market=margin.preset(name)), key=f"market {name}")
    for role in ("house", "insurance"):
        for asset in ("USDT", "XBT"):
            venue.ask(commands.Declare(role=role, asset=asset, units=10**7 * UNIT), key=f"{role} {asset}")
    for account in (ALICE, BOB):
        venue.ask(commands.OpenAccount(account=account), key=f"account {account}")
        for asset, units in (("USDT", 10_000 * UNIT), ("XBT", 5 * UNIT)):
            request = f"{account}-{asset}"
            venue.ask(
                commands.Deposit(account=account, asset=asset, units=units, request_id=request), key=request
            )


class Keyed:
    """A key with its owner's secrets."""

    def __init__(self, key_id: str, secrets: Secrets) -> None:
        self.key_id = key_id
        self.secrets = secrets


class Served:
    """A house, its gateway, and what a test does with both; in a `with` block."""

    def __init__(self, folder: Path | str = ":memory:", *, budget: int = 10**6) -> None:
        self.wall_ms = BEGAN_MS
        self._count = count(1)
        self._raw = b""
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.house = open_house(
            Settings(data_folder=str(folder), clock="virtual"),
            profile=Profile(name="test", prepare=prepare),
            post=self._loop.call_soon_threadsafe,
            wall=lambda: self.wall_ms,
        )
        self._salt = self.house.venue.journal.last_seq("venue")
        self.house.venue.settle_outbox()
        self.gateway: Gateway = self.run(self._made(budget))
        for name in (LINEAR, INVERSE):
            self.price(PRICE, name)

    # What a test does to the venue.

    def do(self, command: AnyCommand) -> Any:
        """Carry a command out, which must be accepted."""
        reply = self.run(self.house.submit(command, key=f"test {self._salt} {next(self._count)}"))
        assert reply.is_accepted, reply.body
        return reply.read()

    def act(self, action: Any, *, account: str = ALICE, symbol: str = LINEAR) -> Any:
        return self.do(commands.Act(account=account, market=symbol, action=action))

    def open(self, lots: int, leverage: int = 3, *, account: str = ALICE, symbol: str = LINEAR) -> Any:
        return self.act(risk_limit.Open(lots=lots, leverage=leverage), account=account, symbol=symbol)

    def price(self, price: str, symbol: str = LINEAR) -> None:
        reading = FeedReading(feed="mark", price=Ratio.parse(price), at_ms=self.house.now_ms())
        self.do(commands.Tick(market=symbol, readings=(reading,)))

    def fund(self, rate: str, price: str, symbol: str = LINEAR) -> int:
        """Let a second pass and note a funding; returns its moment."""
        self.house.advance(1_000)
        at_ms = self.house.now_ms()
        note = FundingNote(at_ms=at_ms, price=Ratio.parse(price), rate=Ratio.parse(rate, signed=True))
        self.do(commands.SetFunding(market=symbol, note=note))
        self.price(price, symbol)
        return at_ms

    def key(self, *scopes: str, account: str = ALICE, key_id: str = "", expires_ms: int = 0) -> Keyed:
        """Return a new key; with every scope unless some are named."""
        key_id = key_id or f"{next(self._count):032x}"
        if key_id not in self.house.follower.state.keys:
            self.do(
                commands.GrantKey(
                    account=account,
                    key_id=key_id,
                    label="test",
                    scopes=scopes or ALL,
                    expires_ms=expires_ms or BEGAN_MS + DAY_MS,
                )
            )
        return Keyed(key_id, self.secrets(key_id))

    def secrets(self, key_id: str) -> Secrets:
        secret = self.house.vault.secret
        return Secrets(kucoin_secret(secret, key_id), kucoin_passphrase(secret, key_id))

    # What a client does.

    def signed(
        self, key: Keyed, method: str, target: str, body: bytes = b"", /, version: str = "3", **changed: str
    ) -> dict[str, str]:
        """Return the headers of a signed request; `changed` are put in place of the right ones."""
        time = str(self.wall_ms)
        text = signed_text(time, Signed(method=method, target=target, body=body), target)
        secrets = key.secrets
        phrase = secrets.passphrase
        headers = {
            "KC-API-KEY": key.key_id,
            "KC-API-TIMESTAMP": time,
            "KC-API-SIGN": signature_of(secrets.secret, text),
            "KC-API-PASSPHRASE": phrase if version == "1" else signature_of(secrets.secret, phrase.encode()),
            "KC-API-KEY-VERSION": version,
        }
        return {**headers, **{f"KC-API-{name.upper().replace('_', '-')}": to for name, to in changed.items()}}

    def call(
        self,
        method: str,
        path: str,
        *,
        key: Keyed | None = None,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        """Return what a signed call is answered, or an unsigned one without a key."""
        target = path
        if query:
            target += "?" + "&".join(f"{name}={value}" for name, value in query.items())
        raw = b"" if body is None else json.dumps(body).encode()
        signed = {} if key is None else self.signed(key, method, target, raw)
        status, found, _ = self.request(method, target, raw, {**signed, **(headers or {})})
        assert status in (200, 404, 429, 500)
        return found

    def data(self, method: str, path: str, **given: Any) -> Json:
        """Return the data of a call that must succeed."""
        found = self.call(method, path, **given)
        assert found["code"] == "200000", found
        return found["data"]

    def code(self, method: str, path: str, **given: Any) -> str:
        """Return the code of a call that must not."""
        found = self.call(method, path, **given)
        assert "data" not in found
        assert found["msg"]
        assert "Position does not exist" not in found["msg"]
        code: str = found["code"]
        return code

    def request(
        self, method: str, target: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, Json, dict[str, str]]:
        """Send a request as it is; returns the status, the body with exact decimals, the headers."""
        path, _, query = target.partition("?")
        return self.run(self._requested(method, path, query, body, headers or {}))

    def raw(self, method: str, target: str, headers: Mapping[str, str] | None = None) -> bytes:
        """Return the bytes that a call is answered."""
        self.request(method, target, headers=headers)
        return self._raw

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do something in the loop's thread and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def scope(self, kind: str, path: str, query: str, headers: Mapping[str, str]) -> dict[str, Any]:
        told = {"host": "localhost:8420", "content-type": "application/json", **headers}
        return {
            "type": kind,
            "scheme": {"http": "http", "websocket": "ws"}[kind],
            "path": path,
            "raw_path": quote(path, safe="/%").encode(),
            "root_path": "/kucoin",
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in told.items()],
            "client": ("127.0.0.1", 5_000),
        }

    async def _made(self, budget: int) -> Gateway:
        return application(self.house, budget=budget)

    async def _requested(
        self, method: str, path: str, query: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[int, Json, dict[str, str]]:
        sent: list[Any] = []

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.gateway({**self.scope("http", path, query, headers), "method": method}, receive, send)
        start, end = sent
        self._raw = end["body"]
        found = json.loads(end["body"], parse_float=Decimal)
        told = {name.decode(): value.decode() for name, value in start["headers"]}
        return start["status"], found, told

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.house.close()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
