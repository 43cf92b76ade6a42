"""Every error is a problem with a code, and tells nothing of the machine."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.exceptions import HTTPException, TooManyRequestsException

from solvent.api import describing, problems
from solvent.api.asking import parameters_of
from solvent.api.problems import Code, Problem, nearest, problem_of
from solvent.api.shapes import AmountShape
from solvent.margin import InputRefused, Refused, Term
from solvent.money import Amount, Asset
from solvent.runtime import House, Overloaded, RuntimeRefused, VenueStopped
from tests.unit.api.serving import Served

SOL = Asset("SOL", 9)
PREVIEW = "/markets/wETH~SOL/preview"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served() as opened:
        yield opened


def test_each_code_of_the_service_has_a_status_and_says_when_it_is_given() -> None:
    assert set(problems.STATUS) == set(Code)
    assert [note.code for note in problems.REFUSALS] == [code.value for code in Code]


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/nowhere", (404, "NOT_FOUND")),
        ("GET", "/api/v1/markets/a/b/c", (404, "NOT_FOUND")),
        ("GET", "/api/v1/markets/wETH/SOL", (404, "NOT_FOUND")),
        ("DELETE", "/venue", (405, "METHOD_NOT_ALLOWED")),
        ("GET", PREVIEW, (405, "METHOD_NOT_ALLOWED")),
        ("GET", "/venue?now=1", (400, "PARAMETER_UNKNOWN")),
        ("GET", "/events?limit=1&limit=2", (400, "PARAMETER_INVALID")),
        ("GET", "/events?limits=1", (400, "PARAMETER_UNKNOWN")),
        ("GET", "/markets/wETH~SOL?market=x", (400, "PARAMETER_UNKNOWN")),
        ("POST", PREVIEW, (400, "BODY_UNREADABLE")),
    ],
)
def test_what_is_not_there_or_not_taken_is_refused(
    served: Served, method: str, path: str, code: tuple[int, str]
) -> None:
    assert served.refused(method, path) == code


def test_a_method_that_is_not_taken_is_told_those_that_are(served: Served) -> None:
    assert "GET" in served.ask("DELETE", "/venue").headers["allow"]


@pytest.mark.parametrize("body", [b"{", b"", b"nul", b"\xff", b'{"a":1}{}', b"NaN", b"{'verb':1}"])
def test_a_body_that_is_no_json_is_refused(served: Served, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    assert served.refused("POST", PREVIEW, content=body, headers=headers) == (400, "BODY_UNREADABLE")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"verbs": "take"}, "did you mean 'verb'?"),
        ({"verb": "take", "fields": {"amount": 1}}, "'fields[...]'"),
        ({"verb": 1}, "the field 'verb' cannot be used: expected `str`, got `int`"),
        ([], "the body cannot be used: expected `object`, got `array`"),
        ({"tolerance": "1%"}, "the body lacks 'verb'"),
        ({"verb": "take", "fields": {"amounts": "1"}}, "one of amount"),
    ],
)
def test_a_body_of_another_shape_is_told_the_field_and_the_nearest_name(
    served: Served, body: Any, told: str
) -> None:
    response = served.ask("POST", PREVIEW, json=body)
    assert response.status_code == 400
    assert told in response.json()["detail"]


def test_a_text_that_looks_like_a_number_is_none_where_a_number_is_asked(served: Served) -> None:
    asked = served.refused("POST", "/intents/draft", json={"action": "act", "expires_ms": "5"})
    assert asked == (400, "FIELD_INVALID")


def test_a_fault_of_the_service_is_logged_by_its_id_and_not_told(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: House) -> tuple[Any, ...]:
        raise RuntimeError("the secret of /home/alice")

    with monkeypatch.context() as patch, caplog.at_level(logging.ERROR, logger="solvent.api"):
        patch.setattr(House, "feeds", property(broken))
        response = served.ask("GET", "/venue")
    assert (response.status_code, response.json()["code"]) == (500, "INTERNAL")
    assert "alice" not in response.text
    assert "Traceback" not in response.text
    (record,) = caplog.records
    assert response.json()["request_id"] in record.getMessage()
    assert "alice" in str(record.exc_info)


def test_a_venue_that_stopped_is_no_fault_and_says_so(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(_: House) -> int:
        raise VenueStopped("the venue was closed; open it again")

    monkeypatch.setattr(House, "now_ms", stopped)
    response = served.ask("GET", "/markets")
    assert (response.status_code, response.json()["code"]) == (503, "VENUE_STOPPED")
    assert response.headers["retry-after"] == "5"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Overloaded("10 wait"), (503, "OVERLOADED")),
        (RuntimeRefused("no step back"), (400, "FIELD_INVALID")),
        (InputRefused(name="verb", found="x", accepted="take"), (400, "FIELD_INVALID")),
        (TooManyRequestsException("slow down"), (429, "RATE_LIMITED")),
        (HTTPException("teapot", status_code=418), (500, "INTERNAL")),
        (HTTPException("Missing required query parameter 'a'", status_code=400), (400, "PARAMETER_INVALID")),
        (KeyError("x"), (500, "INTERNAL")),
        (Problem(Code.NOT_FOUND, "gone"), (404, "NOT_FOUND")),
    ],
)
def test_each_kind_of_exception_has_its_problem(error: Exception, code: tuple[int, str]) -> None:
    found = problem_of(error)
    assert (found.status, found.code) == code


def test_a_refusal_of_engine_or_model_keeps_its_words_its_numbers_and_its_offer() -> None:
    refused = Refused(
        code="MAX_LTV_EXCEEDED",
        message="too much",
        terms=(Term("asked", Amount(5, SOL)), Term("count", 3)),
        accepted=Amount(2 * 10**9, SOL),
    )
    shape = problems.of_refusal(refused).shape("id")
    assert (shape.status, shape.code, shape.detail) == (422, "MAX_LTV_EXCEEDED", "too much")
    assert shape.terms["count"] == 3
    assert (shape.would_be_accepted, shape.request_id) == (AmountShape("2", "SOL"), "id")


def test_the_nearest_name_is_told_with_all_that_there_are() -> None:
    assert nearest("limits", ("limit", "after")) == "did you mean 'limit'? There are: limit, after"
    assert nearest("x", ()) == "There are: none"


def test_a_handlers_parameters_are_those_of_its_query_and_none_that_it_is_given(served: Served) -> None:
    app = served.framework
    (ledger,) = [found for path, _, found in describing.operations(app) if path == "/api/v1/ledger"]
    assert parameters_of(ledger) == {"asset", "market", "after", "until", "limit"}
