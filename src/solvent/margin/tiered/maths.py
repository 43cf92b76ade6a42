"""The terms of one isolated bucket: equity, maintenance, the transfer floor, the three prices."""

from solvent.margin.tiered.tiers import TierTable
from solvent.margin.tiered.values import Book, Market, Position
from solvent.money import Ratio, div_ceil


def equity_of(position: Position, mark: int) -> int:
    """Return cash + size * mark in micro-USD; the unrealised profit is already inside."""
    return position.cash + position.size * mark


def notional_of(position: Position, mark: int) -> int:
    """Return |size| * mark in micro-USD."""
    return abs(position.size) * mark


def maintenance_scaled(tiers: TierTable, notional: int) -> int:
    """Return the maintenance margin times `tiers.den`, in micro-USD, exactly."""
    tier = tiers.tier_at(notional)
    return tiers.rates[tier] * notional - tiers.deductions[tier]


def is_healthy(tiers: TierTable, *, equity: int, notional: int) -> bool:
    """Tell whether equity covers maintenance; equality is healthy."""
    return equity * tiers.den >= maintenance_scaled(tiers, notional)


def floor_share_of(market: Market, leverage: int) -> tuple[int, int]:
    """Return the share of the notional that a removal must leave: max(1/L, floor_share), as (num, den)."""
    share = market.floor_share
    return (1, leverage) if share.den >= share.num * leverage else (share.num, share.den)


def is_above_floor(market: Market, position: Position, *, equity: int, notional: int) -> bool:
    """Tell whether `equity` may stay behind after a removal; equality may.

    It must hold the transfer floor max(N/L, N/10) and, beyond the venue's published rule, still be
    healthy: with a tier whose maximum leverage is under 5 the floor alone can lie below maintenance.
    """
    num, den = floor_share_of(market, position.leverage)
    return equity * den >= notional * num and is_healthy(market.tiers, equity=equity, notional=notional)


def equity_kept(market: Market, position: Position, *, notional: int) -> int:
    """Return the least equity that may stay behind after a removal.

    Rounds: up to a micro-USD, against the holder.
    """
    num, den = floor_share_of(market, position.leverage)
    tiers = market.tiers
    return max(div_ceil(notional * num, den), div_ceil(maintenance_scaled(tiers, notional), tiers.den))


def max_removable(book: Book) -> int:
    """Return the largest margin that may leave the bucket at this mark, in micro-USD.

    Formula: max(0, floor6(E - max(N/L, N/10))), and never below maintenance.
    Rounds:  down to a micro-USD, against the holder.
    Errors:  none; 0 where nothing may leave. Modes and the age of the mark are not looked at here.
    Source:  docs/concepts/tiered.md#removing-margin
    """
    position = book.position
    kept = equity_kept(book.market, position, notional=notional_of(position, book.mark))
    return max(0, equity_of(position, book.mark) - kept)


def withdrawable_of(book: Book) -> int:
    """Return what of the account's cash no resting order holds, in micro-USD."""
    return max(0, book.cash - book.reserved)


def price_where_equity_is(market: Market, position: Position, num: int, den: int) -> Ratio | None:
    """Return the mark in USD at which equity = num/den of maintenance, or none when not positive.

    Formula: (-R - s*d) / (S - s*r*|S|) with s = num/den, in the tier whose band holds |S|*p. The
    largest of the tiers' lines decides, so for a long it is the largest root, for a short the least.
    Rounds:  never.
    """
    size = position.size
    if size == 0:
        return None
    tiers = market.tiers
    whole = den * tiers.den
    owed, exposure, scaled = -position.cash * whole, size * whole, num * abs(size)
    best_num, best_den = owed, exposure - scaled * tiers.rates[0]
    for tier in range(1, len(tiers.rates)):
        root_num = owed - num * tiers.deductions[tier]
        root_den = exposure - scaled * tiers.rates[tier]
        if (
            root_num * best_den > best_num * root_den
            if size > 0
            else root_num * best_den < best_num * root_den
        ):
            best_num, best_den = root_num, root_den
    if best_num == 0 or (best_num < 0) != (best_den < 0):
        return None
    return Ratio.make(best_num, best_den * market.price_scale)


def liquidation_price(market: Market, position: Position) -> Ratio | None:
    """Return the mark in USD at which equity equals maintenance; none when no positive price does.

    It does not depend on the mark, the entry or the setting.
    """
    return price_where_equity_is(market, position, 1, 1)


def backstop_price(market: Market, position: Position) -> Ratio | None:
    """Return the mark in USD at which equity equals `backstop_share` of maintenance."""
    return price_where_equity_is(market, position, market.backstop_share.num, market.backstop_share.den)


def bankruptcy_price(market: Market, position: Position) -> Ratio | None:
    """Return the mark in USD at which equity is zero: -R / S."""
    return price_where_equity_is(market, position, 0, 1)


def removal_mark(market: Market, position: Position, amount: int) -> Ratio | None:
    """Return the mark in USD from which a removal of `amount` micro-USD is accepted.

    Formula: (a - R) / (S - |S|/k), k = min(L, 10); and not short of the mark at which what is left
             equals maintenance. A long's removal is accepted at marks at or above it, a short's at
             marks at or below it.
    Returns: none where no positive mark is the border: a long at L = 1 (never by price), or a bucket
             whose removal passes at every mark.
    Source:  docs/concepts/tiered.md#when-removal-opens-up
    """
    num, den = floor_share_of(market, position.leverage)
    divisor = position.size * den - abs(position.size) * num
    if divisor == 0:
        return None
    root_num = (amount - position.cash) * den
    if root_num == 0 or (root_num < 0) != (divisor < 0):
        return None
    floor_mark = Ratio.make(root_num, divisor * market.price_scale)
    left = Position(size=position.size, cash=position.cash - amount, leverage=position.leverage)
    healthy_mark = liquidation_price(market, left)
    if healthy_mark is None:
        return floor_mark
    return max(floor_mark, healthy_mark) if position.size > 0 else min(floor_mark, healthy_mark)


def survives_at(market: Market, position: Position, price: Ratio) -> bool:
    """Tell whether the position is healthy at an exact price in USD; flat is healthy."""
    if position.size == 0:
        return True
    num, den = price.num * market.price_scale, price.den
    equity = position.cash * den + position.size * num
    notional = abs(position.size) * num
    tiers = market.tiers
    return all(
        equity * tiers.den >= rate * notional - deduction * den
        for rate, deduction in zip(tiers.rates, tiers.deductions, strict=True)
    )


def order_margin(value: Ratio, leverage: int) -> int:
    """Return what an order of `value` (size * limit price, in micro-USD) reserves or a fill takes.

    Rounds: toward zero to a micro-USD, as the venue does.
    """
    return value.num // (value.den * leverage)


def unrealised_pnl(position: Position, mark: int) -> Ratio:
    """Return size * (mark - entry) in micro-USD, exactly; 0 when flat."""
    entry = position.entry
    if entry is None:
        return Ratio(0, 1)
    return Ratio(position.size * (mark * entry.den - entry.num), entry.den)


def rise_needed(market: Market, leverage: int, fee_rate: Ratio) -> Ratio:
    """Return the relative rise after which a fresh long has something removable.

    Formula: (s - 1/L + fee) / (1 - s) with s = max(1/L, floor_share).
    Errors:  `ZeroDivisionError` at L = 1: price alone never opens it.
    """
    num, den = floor_share_of(market, leverage)
    top = (num * leverage - den) * fee_rate.den + fee_rate.num * den * leverage
    return Ratio.make(top, (den - num) * leverage * fee_rate.den)
