"""Hourly funding, applied hour by hour when a position is touched."""

from operator import attrgetter

from msgspec.structs import replace

from solvent.margin.seam import Account, Posting
from solvent.margin.tiered.values import FUNDING_RATE_DECIMALS, USD, Book, FundingHour, Position
from solvent.money import Ratio, div_trunc

RATE_SCALE: int = 10**FUNDING_RATE_DECIMALS
RATE_8H_CLAMP = 5 * RATE_SCALE // 10_000
RATE_8H_INTEREST = RATE_SCALE // 10_000
RATE_HOUR_MAX = 4 * RATE_SCALE // 100
_moment = attrgetter("at_ms")


def funding_rate(premium: Ratio) -> int:
    """Return the hourly rate in 1e-10 from the mean premium of the hour.

    Formula: clamp((premium + clamp(0.0001 - premium, ±0.0005)) / 8, ±0.04).
    Rounds:  toward zero at 10 decimals, only at the end.
    """
    num, den = premium.num * RATE_SCALE, premium.den
    pull = max(-RATE_8H_CLAMP * den, min(RATE_8H_CLAMP * den, RATE_8H_INTEREST * den - num))
    return max(-RATE_HOUR_MAX, min(RATE_HOUR_MAX, div_trunc(num + pull, 8 * den)))


def funding_credit(size: int, hour: FundingHour) -> int:
    """Return what an hour credits to a bucket of `size`, in micro-USD; negative when it pays.

    Rounds: toward zero to a micro-USD; what is cut off stays with the house.
    """
    return div_trunc(-size * hour.oracle * hour.rate, RATE_SCALE)


def settle(book: Book, *, now_ms: int) -> Book:
    """Return the book with every hour up to `now_ms` applied, in order, each once."""
    return settle_with_postings(book, now_ms=now_ms)[0]


def settle_with_postings(book: Book, *, now_ms: int) -> tuple[Book, tuple[Posting, ...]]:
    """Return the settled book and the balanced movements between the bucket and the house."""
    if not book.funding:
        return book, ()
    position = book.position
    size, credit, settled_ms = position.size, 0, position.settled_ms
    for hour in sorted(book.funding, key=_moment):
        if settled_ms < hour.at_ms <= now_ms:
            # As `funding_credit`, written out: somebody may owe the hours of months.
            owed = size * hour.oracle * hour.rate
            if owed > 0:
                credit -= owed // RATE_SCALE  # trunc: owed is above zero
            else:
                credit += -owed // RATE_SCALE  # trunc: what comes in is not below zero
            settled_ms = hour.at_ms
    later = tuple([hour for hour in book.funding if hour.at_ms > now_ms])
    settled = replace(book, position=_credited(position, credit, settled_ms), funding=later)
    if credit == 0:
        return settled, ()
    return settled, (
        Posting(Account.POSITION, USD.symbol, credit),
        Posting(Account.HOUSE, USD.symbol, -credit),
    )


def _credited(position: Position, credit: int, settled_ms: int) -> Position:
    """Return the position after so much funding in sum; `funding_*` count cost, paid positive."""
    return replace(
        position,
        cash=position.cash + credit,
        settled_ms=settled_ms,
        funding_all_time=position.funding_all_time - credit,
        funding_since_open=position.funding_since_open - credit,
        funding_since_change=position.funding_since_change - credit,
    )
