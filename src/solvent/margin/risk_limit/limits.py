"""Maxima of a position, what binds them, and where a zero opens up."""

from solvent.margin.risk_limit.maths import (
    Assessment,
    Binding,
    assess,
    available_of,
    minimum_addition,
)
from solvent.margin.risk_limit.opening import opens_at
from solvent.margin.risk_limit.refusals import Code, coins, money
from solvent.margin.risk_limit.transfers import take_blocker
from solvent.margin.risk_limit.values import Book, RatioMode
from solvent.margin.seam import Limit, Limits, Maximum, OpensAt, Verb
from solvent.money import Ratio, div_floor

AVAILABLE_BALANCE = "AVAILABLE_BALANCE"


def limits(book: Book, *, now_ms: int) -> Limits:
    """Return the maxima of `take` and `add`."""
    blocker = take_blocker(book, now_ms=now_ms)
    if blocker is not None:
        take = Maximum(verb=Verb.TAKE, amount=money(book.market, 0), binding=blocker)
    else:
        take = _take(book)
    return Limits((take, _add(book)))


def _take(book: Book) -> Maximum:
    seen = assess(book)
    found = opens_at(book) if seen.reducible == 0 else None
    opens = None if found is None else OpensAt(feed="mark", price=found[0], above=found[1])
    return Maximum(
        verb=Verb.TAKE,
        amount=money(book.market, seen.reducible),
        binding=seen.binding,
        limits=_caps(book, seen),
        opens_at=opens,
        note=_note(book, seen),
    )


def _caps(book: Book, seen: Assessment) -> tuple[Limit, ...]:
    """Return what each cap alone would allow, rounded down to 1e-10."""
    found = [
        Limit(Binding.TIER_MAX_LEVERAGE.value, money(book.market, _whole(seen.tier_cap))),
        Limit(Binding.PROFIT_RATIO.value, money(book.market, _whole(seen.profit_cap))),
    ]
    if seen.maintenance_cap is not None:
        kept = money(book.market, max(0, seen.maintenance_cap))
        found.append(Limit(Binding.MAINTENANCE_MARGIN.value, kept))
    return tuple(found)


def _whole(cap: Ratio) -> int:
    return max(0, div_floor(cap.num, cap.den))


def _note(book: Book, seen: Assessment) -> str:
    """Remark that a ratio of each request anew does not bound the total."""
    is_anew = book.market.profit_ratio_mode is RatioMode.PER_REQUEST
    if not is_anew or seen.binding != Binding.PROFIT_RATIO:
        return ""
    most = coins(book.market, _whole(seen.tier_cap))
    return (
        f"reachable in several requests: the profit ratio is applied to each anew, up to about {most} in all"
    )


def _add(book: Book) -> Maximum:
    market, spare, least = book.market, available_of(book), minimum_addition(book.market)
    if book.position.lots == 0:
        return Maximum(verb=Verb.ADD, amount=money(market, 0), binding=Code.NO_POSITION.value)
    have = Limit(AVAILABLE_BALANCE, money(market, spare))
    note = f"the smallest addition is {coins(market, least)}"
    if spare < least:
        return Maximum(
            verb=Verb.ADD,
            amount=money(market, 0),
            binding=Code.BELOW_MINIMUM.value,
            limits=(have,),
            note=note,
        )
    return Maximum(verb=Verb.ADD, amount=have.amount, binding=have.name, limits=(have,), note=note)
