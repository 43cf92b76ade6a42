"""How much to take for a target: a leverage, a liquidation price, a price move to survive.

Generic: every answer is found by searching the model's own `decide`, so it holds to the unit. A
target is a bound, not a destination: where the venue's own maximum comes first, that is the answer,
and it says so.
"""

from collections.abc import Callable
from typing import Any, assert_never

from msgspec import Struct

from solvent.margin import registry
from solvent.margin.seam import (
    Headline,
    InputRefused,
    LiquidationPrice,
    Maximum,
    Model,
    OpensAt,
    Outcome,
    Term,
    Verb,
)
from solvent.margin.wording import in_words, shown
from solvent.money import Amount, Ratio, Rounding

OUTWARD = (Verb.TAKE, Verb.BORROW)
INWARD = (Verb.ADD, Verb.REPAY)
WEALTH = 1 << 512


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
    """The largest amount that meets the target: one unit more does not, or is refused (`bound_by`).

    `is_target_binding` tells the two apart: false where the venue's own maximum, named by `bound_by`,
    comes before the target. `note` says it in words, with what the answer leads to.
    """

    amount: Amount
    bound_by: str
    is_target_binding: bool
    reached: Headline
    note: str


class Unreachable(Struct, frozen=True, gc=False, kw_only=True):
    """No amount meets the target: why, the nearest amount and what it gives, and what to bring instead.

    `add` is the least amount that, added, meets the target, `repay` the least that, repaid, does,
    whatever the wallet holds; none when no amount does. `add_lacking` and `repay_lacking` are by how much
    they exceed what may be added or repaid now, none where they do not.
    """

    reason: str
    nearest: Amount
    reached: Headline
    add: Amount | None = None
    repay: Amount | None = None
    add_lacking: Amount | None = None
    repay_lacking: Amount | None = None


class Opening(Struct, frozen=True, gc=False, kw_only=True):
    """Whether one verb's maximum is above zero now, and if not, what would open it up.

    `at` is the price beyond which something may move (none when it is open already, or when no price
    alone does it), `remedies` are the other ways, `note` says it in words.
    """

    maximum: Maximum
    is_open: bool
    at: OpensAt | None
    remedies: tuple[Term, ...]
    note: str

    def __str__(self) -> str:
        return self.note


def solve(book: Any, target: Target, *, now_ms: int, verb: Verb = Verb.TAKE) -> Solved | Unreachable:
    """Return the largest amount of `verb` (take or borrow) after which the target is still met.

    Rounds: never; the answer `a` meets the target and a + 1 unit does not meet it or is refused.
    Errors: `InputRefused` for a verb, feed or price unit that the model does not have, and for a
            target that means nothing.
    """
    model = registry.of(book)
    maximum = _maximum(model, book, verb, now_ms)
    search = _Search(model, book, target, now_ms)
    most = maximum.amount
    if most.units and search.passes(verb, most.units):
        return search.solved(maximum, most.units)
    if search.is_met(search.settled):
        return search.solved(maximum, search.largest(verb, most.units))
    add, repay = (search.least(inward) for inward in INWARD)
    return Unreachable(
        reason=search.past(verb, add=add, repay=repay),
        nearest=Amount(0, most.asset),
        reached=search.headline(search.settled),
        add=add,
        repay=repay,
        add_lacking=search.lacking(Verb.ADD, add),
        repay_lacking=search.lacking(Verb.REPAY, repay),
    )


def opens_at(book: Any, *, now_ms: int, verb: Verb = Verb.TAKE) -> Opening:
    """Return whether a verb's maximum is above zero, and for a zero the price at which it opens up.

    Errors: `InputRefused` for a verb of which the model knows no maximum.
    """
    maximum = registry.of(book).limits(book, now_ms=now_ms).maxima
    found = next((one for one in maximum if one.verb == verb), None)
    if found is None:
        raise InputRefused(
            name="verb", found=verb.value, accepted=" or ".join(one.verb.value for one in maximum)
        )
    return Opening(
        maximum=found,
        is_open=found.amount.units > 0,
        at=found.opens_at,
        remedies=found.remedies,
        note=_opening_note(found),
    )


def _opening_note(maximum: Maximum) -> str:
    verb = maximum.verb.value
    if maximum.amount.units > 0:
        return f"{verb} is open now: at most {maximum.amount} ({maximum.binding})"
    shut = f"there is nothing to {verb} now ({maximum.binding})"
    if maximum.opens_at is not None:
        return f"{shut}; it opens up at {maximum.opens_at}"
    if maximum.note:
        return f"{shut}; {maximum.note}"
    return f"{shut}; no price alone opens it up"


def _note(words: str, maximum: Maximum, units: int) -> str:
    """Say what stopped the search: the target, or the venue's maximum before it."""
    if units < maximum.amount.units:
        return f"one unit more would miss the target ({words}); the venue alone allows {maximum.amount}"
    if units:
        return f"{maximum.binding} stops it before the target ({words}) does: this is all that may leave"
    return f"the target ({words}) is met as it is, but {_opening_note(maximum)}"


def _maximum(model: Model, book: Any, verb: Verb, now_ms: int) -> Maximum:
    """Return the maximum of a verb by which value leaves.

    Errors: `InputRefused`, naming those that the model has.
    """
    maxima = [one for one in model.limits(book, now_ms=now_ms).maxima if one.verb in OUTWARD]
    for maximum in maxima:
        if maximum.verb == verb:
            return maximum
    known = " or ".join(maximum.verb.value for maximum in maxima)
    raise InputRefused(name="verb", found=verb.value, accepted=known or "another model: nothing leaves here")


class _Search:
    """One target on one book: every probe is the model's own `decide`."""

    def __init__(self, model: Model, book: Any, target: Target, now_ms: int) -> None:
        self.model = model
        self.book = book
        self.now_ms = now_ms
        self.settled = model.settle(book, now_ms=now_ms)
        self.words = _words(model, target, self.settled, now_ms)
        self.is_met = _predicate(model, self.settled, target, now_ms)
        self.maxima = {one.verb: one for one in model.limits(book, now_ms=now_ms).maxima}

    def headline(self, book: Any) -> Headline:
        return self.model.headline(book, now_ms=self.now_ms)

    def after(self, verb: Verb, units: int) -> Any | None:
        """Return the book after moving `units`, or none where the move is refused.

        What is paid in is there: a wallet too small is no reason.
        """
        book = self.model.funded(self.book, verb, units) if verb in INWARD else self.book
        action = self.model.action_of(book, verb, units)
        outcome = self.model.decide(book, action, now_ms=self.now_ms)
        return outcome.book if isinstance(outcome, Outcome) else None

    def passes(self, verb: Verb, units: int) -> bool:
        result = self.after(verb, units)
        return result is not None and self.is_met(result)

    def solved(self, maximum: Maximum, units: int) -> Solved:
        """Put the largest amount that passes into words; 0 leaves the book as it is."""
        is_target_binding = units < maximum.amount.units
        after = self.after(maximum.verb, units) if units else self.settled
        return Solved(
            amount=Amount(units, maximum.amount.asset),
            bound_by=self.words if is_target_binding else maximum.binding,
            is_target_binding=is_target_binding,
            reached=self.headline(after),
            note=_note(self.words, maximum, units),
        )

    def largest(self, verb: Verb, units_max: int) -> int:
        """Return the largest amount that passes under one that does not, by bisection; 0 when none does.

        Throughout, `best` passes (0: the target is met as it is) and `high` does not, so the answer is
        tight even where rounding makes a step uneven. The maximum is accepted, so what is refused
        under it is under the model's least amount: the search goes on above it.
        """
        best, low, high = 0, 0, units_max
        while high - low > 1:
            middle = (low + high) // 2  # floor: a bisection
            result = self.after(verb, middle)
            if result is None:
                low = middle
            elif self.is_met(result):
                best = low = middle
            else:
                high = middle
        return best

    def least(self, verb: Verb) -> Amount | None:
        """Return the least amount that brings the book to the target, or none; the wallet does not bound it.

        Whether any does is asked once, of the most that could be moved; then the amount is doubled until
        it passes, and bisected.
        """
        if verb not in self.maxima:
            return None
        rich = self.model.funded(self.book, verb, WEALTH)
        most = self.model.limits(rich, now_ms=self.now_ms)[verb].amount
        if not most.units or not self.passes(verb, most.units):
            return None
        low, high = 0, 1
        while high < most.units and not self.passes(verb, high):
            low, high = high, 2 * high
        high = min(high, most.units)
        while high - low > 1:
            middle = (low + high) // 2  # floor: a bisection
            if self.passes(verb, middle):
                high = middle
            else:
                low = middle
        return Amount(high, most.asset)

    def lacking(self, verb: Verb, amount: Amount | None) -> Amount | None:
        """Return by how much an amount exceeds what may be paid in now; none where it does not."""
        if amount is None or amount <= self.maxima[verb].amount:
            return None
        return amount - self.maxima[verb].amount

    def past(self, verb: Verb, *, add: Amount | None, repay: Amount | None) -> str:
        """Say that the target is missed as it is, and whether what the holder has would help."""
        said = f"the position is already past {self.words}, and to {verb.value} more only moves it further"
        needed = [
            (one, amount) for one, amount in zip(INWARD, (add, repay), strict=True) if amount is not None
        ]
        if any(self.lacking(one, amount) is None for one, amount in needed):
            return said
        verbs = [one for one in INWARD if one in self.maxima]
        if not needed:
            return f"{said}; to {' or '.join(verbs)} does not bring it back either" if verbs else said
        have = " and ".join(f"{one.value} at most {self.maxima[one].amount}" for one in verbs)
        return f"{said}; the holder can {have}, which does not bring it back"


def _predicate(model: Model, settled: Any, target: Target, now_ms: int) -> Callable[[Any], bool]:
    """Return whether a book meets the target; what holds for an amount holds for smaller ones."""
    match target:
        case Leverage():
            if target.leverage.num <= 0:
                raise InputRefused(
                    name="leverage", found=str(target.leverage), accepted="a leverage above zero"
                )
            return lambda after: model.headline(after, now_ms=now_ms).is_leverage_within(target.leverage)
        case LiquidationAt():
            unit = _known_unit(model.headline(settled, now_ms=now_ms), target.unit)
            return lambda after: _is_price_met(model.headline(after, now_ms=now_ms), unit, target.price)
        case Survive():
            feed, price = _shocked(model, settled, target)
            return lambda after: model.survives(after, feed=feed, price=price, now_ms=now_ms)
        case _:
            assert_never(target)


def _shocked(model: Model, book: Any, target: Survive) -> tuple[str, Ratio]:
    feed = target.feed or model.FEEDS[0]
    if feed not in model.FEEDS:
        raise InputRefused(name="feed", found=feed, accepted=" or ".join(model.FEEDS))
    present, move = model.price_of(book, feed), target.move
    if move.num <= -move.den:
        raise InputRefused(
            name="move", found=_percent(move), accepted="a fall of less than 100 %, such as -25%"
        )
    return feed, Ratio(present.num * (move.den + move.num), present.den * move.den)


def _known_unit(seen: Headline, unit: str) -> str:
    """Return the unit as the model writes it, whatever its letters' case; none given means the first.

    Errors: `InputRefused`, naming the known ones.
    """
    units = [price.unit for price in seen.liquidation_prices]
    if not unit:
        return units[0] if units else ""
    for known in units:
        if known.casefold() == unit.casefold():
            return known
    accepted = " or ".join(units) or "none: there is no liquidation price here"
    raise InputRefused(name="unit", found=unit, accepted=accepted)


def _is_price_met(seen: Headline, unit: str, price: Ratio) -> bool:
    """No liquidation price at all is the safest; equality meets the target."""
    return all(
        _is_no_nearer(liquidation, price)
        for liquidation in seen.liquidation_prices
        if liquidation.unit == unit
    )


def _is_no_nearer(liquidation: LiquidationPrice, price: Ratio) -> bool:
    if liquidation.price is None:
        return True
    return liquidation.price >= price if liquidation.above else liquidation.price <= price


def _words(model: Model, target: Target, settled: Any, now_ms: int) -> str:
    match target:
        case Leverage():
            return f"leverage {shown(target.leverage, 'x')}"
        case LiquidationAt():
            unit = _known_unit(model.headline(settled, now_ms=now_ms), target.unit)
            return f"liquidation at {shown(target.price, unit)}"
        case Survive():
            feed = target.feed or model.FEEDS[0]
            return f"surviving a move of {_percent(target.move)} in the {in_words(feed)} price"
        case _:
            assert_never(target)


def _percent(move: Ratio) -> str:
    percent = Ratio(move.num * 100, move.den).significant(6, Rounding.HALF_EVEN, grouped=True)
    return f"{'+' if move.num > 0 else ''}{percent} %"
