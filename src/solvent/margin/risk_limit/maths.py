"""The terms of one position at one mark: value, PnL, margin incl. PnL, the largest reducible amount."""

from enum import StrEnum

from msgspec import Struct

from solvent.margin.risk_limit.levels import Level
from solvent.margin.risk_limit.values import UNIT, Book, Market, Position, RatioMode
from solvent.money import Ratio, div_ceil, div_floor, div_half_away

ZERO = Ratio(0, 1)
ADDITION_STEP = 100


class Binding(StrEnum):
    """The names of what binds a withdrawal, beside the blockers, which are named like their refusals."""

    TIER_MAX_LEVERAGE = "TIER_MAX_LEVERAGE"
    PROFIT_RATIO = "PROFIT_RATIO"
    MAINTENANCE_MARGIN = "MAINTENANCE_MARGIN"


def value_of(market: Market, lots: int, price: Ratio) -> tuple[int, int]:
    """Return the signed value of `lots` at `price` in 1e-10, exactly, as (num, den) with den above zero.

    Formula: size * price (linear), size / price (inverse), size = lots * multiplier.
    """
    multiplier = market.multiplier
    if multiplier.num < 0:
        return lots * multiplier.num * price.den * UNIT, multiplier.den * price.num
    return lots * multiplier.num * price.num * UNIT, multiplier.den * price.den


def price_at(market: Market, lots: int, value: Ratio) -> Ratio:
    """Return the price at which `lots` are worth `value` (above zero, unsigned, in 1e-10)."""
    size = abs(lots * market.multiplier.num)
    if market.is_inverse:
        return Ratio(size * UNIT * value.den, market.multiplier.den * value.num)
    return Ratio(value.num * market.multiplier.den, value.den * size * UNIT)


def fill_value(market: Market, lots: int, price: Ratio) -> int:
    """Return the signed value of a fill in 1e-10, rounded half away from zero: what C grows by."""
    return div_half_away(*value_of(market, lots, price))


def level_of(market: Market, position: Position) -> Level:
    """Return the level in force: the one an open position was given, else the market's of that number."""
    return position.held or market.levels[position.level - 1]


def max_leverage_of(book: Book) -> int:
    """Return Lmax: the level's maximum leverage, lowered to the account's own where it has one."""
    allowed = level_of(book.market, book.position).max_leverage
    return allowed if book.max_leverage is None else min(allowed, book.max_leverage)


def liquidation_fee_of(market: Market) -> Ratio:
    """Return the liquidation fee rate; the taker fee where the contract names none."""
    return market.taker_fee if market.liquidation_fee is None else market.liquidation_fee


def agg_rate_at(market: Market, level: Level) -> Ratio:
    """Return maintenance rate + liquidation fee rate of a level."""
    rate, fee = level.maintenance, liquidation_fee_of(market)
    return Ratio(rate.num * fee.den + fee.num * rate.den, rate.den * fee.den)


def agg_rate_of(market: Market, position: Position) -> Ratio:
    """Return the rate in force: the position's own where it has one, else its level's."""
    return position.agg_rate or agg_rate_at(market, level_of(market, position))


class Assessment(Struct, frozen=True, gc=False, kw_only=True):
    """Every exact term of a position at its mark, computed once.

    `value` (signed MV), `notional` (|MV|), `pnl` (U) and `equity` (T) are numerators over `den`, in
    1e-10. `own` is the part of a withdrawal that is not profit, before it is cut at zero; the caps are
    exact and may be negative. `maintenance_cap` is none where it can never bind (agg < 1 / Lmax).
    """

    den: int
    value: int
    notional: int
    pnl: int
    equity: int
    leverage_max: int
    agg_rate: Ratio
    own: Ratio
    tier_cap: Ratio
    profit_cap: Ratio
    maintenance_cap: int | None
    reducible: int
    binding: str


def assess(book: Book) -> Assessment:
    """Compute the terms of a book that holds a position.

    Formula: caps T - |MV|/Lmax and the expression of `profit_terms`; reducible = max(0, the smaller).
    Rounds:  `reducible` down to 1e-10, against the holder.
    Source:  docs/concepts/risk-limit.md#the-largest-reducible-amount
    """
    market, position = book.market, book.position
    value, den = value_of(market, position.lots, book.mark)
    notional, pnl = abs(value), value - position.cost * den
    equity = position.margin * den + pnl
    leverage, agg = max_leverage_of(book), agg_rate_of(market, position)
    own, profit_cap = profit_terms(
        market, position, value=value, den=den, leverage=leverage, mode=market.profit_ratio_mode
    )
    tier_cap = Ratio(equity * leverage - notional, den * leverage)
    maintenance_cap = None
    if agg.num * leverage >= agg.den:
        maintenance_cap = div_ceil(equity * agg.den - notional * agg.num, den * agg.den) - 1
    reducible = max(0, div_floor(profit_cap.num, profit_cap.den))
    binding = Binding.PROFIT_RATIO
    if tier_cap.num <= 0 or tier_cap <= profit_cap:
        binding = Binding.TIER_MAX_LEVERAGE
    if maintenance_cap is not None and max(0, maintenance_cap) < reducible:
        reducible, binding = max(0, maintenance_cap), Binding.MAINTENANCE_MARGIN
    return Assessment(
        den=den,
        value=value,
        notional=notional,
        pnl=pnl,
        equity=equity,
        leverage_max=leverage,
        agg_rate=agg,
        own=own,
        tier_cap=tier_cap,
        profit_cap=profit_cap,
        maintenance_cap=maintenance_cap,
        reducible=reducible,
        binding=binding.value,
    )


def profit_terms(
    market: Market, position: Position, *, value: int, den: int, leverage: int, mode: RatioMode
) -> tuple[Ratio, Ratio]:
    """Return the part that is not profit, and the cap that the profit ratio sets, both exact in 1e-10.

    Formula: own = (M - banked) - |MV|/Lmax + min(G, 0), G = U + banked;
             cap = own + max(0, r*(max(G, 0) + taken) - taken); `per_request` has banked = taken = 0.
    Source:  docs/concepts/risk-limit.md#the-profit-ratio-across-requests
    """
    is_total = mode is RatioMode.CUMULATIVE
    banked, taken = (position.banked, position.taken) if is_total else (0, 0)
    ratio = market.profit_ratio
    gain = value - (position.cost - banked) * den
    own = ((position.margin - banked) * den + min(gain, 0)) * leverage - abs(value)
    allowed = ratio.num * (max(gain, 0) + taken * den) - taken * den * ratio.den
    return (
        Ratio(own, den * leverage),
        Ratio(own * ratio.den + max(0, allowed) * leverage, den * leverage * ratio.den),
    )


def profit_part(book: Book, seen: Assessment, amount: int) -> int:
    """Return how much of a withdrawal counts as profit, whatever the mode and the entry rule.

    Formula: p = w - min(w, max(0, own)), `own` of the cumulative mode.
    Rounds:  own down, so the profit part up, against the holder.
    """
    own = seen.own
    if book.market.profit_ratio_mode is not RatioMode.CUMULATIVE:
        own, _ = profit_terms(
            book.market,
            book.position,
            value=seen.value,
            den=seen.den,
            leverage=seen.leverage_max,
            mode=RatioMode.CUMULATIVE,
        )
    return amount - min(amount, max(0, div_floor(own.num, own.den)))


def is_healthy(book: Book) -> bool:
    """Tell whether T is above maintenance; equality is not healthy in this model; flat is."""
    return survives_at(book.market, book.position, book.mark)


def survives_at(market: Market, position: Position, price: Ratio) -> bool:
    """Tell whether T is above maintenance at an exact price; flat is."""
    if position.lots == 0:
        return True
    value, den = value_of(market, position.lots, price)
    agg = agg_rate_of(market, position)
    equity = (position.margin - position.cost) * den + value
    return equity * agg.den > abs(value) * agg.num


def entry_price(market: Market, position: Position) -> Ratio | None:
    """Return C/size (linear) or size/C (inverse), exactly; none when flat or when C rounds to nothing."""
    if position.lots == 0 or position.cost == 0:
        return None
    return price_at(market, position.lots, Ratio(abs(position.cost), 1))


def liquidation_price(market: Market, position: Position) -> Ratio | None:
    """Return the price at which T equals maintenance, unrounded; none when no positive price does.

    Formula: (C - M) / (size * (1 - side*agg)) linear, size * (1 - side*agg) / (C - M) inverse, with the
             signed sense's side. It does not depend on the mark, nor on which entry rule was used.
    Source:  docs/concepts/risk-limit.md#liquidation-and-bankruptcy-price
    """
    return _price_where(market, position, agg_rate_of(market, position))


def bankrupt_price(market: Market, position: Position) -> Ratio | None:
    """Return the price at which T is zero, unrounded; none when no positive price does."""
    return _price_where(market, position, ZERO)


def _price_where(market: Market, position: Position, agg: Ratio) -> Ratio | None:
    if position.lots == 0:
        return None
    side = 1 if position.lots * market.multiplier.num > 0 else -1
    top = side * (position.cost - position.margin) * agg.den
    bottom = agg.den - side * agg.num
    if top <= 0 or bottom <= 0:
        return None
    return price_at(market, position.lots, Ratio(top, bottom))


def shown_price(market: Market, position: Position, price: Ratio | None) -> Ratio:
    """Return a liquidation or bankruptcy price as the venue's REST interface shows it.

    Rounds: toward the entry, to `index_tick`: up for a long, down for a short.
    Clamps: a long without one shows one tick, a short at most `price_max`; never under one tick.
    """
    return clamped_price(
        price, tick=market.index_tick, up=position.lots > 0, side=position.side, price_max=market.price_max
    )


def clamped_price(price: Ratio | None, *, tick: Ratio, up: bool, side: int, price_max: Ratio) -> Ratio:
    """Round a price to a tick in the named direction, and clamp it for a long (1) or a short (-1)."""
    if price is None:
        return tick if side > 0 else price_max
    rounded = max(tick, on_tick(price, tick, up=up))
    return rounded if side > 0 else min(rounded, price_max)


def on_tick(price: Ratio, tick: Ratio, *, up: bool) -> Ratio:
    """Return the nearest multiple of a tick at or above (`up`), or at or below, a price."""
    divide = div_ceil if up else div_floor
    return Ratio(divide(price.num * tick.den, price.den * tick.num) * tick.num, tick.den)


def order_cost(market: Market, *, lots: int, price: Ratio, leverage: int) -> int:
    """Return what an opening order needs and reserves, in 1e-10.

    Formula: |value| * (1/leverage + takerFeeRate).
    Rounds:  up, once.
    """
    num, den = value_of(market, lots, price)
    fee = market.taker_fee
    return div_ceil(abs(num) * (fee.den + fee.num * leverage), den * leverage * fee.den)


def minimum_addition(market: Market) -> int:
    """Return the smallest addition: 1e-8 / takerFeeRate, in 1e-10.

    Rounds: up to 1e-8; without a taker fee it is 1e-8.
    """
    fee = market.taker_fee
    return (div_ceil(fee.den, fee.num) if fee.num else 1) * ADDITION_STEP


def available_of(book: Book) -> int:
    """Return what of the balance no resting order holds."""
    return max(0, book.balance - book.reserved)


def has_orders(book: Book) -> bool:
    """Tell whether active orders on the contract are known."""
    return bool(book.orders) or book.other_orders > 0


def mark_price(
    *, index: Ratio, funding_rate: Ratio, left_ms: int, interval_ms: int, basis: Ratio, last: Ratio
) -> Ratio:
    """Return the median of the funding-adjusted index, the index plus its mean basis, and the last trade.

    Formula: median(index * (1 + rate * left / interval), index + basis, last); `basis` may be negative.
    A venue with one feed uses that feed instead.
    """
    scale = funding_rate.den * interval_ms
    fair = Ratio(index.num * (scale + funding_rate.num * left_ms), index.den * scale)
    moved = Ratio(index.num * basis.den + basis.num * index.den, index.den * basis.den)
    return sorted((fair, moved, last))[1]
