"""A closed loop of so many connections against a served venue; prints what came of it as JSON.

Requests are made and signed before the clock starts; every answer is looked at. Run in the product's
environment: `python -m benchmarks.http_load PORT VENUE WAY CONNECTIONS REQUESTS NAME ACCOUNTS`, where WAY is
`intents`, `batches`, `bench/parse` or `bench/naive`; `commands`, `bench/key-parse` or `bench/key-naive`.
"""

import asyncio
import gc
import json
import sys
import time
from collections.abc import Iterator
from functools import partial
from random import Random
from typing import Any

import uvloop

from benchmarks import http_wallets
from benchmarks.workload import MARKET, USD
from solvent.api import intents
from solvent.api.intents import Intent
from solvent.api.keys import Signed, signature_of
from solvent.api.wishes import Act, Batch

# What an API key signs; the others a wallet does.
KEYED = ("commands", "bench/key-parse", "bench/key-naive")
STEPS = 100
AHEAD_MS = 3_600_000
MS_PER_S = 1_000


def requests_of(venue: str, way: str, count: int, name: str, accounts: int) -> list[bytes]:
    """Return signed requests: takes and adds in turns, each under a nonce that was never used."""
    random = Random(f"{name} {way}")  # noqa: S311 - amounts, not secrets
    ids = opened_ids(accounts)
    expires_ms = (time.time_ns() // 10**6 // MS_PER_S) * MS_PER_S + AHEAD_MS
    made = []
    for number in range(count):
        who = random.randrange(accounts)
        if way in KEYED:
            made.append(_keyed(random, way, number, f"{name}-{number:08}", who))
            continue
        asks = [_act(random, number + step) for step in range(STEPS if way == "batches" else 1)]
        ask = Batch(steps=tuple(asks)) if way == "batches" else asks[0]
        nonce = f"{name}-{way.replace('/', '-')}-{number}"
        text = intents.render(
            Intent(venue=venue, ask=ask, account=ids[who], nonce=nonce, expires_ms=expires_ms)
        )
        body = json.dumps(
            {
                "text": text,
                "public_key": http_wallets.public_key(who),
                "signature": http_wallets.sign(who, text),
            }
        ).encode()
        head = (
            f"POST /api/v1/{way} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


def _keyed(random: Random, way: str, number: int, idempotency: str, who: int) -> bytes:
    """Return a command as an account's API key signs it."""
    act = _act(random, number)
    body = json.dumps(
        {"command": "act", "market": act.market, "verb": act.verb, "fields": dict(act.fields)}
    ).encode()
    signed = Signed(
        key=http_wallets.key_id(who),
        timestamp=str(time.time_ns() // 10**6),
        method="POST",
        path=f"/api/v1/{way}",
        idempotency=idempotency,
        body=body,
    )
    head = (
        f"POST {signed.path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"Solvent-Key: {signed.key}",
        f"Solvent-Timestamp: {signed.timestamp}",
        f"Solvent-Signature: {signature_of(http_wallets.secret(who), signed)}",
        f"Idempotency-Key: {idempotency}",
    )
    return "\r\n".join((*head, "", "")).encode() + body


def opened_ids(accounts: int) -> list[str]:
    """Return the ids that the server opens its accounts under."""
    random = Random(3)  # noqa: S311 - as the workload draws them
    return [f"{random.getrandbits(128):032x}" for _ in range(accounts)]


def _act(random: Random, number: int) -> Act:
    amount = f"{random.randint(1, 10 * USD) / USD:.6f}"
    verb = "take" if number % 2 else "add"
    return intents.act(verb=verb, market=MARKET, fields={"amount": amount}, order=("amount",), asset="USDC")


class Shooter(asyncio.Protocol):
    """One connection: it sends the next request as soon as the last one is answered.

    As little as can be: the server shares the machine's cores with it.
    """

    def __init__(
        self, waiting: Iterator[bytes], took: list[float], accepted: bytes, done: asyncio.Future[None]
    ) -> None:
        self._waiting, self._took, self._accepted, self._done = waiting, took, accepted, done
        self._found, self._started = b"", 0.0

    def connection_made(self, transport: Any) -> None:
        """Be connected, and wait for the others."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Look whether an answer is whole, and whether it is a good one."""
        found = self._found = self._found + data if self._found else data
        end = found.find(b"\r\n\r\n")
        if end < 0:
            return
        at = found.find(b"content-length: ", 0, end) + len(b"content-length: ")
        if len(found) < end + 4 + int(found[at : found.index(b"\r", at)]):
            return
        self._took.append(time.perf_counter() - self._started)
        if not found.startswith(b"HTTP/1.1 200") or self._accepted not in found:
            self._end(f"refused: {found[:800]!r}")
            return
        self._found = b""
        self.begin()

    def connection_lost(self, error: Exception | None) -> None:
        """Tell that the server hung up, unless all was done."""
        self._end(f"the server hung up: {error!r}")

    def begin(self) -> None:
        """Send the next request; the first one once all are connected."""
        request = next(self._waiting, None)
        if request is None:
            self._end("")
            return
        self._started = time.perf_counter()
        self._transport.write(request)

    def _end(self, fault: str) -> None:
        if self._done.done():
            return
        if fault:
            self._done.set_exception(SystemExit(fault))
        else:
            self._done.set_result(None)
        self._transport.close()


async def shoot(
    port: int, connections: int, requests: list[bytes], *, accepted: bytes = b""
) -> dict[str, float]:
    """Send everything, each connection one after the other; return the rate and the latencies.

    An answer without `accepted` in it is a refusal, which ends the run.
    """
    loop = asyncio.get_running_loop()
    waiting, took = iter(requests), list[float]()
    ends = [loop.create_future() for _ in range(connections)]
    shooters = []
    for end in ends:
        _, shooter = await loop.create_connection(
            partial(Shooter, waiting, took, accepted, end), "127.0.0.1", port
        )
        shooters.append(shooter)
    gc.disable()
    started = time.perf_counter()
    for shooter in shooters:
        shooter.begin()
    await asyncio.gather(*ends)
    took_s = time.perf_counter() - started
    took.sort()
    return {
        "us": took_s * 1e6 / len(requests),
        "p50_ms": took[len(took) // 2] * 1e3,
        "p99_ms": took[len(took) * 99 // 100] * 1e3,
    }


def main() -> None:
    """Read the command line, shoot, and print."""
    port, venue, way, connections, count, name, accounts = sys.argv[1:]
    requests = requests_of(venue, way, int(count), name, int(accounts))
    print(json.dumps(uvloop.run(shoot(int(port), int(connections), requests))))


if __name__ == "__main__":
    main()
