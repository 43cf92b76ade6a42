"""The values that every model speaks say themselves in a line, and are asked by name."""

import pytest

from solvent.margin import (
    Caution,
    InputRefused,
    Limit,
    Limits,
    Maximum,
    OpensAt,
    Refused,
    Row,
    Term,
    Verb,
)
from solvent.money import Amount, Asset, Ratio, Rounding

USD = Asset("USD", 2)
TAKE = Maximum(verb=Verb.TAKE, amount=Amount(150, USD), binding="FLOOR")
SHUT = Maximum(
    verb=Verb.BORROW,
    amount=Amount(0, USD),
    binding="MAX_LTV",
    opens_at=OpensAt(feed="mark", price=Ratio(5, 2), above=False),
)


def test_limits_are_asked_by_verb_or_by_its_name() -> None:
    limits = Limits((TAKE, SHUT))
    assert limits[Verb.TAKE] is TAKE
    assert limits["borrow"] is SHUT


def test_a_verb_without_a_maximum_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="repay"):
        Limits((TAKE, SHUT))["repay"]


def test_a_maximum_says_what_binds_it_and_where_a_zero_opens_up() -> None:
    assert str(Limits((TAKE, SHUT))) == (
        "take: at most 1.5 USD (FLOOR)\nborrow: at most 0 USD (MAX_LTV); opens up at mark below 2.5"
    )
    assert str(Limit("FLOOR", Amount(150, USD))) == "FLOOR 1.5 USD"
    assert str(OpensAt(feed="mark", price=Ratio(5, 2), above=True)) == "mark above 2.5"


def test_where_a_zero_opens_up_is_written_on_the_side_where_it_is_open() -> None:
    third = Ratio(1, 3)
    assert str(OpensAt(feed="mark", price=third, above=True)) == "mark above 0.333333333334"
    assert str(OpensAt(feed="mark", price=third, above=False)) == "mark below 0.333333333333"


def test_a_refusal_says_its_code_and_sentence_and_carries_its_numbers_by_name() -> None:
    refused = Refused(code="FLOOR", message="too much", terms=(Term("equity", 7), Term("floor", 9)))
    assert str(refused) == "FLOOR: too much"
    assert refused["floor"] == 9
    with pytest.raises(KeyError, match="ceiling"):
        refused["ceiling"]


def test_a_row_is_written_toward_caution() -> None:
    row = Row(name="leverage", label="Leverage", value=Ratio(10, 3), unit="x", shown=Rounding.CEIL)
    assert row.text == "3.33333333334x"


def test_a_caution_is_its_sentence() -> None:
    assert str(Caution("NEAR", "It is near.")) == "It is near."


def test_refused_input_says_what_was_found_and_what_would_do() -> None:
    refused = InputRefused(name="mode", found="crossed", accepted="isolated")
    assert str(refused) == "mode 'crossed' is not usable here; give isolated"
    assert (refused.name, refused.found, refused.accepted) == ("mode", "crossed", "isolated")


def test_a_term_is_written_with_its_unit() -> None:
    assert Term("leverage", Ratio(5, 2), "x").text == "2.5x"
    assert Term("age", 1_500, "ms").text == "1,500 ms"
    assert Term("opens_at", Ratio(1, 3), "USD", shown=Rounding.CEIL).text == "0.333333333334 USD"
