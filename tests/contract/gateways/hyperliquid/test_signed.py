"""Who may do what, once: forged, stale and repeated requests, nonces, agents, the order of checks."""

import asyncio
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from solvent.engine import commands
from solvent.engine.nonces import NONCES_KEPT
from solvent.gateways.hyperliquid import Caps
from solvent.gateways.hyperliquid.signing import USER_SIGNED, l1_digest, l1_hash, user_digest
from solvent.gateways.hyperliquid.wishes import NOT_OFFERED
from solvent.margin import tiered
from tests.contract.gateways.hyperliquid.stage import (
    ALICE,
    BOB,
    USD,
    WALL_MS,
    Stage,
    Wall,
    Wallet,
    leverage,
    margin_of,
    on_stage,
    order,
    staged,
)

SPEC_KEY = "0x0123456789012345678901234567890123456789012345678901234567890123"
SPEC_NONCE = 1_700_000_000_000
MISSHAPEN = "Failed to deserialize the JSON body into the target type"
DAY_MS = 86_400_000
NOOP = {"type": "noop"}


async def answer(stage: Stage, body: Any) -> str:
    """Return the refusal's words, or `ok`; of what is no answer, its status."""
    found = await stage.send(body)
    if found.status_code != 200:
        assert found.headers["content-type"].startswith("text/plain")
        return f"{found.status_code} {found.text}"
    told = found.json()
    return "ok" if told["status"] == "ok" else str(told["response"])


async def until(is_so: Callable[[], bool]) -> None:
    """Let the others run until something is so."""
    for _ in range(100_000):
        if is_so():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never was")


def test_the_specifications_own_signature_is_good_and_each_altered_one_is_nobodys() -> None:
    body = {
        "action": margin_of(20_000_000),
        "nonce": SPEC_NONCE,
        "signature": {
            "r": "0xc2153c09c891545e3d205c61d6c93ca0d9323fa4bb7f6c8d1011aea8df7c5e4a",
            "s": "0x7fc455c1fd6b6ac145fba16523604f0cc031738979b527271f2266134f877e59",
            "v": 27,
        },
        "vaultAddress": None,
    }

    async def play(stage: Stage) -> None:
        user = await stage.user(SPEC_KEY)
        assert user.address == "0x14791697260e4c9a71f18484c9f997b308e59325"
        stage.wall.now_ms = SPEC_NONCE
        turned = {name: body["action"][name] for name in ("asset", "type", "isBuy", "ntli")}  # type: ignore[index]
        nobody = "User or API Wallet {} does not exist."
        assert await answer(stage, {**body, "action": turned}) == nobody.format(
            "0xf8b00427a771477b2123a22db4c7a29a7b967de9"
        )
        for wrong in (
            {"nonce": SPEC_NONCE + 1},
            {"action": margin_of(20_000_001)},
            {"expiresAfter": SPEC_NONCE},
            {"vaultAddress": user.address},
            {"signature": {**body["signature"], "v": 28}},  # type: ignore[dict-item]
            {"signature": {"r": "0x0", "s": "0x0", "v": 27}},
        ):
            assert (await answer(stage, {**body, **wrong})).startswith("User or API Wallet 0x")
        assert await answer(stage, body) == "Cannot update margin for empty position."
        assert not stage.house.follower.state.agents

    on_stage(play)


def test_nobody_comes_into_being_by_a_signature() -> None:
    async def play(stage: Stage) -> None:
        before = stage.house.follower.seq
        stranger = Wallet(stage, 99)
        text = f"User or API Wallet {stranger.address} does not exist."
        assert await stranger.refused(leverage(5)) == text
        assert (
            await stranger.refused({"type": "usdSend", "destination": "0x" + "0" * 40, "amount": "1"}) == text
        )
        state = await stranger.state()
        assert (state["withdrawable"], state["assetPositions"]) == ("0.0", [])
        assert stage.house.follower.seq == before

    on_stage(play)


@pytest.mark.parametrize("is_agent", [True, False])
def test_what_is_no_signature_acts_for_nobody_whatever_goes_by_that_address(is_agent: bool) -> None:
    async def play(stage: Stage) -> None:
        nobody = "0x" + "0" * 40
        user = await stage.user()
        if is_agent:
            await user.must({"type": "approveAgent", "agentAddress": nobody})
        else:
            await stage.do(commands.OpenAccount(account=BOB, identities=(f"ethereum:{nobody}",)))
            await stage.do(commands.Declare(role="insurance", asset="USDC", units=USD))
            paid = commands.PayOut(role="insurance", receiver=BOB, asset="USDC", units=USD)
            await stage.do(paid)
        forged = {**user.body(leverage(5)), "signature": {"r": "0x0", "s": "0x0", "v": 27}}
        assert await answer(stage, forged) == f"User or API Wallet {nobody} does not exist."

    on_stage(play)


def test_of_several_reasons_the_first_in_the_venues_order_is_told() -> None:
    async def play(stage: Stage) -> None:
        user, stranger = await stage.user(), Wallet(stage, 99)
        late, old = {"expiresAfter": WALL_MS - 1}, {"nonce": 1}
        vault = {"vaultAddress": "0x" + "1" * 40}
        used = user.body(margin_of(0))
        assert await answer(stage, used) == "Update to isolated margin cannot be zero"
        again = {"nonce": used["nonce"]}
        told = "Invalid nonce: {} is outside the accepted window"
        assert await answer(stage, stranger.body({"type": "modify"}, **late, **old)) == (
            "Unsupported action: modify"
        )
        wrong: dict[str, Any] = {**margin_of(0), "ntli": 0.5}
        assert await answer(stage, stranger.body(wrong, **late, **old)) == f"422 {MISSHAPEN}"
        assert await stranger.refused(margin_of(0), **late, **old) == "Action already expired"
        assert (await stranger.refused(margin_of(0), **old, **vault)).endswith("does not exist.")
        assert await user.refused(margin_of(0), **old, **vault) == told.format(1)
        assert await user.refused(margin_of(0), **again, **vault) == (
            f"Invalid nonce: duplicate nonce {used['nonce']}"
        )
        assert (await user.refused(margin_of(0), **vault)).startswith("Vault not registered")

    on_stage(play)


def test_an_account_that_never_held_a_dollar_deposits_first() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user(usdc=0)
        assert await user.refused(leverage(5)) == (
            f"Must deposit before performing actions. User: {user.address}"
        )
        alice = await stage.user(2, account=BOB, usdc=5 * USD)
        await alice.must({"type": "usdSend", "destination": user.address, "amount": "5.0"})
        await user.must(leverage(5))
        await user.must({"type": "usdSend", "destination": alice.address, "amount": "5.0"})
        await user.must(leverage(6))

    on_stage(play)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"action":{"type":"noop"}}',
        b'{"type":"noop"}',
        b"[" * 20_000,
        b'{"action":{"type":"noop"},"nonce":1.0,"signature":{"r":"0x1","s":"0x1","v":27}}',
        b'{"action":{"type":"noop"},"nonce":true,"signature":{"r":"0x1","s":"0x1","v":27}}',
        b'{"action":{"type":"noop"},"nonce":-1,"signature":{"r":"0x1","s":"0x1","v":27}}',
        b'{"action":{"type":"noop"},"nonce":18446744073709551616,"signature":{"r":"0x1","s":"0x1","v":27}}',
        b'{"action":{"type":"noop"},"nonce":1,"signature":{"r":"1","s":"0x1","v":27}}',
        b'{"action":{"type":"noop"},"nonce":1,"signature":{"r":"0x1","s":"0x1","v":29}}',
        b'{"action":{"type":"noop"},"nonce":1,"signature":{"r":"0x1","s":"0x1","v":"27"}}',
        b'{"action":{"type":"unheard of"},"nonce":1,"signature":{"r":"0x1","s":"0x1","v":27}}',
        b'{"action":{"type":7},"nonce":1,"signature":{"r":"0x1","s":"0x1","v":27}}',
        b'{"action":{"type":"noop"},"nonce":1,"signature":{"r":"0x1","s":"0x1","v":27},"vaultAddress":"x"}',
    ],
)
def test_a_body_of_another_shape_is_answered_in_plain_words(body: bytes) -> None:
    async def play(stage: Stage) -> None:
        assert await answer(stage, body) == f"422 {MISSHAPEN}"

    on_stage(play)


@pytest.mark.parametrize(
    "action",
    [
        margin_of(1.0),
        margin_of(True),
        margin_of("1"),
        margin_of(None),
        margin_of(2**64),
        leverage(5.0),  # type: ignore[arg-type]
        leverage(True),
        leverage(-1),
        leverage(5, asset=0.0),  # type: ignore[arg-type]
        {"type": "updateIsolatedMargin", "asset": 0, "ntli": 1},
        {"type": "topUpIsolatedOnlyMargin", "asset": 0, "leverage": 2},
        {"type": "topUpIsolatedOnlyMargin", "asset": 0, "leverage": "two"},
        {"type": "order", "orders": [], "grouping": "unheard of"},
        {"type": "order", "orders": {}, "grouping": "na"},
        {"type": "order", "orders": [{**order("1", "1"), "p": 1}], "grouping": "na"},
        {"type": "order", "orders": [{**order("1", "1"), "s": "1,000"}], "grouping": "na"},
        {"type": "order", "orders": [{**order("1", "1"), "b": 1}], "grouping": "na"},
        {"type": "order", "orders": [order("1", "1", tif="Fok")], "grouping": "na"},
        {"type": "order", "orders": [order("1", "1", cloid="0x1")], "grouping": "na"},
        {"type": "order", "orders": [], "grouping": "na", "builder": {"b": "0x1", "f": 1}},
        {"type": "cancel", "cancels": [{"a": 0, "o": "7"}]},
        {"type": "cancelByCloid", "cancels": [{"asset": 0, "cloid": "7"}]},
        {"type": "usdSend", "destination": "0x1", "amount": "1"},
        {"type": "usdSend", "destination": "0x" + "1" * 40, "amount": "-1"},
        {"type": "usdSend", "destination": "0x" + "1" * 40, "amount": "0.0000001"},
        {"type": "withdraw3", "destination": "0x" + "1" * 40, "amount": "nan"},
        {"type": "usdClassTransfer", "amount": "1 subaccount:x", "toPerp": True},
        {"type": "usdClassTransfer", "amount": "1", "toPerp": 1},
    ],
)
def test_an_action_of_another_shape_uses_no_nonce_up(action: dict[str, Any]) -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        body = (
            user.body({**action})
            if "ntli" not in action or action["ntli"] != 2**64
            else {
                **user.body(NOOP),
                "action": action,
            }
        )
        assert await answer(stage, body) == f"422 {MISSHAPEN}"
        assert not stage.house.follower.state.nonces

    on_stage(play)


def test_what_is_not_offered_is_refused_by_its_name_before_anything_is_checked() -> None:
    async def play(stage: Stage) -> None:
        stranger = Wallet(stage, 99)
        for kind in NOT_OFFERED:
            text = f"Unsupported action: {kind}"
            assert await stranger.refused({"type": kind}, expiresAfter=1) == text
        assert await stranger.refused(NOOP, expiresAfter=1) == "Action already expired"

    on_stage(play)


def test_an_action_expires_and_at_its_very_moment_it_has_not() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        await user.must(NOOP, expiresAfter=WALL_MS)
        stage.wall.now_ms += 1
        assert await user.refused(NOOP, expiresAfter=WALL_MS) == "Action already expired"

    on_stage(play)


def test_a_vault_is_not_registered_and_the_nonce_is_used_up_all_the_same() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        vault = "0x1719884EB866CB12B2287399B15F7DB5E7D775EA"
        body = user.body(leverage(5), vaultAddress=vault)
        assert await answer(stage, body) == f"Vault not registered: {vault.lower()}"
        nonce = body["nonce"]
        assert await answer(stage, body) == f"Invalid nonce: duplicate nonce {nonce}"
        assert await user.refused(leverage(6), nonce=nonce) == f"Invalid nonce: duplicate nonce {nonce}"

    on_stage(play)


def test_a_nonce_is_used_up_whatever_the_engine_says() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        nonce = stage.new_nonce()
        assert await user.refused(leverage(99), nonce=nonce) == "Invalid leverage value"
        assert await user.refused(leverage(5), nonce=nonce) == f"Invalid nonce: duplicate nonce {nonce}"

    on_stage(play)


def test_nonces_keep_to_their_window_and_below_the_hundred_highest_nothing_is_new() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        for nonce, is_good in (
            (WALL_MS - 2 * DAY_MS, False),
            (WALL_MS - 2 * DAY_MS + 1, True),
            (WALL_MS + DAY_MS - 1, True),
            (WALL_MS + DAY_MS, False),
        ):
            found = await answer(stage, user.body(NOOP, nonce=nonce))
            assert found == ("ok" if is_good else f"Invalid nonce: {nonce} is outside the accepted window")
        for nonce in range(WALL_MS, WALL_MS + NONCES_KEPT - 1):
            await user.must(NOOP, nonce=nonce)
        low = WALL_MS - DAY_MS
        outside = f"Invalid nonce: {low} is outside the accepted window"
        assert await user.refused(NOOP, nonce=low) == outside
        other = await stage.user(2, account=BOB)
        await other.must(NOOP, nonce=low)

    on_stage(play)


def test_a_restart_opens_no_nonce_again_and_forgets_no_agent(tmp_path: Path) -> None:
    async def play() -> None:
        async with staged(str(tmp_path)) as stage:
            user = await stage.user()
            agent = Wallet(stage, 5)
            await user.must({"type": "approveAgent", "agentAddress": agent.address, "agentName": ""})
            body, of_agent = user.body(leverage(5)), agent.body(leverage(7))
            assert await answer(stage, body) == await answer(stage, of_agent) == "ok"
        async with staged(str(tmp_path)) as stage:
            assert await answer(stage, body) == f"Invalid nonce: duplicate nonce {body['nonce']}"
            assert await answer(stage, of_agent) == f"Invalid nonce: duplicate nonce {of_agent['nonce']}"
            agent.stage = stage
            await agent.must(leverage(8), nonce=WALL_MS + 10_000)

    asyncio.run(play())


def test_a_lost_answer_is_asked_for_again_and_nothing_is_done_twice() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        await user.must(leverage(5))
        await user.order(order("0.002", "68041"))
        await user.must(margin_of(10 * USD))
        body = user.body(margin_of(-5 * USD))
        first, before = asyncio.ensure_future(stage.send(body)), await user.position()
        await until(lambda: bool(stage.app._exchange._numbers._waiting))
        # It is under way, and nobody waits for its answer any more.
        first.cancel()
        found = await answer(stage, body)
        assert found == f"Invalid nonce: duplicate nonce {body['nonce']}"
        await until(lambda: not stage.app._exchange._numbers._waiting)
        after = await user.position()
        assert Decimal(before["marginUsed"]) - Decimal(after["marginUsed"]) == 5
        assert await answer(stage, body) == found
        assert await user.position() == after

    on_stage(play)


def test_of_many_requests_with_one_nonce_at_once_one_is_carried_out() -> None:
    async def play(stage: Stage) -> None:
        user, nonce = await stage.user(), stage.new_nonce()
        await user.order(order("0.002", "68041"))
        bodies = [user.body(margin_of(1_000_000 + number), nonce=nonce) for number in range(20)]
        found = await asyncio.gather(*(answer(stage, body) for body in bodies))
        assert sorted(set(found)) == [f"Invalid nonce: duplicate nonce {nonce}", "ok"]
        assert found.count("ok") == 1
        moves = [
            event
            for event in await events(stage)
            if event.get("event") == "acted" and event["action"]["verb"] == "add"
        ]
        assert len(moves) == 1

    on_stage(play)


async def events(stage: Stage) -> list[dict[str, Any]]:
    records = stage.house.venue.journal.read("venue", 0)
    return [msgspec.json.decode(record.payload) for record in records]


def test_takings_through_the_gateway_and_the_native_interface_at_once_never_pass_the_floor() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        await user.must(leverage(5))
        await user.order(order("0.002", "68041"))
        await user.must(margin_of(10 * USD))
        before = await user.position()
        native = [
            stage.house.submit(
                commands.Act(account=ALICE, market="BTC-PERP", action=tiered.Take(3 * USD)),
                key=f"native {number}",
                account=ALICE,
            )
            for number in range(5)
        ]
        through = [answer(stage, user.body(margin_of(-3 * USD))) for _ in range(5)]
        replies, found = await asyncio.gather(asyncio.gather(*native), asyncio.gather(*through))
        done = sum(reply.is_accepted for reply in replies) + found.count("ok")
        assert done == 3
        after = await user.position()
        assert Decimal(before["marginUsed"]) - Decimal(after["marginUsed"]) == 9
        assert found.count("Position does not have sufficient margin for reduction.") == 5 - found.count("ok")

    on_stage(play)


def test_an_agent_signs_l1_actions_until_it_is_replaced_or_over_and_no_users_actions() -> None:
    async def play(stage: Stage) -> None:
        user, agent, second = await stage.user(), Wallet(stage, 5), Wallet(stage, 6)
        nobody = f"User or API Wallet {agent.address} does not exist."
        assert await agent.refused(leverage(5)) == nobody
        approval = {"type": "approveAgent", "agentAddress": agent.address.upper().replace("X", "x")}
        await user.must(approval)
        await agent.must(leverage(5))
        await agent.order(order("0.002", "68041"))
        await agent.must(margin_of(USD))
        assert (await user.position())["szi"] == "0.002"
        assert (
            await agent.refused({"type": "withdraw3", "destination": agent.address, "amount": "1"}) == nobody
        )
        assert await agent.refused({**approval, "agentAddress": second.address}) == nobody
        state = await agent.state()
        assert (state["withdrawable"], state["assetPositions"]) == ("0.0", [])
        role = await stage.info("userRole", user=agent.address)
        assert role == {"role": "agent", "data": {"user": user.address}}
        await user.must({"type": "approveAgent", "agentAddress": second.address, "agentName": ""})
        assert await agent.refused(leverage(6)) == nobody
        assert await stage.info("userRole", user=agent.address) == {"role": "missing"}
        await second.must(leverage(6))
        stage.wall.now_ms += 180 * DAY_MS
        assert (await second.refused(leverage(7), nonce=stage.wall.now_ms)).endswith("does not exist.")
        assert await stage.info("userRole", user=second.address) == {"role": "missing"}

    on_stage(play)


def test_three_named_agents_are_told_and_a_fourth_is_refused() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()

        def approval(seed: int, name: str) -> dict[str, Any]:
            return {
                "type": "approveAgent",
                "agentAddress": Wallet(stage, seed).address,
                "agentName": name,
            }

        for seed, name in ((5, "one"), (6, "two"), (7, "three"), (8, "")):
            await user.must(approval(seed, name))
        assert await user.refused(approval(9, "four")) == "Too many extra agents."
        assert await user.refused(approval(5, "two")) == "Extra agent already used."
        assert await user.refused(approval(1, "one")) == "Extra agent already used."
        assert await user.refused(approval(9, "n" * 65)) == "Invalid agent name."
        agents = await stage.info("extraAgents", user=user.address)
        assert [agent["name"] for agent in agents] == ["one", "two", "three"]
        assert agents[0]["validUntil"] == WALL_MS + 180 * DAY_MS

    on_stage(play)


def test_an_agents_name_may_say_when_its_time_is_over() -> None:
    async def play(stage: Stage) -> None:
        user, agent = await stage.user(), Wallet(stage, 5)
        approval = {"type": "approveAgent", "agentAddress": agent.address}
        for until in (WALL_MS, WALL_MS - 1, WALL_MS + 180 * DAY_MS + 1):
            late = {**approval, "agentName": f"bot valid_until {until}"}
            assert await user.refused(late) == "Invalid agent name."
        for said in ("", "soon", "-1", "1.5"):
            body = user.body({**approval, "agentName": f"bot valid_until {said}"})
            assert await answer(stage, body) == f"422 {MISSHAPEN}"
        await user.must({**approval, "agentName": f"bot valid_until {WALL_MS + 60_000}"})
        (told,) = await stage.info("extraAgents", user=user.address)
        assert told == {"name": "bot", "address": agent.address, "validUntil": WALL_MS + 60_000}
        await agent.must(leverage(5))
        stage.wall.now_ms += 60_000
        assert (await agent.refused(leverage(6))).endswith("does not exist.")
        await user.must({**approval, "agentName": f"bot valid_until {WALL_MS + 180 * DAY_MS}"})
        await agent.must(leverage(6))

    on_stage(play)


def test_a_user_signed_action_of_the_mainnet_or_with_another_nonce_is_refused() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        sent = user.body({"type": "usdSend", "destination": user.address, "amount": "1"})
        mainnet = {**sent, "action": {**sent["action"], "hyperliquidChain": "Mainnet"}}
        other = {**sent, "nonce": sent["nonce"] + 1}
        assert await answer(stage, other) == f"422 {MISSHAPEN}"
        chain = {**sent, "action": {**sent["action"], "signatureChainId": "0x1"}}
        assert (await answer(stage, chain)).startswith("User or API Wallet 0x")
        assert (await answer(stage, mainnet)).startswith("User or API Wallet 0x")
        digest = user_digest(mainnet["action"], USER_SIGNED["usdSend"], chain_id=0x66EEE)
        signed = {**mainnet, "signature": user.sign(digest)}
        assert await answer(stage, signed) == f"User or API Wallet {user.address} does not exist."
        assert await answer(stage, sent) == "ok"

    on_stage(play)


def test_money_moves_between_purses_accounts_and_out_of_the_venue() -> None:
    async def play(stage: Stage) -> None:
        alice, bob = await stage.user(1, usdc=100 * USD), await stage.user(2, account=BOB, usdc=USD)
        short = "Insufficient withdrawable balance."
        await alice.must({"type": "usdClassTransfer", "amount": "30.5", "toPerp": False})
        assert await alice.refused({"type": "usdClassTransfer", "amount": "31", "toPerp": True}) == short
        await alice.must({"type": "usdClassTransfer", "amount": "0.5", "toPerp": True})
        subaccount = f"1 subaccount:{bob.address}"
        assert await alice.refused({"type": "usdClassTransfer", "amount": subaccount, "toPerp": True}) == (
            f"Vault not registered: {bob.address}"
        )
        spot = await stage.info("spotClearinghouseState", user=alice.address)
        assert spot["balances"][0]["total"] == "30.0"
        for kind in ("usdSend", "withdraw3"):
            assert (
                await alice.refused({"type": kind, "destination": bob.address, "amount": "70.000001"})
                == short
            )
            await alice.must({"type": kind, "destination": bob.address, "amount": "10"})
        stranger = "0x" + "1" * 40
        assert await alice.refused({"type": "usdSend", "destination": stranger, "amount": "1"}) == (
            f"User or API Wallet {stranger} does not exist."
        )
        assert (await alice.state())["withdrawable"] == "50.0"
        assert (await bob.state())["withdrawable"] == "11.0"
        (waiting,) = stage.house.follower.state.outbox.values()
        assert (waiting.units, waiting.address) == (10 * USD, bob.address)
        told = await stage.info("userNonFundingLedgerUpdates", user=alice.address, startTime=0)
        assert [one["delta"]["type"] for one in told] == [
            *("deposit", "accountClassTransfer", "accountClassTransfer", "internalTransfer", "withdraw"),
        ]
        assert told[-1]["delta"] == {"type": "withdraw", "usdc": "10.0", "nonce": WALL_MS + 7, "fee": "0.0"}
        # Who sends to himself is named on both sides.
        await bob.must({"type": "usdSend", "destination": bob.address, "amount": "2"})
        told = await stage.info("userNonFundingLedgerUpdates", user=bob.address, startTime=0)
        for one in told[-2:]:
            assert (one["delta"]["user"], one["delta"]["destination"]) == (bob.address, bob.address)
        assert (await bob.state())["withdrawable"] == "11.0"

    on_stage(play)


def test_the_budget_of_actions_is_spent_and_trading_frees_it() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        for _ in range(3):
            await user.must(leverage(5))
        assert await user.refused(leverage(5)) == (
            "Too many cumulative requests sent (4 > 3) for cumulative volume traded $0.0. "
            "Place taker orders to free up 1 request per USDC traded."
        )
        # Orders can still be taken back.
        await user.must({"type": "cancel", "cancels": []})
        opened = commands.Act(account=ALICE, market="BTC-PERP", action=tiered.Open(size=100))
        await stage.do(opened)
        await user.must(leverage(5))
        told = await stage.info("userRateLimit", user=user.address)
        assert (told["cumVlm"], told["nRequestsUsed"], told["nRequestsCap"]) == ("64.794", 6, 10_064)

    on_stage(play, caps=Caps(requests_free=3))


def test_too_many_requests_are_answered_with_429_and_an_end_of_the_minute_frees_them() -> None:
    async def play(stage: Stage) -> None:
        for _ in range(2):
            await stage.info("meta")
        for path, body in (("/info", {"type": "meta"}), ("/exchange", {})):
            found = await stage.client.post(path, json=body)
            assert (found.status_code, found.headers["content-type"]) == (429, "text/plain; charset=utf-8")
        stage.wall.now_ms += 60_000
        await stage.info("meta")

    on_stage(play, caps=Caps(weight_max=40))


def test_a_stopped_venue_is_not_there_for_now() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        await asyncio.to_thread(stage.house.venue.close)
        found = await stage.send(user.body(leverage(5)))
        assert (found.status_code, found.headers["content-type"]) == (503, "text/plain; charset=utf-8")

    on_stage(play)


def test_other_paths_methods_and_larger_bodies_are_refused_in_plain_words() -> None:
    async def play(stage: Stage) -> None:
        for method, path, status in (("GET", "/info", 405), ("POST", "/", 404), ("POST", "/ws", 404)):
            assert (await stage.client.request(method, path)).status_code == status
        assert (await stage.client.post("/info", content=b" " * 70_000)).status_code == 413

    on_stage(play)


def test_each_action_is_in_the_journal_beside_its_nonce(tmp_path: Path) -> None:
    async def play() -> None:
        async with staged(str(tmp_path), wall=Wall()) as stage:
            user = await stage.user()
            before = stage.house.follower.seq
            await user.must(leverage(5))
            told = (await events(stage))[before:]
            assert [event["event"] for event in told] == ["nonce_used", "acted"]
            assert told[0]["signer"] == f"ethereum:{user.address}"
            signed = l1_digest(l1_hash(leverage(5), nonce=told[0]["nonce"]))
            assert user.sign(signed)

    asyncio.run(play())
