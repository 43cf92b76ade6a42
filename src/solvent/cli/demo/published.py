"""Published positions of real venues, as shipped with the library."""

from importlib.resources import files
from typing import Any

from msgspec import Struct

from solvent.dialects import parse_json


class Published(Struct, frozen=True):
    """One published position: its own fields and what the venue printed of it, as exact text."""

    name: str
    date: str
    source: str | None
    given: dict[str, Any]
    printed: dict[str, Any]


def published(file: str, name: str) -> Published:
    """Return one published position by the name that it has in its file."""
    text = files("solvent.dialects").joinpath("vectors", file).read_text(encoding="utf-8")
    cases: Any = parse_json(text)
    case = next(case for case in cases if case["name"] == name)
    return Published(name, case["date"], case["source"], case["given"], case["printed"])
