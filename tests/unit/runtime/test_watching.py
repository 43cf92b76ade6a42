"""The venue's index follows the events: it names who is due, and whom it has not heard of yet it does not."""

from solvent import margin
from solvent.engine import commands
from solvent.margin import tiered
from solvent.margin.parts import FundingNote
from solvent.money import Ratio
from solvent.runtime.watching import Watch
from tests.unit.engine.venues import ALICE, BOB, funded_venue

SIZE = 10_000


def test_the_index_names_who_is_due_after_it_heard_what_happened() -> None:
    venue, watch = funded_venue(), Watch()
    market = "BTC-PERP"
    watch.hear(venue.must(ALICE, market, tiered.SetLeverage(leverage=40)))
    watch.hear(venue.must(ALICE, market, tiered.Open(size=SIZE)))
    assert list(watch(venue.state, market)) == []
    watch.hear(venue.must(BOB, market, tiered.Open(size=SIZE)))
    near = Ratio(59_200, 1)
    for name in (ALICE, BOB):
        assert name in venue.state.positions[market]
    note = FundingNote(at_ms=1, price=near, rate=Ratio(2, 100))
    watch.hear(venue.do(commands.SetFunding(market=market, note=note), now_ms=1))
    # At 40x a funding of 2 % is all of the margin; the default of 20x has some left.
    assert list(watch(venue.state, market)) == [ALICE]
    watch.hear(venue.price(market, now_ms=2, mark="60000"))
    assert ALICE not in watch(venue.state, market)
    assert venue.state.positions[market][ALICE].size == 0


def test_a_change_of_the_rules_is_heard_and_who_is_due_is_read_anew() -> None:
    venue, watch = funded_venue(), Watch()
    market = "BTC-PERP"
    watch.hear(venue.must(ALICE, market, tiered.SetLeverage(leverage=40)))
    watch.hear(venue.must(ALICE, market, tiered.Open(size=SIZE)))
    assert list(watch(venue.state, market)) == []
    rules = tiered.retiered(margin.preset(market), "0/3")
    watch.hear(venue.do(commands.ChangeMarket(name=market, market=rules)))
    assert list(watch(venue.state, market)) == [ALICE]


def test_what_was_not_heard_of_is_not_known() -> None:
    venue, watch = funded_venue(), Watch()
    market = "BTC-PERP"
    assert list(watch(venue.state, market)) == []
    venue.must(ALICE, market, tiered.SetLeverage(leverage=40))
    venue.must(ALICE, market, tiered.Open(size=SIZE))
    note = FundingNote(at_ms=1, price=Ratio(60_000, 1), rate=Ratio(2, 100))
    watch.hear(venue.do(commands.SetFunding(market=market, note=note), now_ms=1))
    assert list(watch(venue.state, market)) == []


def test_what_was_read_at_once_is_all_that_is_known_until_more_is_heard() -> None:
    venue, watch = funded_venue(), Watch()
    market = "BTC-PERP"
    for name in (ALICE, BOB):
        venue.must(name, market, tiered.SetLeverage(leverage=40))
    venue.must(ALICE, market, tiered.Open(size=SIZE))
    watch.read(venue.state)
    venue.must(BOB, market, tiered.Open(size=SIZE))
    note = FundingNote(at_ms=1, price=Ratio(60_000, 1), rate=Ratio(2, 100))
    watch.hear(venue.do(commands.SetFunding(market=market, note=note), now_ms=1))
    assert list(watch(venue.state, market)) == [ALICE]


def test_a_market_without_a_price_is_passed_over() -> None:
    venue, watch = funded_venue(), Watch()
    venue.do(commands.CreateMarket(name="UNPRICED", market=margin.preset("BTC-PERP")))
    watch.read(venue.state)
    venue.price("UNPRICED", now_ms=1, mark="60000")
    assert list(watch(venue.state, "UNPRICED")) == []
