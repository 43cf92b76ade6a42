"""An answer is lost after its commit, at each of the three surfaces: who asks again is not paid twice.

The connection is really cut, by the sandbox's own fault; each client then repeats as its venue's would.
"""

import hmac
import json
from base64 import b64encode
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from coincurve import PrivateKey

from solvent.cli.trade.connection import Connection
from solvent.gateways.hyperliquid.signing import l1_digest, l1_hash
from solvent.runtime import wall_ms
from solvent.testing import Sandbox

pytestmark = pytest.mark.slow

SYMBOL = "XBTUSDTM"


@pytest.fixture(scope="module")
def venue() -> Iterator[Sandbox]:
    with Sandbox.started() as found:
        yield found


def lost(venue: Sandbox, surface: str, path: str, ask: Any) -> None:
    """Ask once, and get no answer."""
    venue.faults.lose_response(surface, path, times=1)
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        ask()


class Hyperliquid:
    """A client of Hyperliquid that keeps the bytes that it signed."""

    def __init__(self, venue: Sandbox, *, account: str = "new") -> None:
        key = venue.hyperliquid_key(account)
        self.url, self.address = venue.hyperliquid_url, key["address"]
        self._key = PrivateKey.from_hex(key["private_key"][2:])
        self._nonce = wall_ms()

    def signed(self, action: dict[str, Any]) -> dict[str, Any]:
        self._nonce += 1
        digest = l1_digest(l1_hash(action, nonce=self._nonce, vault_address=None, expires_after=None))
        found = self._key.sign_recoverable(digest, hasher=None)
        r, s = (int.from_bytes(part) for part in (found[:32], found[32:64]))
        return {
            "action": action,
            "nonce": self._nonce,
            "signature": {"r": hex(r), "s": hex(s), "v": 27 + found[64]},
            "vaultAddress": None,
        }

    def send(self, body: dict[str, Any]) -> Any:
        return httpx.post(f"{self.url}/exchange", json=body).json()

    @property
    def raw_usd(self) -> Decimal:
        body = {"type": "clearinghouseState", "user": self.address, "dex": ""}
        held = [one["position"] for one in httpx.post(f"{self.url}/info", json=body).json()["assetPositions"]]
        return next(Decimal(one["leverage"]["rawUsd"]) for one in held if one["coin"] == "BTC")


class Kucoin:
    """A client of KuCoin."""

    def __init__(self, venue: Sandbox) -> None:
        self._key, self._url = venue.kucoin_key(), venue.kucoin_url

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        sent = json.dumps(body) if body else ""
        stamp, secret = str(wall_ms()), self._key["secret"].encode()
        signature = hmac.digest(secret, f"{stamp}{method}{path}{sent}".encode(), "sha256")
        passphrase = hmac.digest(secret, self._key["passphrase"].encode(), "sha256")
        headers = {
            "KC-API-KEY": self._key["key"],
            "KC-API-TIMESTAMP": stamp,
            "KC-API-SIGN": b64encode(signature).decode(),
            "KC-API-PASSPHRASE": b64encode(passphrase).decode(),
            "KC-API-KEY-VERSION": "2",
            "Content-Type": "application/json",
        }
        return httpx.request(method, f"{self._url}{path}", content=sent, headers=headers).json()

    @property
    def margin(self) -> Decimal:
        return Decimal(str(self.ask("GET", f"/api/v1/position?symbol={SYMBOL}")["data"]["posMargin"]))


def test_an_intent_that_is_sent_again_takes_once(venue: Sandbox) -> None:
    with Connection(venue.url, None) as mine:
        quote = mine.post("/quotes", {"market": "BTC-PERP", "verb": "take", "fields": {"amount": "5"}})
        text = quote["intent"]["text"]
        body = {"text": text, "public_key": mine.wallet.public_key, "signature": mine.wallet.sign(text)}

        def free() -> Decimal:
            balances = mine.get("/wallet")["balances"]
            return Decimal(next(one["free"] for one in balances if one["asset"] == "USDC"))

        before = free()
        lost(venue, "native", "/api/v1/intents", lambda: httpx.post(f"{venue.url}/api/v1/intents", json=body))
        assert free() - before == 5
        answers = [httpx.post(f"{venue.url}/api/v1/intents", json=body) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200]
        assert answers[0].content == answers[1].content
        assert free() - before == 5


def test_signed_bytes_that_are_sent_again_move_margin_once(venue: Sandbox) -> None:
    mine = Hyperliquid(venue)
    leverage = {"type": "updateLeverage", "asset": 0, "isCross": False, "leverage": 5}
    order = {"a": 0, "b": True, "p": "60000", "s": "0.01", "r": False, "t": {"limit": {"tif": "Ioc"}}}
    for action in (leverage, {"type": "order", "orders": [order], "grouping": "na"}):
        assert mine.send(mine.signed(action))["status"] == "ok"
    add = {"type": "updateIsolatedMargin", "asset": 0, "isBuy": True, "ntli": 50_000_000}
    assert mine.send(mine.signed(add))["status"] == "ok"
    before, body = mine.raw_usd, mine.signed({**add, "ntli": -20_000_000})
    lost(venue, "hyperliquid", "/exchange", lambda: mine.send(body))
    assert mine.raw_usd - before == -20
    again = mine.send(body)
    assert again == {"status": "err", "response": f"Invalid nonce: duplicate nonce {body['nonce']}"}
    assert mine.raw_usd - before == -20
    # Signed anew it is another request, as at the venue: so bots take twice.
    assert mine.send(mine.signed({**add, "ntli": -20_000_000}))["status"] == "ok"
    assert mine.raw_usd - before == -40


@pytest.mark.parametrize(("number", "taken"), [({"bizNo": "once"}, 20), ({}, 40)])
def test_a_withdrawal_with_a_number_takes_once_and_without_one_as_often_as_it_is_asked(
    venue: Sandbox, number: dict[str, str], taken: int
) -> None:
    mine, path = Kucoin(venue), "/api/v1/margin/withdrawMargin"
    order = {"clientOid": "1", "symbol": SYMBOL, "side": "buy", "type": "market", "size": 50, "leverage": 5}
    assert mine.ask("POST", "/api/v1/orders", order)["code"] == "200000"
    before, body = mine.margin, {"symbol": SYMBOL, "withdrawAmount": "20", **number}
    lost(venue, "kucoin", path, lambda: mine.ask("POST", path, body))
    assert before - mine.margin == 20
    assert mine.ask("POST", path, body) == {"code": "200000", "data": "20.0"}
    assert before - mine.margin == taken


def test_an_order_that_arrives_twice_is_filled_once(venue: Sandbox) -> None:
    mine = Kucoin(venue)
    order = {"clientOid": "1", "symbol": SYMBOL, "side": "buy", "type": "market", "size": 7, "leverage": 5}
    venue.faults.duplicate("kucoin", "/api/v1/orders", times=1)
    assert mine.ask("POST", "/api/v1/orders", order)["code"] == "200000"
    assert mine.ask("GET", f"/api/v1/position?symbol={SYMBOL}")["data"]["currentQty"] == 7
    assert venue.faults.log["fired"][-1]["kind"] == "duplicate"
