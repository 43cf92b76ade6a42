"""The OpenAPI document and its page: every route, every code, nothing from elsewhere."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from litestar.routes import HTTPRoute

from solvent.api import describing
from solvent.api.docs_page import page
from solvent.api.examples import EXAMPLES
from solvent.engine import Code as EngineCode
from solvent.margin import registry
from tests.unit.api.serving import ALICE, Served

METHODS = {"get", "post", "put", "patch", "delete"}
# What is served beside the service itself: its own description.
BESIDE = {"/api/docs", "/api/v1/openapi.json", "/api/v1"}


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with Served() as opened:
        yield opened


@pytest.fixture(scope="module")
def document(served: Served) -> Any:
    return served.ask("GET", "/openapi.json", who=None).json()


def test_every_route_is_in_the_document_and_every_path_of_it_is_a_route(
    served: Served, document: Any
) -> None:
    routed = {
        (route.path_format, method.lower())
        for route in served.framework.routes
        if isinstance(route, HTTPRoute) and route.path_format not in BESIDE
        for method in route.route_handler_map
        if method.lower() in METHODS
    }
    described = {(path, method) for path, item in document["paths"].items() for method in item}
    assert routed == described
    assert len(described) > 20


def test_the_document_is_openapi_31_and_every_reference_in_it_leads_somewhere(document: Any) -> None:
    assert document["openapi"] == "3.1.0"
    schemas = document["components"]["schemas"]
    references = set(re.findall(r"'#/components/schemas/(\w+)'", str(document)))
    assert references - set(schemas) == set()
    assert {"Problem", "Code", "PositionShape"} <= references


def test_every_code_of_service_engine_and_models_is_documented(document: Any) -> None:
    code = document["components"]["schemas"]["Code"]
    known = {one.value for one in EngineCode}
    for name in registry.names():
        known |= {note.code for note in registry.by_name(name).REFUSALS}
    assert known <= set(code["enum"])
    for one in code["enum"]:
        assert f"* `{one}`: " in code["description"]


def test_every_error_is_described_as_a_problem(document: Any) -> None:
    for item in document["paths"].values():
        for operation in item.values():
            assert {"400", "429", "500", "503"} <= set(operation["responses"])
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    (kind,) = response["content"]
                    assert kind == "application/problem+json"


def test_what_is_an_accounts_own_says_how_to_sign_in(document: Any) -> None:
    wallet, venue = (document["paths"][f"/api/v1/{name}"]["get"] for name in ("wallet", "venue"))
    assert {"401", "403"} <= set(wallet["responses"])
    assert wallet["security"]
    assert "security" not in venue
    assert {"session", "cookie", "key"} <= set(document["components"]["securitySchemes"])


def test_every_example_of_a_body_is_of_an_operation_and_is_answered(served: Served, document: Any) -> None:
    operations = {
        operation["operationId"]: (path, method)
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    assert set(EXAMPLES) <= set(operations)
    for name in ("limits", "preview", "solve"):
        path, method = operations[f"post-api-v1-markets-market-{name}"]
        body = EXAMPLES[f"post-api-v1-markets-market-{name}"]
        where = path.replace("{market}", "wETH~SOL")
        assert served.ask(method.upper(), where, json=body, who=ALICE).status_code == 200
    assert served.post("/quotes", EXAMPLES["post-api-v1-quotes"])["accepted"]


def test_every_parameter_says_what_it_means_and_every_shape_has_one_name(document: Any) -> None:
    for item in document["paths"].values():
        for operation in item.values():
            for parameter in operation.get("parameters", ()):
                assert len(parameter["description"].split()) > 2, (operation["operationId"], parameter)
    assert [name for name in document["components"]["schemas"] if "_" in name] == []


def test_every_operation_says_what_it_does_in_a_sentence(document: Any) -> None:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            assert len(operation["summary"].split()) > 1, (path, method)


def test_the_page_shows_every_operation_and_asks_nothing_of_any_network(
    served: Served, document: Any
) -> None:
    response = served.ask("GET", "/api/docs", who=None)
    assert response.headers["content-type"].startswith("text/html")
    text = response.text
    assert text == page(describing.document(served.framework))
    for path, item in document["paths"].items():
        for operation in item.values():
            assert f'id="{operation["operationId"]}"' in text
        assert f"<code>{path}</code>" in text
    assert "<script" not in text
    assert set(re.findall(r'(?:href|src)="([^#"][^"]*)"', text)) == {"/api/v1/openapi.json"}
    assert not re.search(r"url\(|@import", text)


def test_the_page_writes_what_it_shows_as_text() -> None:
    told = page(
        {
            "info": {"title": "<b>", "description": "a `<i>` here"},
            "paths": {},
            "components": {"schemas": {"X": {"description": "<u>"}}},
        }
    )
    assert "<title>&lt;b&gt; API</title>" in told
    assert "a <code>&lt;i&gt;</code> here" in told
    assert "<u>" not in told
