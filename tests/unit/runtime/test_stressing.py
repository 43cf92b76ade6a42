"""The stress of a state: what the engine would do at a price, without a command."""

from fractions import Fraction

import pytest

from solvent.engine import commands
from solvent.engine.events import Acted
from solvent.margin import lending, risk_limit, tiered
from solvent.margin.parts import FeedReading, FundingNote
from solvent.money import Ratio
from solvent.runtime import RuntimeRefused
from solvent.runtime.stressing import Stresser
from tests.unit.engine.venues import ALICE, BOB, LENDER, Venue, funded_venue

DOWN = Ratio(9, 10)


def venue_with_positions() -> Venue:
    venue = funded_venue()
    venue.must(ALICE, "BTC-PERP", tiered.SetLeverage(leverage=20))
    venue.must(ALICE, "BTC-PERP", tiered.Open(size=10_000))
    venue.must(BOB, "BTC-PERP", tiered.Open(size=-10_000))
    venue.must(ALICE, "XBTUSDTM", risk_limit.Open(lots=50, leverage=20))
    venue.must(LENDER, "wETH/SOL", lending.Supply(500 * 10**9))
    venue.must(BOB, "wETH/SOL", lending.Open(margin=10 * 10**9, leverage=Ratio(3, 1)))
    note = FundingNote(at_ms=0, price=Ratio(60_000, 1), rate=Ratio(1, 10_000))
    venue.do(commands.SetFunding(market="BTC-PERP", note=note))
    return venue


def test_a_price_comes_to_what_the_engine_does_at_it() -> None:
    venue = venue_with_positions()
    stresser = Stresser(venue.state)
    assert stresser.markets == ("BTC-PERP", "wETH/SOL", "XBTUSDTM")
    found = {one.market: one for one in stresser.joint(dict.fromkeys(stresser.markets, DOWN))}
    assert found["BTC-PERP"].price == Ratio(54_000, 1)
    assert (found["BTC-PERP"].found.positions, found["BTC-PERP"].found.liquidated) == (2, 1)
    assert found["BTC-PERP"].found.notional.fraction == Fraction(54_000 * 10**6, 10)
    done = [
        *venue.price("BTC-PERP", mark="54000"),
        *venue.price("XBTUSDTM", mark="54000"),
        *venue.price("wETH/SOL", collateral_usd="2011.23", loan_usd="89.47"),
    ]
    liquidated = {
        (event.market, event.account)
        for event in done
        if isinstance(event, Acted) and event.cause == "liquidation"
    }
    for market, one in found.items():
        assert one.found.liquidated == sum(name == market for name, _ in liquidated)


def test_a_supposed_price_is_certain_however_unsure_the_present_one_is() -> None:
    venue = venue_with_positions()
    before = Stresser(venue.state).at("wETH/SOL", DOWN)
    readings = [
        FeedReading(feed=one.feed, price=one.price, confidence=one.price, at_ms=one.at_ms)
        for one in venue.state.markets["wETH/SOL"].readings
    ]
    venue.do(commands.Tick(market="wETH/SOL", readings=tuple(readings)))
    assert venue.state.markets["wETH/SOL"].readings[0].confidence.num > 0
    assert Stresser(venue.state).at("wETH/SOL", DOWN) == before


def test_the_insurance_of_an_asset_pays_once_for_all_markets() -> None:
    venue = venue_with_positions()
    deep = Ratio(1, 2)
    venue.do(commands.CreateMarket(name="second", market=venue.state.markets["XBTUSDTM"].market))
    venue.price("second", mark="60000")
    venue.must(BOB, "second", risk_limit.Open(lots=50, leverage=20))
    held = venue.state.balance("insurance", "USDT")
    one, other = Stresser(venue.state).joint({"XBTUSDTM": deep, "second": deep})
    assert one.insurance_use == min(held, one.insurance_use + one.uncovered)
    assert one.insurance_use + other.insurance_use <= held
    lacking = one.found.bad_debt.fraction
    assert one.insurance_use + one.uncovered == -(-lacking.numerator // lacking.denominator) > 0


@pytest.mark.parametrize(
    ("market", "factor", "told"),
    [
        ("nowhere", DOWN, "there is no market 'nowhere'; there are: BTC-PERP"),
        ("BTC-PERP", Ratio(0, 1), "give a factor above zero"),
        ("unpriced", DOWN, "has had no price yet"),
    ],
)
def test_what_cannot_be_asked_is_refused(market: str, factor: Ratio, told: str) -> None:
    venue = venue_with_positions()
    venue.do(commands.CreateMarket(name="unpriced", market=venue.state.markets["BTC-PERP"].market))
    with pytest.raises(RuntimeRefused, match=told):
        Stresser(venue.state).at(market, factor)


def test_a_model_without_sums_is_refused_and_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    venue = venue_with_positions()
    monkeypatch.delattr(tiered, "POINTING")
    stresser = Stresser(venue.state)
    assert "BTC-PERP" not in stresser.markets
    with pytest.raises(RuntimeRefused, match="keeps no sums"):
        stresser.at("BTC-PERP", DOWN)
