"""A fourth model, registered by a test alone, has all that the product offers for any model.

The jar of most tests: 100 g at 50.00 EUR, worth 5,000 EUR, with 2,400 EUR owed; the maker keeps 100 EUR
over what is owed, so 2,500 EUR = 50 g must stay and 50 g may leave.
"""

from copy import deepcopy
from typing import Any

import pytest

from solvent import margin
from solvent.margin import Model, Preview, Refused, Solved, Unreachable, registry
from solvent.money import Ratio
from tests.toy import model as gold_jar


@pytest.fixture
def book(jar: Model) -> Any:
    assert jar.NAME == gold_jar.NAME
    return margin.book(margin.preset("GOLD-JAR"), gold="100", price="50", owed="2400", pocket="10")


def test_a_registered_model_is_found_by_its_name_and_its_presets_by_theirs(jar: Model) -> None:
    assert registry.by_name("gold_jar") is jar
    assert registry.names()[-1] == "gold_jar"
    assert margin.preset("GOLD-JAR") is gold_jar.PRESETS["GOLD-JAR"]


def test_limits_of_a_fourth_model_name_what_binds(book: Any) -> None:
    assert str(margin.limits(book)) == "take: at most 50 GOLD (MINIMUM)\nadd: at most 10 GOLD (POCKET)"


def test_a_preview_of_a_fourth_model_shows_before_and_after(book: Any) -> None:
    preview = margin.preview(book, margin.action(book, "take", amount="50"))
    assert isinstance(preview, Preview)
    assert str(preview).splitlines() == [
        "          now             after",
        "Gold      100 GOLD        50 GOLD",
        "Owed      2,400 EUR       same",
        "Leverage  1.92307692308x  25x",
        "Sold at   24 EUR/g        48 EUR/g",
        "! There is less gold in the jar.",
    ]


def test_a_preview_is_the_execution_and_leaves_its_book_as_it_was(book: Any) -> None:
    before, action = deepcopy(book), margin.action(book, "take", amount="12.34")
    preview = margin.preview(book, action)
    assert isinstance(preview, Preview)
    assert book == before
    assert preview.outcome == margin.decide(book, action)
    assert preview.after == margin.rows(preview.outcome.book)
    assert preview.before == margin.rows(book)


def test_a_refused_preview_is_the_refusal_itself(book: Any) -> None:
    action = margin.action(book, "take", amount="50.01")
    refused = margin.preview(book, action)
    assert isinstance(refused, Refused)
    assert refused == margin.decide(book, action)
    assert str(refused.accepted) == "50 GOLD"


def test_the_target_leverage_of_a_fourth_model_is_met_to_the_unit(book: Any) -> None:
    """At leverage 5 the equity is a fifth of the worth: worth 3,000 EUR, so 60 g stay and 40 g leave."""
    answer = margin.solve(book, margin.Leverage(Ratio(5, 1)))
    assert isinstance(answer, Solved)
    assert (str(answer.amount), answer.is_target_binding) == ("40 GOLD", True)
    assert answer.reached.leverage == Ratio(5, 1)


def test_the_target_liquidation_price_of_a_fourth_model_is_met_to_the_unit(book: Any) -> None:
    """2,400 EUR over 30 EUR/g: 80 g stay."""
    answer = margin.solve(book, margin.LiquidationAt(Ratio(30, 1), "eur/G"))
    assert isinstance(answer, Solved)
    assert str(answer.amount) == "20 GOLD"


def test_the_move_that_a_fourth_model_survives_is_met_to_the_unit(book: Any) -> None:
    """At 50 less 25 % = 37.50 EUR/g, 2,400 EUR need 64 g: 36 g leave."""
    answer = margin.solve(book, margin.Survive(Ratio(-1, 4)))
    assert isinstance(answer, Solved)
    assert str(answer.amount) == "36 GOLD"


def test_the_models_maximum_before_the_target_is_named_as_what_binds(book: Any) -> None:
    answer = margin.solve(book, margin.Leverage(Ratio(100, 1)))
    assert isinstance(answer, Solved)
    assert (str(answer.amount), answer.bound_by, answer.is_target_binding) == ("50 GOLD", "MINIMUM", False)
    assert (
        answer.note == "MINIMUM stops it before the target (leverage 100x) does: this is all that may leave"
    )


def test_a_missed_target_of_a_fourth_model_names_the_least_addition(book: Any) -> None:
    """At leverage 1.8 the worth is 5,400 EUR: 108 g, 8 more; a hundredth of a gram less misses it."""
    answer = margin.solve(book, margin.Leverage(Ratio(18, 10)))
    assert isinstance(answer, Unreachable)
    assert (str(answer.nearest), str(answer.add), answer.repay) == ("0 GOLD", "8 GOLD", None)
    assert (
        answer.reason == "the position is already past leverage 1.8x, and to take more only moves it further"
    )


def test_a_target_that_no_addition_at_hand_reaches_says_what_is_at_hand(book: Any) -> None:
    answer = margin.solve(book, margin.Leverage(Ratio(15, 10)))
    assert isinstance(answer, Unreachable)
    assert (str(answer.add), str(answer.add_lacking)) == ("44 GOLD", "34 GOLD")
    assert answer.reason.endswith("the holder can add at most 10 GOLD, which does not bring it back")


def test_a_target_between_nothing_and_the_least_take_is_met_by_nothing(jar: Model) -> None:
    """At most 0.04 g may leave for the target and the least take is 0.05 g: one unit is refused as well."""
    assert jar.NAME == "gold_jar"
    book = margin.book(margin.preset("GOLD-JAR"), gold="100.04", price="50", owed="4000")
    answer = margin.solve(book, margin.Survive(Ratio(-2, 10)))
    assert isinstance(answer, Solved)
    assert answer.amount.units == 0
    assert answer.is_target_binding


def test_the_search_passes_over_amounts_under_the_models_least(jar: Model) -> None:
    """The target allows 0.06 g of 100.06 g, more than the least take of 0.05 g."""
    assert jar.NAME == "gold_jar"
    book = margin.book(margin.preset("GOLD-JAR"), gold="100.06", price="50", owed="4000")
    answer = margin.solve(book, margin.Survive(Ratio(-2, 10)))
    assert isinstance(answer, Solved)
    assert str(answer.amount) == "0.06 GOLD"


def test_a_zero_maximum_of_a_fourth_model_says_where_it_opens_up(jar: Model) -> None:
    """2,450 EUR owed and 100 to stay: 2,550 EUR over the 49.95 g that would be left."""
    assert jar.NAME == "gold_jar"
    book = margin.book(margin.preset("GOLD-JAR"), gold="50", price="50", owed="2450")
    opening = margin.opens_at(book)
    assert not opening.is_open
    assert opening.at is not None
    assert opening.at.price == Ratio(2550 * 100, 4995)
    assert str(opening) == "there is nothing to take now (MINIMUM); it opens up at gold above 51.0510510511"


def test_headline_breach_and_plan_of_a_fourth_model_are_reached_through_the_face(jar: Model) -> None:
    assert jar.NAME == "gold_jar"
    book = margin.book(margin.preset("GOLD-JAR"), gold="10", price="50", owed="500.01")
    assert margin.breach(book) == "sale"
    assert margin.plan(book) == 1000
    assert margin.headline(book).leverage is None
