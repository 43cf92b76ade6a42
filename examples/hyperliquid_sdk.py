"""Hyperliquid's official SDK, unmodified, against a served sandbox: open, move margin, find the most, close.

solvent serve --gateway hyperliquid
pip install hyperliquid-python-sdk
python hyperliquid_sdk.py [http://127.0.0.1:8420]
"""

import json
import sys
from decimal import Decimal
from urllib.request import Request, urlopen

from eth_account import Account
from hyperliquid.exchange import Exchange
from hyperliquid.info import Info

VENUE = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8420"
BASE_URL = f"{VENUE}/hyperliquid"


def fresh_key() -> dict[str, str]:
    """Ask the sandbox for a key of a new account, as `solvent sandbox hyperliquid-key` does."""
    asked = Request(
        f"{VENUE}/api/v1/sandbox/hyperliquid-key",
        data=b'{"account": "new"}',
        headers={"Content-Type": "application/json"},
    )
    with urlopen(asked) as answer:
        return json.load(answer)


def done(answer: dict) -> dict:
    """Return what an action answered; a refusal comes with HTTP 200 and the status `err`."""
    if answer["status"] != "ok":
        raise SystemExit(f"refused: {answer['response']}")
    return answer["response"]


def position(info: Info, address: str) -> dict:
    """Return the one position."""
    return info.user_state(address)["assetPositions"][0]["position"]


def main() -> None:
    """Play it through."""
    key = fresh_key()
    exchange = Exchange(Account.from_key(key["private_key"]), BASE_URL)
    info = Info(BASE_URL, skip_ws=True)
    address = key["address"]
    print(
        f"{address} has {info.user_state(address)['withdrawable']} USDC, BTC is at {info.all_mids()['BTC']}"
    )

    # There is no cross margin here, which the SDK asks for unless it is told otherwise.
    refused = exchange.update_leverage(5, "BTC")
    print(f"is_cross left out: {refused['response']}")
    done(exchange.update_leverage(5, "BTC", is_cross=False))

    filled = done(exchange.market_open("BTC", True, 0.01))["data"]["statuses"][0]["filled"]
    print(f"bought {filled['totalSz']} BTC at {filled['avgPx']}")
    print(f"margin {position(info, address)['marginUsed']}")

    done(exchange.update_isolated_margin(50, "BTC"))
    print(f"50 added: margin {position(info, address)['marginUsed']}")

    # What may be taken: down to the larger of the initial margin and a tenth of the position's value.
    held = position(info, address)
    value, used = Decimal(held["positionValue"]), Decimal(held["marginUsed"])
    most = used - max(value / held["leverage"]["value"], value / 10)
    done(exchange.update_isolated_margin(-float(round(most - Decimal("0.01"), 2)), "BTC"))
    held = position(info, address)
    print(f"taken out again: margin {held['marginUsed']}, liquidated at {held['liquidationPx']}")
    refused = exchange.update_isolated_margin(-50, "BTC")
    print(f"50 more: {refused['response']}")

    done(exchange.market_close("BTC"))
    print(f"closed: {info.user_state(address)['withdrawable']} USDC")


if __name__ == "__main__":
    main()
