"""Exact values as JSON: every decimal that ends is written whole."""

import pytest

from solvent.cli import jsonable
from solvent.money import Amount, Asset, Ratio


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Ratio(1, 8), "0.125"),
        (Ratio(-5, 2), "-2.5"),
        (Ratio(6, 3), "2"),
        (Ratio(10**20 + 1, 10**10), "10000000000.0000000001"),
        (Ratio(1, 10**40), "0." + "0" * 39 + "1"),
        (Ratio(2, 3), "0.666666666666667"),
        (Ratio(1, 10**41), "0." + "0" * 40 + "1"),
    ],
)
def test_a_ratio_is_written_exactly_where_it_ends_and_else_with_fifteen_digits(
    value: Ratio, text: str
) -> None:
    assert jsonable.plain(value) == text


def test_an_amount_is_its_exact_text_and_its_asset() -> None:
    whole = Amount(2**200, Asset("WEI", 18))
    assert jsonable.plain(whole) == {"amount": whole.plain, "asset": "WEI"}
    assert jsonable.plain(None) is None
    assert jsonable.plain(20) == 20
    assert jsonable.plain(True) is True
