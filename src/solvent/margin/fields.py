"""Text fields of books and actions, checked against the ones that a model knows."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from solvent.margin.seam import InputField, InputRefused

ChoiceT = TypeVar("ChoiceT", bound=StrEnum)
ORDER_ID_LENGTH_MAX = 64


def with_defaults(fields: Mapping[str, str], known: tuple[InputField, ...]) -> dict[str, str]:
    """Return the fields with defaults filled in.

    Errors: `InputRefused` for an unknown field and for a required one that is missing.
    """
    names = {field.name for field in known}
    for name in fields:
        if name not in names:
            raise InputRefused(name="field", found=name, accepted="one of " + ", ".join(sorted(names)))
    for field in known:
        if field.default is None and not fields.get(field.name):
            raise InputRefused(name=field.name, found="", accepted=field.help)
    return {field.name: fields.get(field.name) or field.default or "" for field in known}


def yes_or_no(text: str, *, name: str) -> bool:
    """Read a flag.

    Errors: `InputRefused` for anything but yes, true, 1, no, false and 0, in any case.
    """
    if text.lower() in ("yes", "true", "1"):
        return True
    if text.lower() in ("no", "false", "0"):
        return False
    raise InputRefused(name=name, found=text, accepted="yes or no")


def choice(kind: type[ChoiceT], text: str, *, name: str) -> ChoiceT:
    """Read one of a few words, in any case.

    Errors: `InputRefused`, naming them.
    """
    for one in kind:
        if one.value.lower() == text.lower():
            return one
    raise InputRefused(name=name, found=text, accepted=" or ".join(kind))


def order_id(text: str) -> str:
    """Read the id of an order.

    Errors: `InputRefused` for one that is too long or cannot be printed.
    """
    if not text.isprintable() or text != text.strip() or len(text) > ORDER_ID_LENGTH_MAX:
        accepted = f"at most {ORDER_ID_LENGTH_MAX} printable characters without spaces around them"
        raise InputRefused(name="id", found=text[: ORDER_ID_LENGTH_MAX + 1], accepted=accepted)
    return text
