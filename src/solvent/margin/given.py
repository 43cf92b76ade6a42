"""What a caller may have built by hand: a book, an action, a target, a tolerance, a moment.

Text is checked where it is read. These are Python values, and Python takes a float, a bool or another model's
action for what it is not; so the face checks them once, before a model sees them.
"""

from functools import reduce
from typing import Any, get_args

import msgspec

from solvent.margin import registry
from solvent.margin.seam import InputRefused, Model
from solvent.margin.solvers import Target
from solvent.money import Ratio

_KINDS = {
    "int": "an int (of smallest units, where it is an amount)",
    "int | null": "an int (of smallest units, where it is an amount) or None",
    "object": "a Ratio",
    "object | null": "a Ratio or None",
    "str": "text",
    "bool": "True or False",
}


def model_of(book: Any) -> Model:
    """Return the model of a book.

    Errors: `InputRefused` for anything else, a market among it.
    """
    model = registry.of(book)
    if not hasattr(book, "market"):
        raise InputRefused(
            name="book", found=_titled(book), accepted="a book: margin.book(market, …) makes one"
        )
    return model


def market_of(market: Any) -> Model:
    """Return the model of a market.

    Errors: `InputRefused` for anything else, a book among it.
    """
    model = registry.of(market)
    if hasattr(market, "market"):
        raise InputRefused(name="market", found=_titled(market), accepted="a market, such as book.market")
    return model


def refuse_foreign(model: Model, action: Any) -> None:
    """Check that an action is one of the model's, and whole.

    Errors: `InputRefused` for another thing, another model's action, and a field that is not exact.
    """
    kinds = get_args(getattr(model, "STORED", {}).get("action")) or (type(action),)
    if not isinstance(action, kinds) or not isinstance(action, msgspec.Struct):
        raise InputRefused(
            name="action",
            found=f"{type(action).__module__}.{type(action).__qualname__}",
            accepted=f"an action of the model {model.NAME}: margin.action(book, verb, …) makes one",
        )
    refuse_inexact(action)


def refuse_aimless(target: Any) -> None:
    """Check that a target is one, and exact.

    Errors: `InputRefused`.
    """
    if not isinstance(target, Target):
        accepted = "margin.Leverage(…), margin.LiquidationAt(…) or margin.Survive(…)"
        raise InputRefused(name="target", found=target, accepted=accepted)
    refuse_inexact(target)


def refuse_inexact(value: msgspec.Struct) -> None:
    """Check that each number of a value is an int, and each ratio a Ratio of two ints.

    Errors: `InputRefused`, naming the field; `NumberRefused` for a ratio whose divisor is not above zero.
    """
    name = type(value).__name__
    try:
        msgspec.convert(msgspec.to_builtins(value), type(value))
    except msgspec.ValidationError as error:
        expected, _, path = str(error).partition(" - at `$.")
        fields = path.rstrip("`").split(".")
        kind = expected.split("`")[1]
        raise InputRefused(
            name=".".join((name, *fields)),
            found=reduce(getattr, fields, value),
            accepted=_KINDS.get(kind, kind),
        ) from error
    except TypeError as error:
        raise InputRefused(name=name, found=value, accepted="ints, Ratios and text in it") from error
    for field in value.__struct_fields__:
        ratio = getattr(value, field)
        if isinstance(ratio, Ratio):
            ratio.require_exact()


def refuse_unless_ratio(value: Any, *, name: str) -> None:
    """Check that a fraction is a Ratio of two ints.

    Errors: `InputRefused`, and `NumberRefused` for another ratio.
    """
    if not isinstance(value, Ratio):
        raise InputRefused(name=name, found=value, accepted='a Ratio, such as Ratio.parse("0.5%")')
    value.require_exact()


def refuse_moment(now_ms: Any) -> None:
    """Check a moment: whole milliseconds since the epoch.

    Errors: `InputRefused`.
    """
    if type(now_ms) is not int:
        raise InputRefused(name="now_ms", found=now_ms, accepted="whole milliseconds since 1970 as an int")


def _titled(value: Any) -> str:
    return f"{type(value).__name__} of the model {value.model}"
