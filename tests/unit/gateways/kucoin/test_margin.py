"""Margin in and out: amounts as strings, numbers that make a repeat safe, every refusal's code."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from solvent.engine import ledger
from solvent.margin import risk_limit
from solvent.money import Ratio
from tests.unit.gateways.kucoin.serving import ALICE, BOB, INVERSE, LINEAR, MORE_PRICE, UNIT, Served

MOST, TAKE, ADD = (
    "/api/v1/margin/maxWithdrawMargin",
    "/api/v1/margin/withdrawMargin",
    "/api/v1/position/margin/deposit-margin",
)
LEVEL = "/api/v1/position/risk-limit-level/change"


def taken(amount: Any = "0.1", **more: Any) -> dict[str, Any]:
    return {"symbol": LINEAR, "withdrawAmount": amount, **more}


def added(amount: Any = 1.5, number: str = "one", **more: Any) -> dict[str, Any]:
    return {"symbol": LINEAR, "margin": amount, "bizNo": number, **more}


def wallet(served: Served) -> int:
    return served.house.follower.state.balance(ledger.wallet(ALICE), "USDT")


def test_the_largest_amount_is_a_string_and_can_be_taken_to_the_last_digit() -> None:
    with Served() as served:
        served.act(risk_limit.SetLevel(2))
        served.open(1)
        served.price(MORE_PRICE)
        key = served.key()

        assert served.data("GET", MOST, key=key, query={"symbol": LINEAR}) == "22.5228596667"
        assert served.code("POST", TAKE, key=key, body=taken("22.5228596668")) == "200012"
        assert served.data("POST", TAKE, key=key, body=taken("22.5228596667")) == "22.5228596667"
        assert served.data("GET", MOST, key=key, query={"symbol": LINEAR}) == "0.0"


def test_a_flat_position_has_nothing_to_take() -> None:
    with Served() as served:
        assert served.data("GET", MOST, key=served.key(), query={"symbol": LINEAR}) == "0.0"


@pytest.mark.parametrize("amount", ["400", "401", "403", "404", "405", "415", "429", "500", "503"])
def test_a_whole_amount_is_never_one_of_the_clients_error_codes(amount: str) -> None:
    with Served() as served:
        served.open(100, 1)

        assert served.data("POST", TAKE, key=served.key(), body=taken(amount)) == f"{amount}.0"


def test_a_refusal_tells_the_formula_with_its_figures() -> None:
    with Served() as served:
        served.open(1)
        found = served.call("POST", TAKE, key=served.key(), body=taken("50"))

        assert found == {
            "code": "200012",
            "msg": "The largest reducible amount is 21.9375194667 USDT "
            "(22.4769666667 - 67.4309/125 + 0.5*0); 50 USDT is asked.",
        }


def test_an_amount_is_read_exactly_as_a_number_or_a_string() -> None:
    with Served() as served:
        served.open(100, 1)
        key, before = served.key(), wallet(served)
        served.data("POST", TAKE, key=key, body=taken("0.1"))
        served.data("POST", TAKE, key=key, body=taken(0.2))
        served.data("POST", ADD, key=key, body=added(0.3, "a"))
        served.data("POST", ADD, key=key, body=added("0.3", "b"))

        assert wallet(served) - before == -3 * UNIT // 10


@pytest.mark.parametrize("amount", ["0", "-1", "0.00000000001", "x", "", "NaN", True, None, [], {}])
def test_an_amount_that_cannot_be_is_400100(amount: Any) -> None:
    with Served() as served:
        served.open(10)
        key = served.key()

        assert served.code("POST", TAKE, key=key, body=taken(amount)) == "400100"
        assert served.code("POST", ADD, key=key, body=added(amount)) == "400100"


def test_a_withdrawal_without_a_number_is_carried_out_each_time() -> None:
    with Served() as served:
        served.open(10)
        key, before = served.key(), wallet(served)
        for _ in range(2):
            assert served.data("POST", TAKE, key=key, body=taken("1")) == "1.0"

        assert wallet(served) - before == 2 * UNIT


@pytest.mark.parametrize("where", ["body", "header"])
def test_a_withdrawal_with_a_number_is_carried_out_once(where: str) -> None:
    with Served() as served:
        served.open(10)
        key, before = served.key(), wallet(served)
        body = taken("1", bizNo="once") if where == "body" else taken("1")
        headers = {"Idempotency-Key": "once"} if where == "header" else {}
        for _ in range(3):
            assert served.data("POST", TAKE, key=key, body=body, headers=headers) == "1.0"
        other = {**body, "withdrawAmount": "2"}
        assert served.code("POST", TAKE, key=key, body=other, headers=headers) == "400100"

        assert wallet(served) - before == UNIT


def test_two_numbers_for_one_withdrawal_are_declined() -> None:
    with Served() as served:
        served.open(10)
        headers, body = {"Idempotency-Key": "a"}, taken("1", bizNo="b")

        assert served.code("POST", TAKE, key=served.key(), body=body, headers=headers) == "400100"


def test_an_addition_is_carried_out_once_for_its_number_and_answers_the_same() -> None:
    with Served() as served:
        served.open(10)
        key, before = served.key(), wallet(served)
        first = served.data("POST", ADD, key=key, body=added(1.5))
        served.price(MORE_PRICE)
        again = served.data("POST", ADD, key=key, body=added("1.50"))

        assert again == first
        assert first["posCross"] == Decimal("1.5")
        assert served.code("POST", ADD, key=key, body=added(1.6)) == "400100"
        assert before - wallet(served) == 3 * UNIT // 2


def test_a_number_is_an_accounts_own_and_each_calls_own() -> None:
    with Served() as served:
        served.open(10)
        served.open(10, account=BOB)
        alice, bob = served.key(), served.key(account=BOB)
        for key in (alice, bob):
            served.data("POST", ADD, key=key, body=added(1.5, "same"))

        assert served.data("POST", TAKE, key=alice, body=taken("1.5", bizNo="same")) == "1.5"


def test_a_number_is_remembered_after_a_restart(tmp_path: Path) -> None:
    with Served(tmp_path) as served:
        served.open(10)
        key = served.key(key_id="c" * 32)
        served.data("POST", ADD, key=key, body=added(1.5))
        served.data("POST", TAKE, key=key, body=taken("1", bizNo="once"))
        before = wallet(served)
    with Served(tmp_path) as served:
        key = served.key(key_id="c" * 32)
        again = served.data("POST", ADD, key=key, body=added(1.5))
        served.data("POST", TAKE, key=key, body=taken("1", bizNo="once"))
        found = served.data("GET", "/api/v1/position", key=key, query={"symbol": LINEAR})

        assert wallet(served) == before
        assert again["posCross"] == found["posCross"] == Decimal("1.5")
        assert found["openingTimestamp"] > 0


@pytest.mark.parametrize("number", ["", "x" * 37, "a\nb", "\u00e9"])
def test_a_number_that_cannot_be_is_400100(number: str) -> None:
    with Served() as served:
        served.open(10)

        assert served.code("POST", ADD, key=served.key(), body=added(1, number)) == "400100"


def test_an_addition_without_a_position_is_a_success_with_a_remark() -> None:
    with Served() as served:
        found = served.call("POST", ADD, key=served.key(), body=added())

        assert found == {"code": "200000", "msg": "Position does not exist"}


def test_many_at_once_take_no_more_than_there_is() -> None:
    with Served() as served:
        served.open(10, 1)
        key = served.key()
        most = Decimal(served.data("GET", MOST, key=key, query={"symbol": LINEAR}))
        share, before = (most / 4).quantize(Decimal("0.0000000001")), wallet(served)

        def take(number: int) -> str:
            native = risk_limit.Take(int(share * UNIT))
            if number % 2:
                code: str = served.call("POST", TAKE, key=key, body=taken(str(share)))["code"]
                return code
            from solvent.engine import commands

            command = commands.Act(account=ALICE, market=LINEAR, action=native)
            reply = served.run(served.house.submit(command, key=f"native {number}", account=ALICE))
            return "200000" if reply.is_accepted else "200012"

        with ThreadPoolExecutor(8) as pool:
            codes = list(pool.map(take, range(12)))

        done = codes.count("200000")
        assert set(codes) == {"200000", "200012"}
        assert done in (3, 4)
        assert wallet(served) - before == done * int(share * UNIT)


def test_one_number_sent_many_times_at_once_takes_once() -> None:
    with Served() as served:
        served.open(10)
        key, before = served.key(), wallet(served)
        body = taken("1", bizNo="once")
        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(lambda _: served.data("POST", TAKE, key=key, body=body), range(16)))

        assert told == ["1.0"] * 16
        assert wallet(served) - before == UNIT


def test_a_level_is_selected_and_shown() -> None:
    with Served() as served:
        key = served.key()

        assert served.data("POST", LEVEL, key=key, body={"symbol": LINEAR, "level": 2}) is True
        found = served.data("GET", "/api/v1/position", key=key, query={"symbol": LINEAR})
        assert (found["riskLimitLevel"], found["riskLimit"]) == (2, 500_000)


def refused(served: Served, code: str, path: str, body: Any, *scopes: str) -> None:
    assert served.code("POST", path, key=served.key(*scopes), body=body) == code


def test_every_refusal_of_a_withdrawal_has_its_code_in_the_models_order() -> None:
    with Served() as served:
        refused(served, "200003", TAKE, {**taken("x"), "symbol": "NOPE"}, "read")
        refused(served, "400100", TAKE, taken("-1"), "read", "trade")
        refused(served, "200015", TAKE, taken("1"), "read", "trade")
        refused(served, "300009", TAKE, taken("1"))
        refused(served, "330011", TAKE, taken("1", positionSide="SHORT"))
        served.open(10)
        served.act(risk_limit.Order(order_id="x", lots=1, leverage=3, limit_price=Ratio(60_000, 1)))
        refused(served, "200013", TAKE, taken("1"))
        served.house.advance(11_000)
        refused(served, "300015", TAKE, taken("1"))


def test_every_refusal_of_an_addition_has_its_code() -> None:
    with Served() as served:
        refused(served, "200003", ADD, {**added(), "symbol": "NOPE"})
        served.open(10)
        refused(served, "400100", ADD, added("0.00001"))
        refused(served, "200005", ADD, added("20000", "two"))
        refused(served, "400007", ADD, added(), "read", "margin")


def test_every_refusal_of_a_level_has_its_code() -> None:
    with Served() as served:
        refused(served, "100005", LEVEL, {"symbol": LINEAR, "level": 13})
        refused(served, "200003", LEVEL, {"symbol": "NOPE", "level": 1})
        refused(served, "400100", LEVEL, {"symbol": LINEAR, "level": "two"})
        served.act(risk_limit.SetLevel(12))
        served.open(10, 1)
        served.price("60000")
        served.act(risk_limit.SetLevel(11))
        served.act(risk_limit.Take(UNIT * 200))
        refused(served, "300003", LEVEL, {"symbol": LINEAR, "level": 12})
        served.act(risk_limit.SetLevel(2), account=BOB)
        served.open(3000, 30, account=BOB)
        body = {"symbol": LINEAR, "level": 1}
        assert served.code("POST", LEVEL, key=served.key(account=BOB), body=body) == "300005"


def test_an_inverse_position_is_reduced_in_its_coin() -> None:
    with Served() as served:
        served.open(1000, 2, symbol=INVERSE)
        key = served.key()
        body = {"symbol": INVERSE, "withdrawAmount": "0.001"}

        assert served.data("POST", TAKE, key=key, body=body) == "0.001"
        found = served.data("GET", "/api/v1/position", key=key, query={"symbol": INVERSE})
        assert found["posMargin"] == Decimal("0.0064149982")
