"""What the money room raises when a number may not enter."""

from enum import StrEnum

SHOWN_BITS_MAX = 180


class NumberFault(StrEnum):
    """Why a number was refused; append-only."""

    NOT_TEXT = "NOT_TEXT"
    NOT_A_NUMBER = "NOT_A_NUMBER"
    TOO_MANY_DECIMALS = "TOO_MANY_DECIMALS"
    SIGN_NOT_ALLOWED = "SIGN_NOT_ALLOWED"
    OUT_OF_RANGE = "OUT_OF_RANGE"
    NOT_A_TIME = "NOT_A_TIME"


class MoneyError(ValueError):
    """The base of every error that `money` raises."""


class NumberRefused(MoneyError):
    """A number that is not exact, not a number, or out of range.

    `fault` says why, `name` which field, `found` what was given, `accepted` what would do.
    """

    def __init__(self, fault: NumberFault, *, name: str, found: object, accepted: str) -> None:
        self.fault = fault
        self.name = name
        self.found = found
        self.accepted = accepted
        super().__init__(f"{name} {_shown(found)} is not usable: {_REASONS[fault]}; give {accepted}")


class AssetMismatch(MoneyError):
    """Two amounts of different assets met in one sum or comparison."""

    def __init__(self, left: str, right: str) -> None:
        self.left = left
        self.right = right
        super().__init__(f"an amount of {left} and an amount of {right} cannot be added or compared")


_REASONS = {
    NumberFault.NOT_TEXT: "it is not text or a Decimal, so its exact value is unknown",
    NumberFault.NOT_A_NUMBER: "it is not a plain decimal number",
    NumberFault.TOO_MANY_DECIMALS: "it has more decimals than the unit",
    NumberFault.SIGN_NOT_ALLOWED: "a sign does not belong here",
    NumberFault.OUT_OF_RANGE: "it is too large or too small to be meant",
    NumberFault.NOT_A_TIME: "it is not a moment",
}


def _shown(found: object) -> str:
    """Write what was found, cut to a line; Python itself refuses to write out a very long int."""
    if isinstance(found, int) and found.bit_length() > SHOWN_BITS_MAX:
        return f"(an int of {found.bit_length()} bits)"
    text = repr(found)
    return text if len(text) <= 60 else f"{text[:57]}..."
