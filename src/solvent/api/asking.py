"""Bodies and queries read strictly, by their types and names; what is unknown is told the nearest."""

from collections.abc import Iterator
from types import UnionType
from typing import Any, Union, get_args, get_origin

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from msgspec import ValidationError

from solvent.api.problems import Code, Problem, nearest

# What reading of bytes raises where they are no JSON, no UTF-8, or nested too deeply.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
# The dependencies that stand for who asks.
CALLERS = frozenset({"caller", "reader", "trader", "keeper"})
# What the framework hands to a handler under these names comes from no query.
_OWN_NAMES = frozenset({"request", "data", "body", "headers", "cookies", "state", "scope", "socket", "query"})


async def require_body(request: Request[Any, Any, Any]) -> None:
    """Check a request's body against the type that its handler takes.

    The framework reads it again, and would take `"5"` for 5 and name no nearest field.
    Errors: `Problem` for what is no JSON, an unknown field, a missing one, and a value of another type.
    """
    field = request.route_handler.parsed_fn_signature.parameters.get("data")
    if field is None:
        return
    read_body(await request.body(), field.annotation)


def read_body(body: bytes, kind: Any) -> Any:
    """Read JSON strictly as a kind.

    Errors: `Problem` for what is no JSON, an unknown field, a missing one, and a value of another type.
    """
    try:
        return msgspec.json.decode(body, type=kind, strict=True)
    except ValidationError as error:
        raise _of_body(kind, str(error)) from error
    except UNREADABLE as error:
        found = _lowered(str(error)) if body else "it is empty"
        detail = f"the body cannot be read: {found}; send one JSON object"
        raise Problem(Code.BODY_UNREADABLE, detail) from error


def _of_body(kind: type[Any], told: str) -> Problem:
    what, _, place = told.partition(" - at `")
    path = place.rstrip("`").removeprefix("$").lstrip(".")
    prefix = f"{path}." if path else ""
    if what.startswith("Object contains unknown field"):
        name = what.split("`")[1]
        known = tuple(dict.fromkeys(_names_in(kind)))
        detail = f"the body has a field {prefix + name!r} that is not known; {nearest(name, known)}"
        return Problem(Code.FIELD_UNKNOWN, detail, terms={"field": prefix + name})
    if what.startswith("Object missing required field"):
        name = prefix + what.split("`")[1]
        return Problem(Code.FIELD_INVALID, f"the body lacks {name!r}; give it", terms={"field": name})
    where = f"the field {path!r}" if path else "the body"
    return Problem(Code.FIELD_INVALID, f"{where} cannot be used: {_lowered(what)}", terms={"field": path})


def _lowered(sentence: str) -> str:
    """Return a sentence as it goes on behind a colon; a name in capitals, as JSON, stays one."""
    return sentence if sentence[:2].isupper() else sentence[:1].lower() + sentence[1:]


def _names_in(kind: Any) -> Iterator[str]:
    """Yield the field names of a struct and of those in it."""
    if get_origin(kind) in (Union, UnionType, list, dict, tuple):
        for part in get_args(kind):
            yield from _names_in(part)
    elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        for field in msgspec.structs.fields(kind):
            yield field.encode_name
            yield from _names_in(field.type)


async def read_strictly(connection: ASGIConnection[Any, Any, Any, Any], route: BaseRouteHandler) -> None:
    """Check the query, and the body of a handler that asks for no caller: others check it when he is known.

    Errors: `Problem`.
    """
    _refuse_unknown_parameters(connection, route)
    if isinstance(connection, Request) and not CALLERS & set(route.parsed_fn_signature.parameters):
        await require_body(connection)


def _refuse_unknown_parameters(
    connection: ASGIConnection[Any, Any, Any, Any], route: BaseRouteHandler
) -> None:
    """Refuse a query with a parameter that the handler does not take, or one that is given twice.

    Errors: `Problem`.
    """
    given = [name for name, _ in connection.query_params.multi_items()]
    if not given:
        return
    known = parameters_of(route) - set(connection.path_params)
    for name in given:
        if name not in known:
            detail = f"there is no parameter {name!r} here; {nearest(name, tuple(sorted(known)))}"
            raise Problem(Code.PARAMETER_UNKNOWN, detail, terms={"parameter": name})
        if given.count(name) > 1:
            detail = f"the parameter {name!r} is given {given.count(name)} times; give it once"
            raise Problem(Code.PARAMETER_INVALID, detail, terms={"parameter": name})


def parameters_of(route: BaseRouteHandler) -> frozenset[str]:
    """Return the names of the query's parameters of a handler."""
    names = set(route.parsed_fn_signature.parameters) - set(route.resolve_dependencies()) - _OWN_NAMES
    return frozenset(names)
