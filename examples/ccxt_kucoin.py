"""ccxt's `kucoinfutures`, unmodified, against a served sandbox: open, the most that may leave, close.

solvent serve --gateway kucoin
pip install ccxt
python ccxt_kucoin.py [http://127.0.0.1:8420]
"""

import json
import sys
from urllib.request import Request, urlopen

import ccxt

VENUE = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8420"
BASE_URL = f"{VENUE}/kucoin"
XBT = "BTC/USDT:USDT"


def fresh_key() -> dict[str, str]:
    """Ask the sandbox for a key of a new account, as `solvent sandbox kucoin-key` does."""
    asked = Request(
        f"{VENUE}/api/v1/sandbox/kucoin-key",
        data=b'{"account": "new"}',
        headers={"Content-Type": "application/json"},
    )
    with urlopen(asked) as answer:
        return json.load(answer)


def main() -> None:
    """Play it through."""
    key = fresh_key()
    exchange = ccxt.kucoinfutures(
        {
            "apiKey": key["key"],
            "secret": key["secret"],
            "password": key["passphrase"],
            "options": {"uta": False},
        }
    )
    for name in exchange.urls["api"]:
        exchange.urls["api"][name] = BASE_URL
    exchange.load_markets()
    print(f"{exchange.fetch_balance()['USDT']['free']} USDT")

    exchange.create_order(XBT, "market", "buy", 100, None, {"leverage": 5})
    held = exchange.fetch_position(XBT)
    print(f"{held['contracts']} lots at {held['entryPrice']}, margin {held['collateral']}")

    exchange.add_margin(XBT, 50)
    most = exchange.futuresPrivateGetMarginMaxWithdrawMargin({"symbol": "XBTUSDTM"})["data"]
    print(f"50 added: at most {most} USDT may leave")
    exchange.reduce_margin(XBT, 25)
    held = exchange.fetch_position(XBT)
    print(f"25 taken: margin {held['collateral']}, liquidated at {held['liquidationPrice']}")
    try:
        exchange.reduce_margin(XBT, 5_000)
    except ccxt.ExchangeError as error:
        print(f"5,000 more: {error}")

    exchange.close_position(XBT)
    print(f"closed: {exchange.fetch_balance()['USDT']['free']} USDT")


if __name__ == "__main__":
    main()
