"""The gateway in this process: a house whose prices and wall clock a test sets, and wallets that sign."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count
from typing import Any

import httpx
from coincurve import PrivateKey

from solvent import margin
from solvent.engine import Pending, commands
from solvent.gateways.hyperliquid import Caps, application
from solvent.gateways.hyperliquid.signing import USER_SIGNED, address_of, l1_digest, l1_hash, user_digest
from solvent.margin.parts import FeedReading, FundingNote
from solvent.money import Ratio
from solvent.runtime import House, Profile, Settings, Venue, open_house

WALL_MS = 1_790_000_000_000
MARKETS = {"BTC-PERP": "64794", "ETH-PERP": "3000", "STRICT-PERP": "10"}
CHAIN_ID = "0x66eee"
ALICE, BOB = "a" * 32, "b" * 32
USD = 10**6


def prepare(venue: Venue) -> None:
    for name in (*MARKETS, "XBTUSDTM"):
        venue.ask(commands.CreateMarket(name=name, market=margin.preset(name)), key=f"market {name}")


class Waiting:
    """A settlement that does what is asked when the test says so."""

    def settle(self, pending: Pending) -> bool | None:
        return True if pending.direction == "deposit" else None


class Wall:
    """The wall clock, which a test sets."""

    def __init__(self) -> None:
        self.now_ms = WALL_MS

    def __call__(self) -> int:
        return self.now_ms


class Wallet:
    """A key, and the bodies that its owner's client would send."""

    def __init__(self, stage: "Stage", seed: int | str) -> None:
        self.stage = stage
        secret = seed.to_bytes(32, "big") if isinstance(seed, int) else bytes.fromhex(seed[2:])
        self._key = PrivateKey(secret)
        self.address = address_of(self._key.public_key.format(compressed=False)[1:])

    def sign(self, digest: bytes) -> dict[str, Any]:
        signed = self._key.sign_recoverable(digest, hasher=None)
        r, s = (int.from_bytes(part) for part in (signed[:32], signed[32:64]))
        return {"r": hex(r), "s": hex(s), "v": 27 + signed[64]}

    def body(self, action: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """Sign an action of either kind; `changes` are of the envelope, and are signed where they count."""
        nonce = changes.pop("nonce", None) or self.stage.new_nonce()
        vault, expires = changes.get("vaultAddress"), changes.get("expiresAfter")
        kind = USER_SIGNED.get(action["type"])
        if kind is None:
            hashed = l1_hash(action, nonce=nonce, vault_address=vault, expires_after=expires)
            digest = l1_digest(hashed)
        else:
            name = "time" if action["type"] in ("usdSend", "withdraw3") else "nonce"
            action = {**action, name: nonce, "signatureChainId": CHAIN_ID, "hyperliquidChain": "Testnet"}
            # An agent without a name is signed as one with an empty one.
            digest = user_digest({"agentName": "", **action}, kind, chain_id=int(CHAIN_ID, 16))
        return {"action": action, "nonce": nonce, "signature": self.sign(digest), **changes}

    async def act(self, action: dict[str, Any], **changes: Any) -> Any:
        answer = await self.stage.send(self.body(action, **changes))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def must(self, action: dict[str, Any], **changes: Any) -> Any:
        answer = await self.act(action, **changes)
        assert answer["status"] == "ok", answer
        return answer

    async def refused(self, action: dict[str, Any], **changes: Any) -> str:
        answer = await self.act(action, **changes)
        assert answer["status"] == "err", answer
        found: str = answer["response"]
        return found

    async def order(self, *orders: dict[str, Any], **changes: Any) -> list[Any]:
        action = {"type": "order", "orders": list(orders), "grouping": "na"}
        statuses: list[Any] = (await self.must(action, **changes))["response"]["data"]["statuses"]
        return statuses

    async def state(self) -> Any:
        return await self.stage.info("clearinghouseState", user=self.address)

    async def position(self) -> Any:
        (held,) = (await self.state())["assetPositions"]
        return held["position"]


class Stage:
    """A house behind the gateway in one event loop."""

    def __init__(self, house: House, wall: Wall, caps: Caps) -> None:
        self.house, self.wall = house, wall
        self.app = application(house, caps=caps)
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self.app),
            base_url="http://127.0.0.1",
        )
        self._nonces = count(WALL_MS)
        self._keys = count(1)
        self._prefix = house.venue.journal.last_seq("venue")

    def new_nonce(self) -> int:
        return next(self._nonces)

    async def do(self, command: Any) -> Any:
        reply = await self.house.submit(command, key=f"{self._prefix} {next(self._keys)}")
        assert reply.is_accepted, reply.body
        return reply.read()

    async def user(
        self, seed: int | str = 1, *, account: str = ALICE, usdc: int = 10_000 * USD, is_known: bool = False
    ) -> Wallet:
        """Return a wallet whose address belongs to an account that holds dollars."""
        wallet = Wallet(self, seed)
        if not is_known:
            identity = f"ethereum:{wallet.address}"
            await self.do(commands.OpenAccount(account=account, identities=(identity,)))
        if usdc:
            await self.do(commands.Declare(role="insurance", asset="USDC", units=usdc))
            paid = commands.PayOut(role="insurance", receiver=account, asset="USDC", units=usdc)
            await self.do(paid)
        return wallet

    async def price(self, market: str, mark: str) -> None:
        reading = FeedReading(feed="mark", price=Ratio.parse(mark), at_ms=self.house.now_ms())
        await self.do(commands.Tick(market=market, readings=(reading,)))

    async def pass_time(self, by_ms: int) -> None:
        await asyncio.to_thread(self.house.advance, by_ms)

    async def pay_funding(self, market: str, mark: str, rate: str) -> None:
        note = FundingNote(at_ms=self.house.now_ms(), price=Ratio.parse(mark), rate=Ratio.parse(rate))
        await self.do(commands.SetFunding(market=market, note=note))

    async def send(self, body: Any) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.client.post("/exchange", content=content)

    async def info(self, kind: str, **fields: Any) -> Any:
        answer = await self.client.post("/info", json={"type": kind, **fields})
        assert answer.status_code == 200, (kind, answer.text)
        return answer.json()


@asynccontextmanager
async def staged(
    folder: str = ":memory:", *, wall: Wall | None = None, caps: Caps | None = None
) -> AsyncIterator[Stage]:
    wall = wall or Wall()
    loop = asyncio.get_running_loop()
    settings = Settings(data_folder=folder, clock="virtual")
    profile = Profile(name="test", prepare=prepare, settlement=Waiting())
    house = await asyncio.to_thread(
        open_house, settings, profile=profile, post=loop.call_soon_threadsafe, wall=wall
    )
    await asyncio.sleep(0)
    stage = Stage(house, wall, caps or Caps())
    try:
        for market, mark in MARKETS.items():
            await stage.price(market, mark)
        yield stage
    finally:
        await stage.client.aclose()
        await asyncio.to_thread(house.close)


def on_stage(play: Callable[[Stage], Awaitable[None]], **kind: Any) -> None:
    """Play something on a stage of its own, in an event loop of its own."""

    async def whole() -> None:
        async with staged(**kind) as stage:
            await play(stage)

    asyncio.run(whole())


def leverage(value: int, *, asset: int = 0, is_cross: bool = False) -> dict[str, Any]:
    return {"type": "updateLeverage", "asset": asset, "isCross": is_cross, "leverage": value}


def margin_of(ntli: Any, *, asset: int = 0) -> dict[str, Any]:
    return {"type": "updateIsolatedMargin", "asset": asset, "isBuy": True, "ntli": ntli}


def order(
    size: str,
    price: str,
    *,
    asset: int = 0,
    is_buy: bool = True,
    tif: str = "Ioc",
    reduce_only: bool = False,
    cloid: str | None = None,
) -> dict[str, Any]:
    told = {"a": asset, "b": is_buy, "p": price, "s": size, "r": reduce_only, "t": {"limit": {"tif": tif}}}
    return told if cloid is None else {**told, "c": cloid}
