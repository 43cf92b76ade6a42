"""A running server held to its own document: no fault, no answer beside it, nothing odd taken."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from solvent.api.limits import Caps
from solvent.margin import Verb
from tests.unit.api.serving import ALICE, WHO, Served

STREAM = "POST /api/v1/stream"
FREE: Any = dict.fromkeys(("address_rate", "address_burst", "account_rate", "account_burst"), 10**9)
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
BRIEF = settings(
    max_examples=8,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate],
)
MARKETS = ("wETH~SOL", "BTC-PERP", "XBTUSDTM", "SOL-PERP", "nowhere")
NUMBERS = (
    "0.1",
    "max",
    "0",
    "-1",
    "1e99",
    "1e-99",
    "1e101",
    "",
    "0x1",
    "٣",
    "1" * 121,
    "NaN",
    "0.1 wETH",
    " 1 ",
)
FIELDS = ("amount", "size", "leverage", "margin", "lots", "limit", "id", "fraction", "level")


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served(caps=Caps(**FREE)) as opened:
        yield opened


@pytest.fixture(scope="module")
def operations(served: Served) -> dict[str, Any]:
    schema = schemathesis.openapi.from_url(f"{served.serve()}/api/v1/openapi.json")
    found: list[Any] = [result.ok() for result in schema.get_all_operations()]  # type: ignore[union-attr]
    # A stream's body is no one value, and its lines are wrong each for itself: test_stream holds it.
    return {operation.label: operation for operation in found if operation.label != STREAM}


def hold(case: Any, *, who: str | None, checks: list[Any]) -> int:
    """Send a case and check what comes back; returns its status."""
    response = case.call(headers={WHO: who} if who else {})
    case.validate_response(response, checks=checks)
    return int(response.status_code)


def has_input(operation: Any) -> bool:
    """Tell whether an operation takes more than a path: a path alone can hardly be wrong in its form."""
    return bool(operation.body) or bool(operation.query)


@pytest.mark.slow
@pytest.mark.parametrize("who", [ALICE, None])
def test_whatever_fits_the_document_is_answered_as_it_says(
    operations: dict[str, Any], who: str | None
) -> None:
    for operation in operations.values():

        @BRIEF
        @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
        def check(case: Any) -> None:
            hold(case, who=who, checks=CHECKS)

        check()
    assert len(operations) > 20


@pytest.mark.slow
def test_whatever_does_not_fit_the_document_is_refused(operations: dict[str, Any]) -> None:
    for operation in (one for one in operations.values() if has_input(one)):

        @settings(BRIEF, max_examples=4)
        @given(case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE))
        def check(case: Any) -> None:
            hold(case, who=ALICE, checks=[*CHECKS, negative_data_rejection])

        check()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["limits", "preview", "solve", "quotes"])
def test_questions_with_odd_numbers_about_real_markets_are_never_a_fault(
    operations: dict[str, Any], name: str
) -> None:
    path = "/api/v1/quotes" if name == "quotes" else f"/api/v1/markets/{{market}}/{name}"
    operation = operations[f"POST {path}"]
    fields = st.dictionaries(st.sampled_from(FIELDS), st.sampled_from(NUMBERS), max_size=3)
    number = st.sampled_from(NUMBERS)
    bodies = {
        "limits": st.fixed_dictionaries(
            {},
            optional={
                "price": st.dictionaries(st.sampled_from(("mark", "loan_usd")), number),
                "tolerance": number,
            },
        ),
        "preview": st.fixed_dictionaries({"verb": st.sampled_from(Verb), "fields": fields}),
        "solve": st.fixed_dictionaries(
            {
                "verb": st.sampled_from(Verb),
                "target": st.dictionaries(
                    st.sampled_from(("leverage", "liquidation_price", "survives")),
                    number,
                    min_size=1,
                    max_size=1,
                ),
            }
        ),
        "quotes": st.fixed_dictionaries(
            {
                "market": st.sampled_from(MARKETS),
                "verb": st.sampled_from(Verb),
                "fields": fields,
                "tolerance": number,
            }
        ),
    }
    seen: set[int] = set()

    @settings(BRIEF, max_examples=60)
    @given(market=st.sampled_from(MARKETS), body=bodies[name])
    def check(market: str, body: Any) -> None:
        parameters = {} if name == "quotes" else {"market": market}
        case = operation.Case(path_parameters=parameters, body=body, media_type="application/json")
        seen.add(hold(case, who=ALICE, checks=CHECKS))

    check()
    assert {400, 404} <= seen
