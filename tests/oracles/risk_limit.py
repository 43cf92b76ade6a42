"""Model `risk_limit` a second time: whole coins and settlement money as `Fraction`, from the rules.

Written from the published rules and not from the code: divisions divide, and rounding to 1e-10 happens
where the rules say so. A decision is the code of its refusal or the state after it. Names are the rules'
own letters.
"""

# ruff: noqa: N802, N806

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor

UNIT = Fraction(1, 10**10)
ZERO = Fraction(0)


def down(x: Fraction) -> Fraction:
    return floor(x / UNIT) * UNIT


def up(x: Fraction) -> Fraction:
    return ceil(x / UNIT) * UNIT


def half_away(x: Fraction) -> Fraction:
    whole = floor(abs(x) / UNIT + Fraction(1, 2)) * UNIT
    return whole if x >= 0 else -whole


@dataclass(frozen=True)
class State:
    """One position and its account; `size` is signed as the venue signs it."""

    size: Fraction
    inverse: bool
    C: Fraction
    mark: Fraction
    Lmax: int
    r: Fraction
    agg: Fraction
    init: Fraction
    cross: Fraction = ZERO
    loss: Fraction = ZERO
    taken: Fraction = ZERO
    banked: Fraction = ZERO
    withdrawn: Fraction = ZERO
    available: Fraction = ZERO
    cumulative: bool = True
    to_mark: bool = True


def side(s: State) -> int:
    """The side in the signed sense: an inverse long has -1."""
    return 1 if s.size > 0 else -1


def value(s: State, price: Fraction) -> Fraction:
    return s.size / price if s.inverse else s.size * price


def MV(s: State) -> Fraction:
    return value(s, s.mark)


def U(s: State) -> Fraction:
    return MV(s) - s.C


def M(s: State) -> Fraction:
    return s.init + s.cross - s.loss


def T(s: State) -> Fraction:
    return M(s) + U(s)


def maintenance(s: State) -> Fraction:
    return abs(MV(s)) * s.agg


def healthy(s: State) -> bool:
    return T(s) > maintenance(s)


def W_exact(s: State) -> Fraction:
    """W before its clamp and its rounding."""
    if not s.cumulative:
        return M(s) - abs(MV(s)) / s.Lmax + min(U(s), s.r * U(s))
    G = U(s) + s.banked
    profit = max(ZERO, s.r * (max(G, ZERO) + s.taken) - s.taken)
    return M(s) - s.banked - abs(MV(s)) / s.Lmax + min(G, ZERO) + profit


def W(s: State) -> Fraction:
    return down(max(ZERO, W_exact(s)))


def tier_cap(s: State) -> Fraction:
    return T(s) - abs(MV(s)) / s.Lmax


def binding(s: State) -> str:
    if tier_cap(s) <= 0 or tier_cap(s) <= W_exact(s):
        return "TIER_MAX_LEVERAGE"
    return "PROFIT_RATIO"


def from_init_then_cross(s: State, w: Fraction) -> State:
    part = min(w, max(ZERO, s.init))
    return replace(s, init=s.init - part, cross=s.cross - (w - part))


def take(s: State, w: Fraction) -> State | str:
    if w <= 0 or w % UNIT != 0:
        return "AMOUNT_INVALID"
    if s.size == 0:
        return "NO_POSITION"
    if w > W(s):
        return "ABOVE_MAX_WITHDRAW"
    G = U(s) + s.banked
    own = (M(s) - s.banked) - abs(MV(s)) / s.Lmax + min(G, ZERO)
    p = w - min(w, down(max(ZERO, own)))
    if s.to_mark:
        if (M(s) - w) * s.Lmax >= abs(s.C):
            realised, after = ZERO, from_init_then_cross(s, w)
        else:
            C = half_away(MV(s))
            realised = C - s.C
            after = from_init_then_cross(replace(s, C=C, init=s.init + realised), w)
    else:
        a = min(w, down(max(ZERO, M(s) - abs(MV(s)) / s.Lmax + min(U(s), ZERO))))
        realised = w - a
        after = from_init_then_cross(replace(s, C=s.C + realised), a)
    return replace(
        after,
        taken=s.taken + p,
        banked=s.banked + realised - p,
        withdrawn=s.withdrawn + p,
        available=s.available + w,
    )


def add(s: State, a: Fraction, taker: Fraction) -> State | str:
    if a <= 0 or a % UNIT != 0:
        return "AMOUNT_INVALID"
    if s.size == 0:
        return "NO_POSITION"
    eighth = Fraction(1, 10**8)
    if a < ceil(eighth / taker / eighth) * eighth:
        return "BELOW_MINIMUM"
    if a > s.available:
        return "INSUFFICIENT_BALANCE"
    return replace(s, cross=s.cross + a, available=s.available - a)


def bankrupt(s: State) -> Fraction | None:
    if s.C - M(s) == 0:
        return None
    price = s.size / (s.C - M(s)) if s.inverse else (s.C - M(s)) / s.size
    return price if price > 0 else None


def liquidation(s: State) -> Fraction | None:
    factor = 1 - side(s) * s.agg
    if s.C - M(s) == 0:
        return None
    price = s.size * factor / (s.C - M(s)) if s.inverse else (s.C - M(s)) / (s.size * factor)
    return price if price > 0 else None


def leverage(s: State) -> Fraction | None:
    return abs(MV(s)) / T(s) if T(s) > 0 else None


def order_cost(s: State, price: Fraction, size: Fraction, lev: int, taker: Fraction) -> Fraction:
    worth = abs(size / price if s.inverse else size * price)
    return up(worth * (Fraction(1, lev) + taker))
