"""Divisions that name their direction; each means the same for negative values.

`floor` is toward minus infinity, `ceil` toward plus infinity, `trunc` toward zero; `half_even`,
`half_up` (ties toward plus infinity) and `half_away` (ties away from zero) round to the nearest.
A zero divisor raises `ZeroDivisionError`: it is a fault of the caller, never an everyday outcome.
"""

from collections.abc import Callable
from enum import StrEnum


class Rounding(StrEnum):
    """The direction of one rounding."""

    FLOOR = "floor"
    CEIL = "ceil"
    TRUNC = "trunc"
    HALF_EVEN = "half_even"
    HALF_UP = "half_up"
    HALF_AWAY = "half_away"


def div_floor(numerator: int, divisor: int) -> int:
    """Divide toward minus infinity."""
    return numerator // divisor


def div_ceil(numerator: int, divisor: int) -> int:
    """Divide toward plus infinity."""
    return -(-numerator // divisor)


def div_trunc(numerator: int, divisor: int) -> int:
    """Divide toward zero."""
    if (numerator < 0) == (divisor < 0):
        return numerator // divisor
    return -(-numerator // divisor)


def div_half_even(numerator: int, divisor: int) -> int:
    """Divide to the nearest, ties to the even neighbour."""
    below, rest = divmod(numerator, divisor)
    doubled = 2 * rest
    if doubled == divisor:
        return below + (below & 1)
    return below + (abs(doubled) > abs(divisor))


def div_half_up(numerator: int, divisor: int) -> int:
    """Divide to the nearest, ties toward plus infinity."""
    return (2 * numerator + divisor) // (2 * divisor)


def div_half_away(numerator: int, divisor: int) -> int:
    """Divide to the nearest, ties away from zero."""
    nearest = (2 * abs(numerator) + abs(divisor)) // (2 * abs(divisor))
    return nearest if (numerator < 0) == (divisor < 0) else -nearest


def mul_div_floor(left: int, right: int, divisor: int) -> int:
    """Return left * right / divisor, toward minus infinity; the product is never cut."""
    return left * right // divisor


def mul_div_ceil(left: int, right: int, divisor: int) -> int:
    """Return left * right / divisor, toward plus infinity; the product is never cut."""
    return -(-left * right // divisor)


def mul_div_trunc(left: int, right: int, divisor: int) -> int:
    """Return left * right / divisor, toward zero; the product is never cut."""
    return div_trunc(left * right, divisor)


_DIVISIONS: dict[Rounding, Callable[[int, int], int]] = {
    Rounding.FLOOR: div_floor,
    Rounding.CEIL: div_ceil,
    Rounding.TRUNC: div_trunc,
    Rounding.HALF_EVEN: div_half_even,
    Rounding.HALF_UP: div_half_up,
    Rounding.HALF_AWAY: div_half_away,
}


def divide(numerator: int, divisor: int, rounding: Rounding) -> int:
    """Divide in the direction that `rounding` names."""
    return _DIVISIONS[rounding](numerator, divisor)


def power_of_ten(exponent: int) -> int:
    """Return 10^exponent for an exponent of at least 0.

    Errors: `ValueError` below 0, where the power is no integer.
    """
    if exponent < 0:
        raise ValueError(f"10^{exponent} is no integer")
    power: int = 10**exponent
    return power
