"""Whatever is asked is answered in the venue's shape: fields of any kind, in any call."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from solvent.gateways.kucoin.routes import ROUTES
from solvent.margin import risk_limit
from tests.unit.gateways.kucoin.listening import connected
from tests.unit.gateways.kucoin.serving import INVERSE, LINEAR, Served

NAMES = (
    "symbol", "withdrawAmount", "margin", "bizNo", "positionSide", "level",
    "marginMode", "symbols", "side", "type", "positionMode", "clientOid",
    "leverage", "size", "qty", "valueQty", "price", "timeInForce",
    "postOnly", "stop", "reduceOnly", "closeOrder", "hidden", "status",
    "currency", "startAt", "endAt", "pageSize", "currentPage", "limit",
    "pageId", "from", "to", "maxCount", "offset", "reverse",
    "orderId", "tradeTypes",
)  # fmt: skip
LIKELY = st.sampled_from(
    (
        LINEAR, INVERSE, "BOTH", "ISOLATED", "CROSS", "buy", "sell", "market", "limit", "GTC", "IOC",
        "USDT", "active", "1", "0.5", "67430.9", "0", "-1", 1, 2, 10, 0, -1, True, False, None, "one",
        "x" * 50, 10**30,
    )
)  # fmt: skip
ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
VALUES = LIKELY | ANY
CALLS = st.sampled_from(sorted(ROUTES))


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served(budget=10**9) as found:
        found.open(10)
        found.act(risk_limit.Add(10**10))
        yield found


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    call=CALLS,
    fields=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=9),
    asked=st.dictionaries(st.sampled_from(NAMES), LIKELY | st.text(max_size=10), max_size=5),
)
def test_any_fields_are_answered_in_the_venues_shape(
    served: Served, call: tuple[str, str], fields: dict[str, Any], asked: dict[str, Any]
) -> None:
    method, path = call
    target = path.replace("{}", quote(str(asked.get("symbol", LINEAR)), safe="") or "x")
    if asked:
        safe = {name: str(value).encode("utf-8", "replace") for name, value in asked.items()}
        target += "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in safe.items())
    body = json.dumps(fields).encode() if method == "POST" else b""
    headers = served.signed(served.key(key_id="c" * 32), method, target, body)

    status, found, _ = served.request(method, target, body, headers)

    assert status == 200 or (status, found["code"]) == (404, "404000")
    assert found["code"].isdigit()
    assert ("data" in found) == (found["code"] == "200000" and "msg" not in found)
    assert served.house.follower.state.totals()["USDT"] == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=st.dictionaries(st.sampled_from(("id", "type", "topic")), VALUES, max_size=3))
def test_any_message_is_answered_on_the_websocket(served: Served, message: dict[str, Any]) -> None:
    with connected(served, served.key(key_id="c" * 32)) as client:
        client.next()
        client.send(json.dumps(message))

        assert client.next()["type"] in ("error", "pong", "ack")
