"""`/ws`: subscriptions, snapshots, what is told when something happens, and who is let go."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from solvent.gateways.hyperliquid import clients, sockets
from tests.contract.gateways.hyperliquid.stage import (
    BOB,
    USD,
    Stage,
    Wallet,
    leverage,
    on_stage,
    order,
)

NOBODY = "0x" + "0" * 40
HOUR_MS = 3_600_000


class Socket:
    """One connection to the application, as a server would hand it on."""

    def __init__(self) -> None:
        self.inward: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.outward: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.room = asyncio.Event()
        self.room.set()

    async def send(self, message: Any) -> None:
        await self.room.wait()
        await self.outward.put(message)

    def say(self, asked: Any) -> None:
        text = asked if isinstance(asked, str) else json.dumps(asked)
        self.inward.put_nowait({"type": "websocket.receive", "text": text})

    async def hear(self) -> Any:
        async with asyncio.timeout(10):
            message = await self.outward.get()
        return json.loads(message["text"]) if message["type"] == "websocket.send" else message

    async def subscribe(self, kind: str, **fields: str) -> Any:
        """Subscribe, and return the first thing that is told where there is any."""
        subscription = {"type": kind, **fields}
        self.say({"method": "subscribe", "subscription": subscription})
        answer = await self.hear()
        told = {"method": "subscribe", "subscription": subscription}
        assert answer == {"channel": "subscriptionResponse", "data": told}
        return await self.hear() if kind not in ("trades", "userEvents", "orderUpdates") else None

    async def until(self, channel: str) -> Any:
        while (told := await self.hear())["channel"] != channel:
            pass
        return told["data"]


@asynccontextmanager
async def connected(stage: Stage, path: str = "/ws") -> AsyncIterator[Socket]:
    socket = Socket()
    socket.inward.put_nowait({"type": "websocket.connect"})
    scope: dict[str, Any] = {"type": "websocket", "path": path, "client": ("127.0.0.1", 1)}
    talking = asyncio.ensure_future(stage.app(scope, socket.inward.get, socket.send))
    try:
        assert (await socket.hear())["type"] == "websocket.accept"
        yield socket
    finally:
        socket.inward.put_nowait({"type": "websocket.disconnect"})
        socket.room.set()
        await asyncio.wait_for(talking, 10)


async def trader(stage: Stage) -> Wallet:
    user = await stage.user()
    await user.must(leverage(5))
    return user


def test_every_state_is_told_on_subscribing_and_again_when_it_changes() -> None:
    async def play(stage: Stage) -> None:
        user = await trader(stage)
        whole = {
            "allMids": {},
            "l2Book": {"coin": "BTC"},
            "bbo": {"coin": "BTC"},
            "activeAssetCtx": {"coin": "BTC"},
            "activeAssetData": {"coin": "BTC", "user": user.address},
            "webData2": {"user": user.address},
            "clearinghouseState": {"user": user.address},
        }
        async with connected(stage) as socket:
            for kind, fields in whole.items():
                first = await socket.subscribe(kind, **fields)
                assert first["channel"] == kind
            await stage.price("BTC-PERP", "65000")
            told = {}
            for _ in whole:
                message = await socket.hear()
                told[message["channel"]] = message["data"]
        assert told["allMids"]["mids"]["BTC"] == "65000.0"
        assert told["l2Book"] == await stage.info("l2Book", coin="BTC")
        assert told["bbo"]["bbo"] == [side[0] for side in told["l2Book"]["levels"]]
        assert told["activeAssetCtx"] == {"coin": "BTC", "ctx": (await stage.info("metaAndAssetCtxs"))[1][0]}
        assert told["activeAssetData"]["markPx"] == "65000.0"
        assert told["webData2"]["user"] == user.address
        assert told["webData2"]["clearinghouseState"] == await user.state()
        assert told["clearinghouseState"] == {
            "dex": "",
            "user": user.address,
            "clearinghouseState": await user.state(),
        }

    on_stage(play)


def test_a_fill_is_told_to_its_owner_and_on_the_tape_and_to_nobody_else() -> None:
    async def play(stage: Stage) -> None:
        alice = await trader(stage)
        bob = await stage.user(2, account=BOB)
        shouted = "0x" + alice.address[2:].upper()
        async with connected(stage) as hers, connected(stage) as his:
            for kind in ("userEvents", "orderUpdates"):
                await hers.subscribe(kind, user=shouted)
            snapshot = await hers.subscribe("userFills", user=shouted)
            assert snapshot["data"] == {"user": alice.address, "isSnapshot": True, "fills": []}
            await hers.subscribe("trades", coin="BTC")
            await his.subscribe("userFills", user=bob.address)
            await alice.order(order("0.002", "68041"))
            (fill,) = await stage.info("userFills", user=alice.address)
            told = {message["channel"]: message["data"] for message in [await hers.hear() for _ in range(4)]}
            assert told["user"] == {"fills": [fill]}
            assert told["userFills"] == {"user": alice.address, "fills": [fill]}
            assert told["trades"] == [
                {name: fill[name] for name in ("coin", "side", "px", "sz", "hash", "time", "tid")}
            ]
            assert told["orderUpdates"][0]["status"] == "filled"
            assert told["orderUpdates"][0]["order"]["oid"] == fill["oid"]
            his.say({"method": "ping"})
            assert await his.hear() == {"channel": "pong"}

    on_stage(play)


def test_an_order_is_told_when_it_rests_when_it_is_filled_and_when_it_is_taken_back() -> None:
    async def play(stage: Stage) -> None:
        user = await trader(stage)
        async with connected(stage) as socket:
            await socket.subscribe("orderUpdates", user=user.address)
            first, second = await user.order(
                order("0.001", "60000", tif="Gtc"), order("0.001", "59000", tif="Gtc")
            )
            told = await socket.until("orderUpdates")
            assert [(one["order"]["oid"], one["status"]) for one in told] == [
                (first["resting"]["oid"], "open"),
                (second["resting"]["oid"], "open"),
            ]
            await stage.price("BTC-PERP", "60000")
            (told,) = await socket.until("orderUpdates")
            assert (told["order"]["oid"], told["status"]) == (first["resting"]["oid"], "filled")
            await user.must({"type": "cancel", "cancels": [{"a": 0, "o": second["resting"]["oid"]}]})
            (told,) = await socket.until("orderUpdates")
            assert (told["order"]["oid"], told["status"]) == (second["resting"]["oid"], "canceled")

    on_stage(play)


def test_funding_is_told_at_its_hour_once() -> None:
    async def play(stage: Stage) -> None:
        user = await trader(stage)
        await user.order(order("0.01", "68041"))
        async with connected(stage) as socket:
            snapshot = await socket.subscribe("userFundings", user=user.address)
            assert snapshot["data"] == {"user": user.address, "isSnapshot": True, "fundings": []}
            await socket.subscribe("userEvents", user=user.address)
            await stage.pass_time(HOUR_MS)
            await stage.pay_funding("BTC-PERP", "63000", "0.0000125")
            told = await socket.until("userFundings")
            row = {
                "time": stage.house.now_ms(),
                "coin": "BTC",
                "usdc": "-0.007875",
                "szi": "0.01",
                "fundingRate": "0.0000125",
                "nSamples": 1,
            }
            assert told == {"user": user.address, "fundings": [row]}
            assert await socket.until("user") == {"funding": row}
            await stage.price("BTC-PERP", "63000")
            await user.order(order("0.01", "50000", is_buy=False))
            assert "fills" in await socket.until("user")
        async with connected(stage) as socket:
            snapshot = await socket.subscribe("userFundings", user=user.address)
            assert snapshot["data"]["fundings"] == [row]

    on_stage(play)


def test_moves_of_money_and_liquidations_are_told() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user(usdc=2_000 * USD)
        async with connected(stage) as socket:
            snapshot = await socket.subscribe("userNonFundingLedgerUpdates", user=user.address)
            assert [one["delta"]["type"] for one in snapshot["data"]["nonFundingLedgerUpdates"]] == [
                "deposit"
            ]
            await socket.subscribe("userEvents", user=user.address)
            spot = await socket.subscribe("spotState", user=user.address)
            assert spot["data"] == {"user": user.address, "spotState": {"balances": []}}
            await user.must({"type": "usdClassTransfer", "amount": "1", "toPerp": False})
            told = await socket.until("userNonFundingLedgerUpdates")
            assert [one["delta"]["type"] for one in told["nonFundingLedgerUpdates"]] == [
                "accountClassTransfer"
            ]
            spot = await socket.until("spotState")
            assert spot["spotState"]["balances"][0]["total"] == "1.0"
            await user.must(leverage(40))
            await user.order(order("1", "68041"))
            await stage.price("BTC-PERP", "63890")
            told = await socket.until("userNonFundingLedgerUpdates")
            (delta,) = (one["delta"] for one in told["nonFundingLedgerUpdates"])
            assert delta["liquidatedPositions"] == [{"coin": "BTC", "szi": "1.0"}]
            while "liquidation" not in (event := await socket.until("user")):
                pass
            assert event["liquidation"]["liquidated_user"] == user.address
            assert event["liquidation"]["liquidated_ntl_pos"] == "63890.0"

    on_stage(play)


def test_web_data_comes_at_least_every_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "WEB_DATA_EVERY_S", 0.01)

    async def play(stage: Stage) -> None:
        async with connected(stage) as socket:
            await socket.subscribe("webData2", user=NOBODY)
            for _ in range(2):
                assert (await socket.hear())["data"]["clearinghouseState"]["withdrawable"] == "0.0"

    on_stage(play)


def test_web_data_comes_as_often_however_busy_others_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "WEB_DATA_EVERY_S", 0.1)

    async def play(stage: Stage) -> None:
        busy = await stage.user()

        async def act_without_end() -> None:
            while True:
                await busy.must({"type": "noop"})
                await busy.must(leverage(5))

        async with connected(stage) as socket:
            await socket.subscribe("webData2", user=NOBODY)
            acting = asyncio.ensure_future(act_without_end())
            try:
                for _ in range(2):
                    assert (await socket.hear())["data"]["clearinghouseState"]["withdrawable"] == "0.0"
            finally:
                acting.cancel()
                await asyncio.gather(acting, return_exceptions=True)

    on_stage(play)


def test_an_address_that_is_registered_while_somebody_listens_is_heard_from_then_on() -> None:
    async def play(stage: Stage) -> None:
        wallet = Wallet(stage, 1)
        async with connected(stage) as socket:
            assert (await socket.subscribe("userFills", user=wallet.address))["data"]["fills"] == []
            await socket.subscribe("orderUpdates", user=wallet.address)
            state = await socket.subscribe("clearinghouseState", user=wallet.address)
            assert state["data"]["clearinghouseState"]["withdrawable"] == "0.0"
            user = await stage.user(usdc=1_000 * USD)
            told = await socket.until("clearinghouseState")
            assert told["clearinghouseState"]["withdrawable"] == "1000.0"
            await user.order(order("0.01", "68041"))
            (fill,) = (await socket.until("userFills"))["fills"]
            assert fill["sz"] == "0.01"
            (update,) = await socket.until("orderUpdates")
            assert (update["status"], update["order"]["oid"]) == ("filled", fill["oid"])
            gone = {"type": "userFills", "user": user.address}
            socket.say({"method": "unsubscribe", "subscription": gone})
            told = await socket.until("subscriptionResponse")
            assert told == {"method": "unsubscribe", "subscription": gone}

    on_stage(play)


def test_who_unsubscribed_is_told_nothing_more_of_it() -> None:
    async def play(stage: Stage) -> None:
        async with connected(stage) as socket:
            await socket.subscribe("allMids")
            gone = {"method": "unsubscribe", "subscription": {"type": "allMids"}}
            socket.say(gone)
            assert await socket.hear() == {"channel": "subscriptionResponse", "data": gone}
            await socket.subscribe("bbo", coin="BTC")
            await stage.price("BTC-PERP", "65000")
            assert (await socket.hear())["channel"] == "bbo"

    on_stage(play)


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ("nonsense", "Error parsing JSON into valid websocket request: nonsense"),
        ("[]", "Error parsing JSON into valid websocket request: []"),
        ('{"method":"post","id":1}', "Error parsing JSON into valid websocket request: "),
        ('{"method":"subscribe"}', "Error parsing JSON into valid websocket request: "),
        ('{"method":"subscribe","subscription":{"type":"candle","coin":"BTC"}}', "Invalid subscription "),
        ('{"method":"subscribe","subscription":{"type":"bbo","coin":"none"}}', "Invalid subscription "),
        ('{"method":"subscribe","subscription":{"type":"bbo"}}', "Invalid subscription "),
        ('{"method":"subscribe","subscription":{"type":"userFills","user":"0x1"}}', "Invalid subscription "),
        ('{"method":"subscribe","subscription":{"type":"allMids","dex":"other"}}', "Invalid subscription "),
        ('{"method":"unsubscribe","subscription":{"type":"allMids"}}', "Already unsubscribed: "),
    ],
)
def test_a_bad_frame_is_answered_with_an_error_and_the_connection_stays(asked: str, error: str) -> None:
    async def play(stage: Stage) -> None:
        async with connected(stage) as socket:
            socket.say(asked)
            told = await socket.hear()
            assert told["channel"] == "error"
            assert told["data"].startswith(error)
            socket.say({"method": "ping"})
            assert await socket.hear() == {"channel": "pong"}

    on_stage(play)


def test_a_second_subscription_to_the_same_is_an_error() -> None:
    async def play(stage: Stage) -> None:
        async with connected(stage) as socket:
            await socket.subscribe("allMids")
            socket.say({"method": "subscribe", "subscription": {"type": "allMids"}})
            assert (await socket.hear())["data"].startswith("Already subscribed: ")

    on_stage(play)


def test_who_subscribes_to_too_much_or_says_too_much_is_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "SUBSCRIPTIONS_MAX", 1)
    monkeypatch.setattr(sockets, "MESSAGES_PER_MINUTE", 3)

    async def play(stage: Stage) -> None:
        async with connected(stage) as socket:
            await socket.subscribe("allMids")
            socket.say({"method": "subscribe", "subscription": {"type": "bbo", "coin": "BTC"}})
            assert (await socket.hear())["data"] == "Cannot track more than 1 subscriptions"
            socket.say({"method": "ping"})
            assert await socket.hear() == {"channel": "pong"}
            socket.say({"method": "ping"})
            closed = await socket.hear()
        assert (closed["type"], closed["code"]) == ("websocket.close", 1008)

    on_stage(play)


def test_who_is_silent_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "SILENT_S", 0.01)

    async def play(stage: Stage) -> None:
        async with connected(stage) as socket:
            closed = await socket.hear()
        assert (closed["type"], closed["code"], closed["reason"]) == ("websocket.close", 1000, "Inactive")

    on_stage(play)


def test_who_reads_too_slowly_is_let_go_and_the_others_hear_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "QUEUE_MESSAGES_MAX", 5)
    monkeypatch.setattr(sockets, "TOGETHER_S", 0)

    async def play(stage: Stage) -> None:
        async with connected(stage) as slow, connected(stage) as quick:
            await slow.subscribe("bbo", coin="BTC")
            await quick.subscribe("bbo", coin="BTC")
            slow.room.clear()
            for mark in range(65_000, 65_012):
                await stage.price("BTC-PERP", f"{mark}")
                assert (await quick.hear())["channel"] == "bbo"
            slow.room.set()
            while (told := await slow.hear()).get("type") != "websocket.close":
                pass
        assert (told["code"], told["reason"][:8]) == (1008, "too slow")

    on_stage(play)


def test_too_many_connections_and_other_paths_are_not_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "CLIENTS_PER_ADDRESS_MAX", 1)

    async def refused(stage: Stage, path: str) -> Any:
        socket = Socket()
        socket.inward.put_nowait({"type": "websocket.connect"})
        await stage.app({"type": "websocket", "path": path, "client": None}, socket.inward.get, socket.send)
        return await socket.hear()

    async def play(stage: Stage) -> None:
        assert (await refused(stage, "/other"))["type"] == "websocket.close"
        async with connected(stage):
            second = Socket()
            second.inward.put_nowait({"type": "websocket.connect"})
            scope = {"type": "websocket", "path": "/ws", "client": ("127.0.0.1", 2)}
            await stage.app(scope, second.inward.get, second.send)
            assert (await second.hear())["type"] == "websocket.close"
        async with connected(stage):
            pass

    on_stage(play)


def test_a_stopped_venue_ends_the_streams() -> None:
    async def play(stage: Stage) -> None:
        async with connected(stage) as socket:
            await socket.subscribe("allMids")
            stage.house.follower._stop("for a test")
            socket.say({"method": "subscribe", "subscription": {"type": "bbo", "coin": "BTC"}})
            while (told := await socket.hear()).get("type") != "websocket.close":
                pass
        assert told["code"] == 1013

    on_stage(play)


def test_what_the_stream_fails_with_is_told_to_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    async def play(stage: Stage) -> None:
        async with connected(stage) as socket:
            await socket.subscribe("allMids")

            def fail(*_: Any, **__: Any) -> None:
                raise RuntimeError("broken")

            monkeypatch.setattr(sockets.Hub, "_tell", fail)
            await stage.price("BTC-PERP", "65000")
            closed = await socket.hear()
        assert (closed["code"], "broken" in closed["reason"]) == (1013, True)

    on_stage(play)
