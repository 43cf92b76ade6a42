"""A closed loop of signed KuCoin requests against a served gateway, as `gateway_load` does for Hyperliquid's.

Run in the product's environment: `python -m benchmarks.kucoin_load PORT FOLDER CONNECTIONS REQUESTS NAME
ACCOUNTS`; the keys' secrets follow from that of the venue in FOLDER.
"""

import base64
import hmac
import json
import sys
import time
from functools import cache
from pathlib import Path
from random import Random

from benchmarks.http_load import shoot
from solvent.runtime.secrecy import FILE, kucoin_passphrase, kucoin_secret

ACCEPTED = b'"code":"200000"'
SYMBOL = "XBTUSDTM"
# Requests are signed before the clock starts, and taken within five seconds of their moment, to both sides.
AHEAD_MS = 4_000
ADD, TAKE = "/api/v1/position/margin/deposit-margin", "/api/v1/margin/withdrawMargin"


def key_id(number: int) -> str:
    """Return the id of an account's key."""
    return f"{number:032x}"


@cache
def _secrets(venue: bytes, number: int) -> tuple[bytes, str]:
    secret, passphrase = kucoin_secret(venue, key_id(number)), kucoin_passphrase(venue, key_id(number))
    return secret.encode(), _signed(secret.encode(), passphrase)


def _signed(secret: bytes, text: str) -> str:
    return base64.b64encode(hmac.digest(secret, text.encode(), "sha256")).decode()


def requests_of(venue: bytes, count: int, name: str, accounts: int) -> list[bytes]:
    """Return signed additions and removals in turns, each addition under a number of its own."""
    random = Random(name)  # noqa: S311 - amounts, not secrets
    stamp = str(time.time_ns() // 10**6 + AHEAD_MS)
    made = []
    for number in range(count):
        who, amount = random.randrange(accounts), f"0.{random.randint(1_000, 9_999)}"
        taken = {"symbol": SYMBOL, "withdrawAmount": amount}
        added = {"symbol": SYMBOL, "margin": amount, "bizNo": f"{name}-{number}"}
        path, body = (TAKE, json.dumps(taken)) if number % 2 else (ADD, json.dumps(added))
        secret, passphrase = _secrets(venue, who)
        head = (
            f"POST /kucoin{path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"KC-API-KEY: {key_id(who)}\r\nKC-API-TIMESTAMP: {stamp}\r\nKC-API-KEY-VERSION: 3\r\n"
            f"KC-API-SIGN: {_signed(secret, f'{stamp}POST{path}{body}')}\r\n"
            f"KC-API-PASSPHRASE: {passphrase}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body.encode())
    return made


def main() -> None:
    """Read the command line, shoot, and print."""
    port, folder, connections, count, name, accounts = sys.argv[1:]
    venue = (Path(folder) / FILE).read_bytes()
    requests = requests_of(venue, int(count), name, int(accounts))
    print(json.dumps(shoot(int(port), int(connections), requests, accepted=ACCEPTED)))


if __name__ == "__main__":
    main()
