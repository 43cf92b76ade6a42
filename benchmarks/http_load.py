"""A closed loop of so many connections against a served venue; prints what came of it as JSON.

Requests are made and signed before the clock starts; every answer is looked at. Run in the product's
environment: `python -m benchmarks.http_load PORT VENUE WAY CONNECTIONS REQUESTS NAME ACCOUNTS`, where WAY is
`intents`, `batches`, `bench/parse` or `bench/naive`; `commands`, `bench/key-parse` or `bench/key-naive`.
"""

import gc
import json
import selectors
import socket
import sys
import time
from contextlib import ExitStack
from random import Random

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
READ_BYTES = 1 << 16
LENGTH = b"content-length: "
# Whatever the answer is to it, the server has a connection by then, of which it takes one after the other.
GREETING = b"GET /api/v1/venue HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


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


class Line:
    """One connection of the loop: what is sent on it, and the answer to it as far as it has come.

    As little as can be: the server shares the machine's cores with it.
    """

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._found, self._sent_s = b"", 0.0

    def greet(self) -> None:
        """Send something that costs nothing, and wait for its answer."""
        self.socket.sendall(GREETING)
        found = b""
        while not is_whole(found):
            found += self.socket.recv(READ_BYTES)

    def send(self, request: bytes) -> None:
        """Send a request."""
        self._sent_s = time.perf_counter()
        self.socket.sendall(request)

    def took_s(self, accepted: bytes) -> float | None:
        """Read what came; return how long an answer took once it is whole, or none as long as it is not.

        Errors: `SystemExit` for an answer that is no good one, or where the server hung up.
        """
        data = self.socket.recv(READ_BYTES)
        if not data:
            raise SystemExit("the server hung up")
        found = self._found + data if self._found else data
        if not is_whole(found):
            self._found = found
            return None
        if not found.startswith(b"HTTP/1.1 200") or accepted not in found:
            raise SystemExit(f"refused: {found[:800]!r}")
        self._found = b""
        return time.perf_counter() - self._sent_s


def is_whole(found: bytes) -> bool:
    """Tell whether an answer has come to its end."""
    end = found.find(b"\r\n\r\n")
    if end < 0:
        return False
    at = found.find(LENGTH, 0, end) + len(LENGTH)
    return len(found) >= end + 4 + int(found[at : found.index(b"\r", at)])


def shoot(port: int, connections: int, requests: list[bytes], *, accepted: bytes = b"") -> dict[str, float]:
    """Send everything, each connection one after the other; return the rate and the latencies.

    `own_us` is what the load itself takes of a processor for each request.
    An answer without `accepted` in it is a refusal, which ends the run.
    """
    lines = [Line(port) for _ in range(min(connections, len(requests)))]
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        for line in lines:
            stack.enter_context(line.socket)
            selector.register(line.socket, selectors.EVENT_READ, line)
            line.greet()
        waiting, took = iter(requests), list[float]()
        gc.disable()
        started, own = time.perf_counter(), time.process_time()
        for line in lines:
            line.send(next(waiting))
        while len(took) < len(requests):
            for key, _ in selector.select():
                line = key.data
                taken = line.took_s(accepted)
                if taken is not None:
                    took.append(taken)
                    request = next(waiting, None)
                    if request is not None:
                        line.send(request)
        took_s, own_s = time.perf_counter() - started, time.process_time() - own
    took.sort()
    return {
        "us": took_s * 1e6 / len(requests),
        "own_us": own_s * 1e6 / len(requests),
        "p50_ms": took[len(took) // 2] * 1e3,
        "p99_ms": took[len(took) * 99 // 100] * 1e3,
    }


def main() -> None:
    """Read the command line, shoot, and print."""
    port, venue, way, connections, count, name, accounts = sys.argv[1:]
    requests = requests_of(venue, way, int(count), name, int(accounts))
    print(json.dumps(shoot(int(port), int(connections), requests)))


if __name__ == "__main__":
    main()
