"""Maxima of a bucket, what binds them, where a zero opens up, and a quote with a tolerance."""

from msgspec import Struct

from solvent.margin.seam import InputRefused, Limit, Limits, Maximum, OpensAt, Verb
from solvent.margin.tiered.maths import (
    Assessment,
    assess,
    floor_share_of,
    opens_at,
    removal_mark,
)
from solvent.margin.tiered.refusals import money
from solvent.margin.tiered.transfers import addable, take_blocker
from solvent.margin.tiered.values import Book
from solvent.money import Ratio, div_floor


class Quote(Struct, frozen=True, gc=False, kw_only=True):
    """A removal that still passes when the mark moves by the tolerance; micro-USD, marks in USD.

    `binding` names what forbids or bounds it, as the maximum of `take` does.
    """

    quoted: int
    at_mark: int
    valid_until_mark: Ratio | None
    binding: str


def limits(book: Book, *, now_ms: int) -> Limits:
    """Return the maxima of `take` and `add`."""
    blocker = take_blocker(book, now_ms=now_ms)
    return Limits((_take(book) if blocker is None else _blocked(blocker), _add(book)))


def _blocked(blocker: str) -> Maximum:
    return Maximum(verb=Verb.TAKE, amount=money(0), binding=blocker)


def _take(book: Book) -> Maximum:
    seen = assess(book.market, book.position, book.mark)
    opens = None
    price = opens_at(book.market, book.position, seen) if seen.removable == 0 else None
    if price is not None:
        opens = OpensAt(feed="mark", price=price, above=book.position.size > 0)
    return Maximum(
        verb=Verb.TAKE,
        amount=money(seen.removable),
        binding=seen.binding,
        limits=_floor_limits(book, seen),
        opens_at=opens,
    )


def _floor_limits(book: Book, seen: Assessment) -> tuple[Limit, ...]:
    """Return what each term of the floor alone would allow, rounded down to a micro-USD."""
    share, maintenance = book.market.floor_share, seen.maintenance
    terms = (
        ("INITIAL_MARGIN", seen.notional, book.position.leverage),
        ("TEN_PERCENT_NOTIONAL", seen.notional * share.num, share.den),
        ("MAINTENANCE_MARGIN", maintenance.num, maintenance.den),
    )
    return tuple(
        Limit(name, money(max(0, div_floor(seen.equity * den - num, den)))) for name, num, den in terms
    )


def _add(book: Book) -> Maximum:
    spare = addable(book)
    if book.position.size == 0:
        return Maximum(verb=Verb.ADD, amount=money(0), binding="NO_POSITION")
    return Maximum(
        verb=Verb.ADD,
        amount=money(spare),
        binding="WITHDRAWABLE",
        limits=(Limit("WITHDRAWABLE", money(spare)),),
    )


def checked_tolerance(tolerance: Ratio) -> Ratio:
    """Return a tolerance that is a fraction of the mark.

    Errors: `InputRefused` below 0 and from 1 on, where no price would be left.
    """
    if not 0 <= tolerance.num < tolerance.den:
        raise InputRefused(name="tolerance", found=str(tolerance), accepted="a fraction from 0 to below 1")
    return tolerance


def quote(book: Book, *, tolerance: Ratio, now_ms: int) -> Quote:
    """Return the removal that passes even if the mark moves against the holder by `tolerance`.

    Formula: P_t = P*(1 - side*t); max(0, floor6(R + S*P_t - |S|*P_t/k)), and not under maintenance.
    Rounds:  down to a micro-USD.
    Errors:  `InputRefused` for a tolerance outside 0 … 1. 0 where a removal is forbidden.
    Source:  docs/concepts/tiered.md#a-quote-with-a-tolerance
    """
    checked_tolerance(tolerance)
    blocker = take_blocker(book, now_ms=now_ms)
    if blocker is not None:
        return Quote(quoted=0, at_mark=0, valid_until_mark=None, binding=blocker)
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
    seen = assess(book.market, position, book.mark)
    return Quote(
        quoted=quoted,
        at_mark=seen.removable,
        valid_until_mark=removal_mark(book.market, position, quoted),
        binding=seen.binding,
    )
