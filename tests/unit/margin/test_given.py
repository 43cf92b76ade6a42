"""What a notebook builds by hand and gets wrong: refused in a sentence, before a model sees it.

The position is that of the five lines: 0.002 BTC at 64,794 USD and 5x.
"""

from decimal import Decimal
from typing import Any

import pytest

from solvent import margin
from solvent.margin import InputRefused, Outcome, Preview, Refused, lending, risk_limit, tiered
from solvent.money import NumberRefused, Ratio


class Whole:
    """A number of a library that is not ours."""

    def __index__(self) -> int:
        return 1

    def __repr__(self) -> str:
        return "int64(1)"


@pytest.fixture
def book() -> Any:
    market = margin.preset("BTC-PERP")
    return margin.book(market, size="0.002", raw_usd="-83.731933", leverage="5", mark="64794")


@pytest.mark.parametrize(
    ("action", "sentence"),
    [
        (tiered.Take(1.5), r"Take\.amount 1\.5 .* give an int"),  # type: ignore[arg-type]
        (tiered.Take(1.0), r"Take\.amount 1\.0 .* give an int"),  # type: ignore[arg-type]
        (tiered.Take(True), r"Take\.amount True .* give an int"),
        (tiered.Take("1"), r"Take\.amount '1' .* give an int"),  # type: ignore[arg-type]
        (tiered.Take(None), r"Take\.amount None .* give an int"),  # type: ignore[arg-type]
        (tiered.Take(Decimal(1)), r"Take\.amount Decimal\('1'\) .* give an int"),  # type: ignore[arg-type]
        (tiered.Take(Whole()), r"Take .* give ints, Ratios and text in it"),  # type: ignore[arg-type]
        (tiered.Close(size=1.5), r"Close\.size 1\.5 .* or None"),  # type: ignore[arg-type]
        (tiered.TopUp(2), r"TopUp\.target 2 .* give a Ratio"),  # type: ignore[arg-type]
        (tiered.Cancel(3), r"Cancel\.order_id 3 .* give text"),  # type: ignore[arg-type]
    ],
)
def test_an_action_with_a_number_that_is_not_exact_is_refused_by_its_field(
    book: Any, action: Any, sentence: str
) -> None:
    with pytest.raises(InputRefused, match=sentence):
        margin.decide(book, action)
    with pytest.raises(InputRefused, match=sentence):
        margin.preview(book, action)


@pytest.mark.parametrize(
    "action",
    [risk_limit.Take(1), lending.Borrow(1), "take", None, 5, margin.Leverage(Ratio(3, 1)), tiered.Take],
)
def test_an_action_of_another_model_or_none_at_all_is_refused(book: Any, action: Any) -> None:
    with pytest.raises(
        InputRefused, match=r"^action '.*' is not usable here; give an action of the model tiered"
    ):
        margin.decide(book, action)


@pytest.mark.parametrize("units", [2**200, -5, 0])
def test_whole_units_of_any_size_and_sign_reach_the_model(book: Any, units: int) -> None:
    assert isinstance(margin.decide(book, tiered.Take(units)), Refused)
    assert isinstance(margin.decide(book, tiered.Take(1)), Outcome)


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        (margin.Survive(-0.25), r"Survive\.move -0\.25 .* give a Ratio"),  # type: ignore[arg-type]
        (margin.Leverage(3), r"Leverage\.leverage 3 .* give a Ratio"),  # type: ignore[arg-type]
        (margin.Leverage("3"), r"Leverage\.leverage '3' .* give a Ratio"),  # type: ignore[arg-type]
        (None, r"target None .* give margin\.Leverage"),
        (Ratio(3, 1), r"target Ratio\(num=3, den=1\) .* give margin\.Leverage"),
    ],
)
def test_a_target_that_is_none_or_not_exact_is_refused(book: Any, target: Any, sentence: str) -> None:
    with pytest.raises(InputRefused, match=sentence):
        margin.solve(book, target)


def test_a_market_is_no_book_and_a_book_is_no_market(book: Any) -> None:
    fields = {"size": "1", "raw_usd": "0", "mark": "1"}
    for ask in (margin.limits, margin.headline, margin.rows, margin.breach, margin.plan, margin.opens_at):
        with pytest.raises(InputRefused, match=r"book 'Market of the model tiered' .* margin\.book"):
            ask(book.market)
    with pytest.raises(InputRefused, match=r"book 'Market of the model tiered'"):
        margin.action(book.market, "take", amount="1")
    with pytest.raises(InputRefused, match=r"market 'Book of the model tiered' .* book\.market"):
        margin.book(book, **fields)


@pytest.mark.parametrize("now_ms", [1.5, None, "0", True])
def test_a_moment_that_is_no_int_is_refused(book: Any, now_ms: Any) -> None:
    with pytest.raises(InputRefused, match=r"now_ms .* give whole milliseconds"):
        margin.limits(book, now_ms=now_ms)


def test_a_tolerance_that_is_no_ratio_is_refused(book: Any) -> None:
    action = margin.action(book, "take", amount="1")
    with pytest.raises(InputRefused, match=r"tolerance 0\.01 .* give a Ratio"):
        margin.preview(book, action, tolerance=0.01)  # type: ignore[arg-type]
    assert isinstance(margin.preview(book, action, tolerance=Ratio(1, 100)), Preview)


@pytest.mark.parametrize("name", [None, [], 3])
def test_a_preset_that_is_no_text_is_refused_with_the_known_ones(name: Any) -> None:
    with pytest.raises(InputRefused, match=r"give one of .*BTC-PERP"):
        margin.preset(name)


def test_a_ratio_without_a_divisor_is_refused_inside_an_action_a_target_and_a_tolerance() -> None:
    book = margin.book(
        margin.preset("BTC-PERP"), size="0.002", raw_usd="-83.731933", leverage="5", mark="64794"
    )
    broken = Ratio(3, 0)
    with pytest.raises(NumberRefused, match="a divisor above zero"):
        margin.decide(book, tiered.TopUp(broken))
    with pytest.raises(NumberRefused, match="a divisor above zero"):
        margin.solve(book, margin.Leverage(broken))
    with pytest.raises(NumberRefused, match="a divisor above zero"):
        margin.preview(book, tiered.Take(1), tolerance=Ratio(0, -1))
