"""The OpenAPI document: paths and shapes from the handlers, errors and codes from their tables."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec
from litestar import Litestar, Request, Router
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.handlers.base import BaseRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

from solvent.api import problems
from solvent.api.asking import CALLERS
from solvent.api.examples import EXAMPLES
from solvent.engine import REFUSALS as ENGINE_REFUSALS
from solvent.margin import RefusalNote, registry

VERSION = "1"
TITLE = "Solvent"
DESCRIPTION = """\
Reads, questions and commands of one venue. Amounts, prices and ratios are decimal strings, times are whole \
milliseconds. An answer that was computed from the state says from which event on, and when, in `as_of`. \
Every error is a problem (RFC 9457) with a `code`. In a path `/` in a market's name is written `~`."""
NOT_FOUND, REFUSED = 404, 422
# What may be answered to any request, to one by a known caller, to one with a body.
ALWAYS = (400, 429, 500, 503)
TO_CALLERS = (401, 403)
TO_BODIES = (413, 415, REFUSED)
# What a parameter means wherever it stands, unless its handler says so itself.
PARAMETERS = {
    "market": "a market's name, with `~` in place of `/`",
    "asset": "an asset's symbol: only what moved of it",
    "interval": "how much time a candle spans",
    "before_ms": "only candles that begin before this moment",
    "limit": "how many items there are at most",
    "number": "the number of one rule; all of them without it",
}
SECURITY: list[dict[str, list[str]]] = [
    {"session": []},
    {"cookie": []},
    {"key": [], "timestamp": [], "signature": []},
]


class _Bare(Router):
    """A router without the page that the framework adds for whatever is not there."""

    def register(self, value: ControllerRouterHandler) -> Any:
        """Register a handler, unless it stands for every other path."""
        if isinstance(value, BaseRouteHandler) and any(":" in path for path in value.paths):
            return []
        return super().register(value)


class _Document(JsonRenderPlugin):
    """The document as the service answers it."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the document's bytes."""
        del openapi_schema
        return kept(request.app, "document", lambda app: msgspec.json.encode(document(app)))


def config(base: str) -> OpenAPIConfig:
    """Return how the document is made and where it is found."""
    return OpenAPIConfig(
        title=TITLE,
        version=VERSION,
        description=DESCRIPTION,
        openapi_router=_Bare(base, route_handlers=[], include_in_schema=False),
        render_plugins=[_Document(path="/openapi.json")],
        use_handler_docstrings=True,
        operation_id_creator=lambda _, method, parts: "-".join(
            [str(HttpMethod(method).value).lower(), *(str(getattr(part, "name", part)) for part in parts)]
        ),
    )


def document(app: Litestar) -> dict[str, Any]:
    """Return the document of an application."""
    made: dict[str, Any] = msgspec.to_builtins(app.openapi_schema.to_schema())
    components = made.setdefault("components", {})
    components.setdefault("schemas", {}).update(_problem_schemas())
    components["securitySchemes"] = _security()
    for path, method, handler in operations(app):
        _describe(made["paths"][path][method], path, handler)
    return made


def kept(app: Litestar, name: str, make: Callable[[Litestar], bytes]) -> bytes:
    """Return what is made of an application once: it takes long, and never changes while it serves."""
    if name not in app.state:
        app.state[name] = make(app)
    found: bytes = app.state[name]
    return found


def operations(app: Litestar) -> Iterator[tuple[str, str, HTTPRouteHandler]]:
    """Yield each operation of the document: its path, its method, its handler."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        for method, (handler, _) in route.route_handler_map.items():
            if handler.resolve_include_in_schema() and method != "OPTIONS":
                yield route.path_format, method.lower(), handler


def _describe(operation: dict[str, Any], path: str, handler: HTTPRouteHandler) -> None:
    taken = set(handler.parsed_fn_signature.parameters)
    statuses = set(ALWAYS)
    if taken & CALLERS:
        statuses.update(TO_CALLERS)
        operation["security"] = SECURITY
    if "data" in taken:
        statuses.update(TO_BODIES)
    if "{" in path or "market" in taken or "data" in taken:
        statuses.update((NOT_FOUND, REFUSED))
    statuses.update(handler.opt.get("problems", ()))
    responses = operation["responses"]
    for status in sorted(statuses):
        responses[str(status)] = _problem_response(status)
    summary, _, rest = str(operation.get("description", "")).partition("\n")
    operation["summary"] = summary.rstrip(".")
    operation["description"] = rest.strip() or summary
    if "lines" in handler.opt:
        operation["requestBody"] = {"required": True, "content": handler.opt["lines"]}
    example = EXAMPLES.get(operation["operationId"])
    if example is not None and "requestBody" in operation:
        for content in operation["requestBody"]["content"].values():
            content["example"] = example
    for parameter in operation.get("parameters", ()):
        parameter.setdefault("description", PARAMETERS.get(parameter["name"], ""))
        if parameter["name"] == "market":
            parameter["example"] = "wETH~SOL"


def _problem_response(status: int) -> dict[str, Any]:
    codes = [code.value for code, found in problems.STATUS.items() if found == status]
    told = f"A problem: {', '.join(codes)}." if codes else ""
    if status == REFUSED:
        told = "A problem: the engine or the market's model refuses; the codes are those of `Code`. " + told
    elif status == NOT_FOUND:
        told += " MARKET_UNKNOWN and ACCOUNT_UNKNOWN where the name or id is not known."
    content = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {"description": told.strip(), "content": {problems.MEDIA_TYPE: content}}


def notes() -> dict[str, RefusalNote]:
    """Return the documentation of every code that a problem may carry, each once."""
    models = [note for name in registry.names() for note in registry.by_name(name).REFUSALS]
    return {note.code: note for note in (*models, *ENGINE_REFUSALS, *problems.REFUSALS)}


def _problem_schemas() -> Mapping[str, Any]:
    (_,), found = msgspec.json.schema_components(
        [problems.ProblemShape], ref_template="#/components/schemas/{name}"
    )
    problem = found.pop("ProblemShape")
    problem["properties"]["code"] = {"$ref": "#/components/schemas/Code"}
    problem["example"] = {
        "type": "about:blank",
        "title": "Unprocessable Entity",
        "status": REFUSED,
        "code": "MAX_LTV_EXCEEDED",
        "detail": "0.5 wETH cannot leave …; take at most 0.21734204 wETH",
        "terms": {"amount": {"amount": "0.5", "asset": "wETH"}},
        "would_be_accepted": {"amount": "0.21734204", "asset": "wETH"},
        "request_id": "1a20212bac1-3",
    }
    code = {
        "type": "string",
        "enum": sorted(notes()),
        "description": "\n".join(f"* `{note.code}`: {note.when}" for _, note in sorted(notes().items())),
    }
    return {**found, "Problem": problem, "Code": code}


def _security() -> dict[str, Any]:
    header = {"type": "apiKey", "in": "header"}
    return {
        "session": {"type": "http", "scheme": "bearer", "description": "A session's token; it reads only."},
        "cookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": "solvent",
            "description": "A session's cookie, named after the venue; it reads only.",
        },
        "key": {**header, "name": "Solvent-Key", "description": "An API key's id."},
        "timestamp": {**header, "name": "Solvent-Timestamp", "description": "Milliseconds, within 30 s."},
        "signature": {
            **header,
            "name": "Solvent-Signature",
            "description": "HMAC-SHA256 over timestamp, method, path, idempotency key and the body's digest.",
        },
    }
