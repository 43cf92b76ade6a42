"""Resting orders that a tick reaches, and funding that is paid when a position is touched."""

from typing import Any

import pytest

from solvent import margin
from solvent.engine import State, apply, book_of, commands
from solvent.engine.events import Acted, PoolAccrued
from solvent.margin import Refused, lending, registry, risk_limit, tiered
from solvent.margin.parts import FundingNote, housed
from solvent.money import Ratio
from tests.toy import model as gold_jar
from tests.unit.engine.venues import ALICE, BOB, Venue, funded_venue

HOUR = 3_600_000


def acted(events: tuple[Any, ...] | Refused) -> list[tuple[str, str, Any]]:
    assert not isinstance(events, Refused), events
    return [(event.account, event.cause, event.action) for event in events if isinstance(event, Acted)]


def test_tiered_orders_are_filled_at_their_limit_when_the_quote_reaches_them_in_id_order() -> None:
    venue = funded_venue()
    venue.must(BOB, "BTC-PERP", tiered.Order(order_id="z", size=-100, limit_price=620_000))
    venue.must(ALICE, "BTC-PERP", tiered.Order(order_id="b", size=100, limit_price=590_000))
    venue.must(ALICE, "BTC-PERP", tiered.Order(order_id="a", size=100, limit_price=595_000))
    assert acted(venue.price("BTC-PERP", 1_000, mark="59600")) == []
    assert acted(venue.price("BTC-PERP", 2_000, mark="58900")) == [
        (ALICE, "reached", tiered.Fill(order_id="a", price=595_000)),
        (ALICE, "reached", tiered.Fill(order_id="b", price=590_000)),
    ]
    assert acted(venue.price("BTC-PERP", 3_000, mark="62000")) == [
        (BOB, "reached", tiered.Fill(order_id="z", price=620_000))
    ]
    assert venue.state.reserved == {}


def test_risk_limit_orders_are_filled_when_they_are_reached_from_either_side() -> None:
    venue = funded_venue()
    low, high = Ratio(59_000, 1), Ratio(61_000, 1)
    venue.must(ALICE, "XBTUSDTM", risk_limit.Order(order_id="1", lots=1, leverage=10, limit_price=low))
    venue.must(BOB, "XBTUSDTM", risk_limit.Order(order_id="1", lots=-1, leverage=10, limit_price=high))
    assert acted(venue.price("XBTUSDTM", 1_000, mark="59001")) == []
    assert acted(venue.price("XBTUSDTM", 1_000, mark="59000")) == [
        (ALICE, "reached", risk_limit.Fill(order_id="1", price=low))
    ]
    assert acted(venue.price("XBTUSDTM", 1_000, mark="61000")) == [
        (BOB, "reached", risk_limit.Fill(order_id="1", price=high))
    ]


def test_a_reached_order_that_may_not_be_filled_any_more_is_cancelled() -> None:
    venue = funded_venue()
    venue.must(ALICE, "BTC-PERP", tiered.Open(size=100))
    reducing = tiered.Order(order_id="r", size=-100, limit_price=610_000, reduce_only=True)
    venue.must(ALICE, "BTC-PERP", reducing)
    venue.must(ALICE, "BTC-PERP", tiered.Close())
    assert acted(venue.price("BTC-PERP", 1_000, mark="61000")) == [(ALICE, "reached", tiered.Cancel("r"))]
    venue.must(BOB, "XBTUSDTM", risk_limit.Open(lots=1, leverage=10), 1_000)
    limit = Ratio(61_000, 1)
    venue.must(
        BOB,
        "XBTUSDTM",
        risk_limit.Order(order_id="r", lots=-1, leverage=1, limit_price=limit, reduce_only=True),
        1_000,
    )
    venue.must(BOB, "XBTUSDTM", risk_limit.Close(), 1_000)
    assert acted(venue.price("XBTUSDTM", 1_000, mark="61000")) == [(BOB, "reached", risk_limit.Cancel("r"))]


def test_orders_wait_while_the_market_is_paused() -> None:
    venue = funded_venue()
    venue.must(ALICE, "BTC-PERP", tiered.Order(order_id="a", size=100, limit_price=595_000))
    venue.do(commands.SetPaused(market="BTC-PERP", paused=True))
    assert acted(venue.price("BTC-PERP", 1_000, mark="59000")) == []
    venue.do(commands.SetPaused(market="BTC-PERP", paused=False), 1_000)
    assert len(acted(venue.price("BTC-PERP", 1_000, mark="59000"))) == 1


def test_orders_wait_while_the_mark_is_too_old() -> None:
    venue = funded_venue()
    venue.must(ALICE, "BTC-PERP", tiered.Order(order_id="a", size=100, limit_price=595_000))
    before = venue.state.markets["BTC-PERP"].valid_readings
    stale = tuple(margin.parts.FeedReading(feed="mark", price=Ratio(59_000, 1), at_ms=0) for _ in range(1))
    assert acted(venue.do(commands.Tick(market="BTC-PERP", readings=stale), 10_001)) == []
    assert venue.state.markets["BTC-PERP"].valid_readings == before


def funding(at_ms: int, rate: str = "0.0000125", price: str = "63000") -> commands.SetFunding:
    note = FundingNote(at_ms=at_ms, price=Ratio.parse(price), rate=Ratio.parse(rate))
    return commands.SetFunding(market="BTC-PERP", note=note)


def cash(venue: Venue, account: str) -> int:
    position = venue.state.positions["BTC-PERP"][account]
    assert isinstance(position, tiered.Position)
    return position.cash


def test_funding_is_noted_at_the_hour_and_paid_when_the_position_is_touched() -> None:
    venue = funded_venue()
    venue.must(ALICE, "BTC-PERP", tiered.Open(size=1_000))
    before = cash(venue, ALICE)
    venue.do(funding(HOUR), HOUR)
    assert cash(venue, ALICE) == before
    venue.must(ALICE, "BTC-PERP", tiered.Add(1), HOUR)
    assert cash(venue, ALICE) - before == 1 - 7_875


def test_funding_paid_late_is_the_same_as_funding_paid_on_time() -> None:
    late, punctual = funded_venue(), funded_venue()
    for venue in (late, punctual):
        venue.must(BOB, "BTC-PERP", tiered.Open(size=-777))
        for hour in (1, 2, 3):
            venue.do(funding(hour * HOUR, rate="0.00001234", price=f"6000{hour}.7"), hour * HOUR)
            if venue is punctual:
                venue.must(BOB, "BTC-PERP", tiered.SetLeverage(20), hour * HOUR)
        venue.must(BOB, "BTC-PERP", tiered.SetLeverage(20), 3 * HOUR)
    assert late.state.positions == punctual.state.positions
    assert late.state.balances == punctual.state.balances


def test_a_position_opened_after_a_funding_does_not_pay_it() -> None:
    venue = funded_venue()
    venue.do(funding(HOUR), HOUR)
    venue.price("BTC-PERP", HOUR, mark="60000")
    venue.must(ALICE, "BTC-PERP", tiered.Open(size=1_000), HOUR)
    assert book_of(venue.state, "BTC-PERP", ALICE).funding == ()
    venue.must(ALICE, "BTC-PERP", tiered.SetLeverage(21), 2 * HOUR)
    position = venue.state.positions["BTC-PERP"][ALICE]
    assert (position.funding_all_time, position.leverage) == (0, 21)


def test_a_setting_survives_the_position() -> None:
    venue = funded_venue()
    venue.must(ALICE, "BTC-PERP", tiered.SetLeverage(7))
    venue.must(ALICE, "BTC-PERP", tiered.Open(size=1_000))
    venue.must(ALICE, "BTC-PERP", tiered.Close())
    assert venue.state.positions["BTC-PERP"][ALICE].leverage == 7
    venue.must(ALICE, "XBTUSDTM", risk_limit.SetLevel(3))
    assert venue.state.positions["XBTUSDTM"][ALICE].level == 3


def test_pending_funding_alone_liquidates_at_the_next_tick() -> None:
    venue = funded_venue()
    venue.must(ALICE, "BTC-PERP", tiered.SetLeverage(40))
    venue.must(ALICE, "BTC-PERP", tiered.Open(size=10_000))
    venue.do(funding(HOUR, rate="0.0135", price="60000"), HOUR)
    events = venue.price("BTC-PERP", HOUR, mark="60000")
    assert acted(events) == [(ALICE, "liquidation", tiered.Liquidate())]
    event = events[-1]
    assert isinstance(event, Acted)
    assert event.working.plan.equity == 150_000_000 - 2_700_000 - 81_000_000


def test_a_risk_limit_position_pays_its_funding_and_a_flat_one_owes_none() -> None:
    venue = funded_venue()
    venue.must(ALICE, "XBTUSDTM", risk_limit.Open(lots=10, leverage=10))
    note = FundingNote(at_ms=8 * HOUR, price=Ratio(60_000, 1), rate=Ratio(1, 10_000))
    venue.do(commands.SetFunding(market="XBTUSDTM", note=note), 8 * HOUR)
    venue.must(ALICE, "XBTUSDTM", risk_limit.Add(10**10), 8 * HOUR)
    assert venue.state.positions["XBTUSDTM"][ALICE].loss == 600_000_000
    assert book_of(venue.state, "XBTUSDTM", BOB).funding == ()


def test_an_oracle_beside_the_mark_is_kept_apart() -> None:
    venue = funded_venue()
    venue.price("BTC-PERP", 1_000, mark="60000.05", oracle="59990")
    book = book_of(venue.state, "BTC-PERP", ALICE)
    assert (book.mark, book.oracle) == (600_001, 599_900)


def test_touching_a_pool_accrues_it_and_touching_a_perpetual_does_nothing() -> None:
    venue = funded_venue()
    venue.must(BOB, "wETH/SOL", lending.Supply(100 * 10**9))
    venue.must(ALICE, "wETH/SOL", lending.Open(margin=10 * 10**9, leverage=Ratio(3, 1)))
    venue.do(commands.Touch(market="wETH/SOL"), HOUR)
    event = venue.events[-1]
    assert isinstance(event, PoolAccrued)
    assert event.pool.borrow_assets > 20_400_000_000
    once = event.pool
    venue.do(commands.Touch(market="wETH/SOL"), HOUR)
    assert venue.state.markets["wETH/SOL"].pool == once
    assert venue.do(commands.Touch(market="BTC-PERP"), HOUR) == ()


def test_a_lenders_claim_grows_with_interest_and_is_forgotten_when_it_is_redeemed() -> None:
    venue = funded_venue()
    venue.must(BOB, "wETH/SOL", lending.Supply(100 * 10**9))
    venue.must(ALICE, "wETH/SOL", lending.Open(margin=10 * 10**9, leverage=Ratio(3, 1)))
    assert venue.state.supplies["wETH/SOL"] == {BOB: 100 * 10**15}
    pool = venue.state.markets["wETH/SOL"].pool
    assert isinstance(pool, lending.Pool)
    assert pool.protocol_shares == pool.supply_shares - 100 * 10**15 > 0
    venue.must(ALICE, "wETH/SOL", lending.Close(), HOUR)
    venue.must(BOB, "wETH/SOL", lending.Redeem(), HOUR)
    assert venue.state.supplies["wETH/SOL"] == {}
    assert venue.state.positions["wETH/SOL"] == {}
    assert venue.state.balance(f"wallet:{BOB}", "SOL") > 1_000 * 10**9


def test_a_money_market_in_a_perpetuals_asset_leaves_its_reservations_alone() -> None:
    venue = funded_venue()
    usdc = tiered.USD
    gold = lending.Market(name="gold", collateral=margin.preset("wETH/SOL").collateral, loan=usdc)
    venue.do(commands.CreateMarket(name="wETH/USDC", market=gold))
    venue.price("wETH/USDC", collateral_usd="2000", loan_usd="1")
    venue.must(ALICE, "BTC-PERP", tiered.Order(order_id="1", size=20_000, limit_price=500_000))
    refused = venue.act(ALICE, "wETH/USDC", lending.Supply(9_500_000_001))
    assert isinstance(refused, Refused)
    assert refused.code == "INSUFFICIENT_WALLET"
    assert not isinstance(venue.act(ALICE, "wETH/USDC", lending.Supply(9_500_000_000)), Refused)
    assert venue.state.reserved == {(ALICE, "USDC"): 500_000_000}


def test_a_candidate_named_twice_is_liquidated_once() -> None:
    venue = funded_venue()
    venue.must(ALICE, "BTC-PERP", tiered.SetLeverage(40))
    venue.must(ALICE, "BTC-PERP", tiered.Open(size=500_000))

    def twice(state: State, market: str) -> list[str]:
        assert state.positions[market]
        return [ALICE, BOB, ALICE]

    reading = margin.parts.FeedReading(feed="mark", price=Ratio(59_200, 1), at_ms=1_000)
    tick = commands.Tick(market="BTC-PERP", readings=(reading,))
    events = apply(venue.state, tick, now_ms=1_000, candidates=twice)
    assert len(acted(events)) == 1


def test_a_money_market_has_no_orders_to_reach_and_nobody_to_deleverage() -> None:
    venue = funded_venue()
    book = book_of(venue.state, "wETH/SOL", ALICE)
    assert lending.reached(book) == ()
    assert lending.standing(book) is None


def test_a_model_that_cannot_be_taken_apart_is_not_kept() -> None:
    registry.register(gold_jar)
    try:
        with pytest.raises(margin.InputRefused, match="assemble and dismantle"):
            housed(gold_jar)
        refused = apply(
            State(), commands.CreateMarket(name="jar", market=gold_jar.Market(minimum=1)), now_ms=0
        )
    finally:
        registry.withdraw("gold_jar")
    assert isinstance(refused, Refused)
    assert refused.code == "MODEL_UNKNOWN"
