"""What may enter as a number and what is refused, with a sentence; what a number looks like."""

from decimal import Decimal

import pytest

from solvent.money import (
    MoneyError,
    NumberFault,
    NumberRefused,
    Rounding,
    format_ratio,
    format_units,
    parse_units,
)


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("0", 0),
        ("0.0", 0),
        ("00", 0),
        ("12.5", 12_500_000),
        ("12.500000000", 12_500_000),
        (".5", 500_000),
        ("007.25", 7_250_000),
        ("34,285.714285", 34_285_714_285),
        ("1,234,567", 1_234_567_000_000),
        ("  12.5 ", 12_500_000),
        ("1e3", 1_000_000_000),
        ("1E+2", 100_000_000),
        ("25e-7", None),
        ("250e-7", 25),
        ("0e100", 0),
        (f"{2**200}", 2**200 * 10**6),
        (Decimal("12.5"), 12_500_000),
        (Decimal("1E+3"), 1_000_000_000),
        (Decimal("0E-10"), 0),
        (Decimal("1E-6"), 1),
    ],
)
def test_a_plain_number_is_read_to_the_unit_or_refused(text: str | Decimal, units: int | None) -> None:
    if units is None:
        with pytest.raises(NumberRefused) as caught:
            parse_units(text, 6)
        assert caught.value.fault is NumberFault.TOO_MANY_DECIMALS
    else:
        assert parse_units(text, 6) == units


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("-1.5", -1_500_000),
        ("+1.5", 1_500_000),
        ("-0", 0),
        ("-0.000000", 0),
        (Decimal("-0"), 0),
        (Decimal(-2), -2_000_000),
    ],
)
def test_a_sign_is_read_where_one_belongs(text: str | Decimal, units: int) -> None:
    assert parse_units(text, 6, signed=True) == units


REFUSED: list[tuple[object, NumberFault]] = [
    (1.5, NumberFault.NOT_TEXT),
    (0.0, NumberFault.NOT_TEXT),
    (float("nan"), NumberFault.NOT_TEXT),
    (float("inf"), NumberFault.NOT_TEXT),
    (5, NumberFault.NOT_TEXT),
    (True, NumberFault.NOT_TEXT),
    (None, NumberFault.NOT_TEXT),
    (b"12", NumberFault.NOT_TEXT),
    ("", NumberFault.NOT_A_NUMBER),
    (" ", NumberFault.NOT_A_NUMBER),
    (".", NumberFault.NOT_A_NUMBER),
    ("5.", NumberFault.NOT_A_NUMBER),
    ("1.2.3", NumberFault.NOT_A_NUMBER),
    ("NaN", NumberFault.NOT_A_NUMBER),
    ("inf", NumberFault.NOT_A_NUMBER),
    ("-Infinity", NumberFault.NOT_A_NUMBER),
    (Decimal("NaN"), NumberFault.NOT_A_NUMBER),
    (Decimal("sNaN"), NumberFault.NOT_A_NUMBER),
    (Decimal("Infinity"), NumberFault.NOT_A_NUMBER),
    ("12 USDC", NumberFault.NOT_A_NUMBER),
    ("12abc", NumberFault.NOT_A_NUMBER),
    ("12\n", NumberFault.NOT_A_NUMBER),
    ("\t12", NumberFault.NOT_A_NUMBER),
    ("0x10", NumberFault.NOT_A_NUMBER),
    ("1_000", NumberFault.NOT_A_NUMBER),
    ("1 000", NumberFault.NOT_A_NUMBER),
    ("\u0661\u0662", NumberFault.NOT_A_NUMBER),  # Arabic-Indic 12
    ("\uff11\uff12", NumberFault.NOT_A_NUMBER),  # full-width 12
    ("\u00b2", NumberFault.NOT_A_NUMBER),  # superscript 2
    ("1\u00a0000", NumberFault.NOT_A_NUMBER),  # a no-break space
    ("\u221212", NumberFault.NOT_A_NUMBER),  # a typographic minus
    ("--1", NumberFault.NOT_A_NUMBER),
    ("1-", NumberFault.NOT_A_NUMBER),
    ("1,23", NumberFault.NOT_A_NUMBER),
    ("1,2345", NumberFault.NOT_A_NUMBER),
    ("1234,567", NumberFault.NOT_A_NUMBER),
    (",123", NumberFault.NOT_A_NUMBER),
    ("1,,234", NumberFault.NOT_A_NUMBER),
    ("0,125", NumberFault.NOT_A_NUMBER),  # an eighth to whoever writes so, never 125
    ("012,500", NumberFault.NOT_A_NUMBER),
    ("1e", NumberFault.NOT_A_NUMBER),
    ("1e2.5", NumberFault.NOT_A_NUMBER),
    ("e5", NumberFault.NOT_A_NUMBER),
    ("0.0000001", NumberFault.TOO_MANY_DECIMALS),
    ("1e-7", NumberFault.TOO_MANY_DECIMALS),
    (Decimal("1E-7"), NumberFault.TOO_MANY_DECIMALS),
    ("-5", NumberFault.SIGN_NOT_ALLOWED),
    ("+5", NumberFault.SIGN_NOT_ALLOWED),
    ("-0", NumberFault.SIGN_NOT_ALLOWED),
    (Decimal(-5), NumberFault.SIGN_NOT_ALLOWED),
    ("1e400", NumberFault.OUT_OF_RANGE),
    ("1e101", NumberFault.OUT_OF_RANGE),
    ("1e-101", NumberFault.OUT_OF_RANGE),
    ("1e99999999999999999999999", NumberFault.OUT_OF_RANGE),
    (f"1e{'9' * 5000}", NumberFault.OUT_OF_RANGE),
    (Decimal("1E+400"), NumberFault.OUT_OF_RANGE),
    ("9" * 121, NumberFault.OUT_OF_RANGE),
    ("9" * 100_000, NumberFault.OUT_OF_RANGE),
    (f"0.{'0' * 120}", NumberFault.OUT_OF_RANGE),
]


@pytest.mark.parametrize(("value", "fault"), REFUSED)
def test_what_is_not_an_exact_number_is_refused_with_its_fault(value: object, fault: NumberFault) -> None:
    with pytest.raises(NumberRefused) as caught:
        parse_units(value, 6, name="size")  # type: ignore[arg-type]
    assert caught.value.fault is fault
    assert caught.value.name == "size"
    assert str(caught.value).startswith("size ")
    assert "; give " in str(caught.value)
    assert len(str(caught.value)) < 220


def test_the_ends_of_the_range_are_still_read() -> None:
    assert parse_units("9" * 120, 0) == 10**120 - 1
    assert parse_units("1e100", 0) == 10**100
    assert parse_units("1e-100", 100) == 1


def test_a_refusal_names_the_field_what_was_found_and_what_would_do() -> None:
    with pytest.raises(MoneyError) as caught:
        parse_units("0.1234567", 6, name="raw_usd")
    assert str(caught.value) == (
        "raw_usd '0.1234567' is not usable: it has more decimals than the unit; give at most 6 decimals"
    )


def test_a_fraction_of_a_whole_thing_is_refused_in_words_of_its_own() -> None:
    with pytest.raises(NumberRefused, match="give a whole number"):
        parse_units("2.5", 0, name="leverage")


def test_a_long_find_is_cut_in_the_message() -> None:
    with pytest.raises(NumberRefused) as caught:
        parse_units("x" * 1000, 6)
    assert "xxx..." in str(caught.value)


def test_an_int_too_long_to_write_out_is_told_by_its_bits() -> None:
    with pytest.raises(NumberRefused, match=r"an int of 16610 bits"):
        parse_units(10**5000, 6)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("units", "decimals", "text"),
    [
        (0, 6, "0"),
        (1, 6, "0.000001"),
        (-1, 6, "-0.000001"),
        (34_285_714_285, 6, "34285.714285"),
        (1_500_000, 6, "1.5"),
        (-1_000_000, 6, "-1"),
        (42, 0, "42"),
        (100, 0, "100"),
    ],
)
def test_units_are_written_exactly_without_trailing_zeros(units: int, decimals: int, text: str) -> None:
    assert format_units(units, decimals) == text


def test_units_may_be_grouped_padded_or_left_unstripped() -> None:
    assert format_units(34_285_714_285, 6, grouped=True) == "34,285.714285"
    assert format_units(-1_234_567_000_000, 6, grouped=True) == "-1,234,567"
    assert format_units(1_500_000, 6, strip=False) == "1.500000"
    assert format_units(1_500_000, 6, decimals_min=2) == "1.50"
    assert format_units(2_000_000, 6, decimals_min=2) == "2.00"


def test_a_quotient_is_written_rounded_as_named() -> None:
    assert format_ratio(2, 3, decimals=2, rounding=Rounding.FLOOR) == "0.66"
    assert format_ratio(2, 3, decimals=2, rounding=Rounding.CEIL) == "0.67"
    assert format_ratio(-2, 3, decimals=2, rounding=Rounding.TRUNC) == "-0.66"
    assert (
        format_ratio(4000, 2, decimals=3, rounding=Rounding.CEIL, grouped=True, decimals_min=1) == "2,000.0"
    )
    assert format_ratio(1, 2, decimals=3, rounding=Rounding.CEIL, strip=False) == "0.500"
