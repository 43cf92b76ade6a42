"""A preview is the execution, in every model: the same values, and the book before it untouched."""

from copy import deepcopy
from typing import Any

import pytest

from solvent import margin
from solvent.margin import InputRefused, Outcome, Preview, Refused
from solvent.margin.preview import TOLERANCE_DEFAULT
from solvent.money import Ratio

BOOKS = {
    "tiered": ("BTC-PERP", {"size": "0.002", "equity": "45.86", "leverage": "5", "mark": "64794"}),
    "risk_limit": ("XBTUSDTM", {"lots": "100", "entry": "60000", "mark": "64794", "margin": "1000"}),
    "lending": (
        "wETH/SOL",
        {"collateral": "4", "debt": "10", "token_price": "1000", "sol_price": "100", "wallet_sol": "10"},
    ),
}


def made(name: str) -> Any:
    preset, fields = BOOKS[name]
    return margin.book(margin.preset(preset), **fields)


@pytest.mark.parametrize("name", BOOKS)
def test_what_a_preview_shows_is_what_the_execution_gives(name: str) -> None:
    book = made(name)
    action = margin.action(book, "take", amount="1")
    preview, outcome = margin.preview(book, action), margin.decide(book, action)
    assert isinstance(preview, Preview)
    assert isinstance(outcome, Outcome)
    assert preview.outcome == outcome
    assert preview.after == margin.rows(outcome.book)
    assert preview.action == action


@pytest.mark.parametrize("name", BOOKS)
def test_a_preview_leaves_its_book_as_it_was(name: str) -> None:
    book = made(name)
    before = deepcopy(book)
    margin.preview(book, margin.action(book, "take", amount="1"))
    margin.preview(book, margin.action(book, "take", amount="1000000"))
    assert book == before


@pytest.mark.parametrize("name", BOOKS)
def test_a_preview_of_what_would_be_refused_is_the_refusal(name: str) -> None:
    book = made(name)
    action = margin.action(book, "take", amount="1000000")
    refused = margin.preview(book, action)
    assert isinstance(refused, Refused)
    assert refused == margin.decide(book, action)


@pytest.mark.parametrize("name", BOOKS)
def test_a_preview_reads_as_lines_of_now_and_after(name: str) -> None:
    book = made(name)
    preview = margin.preview(book, margin.action(book, "take", amount="1"))
    assert isinstance(preview, Preview)
    lines = str(preview).splitlines()
    assert lines[0].split() == ["now", "after"]
    assert len(lines) == 1 + len(preview.before) + len(preview.warnings)
    assert all(
        line.endswith("same") or row.text in line for line, row in zip(lines[1:], preview.after, strict=False)
    )


def test_guards_of_a_preview_stand_half_a_percent_either_way_unless_told_otherwise() -> None:
    book = made("tiered")
    preview = margin.preview(book, margin.action(book, "take", amount="1"))
    wider = margin.preview(book, margin.action(book, "take", amount="1"), tolerance=Ratio(1, 100))
    assert isinstance(preview, Preview)
    assert isinstance(wider, Preview)
    assert Ratio(1, 200) == TOLERANCE_DEFAULT
    assert preview.guards.price_min == Ratio(6_447_003, 100)
    assert wider.guards.price_min == Ratio(6_414_606, 100)


@pytest.mark.parametrize("name", BOOKS)
@pytest.mark.parametrize("tolerance", [Ratio(1, 1), Ratio(-1, 100)])
def test_a_tolerance_that_is_no_fraction_is_refused_in_every_model(name: str, tolerance: Ratio) -> None:
    book = made(name)
    with pytest.raises(InputRefused, match="a fraction from 0 to below 1"):
        margin.preview(book, margin.action(book, "take", amount="1"), tolerance=tolerance)
