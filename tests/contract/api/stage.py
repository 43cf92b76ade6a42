"""A served venue for tests: three markets with prices, funded wallets that sign, a wall clock of its own."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any, TypeVar

import httpx
from nacl.signing import SigningKey

from solvent import margin
from solvent.api import intents
from solvent.api.app import build, express_of
from solvent.api.desk import Desk
from solvent.api.intents import Intent
from solvent.api.keys import Signed, signature_of
from solvent.api.limits import Caps
from solvent.api.wishes import Act, Ask, CreateKey, OpenAccount
from solvent.engine import commands
from solvent.margin.parts import FeedReading
from solvent.money import Ratio, parse_units
from solvent.runtime import House, Profile, Settings, Venue, base58, open_house

WALL_MS = 1_790_000_000_000
PRICES = {
    "BTC-PERP": {"mark": "60000"},
    "XBTUSDTM": {"mark": "60000"},
    "wETH/SOL": {"collateral_usd": "2500", "loan_usd": "100"},
}
FUNDS = {"USDC": "10000", "SOL": "100", "wETH": "10", "USDT": "10000"}
DECIMALS = {"USDC": 6, "SOL": 9, "wETH": 8, "USDT": 10}
BASE = "/api/v1"
HOST = "http://127.0.0.1"
Done = TypeVar("Done")


def prepare(venue: Venue) -> None:
    for name in PRICES:
        venue.ask(commands.CreateMarket(name=name, market=margin.preset(name)), key=f"market {name}")
    for role in ("swap_desk", "keeper", "insurance"):
        for asset, units in (("SOL", 10**14), ("wETH", 10**12), ("USDC", 10**13), ("USDT", 10**16)):
            command = commands.Declare(role=role, asset=asset, units=units)
            venue.ask(command, key=f"fund {role} {asset}")
    for name in PRICES:
        tick(venue, name)


def tick(venue: Venue, market: str, **prices: str) -> None:
    now_ms = venue.clock.now_ms()
    readings = tuple(
        FeedReading(feed=feed, price=Ratio.parse(price), at_ms=now_ms)
        for feed, price in {**PRICES[market], **prices}.items()
    )
    key = f"tick {market} {now_ms} {sorted(prices.items())}"
    assert venue.ask(commands.Tick(market=market, readings=readings), key=key).is_accepted


PROFILE = Profile(name="test", prepare=prepare)


class Wall:
    """The wall clock, which a test sets."""

    def __init__(self) -> None:
        self.now_ms = WALL_MS

    def __call__(self) -> int:
        return self.now_ms


class Wallet:
    """A wallet's key: it signs what it is given."""

    def __init__(self, seed: int) -> None:
        self.key = SigningKey(seed.to_bytes(32, "big"))
        self.public_key = base58.encode(bytes(self.key.verify_key))

    @property
    def identity(self) -> str:
        return f"solana:{self.public_key}"

    def signed(self, text: str) -> dict[str, str]:
        signature = base64.b64encode(self.key.sign(text.encode()).signature).decode()
        return {"text": text, "public_key": self.public_key, "signature": signature}


class User:
    """A wallet with an account, a session's token, and the client that it asks with."""

    def __init__(self, stage: "Stage", wallet: Wallet) -> None:
        self.stage, self.wallet = stage, wallet
        self.account = self.token = ""

    def text(self, ask: Ask, **changes: Any) -> str:
        return intents.render(self.intent(ask, **changes))

    def intent(self, ask: Ask, **changes: Any) -> Intent:
        parts = {
            "venue": self.stage.house.venue_id,
            "ask": ask,
            "account": self.account,
            "nonce": f"nonce-{next(self.stage.numbers):08}",
            "expires_ms": self.stage.wall.now_ms + 60_000,
        }
        return Intent(**{**parts, **changes})

    async def send(self, ask: Ask, **changes: Any) -> httpx.Response:
        return await self.stage.post("/intents", self.wallet.signed(self.text(ask, **changes)))

    async def must(self, ask: Ask, **changes: Any) -> dict[str, Any]:
        answer = await self.send(ask, **changes)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def sign_in(self) -> str:
        asked = await self.stage.post("/sessions/challenges", {"public_key": self.wallet.public_key})
        answer = await self.stage.post("/sessions", self.wallet.signed(asked.json()["text"]))
        assert answer.status_code == 200, answer.text
        self.stage.client.cookies.clear()
        token: str = answer.json()["token"]
        return token

    async def read(self, path: str) -> httpx.Response:
        return await self.stage.client.get(BASE + path, headers={"Authorization": f"Bearer {self.token}"})

    def held(self, asset: str) -> int:
        return self.stage.house.follower.state.balance(f"wallet:{self.account}", asset)

    async def key(self, *scopes: str, lasts_ms: int = 3_600_000) -> "Program":
        ask = CreateKey(label="a bot", scopes=scopes, key_expires_ms=self.stage.wall.now_ms + lasts_ms)
        made = (await self.must(ask))["key"]
        return Program(self.stage, made["id"], made["secret"])


class Program:
    """What signs requests with an API key."""

    def __init__(self, stage: "Stage", key_id: str, secret: str) -> None:
        self.stage, self.id, self.secret = stage, key_id, secret

    def headers(
        self, method: str, path: str, body: bytes = b"", *, idempotency: str = "", at_ms: int | None = None
    ) -> dict[str, str]:
        signed = Signed(
            key=self.id,
            timestamp=str(self.stage.wall.now_ms if at_ms is None else at_ms),
            method=method,
            path=BASE + path,
            idempotency=idempotency,
            body=body,
        )
        headers = {
            "Solvent-Key": self.id,
            "Solvent-Timestamp": signed.timestamp,
            "Solvent-Signature": signature_of(self.secret, signed),
        }
        return headers | ({"Idempotency-Key": idempotency} if idempotency else {})

    async def get(self, path: str) -> httpx.Response:
        return await self.stage.client.get(BASE + path, headers=self.headers("GET", path))

    async def act(self, market: str, verb: str, *, key: str = "", **fields: str) -> httpx.Response:
        command = {"command": "act", "market": market, "verb": verb, "fields": fields}
        body = json.dumps(command).encode()
        idempotency = key or f"command-{next(self.stage.numbers):08}"
        headers = self.headers("POST", "/commands", body, idempotency=idempotency)
        return await self.stage.raw("/commands", body, headers)


class Stage:
    """A served house in one event loop."""

    def __init__(self, house: House, client: httpx.AsyncClient, wall: Wall, desk: Desk) -> None:
        self.house, self.client, self.wall, self.desk = house, client, wall, desk
        self.numbers = count(1)
        self._seeds = count(1)

    async def post(self, path: str, body: Any) -> httpx.Response:
        return await self.client.post(BASE + path, json=body)

    async def in_thread(self, do: Callable[[], Done]) -> Done:
        """Do what waits for the venue, which answers in this event loop's thread."""
        return await asyncio.to_thread(do)

    async def raw(self, path: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
        return await self.client.post(
            BASE + path, content=body, headers={"Content-Type": "application/json", **headers}
        )

    async def user(self, *, funds: dict[str, str] | None = None, seed: int | None = None) -> User:
        """Return a wallet with an account, money in it, and a session."""
        user = User(self, Wallet(seed or next(self._seeds)))
        opened = await user.must(OpenAccount(identity=user.wallet.identity), account="new")
        user.account = opened["reply"]["account"]
        for asset, amount in (FUNDS if funds is None else funds).items():
            await self.fund(user, asset, amount)
        user.token = await user.sign_in()
        return user

    async def fund(self, user: User, asset: str, amount: str) -> None:
        units = parse_units(amount, DECIMALS[asset])
        paid = commands.PayOut(role="swap_desk", receiver=user.account, asset=asset, units=units)
        assert (await self.house.submit(paid, key=f"fund {next(self.numbers)}")).is_accepted


@asynccontextmanager
async def staged(folder: str = ":memory:", wall: Wall | None = None) -> AsyncIterator[Stage]:
    """Serve a house in a folder, or one that is gone afterwards."""
    wall = wall or Wall()
    loop = asyncio.get_running_loop()
    settings = Settings(data_folder=folder, clock="virtual")
    house = await asyncio.to_thread(
        open_house, settings, profile=PROFILE, post=loop.call_soon_threadsafe, wall=wall
    )
    await asyncio.sleep(0)
    caps = Caps(address_rate=10**6, address_burst=10**6, account_rate=10**6, account_burst=10**6)
    gate = build(house, static=None, caps=caps)
    desk = express_of(gate).acting.desk
    transport = httpx.ASGITransport(gate, raise_app_exceptions=True)  # type: ignore[arg-type]
    try:
        async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
            yield Stage(house, client, wall, desk)
    finally:
        await desk.close()
        await asyncio.to_thread(house.close)


def on_stage(play: Callable[[Stage], Awaitable[None]]) -> None:
    """Play something on a stage of its own, in an event loop of its own."""

    async def whole() -> None:
        async with staged() as stage:
            await play(stage)

    asyncio.run(whole())


TAKE = Act(verb="take", market="BTC-PERP", fields=(("amount", "1"),), asset="USDC")
