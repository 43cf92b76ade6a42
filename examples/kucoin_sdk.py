"""KuCoin's official SDK, unmodified, against a served sandbox: open, the most that may leave, take it, close.

solvent serve --gateway kucoin
pip install kucoin-universal-sdk
python kucoin_sdk.py [http://127.0.0.1:8420]
"""

import json
import sys
from decimal import Decimal
from urllib.request import Request, urlopen
from uuid import uuid4

from kucoin_universal_sdk.api import DefaultClient
from kucoin_universal_sdk.generate.futures.order import AddOrderReqBuilder
from kucoin_universal_sdk.generate.futures.positions import (
    AddIsolatedMarginReqBuilder,
    GetMaxWithdrawMarginReqBuilder,
    GetPositionDetailsReqBuilder,
    RemoveIsolatedMarginReqBuilder,
)
from kucoin_universal_sdk.model import ClientOptionBuilder, TransportOptionBuilder

VENUE = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8420"
BASE_URL = f"{VENUE}/kucoin"
SYMBOL = "XBTUSDTM"


def fresh_key() -> dict[str, str]:
    """Ask the sandbox for a key of a new account, as `solvent sandbox kucoin-key` does."""
    asked = Request(
        f"{VENUE}/api/v1/sandbox/kucoin-key",
        data=b'{"account": "new"}',
        headers={"Content-Type": "application/json"},
    )
    with urlopen(asked) as answer:
        return json.load(answer)


def futures(key: dict[str, str]):
    """Return the SDK's futures service, pointed at the sandbox."""
    option = (
        ClientOptionBuilder()
        .set_key(key["key"])
        .set_secret(key["secret"])
        .set_passphrase(key["passphrase"])
        .set_spot_endpoint(BASE_URL)
        .set_futures_endpoint(BASE_URL)
        .set_broker_endpoint(BASE_URL)
        .set_transport_option(TransportOptionBuilder().build())
        .build()
    )
    return DefaultClient(option).rest_service().get_futures_service()


def main() -> None:
    """Play it through."""
    service = futures(fresh_key())
    orders, positions = service.get_order_api(), service.get_positions_api()
    most = GetMaxWithdrawMarginReqBuilder().set_symbol(SYMBOL).build()
    details = GetPositionDetailsReqBuilder().set_symbol(SYMBOL).build()

    def order(side: str, **more) -> None:
        made = AddOrderReqBuilder().set_client_oid(uuid4().hex).set_side(side).set_symbol(SYMBOL)
        made = made.set_type("market").set_leverage(5).set_size(100)
        if more.get("close"):
            made = made.set_close_order(True)
        print(f"{side}: order {orders.add_order(made.build()).order_id}")

    order("buy")
    held = positions.get_position_details(details)
    print(f"{held.current_qty} lots at {held.avg_entry_price}, margin {held.pos_margin}")

    add = AddIsolatedMarginReqBuilder().set_symbol(SYMBOL).set_margin(50).set_biz_no(uuid4().hex).build()
    print(f"50 added: margin {positions.add_isolated_margin(add).pos_margin}")

    allowed = positions.get_max_withdraw_margin(most).data
    print(f"at most {allowed} USDT may leave")
    take = RemoveIsolatedMarginReqBuilder().set_symbol(SYMBOL)
    taken = positions.remove_isolated_margin(take.set_withdraw_amount(allowed).build()).data
    held = positions.get_position_details(details)
    print(f"{taken} taken: margin {held.pos_margin}, liquidated at {held.liquidation_price}")
    assert Decimal(positions.get_max_withdraw_margin(most).data) < 1

    order("sell", close=True)
    print(f"open: {positions.get_position_details(details).is_open}")


if __name__ == "__main__":
    main()
