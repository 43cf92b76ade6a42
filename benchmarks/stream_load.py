"""A few streams against a served venue, each with its own API key; prints what a line took as JSON.

Lines are made before the clock starts, and sent as fast as they are taken; every answer is looked at. Run in
the product's environment: `python -m benchmarks.stream_load PORT VENUE STREAMS LINES NAME ACCOUNTS`.
"""

import asyncio
import gc
import json
import sys
import time
from random import Random
from typing import Any

import uvloop

from benchmarks import http_wallets
from benchmarks.workload import MARKET, USD
from solvent.api.keys import Signed, signature_of

PATH = "/api/v1/stream"


def request_of(who: int, count: int, name: str) -> tuple[bytes, bytes]:
    """Return the head of a stream and its lines: takes and adds in turns, each under a key of its own."""
    random = Random(f"{name} {who}")  # noqa: S311 - amounts, not secrets
    lines = []
    for number in range(count):
        command = {
            "key": f"{name}-{who}-{number:08}",
            "command": "act",
            "market": MARKET,
            "verb": "take" if number % 2 else "add",
            "fields": {"amount": f"{random.randint(1, 10 * USD) / USD:.6f}"},
        }
        lines.append(json.dumps(command).encode() + b"\n")
    body = b"".join(lines)
    signed = Signed(
        key=http_wallets.key_id(who),
        timestamp=str(time.time_ns() // 10**6),
        method="POST",
        path=PATH,
        idempotency="",
        body=b"",
    )
    head = (
        f"POST {PATH} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/x-ndjson",
        f"Content-Length: {len(body)}",
        f"Solvent-Key: {signed.key}",
        f"Solvent-Timestamp: {signed.timestamp}",
        f"Solvent-Signature: {signature_of(http_wallets.secret(who), signed)}",
    )
    return "\r\n".join((*head, "", "")).encode(), body


class Streamer(asyncio.Protocol):
    """One stream: everything is sent, and answers are counted as they come."""

    def __init__(self, count: int, done: asyncio.Future[None]) -> None:
        self._left, self._done, self._end = count, done, b""

    def connection_made(self, transport: Any) -> None:
        """Be connected, and wait for the others."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Count what was accepted; the end says that there is no more."""
        found = self._end + data
        # A piece that may go on is looked at again with what follows.
        cut = found.rfind(b"\n") + 1
        whole, self._end = found[:cut], found[cut:]
        self._left -= whole.count(b'"status":200')
        if b'"problem"' in whole or b"HTTP/1.1 4" in whole:
            self._finish(f"refused: {whole[:800]!r}")
        elif b'{"end":' in whole:
            self._finish("" if self._left == 0 else f"{self._left} lines were not answered")

    def connection_lost(self, error: Exception | None) -> None:
        """Tell that the server hung up, unless all was done."""
        self._finish(f"the server hung up: {error!r}")

    def _finish(self, fault: str) -> None:
        if self._done.done():
            return
        if fault:
            self._done.set_exception(SystemExit(fault))
        else:
            self._done.set_result(None)
        self.transport.close()


async def stream(port: int, count: int, requests: list[tuple[bytes, bytes]]) -> dict[str, float]:
    """Send everything at once, and return the microseconds a line."""
    loop = asyncio.get_running_loop()
    ends = [loop.create_future() for _ in requests]
    streamers = []
    for end in ends:
        _, made = await loop.create_connection(lambda end=end: Streamer(count, end), "127.0.0.1", port)  # type: ignore[misc]
        streamers.append(made)
    gc.disable()
    started = time.perf_counter()
    for streamer, (head, body) in zip(streamers, requests, strict=True):
        streamer.transport.write(head + body)
    await asyncio.gather(*ends)
    return {"us": (time.perf_counter() - started) * 1e6 / (count * len(requests))}


def main() -> None:
    """Read the command line, stream, and print."""
    port, _, streams, count, name, accounts = sys.argv[1:]
    number = min(int(streams), int(accounts))
    requests = [request_of(who, int(count), name) for who in range(number)]
    print(json.dumps(uvloop.run(stream(int(port), int(count), requests))))


if __name__ == "__main__":
    main()
