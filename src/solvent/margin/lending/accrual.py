"""Interest and the release of origination streams: the first step of everything that touches a market."""

from msgspec import Struct
from msgspec.structs import replace

from solvent.margin.lending.rates import borrow_apr_wad, rate_per_second_wad, utilisation_wad
from solvent.margin.lending.shares import VIRTUAL_ASSETS, VIRTUAL_SHARES
from solvent.margin.lending.values import WAD, Book, Market, Pool, Stream
from solvent.money import div_floor, mul_div_floor, whole_seconds


class Accrued(Struct, frozen=True, gc=False, kw_only=True):
    """The working of one accrual step: rates and growth in WAD, money in lamports."""

    elapsed_s: int
    utilisation: int
    apr: int
    rate_per_second: int
    growth: int
    interest: int
    protocol_fee: int
    protocol_fee_shares: int
    released: int


def growth_wad(rate_per_second: int, elapsed_s: int) -> int:
    """Return the growth of debt over some seconds: e^(r*t) - 1 to the third order, each term floored.

    Source: docs/concepts/lending.md#interest
    """
    first = rate_per_second * elapsed_s
    second = div_floor(first * first, 2 * WAD)
    third = div_floor(second * first, 3 * WAD)
    return first + second + third


def released_of(amount: int, *, window_s: int, age_s: int) -> int:
    """Return what a stream has released at an age: evenly over its window, rounded down.

    Source: docs/concepts/lending.md#origination-streams
    """
    return mul_div_floor(amount, max(0, min(age_s, window_s)), window_s)


def accrue(market: Market, pool: Pool, *, now_s: int) -> tuple[Pool, Accrued]:
    """Accrue interest for the elapsed whole seconds in one step, then release the streams.

    The clock never runs backwards here: an earlier second accrues nothing.
    Source: docs/concepts/lending.md#interest
    """
    elapsed_s = max(0, now_s - pool.last_s)
    utilisation = utilisation_wad(pool)
    apr = borrow_apr_wad(market, utilisation)
    rate = rate_per_second_wad(apr)
    growth = growth_wad(rate, elapsed_s)
    interest = mul_div_floor(pool.borrow_assets, growth, WAD)
    reserve = market.reserve_factor
    fee = mul_div_floor(interest, reserve.num, reserve.den)
    supply = pool.supply_assets + interest
    fee_shares = mul_div_floor(fee, pool.supply_shares + VIRTUAL_SHARES, supply - fee + VIRTUAL_ASSETS)
    now = pool.last_s + elapsed_s
    released = sum(_released_since(market, stream, pool.last_s, now) for stream in pool.streams)
    after = replace(
        pool,
        borrow_assets=pool.borrow_assets + interest,
        supply_assets=supply + released,
        supply_shares=pool.supply_shares + fee_shares,
        protocol_shares=pool.protocol_shares + fee_shares,
        streams=tuple(s for s in pool.streams if now - s.start_s < market.origination_window_s),
        locked=pool.locked - released,
        last_s=now,
    )
    working = Accrued(
        elapsed_s=elapsed_s,
        utilisation=utilisation,
        apr=apr,
        rate_per_second=rate,
        growth=growth,
        interest=interest,
        protocol_fee=fee,
        protocol_fee_shares=fee_shares,
        released=released,
    )
    return after, working


def _released_since(market: Market, stream: Stream, before_s: int, now_s: int) -> int:
    window = market.origination_window_s
    already = released_of(stream.amount, window_s=window, age_s=before_s - stream.start_s)
    return released_of(stream.amount, window_s=window, age_s=now_s - stream.start_s) - already


def settle(book: Book, *, now_ms: int) -> Book:
    """Return the book with interest accrued and streams released up to the present second."""
    now_s = whole_seconds(now_ms)
    if now_s <= book.pool.last_s:
        return book
    return replace(book, pool=accrue(book.market, book.pool, now_s=now_s)[0])
