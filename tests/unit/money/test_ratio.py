"""Ratios: equal by value, ordered by value, rounded only when written."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from solvent.money import NumberFault, NumberRefused, Ratio, Rounding


def test_equal_values_are_equal_and_hash_alike_whatever_their_terms() -> None:
    assert Ratio(1, 2) == Ratio(50, 100)
    assert hash(Ratio(1, 2)) == hash(Ratio(50, 100))
    assert len({Ratio(1, 2), Ratio(2, 4), Ratio(3, 4)}) == 2
    assert Ratio(1, 2) != Ratio(1, 3)
    assert not Ratio(1, 2) != Ratio(2, 4)  # noqa: SIM202
    assert Ratio(0, 5) == Ratio(0, 7)


def test_a_ratio_equals_no_other_kind_of_thing() -> None:
    found = [Ratio(2, 1) == other for other in ("2", 2, None)]
    unlike = [Ratio(2, 1) != other for other in ("2", 2, None)]
    assert (found, unlike) == ([False] * 3, [True] * 3)


def test_ratios_are_ordered_by_value_and_not_by_terms() -> None:
    assert Ratio(1, 3) < Ratio(1, 2) <= Ratio(2, 4) < Ratio(2, 3)
    assert Ratio(2, 3) > Ratio(5, 8) >= Ratio(10, 16)
    assert Ratio(-1, 2) < Ratio(0, 9)
    assert not Ratio(1, 2) < Ratio(2, 4)
    assert not Ratio(1, 2) > Ratio(2, 4)


def test_make_takes_a_divisor_of_either_sign() -> None:
    assert (Ratio.make(1, -2).num, Ratio.make(1, -2).den) == (-1, 2)
    assert Ratio.make(-3, -4) == Ratio(3, 4)
    assert Ratio.make(3, 4) == Ratio(3, 4)


def test_make_refuses_a_divisor_of_zero() -> None:
    with pytest.raises(ZeroDivisionError, match="other than zero"):
        Ratio.make(1, 0)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.75", Fraction(3, 4)),
        ("0.5%", Fraction(1, 200)),
        ("0.5 %", Fraction(1, 200)),
        ("25%", Fraction(1, 4)),
        ("1e3", Fraction(1000)),
        ("1e4%", Fraction(100)),
        ("0", Fraction(0)),
        (Decimal("0.1"), Fraction(1, 10)),
    ],
)
def test_text_and_decimals_are_read_exactly(text: str | Decimal, value: Fraction) -> None:
    assert Ratio.parse(text).fraction == value


def test_a_signed_ratio_is_read_only_where_asked() -> None:
    assert Ratio.parse("-25%", signed=True).fraction == Fraction(-1, 4)
    with pytest.raises(NumberRefused) as caught:
        Ratio.parse("-25%", name="move")
    assert caught.value.fault is NumberFault.SIGN_NOT_ALLOWED


@pytest.mark.parametrize("text", ["%", "5%%", "five", "1/2", ""])
def test_what_is_no_number_is_refused_as_a_ratio_too(text: str) -> None:
    with pytest.raises(NumberRefused):
        Ratio.parse(text)


def test_a_float_is_refused_as_a_ratio() -> None:
    with pytest.raises(NumberRefused) as caught:
        Ratio.parse(0.5)  # type: ignore[arg-type]
    assert caught.value.fault is NumberFault.NOT_TEXT


def test_zero_is_refused_where_a_number_above_zero_belongs() -> None:
    assert Ratio.parse_positive("0.5") == Ratio(1, 2)
    with pytest.raises(NumberRefused) as caught:
        Ratio.parse_positive("0.00", name="entry")
    assert caught.value.fault is NumberFault.OUT_OF_RANGE
    assert "above zero" in str(caught.value)


def test_units_are_rounded_as_named() -> None:
    assert Ratio(2, 3).units(6, Rounding.FLOOR) == 666_666
    assert Ratio(2, 3).units(6, Rounding.CEIL) == 666_667
    assert Ratio(-2, 3).units(6, Rounding.TRUNC) == -666_666


def test_text_holds_at_most_the_decimals_asked_for() -> None:
    assert Ratio(2, 3).text(4, Rounding.HALF_EVEN) == "0.6667"
    assert Ratio(5, 2).text(4, Rounding.HALF_EVEN) == "2.5"
    assert Ratio(5, 2).text(4, Rounding.HALF_EVEN, strip=False) == "2.5000"
    assert Ratio(5, 2).text(4, Rounding.HALF_EVEN, decimals_min=2) == "2.50"
    assert Ratio(123_456, 1).text(2, Rounding.HALF_EVEN, grouped=True) == "123,456"


@pytest.mark.parametrize(
    ("num", "den", "digits", "rounding", "text"),
    [
        (0, 1, 5, Rounding.HALF_EVEN, "0"),
        (1, 3, 5, Rounding.HALF_EVEN, "0.33333"),
        (2, 3, 5, Rounding.HALF_EVEN, "0.66667"),
        (-2, 3, 5, Rounding.FLOOR, "-0.66667"),
        (-2, 3, 5, Rounding.TRUNC, "-0.66666"),
        (1, 3_000, 3, Rounding.CEIL, "0.000334"),
        (123_456, 1, 2, Rounding.FLOOR, "120000"),
        (123_456, 1, 2, Rounding.CEIL, "130000"),
        (123_456, 1, 6, Rounding.CEIL, "123456"),
        (1_234_567, 10, 5, Rounding.FLOOR, "123450"),
        (999, 100, 2, Rounding.HALF_UP, "10"),
        (999_999, 1, 3, Rounding.CEIL, "1000000"),
        (1, 1, 15, Rounding.HALF_EVEN, "1"),
        (10, 1, 1, Rounding.HALF_EVEN, "10"),
        (99, 10, 1, Rounding.FLOOR, "9"),
        (1, 10, 1, Rounding.FLOOR, "0.1"),
        (1, 10**30, 3, Rounding.FLOOR, "0." + "0" * 29 + "1"),
        (2**200, 1, 3, Rounding.FLOOR, "160" + "0" * 58),
    ],
)
def test_significant_digits_are_counted_from_the_first_one(
    num: int, den: int, digits: int, rounding: Rounding, text: str
) -> None:
    assert Ratio(num, den).significant(digits, rounding) == text


def test_significant_digits_may_be_grouped() -> None:
    assert Ratio(9_647_435_897, 100_000).significant(8, Rounding.HALF_EVEN, grouped=True) == "96,474.359"


def test_terms_longer_than_python_writes_out_are_still_shown() -> None:
    assert Ratio(10**5000 * 5, 10**5000 * 4).significant(6, Rounding.HALF_EVEN) == "1.25"
    assert str(Ratio(10**5000, 3 * 10**5000)) == "0.333333333333333"


def test_a_ratio_prints_fifteen_significant_digits() -> None:
    assert str(Ratio(190_000_000 * 40, 2000 * 39)) == "97435.8974358974"


@pytest.mark.parametrize(
    ("num", "den"), [(0.5, 1), (1, 2.0), (True, 2), ("1", 2), (Decimal(1), 2), (None, 1)]
)
def test_a_ratio_of_anything_but_ints_is_refused(num: Any, den: Any) -> None:
    with pytest.raises(NumberRefused, match=r"give two ints, or Ratio\.parse") as caught:
        Ratio(num, den).require_exact()
    assert caught.value.fault is NumberFault.NOT_A_NUMBER


@pytest.mark.parametrize("den", [0, -2])
def test_a_ratio_without_a_positive_divisor_is_refused(den: int) -> None:
    with pytest.raises(NumberRefused, match=r"give a divisor above zero, or Ratio\.make") as caught:
        Ratio(1, den).require_exact()
    assert caught.value.fault is NumberFault.OUT_OF_RANGE
    with pytest.raises(NumberRefused, match="above zero"):
        str(Ratio(1, den))
