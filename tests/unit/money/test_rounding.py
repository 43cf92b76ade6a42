"""Every rounding helper on both signs of both terms, and at ties."""

import pytest

from solvent.money import (
    Rounding,
    div_ceil,
    div_floor,
    div_half_away,
    div_half_even,
    div_half_up,
    div_trunc,
    divide,
    mul_div_ceil,
    mul_div_floor,
    mul_div_trunc,
    power_of_ten,
)

# numerator, divisor → floor, ceil, trunc, half_even, half_up, half_away
TABLE = [
    (7, 2, 3, 4, 3, 4, 4, 4),
    (5, 2, 2, 3, 2, 2, 3, 3),
    (-7, 2, -4, -3, -3, -4, -3, -4),
    (-5, 2, -3, -2, -2, -2, -2, -3),
    (7, -2, -4, -3, -3, -4, -3, -4),
    (5, -2, -3, -2, -2, -2, -2, -3),
    (-7, -2, 3, 4, 3, 4, 4, 4),
    (-5, -2, 2, 3, 2, 2, 3, 3),
    (1, 2, 0, 1, 0, 0, 1, 1),
    (-1, 2, -1, 0, 0, 0, 0, -1),
    (1, 3, 0, 1, 0, 0, 0, 0),
    (2, 3, 0, 1, 0, 1, 1, 1),
    (-1, 3, -1, 0, 0, 0, 0, 0),
    (-2, 3, -1, 0, 0, -1, -1, -1),
    (1, -3, -1, 0, 0, 0, 0, 0),
    (-2, -3, 0, 1, 0, 1, 1, 1),
    (6, 3, 2, 2, 2, 2, 2, 2),
    (-6, 3, -2, -2, -2, -2, -2, -2),
    (6, -3, -2, -2, -2, -2, -2, -2),
    (0, 5, 0, 0, 0, 0, 0, 0),
    (0, -5, 0, 0, 0, 0, 0, 0),
    (2**200 + 1, 2, 2**199, 2**199 + 1, 2**199, 2**199, 2**199 + 1, 2**199 + 1),
]


@pytest.mark.parametrize(("numerator", "divisor", "floor", "ceil", "trunc", "even", "up", "away"), TABLE)
def test_each_division_rounds_in_the_direction_of_its_name(
    numerator: int, divisor: int, floor: int, ceil: int, trunc: int, even: int, up: int, away: int
) -> None:
    assert div_floor(numerator, divisor) == floor
    assert div_ceil(numerator, divisor) == ceil
    assert div_trunc(numerator, divisor) == trunc
    assert div_half_even(numerator, divisor) == even
    assert div_half_up(numerator, divisor) == up
    assert div_half_away(numerator, divisor) == away


@pytest.mark.parametrize(("numerator", "divisor", "floor", "ceil", "trunc", "even", "up", "away"), TABLE)
def test_divide_takes_the_direction_as_a_value(
    numerator: int, divisor: int, floor: int, ceil: int, trunc: int, even: int, up: int, away: int
) -> None:
    found = [divide(numerator, divisor, rounding) for rounding in Rounding]
    assert found == [floor, ceil, trunc, even, up, away]


@pytest.mark.parametrize(
    ("left", "right", "divisor", "floor", "ceil", "trunc"),
    [
        (7, 5, 3, 11, 12, 11),
        (-7, 5, 3, -12, -11, -11),
        (7, -5, 3, -12, -11, -11),
        (7, 5, -3, -12, -11, -11),
        (-7, -5, 3, 11, 12, 11),
        (-7, -5, -3, -12, -11, -11),
        (6, 5, 3, 10, 10, 10),
        (0, 5, 3, 0, 0, 0),
        (2**200, 2**200, 2**200 - 1, 2**200 + 1, 2**200 + 2, 2**200 + 1),
    ],
)
def test_a_product_is_divided_whole_and_never_cut_first(
    left: int, right: int, divisor: int, floor: int, ceil: int, trunc: int
) -> None:
    assert mul_div_floor(left, right, divisor) == floor
    assert mul_div_ceil(left, right, divisor) == ceil
    assert mul_div_trunc(left, right, divisor) == trunc


@pytest.mark.parametrize("rounding", list(Rounding))
def test_dividing_by_zero_is_a_fault_in_every_direction(rounding: Rounding) -> None:
    with pytest.raises(ZeroDivisionError):
        divide(1, 0, rounding)


def test_a_power_of_ten_below_one_is_no_integer_and_is_refused() -> None:
    assert power_of_ten(0) == 1
    assert power_of_ten(18) == 10**18
    with pytest.raises(ValueError, match="no integer"):
        power_of_ten(-1)
