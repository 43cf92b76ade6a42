"""ccxt's `hyperliquid`, unmodified, against a served sandbox: open, move margin, close.

solvent serve --gateway hyperliquid
pip install ccxt
python ccxt_hyperliquid.py [http://127.0.0.1:8420]
"""

import json
import sys
from urllib.request import Request, urlopen

import ccxt

VENUE = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8420"
BASE_URL = f"{VENUE}/hyperliquid"
BTC = "BTC/USDC:USDC"


def fresh_key() -> dict[str, str]:
    """Ask the sandbox for a key of a new account, as `solvent sandbox hyperliquid-key` does."""
    asked = Request(
        f"{VENUE}/api/v1/sandbox/hyperliquid-key",
        data=b'{"account": "new"}',
        headers={"Content-Type": "application/json"},
    )
    with urlopen(asked) as answer:
        return json.load(answer)


def main() -> None:
    """Play it through."""
    key = fresh_key()
    exchange = ccxt.hyperliquid({"walletAddress": key["address"], "privateKey": key["private_key"]})
    # Without this ccxt signs for the mainnet, which is refused here.
    exchange.set_sandbox_mode(True)
    exchange.urls["api"] = {"public": BASE_URL, "private": BASE_URL}
    exchange.load_markets()
    print(f"{exchange.fetch_balance()['USDC']['free']} USDC")

    # There is no cross margin here.
    exchange.set_margin_mode("isolated", BTC, {"leverage": 5})
    price = exchange.fetch_ticker(BTC)["last"]
    exchange.create_order(BTC, "market", "buy", 0.01, price)
    (held,) = exchange.fetch_positions([BTC])
    print(f"{held['contracts']} BTC at {held['entryPrice']}, margin {held['collateral']}")

    exchange.add_margin(BTC, 50)
    exchange.reduce_margin(BTC, 25)
    (held,) = exchange.fetch_positions([BTC])
    print(f"50 added, 25 taken: margin {held['collateral']}, liquidated at {held['liquidationPrice']}")
    try:
        exchange.reduce_margin(BTC, 5_000)
    except ccxt.ExchangeError as error:
        print(f"5,000 more: {error}")

    exchange.create_order(BTC, "market", "sell", 0.01, price, {"reduceOnly": True})
    print(f"closed: {exchange.fetch_balance()['USDC']['free']} USDC")


if __name__ == "__main__":
    main()
