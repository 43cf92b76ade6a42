"""`/info`: every type's shape, asserted on values, and what must not be answered."""

import json
from typing import Any

import pytest
from msgspec.structs import replace

from solvent.dialects.hyperliquid import parse_account, parse_meta
from solvent.dialects.payload import parse_json
from solvent.engine import commands
from solvent.gateways.calls import Verdict
from solvent.gateways.hyperliquid import SUPPORTED
from solvent.gateways.hyperliquid.info import QUESTIONS
from solvent.gateways.hyperliquid.sockets import OF_ALL, OF_BOTH, OF_COIN, OF_USER
from solvent.gateways.hyperliquid.wishes import NOT_OFFERED, READERS
from solvent.margin import tiered
from solvent.money import Ratio
from tests.contract.gateways.hyperliquid.stage import ALICE, USD, Stage, leverage, margin_of, on_stage, order

NOBODY = "0x" + "0" * 40
HOUR_MS = 3_600_000


def test_meta_lists_the_tiered_markets_in_their_order_under_the_coins_names() -> None:
    async def play(stage: Stage) -> None:
        found = await stage.info("meta", dex="")
        assert found == {
            "universe": [
                {"szDecimals": 5, "name": "BTC", "maxLeverage": 40, "marginTableId": 56},
                {"szDecimals": 4, "name": "ETH", "maxLeverage": 25, "marginTableId": 55},
                {
                    "szDecimals": 2,
                    "name": "STRICT",
                    "maxLeverage": 5,
                    "marginTableId": 5,
                    "onlyIsolated": True,
                    "marginMode": "strictIsolated",
                },
            ],
            "marginTables": [
                [55, table("tiered 25x", ("0.0", 25), ("100000000.0", 15))],
                [56, table("tiered 40x", ("0.0", 40), ("150000000.0", 20))],
            ],
            "collateralToken": 0,
        }
        assert await stage.info("marginTable", id=56) == found["marginTables"][1][1]
        assert await stage.info("marginTable", id=10) == table("", ("0.0", 10))

    on_stage(play)


def table(description: str, *tiers: tuple[str, int]) -> dict[str, Any]:
    told = [{"lowerBound": bound, "maxLeverage": most} for bound, most in tiers]
    return {"description": description, "marginTiers": told}


def test_a_second_market_of_a_coin_goes_by_its_own_name_and_an_unheard_table_gets_an_id() -> None:
    async def play(stage: Stage) -> None:
        tiers = tiered.tier_table(((0, 60), (10**10, 25)))
        second = tiered.Market(name="BTC", size_decimals=5, tiers=tiers, mode=tiered.Mode.NO_CROSS)
        await stage.do(commands.CreateMarket(name="BTC-2", market=second))
        found = await stage.info("meta")
        assert found["universe"][3] == {
            "szDecimals": 5,
            "name": "BTC-2",
            "maxLeverage": 60,
            "marginTableId": found["marginTables"][-1][0],
            "marginMode": "noCross",
        }
        assert found["marginTables"][-1][1] == table("tiered 60x", ("0.0", 60), ("10000.0", 25))
        assert "BTC-2" not in await stage.info("allMids")
        contexts = (await stage.info("metaAndAssetCtxs"))[1]
        assert (contexts[3]["markPx"], contexts[3]["midPx"]) == ("0.0", None)
        book = await stage.info("l2Book", coin="BTC-2")
        assert book["levels"] == [[], []]
        user = await stage.user()
        assert await user.order(order("1", "1", asset=3)) == [{"error": "Mark price is stale. asset=3"}]

    on_stage(play)


def test_spot_and_dexs_are_there_and_empty() -> None:
    async def play(stage: Stage) -> None:
        spot = await stage.info("spotMeta")
        assert spot["universe"] == []
        assert spot["tokens"][0]["name"] == "USDC"
        assert await stage.info("spotMetaAndAssetCtxs") == [spot, []]
        assert await stage.info("perpDexs") == [None]
        assert await stage.info("userAbstraction", user=NOBODY) == "default"
        assert await stage.info("exchangeStatus") == {"specialStatuses": None, "time": stage.house.now_ms()}

    on_stage(play)


def test_prices_contexts_and_the_book_follow_the_mark_and_the_trades() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        await user.order(order("0.002", "68041"), order("1", "2900", asset=1, tif="Gtc"))
        await user.order(
            order("2", "2900", asset=1, tif="Gtc"), order("1.5", "3100", asset=1, tif="Gtc", is_buy=False)
        )
        await stage.pay_funding("BTC-PERP", "64794", "0.0000125")
        await stage.price("BTC-PERP", "65000.55")
        assert (await stage.info("allMids"))["BTC"] == "65000.6"
        (meta, contexts) = await stage.info("metaAndAssetCtxs")
        assert meta == await stage.info("meta")
        assert contexts[0] == {
            "funding": "0.0000125",
            "openInterest": "0.002",
            "dayNtlVlm": "129.588",
            "dayBaseVlm": "0.002",
            "prevDayPx": "64794.0",
            "premium": "0.0",
            "oraclePx": "65000.6",
            "markPx": "65000.6",
            "midPx": "65000.6",
            "impactPxs": ["65000.6", "65000.6"],
        }
        house = {"px": "3000.0", "sz": "1000000.0", "n": 1}
        assert (await stage.info("l2Book", coin="ETH"))["levels"] == [
            [house, {"px": "2900.0", "sz": "3.0", "n": 2}],
            [house, {"px": "3100.0", "sz": "1.5", "n": 1}],
        ]
        rates = await stage.info("fundingHistory", coin="BTC", startTime=0)
        assert rates == [
            {"coin": "BTC", "fundingRate": "0.0000125", "premium": "0.0", "time": stage.house.now_ms()}
        ]
        assert await stage.info("fundingHistory", coin="BTC", startTime=stage.house.now_ms() + 1) == []

    on_stage(play)


def test_an_unknown_address_has_an_empty_valid_account() -> None:
    async def play(stage: Stage) -> None:
        state = await stage.info("clearinghouseState", user=NOBODY, dex="")
        zeros = {"accountValue": "0.0", "totalNtlPos": "0.0", "totalRawUsd": "0.0", "totalMarginUsed": "0.0"}
        assert state == {
            "marginSummary": zeros,
            "crossMarginSummary": zeros,
            "crossMaintenanceMarginUsed": "0.0",
            "withdrawable": "0.0",
            "assetPositions": [],
            "time": stage.house.now_ms(),
        }
        for kind in ("openOrders", "frontendOpenOrders", "historicalOrders", "userFills", "extraAgents"):
            assert await stage.info(kind, user=NOBODY) == []
        for kind in ("userFillsByTime", "userFunding", "userNonFundingLedgerUpdates"):
            assert await stage.info(kind, user=NOBODY, startTime=0) == []
        assert await stage.info("orderStatus", user=NOBODY, oid=1) == {"status": "unknownOid"}
        assert await stage.info("orderStatus", user=NOBODY, oid="0x" + "0" * 32) == {"status": "unknownOid"}
        assert await stage.info("userRole", user=NOBODY) == {"role": "missing"}
        assert await stage.info("spotClearinghouseState", user=NOBODY) == {"balances": []}
        limits = await stage.info("userRateLimit", user=NOBODY)
        assert limits == {"cumVlm": "0.0", "nRequestsUsed": 0, "nRequestsCap": 10_000, "nRequestsSurplus": 0}
        fees = await stage.info("userFees", user=NOBODY)
        assert (fees["userCrossRate"], fees["userAddRate"]) == ("0.00045", "0.00015")

    on_stage(play)


def test_an_address_is_the_same_in_any_capitals() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        shouted = "0x" + user.address[2:].upper()
        assert await stage.info("clearinghouseState", user=shouted) == await user.state()
        data = await stage.info("activeAssetData", user=shouted, coin="BTC")
        assert data["user"] == user.address

    on_stage(play)


def test_active_asset_data_tells_what_can_be_traded() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user(usdc=1_000 * USD)
        assert await stage.info("activeAssetData", user=user.address, coin="BTC") == {
            "user": user.address,
            "coin": "BTC",
            "leverage": {"type": "isolated", "value": 20},
            "maxTradeSzs": ["0.30867", "0.30867"],
            "availableToTrade": ["1000.0", "1000.0"],
            "markPx": "64794.0",
        }
        await user.must(leverage(5))
        await user.order(order("0.01", "68041"))
        data = await stage.info("activeAssetData", user=user.address, coin="BTC")
        assert data["leverage"] == {"type": "isolated", "value": 5, "rawUsd": "-518.643573"}
        assert data["availableToTrade"] == ["870.412", "870.412"]

    on_stage(play)


def test_fills_tell_direction_profit_and_the_position_before() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        await stage.pass_time(1_000)
        await user.order(order("0.01", "68041"))
        await stage.price("BTC-PERP", "65000")
        await user.order(order("0.004", "60000", is_buy=False, reduce_only=True))
        await user.order(order("0.02", "60000", is_buy=False))
        await user.order(order("0.014", "70000", reduce_only=True))
        fills = await stage.info("userFills", user=user.address)
        assert [(one["dir"], one["startPosition"], one["side"], one["sz"]) for one in fills] == [
            ("Close Short", "-0.014", "B", "0.014"),
            ("Long > Short", "0.006", "A", "0.02"),
            ("Close Long", "0.01", "A", "0.004"),
            ("Open Long", "0.0", "B", "0.01"),
        ]
        assert [one["closedPnl"] for one in fills] == ["0.0", "1.236", "0.824", "0.0"]
        assert (fills[3]["fee"], fills[3]["px"], fills[3]["crossed"]) == ("0.291573", "64794.0", True)
        assert fills[0]["oid"] == fills[0]["tid"]
        assert fills[0]["hash"] != fills[1]["hash"]
        assert len(fills[0]["hash"]) == 66
        later = await stage.info("userFillsByTime", user=user.address, startTime=fills[0]["time"])
        assert later == [one for one in fills if one["time"] >= fills[0]["time"]]
        before = await stage.info(
            "userFillsByTime", user=user.address, startTime=0, endTime=fills[3]["time"] - 1
        )
        assert before == []
        done = await stage.info("historicalOrders", user=user.address)
        assert [one["status"] for one in done] == ["filled"] * 4
        assert done[0]["order"]["reduceOnly"] is True

    on_stage(play)


def test_funding_is_told_at_its_hour_before_anything_is_touched_and_as_cost_in_the_state() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        await stage.price("BTC-PERP", "63000")
        await user.order(order("0.01", "68041"))
        await stage.pass_time(HOUR_MS - stage.house.now_ms() % HOUR_MS)
        hour = stage.house.now_ms()
        await stage.pay_funding("BTC-PERP", "63000", "0.0000125")
        (told,) = await stage.info("userFunding", user=user.address, startTime=0)
        assert told == {
            "time": hour,
            "hash": "0x" + "0" * 64,
            "delta": {
                "type": "funding",
                "coin": "BTC",
                "usdc": "-0.007875",
                "szi": "0.01",
                "fundingRate": "0.0000125",
                "nSamples": 1,
            },
        }
        position = await user.position()
        assert position["cumFunding"] == {
            "allTime": "0.007875",  # codespell:ignore alltime
            "sinceOpen": "0.007875",
            "sinceChange": "0.007875",
        }
        await user.must(margin_of(1))
        assert await stage.info("userFunding", user=user.address, startTime=0) == [told]

    on_stage(play)


def test_native_orders_and_positions_are_seen_through_the_gateway() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        rests = tiered.Order(order_id="my own", size=-1_000, limit_price=700_000, tif=tiered.Tif.ALO)
        placed = await stage.do(commands.Act(account=ALICE, market="BTC-PERP", action=rests))
        opened = await stage.do(commands.Act(account=ALICE, market="BTC-PERP", action=tiered.Open(size=200)))
        (told,) = await stage.info("frontendOpenOrders", user=user.address)
        assert told == {
            "coin": "BTC",
            "side": "A",
            "limitPx": "70000.0",
            "sz": "0.01",
            "oid": placed["seq"],
            "timestamp": placed["at_ms"],
            "origSz": "0.01",
            "triggerCondition": "N/A",
            "isTrigger": False,
            "triggerPx": "0.0",
            "children": [],
            "isPositionTpsl": False,
            "reduceOnly": False,
            "orderType": "Limit",
            "tif": "Alo",
            "cloid": None,
        }
        found = await stage.info("orderStatus", user=user.address, oid=opened["seq"])
        assert (found["order"]["status"], found["order"]["order"]["limitPx"]) == ("filled", "64794.0")
        gone = {"type": "cancel", "cancels": [{"a": 0, "o": placed["seq"]}]}
        assert (await user.must(gone))["response"]["data"]["statuses"] == ["success"]

    on_stage(play)


def test_an_order_that_cannot_be_filled_any_more_says_why_it_went() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        await user.order(order("0.01", "68041"))
        (told,) = await user.order(order("0.01", "66000", is_buy=False, tif="Gtc", reduce_only=True))
        await user.order(order("0.01", "60000", is_buy=False))
        await stage.price("BTC-PERP", "66001")
        found = await stage.info("orderStatus", user=user.address, oid=told["resting"]["oid"])
        assert (found["order"]["status"], found["order"]["order"]["sz"]) == ("reduceOnlyCanceled", "0.01")

    on_stage(play)


@pytest.mark.parametrize(
    "body",
    [
        {"type": "unheard of"},
        {"type": 7},
        {"type": []},
        {"type": {"type": "meta"}},
        {},
        {"type": "meta", "dex": "other"},
        {"type": "clearinghouseState"},
        {"type": "clearinghouseState", "user": "0x1"},
        {"type": "clearinghouseState", "user": NOBODY, "dex": "other"},
        {"type": "orderStatus", "user": NOBODY, "oid": 1.0},
        {"type": "orderStatus", "user": NOBODY, "oid": "0x1"},
        {"type": "orderStatus", "user": NOBODY},
        {"type": "l2Book", "coin": "unheard of"},
        {"type": "l2Book"},
        {"type": "marginTable", "id": "56"},
        {"type": "marginTable", "id": 999},
        {"type": "userFunding", "user": NOBODY, "startTime": "0"},
        {"type": "candleSnapshot", "req": {}},
    ],
)
def test_a_question_of_another_shape_is_answered_with_422_in_plain_words(body: dict[str, Any]) -> None:
    async def play(stage: Stage) -> None:
        found = await stage.client.post("/info", content=json.dumps(body))
        assert (found.status_code, found.headers["content-type"]) == (422, "text/plain; charset=utf-8")
        assert found.text == "Failed to deserialize the JSON body into the target type"

    on_stage(play)


def test_what_is_written_is_read_back_to_the_books_that_the_venue_keeps() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        await user.must(leverage(7))
        await user.order(order("0.01234", "68041"), order("1.2345", "2000", asset=1, is_buy=False))
        await stage.price("BTC-PERP", "65123.4")
        meta = await stage.client.post("/info", json={"type": "meta"})
        markets = parse_meta(parse_json(meta.text))
        state = stage.house.follower.state
        kept = {coin: state.markets[f"{coin}-PERP"].market for coin in ("BTC", "ETH", "STRICT")}
        assert markets == kept
        told = await stage.client.post("/info", json={"type": "clearinghouseState", "user": user.address})
        account = parse_account(parse_json(told.text), markets)
        assert account.withdrawable == state.balance(f"wallet:{ALICE}", "USDC")
        for found in account.positions:
            own = state.positions[f"{found.coin}-PERP"][ALICE]
            assert found.book.position == replace(own, settled_ms=account.time_ms)
            mark = state.markets[f"{found.coin}-PERP"].readings[0].price
            assert Ratio(found.book.mark, found.book.market.price_scale) == mark

    on_stage(play)


def test_every_question_is_told_in_the_table_of_calls() -> None:
    names = [call.name for call in SUPPORTED]
    assert len(names) == len(set(names))
    answered = {call.name for call in SUPPORTED if call.verdict is not Verdict.REFUSED}
    assert answered == {
        *(f"/info {name}" for name in QUESTIONS),
        *(f"/exchange {name}" for name in READERS),
        *(f"/ws {name}" for name in OF_ALL | OF_BOTH | OF_COIN | OF_USER),
    }
    assert {f"/exchange {name}" for name in NOT_OFFERED} <= set(names) - answered
    assert all(call.differs for call in SUPPORTED if call.verdict is not Verdict.SUPPORTED)
