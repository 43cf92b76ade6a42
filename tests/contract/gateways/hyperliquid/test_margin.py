"""Leverage, margin and orders through the gateway: by the digit, and refused in the venue's own words."""

from typing import Any

import pytest

from tests.contract.gateways.hyperliquid.stage import (
    ALICE,
    BOB,
    USD,
    Stage,
    Wallet,
    leverage,
    margin_of,
    on_stage,
    order,
)

BELOW_FLOOR = "Position does not have sufficient margin for reduction."


async def opened(stage: Stage) -> Wallet:
    """Open the specification's example: 0.002 BTC at 5x, bought at 64,815."""
    await stage.price("BTC-PERP", "64815")
    user = await stage.user()
    await user.must(leverage(5))
    (status,) = await user.order(order("0.002", "68041"))
    assert status == {"filled": {"totalSz": "0.002", "avgPx": "64815.0", "oid": status["filled"]["oid"]}}
    await stage.price("BTC-PERP", "64794")
    return user


def test_the_state_has_the_specifications_shape_and_its_sums() -> None:
    async def play(stage: Stage) -> None:
        user = await opened(stage)
        state = await user.state()
        held = {
            "coin": "BTC",
            "szi": "0.002",
            "leverage": {"type": "isolated", "value": 5, "rawUsd": "-103.762333"},
            "entryPx": "64815.0",
            "positionValue": "129.588",
            "unrealizedPnl": "-0.042",
            "returnOnEquity": "-0.0016199954",
            "liquidationPx": "52537.8901265823",
            "marginUsed": "25.825667",
            "maxLeverage": 40,
            "cumFunding": {
                "allTime": "0.0",  # codespell:ignore alltime
                "sinceOpen": "0.0",
                "sinceChange": "0.0",
            },
        }
        assert state == {
            "marginSummary": {
                "accountValue": "9999.899667",
                "totalNtlPos": "129.588",
                "totalRawUsd": "9870.311667",
                "totalMarginUsed": "25.825667",
            },
            "crossMarginSummary": {
                "accountValue": "9974.074",
                "totalNtlPos": "0.0",
                "totalRawUsd": "9974.074",
                "totalMarginUsed": "0.0",
            },
            "crossMaintenanceMarginUsed": "0.0",
            "withdrawable": "9974.074",
            "assetPositions": [{"type": "oneWay", "position": held}],
            "time": stage.house.now_ms(),
        }

    on_stage(play)


def test_margin_goes_in_and_out_by_the_micro_dollar_whatever_the_side_says() -> None:
    async def play(stage: Stage) -> None:
        user = await opened(stage)
        await user.must({**margin_of(1_000_000), "isBuy": False})
        assert (await user.position())["leverage"]["rawUsd"] == "-102.762333"
        # What the floor of N/5 leaves: 26.825667 - 25.9176.
        assert await user.refused(margin_of(-908_068)) == BELOW_FLOOR
        await user.must(margin_of(-908_067))
        assert (await user.position())["marginUsed"] == "25.9176"
        assert (await user.state())["withdrawable"] == "9973.982067"

    on_stage(play)


@pytest.mark.parametrize(
    ("action", "text"),
    [
        (margin_of(0), "Update to isolated margin cannot be zero"),
        (margin_of(1, asset=1), "Cannot update margin for empty position."),
        (margin_of(-1, asset=1), "Cannot update margin for empty position."),
        (margin_of(-20 * USD), BELOW_FLOOR),
        (margin_of(10**12), "Account does not have sufficient margin available for increase."),
        (margin_of(1, asset=3), "Unknown asset. asset=3"),
        (leverage(0), "Invalid leverage value"),
        (leverage(41), "Invalid leverage value"),
        (leverage(5, is_cross=True), "Cannot switch leverage type with open position."),
        (leverage(5, asset=1, is_cross=True), "Cross margin is not allowed for this asset."),
        (
            leverage(4),
            (
                "Isolated position does not have sufficient margin available to decrease leverage. "
                "To decrease leverage, add margin to the position."
            ),
        ),
        (leverage(5, asset=9), "Unknown asset. asset=9"),
        (
            {"type": "topUpIsolatedOnlyMargin", "asset": 0, "leverage": "0.5"},
            "Asset not strict isolated",
        ),
    ],
)
def test_a_refused_action_is_told_in_the_venues_words(action: dict[str, Any], text: str) -> None:
    async def play(stage: Stage) -> None:
        user = await opened(stage)
        before = await user.state()
        assert await user.refused(action) == text
        assert await user.state() == before

    on_stage(play)


def test_a_strictly_isolated_position_is_topped_up_and_never_emptied() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        await user.must(leverage(2, asset=2))
        await user.order(order("10", "10.5", asset=2))
        assert await user.refused(margin_of(-1, asset=2)) == (
            "Cannot remove isolated margin for this asset. To remove margin, reduce the position."
        )
        await user.must({"type": "topUpIsolatedOnlyMargin", "asset": 2, "leverage": "0.5"})
        assert (await user.position())["marginUsed"] == "200.0"
        assert await user.refused({"type": "topUpIsolatedOnlyMargin", "asset": 2, "leverage": "0"}) == (
            "Invalid leverage value"
        )

    on_stage(play)


def test_a_mark_that_is_too_old_stops_removals_and_openings_and_nothing_else() -> None:
    async def play(stage: Stage) -> None:
        user = await opened(stage)
        await stage.pass_time(10_001)
        assert await user.refused(margin_of(-1)) == "Mark price is stale. asset=0"
        assert await user.order(order("0.002", "68000")) == [{"error": "Mark price is stale. asset=0"}]
        await user.must(margin_of(1))
        (status,) = await user.order(order("0.002", "61000", is_buy=False, reduce_only=True))
        assert status["filled"]["avgPx"] == "64794.0"

    on_stage(play)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (order("1000", "60000", tif="Gtc"), "Insufficient margin to place order. asset=0"),
        (order("1000", "68041"), "Insufficient margin to place order. asset=0"),
        (order("0.0001", "68041"), "Order must have minimum value of $10. asset=0"),
        (order("0.001", "68041", reduce_only=True), "Reduce only order would increase position. asset=0"),
        (
            order("0.001", "60000"),
            "Order could not immediately match against any resting orders. asset=0",
        ),
        (order("0.001", "60000.55", tif="Gtc"), "Price must be divisible by tick size. asset=0"),
        (order("0.001", "60000.5555", tif="Gtc"), "Price must be divisible by tick size. asset=0"),
        (order("0.001", "0", tif="Gtc"), "Price must be divisible by tick size. asset=0"),
        (order("0.0010001", "60000", tif="Gtc"), "Order has invalid size. asset=0"),
        (order("0", "60000.5555", tif="Gtc"), "Order has invalid size. asset=0"),
        (order("-1", "60000", tif="Gtc"), "Order has invalid size. asset=0"),
        (
            order("0.001", "70000", tif="Alo"),
            "Post only order would have immediately matched, bbo was 64794.0@64794.0. asset=0",
        ),
        (order("1", "1", asset=7), "Unknown asset. asset=7"),
    ],
)
def test_an_order_is_refused_in_its_own_status_and_the_next_one_is_handled(
    asked: dict[str, Any], text: str
) -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        first, second = await user.order(asked, order("0.002", "68041"))
        assert first == {"error": text}
        assert second["filled"]["totalSz"] == "0.002"

    on_stage(play)


def test_an_order_above_what_the_tier_allows_is_refused() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user(usdc=10**7 * USD)
        await user.must(leverage(40))
        assert await user.order(order("2400", "68041")) == [
            {"error": "Leverage exceeds the maximum of the margin tier. asset=0"}
        ]

    on_stage(play)


def test_a_position_that_is_being_liquidated_takes_no_more() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user(usdc=10**6 * USD)
        await user.must(leverage(40))
        await user.order(order("10", "68041"))
        await stage.price("BTC-PERP", "63890")
        assert (await user.position())["szi"] == "8.0"
        assert await user.order(order("0.1", "68041")) == [{"error": "Position is being liquidated. asset=0"}]
        updates = await stage.info("userNonFundingLedgerUpdates", user=user.address, startTime=0)
        assert updates[-1]["delta"] == {
            "type": "liquidation",
            "liquidatedNtlPos": "638900.0",
            "accountValue": "6866.927",
            "leverageType": "Isolated",
            "liquidatedPositions": [{"coin": "BTC", "szi": "10.0"}],
        }

    on_stage(play)


def test_trigger_orders_and_groupings_are_refused_never_placed_without_their_stop() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        trigger = order("0.002", "60000", is_buy=False, reduce_only=True)
        trigger["t"] = {"trigger": {"isMarket": True, "triggerPx": "60000", "tpsl": "sl"}}
        assert await user.order(trigger) == [{"error": "Trigger orders are not supported. asset=0"}]
        grouped = {"type": "order", "orders": [order("0.002", "68041"), trigger], "grouping": "normalTpsl"}
        assert await user.refused(grouped) == "Unsupported action: order with grouping normalTpsl"
        assert (await user.state())["assetPositions"] == []

    on_stage(play)


def test_orders_rest_are_filled_at_their_limit_and_are_cancelled_by_number_and_by_cloid() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        cloid = "0x000000000000000000000000000000ab"
        told = await user.order(
            order("0.001", "60000", tif="Gtc", cloid=cloid.upper().replace("X", "x")),
            order("0.001", "59000", tif="Alo"),
            order("0.001", "58000", tif="Gtc"),
        )
        first, second, third = (one["resting"]["oid"] for one in told)
        assert (await user.state())["withdrawable"] == "9991.15"
        resting = await stage.info("openOrders", user=user.address)
        assert [(one["oid"], one["limitPx"], one.get("cloid")) for one in resting] == [
            (third, "58000.0", None),
            (second, "59000.0", None),
            (first, "60000.0", cloid),
        ]
        gone = {
            "type": "cancel",
            "cancels": [{"a": 0, "o": second}, {"a": 0, "o": second}, {"a": 1, "o": third}],
        }
        statuses = (await user.must(gone))["response"]["data"]["statuses"]
        never = "Order was never placed, already canceled, or filled. asset={}"
        assert statuses == ["success", {"error": never.format(0)}, {"error": never.format(1)}]
        await stage.price("BTC-PERP", "59999")
        done = await stage.info("orderStatus", user=user.address, oid=cloid)
        assert (done["order"]["status"], done["order"]["order"]["oid"]) == ("filled", first)
        (fill,) = await stage.info("userFills", user=user.address)
        assert (fill["px"], fill["oid"], fill["crossed"], fill["fee"]) == ("60000.0", first, False, "0.009")
        by_cloid = {"type": "cancelByCloid", "cancels": [{"asset": 0, "cloid": cloid}]}
        statuses = (await user.must(by_cloid))["response"]["data"]["statuses"]
        assert statuses == [{"error": never.format(0)}]

    on_stage(play)


def test_a_cloid_may_be_used_again_and_means_the_order_that_rests() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        cloid = "0x000000000000000000000000000000ab"
        by_cloid = {"type": "cancelByCloid", "cancels": [{"asset": 0, "cloid": cloid}]}
        for _ in range(2):
            await user.order(order("0.001", "60000", tif="Gtc", cloid=cloid))
            assert (await user.must(by_cloid))["response"]["data"]["statuses"] == ["success"]
        (told,) = await user.order(order("0.001", "60000", tif="Gtc", cloid=cloid))
        found = (await stage.info("orderStatus", user=user.address, oid=cloid))["order"]
        assert (found["status"], found["order"]["oid"]) == ("open", told["resting"]["oid"])

    on_stage(play)


def test_nobody_cancels_anothers_order() -> None:
    async def play(stage: Stage) -> None:
        alice, bob = await stage.user(1, account=ALICE), await stage.user(2, account=BOB)
        (told,) = await alice.order(order("0.001", "60000", tif="Gtc"))
        gone = {"type": "cancel", "cancels": [{"a": 0, "o": told["resting"]["oid"]}]}
        (status,) = (await bob.must(gone))["response"]["data"]["statuses"]
        assert status == {"error": "Order was never placed, already canceled, or filled. asset=0"}
        assert len(await stage.info("openOrders", user=alice.address)) == 1

    on_stage(play)
