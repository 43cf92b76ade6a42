"""Exact values as JSON for the command line: the service's shapes, and what only the command line prints."""

import json
from typing import Any

import msgspec

from solvent.api import shapes
from solvent.margin import Guards, Headline, Limits, Maximum, Preview, Refused, Row, Solved, Unreachable
from solvent.money import Amount, Ratio


def dumps(value: Any) -> str:
    """Write plain data as indented JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def plain(value: Amount | Ratio | int | str | bool | None) -> Any:
    """Return one value as JSON data: decimal strings; whole counts stay integers."""
    return msgspec.to_builtins(shapes.plain(value))


def rows(values: tuple[Row, ...]) -> dict[str, Any]:
    """Return a full view as an object by the rows' names."""
    return {row.name: plain(row.value) for row in values}


def maximum(value: Maximum) -> Any:
    """Return one maximum with what binds it and every limit."""
    return msgspec.to_builtins(shapes.maximum(value))


def limits(value: Limits) -> Any:
    """Return every maximum by its verb."""
    return msgspec.to_builtins(shapes.limits(value))


def headline(value: Headline) -> Any:
    """Return the small common view."""
    return msgspec.to_builtins(shapes.headline(value))


def guards(value: Guards) -> Any:
    """Return the bounds of a preview."""
    return msgspec.to_builtins(shapes.guards(value))


def refused(value: Refused) -> Any:
    """Return a refusal with its numbers and what would be accepted."""
    return msgspec.to_builtins(shapes.refused(value))


def preview(value: Preview[Any]) -> dict[str, Any]:
    """Return before, after, postings, guards and warnings."""
    return {
        "accepted": True,
        "before": rows(value.before),
        "after": rows(value.after),
        "postings": msgspec.to_builtins(shapes.postings(value)),
        "guards": guards(value.guards),
        "warnings": msgspec.to_builtins(shapes.warnings(value)),
    }


def solution(value: Solved | Unreachable) -> Any:
    """Return the answer to a target."""
    return msgspec.to_builtins(shapes.solution(value))
