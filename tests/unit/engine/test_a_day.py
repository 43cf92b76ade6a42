"""One day of a venue with all three models: taken from, liquidated, deleveraged, conserved, replayed."""

from solvent.engine.events import Acted
from solvent.margin import Refused, lending, risk_limit, tiered
from solvent.money import Ratio
from tests.unit.engine.venues import ALICE, BOB, LENDER, Venue, funded_venue


def traded() -> Venue:
    venue = funded_venue()
    venue.act(LENDER, "wETH/SOL", lending.Supply(1_000 * 10**9))
    venue.act(ALICE, "wETH/SOL", lending.Open(margin=10 * 10**9, leverage=Ratio(3, 1)))
    venue.act(ALICE, "BTC-PERP", tiered.Open(size=1_000))
    venue.act(BOB, "BTC-PERP", tiered.Open(size=-1_000))
    venue.act(ALICE, "XBTUSDTM", risk_limit.Open(lots=10, leverage=20))
    return venue


def causes(venue: Venue) -> list[tuple[str, str]]:
    return [
        (event.market, event.cause)
        for event in venue.events
        if isinstance(event, Acted) and event.cause != "command"
    ]


def test_a_model_refuses_through_the_engine_and_nothing_changes() -> None:
    refused = traded().act(ALICE, "BTC-PERP", tiered.Take(1))
    assert isinstance(refused, Refused)
    assert refused.code == "BELOW_TRANSFER_FLOOR"


def test_a_falling_mark_deleverages_the_short_and_lets_insurance_take_over() -> None:
    venue = traded()
    venue.price("BTC-PERP", 2_000, mark="56900")
    venue.price("XBTUSDTM", 2_000, mark="57000")
    assert causes(venue) == [
        ("BTC-PERP", "liquidation"),
        ("BTC-PERP", "deleveraging"),
        ("XBTUSDTM", "liquidation"),
    ]
    assert ALICE not in venue.state.positions["XBTUSDTM"] or not (
        venue.state.positions["XBTUSDTM"][ALICE].lots
    )


def test_sols_rise_alone_lets_the_keeper_repay_and_seize() -> None:
    venue = traded()
    before = venue.state.balance("keeper", "wETH")
    venue.price("wETH/SOL", 3_000, collateral_usd="2234.7", loan_usd="99.47")
    assert causes(venue) == [("wETH/SOL", "liquidation")]
    assert venue.state.balance("keeper", "wETH") > before


def test_the_fold_of_the_journalled_bytes_is_the_same_state() -> None:
    venue = traded()
    venue.price("BTC-PERP", 2_000, mark="56900")
    venue.price("wETH/SOL", 3_000, collateral_usd="2234.7", loan_usd="99.47")
    assert venue.replayed().hash() == venue.state.hash()
