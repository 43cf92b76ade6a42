"""One scenario through the native interface and the gateway: the same events, but for names and nonces."""

import asyncio
from typing import Any

import msgspec

from solvent.engine import commands
from solvent.margin.parts import FeedReading, FundingNote
from solvent.money import Ratio
from tests.contract.api import stage as native
from tests.contract.gateways.hyperliquid.stage import USD, Stage, leverage, margin_of, order, staged

BTC = "BTC-PERP"
MARKS = ("60000", "63000", "58990")


def told(journal: Any, account: str) -> list[dict[str, Any]]:
    """Return what an account did in the market, without what names and moments it was done under."""
    found = []
    for record in journal.read("venue", 0):
        event = msgspec.json.decode(record.payload)
        if event["event"] == "acted" and event["market"] == BTC:
            assert event["account"] == account
            found.append(plain(event, account))
    return found


def plain(value: Any, account: str) -> Any:
    match value:
        case dict():
            kept = {
                name: one for name, one in value.items() if name not in ("at_ms", "order_id", "settled_ms")
            }
            return {name: plain(one, account) for name, one in kept.items()}
        case list():
            return [plain(one, account) for one in value]
        case str():
            return value.replace(account, "ACCOUNT")
        case _:
            return value


async def through_the_native_interface() -> list[dict[str, Any]]:
    async with native.staged() as stage:
        user = await stage.user()
        bot = await user.key("trade", "margin")
        first, second, third = MARKS

        async def do(verb: str, **fields: str) -> None:
            answer = await bot.act(BTC, verb, **fields)
            assert answer.status_code == 200, answer.text

        async def refused(verb: str, **fields: str) -> None:
            assert (await bot.act(BTC, verb, **fields)).status_code == 422

        await tick(stage.house, first)
        await do("set_leverage", leverage="5")
        await do("order", size="0.01", limit="63000", id="one", tif="IOC")
        await do("add", amount="20")
        await do("take", amount="5.5")
        await refused("take", amount="50")
        await do("order", size="0.002", limit="59000", id="two", tif="GTC")
        await do("order", size="0.002", limit="57000", id="three", tif="ALO")
        await tick(stage.house, second)
        await fund(stage.house, second)
        await do("order", size="-0.004", limit="60000", id="four", tif="IOC", reduce_only="yes")
        await do("cancel", id="three")
        await tick(stage.house, third)
        await do("set_leverage", leverage="6")
        await do("order", size="-0.02", limit="50000", id="five", tif="IOC")
        return told(stage.house.venue.journal, user.account)


async def through_the_gateway() -> list[dict[str, Any]]:
    async with staged() as stage:
        user = await stage.user(usdc=10_000 * USD)
        first, second, third = MARKS
        await tick(stage.house, first)
        await user.must(leverage(5))
        await user.order(order("0.01", "63000"))
        await user.must(margin_of(20 * USD))
        await user.must(margin_of(-5_500_000))
        await user.refused(margin_of(-50 * USD))
        _, resting = await user.order(order("0.002", "59000", tif="Gtc"), order("0.002", "57000", tif="Alo"))
        await tick(stage.house, second)
        await fund(stage.house, second)
        await user.order(order("0.004", "60000", is_buy=False, reduce_only=True))
        await user.must({"type": "cancel", "cancels": [{"a": 0, "o": resting["resting"]["oid"]}]})
        await tick(stage.house, third)
        await user.must(leverage(6))
        await user.order(order("0.02", "50000", is_buy=False))
        return told(stage.house.venue.journal, account_of(stage))


def account_of(stage: Stage) -> str:
    (account,) = stage.house.follower.state.accounts
    return account


async def tick(house: Any, mark: str) -> None:
    reading = FeedReading(feed="mark", price=Ratio.parse(mark), at_ms=house.now_ms())
    reply = await house.submit(commands.Tick(market=BTC, readings=(reading,)), key=f"scenario {mark}")
    assert reply.is_accepted, reply.body


async def fund(house: Any, mark: str) -> None:
    note = FundingNote(at_ms=house.now_ms() + 1, price=Ratio.parse(mark), rate=Ratio(1, 80_000))
    await asyncio.to_thread(house.advance, 1)
    reply = await house.submit(commands.SetFunding(market=BTC, note=note), key="scenario funding")
    assert reply.is_accepted, reply.body


def test_one_scenario_gives_the_same_events_either_way() -> None:
    one = asyncio.run(through_the_native_interface())
    other = asyncio.run(through_the_gateway())
    assert [event["action"]["verb"] for event in one] == [
        *("set_leverage", "order", "add", "take", "order", "order", "order", "cancel", "fill"),
        *("set_leverage", "order"),
    ]
    assert one == other
