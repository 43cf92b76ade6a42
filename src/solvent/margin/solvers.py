"""How much to take for a target: a leverage, a liquidation price, a price move to survive.

Generic: every answer is found by searching the model's own `decide`, so it holds to the unit.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from solvent.margin import registry
from solvent.margin.seam import Headline, LiquidationPrice, Model, Outcome, Refused, Verb
from solvent.money import Amount, Ratio, Rounding


class Leverage(Struct, frozen=True, gc=False):
    """Reach a leverage (notional / equity, or collateral value / equity) of at most `leverage`."""

    leverage: Ratio


class LiquidationAt(Struct, frozen=True, gc=False):
    """Keep the liquidation price of one feed no nearer than `price` (in the unit that it is shown in)."""

    price: Ratio
    unit: str = ""


class Survive(Struct, frozen=True, gc=False):
    """Stay healthy after one feed moves by the signed fraction `move` (-1/4 for -25 %)."""

    move: Ratio
    feed: str = ""


Target = Leverage | LiquidationAt | Survive


class Solved(Struct, frozen=True, gc=False, kw_only=True):
    """The largest amount that meets the target: one unit more does not, or is refused (`bound_by`)."""

    amount: Amount
    bound_by: str
    reached: Headline


class Unreachable(Struct, frozen=True, gc=False, kw_only=True):
    """No amount meets the target: why, the nearest amount and what it gives, and what to add instead.

    `add` is the least amount that, added, meets the target; none when no addition does.
    """

    reason: str
    nearest: Amount
    reached: Headline
    add: Amount | None = None


def solve(book: Any, target: Target, *, now_ms: int, verb: Verb = Verb.TAKE) -> Solved | Unreachable:
    """Return the largest amount of `verb` (take or borrow) after which the target is still met.

    Rounds: never; the answer `a` meets the target and a + 1 unit does not meet it or is refused.
    Errors: `InputRefused` for a verb or feed that the model does not have.
    """
    model = registry.of(book)
    maximum = model.limits(book, now_ms=now_ms)[verb]
    asset = maximum.amount.asset
    is_met = _predicate(model, book, target, now_ms)

    def after(units: int, by: Verb = verb) -> Any | None:
        if units == 0:
            return model.settle(book, now_ms=now_ms)
        outcome = model.decide(book, model.action_of(book, by, units), now_ms=now_ms)
        return outcome.book if isinstance(outcome, Outcome) else None

    def passes(units: int) -> bool:
        result = after(units)
        return result is not None and is_met(result)

    if not is_met(after(0)):
        return Unreachable(
            reason=f"the position is already past {_words(target)}; taking only moves it further",
            nearest=Amount(0, asset),
            reached=model.headline(book, now_ms=now_ms),
            add=_least_addition(model, book, is_met, now_ms),
        )
    units = _largest(passes, maximum.amount.units)
    bound = _words(target) if units < maximum.amount.units else maximum.binding
    return Solved(
        amount=Amount(units, asset),
        bound_by=bound,
        reached=model.headline(after(units), now_ms=now_ms),
    )


def _predicate(model: Model, book: Any, target: Target, now_ms: int) -> Callable[[Any], bool]:
    """Return whether a book meets the target; true stays true for smaller amounts."""
    match target:
        case Leverage():
            return lambda after: _is_leverage_met(model.headline(after, now_ms=now_ms), target.leverage)
        case LiquidationAt():
            return lambda after: _is_price_met(
                _chosen_price(model.headline(after, now_ms=now_ms), target.unit), target.price
            )
        case Survive():
            feed = target.feed or model.FEEDS[0]
            present = model.price_of(book, feed)
            factor = target.move
            shocked = Ratio(present.num * (factor.den + factor.num), present.den * factor.den)
            return lambda after: model.survives(after, feed=feed, price=shocked, now_ms=now_ms)
