"""What a fill does to a bucket: open, increase, reduce, close, flip."""

from math import gcd

from msgspec import Struct
from msgspec.structs import replace

from solvent.margin.seam import Account, Posting
from solvent.margin.tiered.values import USD, Market, Position
from solvent.money import Ratio, div_ceil, div_floor, mul_div_trunc


class Filled(Struct, frozen=True, gc=False, kw_only=True):
    """The working of one fill, in micro-USD; sizes and prices in their units.

    `margin_taken` left the account's cash for the bucket, `released` came back to it, `shortfall` is
    what the backstop paid in, `closed_pnl` (exact) what the reducing part realised against the entry.
    """

    position: Position
    size: int
    price: int
    fee: int
    margin_taken: int = 0
    released: int = 0
    shortfall: int = 0
    closed_pnl: Ratio = Ratio(0, 1)

    @property
    def cash_change(self) -> int:
        """What the account's cash gains, in micro-USD."""
        return self.released - self.margin_taken


def fee_of(size: int, price: int, rate: Ratio) -> int:
    """Return |size| * price * rate in micro-USD, cut toward zero."""
    return mul_div_trunc(abs(size) * price, rate.num, rate.den)


def fill(position: Position, *, size: int, price: int, fee_rate: Ratio) -> Filled:
    """Apply a signed fill at `price`; the bucket pays the fee, a new part takes size*price/L from cash.

    Source: docs/concepts/tiered.md#fills
    """
    held = position.size
    if held == 0 or (held > 0) == (size > 0):
        return _increase(position, size=size, price=price, fee_rate=fee_rate)
    if abs(size) < abs(held):
        return reduce(position, size=size, price=price, fee=fee_of(size, price, fee_rate))
    closed = close(position, price=price, fee=fee_of(held, price, fee_rate))
    if abs(size) == abs(held):
        return closed
    opened = _increase(closed.position, size=held + size, price=price, fee_rate=fee_rate)
    return Filled(
        position=opened.position,
        size=size,
        price=price,
        fee=closed.fee + opened.fee,
        margin_taken=opened.margin_taken,
        released=closed.released,
        shortfall=closed.shortfall,
        closed_pnl=closed.closed_pnl,
    )


def _increase(position: Position, *, size: int, price: int, fee_rate: Ratio) -> Filled:
    fee = fee_of(size, price, fee_rate)
    margin = div_floor(abs(size) * price, position.leverage)
    after = replace(
        position,
        size=position.size + size,
        cash=position.cash + margin - size * price - fee,
        entry=_mean_entry(position, size, price),
        funding_since_change=0,
        funding_since_open=position.funding_since_open if position.size else 0,
    )
    return Filled(position=after, size=size, price=price, fee=fee, margin_taken=margin)


def _mean_entry(position: Position, size: int, price: int) -> Ratio:
    """Return the size-weighted entry, exact and in lowest terms."""
    entry = position.entry
    if entry is None:
        return Ratio(price, 1)
    num = position.size * entry.num + size * price * entry.den
    den = entry.den * (position.size + size)
    common = gcd(num, den)
    return Ratio.make(num // common, den // common)  # exact: by their divisor


def reduce(position: Position, *, size: int, price: int, fee: int) -> Filled:
    """Close a part: the bucket keeps its share of cash, rounded up; the rest is released.

    When the release would be negative (equity under the fee) nothing is released and all cash stays.
    """
    left = position.size + size
    freed = position.cash - fee - size * price
    kept = div_ceil((position.cash - fee) * abs(left), abs(position.size))
    if freed < kept:
        kept = freed
    after = replace(position, size=left, cash=kept, funding_since_change=0)
    return Filled(
        position=after,
        size=size,
        price=price,
        fee=fee,
        released=freed - kept,
        closed_pnl=_closed_pnl(position, size, price),
    )


def close(position: Position, *, price: int, fee: int) -> Filled:
    """Close the whole position; what the bucket lacks is paid by the backstop."""
    size = -position.size
    freed = position.cash - fee - size * price
    after = Position(
        leverage=position.leverage,
        settled_ms=position.settled_ms,
        funding_all_time=position.funding_all_time,
    )
    return Filled(
        position=after,
        size=size,
        price=price,
        fee=fee,
        released=max(0, freed),
        shortfall=max(0, -freed),
        closed_pnl=_closed_pnl(position, size, price),
    )


def _closed_pnl(position: Position, size: int, price: int) -> Ratio:
    """Return -size * (price - entry) in micro-USD, exactly."""
    entry = position.entry or Ratio(price, 1)
    return Ratio(-size * (price * entry.den - entry.num), entry.den)


def postings_of(market: Market, before: Position, filled: Filled) -> tuple[Posting, ...]:
    """Return the balanced movements of a fill: contracts and cash against the house, fee, margin.

    Entries of zero are left out.
    """
    usd, contract = USD.symbol, market.contract.symbol
    cost = filled.size * filled.price
    moves = (
        Posting(Account.POSITION, contract, filled.size),
        Posting(Account.HOUSE, contract, -filled.size),
        Posting(Account.POSITION, usd, filled.position.cash - before.cash),
        Posting(Account.HOUSE, usd, cost),
        Posting(Account.FEES, usd, filled.fee),
        Posting(Account.WALLET, usd, filled.cash_change),
        Posting(Account.BACKSTOP, usd, -filled.shortfall),
    )
    return tuple(move for move in moves if move.units)
