"""What borrowing costs and lending earns: utilisation, the kinked curve, the lender's three parts."""

from msgspec import Struct

from solvent.margin.lending.values import ONE, WAD, YEAR_S, ZERO, Market, Pool
from solvent.money import Ratio, div_floor, mul_div_floor


class SupplyApr(Struct, frozen=True, gc=False, kw_only=True):
    """A lender's yearly rate in its three parts, not compounded, as exact fractions."""

    variable: Ratio
    origination: Ratio
    rewards: Ratio
    total: Ratio


class LoanPriceRise(Struct, frozen=True, gc=False, kw_only=True):
    """What a rise of the loan asset alone does; `trigger_rise` is none without debt."""

    ltv_before: Ratio
    ltv_after: Ratio
    liquidatable: bool
    trigger_rise: Ratio | None


def utilisation_wad(pool: Pool) -> int:
    """Return U = floor(B * WAD / (B + cash)), 0 for an empty pool.

    Source: docs/concepts/lending.md#utilisation-and-the-rate-curve
    """
    whole = pool.borrow_assets + pool.cash
    return mul_div_floor(pool.borrow_assets, WAD, whole) if whole else 0


def wad_of(rate: Ratio) -> int:
    """Return a rate in WAD, rounded down; exact for at most 18 decimals."""
    return mul_div_floor(rate.num, WAD, rate.den)


def borrow_apr_wad(market: Market, utilisation: int) -> int:
    """Return the yearly borrow rate in WAD at a utilisation in WAD.

    Formula: two straight lines that meet at the kink, each floored.
    Source:  docs/concepts/lending.md#utilisation-and-the-rate-curve
    """
    zero, middle, full = wad_of(market.rate_zero), wad_of(market.rate_kink), wad_of(market.rate_full)
    kink = wad_of(market.kink)
    if utilisation <= kink:
        return zero + mul_div_floor(middle - zero, utilisation, kink)
    return middle + mul_div_floor(full - middle, utilisation - kink, WAD - kink)


def rate_per_second_wad(apr: int) -> int:
    """Return the rate of one second in WAD, rounded down, in favour of borrowers."""
    return div_floor(apr, YEAR_S)


def variable_apr(market: Market, utilisation: int) -> Ratio:
    """Return what borrowers' interest pays to lenders: APR(U) * U * (1 - reserve_factor)."""
    reserve = market.reserve_factor
    apr = borrow_apr_wad(market, utilisation)
    return Ratio(apr * utilisation * (reserve.den - reserve.num), WAD * WAD * reserve.den)


def streaming_per_second(market: Market, pool: Pool) -> Ratio:
    """Return the lamports of origination interest that reach lenders each second now."""
    return Ratio(sum(stream.amount for stream in pool.streams), market.origination_window_s)


def supply_apr(
    market: Market,
    *,
    utilisation: int,
    supply_assets: int,
    per_second: Ratio = ZERO,
    rewards_per_day: Ratio = ZERO,
) -> SupplyApr:
    """Return a lender's rate in three parts: interest, origination streams, a reward vault.

    Units:  `utilisation` WAD; `per_second` and `rewards_per_day` lamports.
    Source: docs/concepts/lending.md#the-lenders-rate
    """
    variable = variable_apr(market, utilisation)
    if supply_assets == 0:
        return SupplyApr(variable=variable, origination=ZERO, rewards=ZERO, total=variable)
    origination = Ratio(per_second.num * YEAR_S, per_second.den * supply_assets)
    rewards = Ratio(rewards_per_day.num * 365 * 9, rewards_per_day.den * supply_assets * 10)
    return SupplyApr(
        variable=variable,
        origination=origination,
        rewards=rewards,
        total=_sum(_sum(variable, origination), rewards),
    )


def _sum(left: Ratio, right: Ratio) -> Ratio:
    return Ratio(left.num * right.den + right.num * left.den, left.den * right.den)


def pool_supply_apr(market: Market, pool: Pool) -> SupplyApr:
    """Return the lender's rate of a pool as it stands, without a reward vault."""
    return supply_apr(
        market,
        utilisation=utilisation_wad(pool),
        supply_assets=pool.supply_assets,
        per_second=streaming_per_second(market, pool),
    )


def leverage_ceiling(market: Market) -> Ratio:
    """Return the highest leverage at which an opening without slippage passes.

    Formula: (1 + f) / (1 + f - max_open_ltv), f = origination interest + origination fee.
    Source:  docs/concepts/lending.md#opening
    """
    whole = _sum(_sum(ONE, market.origination_interest), market.origination_fee)
    cap = market.max_open_ltv
    return Ratio.make(whole.num * cap.den, whole.num * cap.den - cap.num * whole.den)


def loan_price_rise(
    market: Market, *, collateral_value: Ratio, debt_value: Ratio, rise: Ratio
) -> LoanPriceRise:
    """Return what a rise of the loan asset by `rise` does while the collateral's USD price stays.

    Formula: LTV * (1 + rise); the trigger is liquidation_ltv / LTV - 1.
    Source:  docs/concepts/lending.md#liquidation-prices
    """
    before = Ratio(debt_value.num * collateral_value.den, debt_value.den * collateral_value.num)
    after = Ratio(before.num * (rise.den + rise.num), before.den * rise.den)
    limit = market.liquidation_ltv
    trigger = None
    if before.num:
        trigger = Ratio(limit.num * before.den - limit.den * before.num, limit.den * before.num)
    return LoanPriceRise(ltv_before=before, ltv_after=after, liquidatable=after > limit, trigger_rise=trigger)
