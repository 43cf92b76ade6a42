"""What grows with a venue, and what of it an event or an answer may carry."""

from solvent import margin
from solvent.engine import encode
from solvent.engine.acting import ORDERS_MAX
from solvent.engine.commands import CreateMarket, Tick, Touch
from solvent.journal.records import PAYLOAD_BYTES_MAX
from solvent.margin import Refused, Term, tiered
from solvent.margin.parts import FeedReading
from solvent.money import Ratio
from tests.unit.engine.venues import ALICE, BOB, Venue, funded_venue


def test_a_refusal_names_the_first_markets_of_many() -> None:
    venue, market = Venue(), margin.preset("BTC-PERP")
    for number in range(53):
        venue.do(CreateMarket(name=f"m{number:02}", market=market))
    refusal = venue.ask(Touch(market="none"))
    assert isinstance(refusal, Refused)
    assert refusal.message == (
        f"no market is named 'none'; there are: {', '.join(f'm{one:02}' for one in range(50))} and 3 more"
    )


def test_a_reading_of_a_moment_that_no_calendar_has_is_refused() -> None:
    far = FeedReading(feed="mark", price=Ratio(60_000, 1), at_ms=10**20)
    refusal = funded_venue().ask(Tick(market="BTC-PERP", readings=(far,)))
    assert isinstance(refusal, Refused)
    assert refusal.code == "READING_AHEAD"


def test_orders_past_the_most_that_rest_are_refused_until_one_is_taken_back() -> None:
    venue = funded_venue()
    for number in range(ORDERS_MAX):
        venue.must(ALICE, "BTC-PERP", order(number))
    refusal = venue.act(ALICE, "BTC-PERP", order(ORDERS_MAX))
    assert isinstance(refusal, Refused)
    assert (refusal.code, refusal.terms) == (
        "ORDERS_FULL",
        (Term("market", "BTC-PERP"), Term("orders_max", ORDERS_MAX)),
    )
    venue.must(BOB, "BTC-PERP", order(0))
    cancelled, *_ = venue.must(ALICE, "BTC-PERP", tiered.Cancel("o" * 190 + "0"))
    assert len(encode(cancelled)) < PAYLOAD_BYTES_MAX // 8
    venue.must(ALICE, "BTC-PERP", order(ORDERS_MAX))


def order(number: int) -> tiered.Order:
    return tiered.Order(order_id=f"{'o' * 190}{number}", size=100, limit_price=100_000)
