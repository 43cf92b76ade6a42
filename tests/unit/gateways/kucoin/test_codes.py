"""Refusals in the venue's codes: every cause that the models and the engine know has one."""

from pathlib import Path

import pytest

from solvent.engine.refusals import Code as EngineCode
from solvent.gateways.kucoin.answers import sentence
from solvent.gateways.kucoin.codes import Call, code_of, require_accepted
from solvent.gateways.kucoin.supported import SUPPORTED
from solvent.margin import Refused
from solvent.margin.risk_limit import Code
from solvent.runtime import replies

TABLE = {
    Code.ABOVE_MAX_WITHDRAW: "200012",
    Code.OPEN_ORDERS: "200013",
    Code.NO_PERMISSION: "200015",
    Code.INSUFFICIENT_BALANCE: "300003",
    Code.MARGIN_INSUFFICIENT_FOR_LEVEL: "300003",
    Code.RISK_LIMIT_EXCEEDED: "300005",
    Code.NO_POSITION: "300009",
    Code.LIQUIDATION_IN_PROGRESS: "300014",
    Code.PRICE_INVALID: "300015",
    Code.LEVERAGE_TOO_HIGH: "300016",
    Code.ORDER_NOT_FOUND: "100001",
    Code.LEVEL_UNKNOWN: "100005",
    Code.SYMBOL_UNKNOWN: "200003",
    Code.AMOUNT_INVALID: "400100",
    Code.BELOW_MINIMUM: "400100",
}


@pytest.mark.parametrize(("cause", "code"), TABLE.items())
def test_a_cause_of_the_specifications_table_has_its_code(cause: Code, code: str) -> None:
    assert code_of(cause.value, Call.ORDER) == code


def test_too_little_balance_is_another_code_where_margin_is_added() -> None:
    assert code_of("INSUFFICIENT_BALANCE", Call.ADD) == "200005"


@pytest.mark.parametrize("cause", [*Code, *EngineCode])
def test_every_cause_has_a_code_of_six_digits_that_is_no_success(cause: Code | EngineCode) -> None:
    for call in Call:
        code = code_of(cause.value, call)

        assert len(code) == 6
        assert code.isdigit()
        assert code != "200000"


def test_a_refusal_is_one_sentence_with_its_figures() -> None:
    reply = replies.refused(
        Refused(code="LIQUIDATION_IN_PROGRESS", message="it is being liquidated", terms=())
    )

    with pytest.raises(Exception, match=r"^300014: It is being liquidated\.$"):
        require_accepted(reply, Call.WITHDRAW)


def test_every_code_of_a_refusal_is_in_the_page_for_users() -> None:
    page = (Path(__file__).parents[4] / "docs/how-to/kucoin-gateway.md").read_text()
    codes = {code_of(cause.value, call) for cause in (*Code, *EngineCode) for call in Call}

    assert sorted(code for code in codes if code not in page) == []


@pytest.mark.parametrize(("told", "wanted"), [("a b", "A b."), (" A. ", "A."), ("why?", "Why?"), ("", ".")])
def test_a_sentence_has_a_capital_and_an_end(told: str, wanted: str) -> None:
    assert sentence(told) == wanted


def test_the_table_of_calls_names_every_route_and_every_topic() -> None:
    from solvent.gateways.kucoin import topics
    from solvent.gateways.kucoin.routes import ROUTES

    named = [call.name for call in SUPPORTED]
    answered = {f"{method} {path}" for method, path in ROUTES}
    in_table = {
        name.replace("{symbol}", "{}").replace("{orderId}", "{}").replace("{clientOid}", "{}")
        for call, name in ((call, call.name) for call in SUPPORTED)
        if call.verdict != "refused" and not name.startswith("topic ")
    }

    assert len(set(named)) == len(named)
    assert in_table == answered
    assert {name.removeprefix("topic ") for name in named if name.startswith("topic ")} == topics.KNOWN
    assert all(bool(call.differs) == (call.verdict != "supported") for call in SUPPORTED)
