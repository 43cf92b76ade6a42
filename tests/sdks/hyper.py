"""What the tests of Hyperliquid's SDK share: a trader with a fresh account, and how answers are read."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from eth_account import Account
from hyperliquid.exchange import Exchange
from hyperliquid.info import Info

from tests.sdks.house import House

OK = {"status": "ok", "response": {"type": "default"}}


def refused(text: str) -> dict[str, str]:
    """Return the venue's answer to an action that it does not carry out."""
    return {"status": "err", "response": text}


@dataclass(frozen=True)
class Trader:
    """An account with 10,000 USDC, and the SDK's two clients for it."""

    house: House
    address: str
    wallet: Any
    exchange: Any
    info: Any

    def state(self) -> dict[str, Any]:
        """Return the account as the SDK reads it."""
        found: dict[str, Any] = self.info.user_state(self.address)
        return found

    def position(self, coin: str) -> dict[str, Any]:
        """Return one position, which must be there."""
        held = [entry["position"] for entry in self.state()["assetPositions"]]
        return next(position for position in held if position["coin"] == coin)

    def cash(self) -> Decimal:
        """Return what may be withdrawn."""
        return Decimal(self.state()["withdrawable"])

    def ask(self, kind: str, method: str = "", /, *given: Any, **fields: Any) -> Any:
        """Ask by the SDK's method, or by its plain post where this version has none."""
        found = getattr(self.info, method, None) if method else None
        if found is not None:
            return found(*given, *fields.values()) if not given else found(*given)
        return self.info.post("/info", {"type": kind, **fields})

    def filled(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Return the one fill of an answer to an order."""
        assert answer["status"] == "ok", answer
        (status,) = answer["response"]["data"]["statuses"]
        fill: dict[str, Any] = status["filled"]
        return fill


def trader(house: House) -> Trader:
    """Return a trader with a new account."""
    key = house.hyperliquid_key()
    wallet = Account.from_key(key.private_key)
    assert wallet.address.lower() == key.address.lower()
    url = house.hyperliquid
    return Trader(house, key.address.lower(), wallet, Exchange(wallet, url), Info(url, skip_ws=True))
