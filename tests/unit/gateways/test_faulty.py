"""Each fault as a client of an application meets it."""

import asyncio
from typing import Any

import pytest

from solvent.gateways.failures import SHAPES
from solvent.gateways.faulty import ABORT, CALL, Faulty, ResponseLost
from solvent.runtime.sandbox.faults import Faults, Kind, Rule, Surface
from tests.unit.gateways.calling import Answered, Telling, called, calling, requests, scope_of

BODY = b'{"action":{"type":"order"}}'


class Scene:
    """An application behind faults, and how often its connection was cut."""

    def __init__(self, venue: str = "kucoin") -> None:
        self.inner = Telling("inner")
        self.faults = Faults(wall_ms=lambda: 0, now_ms=lambda: 0)
        self.app = Faulty(self.inner, surface=Surface(venue), faults=self.faults, shape=SHAPES[venue])
        self.cuts = 0

    def ask(self, path: str = "/exchange", body: bytes = BODY) -> Answered:
        scope = scope_of(path) | {"extensions": {ABORT: {CALL: self._cut}}}
        return called(self.app, scope, [*requests(body), {"type": "http.disconnect"}])

    def _cut(self) -> None:
        self.cuts += 1


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_without_a_fault_a_request_goes_through_as_it_came(scene: Scene) -> None:
    assert (scene.ask().body, scene.inner.bodies) == (b"inner", [BODY])
    scene.faults.add(Rule(kind=Kind.UNAVAILABLE, path="/elsewhere"))
    assert (scene.ask().body, scene.inner.bodies) == (b"inner", [BODY, BODY])


def test_a_lost_answer_is_carried_out_and_not_a_byte_of_it_is_sent(scene: Scene) -> None:
    scene.faults.add(Rule(kind=Kind.LOSE_RESPONSE, times=1))
    assert scene.ask().messages == ()
    assert (scene.inner.bodies, scene.cuts) == ([BODY], 1)
    assert scene.ask().body == b"inner"


def test_a_server_that_cannot_cut_a_connection_is_told(scene: Scene) -> None:
    scene.faults.add(Rule(kind=Kind.LOSE_RESPONSE))
    with pytest.raises(ResponseLost):
        called(scene.app, scope_of(), requests(BODY))


def test_a_doubled_request_arrives_twice_and_is_answered_once(scene: Scene) -> None:
    scene.faults.add(Rule(kind=Kind.DUPLICATE, times=1))
    assert scene.ask().body == b"inner"
    assert scene.inner.bodies == [BODY, BODY]


@pytest.mark.parametrize(
    ("venue", "kind", "status", "words"),
    [
        ("kucoin", Kind.RATE_LIMIT, 429, b'"code":"429000"'),
        ("kucoin", Kind.UNAVAILABLE, 500, b'"code":"500000"'),
        ("hyperliquid", Kind.RATE_LIMIT, 429, b"Too many requests"),
        ("hyperliquid", Kind.UNAVAILABLE, 503, b"Service unavailable"),
    ],
)
def test_a_refusal_is_in_the_venues_shape_and_nothing_is_done(
    venue: str, kind: Kind, status: int, words: bytes
) -> None:
    scene = Scene(venue)
    scene.faults.add(Rule(kind=kind))
    answer = scene.ask()
    assert (answer.status, scene.inner.bodies) == (status, [])
    assert words in answer.body


def test_a_delayed_request_waits_as_long_as_was_asked(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    scene.faults.add(Rule(kind=Kind.DELAY, delay_ms=1_500))
    assert (scene.ask().body, waited) == (b"inner", [1.5])


@pytest.mark.parametrize(
    ("body", "fires"),
    [
        (BODY, True),
        (b'{"type":"order"}', True),
        (b'{"action":{"type":"cancel"}}', False),
        (b'{"action":[]}', False),
        (b'{"type":5}', False),
        (b'[{"type":"order"}]', False),
        (b'{"type":"order"', False),
        (b"", False),
        (b'{"type":"\xff"}', False),
        (b'{"action":' + b"[" * 20_000, False),
    ],
)
def test_a_fault_of_an_action_looks_into_the_body(scene: Scene, body: bytes, fires: bool) -> None:
    scene.faults.add(Rule(kind=Kind.UNAVAILABLE, action="order"))
    assert (scene.ask(body=body).status == 500) == fires


def test_the_control_interface_never_fails(scene: Scene) -> None:
    scene.faults.add(Rule(kind=Kind.UNAVAILABLE))
    assert scene.ask("/api/v1/sandbox/faults").status == 200
    assert scene.ask("/api/v1/venue").status == 500


def test_a_body_that_nobody_takes_is_left_to_the_application_to_refuse(scene: Scene) -> None:
    scene.faults.add(Rule(kind=Kind.UNAVAILABLE))
    assert scene.ask(body=bytes(1024 * 1024 + 1)).body == b"inner"
    assert len(scene.inner.bodies[0]) == 1024 * 1024


class Listening:
    """A WebSocket application that accepts, and waits until it is ended."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.ended = 0

    async def __call__(self, _: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        self.began.set()
        try:
            await receive()
        finally:
            self.ended += 1


def test_open_sockets_are_closed_by_a_disconnection_and_new_ones_while_it_lasts() -> None:
    async def played() -> None:
        faults = Faults(wall_ms=lambda: 0, now_ms=lambda: 0)
        inner = Listening()
        app = Faulty(inner, surface=Surface.KUCOIN, faults=faults, shape=SHAPES["kucoin"])
        scope, connect = scope_of("/ws", kind="websocket"), [{"type": "websocket.connect"}]

        def opened() -> asyncio.Task[Answered]:
            return asyncio.ensure_future(calling(app, scope, connect))

        socket = opened()
        await inner.began.wait()
        faults.add(Rule(kind=Kind.DISCONNECT, surface=Surface.HYPERLIQUID))
        faults.add(Rule(kind=Kind.DISCONNECT, path="/ws"))
        sent = (await socket).messages
        assert [message["type"] for message in sent] == ["websocket.accept", "websocket.close"]
        assert (inner.ended, len(faults.log.fired)) == (1, 1)
        faults.add(Rule(kind=Kind.DISCONNECT, times=1))
        assert [message["type"] for message in (await opened()).messages] == ["websocket.close"]
        inner.began.clear()
        last = opened()
        await inner.began.wait()
        last.cancel()
        with pytest.raises(asyncio.CancelledError):
            await last
        assert inner.ended == 2

    asyncio.run(played())


def test_what_is_no_request_goes_through(scene: Scene) -> None:
    scene.faults.add(Rule(kind=Kind.UNAVAILABLE))
    called(scene.app, {"type": "lifespan"})
    assert scene.inner.scopes == [{"type": "lifespan"}]
