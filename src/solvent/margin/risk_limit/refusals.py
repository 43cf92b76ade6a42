"""The refusals of the `risk_limit` model: codes in the spec's order, their sentences and numbers."""

from enum import StrEnum

from solvent.margin.risk_limit.maths import (
    Assessment,
    assess,
    available_of,
    minimum_addition,
)
from solvent.margin.risk_limit.values import UNIT, Book, Market, RatioMode
from solvent.margin.seam import RefusalNote, Refused, Term
from solvent.margin.wording import seconds
from solvent.money import Amount, Ratio, Rounding, format_units


class Code(StrEnum):
    """Refusal codes, append-only; each has one cause."""

    SYMBOL_UNKNOWN = "SYMBOL_UNKNOWN"
    AMOUNT_INVALID = "AMOUNT_INVALID"
    NO_PERMISSION = "NO_PERMISSION"
    LEVERAGE_TOO_HIGH = "LEVERAGE_TOO_HIGH"
    LEVEL_UNKNOWN = "LEVEL_UNKNOWN"
    RISK_LIMIT_EXCEEDED = "RISK_LIMIT_EXCEEDED"
    MARGIN_INSUFFICIENT_FOR_LEVEL = "MARGIN_INSUFFICIENT_FOR_LEVEL"
    NO_POSITION = "NO_POSITION"
    LIQUIDATION_IN_PROGRESS = "LIQUIDATION_IN_PROGRESS"
    PRICE_INVALID = "PRICE_INVALID"
    OPEN_ORDERS = "OPEN_ORDERS"
    ABOVE_MAX_WITHDRAW = "ABOVE_MAX_WITHDRAW"
    BELOW_MINIMUM = "BELOW_MINIMUM"
    INSUFFICIENT_BALANCE = "INSUFFICIENT_BALANCE"
    NO_MATCH = "NO_MATCH"
    WOULD_MATCH = "WOULD_MATCH"
    ORDER_NOT_FOUND = "ORDER_NOT_FOUND"
    NOT_LIQUIDATABLE = "NOT_LIQUIDATABLE"
    ORDER_ID_TAKEN = "ORDER_ID_TAKEN"


def note(code: Code, when: str, accepted: str) -> RefusalNote:
    """Document one code."""
    return RefusalNote(code=code.value, when=when, accepted=accepted)


REFUSALS = (
    note(Code.SYMBOL_UNKNOWN, "the contract is not known; told before a book exists", "a listed contract"),
    note(
        Code.AMOUNT_INVALID,
        "an amount, lots, leverage or price that cannot be",
        "one above zero, in whole units",
    ),
    note(Code.NO_PERMISSION, "the key may not withdraw margin; told before a book exists", "a key that may"),
    note(Code.LEVERAGE_TOO_HIGH, "the order's leverage exceeds Lmax", "up to Lmax of level and account"),
    note(Code.LEVEL_UNKNOWN, "the contract has no level of that number", "a level of its table"),
    note(
        Code.RISK_LIMIT_EXCEEDED, "|C| with opening orders would exceed the level's bound", "up to the bound"
    ),
    note(
        Code.MARGIN_INSUFFICIENT_FOR_LEVEL,
        "the position's leverage or margin does not suit the new level",
        "adding margin first, or another level",
    ),
    note(
        Code.NO_POSITION,
        "nothing to act on, or a reduce-only order that would open",
        "the same with a position",
    ),
    note(Code.LIQUIDATION_IN_PROGRESS, "the position is being liquidated", "nothing until it is done"),
    note(Code.PRICE_INVALID, "the mark is older than the contract allows", "the same after the next mark"),
    note(Code.OPEN_ORDERS, "active orders on the contract", "the same after cancelling them"),
    note(Code.ABOVE_MAX_WITHDRAW, "more than the largest reducible amount", "up to W; nothing is clipped"),
    note(Code.BELOW_MINIMUM, "less than 1e-8 / takerFeeRate is added", "the minimum or more"),
    note(
        Code.INSUFFICIENT_BALANCE,
        "the balance does not cover it, or the position would be liquidatable at once",
        "up to the available balance",
    ),
    note(Code.NO_MATCH, "an immediate order whose limit the quote does not reach", "a limit at the quote"),
    note(Code.WOULD_MATCH, "a post-only order that would match at once", "a limit away from the quote"),
    note(Code.ORDER_NOT_FOUND, "no resting order has that id", "the id of a resting order"),
    note(
        Code.NOT_LIQUIDATABLE, "the margin incl. PnL is above maintenance", "nothing; the position is healthy"
    ),
    note(Code.ORDER_ID_TAKEN, "an order that would rest under the id of another", "another id"),
)


def money(market: Market, units: int) -> Amount:
    """Return 1e-10 units as an amount of the settlement asset."""
    return Amount(units, market.settle)


def coins(market: Market, units: int) -> str:
    """Write 1e-10 units with the settlement asset's symbol."""
    return str(Amount(units, market.settle))


def price_text(price: Ratio) -> str:
    """Write a price with at most 12 significant digits."""
    return price.significant(12, Rounding.HALF_EVEN, grouped=True)


def refuse(code: Code, message: str, *terms: Term, accepted: Amount | None = None) -> Refused:
    """Build a refusal; an accepted amount of zero is none at all."""
    return Refused(code=code.value, message=message, terms=terms, accepted=accepted or None)


def amount_invalid(market: Market, units: int, *, accepted: int) -> Refused:
    """Refuse an amount that is not above zero; `accepted` is the least that would pass, 0 when none."""
    hint = "" if accepted else "; none would be accepted now"
    return refuse(
        Code.AMOUNT_INVALID,
        f"the amount is {coins(market, units)}; give an amount above zero with at most "
        f"{market.settle.decimals} decimals{hint}",
        Term("amount", money(market, units)),
        accepted=money(market, accepted),
    )


def no_position(book: Book) -> Refused:
    """Refuse an action that needs a position."""
    name = book.market.name
    return refuse(Code.NO_POSITION, f"there is no {name} position; open one first", Term("market", name))


def liquidation_in_progress(book: Book) -> Refused:
    """Refuse while the position is being handed over."""
    name = book.market.name
    return refuse(
        Code.LIQUIDATION_IN_PROGRESS,
        f"the {name} position is being liquidated; nothing can be taken or ordered until that is done",
        Term("market", name),
    )


def price_invalid(book: Book, *, now_ms: int) -> Refused:
    """Refuse what needs a fresh mark."""
    age, age_max = now_ms - book.mark_ms, book.market.mark_age_ms_max
    return refuse(
        Code.PRICE_INVALID,
        f"the mark of {book.market.name} is {seconds(age)} old and at most {seconds(age_max)} are allowed; "
        "adding margin and cancelling are possible, else wait for the next mark",
        Term("age_ms", age),
        Term("age_ms_max", age_max),
    )


def open_orders(book: Book) -> Refused:
    """Refuse a withdrawal while orders are active on the contract."""
    count = len(book.orders) + book.other_orders
    word = "order is" if count == 1 else "orders are"
    return refuse(
        Code.OPEN_ORDERS,
        f"{count} {word} active on {book.market.name}; cancel first, then take",
        Term("open_orders", count),
    )


def insufficient_balance(book: Book, *, needed: int, what: str, least: int = 1) -> Refused:
    """Refuse what the available balance does not cover; `what` says what needs it, at least `least`."""
    market, have = book.market, available_of(book)
    is_enough_for_less = have >= least
    hint = "ask for less or deposit" if is_enough_for_less else "deposit first"
    return refuse(
        Code.INSUFFICIENT_BALANCE,
        f"{what} needs {coins(market, needed)}; {coins(market, have)} is available; {hint}",
        Term("needed", money(market, needed)),
        Term("available", money(market, have)),
        accepted=money(market, have) if is_enough_for_less else None,
    )


def below_minimum(book: Book, units: int) -> Refused:
    """Refuse an addition under the smallest one."""
    market, have = book.market, available_of(book)
    least = minimum_addition(market)
    hint = "add at least that" if have >= least else f"{coins(market, have)} is available; deposit first"
    return refuse(
        Code.BELOW_MINIMUM,
        f"{coins(market, units)} is under the smallest addition of {coins(market, least)} "
        f"(0.00000001 / {market.taker_fee}); {hint}",
        Term("amount", money(market, units)),
        Term("minimum", money(market, least)),
        accepted=money(market, least) if have >= least else None,
    )


def above_max_withdraw(book: Book, units: int) -> Refused:
    """Refuse a withdrawal above W, with the formula and every term of it."""
    market, seen = book.market, assess(book)
    best = money(market, seen.reducible)
    return refuse(
        Code.ABOVE_MAX_WITHDRAW,
        f"The largest reducible amount is {best} ({formula(book, seen)}); {coins(market, units)} is asked",
        Term("amount", money(market, units)),
        Term("margin", money(market, book.position.margin)),
        Term("unrealised_pnl", Ratio(seen.pnl, seen.den * UNIT), market.settle.symbol),
        Term("mark_value", Ratio(seen.notional, seen.den * UNIT), market.settle.symbol),
        Term("max_leverage", seen.leverage_max, "x"),
        Term("profit_ratio", market.profit_ratio, "%"),
        Term("tier_cap", Ratio(seen.tier_cap.num, seen.tier_cap.den * UNIT), market.settle.symbol),
        Term("profit_cap", Ratio(seen.profit_cap.num, seen.profit_cap.den * UNIT), market.settle.symbol),
        Term("max_withdraw", best),
        Term("binding", seen.binding),
        accepted=best,
    )


def formula(book: Book, seen: Assessment) -> str:
    """Write W with its numbers, as 10 - 200/100 + 0.5*100; its parts are rounded half-even to 10 places."""
    market, position = book.market, book.position
    margin = _plain(position.margin, 1)
    share = f"{_plain(seen.notional, seen.den)}/{seen.leverage_max}"
    ratio = market.profit_ratio.text(10, Rounding.HALF_EVEN)
    is_total = market.profit_ratio_mode is RatioMode.CUMULATIVE
    if seen.binding == "MAINTENANCE_MARGIN":
        equity, rate = _plain(seen.equity, seen.den), seen.agg_rate
        value = _plain(seen.notional, seen.den)
        return f"less than {equity} - {rate}*{value}, as more than maintenance must stay"
    if is_total and (position.taken or position.banked):
        gain = seen.pnl + position.banked * seen.den
        own = f"({margin} - {_signed(position.banked, 1)}) - {share}"
        loss = f" - {_plain(-gain, seen.den)}" if gain < 0 else ""
        taken = _plain(position.taken, 1)
        return f"{own}{loss} + max(0, {ratio}*({_plain(max(gain, 0), seen.den)} + {taken}) - {taken})"
    if seen.pnl < 0:
        return f"{margin} - {share} - {_plain(-seen.pnl, seen.den)}"
    return f"{margin} - {share} + {ratio}*{_plain(seen.pnl, seen.den)}"


def _plain(num: int, den: int) -> str:
    return Ratio(num, den * UNIT).text(10, Rounding.HALF_EVEN)


def _signed(num: int, den: int) -> str:
    text = _plain(num, den)
    return f"({text})" if num < 0 else text


def would_be_liquidatable(after: Book) -> Refused:
    """Refuse what would leave a healthy position at or under its maintenance."""
    market, seen = after.market, assess(after)
    equity = Ratio(seen.equity, seen.den * UNIT)
    kept = Ratio(seen.notional * seen.agg_rate.num, seen.den * seen.agg_rate.den * UNIT)
    unit = market.settle.symbol
    return refuse(
        Code.INSUFFICIENT_BALANCE,
        f"afterwards the position would hold {equity.text(10, Rounding.FLOOR)} {unit} against a maintenance "
        f"of {kept.text(10, Rounding.CEIL)} {unit} and be liquidatable at once; add margin first, order "
        "less, or close the whole position",
        Term("equity", equity),
        Term("maintenance", kept),
    )


def lots_text(market: Market, lots: int) -> str:
    """Write lots with the size that they stand for."""
    size = Ratio(abs(lots * market.multiplier.num), market.multiplier.den)
    word = "lot" if abs(lots) == 1 else "lots"
    return f"{format_units(lots, 0, grouped=True)} {word} ({size} {market.size_unit})"
