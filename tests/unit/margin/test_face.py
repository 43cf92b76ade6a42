"""Text in, exact values out: the five lines of a notebook and what they refuse.

The position of the five lines: 0.002 BTC at 64,794 USD with rawUsd −83.731933, so an equity of
129.588 − 83.731933 = 45.856067; a fifth of the notional, 25.9176, must stay: 19.938467 may leave.
"""

from decimal import Decimal
from typing import Any

import pytest

from solvent import margin
from solvent.margin import InputRefused, Preview
from solvent.money import NumberFault, NumberRefused


def bitcoin(**changes: str) -> Any:
    fields = {"size": "0.002", "raw_usd": "-83.731933", "leverage": "5", "mark": "64794"} | changes
    return margin.book(margin.preset("BTC-PERP"), **fields)


def test_five_lines_of_a_notebook_say_what_may_leave_and_what_then_is_left() -> None:
    book = bitcoin()
    assert str(margin.limits(book)["take"]) == "take: at most 19.938467 USDC (INITIAL_MARGIN)"
    preview = margin.preview(book, margin.action(book, "take", amount="10"))
    assert isinstance(preview, Preview)
    assert "Equity (margin used)        45.856067 USDC" in str(preview)
    assert "35.856067 USDC" in str(preview)


def test_a_decimal_is_read_like_the_text_of_it() -> None:
    market = margin.preset("BTC-PERP")
    read = margin.book(
        market,
        size=Decimal("0.002"),
        raw_usd=Decimal("-83.731933"),
        leverage=Decimal(5),
        mark=Decimal("6.4794e4"),
    )
    assert read == bitcoin()
    assert margin.action(read, "take", amount=Decimal(10)) == margin.action(read, "take", amount="10")


@pytest.mark.parametrize("value", [0.002, 1, True, None, ["0.002"]])
def test_a_field_that_is_neither_text_nor_decimal_is_refused_by_its_name(value: Any) -> None:
    with pytest.raises(NumberRefused) as caught:
        margin.book(margin.preset("BTC-PERP"), size=value, mark="1", raw_usd="0")
    assert (caught.value.fault, caught.value.name) == (NumberFault.NOT_TEXT, "size")
    with pytest.raises(NumberRefused):
        margin.action(bitcoin(), "take", amount=value)


def test_an_unknown_preset_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputRefused, match=r"give one of .*BTC-PERP"):
        margin.preset("DOGE-PERP")


def test_an_unknown_verb_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputRefused, match=r"verb 'withdraw' .* one of open, close, add, take"):
        margin.action(bitcoin(), "withdraw", amount="1")


def test_a_verb_is_taken_as_text_or_as_itself() -> None:
    assert margin.verb_of("take") is margin.Verb.TAKE
    assert margin.verb_of(margin.Verb.TAKE) is margin.Verb.TAKE


def test_every_function_of_the_face_reaches_the_model_of_its_book() -> None:
    book, model = bitcoin(), margin.tiered
    assert margin.headline(book) == model.headline(book, now_ms=0)
    assert margin.rows(book) == model.rows(book, now_ms=0)
    assert margin.limits(book) == model.limits(book, now_ms=0)
    assert margin.breach(book) is None
    assert margin.plan(book) == model.plan(book, now_ms=0)
    action = margin.action(book, "take", amount="1")
    assert margin.decide(book, action) == model.decide(book, action, now_ms=0)


def test_an_open_maximum_is_called_open() -> None:
    opening = margin.opens_at(bitcoin())
    assert (opening.is_open, opening.at) == (True, None)
    assert str(opening) == "take is open now: at most 19.938467 USDC (INITIAL_MARGIN)"


def test_a_maximum_that_no_price_opens_says_so() -> None:
    flat = margin.book(margin.preset("BTC-PERP"), size="0", mark="64794")
    assert (
        str(margin.opens_at(flat)) == "there is nothing to take now (NO_POSITION); no price alone opens it up"
    )


def test_where_a_verb_without_a_maximum_opens_up_is_refused() -> None:
    with pytest.raises(InputRefused, match="verb 'borrow' is not usable here; give take or add"):
        margin.opens_at(bitcoin(), verb="borrow")


def test_everything_that_the_face_offers_is_there() -> None:
    assert [name for name in margin.__all__ if not hasattr(margin, name)] == []
