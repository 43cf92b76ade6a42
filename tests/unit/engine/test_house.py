"""Trading against the house through the engine: mark and half the spread, a limit on slippage, balanced."""

from msgspec.structs import replace

from solvent import margin
from solvent.engine import commands
from solvent.margin import Refused, lending, risk_limit, tiered
from solvent.money import Ratio
from tests.unit.engine.venues import ALICE, LENDER, Venue, funded_venue


def spread_venue() -> Venue:
    """Both perpetuals with a spread of 0.2 %: the house sells at 60,060 and buys at 59,940."""
    venue = funded_venue()
    for name in ("BTC-PERP", "XBTUSDTM"):
        market = replace(margin.preset(name), half_spread=Ratio(1, 1_000))
        venue.do(commands.CreateMarket(name=f"wide {name}", market=market))
        venue.price(f"wide {name}", mark="60000")
    return venue


def test_a_perpetual_opens_above_the_mark_and_closes_below_it() -> None:
    venue = spread_venue()
    venue.must(ALICE, "wide BTC-PERP", tiered.Open(size=1_000))
    position = venue.state.positions["wide BTC-PERP"][ALICE]
    assert position.entry == Ratio(600_600, 1)
    assert venue.state.balance("house", "USDC") == 1_000 * 600_600
    venue.must(ALICE, "wide BTC-PERP", tiered.Close())
    assert venue.state.balance("house", "USDC") == 1_000 * (600_600 - 599_400)


def test_a_contract_opens_above_the_mark_and_closes_below_it() -> None:
    venue = spread_venue()
    venue.must(ALICE, "wide XBTUSDTM", risk_limit.Open(lots=10, leverage=10))
    venue.must(ALICE, "wide XBTUSDTM", risk_limit.Close())
    assert venue.state.balance("house", "USDT") == 120 * 10**10 // 100


def test_beyond_its_limit_nothing_fills_and_at_its_limit_all_does() -> None:
    venue = spread_venue()
    for market, low, at in (
        ("wide BTC-PERP", tiered.Open(size=1_000, limit_price=600_500), 600_600),
        (
            "wide XBTUSDTM",
            risk_limit.Open(lots=10, leverage=10, limit_price=Ratio(60_059, 1)),
            Ratio(60_060, 1),
        ),
    ):
        refused = venue.act(ALICE, market, low)
        assert isinstance(refused, Refused)
        assert refused.code == "NO_MATCH"
        venue.must(ALICE, market, replace(low, limit_price=at))


def test_a_swap_beyond_its_slippage_is_refused_and_within_it_passes() -> None:
    venue = funded_venue()
    market = replace(margin.preset("wETH/SOL"), swap_slippage=Ratio(1, 100))
    venue.do(commands.CreateMarket(name="dear", market=market))
    venue.price("dear", collateral_usd="2000", loan_usd="100")
    venue.must(LENDER, "dear", lending.Supply(100 * 10**9))
    refused = venue.act(ALICE, "dear", lending.Open(margin=10**10, slippage_max=Ratio(99, 10_000)))
    assert isinstance(refused, Refused)
    assert refused.code == "SLIPPAGE_EXCEEDED"
    venue.must(ALICE, "dear", lending.Open(margin=10**10, slippage_max=Ratio(1, 100)))
