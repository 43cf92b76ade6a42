"""A market gets other rules while positions are open: they are kept, and judged by the new ones."""

from solvent import margin
from solvent.engine import State, commands, decode, encode, fold
from solvent.engine.events import Acted, MarketChanged
from solvent.margin import Refused, risk_limit, tiered
from solvent.money import Ratio
from tests.unit.engine.venues import ALICE, BOB, Venue, funded_venue

BTC, XBT = "BTC-PERP", "XBTUSDTM"


def changed(venue: Venue, market: str, rules: object, now_ms: int = 0) -> None:
    (event,) = venue.do(commands.ChangeMarket(name=market, market=rules), now_ms)
    assert isinstance(event, MarketChanged)
    assert (event.name, event.market) == (market, rules)


def test_what_may_be_taken_follows_the_new_table_and_the_position_is_as_it_was() -> None:
    venue = funded_venue()
    venue.must(ALICE, BTC, tiered.SetLeverage(leverage=40))
    venue.must(ALICE, BTC, tiered.Open(size=1_000))
    venue.must(ALICE, BTC, tiered.Add(amount=200_000_000))
    held = venue.state.positions[BTC][ALICE]
    changed(venue, BTC, tiered.retiered(margin.preset(BTC), "0/3"))
    assert venue.state.positions[BTC][ALICE] == held
    refused = venue.ask(commands.Act(account=BOB, market=BTC, action=tiered.SetLeverage(leverage=40)))
    assert isinstance(refused, Refused)


def test_a_position_that_the_new_table_holds_too_thin_is_liquidated_at_the_next_price() -> None:
    venue = funded_venue()
    venue.must(ALICE, BTC, tiered.SetLeverage(leverage=40))
    venue.must(ALICE, BTC, tiered.Open(size=1_000))
    assert not [one for one in venue.price(BTC, 1_000, mark="60000") if isinstance(one, Acted)]
    # Maintenance goes from an eightieth of the value to a sixth: more than the fortieth that it holds.
    changed(venue, BTC, tiered.retiered(margin.preset(BTC), "0/3"), 1_000)
    acted = [one for one in venue.price(BTC, 2_000, mark="60000") if isinstance(one, Acted)]
    assert [(one.account, one.cause) for one in acted][:1] == [(ALICE, "liquidation")]


def test_orders_readings_and_fundings_of_the_market_stay() -> None:
    venue = funded_venue()
    venue.must(BOB, BTC, tiered.Order(order_id="1", size=-100, limit_price=610_000))
    before = venue.state.markets[BTC]
    changed(venue, BTC, tiered.retiered(margin.preset(BTC), "0/20"))
    after = venue.state.markets[BTC]
    assert (after.readings, after.funding, after.model) == (before.readings, before.funding, before.model)
    assert venue.state.orders[BTC][BOB]
    assert venue.state.reserved


def test_an_open_position_of_a_contract_keeps_its_level() -> None:
    venue = funded_venue()
    venue.must(BOB, XBT, risk_limit.Open(lots=10, leverage=20))
    held = venue.state.positions[XBT][BOB]
    preset = margin.preset(XBT)
    assert isinstance(preset, risk_limit.Market)
    table = ", ".join(f"{100_000 * (n + 1)}/{20 - n}" for n in range(len(preset.levels)))
    changed(venue, XBT, risk_limit.retiered(preset, table))
    assert venue.state.positions[XBT][BOB] == held
    venue.price(XBT, 1_000, mark="60000")
    opening = commands.Act(account=ALICE, market=XBT, action=risk_limit.Open(lots=1, leverage=50))
    refused = venue.ask(opening, 1_000)
    assert isinstance(refused, Refused)
    assert refused.code == "LEVERAGE_TOO_HIGH"


def test_a_fold_of_the_written_events_comes_to_the_same_state() -> None:
    venue = funded_venue()
    venue.must(ALICE, BTC, tiered.Open(size=1_000))
    changed(venue, BTC, tiered.retiered(margin.preset(BTC), "0/20, 1000000/10"))
    again = State()
    for event in venue.events:
        fold(again, decode(encode(event)))
    assert again.hash() == venue.state.hash()
    assert again.markets[BTC].market.tiers.leverages == (20, 10)
    assert again.markets[BTC].market.taker_fee == Ratio(45, 100_000)
