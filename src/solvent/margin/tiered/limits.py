"""Maxima of a bucket, what binds them, where a zero opens up, and a quote with a tolerance."""

from msgspec import Struct

from solvent.margin.seam import Limit, Limits, Maximum, OpensAt, Verb
from solvent.margin.tiered.maths import (
    floor_share_of,
    max_removable,
    removal_mark,
    withdrawable_of,
)
from solvent.margin.tiered.refusals import floor_binding, money
from solvent.margin.tiered.transfers import is_price_valid
from solvent.margin.tiered.values import Book, Mode
from solvent.money import Ratio, div_floor


class Quote(Struct, frozen=True, gc=False, kw_only=True):
    """A removal that still passes when the mark moves by the tolerance; micro-USD, marks in USD."""

    quoted: int
    at_mark: int
    valid_until_mark: Ratio | None


def take_binding(book: Book, *, now_ms: int) -> str:
    """Name what binds a removal: the first that applies, in the spec's order."""
    if book.position.size == 0:
        return "NO_POSITION"
    if book.market.mode is Mode.STRICT_ISOLATED:
        return "STRICT_ISOLATED"
    if not is_price_valid(book, now_ms=now_ms):
        return "PRICE_INVALID"
    return floor_binding(book)


BLOCKERS = frozenset({"NO_POSITION", "STRICT_ISOLATED", "PRICE_INVALID"})


def limits(book: Book, *, now_ms: int) -> Limits:
    """Return the maxima of `take` and `add`."""
    binding = take_binding(book, now_ms=now_ms)
    if binding in BLOCKERS:
        take = Maximum(verb=Verb.TAKE, amount=money(0), binding=binding)
    else:
        take = _take(book, binding)
    return Limits((take, _add(book)))


def _take(book: Book, binding: str) -> Maximum:
    units = max_removable(book)
    opens = None
    price = removal_mark(book.market, book.position, 0) if units == 0 else None
    if price is not None:
        opens = OpensAt(feed="mark", price=price, above=book.position.size > 0)
    return Maximum(
        verb=Verb.TAKE,
        amount=money(units),
        binding=binding,
        limits=_floor_limits(book),
        opens_at=opens,
    )


def _floor_limits(book: Book) -> tuple[Limit, ...]:
    """Return what each term of the floor alone would allow, rounded down to a micro-USD."""
    market, position = book.market, book.position
    equity = position.cash + position.size * book.mark
    notional = abs(position.size) * book.mark
    tiers, share = market.tiers, market.floor_share
    tier = tiers.tier_at(notional)
    maintenance = tiers.rates[tier] * notional - tiers.deductions[tier]
    terms = (
        ("INITIAL_MARGIN", notional, position.leverage),
        ("TEN_PERCENT_NOTIONAL", notional * share.num, share.den),
        ("MAINTENANCE_MARGIN", maintenance, tiers.den),
    )
    return tuple(Limit(name, money(max(0, div_floor(equity * den - num, den)))) for name, num, den in terms)


def _add(book: Book) -> Maximum:
    spare = withdrawable_of(book)
    if book.position.size == 0:
        return Maximum(verb=Verb.ADD, amount=money(0), binding="NO_POSITION")
    return Maximum(
        verb=Verb.ADD,
        amount=money(spare),
        binding="WITHDRAWABLE",
        limits=(Limit("WITHDRAWABLE", money(spare)),),
    )


def quote(book: Book, *, tolerance: Ratio) -> Quote:
    """Return the removal that passes even if the mark moves against the holder by `tolerance`.

    Formula: P_t = P*(1 - side*t); max(0, floor6(R + S*P_t - |S|*P_t/k)), and not under maintenance.
    Rounds:  down to a micro-USD.
    Source:  docs/concepts/tiered.md#a-quote-with-a-tolerance
    """
    position, tiers = book.position, book.market.tiers
    side = 1 if position.size > 0 else -1
    num, den = book.mark * (tolerance.den - side * tolerance.num), tolerance.den
    share_num, share_den = floor_share_of(book.market, position.leverage)
    equity, notional = position.cash * den + position.size * num, abs(position.size) * num
    over_floor = div_floor(equity * share_den - notional * share_num, share_den * den)
    over_maintenance = min(
        div_floor(equity * tiers.den - rate * notional + deduction * den, tiers.den * den)
        for rate, deduction in zip(tiers.rates, tiers.deductions, strict=True)
    )
    quoted = max(0, min(over_floor, over_maintenance))
    return Quote(
        quoted=quoted,
        at_mark=max_removable(book),
        valid_until_mark=removal_mark(book.market, position, quoted),
    )
