"""A real `solvent serve` in a process of its own, with both gateways, and what its sandbox is told to do."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

STARTS_WITHIN_LINES = 200
STEP_MS = 600_000
GATEWAYS = ("--gateway", "hyperliquid", "--gateway", "kucoin")


@dataclass(frozen=True)
class HyperliquidKey:
    """A key of a fresh sandbox account with 10,000 USDC."""

    account: str
    address: str
    private_key: str


@dataclass(frozen=True)
class KucoinKey:
    """A key of a fresh sandbox account with 10,000 USDT."""

    account: str
    key: str
    secret: str
    passphrase: str


@dataclass(frozen=True)
class House:
    """A served venue; its time and prices move only when they are told to, so figures can be foretold."""

    url: str

    @property
    def hyperliquid(self) -> str:
        """The base URL for Hyperliquid's clients."""
        return f"{self.url}/hyperliquid"

    @property
    def kucoin(self) -> str:
        """The base URL for KuCoin's clients."""
        return f"{self.url}/kucoin"

    def turn(self, path: str, **body: Any) -> dict[str, Any]:
        """Ask the sandbox for something."""
        answer = httpx.post(f"{self.url}/api/v1/sandbox/{path}", json=body, timeout=120, trust_env=False)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def price(self, market: str, price: str) -> None:
        """Let a market's price be this one from now on."""
        self.turn("price", market=market, price=price)

    def advance(self, ms: int) -> None:
        """Let time pass."""
        self.turn("clock", op="advance", by_ms=ms, step_ms=min(ms, STEP_MS))

    def hyperliquid_key(self) -> HyperliquidKey:
        """Return a key of a new account."""
        told = self.turn("hyperliquid-key", account="new")
        return HyperliquidKey(told["account"], told["address"], told["private_key"])

    def kucoin_key(self) -> KucoinKey:
        """Return a key of a new account."""
        told = self.turn("kucoin-key", account="new")
        return KucoinKey(told["account"], told["key"], told["secret"], told["passphrase"])


@contextmanager
def served(folder: Path, *more: str) -> Iterator[House]:
    """Serve a sandbox from this environment until the block ends."""
    program = [
        str(Path(sys.executable).with_name("solvent")),
        "serve",
        "--port",
        "0",
        "--data",
        str(folder / "data"),
    ]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with (folder / "serve.log").open("w") as log:
        process = subprocess.Popen(
            [*program, *GATEWAYS, "--set", "clock=virtual", *more],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=environment,
        )
        try:
            house = House(_ready(process, folder))
            house.turn("clock", op="pause")
            yield house
        finally:
            process.terminate()
            process.communicate(timeout=30)


def _ready(process: "subprocess.Popen[str]", folder: Path) -> str:
    assert process.stdout is not None
    for _ in range(STARTS_WITHIN_LINES):
        line = process.stdout.readline()
        if line.startswith("ready "):
            return line.split()[1]
        if not line:
            break
    raise AssertionError((folder / "serve.log").read_text())
