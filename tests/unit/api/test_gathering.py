"""What one round of the event loop writes goes out in one piece, and nothing is lost at an end."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import uvicorn

from solvent.api.gathering import GatheringProtocol, _Gathering
from tests.unit.api.serving import Served


class Transport:
    """A transport that notes what is done to it."""

    def __init__(self) -> None:
        self.done: list[Any] = []
        self.is_gone = False

    def write(self, data: bytes) -> None:
        self.done.append(data)

    def close(self) -> None:
        self.done.append("closed")

    def is_closing(self) -> bool:
        return self.is_gone

    def get_extra_info(self, name: str) -> str:
        return f"the {name}"


def played(play: Callable[[Any], None]) -> list[Any]:
    """Play on a gathering transport, let the loop come round, and return what reached the inner one."""

    async def whole() -> list[Any]:
        inner: Any = Transport()
        play(_Gathering(inner, asyncio.get_running_loop()))
        await asyncio.sleep(0)
        return list(inner.done)

    return asyncio.run(whole())


def test_head_and_body_are_one_write() -> None:
    def play(transport: Any) -> None:
        transport.write(b"head ")
        transport.write(b"body")

    assert played(play) == [b"head body"]


def test_what_is_held_is_written_before_the_connection_is_closed() -> None:
    def play(transport: Any) -> None:
        transport.write(b"last words")
        transport.close()

    assert played(play) == [b"last words", "closed"]


def test_nothing_is_written_to_who_has_gone() -> None:
    def play(transport: Any) -> None:
        transport.write(b"hello?")
        transport.inner.is_gone = True

    assert played(play) == []


def test_all_else_is_the_transports_own() -> None:
    inner: Any = Transport()
    gathering = _Gathering(inner, asyncio.new_event_loop())
    assert gathering.get_extra_info("peername") == "the peername"


def test_requests_one_behind_the_other_on_a_connection_are_answered_in_order() -> None:
    with Served() as served:
        taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        config = uvicorn.Config(served.app, http=GatheringProtocol, log_level="error", lifespan="off")
        served._server = uvicorn.Server(config)
        served._serving = asyncio.run_coroutine_threadsafe(served._server.serve([taken]), served._loop)
        ask = b"GET /api/v1/markets/%b/price HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        with socket.create_connection(taken.getsockname(), timeout=30) as connection:
            connection.sendall(ask % b"BTC-PERP" + ask % b"nowhere" + ask % b"XBTUSDTM")
            found = b""
            while found.count(b"HTTP/1.1 ") < 3 or not found.endswith(b"}"):
                found += connection.recv(1 << 16)
        assert [found.find(part) for part in (b'"BTC-PERP"', b"MARKET_UNKNOWN", b'"XBTUSDTM"')] == sorted(
            found.find(part) for part in (b'"BTC-PERP"', b"MARKET_UNKNOWN", b'"XBTUSDTM"')
        )
