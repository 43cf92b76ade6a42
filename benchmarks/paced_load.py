"""An open loop: signed intents that are due at a fixed rate, whether or not those before them were answered.

A request that has to wait for a free connection waits in the count, too: its time runs from when it was due.
The loop looks at the clock every millisecond: a request may start that much late, at the server's cost.
Run in the product's environment:
`python -m benchmarks.paced_load PORT VENUE WAY CONNECTIONS REQUESTS NAME ACCOUNTS RATE`.
"""

import asyncio
import gc
import json
import sys
import time
from collections import deque
from functools import partial
from typing import Any

import uvloop

from benchmarks.http_load import is_whole, requests_of


class Waiting:
    """What is due and not sent, which connections are free, and whether more will come."""

    def __init__(self) -> None:
        self.due = deque[tuple[float, bytes]]()
        self.free = list["Paced"]()
        self.is_over = False

    def add(self, due_s: float, request: bytes) -> None:
        """Send a request that is due on a free connection, or keep it until there is one."""
        self.due.append((due_s, request))
        if self.free:
            self.free.pop().begin()

    def end(self) -> None:
        """Let every connection end once nothing is due."""
        self.is_over = True
        while self.free:
            self.free.pop().begin()


class Paced(asyncio.Protocol):
    """A connection that sends what is due, and waits where nothing is."""

    def __init__(self, waiting: Waiting, took: list[float], done: asyncio.Future[None]) -> None:
        self._waiting, self._took, self._done = waiting, took, done
        self._found, self._due_s = b"", 0.0

    def connection_made(self, transport: Any) -> None:
        """Be connected, and wait for what is due."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Look whether an answer is whole, and whether it is a good one."""
        found = self._found = self._found + data
        if not is_whole(found):
            return
        self._took.append(time.perf_counter() - self._due_s)
        if not found.startswith(b"HTTP/1.1 200"):
            self._end(f"refused: {found[:800]!r}")
            return
        self._found = b""
        self.begin()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell that the server hung up, unless all was done."""
        self._end(f"the server hung up: {error!r}")

    def begin(self) -> None:
        """Send the request that has been due for longest."""
        if self._waiting.due:
            self._due_s, request = self._waiting.due.popleft()
            self._transport.write(request)
        elif self._waiting.is_over:
            self._end("")
        else:
            self._waiting.free.append(self)

    def _end(self, fault: str) -> None:
        if self._done.done():
            return
        if fault:
            self._done.set_exception(SystemExit(fault))
        else:
            self._done.set_result(None)
        self._transport.close()


async def shoot(port: int, connections: int, requests: list[bytes], rate: float) -> dict[str, float]:
    """Send everything at the rate; return the latencies from when each was due."""
    loop = asyncio.get_running_loop()
    waiting, took = Waiting(), list[float]()
    ends: list[asyncio.Future[None]] = [loop.create_future() for _ in range(connections)]
    for end in ends:
        made: tuple[Any, Paced] = await loop.create_connection(
            partial(Paced, waiting, took, end), "127.0.0.1", port
        )
        waiting.free.append(made[1])
    gc.disable()
    started, sent = time.perf_counter(), 0
    while sent < len(requests):
        ready = min(len(requests), int((time.perf_counter() - started) * rate) + 1)
        for number in range(sent, ready):
            waiting.add(started + number / rate, requests[number])
        sent = ready
        await asyncio.sleep(max(0.0, started + sent / rate - time.perf_counter()))
    waiting.end()
    await asyncio.gather(*ends)
    took.sort()
    return {"p50_ms": took[len(took) // 2] * 1e3, "p99_ms": took[len(took) * 99 // 100] * 1e3}


def main() -> None:
    """Read the command line, shoot, and print."""
    port, venue, way, connections, count, name, accounts, rate = sys.argv[1:]
    requests = requests_of(venue, way, int(count), name, int(accounts))
    print(json.dumps(uvloop.run(shoot(int(port), int(connections), requests, float(rate)))))


if __name__ == "__main__":
    main()
