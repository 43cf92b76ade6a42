"""The sandbox over HTTP: its wallet to its own machine alone, play money, time and prices."""

import asyncio
from base64 import b64decode
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from solvent.api import create_app
from solvent.api.app import application
from solvent.api.limits import Caps
from solvent.api.sockets import SLOW
from solvent.money import Ratio
from solvent.prices import Kind
from solvent.runtime import House, Profile, Settings, open_house
from solvent.runtime.sandbox import Sandbox, cast
from tests.unit.api.sandboxes import advanced, opened, settled

pytestmark = pytest.mark.slow

Scene = Callable[[House, Sandbox, httpx.AsyncClient], Coroutine[None, None, None]]
JSON = {"content-type": "application/json"}
LOOPBACK = ("127.0.0.1", 50_000)


def play(folder: Path, scene: Scene, *, peer: tuple[str, int] = LOOPBACK, **given: Any) -> None:
    async def played() -> None:
        async with opened(folder, **given) as (house, sandbox):
            transport = httpx.ASGITransport(create_app(house), client=peer)  # type: ignore[arg-type]
            base = "http://127.0.0.1/api/v1"
            async with httpx.AsyncClient(transport=transport, base_url=base) as http:
                await scene(house, sandbox, http)

    asyncio.run(played())


def test_the_wallet_that_is_handed_out_signs_for_the_account(tmp_path: Path) -> None:
    async def scene(house: House, sandbox: Sandbox, http: httpx.AsyncClient) -> None:
        found = (await http.get("/sandbox")).json()
        assert found["account"] == sandbox.wallet.account
        assert found["wallet"]["public_key"] == sandbox.wallet.public_key
        assert b64decode(found["wallet"]["secret_key_base64"]) == sandbox.wallet.secret_key
        assert found["wallet"]["name"] == "Sandbox wallet"
        assert house.follower.state.identities[sandbox.wallet.identity] == found["account"]

    play(tmp_path, scene)


def test_another_machine_gets_neither_the_wallet_nor_the_controls(tmp_path: Path) -> None:
    async def scene(_: House, __: Sandbox, http: httpx.AsyncClient) -> None:
        answers = [
            await http.get("/sandbox"),
            await http.post("/sandbox/clock", json={"op": "pause"}),
            await http.post("/sandbox/price", json={"market": "BTC-PERP", "change": "-50%"}),
        ]
        assert [answer.status_code for answer in answers] == [403, 403, 403]
        assert all("secret" not in answer.text for answer in answers)

    play(tmp_path, scene, peer=("192.0.2.7", 50_000))


def controls(house: House) -> list[tuple[str, str]]:
    """Return the method and the path of every call of the sandbox."""
    paths = application(house, caps=Caps()).openapi_schema.to_schema()["paths"]
    return [
        (method.upper(), path)
        for path, calls in paths.items()
        for method, call in calls.items()
        if "Sandbox" in call.get("tags", ())
    ]


def test_no_control_is_there_for_another_machine_whatever_its_body(tmp_path: Path) -> None:
    async def scene(house: House, _: Sandbox, http: httpx.AsyncClient) -> None:
        asked = controls(house)
        assert len(asked) == 13
        for method, path in asked:
            answer = await http.request(method, f"http://127.0.0.1{path}", content=b"{", headers=JSON)
            assert (answer.status_code, answer.json()["code"]) == (403, "NOT_ALLOWED"), path

    play(tmp_path, scene, peer=("192.0.2.7", 50_000))


def test_no_control_is_there_outside_the_sandbox_whatever_its_body(tmp_path: Path) -> None:
    async def played() -> None:
        post = asyncio.get_running_loop().call_soon_threadsafe
        plain = Profile(name="plain")
        settings = Settings(clock="virtual", data_folder=str(tmp_path))
        house = await asyncio.to_thread(open_house, settings, profile=plain, post=post)
        transport = httpx.ASGITransport(create_app(house), client=LOOPBACK)  # type: ignore[arg-type]
        try:
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as http:
                for method, path in controls(house):
                    for body in (b"{", b"{}"):
                        answer = await http.request(method, path, content=body, headers=JSON)
                        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND"), path
        finally:
            await asyncio.to_thread(house.close)

    asyncio.run(played())


def test_the_wallet_is_kept_back_while_the_service_listens_to_others(tmp_path: Path) -> None:
    async def scene(_: House, __: Sandbox, http: httpx.AsyncClient) -> None:
        assert (await http.get("/sandbox")).status_code == 403
        assert (await http.post("/sandbox/clock", json={"op": "pause"})).status_code == 200

    play(tmp_path, scene, host="0.0.0.0")


def test_play_money_is_in_the_wallet_when_the_faucet_answers(tmp_path: Path) -> None:
    async def scene(house: House, sandbox: Sandbox, http: httpx.AsyncClient) -> None:
        account = sandbox.wallet.account
        before = house.follower.state.balance(f"wallet:{account}", "USDC")
        body = {"account": account, "asset": "USDC", "amount": "12.5"}
        answer = await http.post("/sandbox/fund", json=body)
        assert answer.status_code == 200, answer.text
        assert house.follower.state.balance(f"wallet:{account}", "USDC") == before + 12_500_000
        for changed in ({"asset": "DOGE"}, {"amount": "0"}, {"amount": "much"}, {"amount": "9999999999"}):
            refused = await http.post("/sandbox/fund", json=body | changed)
            assert (refused.status_code, refused.json()["code"]) == (400, "FIELD_INVALID"), refused.text
        for nobody in ("0" * 32, f"0x{'0' * 40}"):
            unknown = await http.post("/sandbox/fund", json=body | {"account": nobody})
            assert unknown.status_code == 404, unknown.text

    play(tmp_path, scene)


def test_time_is_paused_resumed_sped_up_sought_and_advanced(tmp_path: Path) -> None:
    async def scene(_: House, __: Sandbox, http: httpx.AsyncClient) -> None:
        async def turned(**body: Any) -> Any:
            answer = await http.post("/sandbox/clock", json=body)
            assert answer.status_code == 200, answer.text
            return answer.json()

        assert {feed["is_paused"] for feed in (await turned(op="pause"))["feeds"]} == {True}
        assert {feed["is_paused"] for feed in (await turned(op="resume"))["feeds"]} == {False}
        assert {feed["speed"] for feed in (await turned(op="speed", speed="2.5"))["feeds"]} == {"2.5"}
        sought = await turned(op="seek", recording_ms=cast.EARLIER_MS)
        assert {feed["recording_ms"] for feed in sought["feeds"]} == {cast.EARLIER_MS, None}
        now_ms = sought["clock"]["now_ms"]
        assert (await turned(op="advance", by_ms=4_000))["clock"]["now_ms"] == now_ms + 4_000
        for body in (
            {"op": "seek"},
            {"op": "seek", "recording_ms": 1},
            {"op": "speed", "speed": "0"},
            {"op": "speed", "speed": "fast"},
            {"op": "advance"},
            {"op": "advance", "by_ms": 0},
            {"op": "rewind"},
        ):
            answer = await http.post("/sandbox/clock", json=body)
            assert (answer.status_code, answer.json()["code"]) == (400, "FIELD_INVALID"), answer.text

    play(tmp_path, scene)


def test_a_shock_moves_every_market_of_the_symbol_and_is_taken_back(tmp_path: Path) -> None:
    async def scene(house: House, _: Sandbox, http: httpx.AsyncClient) -> None:
        answer = await http.post("/sandbox/price", json={"market": "BTC-PERP", "price": "45000"})
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert found["symbol"] == "BTC"
        assert sorted(found["markets"]) == ["BTC-PERP", "XBTUSDM", "XBTUSDTM", "wBTC/SOL"]
        await settled()
        for market in ("BTC-PERP", "XBTUSDTM"):
            (reading,) = house.follower.state.markets[market].readings
            assert Ratio(44_999, 1) < reading.price < Ratio(45_001, 1)
        assert [feed.kind for feed in house.feeds if feed.symbol == "BTC"] == [Kind.SCRIPTED]
        await http.post("/sandbox/price", json={"market": "BTC-PERP", "change": "none"})
        assert [feed.kind for feed in house.feeds if feed.symbol == "BTC"] != [Kind.SCRIPTED]
        for body in (
            {"market": "BTC-PERP"},
            {"market": "BTC-PERP", "price": "1", "change": "1%"},
            {"market": "BTC-PERP", "price": "1"},
            {"market": "BTC-PERP", "change": "-100%"},
            {"market": "DOGE", "change": "1%"},
        ):
            refused = await http.post("/sandbox/price", json=body)
            assert (refused.status_code, refused.json()["code"]) == (400, "FIELD_INVALID"), refused.text

    play(tmp_path, scene)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 200),
        ("?interval=1h&limit=1", 200),
        ("?interval=2m", 400),
        ("?limit=501", 400),
        ("?limit=0", 400),
        ("?before_ms=-1", 400),
        ("?befor_ms=1", 400),
    ],
)
def test_candles_are_asked_for_within_limits(tmp_path: Path, query: str, status: int) -> None:
    async def scene(_: House, __: Sandbox, http: httpx.AsyncClient) -> None:
        assert (await http.get(f"/markets/wETH~SOL/candles{query}")).status_code == status
        assert (await http.get(f"/markets/DOGE/candles{query}")).status_code in (400, 404)

    play(tmp_path, scene)


def test_candles_are_paged_into_the_past_without_a_gap_or_one_twice(tmp_path: Path) -> None:
    async def scene(_: House, __: Sandbox, http: httpx.AsyncClient) -> None:
        pages, before = [], None
        for _page in range(3):
            query = "" if before is None else f"&before_ms={before}"
            page = (await http.get(f"/markets/BTC-PERP/candles?interval=5m&limit=7{query}")).json()
            assert page["unit"] == "USDC/BTC"
            pages.append([item["at_ms"] for item in page["items"]])
            before = page["next"]
        moments = [*pages[2], *pages[1], *pages[0]]
        assert moments == list(range(moments[0], moments[0] + 21 * 300_000, 300_000))

    play(tmp_path, scene, clock="real")


def test_who_reads_too_slowly_is_told_why_once_he_reads_again(tmp_path: Path) -> None:
    async def scene() -> None:
        async with opened(tmp_path) as (house, _):
            inbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
            reads, sent = asyncio.Event(), []

            async def send(message: Any) -> None:
                if message["type"] != "websocket.accept":
                    await reads.wait()
                sent.append(message)

            scope = {
                "type": "websocket",
                "path": "/api/v1/ws",
                "raw_path": b"/api/v1/ws",
                "query_string": b"",
                "headers": [(b"host", b"127.0.0.1")],
                "client": LOOPBACK,
                "server": ("127.0.0.1", 80),
                "scheme": "ws",
                "subprotocols": [],
                "root_path": "",
            }
            inbox.put_nowait({"type": "websocket.connect"})
            text = msgspec.json.encode({"op": "subscribe", "channel": "prices"}).decode()
            for _ in range(180):
                inbox.put_nowait({"type": "websocket.receive", "text": text})
            app: Any = create_app(house)
            serving = asyncio.create_task(app(scope, inbox.get, send))
            while not inbox.empty():
                await settled()
            # Commands are carried out all the while.
            await asyncio.to_thread(house.advance, 5_000)
            reads.set()
            await asyncio.wait_for(serving, 20)
        closed = sent[-1]
        assert (closed["type"], closed["code"]) == ("websocket.close", SLOW)
        assert "too slow" in closed["reason"]

    asyncio.run(scene())


def test_a_price_follows_a_script_in_the_venues_time(tmp_path: Path) -> None:
    async def scene(house: House, _: Sandbox, http: httpx.AsyncClient) -> None:
        async def scripted(market: str, *moves: Any) -> Any:
            answer = await http.post("/sandbox/script", json={"market": market, "moves": moves})
            return answer.json() | {"status": answer.status_code}

        async def advanced(**body: Any) -> None:
            answer = await http.post("/sandbox/clock", json={"op": "advance", **body})
            assert answer.status_code == 200, answer.text
            await settled()

        def told(symbol: str) -> tuple[Ratio, Kind]:
            feed = next(feed for feed in house.feeds if feed.symbol == symbol)
            return feed.price, feed.kind

        crash = {"by": "-12%", "over_ms": 90_000}
        assert (await scripted("BTC-PERP", {"to": "60000"}, crash))["price"] == "60000"
        await advanced(by_ms=45_000)
        assert told("BTC") == (Ratio(56_400, 1), Kind.SCRIPTED)
        await advanced(by_ms=3_600_000, step_ms=60_000)
        assert told("BTC") == (Ratio(52_800, 1), Kind.SCRIPTED)
        # The first of two feeds is set, so that the market's price is the one that was asked for.
        assert (await scripted("wETH/SOL", {"to": "25"}))["symbol"] == "ETH"
        eth, sol = told("ETH")[0], told("SOL")[0]
        assert eth == Ratio(25 * sol.num, sol.den)
        assert (await scripted("BTC-PERP"))["status"] == 200
        assert told("BTC")[1] is not Kind.SCRIPTED
        for moves in ([{"to": "1", "by": "1%"}], [{"by": "-100%"}], [{"to": "0"}]):
            assert (await scripted("BTC-PERP", *moves))["code"] == "FIELD_INVALID", moves
        assert (await scripted("NO-PERP", {"to": "1"}))["code"] == "FIELD_INVALID"

    play(tmp_path, scene)


def test_funding_is_noted_at_the_rate_that_was_set(tmp_path: Path) -> None:
    async def scene(house: House, _: Sandbox, http: httpx.AsyncClient) -> None:
        async def noted(rate: str | None) -> Ratio:
            body = {"market": "BTC-PERP", "rate": rate}
            answer = await http.post("/sandbox/funding", json=body)
            assert answer.status_code == 200, answer.text
            await http.post("/sandbox/clock", json={"op": "advance", "by_ms": 3_600_000, "step_ms": 600_000})
            await settled()
            return house.follower.state.markets["BTC-PERP"].funding[-1].rate

        assert await noted("-0.05%") == Ratio(-5, 10_000)
        assert await noted(None) == Ratio(1, 80_000)
        refused = await http.post("/sandbox/funding", json={"market": "wETH/SOL", "rate": "1%"})
        assert (refused.status_code, refused.json()["code"]) == (400, "FIELD_INVALID")

    play(tmp_path, scene)


def test_a_virtual_time_runs_until_it_is_told_to_stand(tmp_path: Path) -> None:
    async def scene(house: House, _: Sandbox, http: httpx.AsyncClient) -> None:
        async def turned(**body: Any) -> Any:
            return (await http.post("/sandbox/clock", json=body)).json()

        begun_ms = house.now_ms()
        assert (await turned(op="run", speed="1000"))["runs_at"] == "1000"
        while house.now_ms() < begun_ms + 10_000:
            await settled()
        assert (await turned(op="stand"))["runs_at"] is None
        stood_ms = house.now_ms()
        await settled()
        assert house.now_ms() == stood_ms
        assert (await turned(op="run"))["code"] == "FIELD_INVALID"

    play(tmp_path, scene)


def test_a_time_that_passes_by_itself_neither_runs_nor_stands(tmp_path: Path) -> None:
    async def scene(_: House, __: Sandbox, http: httpx.AsyncClient) -> None:
        for body in ({"op": "run", "speed": "2"}, {"op": "stand"}, {"op": "advance", "by_ms": 1}):
            refused = await http.post("/sandbox/clock", json=body)
            assert (refused.status_code, refused.json()["code"]) == (400, "FIELD_INVALID")

    play(tmp_path, scene, clock="real")


def test_a_margin_table_changes_once_and_is_in_the_log(tmp_path: Path) -> None:
    async def scene(house: House, _: Sandbox, http: httpx.AsyncClient) -> None:
        async def made(**body: Any) -> Any:
            answer = await http.post("/sandbox/faults", json={"kind": "margin_tier", **body})
            return answer.json() | {"status": answer.status_code}

        done = await made(market="BTC-PERP", tiers="0/10")
        assert (done["status"], done["in_force"]) == (200, [])
        assert house.follower.state.markets["BTC-PERP"].market.tiers.leverages == (10,)
        log = (await http.get("/sandbox/faults/log")).json()
        assert [(rule["market"], rule["tiers"]) for rule in log["rules"]] == [("BTC-PERP", "0/10")]
        for body, code in (
            ({"market": "BTC-PERP"}, "FIELD_INVALID"),
            ({"tiers": "0/10"}, "FIELD_INVALID"),
            ({"market": "NO-PERP", "tiers": "0/10"}, "NOT_FOUND"),
            ({"market": "wETH/SOL", "tiers": "0/10"}, "FIELD_INVALID"),
            ({"market": "BTC-PERP", "tiers": "ten"}, "FIELD_INVALID"),
        ):
            assert (await made(**body))["code"] == code, body

    play(tmp_path, scene)


def test_a_fault_that_cannot_be_is_refused_and_nothing_goes_wrong(tmp_path: Path) -> None:
    async def scene(_: House, __: Sandbox, http: httpx.AsyncClient) -> None:
        for body in (
            {"kind": "delay", "delay_ms": -1},
            {"kind": "delay", "times": 0},
            {"kind": "delay", "market": "BTC-PERP"},
            {"kind": "delay", "tiers": "0/10"},
        ):
            refused = await http.post("/sandbox/faults", json=body)
            assert (refused.status_code, refused.json()["code"]) == (400, "FIELD_INVALID"), body
        assert (await http.get("/sandbox/faults")).json()["in_force"] == []
        assert (await http.delete("/sandbox/faults", params={"number": 7})).status_code == 400

    play(tmp_path, scene)


def test_stale_prices_end_by_themselves_where_they_were_to_last_a_while(tmp_path: Path) -> None:
    async def scene(house: House, _: Sandbox, http: httpx.AsyncClient) -> None:
        def heard_ms() -> int:
            return int(house.follower.state.markets["BTC-PERP"].readings[0].at_ms)

        before_ms = heard_ms()
        body = {"kind": "stale_prices", "market": "BTC-PERP", "for_ms": 1}
        assert (await http.post("/sandbox/faults", json=body)).status_code == 200
        async with asyncio.timeout(10):
            while heard_ms() == before_ms:
                await advanced(house, 10_000)

    play(tmp_path, scene)
