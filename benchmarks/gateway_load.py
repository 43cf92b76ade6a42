"""A closed loop of signed `/exchange` requests against a served gateway, as `http_load` does for intents.

Run in the product's environment: `python -m benchmarks.gateway_load PORT CONNECTIONS REQUESTS NAME ACCOUNTS`.
"""

import json
import sys
import time
from random import Random

from benchmarks import gateway_wallets
from benchmarks.http_load import shoot
from benchmarks.workload import USD

ACCEPTED = b'"status":"ok"'
DAY_MS = 86_400_000


def requests_of(count: int, name: str, accounts: int) -> list[bytes]:
    """Return signed takes and adds in turns, each under a nonce that its signer never used."""
    random = Random(name)  # noqa: S311 - amounts, not secrets
    first = time.time_ns() // 10**6 - random.randrange(DAY_MS)
    made = []
    for number in range(count):
        who, amount = random.randrange(accounts), random.randint(1, 10 * USD)
        ntli = -amount if number % 2 else amount
        action = {"type": "updateIsolatedMargin", "asset": 0, "isBuy": True, "ntli": ntli}
        nonce = first + number
        body = json.dumps(
            {
                "action": action,
                "nonce": nonce,
                "signature": gateway_wallets.sign(who, action, nonce),
                "vaultAddress": None,
                "expiresAfter": None,
            }
        ).encode()
        head = (
            "POST /hyperliquid/exchange HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


def main() -> None:
    """Read the command line, shoot, and print."""
    port, connections, count, name, accounts = sys.argv[1:]
    requests = requests_of(int(count), name, int(accounts))
    print(json.dumps(shoot(int(port), int(connections), requests, accepted=ACCEPTED)))


if __name__ == "__main__":
    main()
