"""Margin in and out of a bucket, the strict top-up, and the leverage setting."""

from msgspec import Struct
from msgspec.structs import replace

from solvent.margin.parts import FundingNote, PlainMove
from solvent.margin.seam import Account, Outcome, Posting, Refused, Term, Verb
from solvent.margin.tiered.maths import (
    assess,
    equity_of,
    is_above_floor,
    notional_of,
    withdrawable_of,
)
from solvent.margin.tiered.refusals import (
    Code,
    amount_zero,
    below_transfer_floor,
    dollars,
    insufficient_withdrawable,
    money,
    no_position,
    price_invalid,
    refuse,
    strict_isolated,
    transfer_terms,
)
from solvent.margin.tiered.values import (
    USD,
    Add,
    Book,
    Market,
    Mode,
    Position,
    Quoted,
    SetLeverage,
    Take,
    TopUp,
)
from solvent.money import div_ceil

# Read once: before Python 3.12 a member of an enum is slow to read from its class.
_STRICT = Mode.STRICT_ISOLATED
_WALLET, _POSITION = Account.WALLET, Account.POSITION
_USD = USD.symbol
PLAIN_MOVES = frozenset({Add, Take})


class Moved(Struct, frozen=True, gc=False, kw_only=True):
    """The working of a margin move, in micro-USD; `amount` is signed, removals negative."""

    amount: int
    cash_before: int
    cash_after: int
    equity_before: int
    equity_after: int


class LeverageSet(Struct, frozen=True, gc=False):
    """The working of a new setting: whole leverages."""

    before: int
    after: int


def is_price_valid(book: Book, *, now_ms: int) -> bool:
    """Tell whether the mark is young enough; exactly the maximum age is valid."""
    return _is_young(book.market, book.mark_ms, now_ms)


def _is_young(market: Market, mark_ms: int, now_ms: int) -> bool:
    return now_ms - mark_ms <= market.mark_age_ms_max


def is_removal_allowed(
    market: Market, position: Position, units: int, *, mark: int, mark_ms: int, now_ms: int
) -> bool:
    """Tell whether a removal is accepted: all of its checks, in whatever order."""
    value = position.size * mark
    return (
        units > 0
        and position.size != 0
        and market.mode is not _STRICT
        and _is_young(market, mark_ms, now_ms)
        and is_above_floor(market, position, equity=position.cash + value - units, notional=abs(value))
    )


def is_addition_allowed(position: Position, units: int, *, spare: int) -> bool:
    """Tell whether an addition is accepted: all of its checks, in whatever order."""
    return 0 < units <= spare and position.size != 0


def take_blocker(book: Book, *, now_ms: int) -> str | None:
    """Name what forbids any removal: the first that applies, in the spec's order; none when open."""
    if book.position.size == 0:
        return Code.NO_POSITION.value
    if book.market.mode is _STRICT:
        return Code.STRICT_ISOLATED.value
    if not is_price_valid(book, now_ms=now_ms):
        return Code.PRICE_INVALID.value
    return None


def takeable(book: Book, *, now_ms: int) -> int:
    """Return the largest removal that is accepted now, in micro-USD; 0 where something forbids any."""
    if take_blocker(book, now_ms=now_ms) is not None:
        return 0
    return assess(book.market, book.position, book.mark).removable


def addable(book: Book) -> int:
    """Return the largest addition that is accepted now, in micro-USD; 0 without a position."""
    return withdrawable_of(book) if book.position.size else 0


def decide_add(book: Book, action: Add) -> Outcome[Book] | Refused:
    """Add margin: never blocked by the mark, bounded by what the account can spare."""
    units = action.amount
    if is_addition_allowed(book.position, units, spare=withdrawable_of(book)):
        return _move(book, units)
    if units <= 0:
        return amount_zero(book, units, most=addable(book))
    if book.position.size == 0:
        return no_position(book, *transfer_terms(book, units, binding=Code.NO_POSITION))
    return insufficient_withdrawable(book, units)


def decide_take(book: Book, action: Take, *, now_ms: int) -> Outcome[Book] | Refused:
    """Remove margin down to the transfer floor, as one request that is accepted or refused whole."""
    units, position, market = action.amount, book.position, book.market
    if is_removal_allowed(market, position, units, mark=book.mark, mark_ms=book.mark_ms, now_ms=now_ms):
        return _move(book, -units)
    if units <= 0:
        return amount_zero(book, units, most=takeable(book, now_ms=now_ms))
    if position.size == 0:
        return no_position(book, *transfer_terms(book, units, binding=Code.NO_POSITION))
    if market.mode is _STRICT:
        return strict_isolated(book, units)
    if not is_price_valid(book, now_ms=now_ms):
        return price_invalid(book, *transfer_terms(book, units, binding=Code.PRICE_INVALID), now_ms=now_ms)
    return below_transfer_floor(book, units)


def plain_move(
    action: Add | Take,
    position: Position | None,
    *,
    market: Market,
    quoted: Quoted,
    funding: tuple[FundingNote, ...],
    spare: int,
    now_ms: int,
) -> PlainMove | None:
    """Return what an addition or a removal comes to, by the checks of `decide`.

    None where it is refused, with what `decide` has to say, and where funding is owed first.
    """
    if position is None or (funding and funding[-1].at_ms > position.settled_ms):
        return None
    mark, units = quoted.mark, action.amount
    if type(action) is Add:
        return _moved(position, units, mark) if is_addition_allowed(position, units, spare=spare) else None
    if not is_removal_allowed(market, position, units, mark=mark, mark_ms=quoted.mark_ms, now_ms=now_ms):
        return None
    return _moved(position, -units, mark)


def decide_top_up(book: Book, action: TopUp) -> Outcome[Book] | Refused:
    """Add what a strictly isolated position lacks to its target leverage; never removes."""
    position, target = book.position, action.target
    if book.market.mode is not _STRICT:
        return refuse(
            Code.NOT_STRICT_ISOLATED,
            f"{book.market.name} is not strictly isolated; add margin with a plain addition",
            Term("mode", book.market.mode.value),
        )
    if position.size == 0:
        return no_position(book)
    if target.num <= 0:
        return refuse(
            Code.LEVERAGE_INVALID,
            f"the target leverage is {target}; give one above zero",
            Term("leverage", target),
        )
    needed = div_ceil(notional_of(position, book.mark) * target.den, target.num)
    units = max(0, needed - equity_of(position, book.mark))
    if units > withdrawable_of(book):
        return insufficient_withdrawable(book, units)
    return _move(book, units)


def funded(book: Book, verb: Verb, units: int) -> Book:
    """Return the book with at least `units` micro-USD withdrawable to be added; for what-if only."""
    assert verb is Verb.ADD, verb
    return replace(book, cash=max(book.cash, book.reserved + units))


def _move(book: Book, units: int) -> Outcome[Book]:
    moved = _moved(book.position, units, book.mark)
    return Outcome(
        book=replace(book, position=moved.position, cash=book.cash - units),
        postings=(Posting(_WALLET, _USD, -units), Posting(_POSITION, _USD, units)) if units else (),
        working=moved.working,
    )


def _moved(position: Position, units: int, mark: int) -> PlainMove:
    cash, equity = position.cash, equity_of(position, mark)
    after = cash + units
    return PlainMove(
        position=replace(position, cash=after),
        units=units,
        working=Moved(
            amount=units,
            cash_before=cash,
            cash_after=after,
            equity_before=equity,
            equity_after=equity + units,
        ),
    )


def decide_set_leverage(book: Book, action: SetLeverage) -> Outcome[Book] | Refused:
    """Change the setting; it moves no money and no liquidation price, only the transfer floor."""
    position, leverage = book.position, action.leverage
    notional = notional_of(position, book.mark)
    refusal = _leverage_refusal(book, action, notional)
    if refusal is not None:
        return refusal
    equity = equity_of(position, book.mark)
    if leverage < position.leverage and equity * leverage < notional:
        return _leverage_decrease(book, action, equity=equity, notional=notional)
    after = replace(book, position=replace(position, leverage=leverage))
    return Outcome(book=after, postings=(), working=LeverageSet(position.leverage, leverage))


def _leverage_refusal(book: Book, action: SetLeverage, notional: int) -> Refused | None:
    tiers = book.market.tiers
    allowed = tiers.leverages[tiers.tier_at(notional)]
    if not 1 <= action.leverage <= allowed:
        return refuse(
            Code.LEVERAGE_INVALID,
            f"leverage {action.leverage} is not possible; give a whole number from 1 to {allowed}",
            Term("leverage", action.leverage),
            Term("leverage_max", allowed),
        )
    if action.cross and book.position.size:
        return refuse(
            Code.MODE_SWITCH_WITH_POSITION,
            f"cross margin cannot be chosen while a {book.market.name} position is open; keep isolated",
            Term("market", book.market.name),
        )
    if action.cross:
        return refuse(
            Code.CROSS_NOT_ALLOWED,
            "this venue offers isolated margin only; choose isolated",
            Term("market", book.market.name),
        )
    return None


def _leverage_decrease(book: Book, action: SetLeverage, *, equity: int, notional: int) -> Refused:
    needed = div_ceil(notional, action.leverage)
    tiers = book.market.tiers
    highest = min(book.position.leverage, tiers.leverages[tiers.tier_at(notional)])
    lowest = div_ceil(notional, equity) if equity > 0 else highest + 1
    hint = f"give {lowest} or more, or add" if lowest <= highest else "add"
    return refuse(
        Code.LEVERAGE_DECREASE_MARGIN,
        f"leverage {action.leverage} needs equity of {dollars(needed)}, the position holds "
        f"{dollars(equity)}; {hint} {dollars(needed - equity)}",
        Term("leverage", action.leverage),
        Term("equity", money(equity)),
        Term("notional", money(notional)),
        Term("needed", money(needed)),
        Term("addition", money(needed - equity)),
    )
