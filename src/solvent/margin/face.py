"""What a notebook imports: text in, exact values out, the model found by itself.

`now_ms` may be left out here: the moment is then 0, which is also when `book` dates its prices.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from solvent.margin import given, registry
from solvent.margin import preview as _preview
from solvent.margin import solvers as _solvers
from solvent.margin.seam import Headline, InputRefused, Limits, Model, Outcome, Preview, Refused, Row, Verb
from solvent.margin.solvers import Opening, Solved, Target, Unreachable
from solvent.money import NumberFault, NumberRefused, Ratio


def presets() -> dict[str, Any]:
    """Return every ready-made market by name."""
    return {
        market: preset
        for name in registry.names()
        for market, preset in registry.by_name(name).PRESETS.items()
    }


def preset(name: str) -> Any:
    """Return one ready-made market.

    Errors: `InputRefused`, naming the known ones.
    """
    markets = presets()
    if name not in tuple(markets):
        raise InputRefused(name="preset", found=name, accepted="one of " + ", ".join(markets))
    return markets[name]


def book(market: Any, /, **fields: str | Decimal) -> Any:
    """Build a book on a market from text fields, such as size="0.002", mark="64794".

    `BOOK_FIELDS` of the model lists them.
    Errors: `InputRefused` for an unknown or missing field, `NumberRefused` for a bad number.
    """
    return given.market_of(market).read_book(market, _text(fields))


def action(book: Any, verb: Verb | str, /, **fields: str | Decimal) -> Any:
    """Build an action from text fields, such as "take", amount="10".

    Errors: `InputRefused` for an unknown verb or field, `NumberRefused` for a bad number.
    """
    return given.model_of(book).read_action(book, verb_of(verb), _text(fields))


def _text(fields: Mapping[str, object]) -> dict[str, str]:
    """Return the fields as text; a float or an int is refused by its name, before any model sees it."""
    for name, value in fields.items():
        if not isinstance(value, str | Decimal):
            accepted = 'text such as "12.5", or a Decimal'
            raise NumberRefused(NumberFault.NOT_TEXT, name=name, found=value, accepted=accepted)
    return {name: str(value) for name, value in fields.items()}


def verb_of(verb: Verb | str) -> Verb:
    """Return the verb of that name.

    Errors: `InputRefused`, naming the known ones.
    """
    try:
        return Verb(verb)
    except ValueError:
        raise InputRefused(name="verb", found=verb, accepted="one of " + ", ".join(Verb)) from None


def _model(book: Any, now_ms: int) -> Model:
    """Return the model of a book.

    Errors: `InputRefused` for anything but a book, and for a moment that is no int.
    """
    given.refuse_moment(now_ms)
    return given.model_of(book)


def limits(book: Any, *, now_ms: int = 0) -> Limits:
    """Return every verb's exact maximum, what binds it, and where a zero opens up."""
    return _model(book, now_ms).limits(book, now_ms=now_ms)


def headline(book: Any, *, now_ms: int = 0) -> Headline:
    """Return takeable now, bound by, equity, leverage and liquidation prices."""
    return _model(book, now_ms).headline(book, now_ms=now_ms)


def rows(book: Any, *, now_ms: int = 0) -> tuple[Row, ...]:
    """Return the model's full view as labelled lines."""
    return _model(book, now_ms).rows(book, now_ms=now_ms)


def decide(book: Any, action: Any, *, now_ms: int = 0) -> Outcome[Any] | Refused:
    """Carry out an action on values; a preview is the same function.

    Errors: `InputRefused` for another model's action, and one with a number that is not exact.
    """
    model = _model(book, now_ms)
    given.refuse_foreign(model, action)
    return model.decide(book, action, now_ms=now_ms)


def preview(
    book: Any, action: Any, *, now_ms: int = 0, tolerance: Ratio = _preview.TOLERANCE_DEFAULT
) -> Preview[Any] | Refused:
    """Show before → after, guards and warnings of an action, or the refusal that it would meet.

    Errors: `InputRefused` as for `decide`, and for a tolerance that is no Ratio.
    """
    given.refuse_foreign(_model(book, now_ms), action)
    given.refuse_unless_ratio(tolerance, name="tolerance")
    return _preview.preview(book, action, now_ms=now_ms, tolerance=tolerance)


def solve(
    book: Any, target: Target, *, now_ms: int = 0, verb: Verb | str = Verb.TAKE
) -> Solved | Unreachable:
    """Return the largest amount of a verb after which the target is still met.

    Errors: `InputRefused` for another thing than a target, for one that means nothing, and for a verb,
            feed or price unit that the model does not have.
    """
    _model(book, now_ms)
    given.refuse_aimless(target)
    return _solvers.solve(book, target, now_ms=now_ms, verb=verb_of(verb))


def opens_at(book: Any, *, now_ms: int = 0, verb: Verb | str = Verb.TAKE) -> Opening:
    """Return whether a verb's maximum is above zero, and for a zero the price at which it opens up."""
    _model(book, now_ms)
    return _solvers.opens_at(book, now_ms=now_ms, verb=verb_of(verb))


def breach(book: Any, *, now_ms: int = 0) -> str | None:
    """Return none for a healthy position, else the name of its liquidation tier."""
    return _model(book, now_ms).breach(book, now_ms=now_ms)


def plan(book: Any, *, now_ms: int = 0) -> Any:
    """Return what a liquidation would do now."""
    return _model(book, now_ms).plan(book, now_ms=now_ms)
