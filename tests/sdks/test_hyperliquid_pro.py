"""ccxt.pro's hyperliquid, unmodified but for its addresses: what it watches on the streams."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import ccxt.pro

from tests.sdks.calls import Seen, exercises
from tests.sdks.house import House

PAIR = "BTC/USDC:USDC"
HEARD_WITHIN_S = 10


@asynccontextmanager
async def watching(house: House) -> AsyncIterator[Any]:
    """Return ccxt.pro's client of a new account with 10,000 USDC."""
    house.price("BTC-PERP", "60000")
    key = house.hyperliquid_key()
    found = ccxt.pro.hyperliquid({"walletAddress": key.address, "privateKey": key.private_key})
    found.set_sandbox_mode(True)
    streams = f"ws{house.hyperliquid.removeprefix('http')}/ws"
    found.urls["api"] = {
        "public": house.hyperliquid,
        "private": house.hyperliquid,
        "ws": {"public": streams, "private": streams},
    }
    try:
        await found.load_markets()
        await found.set_margin_mode("isolated", PAIR, {"leverage": 5})
        yield found
    finally:
        await found.close()


async def first(watch: Callable[..., Awaitable[Any]], *given: Any) -> Any:
    """Return the next thing that a client watches."""
    return await asyncio.wait_for(watch(*given), HEARD_WITHIN_S)


@exercises("/ws clearinghouseState", "/ws spotState")
def test_positions_and_balances_are_watched(house: House, seen: Seen) -> None:
    async def play() -> None:
        async with watching(house) as ada:
            balance = await first(ada.watch_balance)
            assert balance["USDC"]["total"] == 10_000
            seen.note("/ws clearinghouseState")
            await ada.create_order(PAIR, "market", "buy", 0.01, 60_000)
            held = await first(ada.watch_positions, [PAIR])
            while not held:
                held = await first(ada.watch_positions, [PAIR])
            assert (held[0]["symbol"], held[0]["contracts"], held[0]["side"]) == (PAIR, 0.01, "long")
            await ada.transfer("USDC", 7, "swap", "spot")
            spot = await first(ada.watch_balance, {"type": "spot"})
            assert spot["USDC"]["total"] == 7
            seen.note("/ws spotState")

    asyncio.run(play())


def test_the_book_the_ticker_own_trades_and_orders_are_watched(house: House) -> None:
    async def play() -> None:
        async with watching(house) as ada:
            book = await first(ada.watch_order_book, PAIR)
            assert book["bids"][0][0] == book["asks"][0][0] == 60_000
            assert (await first(ada.watch_ticker, PAIR))["last"] == 60_000
            trades, orders = (
                asyncio.ensure_future(first(one, PAIR)) for one in (ada.watch_my_trades, ada.watch_orders)
            )
            await asyncio.gather(
                first(ada.watch_tickers, [PAIR]), ada.create_order(PAIR, "market", "buy", 0.01, 60_000)
            )
            (trade,), (order,) = await asyncio.gather(trades, orders)
            assert (trade["price"], trade["amount"], trade["side"]) == (60_000, 0.01, "buy")
            assert (order["status"], order["filled"], order["id"]) == ("closed", 0.01, trade["order"])

    asyncio.run(play())
