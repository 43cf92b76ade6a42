"""The short way of signed texts answers as the framework's handlers do, and leaves to them what is odd."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from solvent.api.acting import Acting
from solvent.api.answers import Sent
from solvent.api.lane import Lane, Plain, Way
from tests.contract.api.stage import TAKE, Stage, User, on_stage


async def of_framework(stage: Stage, path: str, body: bytes, **headers: str) -> httpx.Response:
    """Ask the framework's own handler, past the lane."""
    gate: Any = stage.client._transport.app  # type: ignore[attr-defined]
    lane, ways = gate.app, gate.app.ways
    assert isinstance(lane, Lane)
    lane.ways = {}
    try:
        return await stage.raw(path, body, headers)
    finally:
        lane.ways = ways


def same(one: httpx.Response, other: httpx.Response) -> None:
    """Two answers are one but for their request's id."""
    told = [
        {**found.json(), "request_id": ""} if "request_id" in found.json() else found.content
        for found in (one, other)
    ]
    assert told[0] == told[1]
    assert one.status_code == other.status_code
    headers = [
        {
            name: value
            for name, value in found.headers.items()
            if name not in ("x-request-id", "content-length")
        }
        for found in (one, other)
    ]
    assert headers[0] == headers[1]


def signed(user: User, **changes: Any) -> bytes:
    return json.dumps(user.wallet.signed(user.text(TAKE, **changes))).encode()


def test_an_intent_is_answered_byte_for_byte_as_by_the_framework() -> None:
    async def play(stage: Stage) -> None:
        user = await stage.user()
        for body in (signed(user), signed(user, account="f" * 32), signed(user, expires_ms=1000)):
            first = await stage.raw("/intents", body, {})
            again = await of_framework(stage, "/intents", body)
            once_more = await stage.raw("/intents", body, {})
            same(again, once_more)
            assert first.status_code == again.status_code

    on_stage(play)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b'{"text": 5}', b'{"text": "a", "public_key": "b", "signature": "c", "other": 1}'],
)
@pytest.mark.parametrize("path", ["/intents", "/batches", "/intents?more=1"])
def test_what_cannot_be_read_is_left_to_the_framework_to_explain(path: str, body: bytes) -> None:
    async def play(stage: Stage) -> None:
        found = await stage.raw(path, body, {})
        assert found.status_code == 400
        same(found, await of_framework(stage, path, body))

    on_stage(play)


def test_a_fault_of_the_service_is_answered_and_not_told() -> None:
    async def broken(_: Acting, __: Plain, ___: Any) -> Sent:
        raise ZeroDivisionError("a secret")

    async def play(stage: Stage) -> None:
        gate: Any = stage.client._transport.app  # type: ignore[attr-defined]
        gate.app.ways = {"/api/v1/intents": Way(read=lambda plain: plain, carry_out=broken)}
        found = await stage.raw("/intents", b"{}", {})
        assert (found.status_code, found.json()["code"]) == (500, "INTERNAL")
        assert "secret" not in found.text

    on_stage(play)


def test_what_stands_behind_the_lane_may_read_on_after_the_body() -> None:
    async def play() -> None:
        messages = iter(
            [{"type": "http.request", "body": b"x", "more_body": False}, {"type": "http.disconnect"}]
        )
        read: list[Any] = []

        async def app(_: Any, receive: Any, __: Any) -> None:
            read.extend([await receive(), await receive()])

        async def receive() -> Any:
            return next(messages)

        declined: Any = Way(read=lambda _: None, carry_out=None)  # type: ignore[arg-type]
        lane = Lane(app, acting=None, ways={"/x": declined})  # type: ignore[arg-type]
        scope: Any = {
            "type": "http",
            "method": "POST",
            "path": "/x",
            "raw_path": b"/x",
            "query_string": b"",
            "headers": [],
        }
        await lane(scope, receive, None)  # type: ignore[arg-type]
        assert [message["type"] for message in read] == ["http.request", "http.disconnect"]

    asyncio.run(play())
