"""Every solver's answer is tight, true to its words and found in few steps, in every model."""

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from solvent import margin
from solvent.margin import Headline, Model, Outcome, Solved, Target, Unreachable, Verb, registry
from solvent.money import Amount, Ratio
from tests.property.solvers.books import BOOKS, SIDES

CALM = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
MODELS = st.sampled_from(registry.names())


@st.composite
def targets(draw: st.DrawFn, model: Model, book: Any) -> Target:
    """Draw a target from well within reach to well past the position."""
    kind = draw(st.sampled_from(["leverage", "liquidation", "survive"]))
    if kind == "leverage":
        return margin.Leverage(Ratio(draw(st.integers(50, 6000)), 100))
    if kind == "survive":
        move = Ratio(draw(st.integers(-99, 150)), 100)
        return margin.Survive(move, draw(st.sampled_from(["", *model.FEEDS])))
    price = draw(st.sampled_from(model.headline(book, now_ms=0).liquidation_prices))
    present = price.price or Ratio(draw(st.integers(1, 10**6)), 10)
    scaled = Ratio(present.num * draw(st.integers(50, 200)), present.den * 100)
    return margin.LiquidationAt(scaled, price.unit)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Any, Target, Verb]:
    """Draw a book of any model, a target and a verb by which value leaves it."""
    name = draw(MODELS)
    book = draw(BOOKS[name])
    model = registry.by_name(name)
    outward = [one.verb for one in model.limits(book, now_ms=0).maxima if one.verb in ("take", "borrow")]
    return book, draw(targets(model, book)), draw(st.sampled_from(outward))


def after(book: Any, verb: Verb, units: int, *, now_ms: int = 0) -> Any | None:
    """Return the book after an accepted move, or none."""
    model = registry.of(book)
    if units == 0:
        return model.settle(book, now_ms=now_ms)
    result = model.decide(book, model.action_of(book, verb, units), now_ms=now_ms)
    return result.book if isinstance(result, Outcome) else None


def is_met(before: Any, book: Any, target: Target, *, now_ms: int = 0) -> bool:
    """Tell whether a book meets a target, from its figures as fractions."""
    model = registry.of(book)
    seen = model.headline(book, now_ms=now_ms)
    match target:
        case margin.Leverage():
            if seen.leverage is None:
                return seen.equity.num > 0 or is_closed(seen)
            return seen.leverage.fraction <= target.leverage.fraction
        case margin.LiquidationAt():
            price = next(one for one in seen.liquidation_prices if one.unit == target.unit)
            if price.price is None:
                return True
            gap = price.price.fraction - target.price.fraction
            return gap >= 0 if price.above else gap <= 0
        case margin.Survive():
            feed = target.feed or model.FEEDS[0]
            moved = model.price_of(before, feed).fraction * (1 + target.move.fraction)
            price_then = Ratio(moved.numerator, moved.denominator)
            return model.survives(book, feed=feed, price=price_then, now_ms=now_ms)


def is_closed(seen: Headline) -> bool:
    return seen.equity.num == 0 and all(one.price is None for one in seen.liquidation_prices)


@CALM
@given(questions(), st.sampled_from([0, 9_000]))
def test_the_answer_meets_the_target_and_one_unit_more_does_not(
    question: tuple[Any, Target, Verb], now_ms: int
) -> None:
    """Nine seconds later interest has accrued, and every price is still young enough to act on."""
    book, target, verb = question
    answer = margin.solve(book, target, verb=verb, now_ms=now_ms)
    maximum = margin.limits(book, now_ms=now_ms)[verb]
    event(f"{registry.of(book).NAME} {verb.value} {type(target).__name__} {type(answer).__name__}")
    if isinstance(answer, Unreachable):
        assert not is_met(book, book, target, now_ms=now_ms)
        return
    units = answer.amount.units
    here, beyond = (after(book, verb, amount, now_ms=now_ms) for amount in (units, units + 1))
    assert here is not None
    assert is_met(book, here, target, now_ms=now_ms)
    assert answer.reached == margin.headline(here, now_ms=now_ms)
    if answer.is_target_binding:
        assert beyond is not None
        assert not is_met(book, beyond, target, now_ms=now_ms)
        assert units < maximum.amount.units
    else:
        assert beyond is None
        assert answer.amount == maximum.amount
        assert answer.bound_by == maximum.binding


@CALM
@given(questions(), st.integers(1, 99))
def test_an_unreachable_target_is_missed_by_every_amount_and_mended_by_no_less_than_is_said(
    question: tuple[Any, Target, Verb], percent: int
) -> None:
    book, target, verb = question
    answer = margin.solve(book, target, verb=verb)
    assume(isinstance(answer, Unreachable))
    assert isinstance(answer, Unreachable)
    assert answer.nearest.units == 0
    assert answer.reached == margin.headline(book)
    for units in {
        1,
        margin.limits(book)[verb].amount.units * percent // 100,
        margin.limits(book)[verb].amount.units,
    }:
        further = after(book, verb, units)
        assert units == 0 or further is None or not is_met(book, further, target)
    is_mended(book, target, Verb.ADD, answer.add)
    is_mended(book, target, Verb.REPAY, answer.repay)
    is_lacking_right(book, Verb.ADD, answer.add, answer.add_lacking)
    is_lacking_right(book, Verb.REPAY, answer.repay, answer.repay_lacking)


def is_mended(book: Any, target: Target, verb: Verb, amount: Amount | None) -> None:
    """Assert that an amount is the least that meets the target, or that no amount does."""
    model = registry.of(book)
    verbs = [one.verb for one in margin.limits(book).maxima]
    if verb not in verbs:
        assert amount is None
        return
    if amount is None:
        for units in (1, 10**9, 10**18, 10**40):
            mended = after(model.funded(book, verb, units), verb, units)
            assert mended is None or not is_met(book, mended, target)
        return
    rich = model.funded(book, verb, amount.units)
    mended = after(rich, verb, amount.units)
    assert mended is not None
    assert is_met(book, mended, target)
    less = after(rich, verb, amount.units - 1)
    assert less is None or not is_met(book, less, target)


def is_lacking_right(book: Any, verb: Verb, amount: Amount | None, lacking: Amount | None) -> None:
    """Assert that what is lacking is what the amount has above the verb's maximum now."""
    if amount is None:
        assert lacking is None
        return
    most = margin.limits(book)[verb].amount
    assert lacking == (amount - most if amount > most else None)


@CALM
@given(MODELS.flatmap(lambda name: BOOKS[name]), st.integers(0, 100), st.data())
def test_the_leverage_and_the_price_that_an_amount_leads_to_lead_back_to_that_amount(
    book: Any, percent: int, data: st.DataObject
) -> None:
    outward = [one for one in margin.limits(book).maxima if one.verb in ("take", "borrow") and one.amount]
    assume(outward)
    maximum = data.draw(st.sampled_from(outward))
    units = maximum.amount.units * percent // 100
    there, beyond = after(book, maximum.verb, units), after(book, maximum.verb, units + 1)
    assert there is not None
    seen = margin.headline(there)
    aims: list[Target] = [
        margin.LiquidationAt(one.price, one.unit) for one in seen.liquidation_prices if one.price is not None
    ]
    aims += [] if seen.leverage is None else [margin.Leverage(seen.leverage)]
    for aim in aims:
        answer = margin.solve(book, aim, verb=maximum.verb)
        assert isinstance(answer, Solved)
        assert answer.amount.units >= units
        if beyond is not None and not is_met(book, beyond, aim):
            assert answer.amount.units == units


@CALM
@given(questions())
def test_a_search_asks_decide_at_most_twice_a_bit_of_what_it_finds(
    question: tuple[Any, Target, Verb],
) -> None:
    book, target, verb = question
    model = registry.of(book)
    counted = Counted(model)
    bits = sum(one.amount.units.bit_length() for one in margin.limits(book).maxima)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(registry._MODELS, model.NAME, counted)
        answer = margin.solve(book, target, verb=verb)
    if isinstance(answer, Unreachable):
        bits += sum(amount.units.bit_length() for amount in (answer.add, answer.repay) if amount is not None)
    assert counted.calls <= 2 * bits + 6


class Counted:
    """A model that counts how often it decides."""

    def __init__(self, model: Model) -> None:
        self.model = model
        self.calls = 0

    def decide(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        return self.model.decide(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.model, name)


@CALM
@given(MODELS.flatmap(lambda name: BOOKS[name]))
def test_a_zero_that_price_alone_causes_opens_up_at_the_price_named_and_not_before_it(book: Any) -> None:
    for maximum in margin.limits(book).maxima:
        opens = maximum.opens_at
        if opens is None:
            continue
        answer = margin.opens_at(book, verb=maximum.verb)
        assert (answer.at, answer.is_open, maximum.amount.units) == (opens, False, 0)
        sides = SIDES[registry.of(book).NAME](book, opens)
        if sides is not None:
            assert margin.limits(sides.shut)[maximum.verb].amount.units == 0
            assert margin.limits(sides.opened)[maximum.verb].amount.units > 0


def test_every_registered_model_has_books_to_solve() -> None:
    assert set(BOOKS) == set(registry.names()) == set(SIDES)
