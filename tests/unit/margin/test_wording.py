"""Exact values as people read them."""

import pytest

from solvent.margin.wording import columns, in_words, seconds, shown, with_unit
from solvent.money import Amount, Asset, Ratio, Rounding

PUMP = Asset("PUMP", 6)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "USD", "–"),
        (Amount(34_285_714_285, PUMP), "", "34,285.714285 PUMP"),
        (True, "", "yes"),
        (False, "", "no"),
        (Ratio(2, 1), "x", "2x"),
        (Ratio(64_794, 1), "USDC/BTC", "64,794 USDC/BTC"),
        (20, "x", "20x"),
        (1_000_000, "ms", "1,000,000 ms"),
        (7, "", "7"),
        ("MAX_LTV", "", "MAX_LTV"),
    ],
)
def test_a_value_is_written_with_grouped_digits_and_its_unit_behind(
    value: object, unit: str, text: str
) -> None:
    assert shown(value, unit) == text  # type: ignore[arg-type]


def test_a_ratio_is_rounded_to_twelve_digits_in_the_direction_that_is_named() -> None:
    assert shown(Ratio(2, 3), rounding=Rounding.FLOOR) == "0.666666666666"
    assert shown(Ratio(2, 3), rounding=Rounding.CEIL) == "0.666666666667"


def test_a_unit_stands_behind_its_number_and_none_leaves_it_bare() -> None:
    assert (with_unit("3", "x"), with_unit("3", "%"), with_unit("3", "")) == ("3x", "3 %", "3")


def test_columns_are_aligned_on_the_left_without_trailing_spaces() -> None:
    assert columns([("a", "bb", ""), ("ccc", "d", "e")]) == "a    bb\nccc  d   e"


def test_no_lines_are_no_text() -> None:
    assert columns([]) == ""


def test_a_machines_name_is_written_as_words() -> None:
    assert in_words("set_leverage") == "set leverage"


@pytest.mark.parametrize(
    ("ms", "text"), [(20_000, "20 s"), (1_500, "1.5 s"), (1, "0.001 s"), (0, "0 s"), (90_000_000, "90,000 s")]
)
def test_milliseconds_are_written_as_seconds_exactly(ms: int, text: str) -> None:
    assert seconds(ms) == text
