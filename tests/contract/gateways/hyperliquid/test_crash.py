"""A served venue that is killed: whoever sends the same signed bytes again finds them carried out once."""

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.contract.api.serving import WAIT_S, Served, served
from tests.contract.gateways.hyperliquid.stage import USD, Wallet, margin_of

pytestmark = pytest.mark.slow


class Clock:
    """Nonces of the wall clock that the served venue goes by."""

    def __init__(self, now_ms: int) -> None:
        self._last = now_ms

    def new_nonce(self) -> int:
        self._last += 1
        return self._last


@contextmanager
def gateway(folder: Path) -> Iterator[tuple[Served, httpx.Client]]:
    with (
        served(folder, "--gateway", "hyperliquid") as found,
        httpx.Client(base_url=f"{found.url}/hyperliquid", timeout=WAIT_S) as client,
    ):
        yield found, client


def sent(venue: Served, body: bytes) -> socket.socket:
    """Send a request and read nothing."""
    host, _, port = venue.url.removeprefix("http://").partition(":")
    found = socket.create_connection((host, int(port)), timeout=WAIT_S)
    head = (
        f"POST /hyperliquid/exchange HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    found.sendall(head.encode() + body)
    return found


def position(client: httpx.Client, address: str) -> dict[str, Any]:
    state = client.post("/info", json={"type": "clearinghouseState", "user": address}).json()
    found: dict[str, Any] = next(
        one["position"] for one in state["assetPositions"] if one["position"]["coin"] == "BTC"
    )
    return found


def test_bytes_sent_before_and_after_a_kill_are_carried_out_once(tmp_path: Path) -> None:
    with gateway(tmp_path) as (venue, client):
        venue.http.post("/sandbox/clock", json={"op": "pause"}).raise_for_status()
        made = venue.http.post("/sandbox/hyperliquid-key", json={}).json()
        now_ms = client.post("/info", json={"type": "exchangeStatus"}).json()["time"]
        stage: Any = Clock(now_ms)
        wallet = Wallet(stage, made["private_key"])
        assert wallet.address == made["address"]
        before = Decimal(position(client, wallet.address)["leverage"]["rawUsd"])
        bodies = [json.dumps(wallet.body(margin_of(USD))).encode() for _ in range(3)]
        answered = client.post("/exchange", content=bodies[0]).json()
        assert answered["status"] == "ok"
        # Of the others no answer is waited for.
        hasty = [sent(venue, body) for body in bodies[1:]]
        venue.end(signal.SIGKILL)
    for one in hasty:
        one.close()
    with gateway(tmp_path) as (_, client):
        for body in bodies * 2:
            told = client.post("/exchange", content=body).json()
            assert told["status"] == "ok" or told["response"].startswith("Invalid nonce: duplicate nonce ")
        after = Decimal(position(client, wallet.address)["leverage"]["rawUsd"])
    assert after - before == len(bodies)
