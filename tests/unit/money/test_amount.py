"""Amounts keep their asset: what may be added, compared, read and printed."""

from decimal import Decimal
from typing import Any

import pytest

from solvent.money import Amount, Asset, AssetMismatch, MoneyError, NumberFault, NumberRefused

PUMP = Asset("PUMP", 6)
SOL = Asset("SOL", 9)
WHOLE = Asset("SHARE", 0)


def test_an_amount_prints_grouped_with_its_symbol() -> None:
    assert str(Amount(34_285_714_285, PUMP)) == "34,285.714285 PUMP"
    assert str(Amount(-1_500_000_000, SOL)) == "-1.5 SOL"
    assert str(Amount(1_000, WHOLE)) == "1,000 SHARE"


def test_plain_and_decimal_give_the_exact_value() -> None:
    amount = Amount(34_285_714_285, PUMP)
    assert amount.plain == "34285.714285"
    assert amount.decimal == Decimal("34285.714285")
    assert str(Amount(2**200 * 10**9 + 1, SOL).decimal) == f"{2**200}.000000001"


@pytest.mark.parametrize("value", ["1.5", "1.5 SOL", "1.5SOL", Decimal("1.5"), "1.500000000"])
def test_an_amount_is_read_from_text_or_a_decimal(value: str | Decimal) -> None:
    assert Amount.parse(value, SOL) == Amount(1_500_000_000, SOL)


def test_a_negative_amount_is_read_only_where_a_sign_belongs() -> None:
    assert Amount.parse("-1.5", SOL, signed=True) == Amount(-1_500_000_000, SOL)
    with pytest.raises(NumberRefused) as caught:
        Amount.parse("-1.5", SOL, name="collateral")
    assert caught.value.fault is NumberFault.SIGN_NOT_ALLOWED
    assert caught.value.name == "collateral"


@pytest.mark.parametrize("value", [1.5, 2, True, None])
def test_an_amount_is_never_read_from_a_float_or_a_bare_int(value: object) -> None:
    with pytest.raises(NumberRefused) as caught:
        Amount.parse(value, SOL)  # type: ignore[arg-type]
    assert caught.value.fault is NumberFault.NOT_TEXT


def test_an_amount_finer_than_its_asset_is_refused_and_not_rounded() -> None:
    with pytest.raises(NumberRefused, match="at most 6 decimals"):
        Amount.parse("0.0000001", PUMP)


def test_another_assets_symbol_is_refused() -> None:
    with pytest.raises(NumberRefused):
        Amount.parse("1.5 SOL", PUMP)


def test_amounts_of_one_asset_are_added_subtracted_negated_and_compared() -> None:
    one, two = Amount(1, SOL), Amount(2, SOL)
    assert one + two == Amount(3, SOL)
    assert one - two == Amount(-1, SOL) == -one
    assert one < two <= two
    assert two > one >= one
    assert bool(one)
    assert not Amount(0, SOL)


def test_amounts_of_two_assets_are_never_added_subtracted_or_ordered() -> None:
    one, other = Amount(1, SOL), Amount(1, PUMP)
    for refused in (
        lambda: one + other,
        lambda: one - other,
        lambda: one < other,
        lambda: one <= other,
        lambda: one > other,
        lambda: one >= other,
    ):
        with pytest.raises(AssetMismatch, match="an amount of SOL and an amount of PUMP"):
            refused()


def test_amounts_of_two_assets_are_unequal_without_a_fuss() -> None:
    assert Amount(1, SOL) != Amount(1, PUMP)
    assert Amount(1, SOL) != Amount(1, Asset("SOL", 6))


def test_equal_amounts_hash_alike() -> None:
    assert len({Amount(1, SOL), Amount(1, SOL), Amount(2, SOL)}) == 2


def test_every_error_of_the_room_has_one_base() -> None:
    assert issubclass(AssetMismatch, MoneyError)
    assert issubclass(NumberRefused, MoneyError)
    assert issubclass(MoneyError, ValueError)


@pytest.mark.parametrize("units", [1.5, 1.0, True, "1", Decimal(1), None])
def test_an_amount_of_anything_but_an_int_of_units_is_refused(units: Any) -> None:
    with pytest.raises(NumberRefused, match=r"units .* give an int of the smallest unit, or Amount\.parse"):
        Amount(units, SOL)
