"""Keys for other venues' clients and play money, handed out by the sandbox to its own machine alone."""

import asyncio
import hmac
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx
import pytest
from eth_account import Account

from solvent.api import create_app
from solvent.engine import commands
from solvent.runtime import House
from solvent.runtime.sandbox import Sandbox
from solvent.runtime.sandbox.handing import HyperliquidKey, KucoinKey, address_of
from tests.unit.api.sandboxes import opened

pytestmark = pytest.mark.slow

Scene = Callable[[House, Sandbox, httpx.AsyncClient], Coroutine[None, None, None]]
ADDRESS = "0x5e9ee1089755c3435139848e47e6635505d5a13a"


def play(scene: Scene, *, folder: Path, peer: str = "127.0.0.1", **given: Any) -> None:
    async def played() -> None:
        async with opened(folder, **given) as (house, sandbox):
            transport = httpx.ASGITransport(create_app(house), client=(peer, 50_000))  # type: ignore[arg-type]
            base = "http://127.0.0.1/api/v1/sandbox"
            async with httpx.AsyncClient(transport=transport, base_url=base) as http:
                await scene(house, sandbox, http)

    asyncio.run(played())


def test_an_address_is_derived_from_its_key_as_ethereum_does() -> None:
    secret = bytes.fromhex("0123456789012345678901234567890123456789012345678901234567890123")
    assert address_of(secret) == "0x14791697260e4c9a71f18484c9f997b308e59325"
    assert address_of(secret) == Account.from_key(secret).address.lower()


def test_keys_for_clients_are_bound_to_the_account_that_was_asked_for(tmp_path: Path) -> None:
    async def scene(house: House, sandbox: Sandbox, http: httpx.AsyncClient) -> None:
        async def made(path: str, **body: Any) -> Any:
            answer = await http.post(path, json=body)
            assert answer.status_code == 200, answer.text
            return answer.json()

        state, own = house.follower.state, sandbox.wallet.account
        held = state.balance(f"wallet:{own}", "USDC")
        first, fresh = await made("/hyperliquid-key"), await made("/hyperliquid-key", account="new")
        for key in (first, fresh):
            assert Account.from_key(key["private_key"]).address.lower() == key["address"]
            assert state.identities[f"ethereum:{key['address']}"] == key["account"]
        assert first["account"] == own
        assert fresh["account"] != own
        assert state.balance(f"wallet:{own}", "USDC") == max(held, 10_000_000_000)
        assert state.balance(f"wallet:{fresh['account']}", "USDC") == 10_000_000_000

        granted = await made("/kucoin-key", account=fresh["address"].upper().replace("0X", "0x"))
        assert granted["account"] == fresh["account"]
        assert state.keys[granted["key"]].account == fresh["account"]
        assert set(state.keys[granted["key"]].scopes) == {"read", "trade", "margin"}
        assert state.balance(f"wallet:{fresh['account']}", "USDT") == 100_000_000_000_000
        secret = hmac.digest(
            house.vault.secret, b"solvent kucoin secret\n" + granted["key"].encode(), "sha256"
        )
        assert granted["secret"] == secret.hex()
        assert granted["passphrase"] not in ("", granted["secret"])
        other = await made("/kucoin-key", account="new")
        assert other["account"] not in (own, fresh["account"])
        assert len({granted["secret"], other["secret"]}) == 2

        unknown = await http.post("/kucoin-key", json={"account": ADDRESS})
        assert (unknown.status_code, unknown.json()["code"]) == (404, "NOT_FOUND")
        assert f"ethereum:{ADDRESS}" not in state.identities

    play(scene, folder=tmp_path)


def test_an_address_is_registered_by_being_funded_and_only_once(tmp_path: Path) -> None:
    async def scene(house: House, _: Sandbox, http: httpx.AsyncClient) -> None:
        body = {"account": ADDRESS.upper().replace("0X", "0x"), "asset": "USDC", "amount": "7"}
        answers = [(await http.post("/fund", json=body)).json() for _ in range(2)]
        (account,) = {answer["account"] for answer in answers}
        state = house.follower.state
        assert state.identities[f"ethereum:{ADDRESS}"] == account
        assert state.balance(f"wallet:{account}", "USDC") == 14_000_000
        # Bound elsewhere it is that account's.
        other = "ab" * 16
        opening = commands.OpenAccount(account=other, identities=("ethereum:0x" + "c" * 40,))
        assert (await house.submit(opening, key="opening-other")).is_accepted
        found = (await http.post("/fund", json=body | {"account": "0x" + "C" * 40})).json()
        assert found["account"] == other

    play(scene, folder=tmp_path)


@pytest.mark.parametrize("path", ["/hyperliquid-key", "/kucoin-key"])
@pytest.mark.parametrize(("peer", "host"), [("192.0.2.7", "127.0.0.1"), ("127.0.0.1", "0.0.0.0")])
def test_no_key_is_handed_out_where_others_listen(tmp_path: Path, path: str, peer: str, host: str) -> None:
    async def scene(house: House, _: Sandbox, http: httpx.AsyncClient) -> None:
        answer = await http.post(path, json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "NOT_ALLOWED")
        assert not house.follower.state.keys

    play(scene, folder=tmp_path, peer=peer, host=host)


def test_a_keys_secrets_are_in_no_message() -> None:
    key = HyperliquidKey(account="a", address="0x1", private_key="0xsecret")
    granted = KucoinKey(account="a", key="k", secret="secret", passphrase="secret")
    assert "secret" not in f"{key} {key!r} {granted} {granted!r}"
