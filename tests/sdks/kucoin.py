"""What the tests of KuCoin's SDK share: a trader with a fresh account, and refusals by their code."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from kucoin_universal_sdk.api import DefaultClient
from kucoin_universal_sdk.generate.account.account import GetFuturesAccountReqBuilder
from kucoin_universal_sdk.generate.futures.order import AddOrderReqBuilder
from kucoin_universal_sdk.generate.futures.positions import GetPositionDetailsReqBuilder
from kucoin_universal_sdk.model import (
    ClientOptionBuilder,
    TransportOptionBuilder,
    WebSocketClientOptionBuilder,
)
from kucoin_universal_sdk.model.common import RestError

from tests.sdks.house import House

SYMBOL = "XBTUSDTM"


@dataclass(frozen=True)
class Trader:
    """An account with 10,000 USDT, and the SDK's services for it."""

    house: House
    client: Any
    futures: Any

    @property
    def positions(self) -> Any:
        """The SDK's calls on positions."""
        return self.futures.get_positions_api()

    @property
    def orders(self) -> Any:
        """The SDK's calls on orders."""
        return self.futures.get_order_api()

    @property
    def market(self) -> Any:
        """The SDK's calls on markets."""
        return self.futures.get_market_api()

    def account(self) -> Any:
        """Return the account as the SDK reads it."""
        asked = GetFuturesAccountReqBuilder().set_currency("USDT").build()
        service = self.client.rest_service().get_account_service()
        return whole(service.get_account_api().get_futures_account(asked))

    def position(self) -> Any:
        """Return the position as the SDK reads it."""
        asked = GetPositionDetailsReqBuilder().set_symbol(SYMBOL).build()
        return whole(self.positions.get_position_details(asked))

    def order(self, side: str, **fields: Any) -> Any:
        """Place an order under an id of its own; return what the SDK makes of the answer."""
        made = AddOrderReqBuilder().set_client_oid(str(uuid4())).set_symbol(SYMBOL).set_side(side)
        for name, value in fields.items():
            getattr(made, f"set_{name}")(value)
        return whole(self.orders.add_order(made.build()))

    def buy(self, lots: int, leverage: int) -> Any:
        """Open a long at the market."""
        return self.order("buy", type="market", size=lots, leverage=leverage)


def whole(answer: Any) -> Any:
    """Return an answer that was understood: of one that was not, the SDK returns an object of nothing."""
    assert answer.common_response.code == "200000", answer.common_response
    told = {key: value for key, value in answer.to_dict().items() if value is not None}
    assert len(told) > 1 or answer.common_response.data in (None, []), answer.common_response.data
    return answer


def refusal(call: Callable[..., Any], *given: Any) -> tuple[str, str]:
    """Return the code and the text of a call that the venue refuses."""
    try:
        answer = call(*given)
    except RestError as error:
        return error.get_common_response().code, error.get_common_response().message
    raise AssertionError(answer.to_dict())


def trader(house: House) -> Trader:
    """Return a trader with a new account."""
    key = house.kucoin_key()
    transport = TransportOptionBuilder().build()
    option = (
        ClientOptionBuilder()
        .set_key(key.key)
        .set_secret(key.secret)
        .set_passphrase(key.passphrase)
        .set_spot_endpoint(house.kucoin)
        .set_futures_endpoint(house.kucoin)
        .set_broker_endpoint(house.kucoin)
        .set_transport_option(transport)
        .set_websocket_client_option(WebSocketClientOptionBuilder().build())
        .build()
    )
    client = DefaultClient(option)
    return Trader(house, client, client.rest_service().get_futures_service())
