"""The open loop sends what is due in order, on whatever connection is free; no server, no clock."""

import asyncio
from collections.abc import Iterator

import pytest
from benchmarks.paced_load import Paced, Waiting

GOOD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"


class Wire:
    """Stands in for a connection's transport."""

    def __init__(self) -> None:
        self.written = list[bytes]()
        self.is_closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    made = asyncio.new_event_loop()
    yield made
    made.close()


def connected(
    loop: asyncio.AbstractEventLoop, waiting: Waiting, took: list[float]
) -> tuple[Paced, Wire, asyncio.Future[None]]:
    done, wire = loop.create_future(), Wire()
    line = Paced(waiting, took, done)
    line.connection_made(wire)
    waiting.free.append(line)
    return line, wire, done


def test_what_is_due_while_all_are_busy_is_sent_in_order_and_its_time_runs_from_when_it_was_due(
    loop: asyncio.AbstractEventLoop,
) -> None:
    waiting, took = Waiting(), list[float]()
    line, wire, _ = connected(loop, waiting, took)

    for number in range(3):
        waiting.add(-1_000.0 * (number + 1), b"%d" % number)
    assert wire.written == [b"0"]
    line.data_received(GOOD[:20])
    line.data_received(GOOD[20:])
    line.data_received(GOOD)

    assert wire.written == [b"0", b"1", b"2"]
    assert took[0] > 1_000
    assert took[1] > 2_000


def test_a_connection_ends_once_nothing_more_will_be_due_and_not_before(
    loop: asyncio.AbstractEventLoop,
) -> None:
    waiting, took = Waiting(), list[float]()
    idle, busy = connected(loop, waiting, took), connected(loop, waiting, took)
    waiting.add(0.0, b"last")

    waiting.end()

    assert idle[2].done()
    ends = [busy[1].is_closed]
    busy[0].data_received(GOOD)
    assert [*ends, busy[1].is_closed] == [False, True]
    assert len(took) == 1


def test_a_refusal_ends_the_run(loop: asyncio.AbstractEventLoop) -> None:
    waiting = Waiting()
    line, _, done = connected(loop, waiting, [])
    waiting.add(0.0, b"one")

    line.data_received(b"HTTP/1.1 422 Unprocessable\r\ncontent-length: 2\r\n\r\n{}")

    with pytest.raises(SystemExit, match="refused"):
        done.result()
