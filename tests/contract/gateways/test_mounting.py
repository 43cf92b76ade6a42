"""Both gateways and the service in one served sandbox: prefixes, ports, and faults on each."""

import json
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from solvent.testing import Sandbox
from solvent.testing.errors import SandboxRefused
from tests.contract.api.serving import served

pytestmark = pytest.mark.slow

WAIT_S = 30
INFO = {"type": "allMids", "dex": ""}
SURFACES = {
    "native": ("GET", "/api/v1/markets", None),
    "hyperliquid": ("POST", "/info", INFO),
    "kucoin": ("GET", "/api/v1/timestamp", None),
}
SHAPES: dict[str, tuple[int, int, Callable[[httpx.Response], Any]]] = {
    "native": (429, 503, lambda answer: answer.json()["code"]),
    "hyperliquid": (429, 503, lambda answer: answer.text),
    "kucoin": (429, 500, lambda answer: answer.json()["code"]),
}


@pytest.fixture(scope="module")
def venue() -> Iterator[Sandbox]:
    with Sandbox.started(hyperliquid_port="0") as found:
        yield found


@pytest.fixture(autouse=True)
def calm(venue: Sandbox) -> Iterator[None]:
    yield
    venue.faults.clear()


def base(venue: Sandbox, surface: str) -> str:
    return {"native": venue.url, "hyperliquid": venue.hyperliquid_url, "kucoin": venue.kucoin_url}[surface]


def ask(venue: Sandbox, surface: str, **more: Any) -> httpx.Response:
    method, path, body = SURFACES[surface]
    return httpx.request(method, base(venue, surface) + path, json=body, **more)


def test_a_gateway_with_a_port_of_its_own_stands_there_and_under_its_prefix(venue: Sandbox) -> None:
    assert venue.hyperliquid_url.rpartition(":")[2].isdigit()
    own = httpx.post(f"{venue.hyperliquid_url}/info", json=INFO).json()
    under = httpx.post(f"{venue.url}/hyperliquid/info", json=INFO).json()
    assert own == under
    assert httpx.get(f"{venue.hyperliquid_url}/api/v1/venue").status_code != 200


@pytest.mark.parametrize("surface", list(SURFACES))
def test_each_part_answers_at_its_own_address(venue: Sandbox, surface: str) -> None:
    assert ask(venue, surface).status_code == 200


@pytest.mark.parametrize("surface", list(SURFACES))
@pytest.mark.parametrize("header", [{"host": "evil.example"}, {"origin": "https://evil.example"}])
def test_no_part_is_used_by_another_name_or_another_page(
    venue: Sandbox, surface: str, header: dict[str, str]
) -> None:
    assert ask(venue, surface, headers=header).status_code in (400, 403)


@pytest.mark.parametrize("surface", list(SURFACES))
def test_a_fault_is_met_at_its_surface_alone_in_the_shape_of_its_venue(venue: Sandbox, surface: str) -> None:
    limited, unavailable, told = SHAPES[surface]
    venue.faults.rate_limit(surface, SURFACES[surface][1])
    answer = ask(venue, surface)
    assert (answer.status_code, bool(told(answer))) == (limited, True)
    assert {ask(venue, other).status_code for other in SURFACES if other != surface} == {200}
    venue.faults.clear()
    venue.faults.fail(surface, times=1)
    assert [ask(venue, surface).status_code for _ in range(2)] == [unavailable, 200]


def plainly(url: str) -> tuple[int, bytes]:
    """Send what the service's server answers by itself, head and body in one piece."""
    connection = HTTPConnection(url.removeprefix("http://"), timeout=WAIT_S)
    body = json.dumps({"text": "none", "public_key": "none", "signature": "none"}).encode()
    try:
        connection.request("POST", "/api/v1/intents", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def test_what_the_server_answers_by_itself_meets_faults_and_stands_at_no_gateways_port(
    venue: Sandbox,
) -> None:
    status, told = plainly(venue.url)
    assert (status, b"INTENT_INVALID" in told) == (400, True)
    assert b"INTENT_INVALID" not in plainly(venue.hyperliquid_url)[1]
    venue.faults.fail("native", "/api/v1/intents")
    assert plainly(venue.url)[0] == 503
    venue.faults.clear()
    assert plainly(venue.url)[0] == 400


@pytest.mark.parametrize("surface", list(SURFACES))
def test_an_answer_is_lost_before_its_first_byte(venue: Sandbox, surface: str) -> None:
    venue.faults.lose_response(surface, times=1)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        ask(venue, surface)
    assert ask(venue, surface).status_code == 200


def test_a_slow_or_doubled_request_is_answered_in_the_end(venue: Sandbox) -> None:
    venue.faults.delay("1ms", "kucoin", times=1)
    venue.faults.duplicate("hyperliquid", "/info", times=1)
    assert {ask(venue, surface).status_code for surface in SURFACES} == {200}
    fired = [one["kind"] for one in venue.faults.log["fired"][-2:]]
    assert sorted(fired) == ["delay", "duplicate"]


def test_a_market_without_prices_gets_old_and_is_told_when_they_come_again(venue: Sandbox) -> None:
    def read_at() -> int:
        return int(venue.get("/markets/BTC-PERP")["prices"]["mark"]["at_ms"])

    before = read_at()
    venue.faults.stale_prices("BTC-PERP")
    venue.clock.advance("2m")
    assert read_at() == before
    venue.faults.clear()
    venue.clock.advance("10s")
    assert read_at() > before + 120_000


def test_open_sockets_of_a_gateway_are_closed_on_request_and_another_may_be_opened(venue: Sandbox) -> None:
    address = f"ws{venue.url.removeprefix('http')}/hyperliquid/ws"
    asked = json.dumps({"method": "subscribe", "subscription": {"type": "allMids"}})

    def heard(socket: ClientConnection, channel: str) -> bool:
        return any(f'"{channel}"' in str(socket.recv(timeout=WAIT_S)) for _ in range(5))

    with connect(address) as socket:
        socket.send(asked)
        assert heard(socket, "allMids")
        venue.faults.disconnect("kucoin")
        venue.faults.disconnect("hyperliquid", "/ws")
        with pytest.raises(ConnectionClosed):
            _ = [socket.recv(timeout=WAIT_S) for _ in range(100)]
    assert [one["kind"] for one in venue.faults.log["fired"][-1:]] == ["disconnect"]
    with connect(address) as socket:
        socket.send(asked)
        assert heard(socket, "allMids")
    venue.faults.disconnect("hyperliquid", during="60s")
    with pytest.raises(InvalidStatus):
        connect(address)


def test_a_process_says_ready_first_and_then_where_each_gateway_is(tmp_path: Any) -> None:
    with served(tmp_path, "--gateway", "kucoin", "--gateway", "hyperliquid", "--kucoin-port", "0") as found:
        assert found.process.stdout is not None
        lines = dict(found.process.stdout.readline().split() for _ in range(2))
        assert lines["hyperliquid"] == f"{found.url}/hyperliquid"
        assert httpx.get(f"{lines['kucoin']}/api/v1/timestamp").json()["code"] == "200000"
        assert found.get("/sandbox")["gateways"] == ["hyperliquid", "kucoin"]
        code, told = found.end()
    said = " ".join(told.split())
    assert code == 0
    assert "a margin-faithful isolated subset" in said
    assert "is_cross=False" in said
    assert "leave marginMode out of an order, or give ISOLATED" in said


def test_a_margin_table_changes_under_an_open_position(venue: Sandbox) -> None:
    def table() -> Any:
        return httpx.post(f"{venue.hyperliquid_url}/info", json={"type": "meta", "dex": ""}).json()

    before = next(coin for coin in table()["universe"] if coin["name"] == "BTC")["maxLeverage"]
    venue.faults.margin_tier("BTC-PERP", "0/10")
    assert (before, next(c for c in table()["universe"] if c["name"] == "BTC")["maxLeverage"]) == (40, 10)
    assert venue.faults.log["rules"][-1]["tiers"] == "0/10"
    for market, tiers, words in (
        ("wETH/SOL", "0/10", "no margin table"),
        ("BTC-PERP", "10", "pairs such as"),
        ("NO-PERP", "0/10", "no market"),
    ):
        with pytest.raises(SandboxRefused, match=words):
            venue.faults.margin_tier(market, tiers)
    with pytest.raises(SandboxRefused, match="margin_tier needs tiers"):
        venue.control("/faults", kind="margin_tier", market="BTC-PERP")
    changes = [rule for rule in venue.faults.log["rules"] if rule["kind"] == "margin_tier"]
    venue.faults.margin_tier("BTC-PERP", "0/40, 150000000/20")
    venue.faults.replay({"rules": changes, "fired": []})
    assert next(c for c in table()["universe"] if c["name"] == "BTC")["maxLeverage"] == 10
