"""Statuses, envelopes and budgets: what is answered before a call is looked at."""

import json
from typing import Any

import pytest

from solvent.gateways.kucoin.app import target_of
from solvent.gateways.kucoin.desk import Desk
from solvent.journal import JournalError
from solvent.margin import risk_limit
from solvent.money import Ratio
from solvent.runtime import Overloaded, VenueStopped
from tests.unit.gateways.kucoin.serving import INVERSE, LINEAR, Served

POSITION, ORDERS = "/api/v1/position", "/api/v1/orders"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/api/v1/nothing"),
        ("PUT", POSITION),
        ("POST", "/api/v1/contracts/active"),
        ("POST", "/api/v1/position/margin/auto-deposit-status"),
        ("POST", "/api/v1/st-orders"),
        ("GET", "/api/ua/v2/account"),
        ("GET", "/api/v1/contracts/risk-limit/a/b"),
        ("GET", "/api/v1/mark-price//current"),
    ],
)
def test_an_unknown_path_or_method_is_404(method: str, path: str) -> None:
    with Served() as served:
        status, found, _ = served.request(method, path)

        assert (status, found["code"]) == (404, "404000")


def test_a_body_of_another_type_is_415000_with_200() -> None:
    with Served() as served:
        key, body = served.key(), b"symbol=XBTUSDTM"
        headers = {**served.signed(key, "POST", ORDERS, body), "content-type": "text/plain"}
        status, found, _ = served.request("POST", ORDERS, body, headers)

        assert (status, found["code"]) == (200, "415000")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'"text"',
        b"1",
        b'{"a":' * 20 + b"1" + b"}" * 20,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"clientOid":"a","clientOid":"b"}',
        b'{"clientOid":1}',
        b"{}",
        b"\xff",
        b'{"clientOid":"a","size":NaN}',
        b'{"clientOid":"a","symbol":"XBTUSDTM","side":"buy","type":"market","size":1e9999999}',
    ],
)
def test_a_body_that_cannot_be_read_is_400100(body: bytes) -> None:
    with Served() as served:
        headers = served.signed(served.key(), "POST", ORDERS, body)
        status, found, _ = served.request("POST", ORDERS, body, headers)

        assert (status, found["code"]) == (200, "400100")


def test_a_body_that_is_too_large_is_400100() -> None:
    with Served() as served:
        assert served.request("POST", ORDERS, b" " * 70_000)[1]["code"] == "400100"


TAKE = {"symbol": LINEAR, "withdrawAmount": "1"}


@pytest.mark.parametrize(
    ("method", "path", "given"),
    [
        ("POST", "/api/v1/margin/withdrawMargin", {"body": {**TAKE, "bizno": "one"}}),
        ("POST", "/api/v1/margin/withdrawMargin", {"body": {**TAKE, "marginMode": "CROSS"}}),
        ("POST", "/api/v1/margin/withdrawMargin", {"body": TAKE, "query": {"bizNo": "one"}}),
        (
            "POST",
            "/api/v1/position/margin/deposit-margin",
            {"body": {"symbol": LINEAR, "margin": 1, "bizNo": "one", "margins": 2}},
        ),
        (
            "POST",
            "/api/v1/position/risk-limit-level/change",
            {"body": {"symbol": LINEAR, "level": 2, "Level": 1}},
        ),
        ("DELETE", ORDERS, {"query": {"Symbol": LINEAR}}),
        ("DELETE", ORDERS, {"body": {"symbol": LINEAR}}),
        ("DELETE", "/api/v3/orders", {"query": {"marginMode": "CROSS"}}),
        ("GET", ORDERS, {"query": {"contract": LINEAR}}),
        ("GET", "/api/v1/positions", {"query": {"symbol": LINEAR}}),
        ("POST", "/api/v1/bullet-private", {"body": {"topic": "all"}}),
    ],
)
def test_what_a_call_would_overlook_is_declined_and_changes_nothing(
    method: str, path: str, given: dict[str, Any]
) -> None:
    with Served() as served:
        served.open(10)
        served.act(risk_limit.Add(10**10))
        served.price("60000")
        order = risk_limit.Order(order_id="one", lots=1, leverage=3, limit_price=Ratio(50_000, 1))
        served.act(order, symbol=INVERSE)
        before = served.house.follower.seq

        assert served.code(method, path, key=served.key(key_id="c" * 32), **given) == "400100"
        assert served.house.follower.seq == before + 1  # the key


@pytest.mark.parametrize("query", ["symbol=XBTUSDTM&symbol=XBTUSDM", "symbol=XBTUSDTM&symbol=XBTUSDTM"])
def test_a_parameter_that_is_given_twice_is_declined(query: str) -> None:
    with Served() as served:
        target = f"{POSITION}?{query}"
        headers = served.signed(served.key(), "GET", target)
        assert served.request("GET", target, headers=headers)[1]["code"] == "400100"
        assert served.request("GET", f"/api/v1/ticker?{query}")[1]["code"] == "400100"


def test_a_number_of_thousands_of_digits_is_told_without_words_of_the_language() -> None:
    with Served() as served:
        path, body = "/api/v1/margin/withdrawMargin", b'{"withdrawAmount":' + b"9" * 5_000 + b"}"
        found = served.request("POST", path, body, served.signed(served.key(), "POST", path, body))[1]
        assert (found["code"], "sys." in found["msg"]) == ("400100", False)


@pytest.mark.parametrize(
    ("trouble", "status", "code"),
    [
        (Overloaded("10,000 commands wait"), 429, "429000"),
        (VenueStopped("/secret/place failed"), 500, "500000"),
        (JournalError("/secret/place is gone"), 500, "500000"),
    ],
)
def test_trouble_of_the_venue_itself_has_a_status_and_tells_no_place(
    monkeypatch: pytest.MonkeyPatch, trouble: Exception, status: int, code: str
) -> None:
    async def act(*_: Any, **__: Any) -> Any:
        raise trouble

    monkeypatch.setattr(Desk, "act", act)
    with Served() as served:
        key = served.key()
        body = json.dumps({"symbol": LINEAR, "level": 2}).encode()
        path = "/api/v1/position/risk-limit-level/change"
        found = served.request("POST", path, body, served.signed(key, "POST", path, body))

        assert (found[0], found[1]["code"]) == (status, code)
        assert "secret" not in found[1]["msg"]


def test_each_call_weighs_what_the_venue_says() -> None:
    with Served(budget=2_000) as served:
        key = served.key()

        def left(path: str, query: str = "") -> int:
            target = f"{path}?{query}" if query else path
            headers = served.signed(key, "GET", target)
            return int(served.request("GET", target, headers=headers)[2]["gw-ratelimit-remaining"])

        told = [
            left("/api/v1/margin/maxWithdrawMargin", f"symbol={LINEAR}"),
            left(POSITION, f"symbol={LINEAR}"),
            left("/api/v1/positions"),
            left("/api/v1/account-overview"),
            left(ORDERS),
        ]
        assert told == [1_990, 1_988, 1_986, 1_981, 1_979]


def test_the_headers_of_the_budget_are_integers_also_of_a_refusal() -> None:
    with Served(budget=2_000) as served:
        target = f"{POSITION}?symbol=NOPE"
        headers = served.request("GET", target, headers=served.signed(served.key(), "GET", target))[2]
        served.wall_ms += 1_000

        assert headers["gw-ratelimit-limit"] == "2000"
        assert headers["gw-ratelimit-remaining"] == "1998"
        assert headers["gw-ratelimit-reset"] == "30000"


def test_more_than_the_budget_is_200002_for_ten_seconds() -> None:
    with Served(budget=10) as served:
        key, other = served.key(), served.key(account="b" * 32)

        def ask() -> str:
            code: str = served.call("GET", "/api/v1/positions", key=key)["code"]
            return code

        assert [ask() for _ in range(6)] == ["200000"] * 5 + ["200002"]
        assert served.call("GET", "/api/v1/positions", key=other)["code"] == "200000"
        assert served.call("GET", "/api/v1/timestamp")["code"] == "200000"
        served.wall_ms += 9_999
        assert ask() == "200002"
        served.wall_ms += 20_001

        assert ask() == "200000"


def test_a_ban_outlasts_the_window_in_which_it_began() -> None:
    with Served(budget=2) as served:
        key = served.key()

        def ask() -> str:
            code: str = served.call("GET", "/api/v1/positions", key=key)["code"]
            return code

        assert ask() == "200000"
        served.wall_ms += 25_000
        assert ask() == "200002"
        served.wall_ms += 5_000

        assert ask() == "200002"
        served.wall_ms += 5_000
        assert ask() == "200000"


def test_a_target_is_what_came_without_the_prefix_of_a_mount() -> None:
    scope = {"raw_path": b"/kucoin/api/v1/x%20y", "path": "/", "query_string": b"a=b%20c"}

    assert target_of({**scope, "root_path": "/kucoin"}) == "/api/v1/x%20y?a=b%20c"
    assert target_of({**scope, "root_path": ""}) == "/kucoin/api/v1/x%20y?a=b%20c"
    assert target_of({"path": "/api/v1/x", "root_path": "/kucoin"}) == "/api/v1/x"


def test_who_cannot_sign_spends_the_budget_of_his_address() -> None:
    with Served(budget=10) as served:
        key = served.key()
        wrong = {"KC-API-SIGN": "wrong"}

        def ask() -> str:
            code: str = served.call("GET", "/api/v1/positions", key=key, headers=wrong)["code"]
            return code

        assert [ask() for _ in range(6)] == ["400005"] * 5 + ["200002"]
        assert served.call("GET", "/api/v1/positions", key=key)["code"] == "200000"


def test_bytes_that_are_no_text_are_signed_over_and_answered() -> None:
    with Served() as served:
        target = "/api/v1/positions?currency=%FF"
        headers = served.signed(served.key(), "GET", target)
        assert served.request("GET", target, headers=headers)[1]["code"] == "200000"

        body = b'{"\\ud800":1,"\\ud800":2}'
        headers = served.signed(served.key(), "POST", ORDERS, body)
        assert served.request("POST", ORDERS, body, headers)[1]["code"] == "400100"


def test_a_raw_byte_of_a_target_is_kept_as_it_came() -> None:
    from solvent.gateways.kucoin.signing import Signed, signed_text

    target = target_of({"raw_path": b"/api/v1/x", "path": "/", "query_string": b"a=\xff"})
    assert signed_text("1", Signed(method="GET", target=target, body=b""), target) == b"1GET/api/v1/x?a=\xff"


def test_a_fault_of_ours_is_told_in_the_venues_shape_and_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(*_: Any, **__: Any) -> Any:
        raise ZeroDivisionError

    monkeypatch.setattr(Desk, "act", act)
    with Served() as served:
        key, path = served.key(), "/api/v1/position/risk-limit-level/change"
        body = json.dumps({"symbol": LINEAR, "level": 2}).encode()
        sent: list[Any] = []

        async def asked() -> None:
            async def receive() -> Any:
                return {"type": "http.request", "body": body, "more_body": False}

            async def send(message: Any) -> None:
                sent.append(message)

            scope = served.scope("http", path, "", served.signed(key, "POST", path, body))
            with pytest.raises(ZeroDivisionError):
                await served.gateway({**scope, "method": "POST"}, receive, send)

        served.run(asked())
        assert sent[0]["status"] == 500
        assert json.loads(sent[1]["body"]) == {"code": "500000", "msg": "Internal Server Error"}


def test_small_numbers_are_written_without_an_exponent() -> None:
    with Served() as served:
        served.fund("0.00000001", "67430.9")
        found = served.data("GET", f"/api/v1/contracts/{LINEAR}")

        assert str(found["fundingFeeRate"]) == "1E-8"
        assert b'"fundingFeeRate":0.00000001,' in served.raw("GET", f"/api/v1/contracts/{LINEAR}")


def test_budgets_of_many_callers_are_forgotten_before_they_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from solvent.gateways.kucoin.answers import Declined
    from solvent.gateways.kucoin.rates import Budgets

    monkeypatch.setattr("solvent.gateways.kucoin.rates.CALLERS_MAX", 3)
    now_ms = [0]
    budgets = Budgets(budget=1, wall_ms=lambda: now_ms[0])
    for name in "abc":
        budgets.take(name, 1)
    with pytest.raises(Declined):
        budgets.take("c", 1)
    budgets.take("d", 1)
    budgets.take("a", 1)
    with pytest.raises(Declined):
        budgets.take("c", 1)
    now_ms[0] = 30_000

    budgets.take("e", 1)
    assert set(budgets._spent) == {"e"}
