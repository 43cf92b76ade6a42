"""The service's own interface beside the gateway, asked by the same key."""

import asyncio
import json
from itertools import count
from typing import Any

import httpx

from solvent.api import create_app
from solvent.api.keys import Signed, signature_of
from solvent.api.limits import Caps
from solvent.runtime.secrecy import api_secret
from tests.unit.gateways.kucoin.serving import LINEAR, Keyed, Served


class Native:
    """A program that acts by the native interface of a served house."""

    def __init__(self, served: Served, key: Keyed) -> None:
        self._served = served
        self._key = key
        self._numbers = count(1)
        self._app: Any = served.run(self._made())

    def act(self, verb: str, *, symbol: str = LINEAR, nonce: str = "", **fields: str) -> int:
        """Carry an action out; returns the status."""
        body = json.dumps({"command": "act", "market": symbol, "verb": verb, "fields": fields}).encode()
        return self._served.run(self._acted(body, nonce or f"native-{next(self._numbers):06}"))

    async def _made(self) -> Any:
        caps = Caps(address_burst=10_000, account_burst=10_000)
        return create_app(self._served.house, caps=caps)

    async def _acted(self, body: bytes, nonce: str) -> int:
        path = "/api/v1/commands"
        signed = Signed(
            key=self._key.key_id,
            timestamp=str(self._served.wall_ms),
            method="POST",
            path=path,
            idempotency=nonce,
            body=body,
        )
        secret = api_secret(self._served.house.vault.secret, self._key.key_id)
        headers = {
            "Solvent-Key": signed.key,
            "Solvent-Timestamp": signed.timestamp,
            "Solvent-Signature": signature_of(secret, signed),
            "Idempotency-Key": nonce,
            "Content-Type": "application/json",
        }
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8420") as client:
            answer = await client.post(path, content=body, headers=headers)
        await asyncio.sleep(0)
        return answer.status_code
