"""Margin in and out of a position, and the risk-limit level."""

from msgspec import Struct
from msgspec.structs import replace

from solvent.margin.risk_limit.levels import Level
from solvent.margin.risk_limit.maths import (
    agg_rate_at,
    assess,
    available_of,
    fill_value,
    has_orders,
    level_of,
    max_leverage_of,
    minimum_addition,
    profit_part,
    value_of,
)
from solvent.margin.risk_limit.orders import exposure
from solvent.margin.risk_limit.refusals import (
    Code,
    above_max_withdraw,
    amount_invalid,
    below_minimum,
    coins,
    insufficient_balance,
    liquidation_in_progress,
    money,
    no_position,
    open_orders,
    price_invalid,
    refuse,
)
from solvent.margin.risk_limit.values import UNIT, Add, Book, EntryRule, Position, SetLevel, Take
from solvent.margin.seam import Account, Outcome, Posting, Refused, Term, Verb
from solvent.money import Ratio, Rounding, div_floor


class Moved(Struct, frozen=True, gc=False, kw_only=True):
    """The working of a margin move, in 1e-10; `amount` is signed, withdrawals negative.

    `realised` is what C grew by, `profit` the part that counts as withdrawn profit; `entry_moved` tells
    whether the entry rule fired.
    """

    amount: int
    margin_before: int
    margin_after: int
    realised: int = 0
    profit: int = 0
    entry_moved: bool = False


class LevelSet(Struct, frozen=True, gc=False, kw_only=True):
    """The working of a level change: numbers of the levels, and what cancelling orders freed."""

    before: int
    after: int
    orders_cancelled: int
    freed: int


def is_price_valid(book: Book, *, now_ms: int) -> bool:
    """Tell whether the mark is young enough; exactly the maximum age is valid."""
    return now_ms - book.mark_ms <= book.market.mark_age_ms_max


def take_blocker(book: Book, *, now_ms: int) -> str | None:
    """Name what forbids any withdrawal: the first that applies, in the spec's order; none when open."""
    position = book.position
    if position.lots == 0:
        return Code.NO_POSITION.value
    if position.liquidating:
        return Code.LIQUIDATION_IN_PROGRESS.value
    if not is_price_valid(book, now_ms=now_ms):
        return Code.PRICE_INVALID.value
    if has_orders(book) and book.market.refuse_with_open_orders:
        return Code.OPEN_ORDERS.value
    return None


def least_taken(book: Book, *, now_ms: int) -> int:
    """Return the least withdrawal that is accepted now, in 1e-10; 0 where none is."""
    if take_blocker(book, now_ms=now_ms) is not None:
        return 0
    return min(1, assess(book).reducible)


def least_added(book: Book) -> int:
    """Return the least addition that is accepted now, in 1e-10; 0 where none is."""
    least = minimum_addition(book.market)
    return least if book.position.lots and least <= available_of(book) else 0


def decide_add(book: Book, action: Add) -> Outcome[Book] | Refused:
    """Add margin: posCross and M grow, entry and order leverage stay; never blocked by the mark."""
    units, position, least = action.amount, book.position, minimum_addition(book.market)
    if units <= 0:
        return amount_invalid(book.market, units, accepted=least_added(book))
    if position.lots == 0:
        return no_position(book)
    if units < least:
        return below_minimum(book, units)
    if units > available_of(book):
        return insufficient_balance(book, needed=units, what="the addition", least=least)
    return _moved(book, replace(position, cross=position.cross + units), units)


def decide_take(book: Book, action: Take, *, now_ms: int) -> Outcome[Book] | Refused:
    """Withdraw up to W, profit included, as one request that is accepted or refused whole.

    Source: docs/concepts/risk-limit.md#what-a-withdrawal-does
    """
    units, position = action.amount, book.position
    if units <= 0:
        return amount_invalid(book.market, units, accepted=least_taken(book, now_ms=now_ms))
    if position.lots == 0:
        return no_position(book)
    if position.liquidating:
        return liquidation_in_progress(book)
    if not is_price_valid(book, now_ms=now_ms):
        return price_invalid(book, now_ms=now_ms)
    if has_orders(book) and book.market.refuse_with_open_orders:
        return open_orders(book)
    seen = assess(book)
    if units > seen.reducible:
        return above_max_withdraw(book, units)
    if book.market.entry_rule is EntryRule.TO_MARK:
        after, realised = _to_mark(book, units)
    else:
        after, realised = _realise_withdrawn(book, units)
    profit = profit_part(book, seen, units)
    after = replace(
        after,
        taken=after.taken + profit,
        banked=after.banked + realised - profit,
        withdraw_pnl=after.withdraw_pnl + profit,
    )
    return _moved(book, after, -units, realised=realised, profit=profit)


def funded(book: Book, verb: Verb, units: int) -> Book:
    """Return the book with at least `units` (1e-10) available to be added; for what-if only."""
    assert verb is Verb.ADD, verb
    return replace(book, balance=max(book.balance, book.reserved + units))


def _to_mark(book: Book, units: int) -> tuple[Position, int]:
    """Take from margin while what is left is at least |C|/Lmax; else the entry becomes the mark first."""
    position = book.position
    if (position.margin - units) * max_leverage_of(book) >= abs(position.cost):
        return drawn(position, units), 0
    cost = fill_value(book.market, position.lots, book.mark)
    realised = cost - position.cost
    return drawn(replace(position, cost=cost, init=position.init + realised), units), realised


def _realise_withdrawn(book: Book, units: int) -> tuple[Position, int]:
    """Take margin down to |MV|/Lmax, and realise of the profit what is withdrawn beyond that.

    Rounds: the margin part down, so the realised part up.
    """
    position = book.position
    from_margin = min(units, entry_kept_up_to(book))
    realised = units - from_margin
    return replace(drawn(position, from_margin), cost=position.cost + realised), realised


def entry_kept_up_to(book: Book) -> int:
    """Return the largest withdrawal that leaves the entry alone under the book's rule, apart from W.

    Formula: `to_mark` M - |C|/Lmax; `realise_withdrawn` M - |MV|/Lmax + min(U, 0); at least 0.
    Rounds:  down to 1e-10.
    """
    position, leverage = book.position, max_leverage_of(book)
    if book.market.entry_rule is EntryRule.TO_MARK:
        return max(0, div_floor(position.margin * leverage - abs(position.cost), leverage))
    value, den = value_of(book.market, position.lots, book.mark)
    own = (position.margin * den + min(value - position.cost * den, 0)) * leverage - abs(value)
    return max(0, div_floor(own, den * leverage))


def drawn(position: Position, units: int) -> Position:
    """Return the position with `units` less of M: from posInit down to zero, then from posCross."""
    from_init = min(units, max(0, position.init))
    return replace(position, init=position.init - from_init, cross=position.cross - (units - from_init))


def _moved(
    book: Book, position: Position, units: int, *, realised: int = 0, profit: int = 0
) -> Outcome[Book]:
    """Return the outcome of a move; the position's cash is M - C, which an entry re-base conserves."""
    symbol = book.market.settle.symbol
    assert position.margin - position.cost == book.position.margin - book.position.cost + units, position
    return Outcome(
        book=replace(book, position=position, balance=book.balance - units),
        postings=(Posting(Account.WALLET, symbol, -units), Posting(Account.POSITION, symbol, units)),
        working=Moved(
            amount=units,
            margin_before=book.position.margin,
            margin_after=position.margin,
            realised=realised,
            profit=profit,
            entry_moved=realised != 0,
        ),
    )


def decide_set_level(book: Book, action: SetLevel) -> Outcome[Book] | Refused:
    """Select a level: it moves no money; an accepted change cancels the contract's open orders."""
    market, position = book.market, book.position
    if not 1 <= action.level <= len(market.levels):
        return refuse(
            Code.LEVEL_UNKNOWN,
            f"{market.name} has no level {action.level}; give a level from 1 to {len(market.levels)}",
            Term("level", action.level),
            Term("levels", len(market.levels)),
        )
    level = market.levels[action.level - 1]
    if level_of(market, position) == level and position.level == level.number:
        working = LevelSet(before=position.level, after=level.number, orders_cancelled=0, freed=0)
        return Outcome(book=book, postings=(), working=working)
    exposed = max(exposure(book, 1), exposure(book, -1))
    if exposed > level.bound:
        return refuse(
            Code.RISK_LIMIT_EXCEEDED,
            f"position and orders count {coins(market, exposed)}; level {level.number} allows "
            f"{coins(market, level.bound)}; reduce or choose a higher level",
            Term("exposure", money(market, exposed)),
            Term("bound", money(market, level.bound)),
        )
    if position.lots and not _suits(book, level):
        return _margin_insufficient(book, level)
    changed = replace(position, level=level.number, held=level if position.lots else None, agg_rate=None)
    after, freed = without_orders(replace(book, position=changed))
    count = len(book.orders) + book.other_orders
    working = LevelSet(before=position.level, after=level.number, orders_cancelled=count, freed=freed)
    return Outcome(book=after, postings=(), working=working)


def without_orders(book: Book) -> tuple[Book, int]:
    """Return the book with the contract's orders cancelled, and what that frees."""
    freed = sum(order.reserved for order in book.orders)
    return replace(book, orders=(), other_orders=0, reserved=book.reserved - freed), freed


def _allowed_leverage(book: Book, level: Level) -> int:
    return level.max_leverage if book.max_leverage is None else min(level.max_leverage, book.max_leverage)


def _suits(book: Book, level: Level) -> bool:
    """Tell whether |MV|/T is within the level's Lmax (equality is) and T above its maintenance."""
    seen, agg = assess(book), agg_rate_at(book.market, level)
    is_within = seen.equity * _allowed_leverage(book, level) >= seen.notional
    return is_within and seen.equity * agg.den > seen.notional * agg.num


def _margin_insufficient(book: Book, level: Level) -> Refused:
    market, seen, agg = book.market, assess(book), agg_rate_at(book.market, level)
    allowed = _allowed_leverage(book, level)
    equity = Ratio(seen.equity, seen.den * UNIT)
    floor = Ratio(seen.notional, seen.den * allowed * UNIT)
    kept = Ratio(seen.notional * agg.num, seen.den * agg.den * UNIT)
    unit, up = market.settle.symbol, Rounding.CEIL
    return refuse(
        Code.MARGIN_INSUFFICIENT_FOR_LEVEL,
        f"level {level.number} allows {allowed}x and so needs {floor.text(10, up)} {unit} of margin incl. "
        f"PnL, and more than {kept.text(10, up)} {unit} of maintenance; the position holds "
        f"{equity.text(10, Rounding.FLOOR)} {unit}; add margin or keep the level",
        Term("equity", equity),
        Term("max_leverage", allowed),
        Term("needed", floor),
        Term("maintenance", kept),
    )
