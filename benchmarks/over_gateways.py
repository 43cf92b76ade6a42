"""Row 19: signed margin updates through both gateways, against signed intents of the service.

One server answers all, as `solvent serve --gateway hyperliquid --gateway kucoin` joins them. Each way reads a
body, recovers or verifies a signature, and answers once the batch that holds the command is on the disk.
"""

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from benchmarks.over_http import PYTHON, served, shot
from benchmarks.targets import Measured, Outcome, Target
from benchmarks.timing import Timed

CONNECTIONS = 64


class Load(Struct, frozen=True):
    """How much of it: accounts, and requests a round of each way."""

    accounts: int
    requests: int


FULL = Load(accounts=2_000, requests=4_000)
QUICK = Load(accounts=500, requests=1_500)
FLOORS = Load(accounts=300, requests=800)
GATEWAY = Target("19", "Hyperliquid gateway ÷ native intents, 64 connections", 0.5, 0.8, "http")
KUCOIN = Target("19", "KuCoin gateway ÷ native intents, 64 connections", 0.5, 0.8, "http")
TARGETS = (GATEWAY, KUCOIN)
ROWS = frozenset(target.row for target in TARGETS)


def run(load: Load, rounds: int, folder: Path, say: Callable[[str], None]) -> Outcome:
    """Serve, and let each way take its turn in every round."""
    found = Outcome({}, [], [], [])
    if not PYTHON.exists():
        found.remarks.append("ROW 19 WAS NOT MEASURED: there is no .venv; run `make bench`")
        return found
    hyperliquid, kucoin, native = [], [], []
    own = folder / "gateways"
    own.mkdir()
    with served("gateway_server", own, load.accounts) as (port, venue):
        for number in range(rounds):
            hyperliquid.append(_shoot("gateway_load", port, load, f"g{number}"))
            kucoin.append(_shoot("kucoin_load", port, load, f"k{number}", str(own / "venue")))
            native.append(_shoot("http_load", port, load, f"n{number}", venue, "intents"))
            say(f"measured gateways round {number + 1} of {rounds}")
    found.measured.append(Measured(GATEWAY, Timed(hyperliquid, native)))
    found.measured.append(Measured(KUCOIN, Timed(kucoin, native)))
    return found


def _shoot(program: str, port: str, load: Load, name: str, *way: str) -> float:
    """Let one load run; return the microseconds of a request."""
    many = (str(CONNECTIONS), str(load.requests), name, str(load.accounts))
    return shot(program, port, *way, *many)["us"]
