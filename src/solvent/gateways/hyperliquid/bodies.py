"""Bodies as Hyperliquid reads them: keys in their order, integers as integers, other numbers exact.

An integer that is due is one: a number with a point is of the wrong shape even where it is whole, and so is a
boolean. What is not looked at may be there.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

import msgspec

from solvent.money import NumberRefused, Ratio, parse_units

ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
CLOID = re.compile(r"0x[0-9a-fA-F]{32}")
HEX_NUMBER = re.compile(r"0x[0-9a-fA-F]{1,64}")
DECIMAL = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
INTEGER_MAX = (1 << 63) - 1
_DECODER = msgspec.json.Decoder(float_hook=Decimal)
Found = TypeVar("Found")


class Misshapen(Exception):
    """The body is not of the shape that is due; the venue says no more than that."""


def decode(body: bytes) -> "Fields":
    """Read a body that is an object.

    Errors: `Misshapen`.
    """
    try:
        return Fields(_DECODER.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Misshapen(str(error)) from error


class Fields:
    """An object whose fields are read with their types; each reading may raise `Misshapen`."""

    def __init__(self, found: object) -> None:
        if not isinstance(found, dict):
            raise Misshapen("an object is due")
        self.found: Mapping[str, Any] = found

    def has(self, name: str) -> bool:
        """Tell whether a field is there and not null."""
        return self.found.get(name) is not None

    def text(self, name: str) -> str:
        """Read a text."""
        return self._of(name, str)

    def flag(self, name: str) -> bool:
        """Read a boolean."""
        return self._of(name, bool)

    def integer(self, name: str, *, least: int = 0) -> int:
        """Read an integer, never one that a boolean or another number stands for."""
        found = self._of(name, int)
        if not least <= found <= INTEGER_MAX:
            raise Misshapen(f"{name} is out of range")
        return found

    def integer_or(self, name: str, default: int) -> int:
        """Read an integer, or what stands for a missing one."""
        return self.integer(name) if self.has(name) else default

    def address(self, name: str) -> str:
        """Read an address, in lower case whatever it came in."""
        return self._matching(name, ADDRESS).lower()

    def cloid(self, name: str) -> str:
        """Read a client's order id."""
        return self._matching(name, CLOID).lower()

    def number(self, name: str) -> str:
        """Read a text that is a plain decimal number."""
        return self._matching(name, DECIMAL)

    def usd(self, name: str) -> int:
        """Read an amount of dollars, in micro-USD."""
        return self._read(name, lambda text: parse_units(text, 6, name=name))

    def ratio(self, name: str) -> Ratio:
        """Read a text that is an exact number."""
        return self._read(name, lambda text: Ratio.parse(text, name=name, signed=True))

    def hex_number(self, name: str) -> int:
        """Read a number in hexadecimal digits, however many of them."""
        return int(self._matching(name, HEX_NUMBER), 16)

    def object(self, name: str) -> "Fields":
        """Read an object."""
        return Fields(self.found.get(name))

    def objects(self, name: str) -> "list[Fields]":
        """Read a list of objects."""
        return [Fields(one) for one in self._of(name, list)]

    def _of(self, name: str, kind: type[Found]) -> Found:
        found = self.found.get(name)
        if type(found) is not kind:
            raise Misshapen(f"{name} is not {kind.__name__}")
        return found

    def _matching(self, name: str, pattern: re.Pattern[str]) -> str:
        found = self.text(name)
        if pattern.fullmatch(found) is None:
            raise Misshapen(f"{name} has another form")
        return found

    def _read(self, name: str, read: Callable[[str], Found]) -> Found:
        try:
            return read(self.number(name))
        except NumberRefused as error:
            raise Misshapen(str(error)) from error
