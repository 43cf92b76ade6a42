"""Funding, applied interval by interval when a position is touched."""

from msgspec.structs import replace

from solvent.margin.risk_limit.maths import value_of
from solvent.margin.risk_limit.values import Book, FundingInterval, Market, Position
from solvent.margin.seam import Account, Posting
from solvent.money import div_floor


def funding_credit(market: Market, lots: int, interval: FundingInterval) -> int:
    """Return what an interval credits to a position in 1e-10; negative when it pays.

    Formula: -side * |MV| * rate with the trader's side: at a positive rate longs pay.
    Rounds:  down: what is paid up, what is received down; the remainder stays with the house.
    """
    num, den = value_of(market, lots, interval.mark)
    side = 1 if lots > 0 else -1
    return div_floor(-side * abs(num) * interval.rate.num, den * interval.rate.den)


def apply_interval(market: Market, position: Position, interval: FundingInterval) -> Position:
    """Return the position after one interval: received into posCross, paid into posLoss."""
    credit = funding_credit(market, position.lots, interval) if position.lots else 0
    return replace(
        position,
        cross=position.cross + max(0, credit),
        loss=position.loss + max(0, -credit),
        funding=position.funding + credit,
        settled_ms=interval.at_ms,
    )


def settle(book: Book, *, now_ms: int) -> Book:
    """Return the book with every interval up to `now_ms` applied, in order, each once."""
    return settle_with_postings(book, now_ms=now_ms)[0]


def settle_with_postings(book: Book, *, now_ms: int) -> tuple[Book, tuple[Posting, ...]]:
    """Return the settled book and the balanced movements between the position and the house."""
    if not book.funding:
        return book, ()
    position = book.position
    for interval in sorted(book.funding, key=lambda interval: interval.at_ms):
        if position.settled_ms < interval.at_ms <= now_ms:
            position = apply_interval(book.market, position, interval)
    later = tuple(interval for interval in book.funding if interval.at_ms > now_ms)
    credit = position.margin - book.position.margin
    settled = replace(book, position=position, funding=later)
    if credit == 0:
        return settled, ()
    symbol = book.market.settle.symbol
    return settled, (
        Posting(Account.POSITION, symbol, credit),
        Posting(Account.HOUSE, symbol, -credit),
    )
