"""What grows with a venue, and what of it an event or an answer may carry."""

from solvent import margin
from solvent.engine.commands import CreateMarket, Tick, Touch
from solvent.margin import Refused
from solvent.margin.parts import FeedReading
from solvent.money import Ratio
from tests.unit.engine.venues import Venue, funded_venue


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
