"""Other venues' JSON and number formats ↔ margin's values; pure."""

from solvent.dialects.errors import DialectError, ShapeRefused
from solvent.dialects.payload import Json, encode_json, parse_json

__all__ = ["DialectError", "Json", "ShapeRefused", "encode_json", "parse_json"]
