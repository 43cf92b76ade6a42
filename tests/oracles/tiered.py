"""Model `tiered` a second time: whole USD and coins as `Fraction`, straight from the published rules.

Written from the rules and not from the code: no scaling, no cross-multiplication, no convexity. Tiers
are tried one by one, divisions divide, and rounding happens where the rules say so. A decision is the
code of its refusal or the state after it. Names are the rules' own letters.
"""

# ruff: noqa: N802, N803, N806, N815, SIM300

from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil, floor

MICRO = Fraction(1, 10**6)
Tiers = tuple[tuple[Fraction, int], ...]


def floor6(x: Fraction) -> Fraction:
    return floor(x / MICRO) * MICRO


def ceil6(x: Fraction) -> Fraction:
    return ceil(x / MICRO) * MICRO


def trunc6(x: Fraction) -> Fraction:
    return floor6(x) if x >= 0 else -floor6(-x)


@dataclass(frozen=True)
class State:
    """One account and its bucket in one coin; the names are the rules'."""

    S: Fraction
    R: Fraction
    L: int
    P: Fraction
    tiers: Tiers
    sz_decimals: int
    entry: Fraction | None = None
    cash: Fraction = Fraction(0)
    reservations: tuple[tuple[str, Fraction], ...] = field(default=())
    mode: str = "isolated"
    mark_too_old: bool = False
    cooling_down: bool = False
    taker_fee: Fraction = Fraction(45, 100_000)
    half_spread: Fraction = Fraction(0)
    ten_percent: Fraction = Fraction(1, 10)
    partial_notional: Fraction = Fraction(100_000)

    @property
    def N(self) -> Fraction:
        return abs(self.S) * self.P

    @property
    def E(self) -> Fraction:
        return self.R + self.S * self.P

    @property
    def MM(self) -> Fraction:
        return maintenance(self.tiers, self.N)

    @property
    def withdrawable(self) -> Fraction:
        return max(Fraction(0), self.cash - sum((held for _, held in self.reservations), Fraction(0)))

    @property
    def is_healthy(self) -> bool:
        return self.E >= self.MM

    @property
    def tick(self) -> Fraction:
        return Fraction(1, 10 ** (6 - self.sz_decimals))


def rate_and_deduction(tiers: Tiers, n: int) -> tuple[Fraction, Fraction]:
    rate = Fraction(1, 2 * tiers[n][1])
    if n == 0:
        return rate, Fraction(0)
    rate_before, deduction_before = rate_and_deduction(tiers, n - 1)
    return rate, deduction_before + tiers[n][0] * (rate - rate_before)


def tier_at(tiers: Tiers, notional: Fraction) -> int:
    """Tier n holds for N > lowerBound_n; an upper bound belongs to the lower tier."""
    return max([n for n in range(len(tiers)) if notional > tiers[n][0]], default=0)


def maintenance(tiers: Tiers, notional: Fraction) -> Fraction:
    rate, deduction = rate_and_deduction(tiers, tier_at(tiers, notional))
    return rate * notional - deduction


def price_at_share_of_maintenance(state: State, share: Fraction) -> Fraction | None:
    """Try each tier, keep the price whose notional lies in its band; none when it is not positive."""
    for n in range(len(state.tiers)):
        rate, deduction = rate_and_deduction(state.tiers, n)
        price = (-state.R - share * deduction) / (state.S - share * rate * abs(state.S))
        if price > 0 and tier_at(state.tiers, abs(state.S) * price) == n:
            return price
    return None


def transfer_floor(state: State, notional: Fraction) -> Fraction:
    return max(notional / state.L, notional * state.ten_percent)


def headroom(state: State, price: Fraction) -> Fraction:
    """What equity exceeds both the floor and maintenance by, were the mark at `price`."""
    notional = abs(state.S) * price
    kept = max(transfer_floor(state, notional), maintenance(state.tiers, notional))
    return state.R + state.S * price - kept


def binding(state: State) -> str:
    if state.S == 0:
        return "NO_POSITION"
    if state.mode == "strictIsolated":
        return "STRICT_ISOLATED"
    if state.mark_too_old:
        return "PRICE_INVALID"
    if state.MM > transfer_floor(state, state.N):
        return "MAINTENANCE_MARGIN"
    return "INITIAL_MARGIN" if state.N / state.L >= state.N * state.ten_percent else "TEN_PERCENT_NOTIONAL"


def max_removable(state: State) -> Fraction:
    if binding(state) in ("NO_POSITION", "STRICT_ISOLATED", "PRICE_INVALID"):
        return Fraction(0)
    return max(Fraction(0), floor6(headroom(state, state.P)))


def accepted_from(state: State, amount: Fraction) -> Fraction | None:
    """(a - R) / (S - |S|/k); where maintenance is the stricter of the two, its price instead."""
    side = 1 if state.S > 0 else -1
    share = max(Fraction(1, state.L), state.ten_percent)
    left = replace(state, R=state.R - amount)
    divisor = state.S - abs(state.S) * share
    if divisor == 0:
        return None
    at_floor = (amount - state.R) / divisor
    if at_floor <= 0:
        return None
    at_maintenance = price_at_share_of_maintenance(left, Fraction(1))
    if at_maintenance is None:
        return at_floor
    return max(at_floor, at_maintenance) if side > 0 else min(at_floor, at_maintenance)


def quoted(state: State, tolerance: Fraction) -> Fraction:
    if binding(state) in ("NO_POSITION", "STRICT_ISOLATED", "PRICE_INVALID"):
        return Fraction(0)
    side = 1 if state.S > 0 else -1
    return max(Fraction(0), floor6(headroom(state, state.P * (1 - side * tolerance))))


def take(state: State, amount: Fraction) -> State | str:
    if amount <= 0:
        return "AMOUNT_ZERO"
    name = binding(state)
    if name in ("NO_POSITION", "STRICT_ISOLATED", "PRICE_INVALID"):
        return name
    after = replace(state, R=state.R - amount, cash=state.cash + amount)
    if after.L * after.E < after.N or after.E < after.N * state.ten_percent or not after.is_healthy:
        return "BELOW_TRANSFER_FLOOR"
    return after


def add(state: State, amount: Fraction) -> State | str:
    if amount <= 0:
        return "AMOUNT_ZERO"
    if state.S == 0:
        return "NO_POSITION"
    if amount > state.withdrawable:
        return "INSUFFICIENT_WITHDRAWABLE"
    return replace(state, R=state.R + amount, cash=state.cash - amount)


def top_up(state: State, target: Fraction) -> State | str:
    if state.mode != "strictIsolated":
        return "NOT_STRICT_ISOLATED"
    if state.S == 0:
        return "NO_POSITION"
    amount = max(Fraction(0), ceil6(state.N / target - state.E))
    if amount > state.withdrawable:
        return "INSUFFICIENT_WITHDRAWABLE"
    return replace(state, R=state.R + amount, cash=state.cash - amount)


def set_leverage(state: State, leverage: int, *, cross: bool = False) -> State | str:
    tier_max = state.tiers[tier_at(state.tiers, state.N)][1]
    if leverage < 1 or leverage > state.tiers[0][1] or leverage > tier_max:
        return "LEVERAGE_INVALID"
    if cross:
        return "MODE_SWITCH_WITH_POSITION" if state.S else "CROSS_NOT_ALLOWED"
    if leverage < state.L and state.E * leverage < state.N:
        return "LEVERAGE_DECREASE_MARGIN"
    return replace(state, L=leverage)


def fill(state: State, dS: Fraction, px: Fraction, fee_rate: Fraction) -> State:
    """Section 4, case by case; no check."""
    same_side = state.S == 0 or (state.S > 0) == (dS > 0)
    if same_side:
        fee = trunc6(abs(dS) * px * fee_rate)
        m = trunc6(abs(dS) * px / state.L)
        cost = (state.entry or Fraction(0)) * state.S + px * dS
        return replace(
            state,
            S=state.S + dS,
            R=state.R + m - dS * px - fee,
            cash=state.cash - m,
            entry=cost / (state.S + dS),
        )
    if abs(dS) > abs(state.S):
        closed = fill(state, -state.S, px, fee_rate)
        return fill(closed, dS + state.S, px, fee_rate)
    f = abs(dS) / abs(state.S)
    fee = trunc6(abs(dS) * px * fee_rate)
    if f == 1:
        release = state.R - fee - dS * px
        return replace(
            state, S=Fraction(0), R=Fraction(0), entry=None, cash=state.cash + max(Fraction(0), release)
        )
    kept = ceil6((1 - f) * (state.R - fee))
    release = state.R - fee - dS * px - kept
    if release < 0:
        return replace(state, S=state.S + dS, R=state.R - fee - dS * px)
    return replace(state, S=state.S + dS, R=kept, cash=state.cash + release)


def is_on_tick(state: State, price: Fraction) -> bool:
    """At most 6 - szDecimals decimals and at most 5 significant digits; any whole price is allowed."""
    if price <= 0 or (price / state.tick).denominator != 1:
        return False
    if price.denominator == 1:
        return True
    digits = str(int(price / state.tick)).rstrip("0")
    return len(digits) <= 5


def house_quote(state: State, dS: Fraction) -> Fraction:
    side = 1 if dS > 0 else -1
    ticks = state.P * (1 + side * state.half_spread) / state.tick
    return (ceil(ticks) if dS > 0 else max(1, floor(ticks))) * state.tick


@dataclass(frozen=True)
class Order:
    """A signed size, a limit or none (fill now), and how it may live."""

    dS: Fraction
    limit: Fraction | None = None
    tif: str = "IOC"
    reduce_only: bool = False
    order_id: str = "new"


def enlarges(state: State, dS: Fraction) -> bool:
    return state.S == 0 or (state.S > 0) == (dS > 0) or abs(dS) > abs(state.S)


def shape_refusal(state: State, order: Order) -> str | None:
    if order.dS == 0:
        return "SIZE_INVALID"
    if order.limit is not None and not is_on_tick(state, order.limit):
        return "TICK_INVALID"
    price = house_quote(state, order.dS) if order.limit is None else order.limit
    if abs(order.dS) * price < 10 and order.dS != -state.S:
        return "MIN_ORDER_VALUE"
    if order.reduce_only and enlarges(state, order.dS):
        return "REDUCE_ONLY_WOULD_INCREASE"
    return None


def opening_refusal(state: State, order: Order) -> str | None:
    if not enlarges(state, order.dS):
        return None
    if state.mark_too_old:
        return "PRICE_INVALID"
    if state.cooling_down:
        return "LIQUIDATION_IN_PROGRESS"
    new_notional = abs(state.S + order.dS) * state.P
    if state.L > state.tiers[tier_at(state.tiers, new_notional)][1]:
        return "LEVERAGE_ABOVE_TIER"
    return None


def place(state: State, order: Order) -> State | str:
    """Section 10's order of checks, then the fill, the reservation, or the refusal."""
    refusal = shape_refusal(state, order) or opening_refusal(state, order)
    if refusal:
        return refusal
    quote = house_quote(state, order.dS)
    matches = order.limit is None or (quote <= order.limit if order.dS > 0 else quote >= order.limit)
    if not matches and order.tif == "IOC":
        return "NO_MATCH"
    if matches and order.tif == "ALO":
        return "WOULD_MATCH"
    if matches:
        return filled_if_it_may(state, order.dS, quote)
    assert order.limit is not None
    reserved = Fraction(0) if order.reduce_only else trunc6(abs(order.dS) * order.limit / state.L)
    if reserved > state.withdrawable:
        return "INSUFFICIENT_MARGIN"
    return replace(state, reservations=(*state.reservations, (order.order_id, reserved)))


def filled_if_it_may(state: State, dS: Fraction, px: Fraction) -> State | str:
    if enlarges(state, dS):
        flips = state.S != 0 and (state.S > 0) != (dS > 0)
        start = fill(state, -state.S, px, state.taker_fee) if flips else state
        rest = dS + state.S if flips else dS
        if trunc6(abs(rest) * px / state.L) > start.withdrawable:
            return "INSUFFICIENT_MARGIN"
    after = fill(state, dS, px, state.taker_fee)
    if not after.is_healthy and (enlarges(state, dS) or state.is_healthy):
        return "INSUFFICIENT_MARGIN"
    return after


def funding_rate(premium: Fraction) -> Fraction:
    inner = min(Fraction(5, 10_000), max(Fraction(-5, 10_000), Fraction(1, 10_000) - premium))
    hourly = min(Fraction(4, 100), max(Fraction(-4, 100), (premium + inner) / 8))
    cut = floor(abs(hourly) * 10**10) * Fraction(1, 10**10)
    return cut if hourly >= 0 else -cut


def fund(state: State, oracle: Fraction, rate: Fraction) -> State:
    return replace(state, R=state.R + trunc6(-state.S * oracle * rate))


def liquidation_step(state: State) -> tuple[str, Fraction | None]:
    """Section 9: the first row that holds, and the size of its market order."""
    if state.is_healthy:
        return "none", None
    if state.E < 0:
        return "adl", None
    if state.E < Fraction(2, 3) * state.MM:
        return "backstop", None
    if state.N > state.partial_notional and not state.cooling_down:
        step = 10**state.sz_decimals
        return "market_partial", Fraction(ceil(abs(state.S) / 5 * step), step)
    return "market_full", abs(state.S)


def liquidate(state: State, size: Fraction) -> State:
    """A market order that releases nothing while the position lives."""
    dS = -size if state.S > 0 else size
    px = house_quote(state, dS)
    fee = trunc6(size * px * state.taker_fee)
    left = state.R - dS * px - fee
    if size == abs(state.S):
        return replace(
            state, S=Fraction(0), R=Fraction(0), entry=None, cash=state.cash + max(Fraction(0), left)
        )
    return replace(state, S=state.S + dS, R=left, cooling_down=True)


def adl_score(state: State) -> Fraction | None:
    if state.E <= 0 or state.entry is None:
        return None
    profit = state.S * (state.P - state.entry)
    return (profit / (abs(state.S) * state.entry)) * (state.N / state.E)
