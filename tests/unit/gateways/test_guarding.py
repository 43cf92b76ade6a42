"""What is refused before a gateway reads it, in its venue's shape."""

import json
from typing import Any

import pytest

from solvent.gateways.failures import SHAPES, Trouble
from solvent.gateways.guarding import Guard
from solvent.runtime.listening import Names
from tests.unit.gateways.calling import Answered, Telling, called, requests, scope_of

HOST = ("host", "127.0.0.1:8420")


def guarded(inner: Telling, *, venue: str = "hyperliquid", **limits: Any) -> Guard:
    return Guard(inner, names=Names(("venue.example",)), shape=SHAPES[venue], **limits)


def asked(venue: str, *headers: tuple[str, str]) -> tuple[Answered, Telling]:
    inner = Telling("inner")
    return called(guarded(inner, venue=venue), scope_of("/info", headers=headers)), inner


@pytest.mark.parametrize(
    "headers",
    [
        [HOST],
        [("host", "venue.example")],
        [("host", "LOCALHOST:3001")],
        [HOST, ("origin", "http://127.0.0.1:8420")],
    ],
)
def test_a_request_by_a_known_name_is_let_in(headers: list[tuple[str, str]]) -> None:
    answer, inner = asked("hyperliquid", *headers)
    assert (answer.status, len(inner.scopes)) == (200, 1)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("host", "evil.example")],
        [("host", "[")],
        [HOST, ("origin", "https://evil.example")],
        [HOST, ("origin", "http://127.0.0.1:9000")],
        [HOST, ("origin", "null")],
    ],
)
@pytest.mark.parametrize("venue", list(SHAPES))
def test_another_name_or_another_page_is_refused_before_the_gateway(
    headers: list[tuple[str, str]], venue: str
) -> None:
    answer, inner = asked(venue, *headers)
    assert (answer.status, inner.scopes) == (400, [])
    assert answer.headers["connection"] == "close"


def test_a_socket_of_another_page_is_closed_before_it_is_accepted() -> None:
    inner = Telling("inner")
    scope = scope_of("/ws", kind="websocket", headers=[HOST, ("origin", "https://evil.example")])
    answer = called(guarded(inner), scope, [{"type": "websocket.connect"}])
    assert [message["type"] for message in answer.messages] == ["websocket.close"]
    assert inner.scopes == []


def test_a_socket_of_a_known_name_is_let_in() -> None:
    inner = Telling("inner")
    called(guarded(inner), scope_of("/ws", kind="websocket"), [{"type": "websocket.connect"}])
    assert len(inner.scopes) == 1


def test_a_body_in_pieces_reaches_the_gateway_whole() -> None:
    inner = Telling("inner")
    called(guarded(inner), scope_of(), requests(b'{"a"', b":", b"1}"))
    assert inner.bodies == [b'{"a":1}']


@pytest.mark.parametrize(
    ("pieces", "status"), [([b"1234"], 200), ([b"12345"], 413), ([b"12", b"34"], 200), ([b"12", b"345"], 413)]
)
def test_a_body_is_taken_up_to_its_size(pieces: list[bytes], status: int) -> None:
    inner = Telling("inner")
    assert called(guarded(inner, body_bytes_max=4), scope_of(), requests(*pieces)).status == status
    assert len(inner.bodies) == (status == 200)


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    inner = Telling("inner")
    app = guarded(inner, venue="kucoin", body_s_max=0.001)
    beginning = [{"type": "http.request", "body": b"{", "more_body": True}]
    answer = called(app, scope_of(), beginning)
    assert (answer.status, inner.scopes) == (200, [])
    assert json.loads(answer.body)["code"] == "400100"


def test_what_comes_after_the_body_is_handed_on() -> None:
    seen: list[Any] = []

    async def app(_: Any, receive: Any, __: Any) -> None:
        seen.append(await receive())
        seen.append(await receive())

    guard = Guard(app, names=Names(), shape=SHAPES["kucoin"])
    called(guard, scope_of(), [*requests(b"{}"), {"type": "http.disconnect"}])
    assert [message["type"] for message in seen] == ["http.request", "http.disconnect"]


@pytest.mark.parametrize(
    ("trouble", "status", "code"),
    [
        (Trouble.TOO_MANY, 429, "429000"),
        (Trouble.UNAVAILABLE, 500, "500000"),
        (Trouble.STRANGER, 400, "400100"),
        (Trouble.TOO_LARGE, 200, "400100"),
        (Trouble.TOO_SLOW, 200, "400100"),
    ],
)
def test_kucoin_is_told_in_its_envelope(trouble: Trouble, status: int, code: str) -> None:
    answer = SHAPES["kucoin"](trouble)
    envelope = json.loads(answer.body)
    assert (answer.status, answer.media_type, envelope["code"]) == (status, "application/json", code)
    assert set(envelope) == {"code", "msg"}


@pytest.mark.parametrize(("trouble", "status"), [(Trouble.TOO_MANY, 429), (Trouble.UNAVAILABLE, 503)])
def test_hyperliquid_is_told_in_plain_text(trouble: Trouble, status: int) -> None:
    answer = SHAPES["hyperliquid"](trouble)
    assert (answer.status, answer.media_type.split(";")[0]) == (status, "text/plain")
