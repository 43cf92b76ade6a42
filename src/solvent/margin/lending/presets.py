"""Ready-made markets of the `lending` model: three tokens against SOL, in two profiles each."""

from collections.abc import Mapping

from msgspec.structs import replace

from solvent.margin.lending.values import Market
from solvent.margin.seam import InputRefused
from solvent.money import Asset, Ratio

CLASSIC = "classic"
CONSERVATIVE = "conservative"
PROFILES = (CLASSIC, CONSERVATIVE)


def with_profile(market: Market, profile: str) -> Market:
    """Return the market with the gate of a profile: `classic` 70 %, `conservative` 50 %.

    Errors: `InputRefused` for a profile that is not known.
    """
    if profile == CLASSIC:
        return replace(market, max_open_ltv=Ratio(7, 10), leverage_slider_max=Ratio(3, 1))
    if profile == CONSERVATIVE:
        return replace(market, max_open_ltv=Ratio(1, 2), leverage_slider_max=Ratio(196, 100))
    raise InputRefused(name="profile", found=profile, accepted=" or ".join(PROFILES))


WETH_SOL = Market(name="wETH/SOL", collateral=Asset("wETH", 8))
WBTC_SOL = Market(name="wBTC/SOL", collateral=Asset("wBTC", 8))
# No recorded price of PUMP is shipped: whatever feeds this market is simulated, and is to say so.
PUMP_SOL = Market(name="PUMP/SOL", collateral=Asset("PUMP", 6), simulated_price=True)

PRESETS: Mapping[str, Market] = {
    f"{market.name}{'' if profile == CLASSIC else '-' + profile}": replace(
        with_profile(market, profile),
        name=f"{market.name}{'' if profile == CLASSIC else '-' + profile}",
    )
    for market in (WETH_SOL, WBTC_SOL, PUMP_SOL)
    for profile in PROFILES
}
