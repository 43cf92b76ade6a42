"""Text and `Decimal` to integer units and back; nothing inexact enters.

Accepted: ASCII digits, one point, groups of three digits as we print them (`34,285.714285`), a
small exponent, and a sign where the caller allows one. Refused with a sentence: floats, booleans,
bare ints (whole or smallest units? unknown), NaN, infinities, more decimals than the unit has,
foreign digits, trailing text, numbers past 120 digits, and groups that begin with a zero: whoever
writes `0,125` means an eighth.
"""

import re
from decimal import Decimal

from solvent.money.errors import NumberFault, NumberRefused
from solvent.money.rounding import Rounding, divide, power_of_ten

DIGITS_MAX = 120
EXPONENT_MAX = 100
EXPONENT_TEXT_MAX = 20

_NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?P<whole>[1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+|(?=\.))(?:\.(?P<part>[0-9]+))?"
    r"(?:[eE](?P<exponent>[+-]?[0-9]+))?",
    re.ASCII,
)


def parse_units(value: str | Decimal, decimals: int, *, name: str = "amount", signed: bool = False) -> int:
    """Read a number of whole things as an integer of the smallest unit.

    Units:  the result counts 10^-decimals.
    Rounds: never; a digit past the unit is refused.
    Errors: `NumberRefused`.
    """
    units = _plain_units(value, decimals)
    if units is not None:
        return units
    digits, exponent = parse_decimal(value, name=name, signed=signed)
    shift = exponent + decimals
    if shift >= 0:
        return digits * power_of_ten(shift)
    units, rest = divmod(digits, power_of_ten(-shift))
    if rest:
        accepted = f"at most {decimals} decimals" if decimals else "a whole number"
        raise NumberRefused(NumberFault.TOO_MANY_DECIMALS, name=name, found=str(value), accepted=accepted)
    return units


def _plain_units(value: object, decimals: int) -> int | None:
    """Return the units of digits with at most one point; none of what has to be looked at closer."""
    if type(value) is not str or len(value) > DIGITS_MAX:
        return None
    whole, point, part = value.partition(".")
    shift, digits = decimals - len(part), whole + part
    if shift < 0 or not (whole and digits.isdecimal() and digits.isascii()) or (point and not part):
        return None
    return int(digits) * power_of_ten(shift) if shift else int(digits)


def parse_decimal(value: str | Decimal, *, name: str, signed: bool) -> tuple[int, int]:
    """Read a decimal number exactly as (digits, exponent): digits * 10^exponent."""
    match = _match(value, name)
    if match["sign"] and not signed:
        raise NumberRefused(
            NumberFault.SIGN_NOT_ALLOWED, name=name, found=str(value), accepted="a number without a sign"
        )
    part = match["part"] or ""
    power = match["exponent"] or "0"
    digits = (match["whole"] + part).replace(",", "")
    exponent = int(power) if len(power) <= EXPONENT_TEXT_MAX else EXPONENT_MAX + 1
    if len(digits) > DIGITS_MAX or abs(exponent) > EXPONENT_MAX:
        accepted = f"at most {DIGITS_MAX} digits and an exponent within ±{EXPONENT_MAX}"
        raise NumberRefused(NumberFault.OUT_OF_RANGE, name=name, found=str(value), accepted=accepted)
    sign = -1 if match["sign"] == "-" else 1
    return sign * int(digits), exponent - len(part)


def _match(value: str | Decimal, name: str) -> re.Match[str]:
    if isinstance(value, Decimal):
        text = str(value)
    elif isinstance(value, str):
        text = value.strip(" ")
    else:
        raise NumberRefused(
            NumberFault.NOT_TEXT, name=name, found=value, accepted='text such as "12.5", or a Decimal'
        )
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise NumberRefused(
            NumberFault.NOT_A_NUMBER,
            name=name,
            found=text,
            accepted="digits with at most one point, as 1234.5",
        )
    return match


def format_units(
    units: int, decimals: int, *, grouped: bool = False, strip: bool = True, decimals_min: int = 0
) -> str:
    """Write an integer of 10^-decimals as a plain decimal number, exactly.

    `grouped` puts commas between thousands; `strip` drops trailing zeros down to `decimals_min`.
    """
    sign, digits = ("-", str(-units)) if units < 0 else ("", str(units))
    text, places = digits, ""
    if decimals:
        if len(digits) <= decimals:
            digits = digits.zfill(decimals + 1)
        text, places = digits[:-decimals], digits[-decimals:]
    if grouped:
        text = f"{int(text):,}"
    if strip:
        places = places.rstrip("0")
        if len(places) < decimals_min:
            places = places.ljust(decimals_min, "0")
    return f"{sign}{text}.{places}" if places else f"{sign}{text}"


def format_ratio(
    numerator: int,
    divisor: int,
    *,
    decimals: int,
    rounding: Rounding,
    grouped: bool = False,
    strip: bool = True,
    decimals_min: int = 0,
) -> str:
    """Write numerator / divisor with at most `decimals` places, rounded as named."""
    units = divide(numerator * 10**decimals, divisor, rounding)
    return format_units(units, decimals, grouped=grouped, strip=strip, decimals_min=decimals_min)
