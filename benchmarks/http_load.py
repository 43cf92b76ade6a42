"""A closed loop of so many connections against a served venue; prints what came of it as JSON.

Requests are made and signed before the clock starts; every answer is looked at. Run in the product's
environment: `python -m benchmarks.http_load PORT VENUE WAY CONNECTIONS REQUESTS NAME ACCOUNTS`, where WAY is
`intents`, `batches`, `bench/parse` or `bench/naive`.
"""

import asyncio
import json
import sys
import time
from random import Random

import uvloop

from benchmarks import http_wallets
from benchmarks.workload import MARKET, USD
from solvent.api import intents
from solvent.api.intents import Intent
from solvent.api.wishes import Act, Batch

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


def opened_ids(accounts: int) -> list[str]:
    """Return the ids that the server opens its accounts under."""
    random = Random(3)  # noqa: S311 - as the workload draws them
    return [f"{random.getrandbits(128):032x}" for _ in range(accounts)]


def _act(random: Random, number: int) -> Act:
    amount = f"{random.randint(1, 10 * USD) / USD:.6f}"
    verb = "take" if number % 2 else "add"
    return intents.act(verb=verb, market=MARKET, fields={"amount": amount}, order=("amount",), asset="USDC")


async def shoot(port: int, connections: int, requests: list[bytes]) -> dict[str, float]:
    """Send everything, each connection one after the other; return the rate and the latencies."""
    waiting = iter(requests)
    took: list[float] = []

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            started = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            body = await reader.readexactly(length)
            took.append(time.perf_counter() - started)
            if not head.startswith(b"HTTP/1.1 200"):
                raise SystemExit(f"refused: {body[:400]!r}")
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
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
