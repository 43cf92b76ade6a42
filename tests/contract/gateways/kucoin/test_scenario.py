"""The gateway and the native interface are two ways to one engine: same events, one account, one truth."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from solvent.engine import decode, encode, ledger
from solvent.engine.events import Acted
from solvent.margin import risk_limit
from solvent.runtime import STREAM
from tests.contract.gateways.kucoin.native import Native
from tests.unit.gateways.kucoin.serving import ALICE, INVERSE, LINEAR, MORE_PRICE, UNIT, Keyed, Served

ORDERS, TAKE = "/api/v1/orders", "/api/v1/margin/withdrawMargin"
ADD = "/api/v1/position/margin/deposit-margin"
LEVEL = "/api/v1/position/risk-limit-level/change"
KEY = "c" * 32


def by_gateway(served: Served, key: Keyed) -> list[Callable[[], Any]]:
    def post(path: str, **body: Any) -> Callable[[], Any]:
        return lambda: served.data("POST", path, key=key, body=body)

    def order(number: str, symbol: str = LINEAR, **more: Any) -> Callable[[], Any]:
        return post(ORDERS, clientOid=number, symbol=symbol, **more)

    return [
        post(LEVEL, symbol=LINEAR, level=2),
        order("a", side="buy", type="market", size=10, leverage=3),
        lambda: served.price(MORE_PRICE),
        post(TAKE, symbol=LINEAR, withdrawAmount="5.5"),
        post(ADD, symbol=LINEAR, margin=1.25, bizNo="one"),
        order("b", side="buy", type="limit", price="60000", size=2, leverage=5),
        lambda: served.data("DELETE", f"{ORDERS}/client-order/b", key=key),
        order("c", side="sell", type="limit", price="70000.5", size=3, reduceOnly=True),
        lambda: served.price("70001"),
        order("d", side="sell", type="market", size=2, reduceOnly=True),
        order("e", symbol=INVERSE, side="sell", type="market", size=1000, leverage=5),
        order("f", INVERSE, closeOrder=True, type="market"),
        order("g", side="sell", type="market", size=20, leverage=4),
    ]


def by_native(served: Served, key: Keyed) -> list[Callable[[], Any]]:
    native = Native(served, key)

    def act(verb: str, symbol: str = LINEAR, **fields: str) -> Callable[[], Any]:
        def carried_out() -> None:
            assert native.act(verb, symbol=symbol, **fields) == 200

        return carried_out

    last = {"leverage": "1", "tif": "IOC", "reduce_only": "yes", "limit": "0.1"}
    return [
        act("set_level", level="2"),
        act("open", lots="10", leverage="3"),
        lambda: served.price(MORE_PRICE),
        act("take", amount="5.5"),
        act("add", amount="1.25"),
        act("order", id="kucoin:b", lots="2", limit="60000", leverage="5"),
        act("cancel", id="kucoin:b"),
        act("order", id="kucoin:c", lots="-3", limit="70000.5", leverage="1", reduce_only="yes"),
        lambda: served.price("70001"),
        act("order", id="kucoin:d", lots="-2", **last),
        act("open", INVERSE, lots="-1000", leverage="5"),
        act("close", INVERSE),
        act("open", lots="-20", leverage="4"),
    ]


def without_names(event: Any) -> Any:
    """Return an event without what only tells where it was asked for: names, and an idle leverage."""
    if not isinstance(event, Acted):
        return event
    action = event.action
    if isinstance(action, risk_limit.Open | risk_limit.Close):
        return replace(event, action=replace(action, order_id=UNSET))
    if isinstance(action, risk_limit.Order) and action.reduce_only:
        event = replace(event, action=replace(action, leverage=1))
    orders = tuple(replace(one, leverage=1) if one.reduce_only else one for one in event.orders)
    return replace(event, orders=orders)


def events_of(scenario: Callable[[Served, Keyed], list[Callable[[], Any]]]) -> list[bytes]:
    with Served() as served:
        key = served.key(key_id=KEY)
        journal = served.house.venue.journal
        begin = journal.last_seq(STREAM)
        for step in scenario(served, key):
            step()
        records = journal.read(STREAM, begin, journal.last_seq(STREAM) - begin)
    return [encode(without_names(decode(record.payload))) for record in records]


def test_one_scenario_by_the_gateway_and_by_the_native_interface_gives_the_same_events() -> None:
    by_one, by_other = events_of(by_gateway), events_of(by_native)

    assert len(by_one) == 14
    assert by_one == by_other


def test_what_one_interface_did_the_other_one_shows() -> None:
    with Served() as served:
        key = served.key()
        native = Native(served, key)
        assert native.act("open", lots="10", leverage="3") == 200
        assert native.act("order", id="mine", lots="1", limit="60000", leverage="3") == 200
        found = served.data("GET", "/api/v1/position", key=key, query={"symbol": LINEAR})
        (rests,) = served.data("GET", ORDERS, key=key, query={"status": "active"})["items"]
        served.data("DELETE", f"{ORDERS}/{rests['id']}", key=key)

        assert (found["currentQty"], rests["price"]) == (10, "60000.0")
        assert native.act("cancel", id="mine") != 200


def test_one_account_over_both_interfaces_at_once_is_never_paid_twice() -> None:
    with Served() as served:
        key = served.key()
        native = Native(served, key)
        served.open(10, 1)
        query = {"symbol": LINEAR}
        most = Decimal(served.data("GET", "/api/v1/margin/maxWithdrawMargin", key=key, query=query))
        share = (most / 5).quantize(Decimal("0.0000000001"))
        before = served.house.follower.state.balance(ledger.wallet(ALICE), "USDT")

        def take(number: int) -> bool:
            if number % 2:
                return native.act("take", amount=str(share)) == 200
            body = {"symbol": LINEAR, "withdrawAmount": str(share)}
            code: str = served.call("POST", TAKE, key=key, body=body)["code"]
            assert code in ("200000", "200012")
            return code == "200000"

        with ThreadPoolExecutor(8) as pool:
            done = sum(pool.map(take, range(16)))
        after = served.house.follower.state.balance(ledger.wallet(ALICE), "USDT")

        assert done in (4, 5)
        assert after - before == done * int(share * UNIT)
        assert served.house.follower.state.totals()["USDT"] == 0


def test_a_response_that_was_lost_is_asked_for_again_and_nothing_moves_twice() -> None:
    with Served() as served:
        key = served.key()
        served.open(10)
        start = served.house.follower.state.balance(ledger.wallet(ALICE), "USDT")
        asked = [
            (ADD, {"symbol": LINEAR, "margin": 2, "bizNo": "add"}),
            (TAKE, {"symbol": LINEAR, "withdrawAmount": "3", "bizNo": "take"}),
            (
                ORDERS,
                {
                    "clientOid": "o",
                    "symbol": LINEAR,
                    "side": "buy",
                    "type": "market",
                    "size": 5,
                    "leverage": 5,
                },
            ),
        ]
        told = [[served.data("POST", path, key=key, body=body) for _ in range(4)] for path, body in asked]
        position = served.data("GET", "/api/v1/position", key=key, query={"symbol": LINEAR})

        assert all(answers == answers[:1] * 4 for answers in told)
        assert position["currentQty"] == 15
        moved = served.house.follower.state.balance(ledger.wallet(ALICE), "USDT") - start
        value = 5 * 674_309_000_000
        assert moved == UNIT - value // 5 - value * 6 // 10_000
