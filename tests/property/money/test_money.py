"""What holds of every rounding, number and ratio, against `Fraction`."""

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor, trunc

from hypothesis import example, given
from hypothesis import strategies as st

from solvent.money import (
    Amount,
    Asset,
    Ratio,
    Rounding,
    divide,
    format_moment,
    format_units,
    mul_div_ceil,
    mul_div_floor,
    mul_div_trunc,
    parse_moment,
    parse_units,
)

BIG = 2**200
ints = st.integers(-BIG, BIG) | st.integers(-20, 20)
divisors = ints.filter(bool)
positive = st.integers(1, BIG) | st.integers(1, 20)
ratios = st.builds(Ratio, ints, positive)

HALF = Fraction(1, 2)


def rounded(value: Fraction, rounding: Rounding) -> int:
    """Round by the definition of each direction."""
    match rounding:
        case Rounding.FLOOR:
            return floor(value)
        case Rounding.CEIL:
            return ceil(value)
        case Rounding.TRUNC:
            return trunc(value)
        case Rounding.HALF_EVEN:
            return round(value)
        case Rounding.HALF_UP:
            return floor(value + HALF)
        case Rounding.HALF_AWAY:
            return floor(value + HALF) if value >= 0 else ceil(value - HALF)


@given(ints, divisors, st.sampled_from(Rounding))
@example(5, -2, Rounding.HALF_EVEN)
@example(-5, -2, Rounding.HALF_AWAY)
def test_every_division_agrees_with_its_definition(numerator: int, divisor: int, rounding: Rounding) -> None:
    assert divide(numerator, divisor, rounding) == rounded(Fraction(numerator, divisor), rounding)


@given(ints, ints, divisors)
def test_products_are_divided_as_fractions_are(left: int, right: int, divisor: int) -> None:
    exact = Fraction(left * right, divisor)
    assert mul_div_floor(left, right, divisor) == floor(exact)
    assert mul_div_ceil(left, right, divisor) == ceil(exact)
    assert mul_div_trunc(left, right, divisor) == trunc(exact)


@given(ints, st.integers(0, 30), st.booleans(), st.booleans())
def test_units_written_are_read_back_the_same(units: int, decimals: int, grouped: bool, strip: bool) -> None:
    text = format_units(units, decimals, grouped=grouped, strip=strip)
    assert parse_units(text, decimals, signed=True) == units
    assert parse_units(Decimal(text.replace(",", "")), decimals, signed=True) == units


@given(ints, st.integers(0, 18))
def test_an_amount_printed_is_read_back_the_same(units: int, decimals: int) -> None:
    asset = Asset("TOKEN", decimals)
    amount = Amount(units, asset)
    assert Amount.parse(str(amount), asset, signed=True) == amount
    assert Amount.parse(amount.decimal, asset, signed=True) == amount
    assert Amount.parse(amount.plain, asset, signed=True) == amount


@given(ints, ints, ints)
def test_amounts_add_like_their_units_in_any_order(a: int, b: int, c: int) -> None:
    asset = Asset("TOKEN", 9)
    one, two, three = Amount(a, asset), Amount(b, asset), Amount(c, asset)
    assert (one + two) + three == one + (two + three) == Amount(a + b + c, asset)
    assert one - one == Amount(0, asset)
    assert sorted([one, two, three]) == [Amount(units, asset) for units in sorted([a, b, c])]


@given(ratios, ratios)
def test_ratios_are_equal_ordered_and_hashed_like_fractions(one: Ratio, other: Ratio) -> None:
    assert (one == other) == (one.fraction == other.fraction)
    assert (one != other) == (one.fraction != other.fraction)
    assert (one < other) == (one.fraction < other.fraction)
    assert (one <= other) == (one.fraction <= other.fraction)
    assert (one > other) == (one.fraction > other.fraction)
    assert (one >= other) == (one.fraction >= other.fraction)
    assert one == Ratio(one.num * 3, one.den * 3)
    assert not one != Ratio(one.num * 3, one.den * 3)  # noqa: SIM202
    assert hash(one) == hash(Ratio(one.num * 3, one.den * 3))


@given(ratios, st.integers(1, 30), st.sampled_from(Rounding))
def test_significant_digits_are_as_many_as_asked_and_rounded_as_named(
    ratio: Ratio, digits: int, rounding: Rounding
) -> None:
    shown = Fraction(Decimal(ratio.significant(digits, rounding)))
    exact = ratio.fraction
    if exact == 0:
        assert shown == 0
        return
    step = Fraction(1)
    while step * 10 ** (digits - 1) <= abs(exact):
        step *= 10
    while step * 10 ** (digits - 1) > abs(exact):
        step /= 10
    assert shown == rounded(exact / step, rounding) * step


@given(ratios, st.integers(0, 20), st.sampled_from(Rounding))
def test_the_text_of_a_ratio_is_its_rounded_units(ratio: Ratio, decimals: int, rounding: Rounding) -> None:
    units = rounded(ratio.fraction * 10**decimals, rounding)
    assert ratio.units(decimals, rounding) == units
    assert parse_units(ratio.text(decimals, rounding), decimals, signed=True) == units


@given(st.integers(-62_135_596_800_000, 253_402_300_799_999))
def test_a_moment_written_is_read_back_the_same(now_ms: int) -> None:
    assert parse_moment(format_moment(now_ms)) == now_ms
