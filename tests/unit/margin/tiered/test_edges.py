"""Edges that a changed sign, a lost field or a wrong side would move; a mutant that lived found each."""

from msgspec.structs import replace

from solvent.margin import Outcome, Refused, tiered
from solvent.margin.tiered.fills import fill, postings_of
from solvent.margin.tiered.orders import house_quote
from solvent.money import Ratio

FEE = Ratio(45, 100_000)
FLAT_40 = replace(tiered.PRESETS["BTC-PERP"], tiers=tiered.tier_table(((0, 40),)))
LONG = tiered.Position(size=1_000, cash=-540_270_000, entry=Ratio(600_000, 1), leverage=10)


def book(mark: int, position: tiered.Position = LONG, market: tiered.Market = FLAT_40) -> tiered.Book:
    return tiered.Book(market=market, position=position, cash=0, mark=mark, oracle=mark, mark_ms=0)


def test_a_quote_for_a_short_lets_the_mark_rise_by_the_tolerance_and_no_more() -> None:
    short = tiered.Position(size=-400, cash=211_144_417, entry=Ratio(479_932, 1), leverage=10)
    given = book(400_000, short, tiered.PRESETS["HYPE-PERP"])
    # 211.144417 - 4 * 40.2 - 4 * 40.2 / 10
    assert tiered.quote(given, tolerance=Ratio(5, 1_000), now_ms=0).quoted == 34_264_417


def test_a_flip_out_of_a_long_under_water_lets_the_backstop_pay_and_balances() -> None:
    filled = fill(LONG, size=-2_000, price=540_000, fee_rate=FEE)
    # the closing part: 540.27 + 0.243 of fee - 540 of proceeds
    assert filled.shortfall == 513_000
    money = [entry.units for entry in postings_of(FLAT_40, LONG, filled) if entry.asset == "USDC"]
    assert sum(money) == 0


def test_an_increase_keeps_the_funding_since_opening_and_begins_the_one_since_the_change() -> None:
    paid = replace(LONG, funding_since_open=5, funding_since_change=3, funding_all_time=9)
    after = fill(paid, size=10, price=600_000, fee_rate=FEE).position
    assert (after.funding_since_open, after.funding_since_change, after.funding_all_time) == (5, 0, 9)


def test_a_handed_over_position_leaves_its_funding_history_with_the_account() -> None:
    paid = replace(LONG, funding_all_time=7, settled_ms=3)
    outcome = tiered.decide(book(544_800, paid), tiered.Liquidate(), now_ms=3)
    assert isinstance(outcome, Outcome)
    assert outcome.working.plan.step is tiered.Step.BACKSTOP
    assert (outcome.book.position.funding_all_time, outcome.book.position.settled_ms) == (7, 3)


def test_a_top_up_of_exactly_what_is_withdrawable_passes_and_of_one_unit_less_does_not() -> None:
    position = tiered.Position(size=10_000, cash=-800_000_000, entry=Ratio(100_000, 1), leverage=5)
    given = book(100_000, position, tiered.PRESETS["STRICT-PERP"])
    half = tiered.TopUp(Ratio(1, 2))
    assert isinstance(tiered.decide(replace(given, cash=1_800_000_000), half, now_ms=0), Outcome)
    assert isinstance(tiered.decide(replace(given, cash=1_799_999_999), half, now_ms=0), Refused)


def test_the_same_setting_is_accepted_although_the_position_could_not_be_opened_at_it() -> None:
    given = book(600_000)
    assert isinstance(tiered.decide(given, tiered.SetLeverage(10), now_ms=0), Outcome)
    lower = tiered.decide(given, tiered.SetLeverage(9), now_ms=0)
    assert isinstance(lower, Refused)
    assert lower.code == "LEVERAGE_DECREASE_MARGIN"


def test_the_smallest_buy_pays_the_ask_and_the_smallest_sale_gets_the_bid() -> None:
    given = book(600_000, market=replace(FLAT_40, half_spread=Ratio(1, 100)))
    assert (house_quote(given, 1), house_quote(given, -1)) == (606_000, 594_000)
