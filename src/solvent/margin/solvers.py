"""How much to take for a target: a leverage, a liquidation price, a price move to survive.

Generic: every answer is found by searching the model's own `decide`, so it holds to the unit.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from solvent.margin import registry
from solvent.margin.seam import Headline, InputRefused, LiquidationPrice, Maximum, Model, Outcome, Verb
from solvent.margin.wording import shown
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
    Errors: `InputRefused` for a verb, feed or price unit that the model does not have.
    """
    search = _Search(registry.of(book), book, target, now_ms)
    maximum = _maximum(search, verb)
    asset = maximum.amount.asset
    if not search.is_met(search.settled):
        return Unreachable(
            reason=f"the position is already past {_words(target)}; taking only moves it further",
            nearest=Amount(0, asset),
            reached=search.headline(search.settled),
            add=search.least_addition(),
        )
    units = search.largest(verb, maximum.amount.units)
    bound = _words(target) if units < maximum.amount.units else maximum.binding
    return Solved(
        amount=Amount(units, asset),
        bound_by=bound,
        reached=search.headline(search.after(verb, units) or search.settled),
    )


def _maximum(search: "_Search", verb: Verb) -> Maximum:
    maxima = search.model.limits(search.book, now_ms=search.now_ms)
    try:
        return maxima[verb]
    except KeyError:
        known = " or ".join(maximum.verb.value for maximum in maxima.maxima)
        raise InputRefused(name="verb", found=verb.value, accepted=known) from None


class _Search:
    """One target on one book: every probe is the model's own `decide`."""

    def __init__(self, model: Model, book: Any, target: Target, now_ms: int) -> None:
        self.model = model
        self.book = book
        self.now_ms = now_ms
        self.settled = model.settle(book, now_ms=now_ms)
        self.is_met = _predicate(model, book, target, now_ms)

    def headline(self, book: Any) -> Headline:
        return self.model.headline(book, now_ms=self.now_ms)

    def after(self, verb: Verb, units: int) -> Any | None:
        """Return the book after moving `units`, or none where the move is refused."""
        action = self.model.action_of(self.book, verb, units)
        outcome = self.model.decide(self.book, action, now_ms=self.now_ms)
        return outcome.book if isinstance(outcome, Outcome) else None

    def passes(self, verb: Verb, units: int) -> bool:
        result = self.after(verb, units)
        return result is not None and self.is_met(result)

    def largest(self, verb: Verb, units_max: int) -> int:
        """Return the largest amount up to `units_max` that passes, by bisection; 0 when none does."""
        low, high = 0, units_max + 1
        while high - low > 1:
            middle = (low + high) // 2  # floor: a bisection
            if self.passes(verb, middle):
                low = middle
            else:
                high = middle
        return low

    def least_addition(self) -> Amount | None:
        """Return the least addition within the wallet after which the target is met, or none."""
        most = self.model.limits(self.book, now_ms=self.now_ms)[Verb.ADD].amount
        if not most.units or not self.passes(Verb.ADD, most.units):
            return None
        low, high = 0, most.units
        while high - low > 1:
            middle = (low + high) // 2  # floor: a bisection
            if self.passes(Verb.ADD, middle):
                high = middle
            else:
                low = middle
        return Amount(high, most.asset)


def _predicate(model: Model, book: Any, target: Target, now_ms: int) -> Callable[[Any], bool]:
    """Return whether a book meets the target; what holds for an amount holds for smaller ones."""
    match target:
        case Leverage():
            return lambda after: _is_leverage_met(model.headline(after, now_ms=now_ms), target.leverage)
        case LiquidationAt():
            return lambda after: _is_price_met(
                _chosen_price(model.headline(after, now_ms=now_ms), target.unit), target.price
            )
        case Survive():
            feed, price = _shocked(model, book, target)
            return lambda after: model.survives(after, feed=feed, price=price, now_ms=now_ms)


def _shocked(model: Model, book: Any, target: Survive) -> tuple[str, Ratio]:
    feed = target.feed or model.FEEDS[0]
    if feed not in model.FEEDS:
        raise InputRefused(name="feed", found=feed, accepted=" or ".join(model.FEEDS))
    present, move = model.price_of(book, feed), target.move
    if move.num <= -move.den:
        raise InputRefused(name="move", found=str(move), accepted="a fall of less than 100 %")
    return feed, Ratio(present.num * (move.den + move.num), present.den * move.den)


def _is_leverage_met(seen: Headline, leverage: Ratio) -> bool:
    """A position without equity has no leverage and meets no target; equality meets it."""
    if seen.leverage is None:
        return seen.equity.num > 0
    return seen.leverage <= leverage


def _chosen_price(seen: Headline, unit: str) -> LiquidationPrice:
    for price in seen.liquidation_prices:
        if unit in ("", price.unit):
            return price
    known = " or ".join(price.unit for price in seen.liquidation_prices)
    raise InputRefused(name="unit", found=unit, accepted=known)


def _is_price_met(liquidation: LiquidationPrice, price: Ratio) -> bool:
    """No liquidation price at all is the safest; equality meets the target."""
    if liquidation.price is None:
        return True
    return liquidation.price >= price if liquidation.above else liquidation.price <= price


def _words(target: Target) -> str:
    match target:
        case Leverage():
            return f"leverage {target.leverage.significant(6, Rounding.HALF_EVEN)}x"
        case LiquidationAt():
            return f"liquidation price {shown(target.price)} {target.unit}".rstrip()
        case Survive():
            percent = Ratio(target.move.num * 100, target.move.den).significant(6, Rounding.HALF_EVEN)
            sign = "+" if target.move.num > 0 else ""
            return f"surviving a move of {sign}{percent} % {target.feed}".rstrip()
