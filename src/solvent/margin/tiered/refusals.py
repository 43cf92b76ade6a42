"""The refusals of the `tiered` model: codes in the spec's order, their sentences and numbers."""

from enum import StrEnum

from solvent.margin.seam import RefusalNote, Refused, Term
from solvent.margin.tiered.maths import (
    Assessment,
    assess,
    equity_kept,
    opens_at,
    withdrawable_of,
)
from solvent.margin.tiered.values import USD, Book, Market, Position
from solvent.margin.wording import seconds
from solvent.money import Amount, Ratio, Rounding, format_units


class Code(StrEnum):
    """Refusal codes, append-only; each has one cause."""

    UNKNOWN_USER = "UNKNOWN_USER"
    UNKNOWN_ASSET = "UNKNOWN_ASSET"
    AMOUNT_ZERO = "AMOUNT_ZERO"
    NO_POSITION = "NO_POSITION"
    NOT_ISOLATED = "NOT_ISOLATED"
    STRICT_ISOLATED = "STRICT_ISOLATED"
    NOT_STRICT_ISOLATED = "NOT_STRICT_ISOLATED"
    PRICE_INVALID = "PRICE_INVALID"
    INSUFFICIENT_WITHDRAWABLE = "INSUFFICIENT_WITHDRAWABLE"
    BELOW_TRANSFER_FLOOR = "BELOW_TRANSFER_FLOOR"
    LEVERAGE_INVALID = "LEVERAGE_INVALID"
    MODE_SWITCH_WITH_POSITION = "MODE_SWITCH_WITH_POSITION"
    CROSS_NOT_ALLOWED = "CROSS_NOT_ALLOWED"
    LEVERAGE_DECREASE_MARGIN = "LEVERAGE_DECREASE_MARGIN"
    SIZE_INVALID = "SIZE_INVALID"
    TICK_INVALID = "TICK_INVALID"
    MIN_ORDER_VALUE = "MIN_ORDER_VALUE"
    REDUCE_ONLY_WOULD_INCREASE = "REDUCE_ONLY_WOULD_INCREASE"
    LIQUIDATION_IN_PROGRESS = "LIQUIDATION_IN_PROGRESS"
    LEVERAGE_ABOVE_TIER = "LEVERAGE_ABOVE_TIER"
    NO_MATCH = "NO_MATCH"
    WOULD_MATCH = "WOULD_MATCH"
    INSUFFICIENT_MARGIN = "INSUFFICIENT_MARGIN"
    ORDER_ID_TAKEN = "ORDER_ID_TAKEN"
    ORDER_NOT_FOUND = "ORDER_NOT_FOUND"
    NOT_LIQUIDATABLE = "NOT_LIQUIDATABLE"


def note(code: Code, when: str, accepted: str) -> RefusalNote:
    """Document one code."""
    return RefusalNote(code=code.value, when=when, accepted=accepted)


REFUSALS = (
    note(Code.UNKNOWN_USER, "the account is not known; told before a book exists", "a known account"),
    note(Code.UNKNOWN_ASSET, "the coin is not known; told before a book exists", "a listed coin"),
    note(Code.AMOUNT_ZERO, "the amount is zero or below", "an amount above zero"),
    note(Code.NO_POSITION, "there is no position to act on", "the same after opening one"),
    note(
        Code.NOT_ISOLATED, "the position is not isolated; cannot occur on this venue", "an isolated position"
    ),
    note(Code.STRICT_ISOLATED, "margin of this asset never leaves an open position", "reducing the position"),
    note(Code.NOT_STRICT_ISOLATED, "a top-up on an asset that is not strictly isolated", "a plain addition"),
    note(Code.PRICE_INVALID, "the mark is older than the market allows", "the same after the next mark"),
    note(Code.INSUFFICIENT_WITHDRAWABLE, "more is added than the account can spare", "up to withdrawable"),
    note(Code.BELOW_TRANSFER_FLOOR, "what is left would be under the floor", "up to the maximum removable"),
    note(Code.LEVERAGE_INVALID, "not a whole number in 1 … the maximum of asset and tier", "one that is"),
    note(Code.MODE_SWITCH_WITH_POSITION, "cross margin asked while a position is open", "isolated margin"),
    note(Code.CROSS_NOT_ALLOWED, "cross margin asked; this venue is isolated only", "isolated margin"),
    note(Code.LEVERAGE_DECREASE_MARGIN, "equity does not cover notional / new leverage", "a higher setting"),
    note(Code.SIZE_INVALID, "the size is zero or finer than the asset allows", "a multiple of the size step"),
    note(Code.TICK_INVALID, "the price has too many digits or is not positive", "a price on the tick"),
    note(Code.MIN_ORDER_VALUE, "the order is worth less than the minimum", "a larger order, or closing all"),
    note(Code.REDUCE_ONLY_WOULD_INCREASE, "a reduce-only order on the wrong side", "the opposite side"),
    note(Code.LIQUIDATION_IN_PROGRESS, "opening during a liquidation's cool-down", "the same afterwards"),
    note(
        Code.LEVERAGE_ABOVE_TIER,
        "the setting exceeds the tier of the new notional",
        "a lower setting or size",
    ),
    note(Code.NO_MATCH, "an immediate order whose limit the quote does not reach", "a limit at the quote"),
    note(Code.WOULD_MATCH, "a post-only order that would match at once", "a limit away from the quote"),
    note(Code.INSUFFICIENT_MARGIN, "margin or health would not suffice", "a smaller order or more margin"),
    note(Code.ORDER_ID_TAKEN, "an order that would rest under the id of another", "another id"),
    note(Code.ORDER_NOT_FOUND, "no resting order has that id", "the id of a resting order"),
    note(Code.NOT_LIQUIDATABLE, "the position is healthy", "nothing; equality is healthy"),
)


def money(units: int) -> Amount:
    """Return micro-USD as an amount."""
    return Amount(units, USD)


def dollars(units: int) -> str:
    """Write micro-USD with its symbol."""
    return str(money(units))


def price_text(market: Market, price: int) -> str:
    """Write a price in price units."""
    return format_units(price, market.price_decimals, grouped=True)


def refuse(code: Code, message: str, *terms: Term, accepted: Amount | None = None) -> Refused:
    """Build a refusal; an accepted amount of zero is none at all."""
    return Refused(code=code.value, message=message, terms=terms, accepted=accepted or None)


def amount_zero(book: Book, units: int, *, most: int) -> Refused:
    """Refuse a move of margin that is not above zero; `most` is the largest that would pass."""
    hint = "" if most else ", though none would be accepted now"
    return refuse(
        Code.AMOUNT_ZERO,
        f"the amount is {dollars(units)}; give an amount above zero{hint}",
        *transfer_terms(book, units, binding=Code.AMOUNT_ZERO),
        accepted=money(min(1, most)),
    )


def no_position(book: Book, *terms: Term) -> Refused:
    """Refuse an action that needs a position; `terms` are those of the action."""
    name = book.market.name
    said = f"there is no {name} position; open one first"
    return refuse(Code.NO_POSITION, said, Term("market", name), *terms)


def strict_isolated(book: Book, units: int) -> Refused:
    """Refuse a removal from a strictly isolated asset."""
    return refuse(
        Code.STRICT_ISOLATED,
        f"margin of {book.market.name} is strictly isolated: it comes back only as the position is "
        "reduced; close a part of it instead",
        *transfer_terms(book, units, binding=Code.STRICT_ISOLATED),
        Term("mode", book.market.mode.value),
    )


def price_invalid(book: Book, *terms: Term, now_ms: int) -> Refused:
    """Refuse what needs a fresh mark; `terms` are those of the action."""
    age, age_max = now_ms - book.mark_ms, book.market.mark_age_ms_max
    return refuse(
        Code.PRICE_INVALID,
        f"the mark of {book.market.name} is {seconds(age)} old and at most {seconds(age_max)} are allowed; "
        "adding margin and reducing are still possible, else wait for the next mark",
        *terms,
        Term("age_ms", age),
        Term("age_ms_max", age_max),
    )


def insufficient_withdrawable(book: Book, units: int) -> Refused:
    """Refuse an addition above what the account can spare."""
    have = withdrawable_of(book)
    hint = "add at most that" if have else "deposit, or cancel orders that hold cash"
    return refuse(
        Code.INSUFFICIENT_WITHDRAWABLE,
        f"{dollars(units)} asked, {dollars(have)} is withdrawable; {hint}",
        *transfer_terms(book, units, binding="WITHDRAWABLE"),
        accepted=money(have),
    )


def opening_side(position: Position) -> Rounding:
    """Return the direction to the marks at which removal is open: up for a long, down for a short."""
    return Rounding.CEIL if position.size > 0 else Rounding.FLOOR


def floor_terms(book: Book, seen: Assessment) -> tuple[Term, ...]:
    """Return the terms of the transfer floor: E, N, N/L, N/10, floor, binding name, opens_at."""
    market, position = book.market, book.position
    share, scale = market.floor_share, 10**USD.decimals
    return (
        Term("equity", money(seen.equity)),
        Term("notional", money(seen.notional)),
        Term("initial_margin", Ratio(seen.notional, position.leverage * scale), USD.symbol),
        Term("ten_percent_notional", Ratio(seen.notional * share.num, share.den * scale), USD.symbol),
        Term("floor", Ratio(seen.floor.num, seen.floor.den * scale), USD.symbol),
        Term("binding", seen.binding),
        Term(
            "opens_at",
            opens_at(market, position, seen),
            f"{USD.symbol}/{market.name}",
            shown=opening_side(position),
        ),
    )


def transfer_terms(
    book: Book, units: int, *, binding: str = "", seen: Assessment | None = None
) -> tuple[Term, ...]:
    """Return what every refused margin move tells: amount, the floor's terms, withdrawable.

    `binding` replaces the floor's own name where something else decides.
    """
    terms = floor_terms(book, seen or assess(book.market, book.position, book.mark))
    return (
        Term("amount", money(units)),
        *(Term("binding", str(binding)) if binding and term.name == "binding" else term for term in terms),
        Term("withdrawable", money(withdrawable_of(book))),
    )


def below_transfer_floor(book: Book, units: int) -> Refused:
    """Refuse a removal that would leave less than the floor, with both of its terms."""
    seen = assess(book.market, book.position, book.mark)
    opens, kept = opens_at(book.market, book.position, seen), equity_kept(book.market, book.position, seen)
    if seen.removable:
        hint = f"at most {dollars(seen.removable)} may leave now"
    elif opens is not None:
        side = "above" if book.position.size > 0 else "below"
        mark = opens.significant(12, opening_side(book.position), grouped=True)
        hint = f"nothing may leave now; it opens up {side} a mark of {mark}"
    else:
        hint = "nothing may leave at any price; add margin or reduce the position"
        if seen.binding == "INITIAL_MARGIN" and book.position.leverage < book.market.tiers.leverage_max:
            hint = "nothing may leave at any price; add margin, reduce the position or raise the setting"
    return refuse(
        Code.BELOW_TRANSFER_FLOOR,
        f"{dollars(units)} cannot leave: of {dollars(seen.equity)} equity {dollars(kept)} must stay "
        f"({seen.binding}); {hint}",
        *transfer_terms(book, units, seen=seen),
        accepted=money(seen.removable),
    )
