"""How each refusal is brought about over HTTP, or why it cannot be: one entry for each code of each origin.

A play gets a stage and a user with an account and money, and returns the answer. Plays of one origin share a
stage, one after the other; those in `ALONE` change what others need and have one of their own.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import httpx
from msgspec.structs import replace

from solvent import margin
from solvent.api import create_app
from solvent.api.limits import Caps
from solvent.api.wishes import Act, Batch, BindIdentity, CreateKey, OpenAccount, RevokeKey, Transfer
from solvent.engine import commands
from solvent.margin import tiered
from solvent.margin.parts import FeedReading
from solvent.money import Ratio
from solvent.runtime import Overloaded
from tests.contract.api.stage import BASE, HOST, PRICES, TAKE, Stage, User, Wallet, tick

Play = Callable[[Stage, User], Awaitable[httpx.Response]]
T, R, L = "BTC-PERP", "XBTUSDTM", "wETH/SOL"
OWNS, TOLD_BEFORE = (
    "only the venue's own driver, operator or settlement asks for that; no address takes it",
    "it is told of a name before there is a book: here by the engine's own code for it",
)
NONCED = "its id is made of account and nonce, and a nonce that comes again is KEY_REUSED"
MODE = "the service has no field for a mode; `solvent calc` and a gateway tell it"
GATEWAY = "it is about the signers of a gateway's actions, which the gateway's own contract tests bring about"


async def do(user: User, market: str, verb: str, **fields: str) -> httpx.Response:
    """Act as a wallet does: have the text drafted, sign it, send it."""
    return await guarded(user, market, verb, {}, **fields)


async def guarded(
    user: User, market: str, verb: str, guards: Mapping[str, str], **fields: str
) -> httpx.Response:
    asked = {"action": "act", "market": market, "verb": verb, "fields": fields, "guards": guards}
    told = await user.stage.post("/intents/draft", {**asked, "account": user.account})
    if told.status_code != 200:
        return told
    return await user.stage.post("/intents", user.wallet.signed(told.json()["text"]))


async def must(user: User, market: str, verb: str, **fields: str) -> None:
    found = await do(user, market, verb, **fields)
    assert found.status_code == 200, (verb, found.text)


def acts(market: str, verb: str, **fields: str) -> Play:
    """Return the play of one action."""
    return lambda _, user: do(user, market, verb, **fields)


def after(*steps: tuple[str, dict[str, str]], market: str) -> Callable[..., Play]:
    """Return what makes a play of an action after others in the same market."""

    def made(verb: str, **fields: str) -> Play:
        async def play(_: Stage, user: User) -> httpx.Response:
            for step, given in steps:
                await must(user, market, step, **given)
            return await do(user, market, verb, **fields)

        return play

    return made


async def own(stage: Stage, command: Any) -> None:
    """Do what only the venue does."""
    reply = await stage.house.submit(command, key=f"own {next(stage.numbers)}")
    assert reply.is_accepted, reply.body


async def paid(stage: Stage, user: User, asset: str, units: int) -> None:
    await own(stage, commands.Declare(role="swap_desk", asset=asset, units=units))
    await own(stage, commands.PayOut(role="swap_desk", receiver=user.account, asset=asset, units=units))


async def priced(stage: Stage, market: str, **prices: str) -> None:
    stage.house.advance(1)
    await stage.in_thread(lambda: tick(stage.house.venue, market, **prices))


async def opened(stage: Stage, name: str, like: Any, prices: Mapping[str, str] | None) -> None:
    """Open a market of a play's own, with its prices where it has any."""
    await own(stage, commands.CreateMarket(name=name, market=like))
    if prices is not None:
        readings = [
            FeedReading(feed=feed, price=Ratio.parse(price), at_ms=stage.house.now_ms())
            for feed, price in prices.items()
        ]
        await own(stage, commands.Tick(market=name, readings=tuple(readings)))


LONG = after(("open", {"size": "0.1"}), market=T)
LOTS = after(("open", {"lots": "50", "leverage": "5"}), market=R)
HELD = after(("add", {"amount": "2"}), market=L)


async def lender(stage: Stage, sol: int) -> None:
    """Have somebody lend to the pool."""
    other = await stage.user(funds={})
    await paid(stage, other, "SOL", sol * 10**9)
    await must(other, L, "supply", amount=str(sol))


# tiered


async def strict(stage: Stage, user: User) -> httpx.Response:
    await opened(stage, "STRICT-PERP", margin.preset("STRICT-PERP"), {"mark": "60000"})
    await must(user, "STRICT-PERP", "open", size="0.01")
    return await do(user, "STRICT-PERP", "take", amount="1")


async def stale(stage: Stage, user: User, market: str, verb: str, *steps: Any, **fields: str) -> Any:
    for step, given in steps:
        await must(user, market, step, **given)
    stage.house.advance(61_000)
    return await do(user, market, verb, **fields)


async def cooling_down(stage: Stage, user: User) -> httpx.Response:
    await own(stage, commands.Declare(role="house", asset="USDC", units=10**13))
    await must(user, T, "set_leverage", leverage="40")
    await must(user, T, "open", size="5")
    found = await do(user, T, "open", size="0.01")
    for mark in range(59_600, 58_000, -100):
        await priced(stage, T, mark=str(mark))
        found = await do(user, T, "open", size="0.01")
        if found.status_code != 200 and found.json()["code"] == "LIQUIDATION_IN_PROGRESS":
            return found
    return found


async def above_tier(stage: Stage, user: User) -> httpx.Response:
    await paid(stage, user, "USDC", 10**13)
    await must(user, T, "set_leverage", leverage="40")
    return await do(user, T, "open", size="2600")


async def lowered(_: Stage, user: User) -> httpx.Response:
    await must(user, T, "set_leverage", leverage="20")
    await must(user, T, "open", size="0.5")
    return await do(user, T, "set_leverage", leverage="1")


RESTING = {"size": "0.01", "limit": "50000", "id": "mine"}
TIERED: Mapping[str, Play | str] = {
    "UNKNOWN_USER": TOLD_BEFORE,
    "UNKNOWN_ASSET": TOLD_BEFORE,
    "AMOUNT_ZERO": LONG("take", amount="0"),
    "NO_POSITION": acts(T, "take", amount="1"),
    "NOT_ISOLATED": "every position of this venue is isolated",
    "STRICT_ISOLATED": strict,
    "NOT_STRICT_ISOLATED": LONG("top_up", leverage="2"),
    "PRICE_INVALID": lambda stage, user: stale(stage, user, T, "take", ("open", {"size": "0.1"}), amount="1"),
    "INSUFFICIENT_WITHDRAWABLE": LONG("add", amount="99999"),
    "BELOW_TRANSFER_FLOOR": LONG("take", amount="5500"),
    "LEVERAGE_INVALID": acts(T, "set_leverage", leverage="41"),
    "MODE_SWITCH_WITH_POSITION": MODE,
    "CROSS_NOT_ALLOWED": MODE,
    "LEVERAGE_DECREASE_MARGIN": lowered,
    "SIZE_INVALID": acts(T, "open", size="0"),
    "TICK_INVALID": acts(T, "order", size="0.01", limit="60000.5"),
    "MIN_ORDER_VALUE": acts(T, "open", size="0.0001"),
    "REDUCE_ONLY_WOULD_INCREASE": LONG("order", size="0.1", limit="50000", reduce_only="yes"),
    "LIQUIDATION_IN_PROGRESS": cooling_down,
    "LEVERAGE_ABOVE_TIER": above_tier,
    "NO_MATCH": acts(T, "open", size="0.1", limit="50000"),
    "WOULD_MATCH": acts(T, "order", size="0.1", limit="61000", tif="ALO"),
    "INSUFFICIENT_MARGIN": acts(T, "open", size="90"),
    "ORDER_ID_TAKEN": after(("order", RESTING), market=T)("order", **RESTING),
    "ORDER_NOT_FOUND": acts(T, "cancel", id="none"),
    "NOT_LIQUIDATABLE": "liquidating is the engine's own: VERB_NOT_ALLOWED comes first",
}


# risk_limit


async def too_high_for_level(_: Stage, user: User) -> httpx.Response:
    await must(user, R, "open", lots="50", leverage="100")
    return await do(user, R, "set_level", level="12")


ORDER = {"lots": "1", "limit": "50000", "leverage": "5", "id": "mine"}
RISK_LIMIT: Mapping[str, Play | str] = {
    "SYMBOL_UNKNOWN": TOLD_BEFORE,
    "AMOUNT_INVALID": acts(R, "open", lots="0", leverage="5"),
    "NO_PERMISSION": "a key without the scope is told NOT_ALLOWED, before any book",
    "LEVERAGE_TOO_HIGH": acts(R, "open", lots="1", leverage="126"),
    "LEVEL_UNKNOWN": acts(R, "set_level", level="13"),
    "RISK_LIMIT_EXCEEDED": acts(R, "open", lots="2000", leverage="100"),
    "MARGIN_INSUFFICIENT_FOR_LEVEL": too_high_for_level,
    "NO_POSITION": acts(R, "take", amount="1"),
    "LIQUIDATION_IN_PROGRESS": "a position is handed over within the tick that finds it due",
    "PRICE_INVALID": lambda stage, user: stale(
        stage, user, R, "take", ("open", {"lots": "50", "leverage": "5"}), amount="1"
    ),
    "OPEN_ORDERS": after(
        ("open", {"lots": "50", "leverage": "5"}), ("order", ORDER), market=R
    )("take", amount="1"),
    "ABOVE_MAX_WITHDRAW": LOTS("take", amount="9999"),
    "BELOW_MINIMUM": LOTS("add", amount="0.000001"),
    "INSUFFICIENT_BALANCE": LOTS("add", amount="99999"),
    "NO_MATCH": acts(R, "open", lots="1", leverage="5", limit="50000"),
    "WOULD_MATCH": acts(R, "order", lots="1", limit="61000", leverage="5", post_only="yes"),
    "ORDER_NOT_FOUND": acts(R, "cancel", id="none"),
    "NOT_LIQUIDATABLE": "liquidating is the engine's own: VERB_NOT_ALLOWED comes first",
    "ORDER_ID_TAKEN": after(("order", ORDER), market=R)("order", **ORDER),
}  # fmt: skip


# lending


async def paused(stage: Stage, user: User, market: str, verb: str, **fields: str) -> httpx.Response:
    await own(stage, commands.SetPaused(market=market, paused=True))
    return await do(user, market, verb, **fields)


async def capped(stage: Stage, user: User) -> httpx.Response:
    await paid(stage, user, "wETH", 20 * 10**8)
    await lender(stage, 500)
    await must(user, L, "add", amount="20")
    return await do(user, L, "borrow", amount="99")


async def market_full(stage: Stage, user: User) -> httpx.Response:
    await lender(stage, 2_000)
    for _ in range(10):
        other = await stage.user(funds={})
        await paid(stage, other, "wETH", 20 * 10**8)
        await must(other, L, "add", amount="20")
        await must(other, L, "borrow", amount="97")
    await must(user, L, "add", amount="5")
    return await do(user, L, "borrow", amount="30")


async def short_of_cash(stage: Stage, user: User) -> httpx.Response:
    like = replace(margin.preset("wETH/SOL"), name="EMPTY/SOL")
    await opened(stage, "EMPTY/SOL", like, PRICES[L])
    await must(user, "EMPTY/SOL", "add", amount="5")
    return await do(user, "EMPTY/SOL", "borrow", amount="1")


async def lossy(stage: Stage, user: User, slippage: str) -> None:
    name = f"LOSS{slippage}/SOL"
    like = replace(margin.preset("wETH/SOL"), name=name, swap_slippage=Ratio(int(slippage), 100))
    await opened(stage, name, like, PRICES[L])
    await must(user, name, "supply", amount="50")


async def slipped(stage: Stage, user: User) -> httpx.Response:
    await lossy(stage, user, "5")
    return await do(user, "LOSS5/SOL", "open", margin="10", leverage="1.5")


async def under_water(stage: Stage, user: User) -> httpx.Response:
    await lossy(stage, user, "40")
    await must(user, "LOSS40/SOL", "add", amount="1")
    await must(user, "LOSS40/SOL", "borrow", amount="17")
    return await do(user, "LOSS40/SOL", "close", fraction="1", slippage="0.5")


async def too_much_debt(stage: Stage, user: User) -> httpx.Response:
    await lender(stage, 100)
    await must(user, L, "add", amount="1")
    return await do(user, L, "borrow", amount="20")


LENDING: Mapping[str, Play | str] = {
    "MARKET_UNKNOWN": acts("nowhere", "add", amount="1"),
    "MARKET_PAUSED": lambda stage, user: paused(stage, user, L, "borrow", amount="1"),
    "PRICE_INVALID": lambda stage, user: stale(
        stage, user, L, "borrow", ("add", {"amount": "1"}), amount="1"
    ),
    "AMOUNT_ZERO": acts(L, "add", amount="0"),
    "NO_POSITION": acts(L, "take", amount="1"),
    "INSUFFICIENT_WALLET": acts(L, "add", amount="9999"),
    "INSUFFICIENT_COLLATERAL": HELD("take", amount="5"),
    "SUPPLY_BALANCE_EXCEEDED": after(("supply", {"amount": "1"}), market=L)("redeem", amount="50"),
    "POSITION_CAP_EXCEEDED": capped,
    "MARKET_CAP_EXCEEDED": market_full,
    "POOL_LIQUIDITY_INSUFFICIENT": short_of_cash,
    "SLIPPAGE_EXCEEDED": slipped,
    "MAX_LTV_EXCEEDED": too_much_debt,
    "PROCEEDS_BELOW_DEBT": under_water,
    "NOT_LIQUIDATABLE": "liquidating is the engine's own: VERB_NOT_ALLOWED comes first",
    "LEAVES_DUST": "liquidating is the engine's own: VERB_NOT_ALLOWED comes first",
}


# engine


async def stranger(stage: Stage, user: User) -> httpx.Response:
    other = await stage.user(funds={})
    return await user.send(TAKE, account=other.account)


async def opened_twice(_: Stage, user: User) -> httpx.Response:
    return await user.send(OpenAccount(identity=user.wallet.identity), account="new")


async def bound_elsewhere(stage: Stage, user: User) -> httpx.Response:
    other = await stage.user(funds={})
    text = user.text(BindIdentity(identity=other.wallet.identity))
    both = other.wallet.signed(text)
    del both["text"]
    return await stage.post("/intents", {**user.wallet.signed(text), "co_signature": both})


async def unpriced(stage: Stage, user: User) -> httpx.Response:
    await opened(stage, "ETH-PERP", margin.preset("ETH-PERP"), None)
    return await do(user, "ETH-PERP", "add", amount="1")


async def nothing_to_swap(stage: Stage, user: User) -> httpx.Response:
    await opened(stage, "wBTC/SOL", margin.preset("wBTC/SOL"), {"collateral_usd": "50000", "loan_usd": "100"})
    await must(user, "wBTC/SOL", "supply", amount="50")
    return await do(user, "wBTC/SOL", "open", margin="10", leverage="2")


async def moved_on(_: Stage, user: User) -> httpx.Response:
    return await guarded(user, T, "open", {"price_max": "50000"}, size="0.1")


async def revoked_twice(_: Stage, user: User) -> httpx.Response:
    key = (await user.key("read")).id
    await user.must(RevokeKey(key=key))
    return await user.send(RevokeKey(key=key))


async def full_of_orders(_: Stage, user: User) -> httpx.Response:
    for number in range(0, 200, 100):
        steps = tuple(
            Act(
                verb="order",
                market=T,
                fields=(("size", "0.001"), ("limit", "10000"), ("id", f"o{number + step}")),
            )
            for step in range(100)
        )
        text = user.text(Batch(steps=steps))
        found = await user.stage.post("/batches", user.wallet.signed(text))
        assert all(one["accepted"] for one in found.json()["outcomes"]), found.text
    return await do(user, T, "order", size="0.001", limit="10000", id="one-more")


async def liquidated_by_hand(_: Stage, user: User) -> httpx.Response:
    await must(user, L, "add", amount="1")
    return await do(user, L, "liquidate", offer="1")


ENGINE: Mapping[str, Play | str] = {
    "TIME_BACKWARDS": "the venue's clock gives the time, and no request does",
    "ACCOUNT_ID_INVALID": "the service makes an account's id, and takes none that is not one: INTENT_INVALID",
    "ACCOUNT_EXISTS": opened_twice,
    "ACCOUNT_UNKNOWN": stranger,
    "IDENTITY_TAKEN": bound_elsewhere,
    "MARKET_EXISTS": OWNS,
    "MARKET_UNKNOWN": acts("nowhere", "take", amount="1"),
    "MARKET_PAUSED": lambda stage, user: paused(stage, user, T, "open", size="0.1"),
    "PRICE_UNKNOWN": unpriced,
    "FEED_MISSING": OWNS,
    "VERB_NOT_ALLOWED": liquidated_by_hand,
    "NOT_OF_THIS_MODEL": lambda stage, _: stage.client.get(f"{BASE}/markets/{T}/pool"),
    "ROLE_UNKNOWN": OWNS,
    "AMOUNT_ZERO": lambda _, user: user.send(Transfer(asset="USDC", amount="0", receiver=user.account)),
    "INSUFFICIENT_BALANCE": lambda _, user: user.send(
        Transfer(asset="USDC", amount="999999", receiver=user.account)
    ),
    "VENUE_FUNDS_SHORT": nothing_to_swap,
    "REQUEST_EXISTS": NONCED,
    "REQUEST_UNKNOWN": OWNS,
    "MODEL_UNKNOWN": OWNS,
    "ASSET_DIFFERS": OWNS,
    "FUNDING_NOT_LATER": OWNS,
    "FUNDING_AHEAD": OWNS,
    "FEED_TWICE": OWNS,
    "CONFIDENCE_NEGATIVE": OWNS,
    "READING_AHEAD": OWNS,
    "READING_BACKWARDS": OWNS,
    "QUOTE_MOVED": moved_on,
    "KEY_ID_INVALID": "the service makes a key's id",
    "SCOPES_INVALID": lambda stage, user: user.send(
        CreateKey(label="a bot", scopes=("trade", "read"), key_expires_ms=stage.wall.now_ms + 60_000)
    ),
    "KEY_EXISTS": NONCED,
    "KEY_UNKNOWN": lambda _, user: user.send(RevokeKey(key="0" * 32)),
    "KEY_REVOKED": revoked_twice,
    "ORDERS_FULL": full_of_orders,
    "SIGNER_UNKNOWN": GATEWAY,
    "NONCE_USED": GATEWAY,
    "NONCE_TOO_LOW": GATEWAY,
    "AGENT_INVALID": GATEWAY,
    "AGENT_TAKEN": GATEWAY,
    "AGENTS_FULL": GATEWAY,
}


# service


def posts(path: str, body: bytes, **headers: str) -> Play:
    return lambda stage, _: stage.raw(
        path, body, {name.replace("_", "-"): value for name, value in headers.items()}
    )


def gets(path: str) -> Play:
    async def play(_: Stage, user: User) -> httpx.Response:
        return await user.read(path)

    return play


def changed(**changes: str) -> Play:
    """Return the play of a signed text whose envelope was changed."""

    async def play(stage: Stage, user: User) -> httpx.Response:
        return await stage.post("/intents", {**user.wallet.signed(user.text(TAKE)), **changes})

    return play


def text_with(**changes: Any) -> Play:
    return lambda _, user: user.send(TAKE, **changes)


async def other_app(stage: Stage, caps: Caps, *requests: httpx.Request) -> httpx.Response:
    """Ask the same house with other limits, one request after the other; return the last answer."""
    transport = httpx.ASGITransport(create_app(stage.house, caps=caps))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=HOST) as client:
        *others, last = requests
        for request in others:
            await client.send(request)
        return await client.send(last)


async def too_old(stage: Stage, user: User) -> httpx.Response:
    headers = {"Authorization": f"Bearer {user.token}"}
    # Its session is another application's, so that it asks with a key.
    program = await user.key("read")
    path = "/wallet?as_of=9"
    headers = program.headers("GET", path)
    request = httpx.Request("GET", f"{HOST}{BASE}{path}", headers=headers)
    return await other_app(stage, Caps(replayed_events_max=1), request)


async def at_leisure(stage: Stage, _: User) -> httpx.Response:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    headers = {"Content-Type": "application/json"}
    request = httpx.Request("POST", f"{HOST}{BASE}/intents", content=pieces(), headers=headers)
    return await other_app(stage, Caps(body_s_max=0), request)


async def in_a_hurry(stage: Stage, _: User) -> httpx.Response:
    requests = [httpx.Request("GET", f"{HOST}{BASE}/markets") for _ in range(2)]
    return await other_app(stage, Caps(address_rate=1, address_burst=1), *requests)


async def by_session(stage: Stage, user: User) -> httpx.Response:
    body = {"command": "act", "market": T, "verb": "take", "fields": {"amount": "1"}}
    return await stage.raw(
        "/commands",
        json.dumps(body).encode(),
        {"Authorization": f"Bearer {user.token}", "Idempotency-Key": "a-command"},
    )


async def old_challenge(stage: Stage, user: User) -> httpx.Response:
    asked = await stage.post("/sessions/challenges", {"public_key": user.wallet.public_key})
    stage.wall.now_ms += 600_000
    found = await stage.post("/sessions", user.wallet.signed(asked.json()["text"]))
    stage.wall.now_ms -= 600_000
    return found


async def expired_key(stage: Stage, user: User) -> httpx.Response:
    program = await user.key("read", lasts_ms=1_000)
    stage.wall.now_ms += 2_000
    found = await program.get("/wallet")
    stage.wall.now_ms -= 2_000
    return found


async def keyed(_: Stage, user: User, at_ms: int | None = None, secret: str = "") -> httpx.Response:
    program = await user.key("read")
    program.secret = secret or program.secret
    headers = program.headers("GET", "/wallet", at_ms=at_ms)
    return await user.stage.client.get(f"{BASE}/wallet", headers=headers)


async def without_key(stage: Stage, user: User) -> httpx.Response:
    program = await user.key("margin")
    body = b'{"command":"act","market":"BTC-PERP","verb":"take","fields":{"amount":"1"}}'
    return await stage.raw("/commands", body, program.headers("POST", "/commands", body))


async def nonce_again(_: Stage, user: User) -> httpx.Response:
    await user.send(TAKE, nonce="one-nonce")
    return await user.send(
        Act(verb="take", market=T, fields=(("amount", "2"),), asset="USDC"), nonce="one-nonce"
    )


async def broken(stage: Stage, user: User) -> httpx.Response:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    knows, stage.house.knows = stage.house.knows, fail  # type: ignore[method-assign, assignment]
    try:
        return await user.send(TAKE)
    finally:
        stage.house.knows = knows  # type: ignore[method-assign]


async def overloaded(stage: Stage, user: User) -> httpx.Response:
    def full(*_: Any, **__: Any) -> None:
        raise Overloaded("many wait")

    hand_in, stage.house.venue.hand_in = stage.house.venue.hand_in, full  # type: ignore[method-assign]
    try:
        return await user.send(TAKE)
    finally:
        stage.house.venue.hand_in = hand_in  # type: ignore[method-assign]


async def closed(stage: Stage, user: User) -> httpx.Response:
    text = user.text(TAKE)
    stage.house.venue._writer.close()
    return await stage.post("/intents", user.wallet.signed(text))


DEEP = b"[" * 20 + b"]" * 20
STRANGER = Wallet(999_999)
SERVICE: Mapping[str, Play | str] = {
    "BODY_UNREADABLE": posts("/intents", b"{"),
    "BODY_TOO_LARGE": posts("/intents", b" " * 70_000),
    "BODY_TOO_DEEP": posts("/intents", DEEP),
    "BODY_TOO_SLOW": at_leisure,
    "MEDIA_TYPE_UNSUPPORTED": posts("/intents", b"{}", Content_Type="text/plain"),
    "FIELD_UNKNOWN": posts("/intents", b'{"txt":"a"}'),
    "FIELD_INVALID": posts("/intents", b'{"text":5}'),
    "PARAMETER_UNKNOWN": gets("/ledger?colour=red"),
    "PARAMETER_INVALID": gets("/ledger?limit=501"),
    "CURSOR_INVALID": gets("/ledger?after=nothing"),
    "AS_OF_AHEAD": gets("/wallet?as_of=999999"),
    "AS_OF_TOO_OLD": too_old,
    "NOT_AUTHENTICATED": lambda stage, _: stage.client.get(f"{BASE}/wallet"),
    "NOT_ALLOWED": by_session,
    "HOST_NOT_ALLOWED": lambda stage, _: stage.client.get(
        f"{BASE}/markets", headers={"Host": "evil.example"}
    ),
    "ORIGIN_NOT_ALLOWED": lambda stage, _: stage.client.get(
        f"{BASE}/markets", headers={"Origin": "https://evil.example"}
    ),
    "NOT_FOUND": gets("/nowhere"),
    "METHOD_NOT_ALLOWED": posts("/markets", b"{}"),
    "INTENT_INVALID": changed(text="Do as I say"),
    "INTENT_OF_ANOTHER_VENUE": text_with(venue="0" * 32),
    "INTENT_EXPIRED": lambda stage, user: user.send(TAKE, expires_ms=stage.wall.now_ms - 60_000),
    "INTENT_EXPIRES_TOO_LATE": lambda stage, user: user.send(
        TAKE, expires_ms=stage.wall.now_ms + 48 * 3_600_000
    ),
    "SIGNATURE_UNREADABLE": changed(signature="none"),
    "SIGNATURE_INVALID": changed(public_key=STRANGER.public_key),
    "CHALLENGE_INVALID": old_challenge,
    "KEY_SIGNATURE_INVALID": lambda stage, user: keyed(stage, user, secret="0" * 64),
    "KEY_EXPIRED": expired_key,
    "TIMESTAMP_OUT_OF_WINDOW": lambda stage, user: keyed(stage, user, at_ms=stage.wall.now_ms - 60_000),
    "IDEMPOTENCY_KEY_MISSING": without_key,
    "KEY_REUSED": nonce_again,
    "RATE_LIMITED": in_a_hurry,
    "INTERNAL": broken,
    "OVERLOADED": overloaded,
    "VENUE_STOPPED": closed,
}
ORIGINS: Mapping[str, Mapping[str, Play | str]] = {
    tiered.NAME: TIERED,
    "risk_limit": RISK_LIMIT,
    "lending": LENDING,
    "engine": ENGINE,
    "service": SERVICE,
}
ALONE = frozenset(
    {
        ("tiered", "PRICE_INVALID"),
        ("tiered", "LIQUIDATION_IN_PROGRESS"),
        ("risk_limit", "PRICE_INVALID"),
        ("lending", "MARKET_PAUSED"),
        ("lending", "PRICE_INVALID"),
        ("lending", "POSITION_CAP_EXCEEDED"),
        ("lending", "MARKET_CAP_EXCEEDED"),
        ("engine", "MARKET_PAUSED"),
        ("service", "VENUE_STOPPED"),
    }
)
