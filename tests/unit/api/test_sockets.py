"""Streams: numbered, resumed, private, bounded, and never at the venue's expense."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest

from solvent import margin
from solvent.api.authority import Caller
from solvent.api.sockets import (
    CLIENTS_PER_ADDRESS_MAX,
    KEPT,
    LINGER_MS,
    OPS_BURST,
    QUEUE_BYTES_MAX,
    QUEUE_MESSAGES_MAX,
    SIGNED_OUT,
    SLOW,
    SUBSCRIPTIONS_MAX,
    TOO_MANY,
    Client,
    Hub,
    Line,
    Topic,
)
from solvent.engine import book_of, commands
from solvent.money import Ratio
from solvent.runtime import House
from solvent.runtime.sandbox import Sandbox
from tests.unit.api.sandboxes import advanced, opened, settled

pytestmark = pytest.mark.slow

BEAT = 5_000
Said = dict[str, Any]


class Signing:
    """Who is signed in, as the test says."""

    def __init__(self, account: str) -> None:
        self.caller = Caller(account=account, scopes=frozenset({"read"}), how="session", id="1")
        self.is_open = True

    def of_token(self, token: str) -> Caller | None:
        return self.caller if token == "good" and self.is_open else None

    def is_still(self, caller: Caller) -> bool:
        return caller is self.caller and self.is_open


class Watched:
    """A client whose messages are read by the test."""

    def __init__(self, hub: Hub, caller: Caller | None = None) -> None:
        self.client, self.hub = Client(caller), hub
        hub.enter(self.client, "127.0.0.1")
        self._heard: list[Said] = []
        self._task = asyncio.create_task(self.client.send_all(self._take))

    async def _take(self, text: str) -> None:
        self._heard.append(msgspec.json.decode(text))

    def ask(self, **asked: Any) -> None:
        self.hub.handle(self.client, msgspec.json.encode(asked))

    async def heard(self, count: int) -> list[Said]:
        """Return the next messages, as many as there must be."""
        async with asyncio.timeout(20):
            while len(self._heard) < count:
                await asyncio.to_thread(lambda: None)
        heard, self._heard = self._heard[:count], self._heard[count:]
        return heard

    def close(self) -> None:
        self.hub.leave(self.client)
        self._task.cancel()


Scene = Callable[[House, Sandbox, Hub, Signing], Coroutine[None, None, None]]


def play(folder: Path, scene: Scene) -> None:
    async def played() -> None:
        async with opened(folder) as (house, sandbox):
            signing = Signing(sandbox.wallet.account)
            await scene(house, sandbox, Hub(house, signing), signing)

    asyncio.run(played())


def test_prices_are_told_at_once_and_then_at_each_beat_without_a_gap(tmp_path: Path) -> None:
    async def scene(house: House, _: Sandbox, hub: Hub, __: Signing) -> None:
        one = Watched(hub)
        one.ask(op="subscribe", channel="prices", market="wETH~SOL")
        ack, snapshot = await one.heard(2)
        assert ack == {
            "op": "subscribed",
            "channel": "prices",
            "market": "wETH/SOL",
            "last": snapshot["n"],
            "resumed": False,
        }
        assert set(snapshot["data"]["markets"]["wETH/SOL"]) >= {"collateral_usd", "loan_usd"}
        for step in (1, 2):
            await advanced(house, BEAT)
            (told,) = await one.heard(1)
            assert told["n"] == snapshot["n"] + step
            assert told["seq"] > snapshot["seq"]
        one.close()

    play(tmp_path, scene)


def test_a_position_is_computed_again_at_each_beat_and_is_its_owners_alone(tmp_path: Path) -> None:
    async def scene(house: House, _: Sandbox, hub: Hub, signing: Signing) -> None:
        stranger, owner = Watched(hub), Watched(hub, signing.caller)
        for one in (stranger, owner):
            one.ask(op="subscribe", channel="position", market="BTC-PERP")
        (refused,) = await stranger.heard(1)
        assert (refused["op"], refused["code"]) == ("error", "NOT_AUTHENTICATED")
        snapshot = (await owner.heard(2))[1]
        assert snapshot["data"]["has_position"] is True
        await advanced(house, BEAT)
        (told,) = await owner.heard(1)
        assert told["data"]["as_of"]["seq"] > snapshot["data"]["as_of"]["seq"]
        assert told["data"]["rows"] != snapshot["data"]["rows"]
        stranger.close()
        owner.close()

    play(tmp_path, scene)


def test_what_an_account_does_is_told_to_its_wallet_and_position(tmp_path: Path) -> None:
    async def scene(house: House, sandbox: Sandbox, hub: Hub, signing: Signing) -> None:
        one, account = Watched(hub, signing.caller), sandbox.wallet.account
        one.ask(op="subscribe", channel="wallet")
        one.ask(op="subscribe", channel="position", market="PUMP/SOL")
        await one.heard(4)
        action = margin.action(book_of(house.follower.state, "PUMP/SOL", account), "take", amount="1000")
        reply = await house.submit(
            commands.Act(account=account, market="PUMP/SOL", action=action), key="k", account=account
        )
        assert reply.is_accepted
        told = {message["channel"]: message for message in await one.heard(2)}
        held = {balance["asset"]: balance["total"] for balance in told["wallet"]["data"]["balances"]}
        assert held["PUMP"] == "2001000"
        assert told["position"]["data"]["market"] == "PUMP/SOL"
        one.close()

    play(tmp_path, scene)


def test_what_an_order_reserves_is_told_to_the_wallet(tmp_path: Path) -> None:
    async def scene(house: House, sandbox: Sandbox, hub: Hub, signing: Signing) -> None:
        one, account = Watched(hub, signing.caller), sandbox.wallet.account
        one.ask(op="subscribe", channel="wallet")
        await one.heard(2)
        book = book_of(house.follower.state, "SOL-PERP", account)
        action = margin.action(book, "order", size="10", limit="90", id="resting")
        command = commands.Act(account=account, market="SOL-PERP", action=action)
        assert (await house.submit(command, key="k", account=account)).is_accepted
        (told,) = await one.heard(1)
        held = {balance["asset"]: balance["reserved"] for balance in told["data"]["balances"]}
        assert held["USDC"] not in ("0", "0.000000")
        one.close()

    play(tmp_path, scene)


def test_a_liquidation_is_told_to_everybody_without_saying_whose_it_was(tmp_path: Path) -> None:
    async def scene(house: House, sandbox: Sandbox, hub: Hub, _: Signing) -> None:
        one, other = Watched(hub), Watched(hub)
        one.ask(op="subscribe", channel="liquidations")
        other.ask(op="subscribe", channel="liquidations", market="SOL-PERP")
        await one.heard(2)
        await other.heard(2)
        await asyncio.to_thread(lambda: sandbox.shock(house, "ETH-PERP", price=None, change=Ratio(-20, 100)))
        (told,) = await one.heard(1)
        found = {(item["market"], item["cause"]) for item in told["data"]["items"]}
        assert ("ETH-PERP", "liquidation") in found
        assert sandbox.wallet.account not in str(told)
        assert not other._heard
        one.close()
        other.close()

    play(tmp_path, scene)


def test_who_comes_back_is_told_what_he_missed(tmp_path: Path) -> None:
    async def scene(house: House, _: Sandbox, hub: Hub, __: Signing) -> None:
        stays, leaves = Watched(hub), Watched(hub)
        for one in (stays, leaves):
            one.ask(op="subscribe", channel="venue")
        await stays.heard(2)
        last = (await leaves.heard(2))[1]["n"]
        leaves.close()
        for _beat in range(2):
            await advanced(house, BEAT)
            await stays.heard(1)
        again = Watched(hub)
        again.ask(op="subscribe", channel="venue", after=last)
        ack, *missed = await again.heard(3)
        assert ack["resumed"] is True
        assert [message["n"] for message in missed] == [last + 1, last + 2]
        assert "resumed" not in missed[0]
        stays.close()
        again.close()

    play(tmp_path, scene)


def test_who_comes_back_after_too_long_gets_the_present_and_is_told_so(tmp_path: Path) -> None:
    async def scene(house: House, _: Sandbox, hub: Hub, signing: Signing) -> None:
        one = Watched(hub, signing.caller)
        one.ask(op="subscribe", channel="position", market="BTC-PERP")
        last = (await one.heard(2))[1]["n"]
        stays = Watched(hub)
        stays.ask(op="subscribe", channel="venue")
        await stays.heard(2)
        one.close()
        await advanced(house, BEAT)
        await stays.heard(1)
        again = Watched(hub, signing.caller)
        again.ask(op="subscribe", channel="position", market="BTC-PERP", after=last)
        ack, snapshot = await again.heard(2)
        assert (ack["resumed"], snapshot["resumed"]) == (False, False)
        assert snapshot["n"] > last
        # A number of another process's life is none of this one's.
        again.ask(op="subscribe", channel="venue", after=7)
        ack, snapshot = await again.heard(2)
        assert (ack["resumed"], snapshot["resumed"]) == (False, False)
        again.close()
        stays.close()

    play(tmp_path, scene)


def test_a_line_remembers_no_more_than_its_last_messages() -> None:
    line = Line(Topic("prices"), 1_000)
    for seq in range(KEPT + 5):
        line.tell(seq, None)
    last = 1_000 + KEPT + 5
    assert line.last == last
    assert len(line.missed(last - KEPT) or ()) == KEPT
    assert line.missed(last - KEPT - 1) is None
    assert line.missed(last) == ()
    assert line.missed(last + 1) is None


def test_a_session_that_ends_ends_what_it_listened_to(tmp_path: Path) -> None:
    async def scene(house: House, _: Sandbox, hub: Hub, signing: Signing) -> None:
        one = Watched(hub, signing.caller)
        one.ask(op="subscribe", channel="wallet")
        one.ask(op="subscribe", channel="venue")
        await one.heard(4)
        signing.is_open = False
        await advanced(house, BEAT)
        async with asyncio.timeout(20):
            await one.client.until_ending()
        assert one.client.ending is not None
        assert one.client.ending[0] == SIGNED_OUT
        assert not one._heard
        one.close()

    play(tmp_path, scene)


def test_a_token_signs_a_connection_in_and_a_bad_one_does_not(tmp_path: Path) -> None:
    async def scene(_: House, sandbox: Sandbox, hub: Hub, __: Signing) -> None:
        one = Watched(hub)
        one.ask(op="auth", token="bad")
        one.ask(op="auth", token="good")
        one.ask(op="subscribe", channel="wallet")
        refused, signed_in, *told = await one.heard(4)
        assert refused["code"] == "NOT_AUTHENTICATED"
        assert signed_in == {"op": "signed_in", "account": sandbox.wallet.account}
        assert told[1]["data"]["balances"]
        one.close()

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"op": "subscribe", "channel": "prise"}, "FIELD_INVALID"),
        ({"op": "subscribe"}, "FIELD_INVALID"),
        ({"op": "subscribe", "channel": "prices", "market": "DOGE"}, "MARKET_UNKNOWN"),
        ({"op": "subscribe", "channel": "venue", "market": "BTC-PERP"}, "FIELD_INVALID"),
        ({"op": "subscribe", "channel": "position"}, "FIELD_INVALID"),
        ({"op": "shout"}, "BODY_UNREADABLE"),
        ({"op": "ping", "loud": True}, "BODY_UNREADABLE"),
        ({"op": "subscribe", "channel": "venue", "after": "7"}, "BODY_UNREADABLE"),
    ],
)
def test_what_cannot_be_done_is_told_and_the_connection_stays(tmp_path: Path, asked: Said, code: str) -> None:
    async def scene(_: House, __: Sandbox, hub: Hub, ___: Signing) -> None:
        one = Watched(hub)
        one.ask(**asked)
        for said in ("no JSON", b'{"op": "\xff"}', '{"op": ' + "[" * 20_000):
            one.hub.handle(one.client, said)
        one.ask(op="ping")
        refused, *unreadable, pong = await one.heard(5)
        assert (refused["op"], refused["code"]) == ("error", code)
        assert [told["code"] for told in unreadable] == ["BODY_UNREADABLE"] * 3
        assert pong["op"] == "pong"
        one.close()

    play(tmp_path, scene)


def test_subscriptions_connections_and_messages_are_limited(tmp_path: Path) -> None:
    async def scene(_: House, __: Sandbox, hub: Hub, ___: Signing) -> None:
        one = Watched(hub)
        one.client.lines = {
            Topic("prices", f"M{number}"): Line(Topic("prices", f"M{number}"), 0)
            for number in range(SUBSCRIPTIONS_MAX)
        }
        one.ask(op="subscribe", channel="venue")
        (refused,) = await one.heard(1)
        assert f"{SUBSCRIPTIONS_MAX} subscriptions" in refused["detail"]
        others = [Client() for _client in range(CLIENTS_PER_ADDRESS_MAX)]
        for other in others:
            hub.enter(other, "127.0.0.1")
        assert [other.ending is None for other in others] == [True] * (len(others) - 1) + [False]
        assert others[-1].ending is not None
        assert others[-1].ending[0] == TOO_MANY
        for _ping in range(OPS_BURST + 1):
            one.ask(op="ping")
        assert one.client.ending is not None
        assert one.client.ending[0] == TOO_MANY
        one.close()

    play(tmp_path, scene)


@pytest.mark.parametrize(("size", "count"), [(QUEUE_BYTES_MAX // 4 + 1, 4), (1, QUEUE_MESSAGES_MAX + 1)])
def test_who_does_not_read_is_let_go_with_a_reason_and_nobody_waits(size: int, count: int) -> None:
    async def scene() -> None:
        client, stuck = Client(), asyncio.Event()

        async def never(_: str) -> None:
            await stuck.wait()

        sending = asyncio.create_task(client.send_all(never))
        for number in range(count):
            assert client.ending is None, number
            client.put(b"x" * size)
        assert client.ending is not None
        assert client.ending[0] == SLOW
        assert "too slow" in client.ending[1]
        await client.until_ending()
        sending.cancel()

    asyncio.run(scene())


def test_what_nobody_listens_to_is_neither_computed_nor_kept(tmp_path: Path) -> None:
    async def scene(house: House, _: Sandbox, hub: Hub, signing: Signing) -> None:
        one, stays = Watched(hub, signing.caller), Watched(hub)
        one.ask(op="subscribe", channel="position", market="BTC-PERP")
        stays.ask(op="subscribe", channel="venue")
        await one.heard(2)
        await stays.heard(2)
        (line,) = (line for topic, line in hub._lines.items() if topic.channel == "position")
        one.close()
        await advanced(house, BEAT)
        await stays.heard(1)
        assert not line._kept
        line.idle_since_ms -= LINGER_MS + 1
        await advanced(house, BEAT)
        await stays.heard(1)
        await settled()
        assert {topic.channel for topic in hub._lines} == {"venue"}
        stays.close()
        assert hub._running is None

    play(tmp_path, scene)


def test_an_owner_is_warned_when_a_position_crosses_a_level_and_not_at_each_price(tmp_path: Path) -> None:
    async def scene(house: House, sandbox: Sandbox, hub: Hub, signing: Signing) -> None:
        stranger, owner = Watched(hub), Watched(hub, signing.caller)
        for one in (stranger, owner):
            one.ask(op="subscribe", channel="warnings")
        (refused,) = await stranger.heard(1)
        assert (refused["op"], refused["code"]) == ("error", "NOT_AUTHENTICATED")
        snapshot = (await owner.heard(2))[1]["data"]
        assert snapshot["levels"] == ["0.1", "0.05", "0.02"]
        before = {one["market"]: one for one in snapshot["items"]}
        assert before["ETH-PERP"]["liquidates"] == "below"
        # A price that crosses nothing is not told.
        await advanced(house, BEAT)
        fall = Ratio.parse(before["ETH-PERP"]["distance"])
        near = Ratio(3 * fall.den - 100 * fall.num, 100 * fall.den)
        await asyncio.to_thread(lambda: sandbox.shock(house, "ETH-PERP", price=None, change=near))
        (told,) = await owner.heard(1)
        assert told["channel"] == "warnings"
        after = {one["market"]: one for one in told["data"]["items"]}
        assert (after["ETH-PERP"]["level"], after["ETH-PERP"]["due"]) == ("0.05", False)
        assert 0.02 < float(after["ETH-PERP"]["distance"]) <= 0.05
        await asyncio.to_thread(lambda: sandbox.shock(house, "ETH-PERP", price=None, change=Ratio(-20, 100)))
        (told,) = await owner.heard(1)
        assert all(one["market"] != "ETH-PERP" or one["level"] is None for one in told["data"]["items"])
        for one in (stranger, owner):
            one.close()

    play(tmp_path, scene)
