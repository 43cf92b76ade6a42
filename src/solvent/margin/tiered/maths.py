"""The terms of one isolated bucket: equity, maintenance, the transfer floor, the three prices."""

from msgspec import Struct

from solvent.margin.tiered.tiers import TierTable
from solvent.margin.tiered.values import Book, Market, Position
from solvent.money import Ratio, div_ceil, div_floor

ZERO = Ratio(0, 1)


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
    tiers = market.tiers
    return equity * den >= notional * num and equity * tiers.den >= maintenance_scaled(tiers, notional)


def equity_kept(market: Market, position: Position, seen: "Assessment") -> int:
    """Return the least equity that may stay behind after a removal, in micro-USD.

    Formula: max(N/L, N/10), and never below maintenance.
    Rounds:  up to a micro-USD, against the holder.
    Source:  docs/concepts/tiered.md#removing-margin
    """
    num, den = floor_share_of(market, position.leverage)
    return max(div_ceil(seen.notional * num, den), div_ceil(seen.maintenance.num, seen.maintenance.den))


def withdrawable_of(book: Book) -> int:
    """Return what of the account's cash no resting order holds, in micro-USD."""
    return max(0, book.cash - book.reserved)


def price_where_equity_is(market: Market, position: Position, num: int, den: int) -> Ratio | None:
    """Return the mark in USD at which equity = num/den of maintenance, or none when not positive.

    Formula: (-R - s*d) / (S - s*r*|S|) with s = num/den, in the one tier whose band holds |S|*p: there
             is exactly one, since equity less maintenance is monotone in the price.
    Rounds:  never.
    """
    size = position.size
    if size == 0:
        return None
    tiers = market.tiers
    held, sign = (size, -1) if size > 0 else (-size, 1)
    whole = den * tiers.den
    cash, exposure, scaled = sign * position.cash * whole, held * whole, num * held
    top, bottom, last = cash, exposure + sign * scaled * tiers.rates[0], len(tiers.bounds) - 1
    tier = 0
    while tier < last and top * held > tiers.bounds[tier + 1] * bottom:
        tier += 1
        top = cash + sign * num * tiers.deductions[tier]
        bottom = exposure + sign * scaled * tiers.rates[tier]
    return Ratio(top, bottom * market.price_scale) if top > 0 else None


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
    size, cash = position.size, position.cash
    if cash == 0 or (cash < 0) != (size > 0):
        return None
    return Ratio(abs(cash), abs(size) * market.price_scale)


def removal_mark(market: Market, position: Position, amount: int) -> Ratio | None:
    """Return the mark in USD from which a removal of `amount` micro-USD is accepted.

    Formula: (a - R) / (S - |S|/k), k = min(L, 10); and not short of the mark at which what is left
             equals maintenance. A long's removal is accepted at marks at or above it, a short's at
             marks at or below it.
    Returns: none where no positive mark is the border: a long at L = 1 (never by price), or a bucket
             whose removal passes at every mark.
    Source:  docs/concepts/tiered.md#when-removal-opens-up
    """
    left = Position(size=position.size, cash=position.cash - amount, leverage=position.leverage)
    return _border(market, left, liquidation_price(market, left))


def _border(market: Market, left: Position, healthy_mark: Ratio | None) -> Ratio | None:
    """Return the mark at which `left` equals the floor, not short of the one where it is healthy."""
    num, den = floor_share_of(market, left.leverage)
    size, cash = left.size, left.cash
    divisor = size * (den - num) if size > 0 else -size * (den + num)
    root = -cash * den if size > 0 else cash * den
    if divisor == 0 or root <= 0:
        return None
    floor_mark = Ratio(root, divisor * market.price_scale)
    if healthy_mark is None or (healthy_mark < floor_mark) == (size > 0):
        return floor_mark
    return healthy_mark


class Assessment(Struct, frozen=True, gc=False, kw_only=True):
    """What a mark makes of one bucket, computed once for views, limits and breach.

    Units: `equity`, `notional`, `removable` whole micro-USD; `maintenance` and `unrealised_pnl` exact
           micro-USD; `leverage` = N/E, none where E <= 0; prices in USD. `removable` is the formula's
           own, whatever the mode of the asset and the age of the mark; `binding` names its term.
    """

    equity: int
    notional: int
    unrealised_pnl: Ratio
    maintenance: Ratio
    leverage: Ratio | None
    is_healthy: bool
    floor: Ratio
    binding: str
    removable: int
    liquidation_price: Ratio | None


def assess(market: Market, position: Position, mark: int) -> Assessment:
    """Compute equity, maintenance, floor, largest removal, leverage, liquidation price and health.

    Formula: removable = max(0, floor6(E - max(N/L, N/10))), and what stays is never under maintenance.
    Rounds:  `removable` down to a micro-USD, against the holder; nothing else is rounded.
    Source:  docs/concepts/tiered.md#removing-margin
    """
    tiers = market.tiers
    size = position.size
    value = size * mark
    notional = value if size > 0 else -value
    equity = position.cash + value
    tier = len(tiers.bounds) - 1
    while tier and notional <= tiers.bounds[tier]:
        tier -= 1
    maintenance = tiers.rates[tier] * notional - tiers.deductions[tier]
    num, den = floor_share_of(market, position.leverage)
    is_initial = num == 1 and den == position.leverage
    floor, binding = notional * num, "INITIAL_MARGIN" if is_initial else "TEN_PERCENT_NOTIONAL"
    kept = -(-floor // den)  # ceil: against the holder
    if maintenance * den > floor * tiers.den:
        kept, binding = -(-maintenance // tiers.den), "MAINTENANCE_MARGIN"  # ceil: against the holder
    entry = position.entry
    return Assessment(
        equity=equity,
        notional=notional,
        unrealised_pnl=ZERO if entry is None else Ratio(value * entry.den - size * entry.num, entry.den),
        maintenance=Ratio(maintenance, tiers.den),
        leverage=Ratio(notional, equity) if equity > 0 and notional else None,
        is_healthy=equity * tiers.den >= maintenance,
        floor=Ratio(floor, den),
        binding=binding,
        removable=equity - kept if equity > kept else 0,
        liquidation_price=price_where_equity_is(market, position, 1, 1),
    )


def opens_at(market: Market, position: Position, assessed: Assessment) -> Ratio | None:
    """Return the mark at which anything becomes removable: `removal_mark` of nothing."""
    return _border(market, position, assessed.liquidation_price)


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
    return div_floor(value.num, value.den * leverage)


def rise_needed(market: Market, leverage: int, fee_rate: Ratio) -> Ratio:
    """Return the relative rise after which a fresh long has something removable.

    Formula: (s - 1/L + fee) / (1 - s) with s = max(1/L, floor_share).
    Errors:  `ZeroDivisionError` at L = 1: price alone never opens it.
    """
    num, den = floor_share_of(market, leverage)
    top = (num * leverage - den) * fee_rate.den + fee_rate.num * den * leverage
    return Ratio.make(top, (den - num) * leverage * fee_rate.den)
