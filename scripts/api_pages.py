"""The service's page of the reference, made from its OpenAPI document."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from scripts.markdown import escaped, table

from solvent.api import describing
from solvent.api.app import application
from solvent.api.limits import Caps
from solvent.runtime import Profile, Settings, open_house

INTRODUCTION = """\
Every address of a served venue, from its OpenAPI 3.1 document (`/api/v1/openapi.json`, to read at
`/api/docs`). [The service](../concepts/api.md) says how to call it. A shape's fields stand [below](#shapes);
every error is a [problem](#problem) with one of the [codes](refusals.md) of the service, the engine and the
models."""


def document() -> dict[str, Any]:
    """Return the OpenAPI document of a venue without markets."""
    settings = Settings(data_folder=":memory:", clock="virtual")
    house = open_house(settings, profile=Profile(name="reference"), post=lambda _: None)
    try:
        return describing.document(application(house, caps=Caps()))
    finally:
        house.close()


def service_page() -> str:
    """Return the whole page."""
    return "\n".join(_lines(document()))


def _lines(made: Mapping[str, Any]) -> Iterator[str]:
    yield from ("# The service", "", INTRODUCTION)
    groups: dict[str, list[tuple[str, str, Any]]] = {}
    for path, item in made["paths"].items():
        for method, operation in item.items():
            groups.setdefault(operation["tags"][0], []).append((path, method, operation))
    for tag, operations in groups.items():
        yield from ("", f"## {tag}")
        for path, method, operation in operations:
            yield from ("", f"### `{method.upper()} {path}`", "", *_operation(operation))
    yield from ("", "## Shapes")
    for name, schema in sorted(made["components"]["schemas"].items()):
        if name != "Code":
            yield from ("", f"### {name}", "", *_shape(schema))


def _operation(operation: Mapping[str, Any]) -> Iterator[str]:
    yield escaped(operation["summary"]) + "."
    if operation["description"].rstrip(".") != operation["summary"]:
        yield from ("", escaped(operation["description"]))
    if "security" in operation:
        yield from ("", "Needs a session or an API key.")
    parameters = operation.get("parameters", ())
    if parameters:
        yield ""
        rows = [
            (
                f"`{one['name']}`",
                one["in"],
                escaped(one.get("description", "")),
                _kind(one.get("schema", {})),
            )
            for one in parameters
        ]
        yield from table(("parameter", "in", "meaning", "kind"), rows)
    for content in operation.get("requestBody", {}).get("content", {}).values():
        yield from ("", f"Body: {_kind(content['schema'])}.")
        if "example" in content:
            yield from ("", "```json", json.dumps(content["example"], ensure_ascii=False), "```")
    answers = [
        f"{status} {' or '.join(_kind(content['schema']) for content in response['content'].values())}"
        for status, response in operation["responses"].items()
        if int(status) < 400 and response.get("content")
    ]
    refusals = ", ".join(status for status in operation["responses"] if int(status) >= 400)
    yield from ("", f"Answers: {'; '.join(answers) or 'nothing'}. Problems: {refusals}.")


def _shape(schema: Mapping[str, Any]) -> Iterator[str]:
    if schema.get("description"):
        yield from (escaped(" ".join(str(schema["description"]).split())), "")
    required = set(schema.get("required", ()))
    rows = [
        (f"`{name}`", _kind(kind), "" if name in required else "may be missing")
        for name, kind in schema.get("properties", {}).items()
    ]
    if rows:
        yield from table(("field", "kind", ""), rows)


def _kind(schema: Mapping[str, Any]) -> str:
    """Name a schema's kind, with a link where it has a name."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return "a [code](refusals.md)" if name == "Code" else f"[{name}](#{name.lower()})"
    for joint in ("oneOf", "anyOf"):
        if joint in schema:
            return " or ".join(dict.fromkeys(_kind(one) for one in schema[joint]))
    kinds = schema.get("type", "anything")
    if kinds == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if kinds == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_kind(schema['additionalProperties'])}"
    if "enum" in schema:
        return " or ".join(f"`{one}`" for one in schema["enum"])
    return " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
