"""JSON with exact decimals, read through a cursor that knows where it is."""

import json
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from typing import NoReturn

from solvent.dialects.errors import ShapeRefused
from solvent.money import NumberRefused, Ratio, Rounding, format_ratio

Json = dict[str, "Json"] | list["Json"] | str | int | Decimal | bool | None

SHOWN_MAX = 60
# Made once: `json.dumps` makes an encoder each time for these choices.
_WRITTEN = json.JSONEncoder(ensure_ascii=False).encode


def parse_json(text: str | bytes) -> Json:
    """Parse JSON with exact decimals; a name that stands twice in one object is refused.

    Errors: `ShapeRefused`, with line and column where the text is no JSON.
    """
    try:
        plain = text.decode("utf-8-sig") if isinstance(text, bytes) else text.removeprefix("\ufeff")
        parsed: Json = json.loads(
            plain, parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_unique
        )
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ShapeRefused(
            path="", found=f"text that is no JSON ({error.msg}, {where})", accepted="JSON"
        ) from error
    except UnicodeDecodeError as error:
        raise ShapeRefused(path="", found="bytes that are no UTF-8 text", accepted="JSON") from error
    except RecursionError as error:
        raise ShapeRefused(
            path="", found="JSON nested too deeply", accepted="lists and objects a few levels deep"
        ) from error
    except InvalidOperation as error:
        raise ShapeRefused(path="", found="a number out of range", accepted="plain decimals") from error
    except ShapeRefused:
        raise
    except ValueError as error:  # an integer of thousands of digits
        raise ShapeRefused(
            path="", found="an unreadable number of too many digits", accepted="plain decimals"
        ) from error
    return parsed


def _refuse_constant(name: str) -> NoReturn:
    raise ShapeRefused(path="", found=name, accepted="a finite number")


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ShapeRefused(path=twice, found="the name twice in one object", accepted="it once")
    return found


def shown(value: Json) -> str:
    """Write a value for an error message, cut short."""
    if isinstance(value, dict):
        return f"an object with {', '.join(list(value)[:4]) or 'no fields'}"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    text = json.dumps(value) if isinstance(value, str | bool) or value is None else str(value)
    return text if len(text) <= SHOWN_MAX else f"{text[: SHOWN_MAX - 3]}..."


class Node:
    """One value of a payload and its path, such as `assetPositions[0].position.szi`."""

    __slots__ = ("path", "value")

    def __init__(self, value: Json, path: str = "") -> None:
        self.value = value
        self.path = path

    def refused(self, accepted: str) -> ShapeRefused:
        """Build the complaint about this value."""
        return ShapeRefused(path=self.path, found=shown(self.value), accepted=accepted)

    @property
    def is_null(self) -> bool:
        """Tell whether the value is null or absent."""
        return self.value is None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of an object's fields; none of anything else."""
        return tuple(self.value) if isinstance(self.value, dict) else ()

    def has(self, *names: str) -> bool:
        """Tell whether this is an object with all these fields."""
        return isinstance(self.value, dict) and all(name in self.value for name in names)

    def __getitem__(self, name: str) -> "Node":
        """Return a field that must be there.

        Errors: `ShapeRefused`.
        """
        fields = self.object()
        if name not in fields:
            raise ShapeRefused(path=self._below(name), found="nothing", accepted="this field")
        return Node(fields[name], self._below(name))

    def maybe(self, name: str) -> "Node":
        """Return a field, or a null node where it is absent."""
        return Node(self.object().get(name), self._below(name))

    def _below(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def object(self) -> dict[str, Json]:
        """Return an object's fields.

        Errors: `ShapeRefused`.
        """
        if not isinstance(self.value, dict):
            raise self.refused("an object")
        return self.value

    def items(self) -> Iterator["Node"]:
        """Yield a list's items.

        Errors: `ShapeRefused`.
        """
        if not isinstance(self.value, list):
            raise self.refused("a list")
        return (Node(item, f"{self.path}[{place}]") for place, item in enumerate(self.value))

    def text(self) -> str:
        """Return a string.

        Errors: `ShapeRefused`.
        """
        if not isinstance(self.value, str):
            raise self.refused("a string")
        return self.value

    def flag(self) -> bool:
        """Return a boolean.

        Errors: `ShapeRefused`.
        """
        if not isinstance(self.value, bool):
            raise self.refused("true or false")
        return self.value

    def number(self) -> Ratio:
        """Return a number, printed as a JSON number or as a string of one, exactly.

        Errors: `ShapeRefused`.
        """
        value = self.value
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise self.refused('a number, or a string of one such as "12.5"')
        try:
            return Ratio.parse(str(value), name=self.path or "number", signed=True)
        except NumberRefused as error:
            raise self.refused(error.accepted) from error

    def positive(self) -> Ratio:
        """Return a number above zero.

        Errors: `ShapeRefused`.
        """
        number = self.number()
        if number.num <= 0:
            raise self.refused("a number above zero")
        return number

    def units(self, decimals: int) -> int:
        """Return a number as an integer of 10^-decimals, exactly.

        Errors: `ShapeRefused` for more decimals.
        """
        number = self.number()
        units = number.units(decimals, Rounding.FLOOR)
        if units * number.den != number.num * 10**decimals:
            raise self.refused(f"at most {decimals} decimals" if decimals else "a whole number")
        return units

    def whole(self) -> int:
        """Return a whole number.

        Errors: `ShapeRefused`.
        """
        return self.units(0)


def exact_text(value: Ratio) -> str:
    """Write an exact number: all its decimals where they end, else 15 significant digits."""
    decimals = decimals_of(value)
    if decimals is None:
        return str(value)
    return format_ratio(value.num, value.den, decimals=decimals, rounding=Rounding.FLOOR)


def decimals_of(value: Ratio) -> int | None:
    """Return how many decimals a number needs, or none when they do not end."""
    den = value.fraction.denominator
    twos = fives = 0
    while den % 2 == 0:
        den, twos = den // 2, twos + 1
    while den % 5 == 0:
        den, fives = den // 5, fives + 1
    return max(twos, fives) if den == 1 else None


def encode_json(value: Json) -> str:
    """Write JSON with plain decimal literals, never with an exponent."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return f"{{{','.join([f'{_WRITTEN(name)}:{encode_json(item)}' for name, item in value.items()])}}}"
    if isinstance(value, list):
        return f"[{','.join([encode_json(item) for item in value])}]"
    return _WRITTEN(value)
