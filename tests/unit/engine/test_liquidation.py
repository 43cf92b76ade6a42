"""Liquidation tick by tick: partial and cooling down, backstop, deleveraging, takeover, a keeper run dry."""

from typing import Any

from msgspec.structs import replace

from solvent import margin
from solvent.engine import boundary, commands, fold
from solvent.engine.events import Acted, Moved, Stalled
from solvent.margin import lending, risk_limit, tiered
from solvent.margin.parts import FundingNote
from solvent.money import Ratio
from tests.unit.engine.venues import ALICE, BOB, LENDER, Venue, funded_venue

CAROL = "0" * 32


def acted(events: tuple[Any, ...]) -> list[tuple[str, str, Any]]:
    return [(event.account, event.cause, event.action) for event in events if isinstance(event, Acted)]


def a_large_long() -> Venue:
    """ALICE holds 5 BTC bought at 60,000 at 40x: margin 7,500, fee 135."""
    venue = funded_venue()
    venue.must(ALICE, "BTC-PERP", tiered.SetLeverage(40))
    venue.must(ALICE, "BTC-PERP", tiered.Open(size=500_000))
    return venue


def test_a_large_position_is_sold_by_a_fifth_and_then_whole_while_it_cools_down() -> None:
    venue = a_large_long()
    venue.price("BTC-PERP", 1_000, mark="59200")
    position = venue.state.positions["BTC-PERP"][ALICE]
    assert (position.size, position.cooldown_until_ms) == (400_000, 31_000)
    assert acted(venue.price("BTC-PERP", 2_000, mark="59200")) == []
    venue.price("BTC-PERP", 3_000, mark="59050")
    assert venue.state.positions["BTC-PERP"][ALICE].size == 0


def test_after_the_cool_down_the_next_step_is_partial_again() -> None:
    venue = a_large_long()
    venue.price("BTC-PERP", 1_000, mark="59200")
    venue.price("BTC-PERP", 31_000, mark="59050")
    assert venue.state.positions["BTC-PERP"][ALICE].size == 320_000


def test_under_two_thirds_of_maintenance_the_backstop_takes_size_and_cash_as_they_are() -> None:
    venue = a_large_long()
    venue.price("BTC-PERP", 1_000, mark="58900")
    assert venue.state.positions["BTC-PERP"][ALICE].size == 0
    assert venue.state.balance("position:BTC-PERP:backstop", "BTC-PERP") == 500_000
    assert (
        venue.state.balance("position:BTC-PERP:backstop", "USDC")
        == 7_500_000_000 - 300_000_000_000 - 135_000_000
    )
    assert venue.state.balance(f"wallet:{ALICE}", "USDC") == 2_500_000_000


def counterparts() -> Venue:
    """ALICE's failing long of 5 BTC against BOB's short of 3 and CAROL's of 1, BOB at the higher leverage."""
    venue = a_large_long()
    venue.do(commands.OpenAccount(account=CAROL))
    venue.do(commands.Transfer(account=LENDER, receiver=CAROL, asset="USDC", units=10_000 * 10**6))
    venue.must(CAROL, "BTC-PERP", tiered.SetLeverage(10))
    venue.must(BOB, "BTC-PERP", tiered.SetLeverage(40))
    venue.must(CAROL, "BTC-PERP", tiered.Open(size=-100_000))
    venue.must(BOB, "BTC-PERP", tiered.Open(size=-300_000))
    return venue


def test_negative_equity_deleverages_by_score_at_the_bankruptcy_price_and_the_house_takes_the_rest() -> None:
    venue = counterparts()
    done = acted(venue.price("BTC-PERP", 1_000, mark="58000"))
    assert done == [
        (ALICE, "liquidation", tiered.Liquidate()),
        (BOB, "deleveraging", tiered.Deleverage(size=300_000, price=585_270)),
        (CAROL, "deleveraging", tiered.Deleverage(size=100_000, price=585_270)),
    ]
    assert venue.state.balance("house", "BTC-PERP") == 0
    assert all(kept.size == 0 for kept in venue.state.positions["BTC-PERP"].values())


def test_deleveraging_stops_when_the_failed_size_is_covered() -> None:
    venue = counterparts()
    venue.must(ALICE, "BTC-PERP", tiered.Close(size=150_000))
    done = acted(venue.price("BTC-PERP", 1_000, mark="58000"))
    assert [action.size for _, cause, action in done if cause == "deleveraging"] == [300_000, 50_000]
    sizes = {name: kept.size for name, kept in venue.state.positions["BTC-PERP"].items()}
    assert sizes == {ALICE: 0, BOB: 0, CAROL: -50_000}
    assert venue.state.balance("house", "BTC-PERP") == 50_000


def test_what_no_counterpart_covers_stays_with_the_house() -> None:
    venue = a_large_long()
    venue.price("BTC-PERP", 1_000, mark="58000")
    assert venue.state.balance("house", "BTC-PERP") == 0
    assert venue.state.balance("house", "USDC") == 7_500_000_000 - 135_000_000


def takeover(insurance: int) -> Venue:
    """ALICE long and BOB short 10 lots (0.01 BTC) at 60,000 and 20x, with a given insurance."""
    venue = Venue()
    for account in (ALICE, BOB):
        venue.do(commands.OpenAccount(account=account))
        venue.do(commands.Deposit(account=account, asset="USDT", units=10**13, request_id=account))
        venue.do(commands.Confirm(request_id=account))
    if insurance:
        venue.do(commands.Declare(role="insurance", asset="USDT", units=insurance))
    venue.do(commands.CreateMarket(name="XBTUSDTM", market=funded_venue().state.markets["XBTUSDTM"].market))
    venue.price("XBTUSDTM", mark="60000")
    venue.must(ALICE, "XBTUSDTM", risk_limit.Open(lots=10, leverage=20))
    venue.must(BOB, "XBTUSDTM", risk_limit.Open(lots=-10, leverage=20))
    return venue


def test_insurance_takes_over_at_the_bankruptcy_price_and_pays_what_the_mark_lacks() -> None:
    venue = takeover(10**12)
    assert acted(venue.price("XBTUSDTM", 1_000, mark="56000")) == [
        (ALICE, "liquidation", risk_limit.Liquidate(covered=True))
    ]
    assert venue.state.balance("insurance", "USDT") == 10**12 - 10 * 10**10
    assert venue.state.positions["XBTUSDTM"][BOB].lots == -10


def test_without_insurance_the_opposite_side_is_deleveraged_at_the_bankruptcy_price() -> None:
    venue = takeover(0)
    assert acted(venue.price("XBTUSDTM", 1_000, mark="56000")) == [
        (ALICE, "liquidation", risk_limit.Liquidate(covered=False)),
        (BOB, "deleveraging", risk_limit.Deleverage(lots=10, price=Ratio(57_000, 1))),
    ]
    assert venue.state.balance("insurance", "USDT") == 0
    assert venue.state.positions["XBTUSDTM"][BOB].lots == 0


def test_a_counterpart_that_an_empty_insurance_would_have_to_pay_for_is_passed_over() -> None:
    """Funding of 10 % moves ALICE's bankruptcy price to 63,000, where CAROL's 100x short is under water."""
    venue = takeover(0)
    note = FundingNote(at_ms=1_000, price=Ratio(60_000, 1), rate=Ratio(1, 10))
    venue.do(commands.SetFunding(market="XBTUSDTM", note=note), 1_000)
    venue.do(commands.OpenAccount(account=CAROL), 1_000)
    venue.do(commands.Transfer(account=ALICE, receiver=CAROL, asset="USDT", units=10**12), 1_000)
    venue.must(CAROL, "XBTUSDTM", risk_limit.Open(lots=-10, leverage=100), 1_000)
    assert acted(venue.price("XBTUSDTM", 1_000, mark="60000")) == [
        (ALICE, "liquidation", risk_limit.Liquidate(covered=False)),
        (BOB, "deleveraging", risk_limit.Deleverage(lots=10, price=Ratio(63_000, 1))),
    ]
    assert venue.state.positions["XBTUSDTM"][CAROL].lots == -10


def leveraged(keeper: int) -> Venue:
    """ALICE owes 20.4 SOL against wETH bought with 30 SOL; the keeper holds what is given."""
    venue = funded_venue()
    venue.do(commands.Declare(role="swap_desk", asset="wETH", units=1))
    venue.must(LENDER, "wETH/SOL", lending.Supply(100 * 10**9))
    venue.must(ALICE, "wETH/SOL", lending.Open(margin=10 * 10**9, leverage=Ratio(3, 1)))
    keep_in(venue, keeper)
    return venue


def keep_in(venue: Venue, units: int) -> None:
    """Leave the keeper with so much of the 10,000 SOL that it was declared with."""
    surplus = venue.state.balance("keeper", "SOL") - units
    moves = boundary.between("keeper", "world", "SOL", surplus)
    fold(venue.state, Moved(at_ms=venue.state.now_ms, cause="declared", moves=moves))


def pool_of(venue: Venue) -> lending.Pool:
    pool = venue.state.markets["wETH/SOL"].pool
    assert isinstance(pool, lending.Pool)
    return pool


def fall(venue: Venue, price: str) -> tuple[Any, ...]:
    return venue.price("wETH/SOL", 1_000, collateral_usd=price, loan_usd="89.47")


def test_a_keeper_with_funds_repays_all_that_is_asked_for() -> None:
    venue = leveraged(100 * 10**9)
    assert acted(fall(venue, "2000")) == [(ALICE, "liquidation", lending.Liquidate())]


def test_a_keeper_with_less_offers_what_it_has() -> None:
    venue = leveraged(2 * 10**9)
    assert acted(fall(venue, "2000")) == [(ALICE, "liquidation", lending.Liquidate(offer=2 * 10**9))]
    assert venue.state.balance("keeper", "SOL") == 0


def test_a_keeper_run_dry_stalls_and_the_position_stays() -> None:
    venue = leveraged(0)
    before = venue.state.positions["wETH/SOL"][ALICE]
    events = fall(venue, "2000")
    assert events[-1] == Stalled(at_ms=1_000, market="wETH/SOL", account=ALICE, lacking="keeper")
    assert venue.state.positions["wETH/SOL"][ALICE] == before


def test_a_keeper_that_would_leave_dust_offers_a_little_less() -> None:
    venue = leveraged(20_390_000_000)
    assert acted(fall(venue, "1550")) == [(ALICE, "liquidation", lending.Liquidate(offer=20_300_000_200))]


def test_an_offer_that_buys_no_share_stalls_with_the_models_code() -> None:
    """At 100,000 % a year a share of debt is worth more than a lamport after a week."""
    venue = funded_venue()
    rate = Ratio(1_000, 1)
    weth = margin.preset("wETH/SOL")
    usury = replace(weth, rate_zero=rate, rate_kink=rate, rate_full=rate)
    venue.do(commands.CreateMarket(name="usury", market=usury))
    venue.price("usury", collateral_usd="2234.7", loan_usd="89.47")
    venue.must(LENDER, "usury", lending.Supply(100 * 10**9))
    venue.must(ALICE, "usury", lending.Open(margin=10 * 10**9, leverage=Ratio(3, 1)))
    for hour in range(1, 169):
        venue.do(commands.Touch(market="usury"), hour * 3_600_000)
    keep_in(venue, 1)
    events = venue.price("usury", 168 * 3_600_000, collateral_usd="2234.7", loan_usd="89.47")
    assert events[-1] == Stalled(at_ms=168 * 3_600_000, market="usury", account=ALICE, lacking="AMOUNT_ZERO")


def test_what_collateral_does_not_cover_is_lost_by_the_lenders_at_once() -> None:
    venue = leveraged(100 * 10**9)
    events = fall(venue, "1000")
    assert acted(events) == [(ALICE, "liquidation", lending.Liquidate())]
    working = events[-1].working
    assert working.bad_debt > 6 * 10**9
    assert ALICE not in venue.state.positions["wETH/SOL"]
    pool = pool_of(venue)
    assert (pool.borrow_assets, pool.borrow_shares) == (0, 0)
