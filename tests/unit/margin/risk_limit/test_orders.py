"""Orders, fills and levels: what moves, and every refusal with its numbers."""

from typing import Any

import pytest
from msgspec.structs import replace

from solvent import margin
from solvent.margin import risk_limit as rl
from solvent.margin.seam import Account, Outcome, Posting, Refused
from solvent.money import Ratio
from tests.unit.margin.risk_limit.books import book, contract, flat_book, units, with_position

XBT = rl.PRESETS["XBTUSDTM"]


def done(book: rl.Book, action: rl.Action, *, now_ms: int = 0) -> Outcome[rl.Book]:
    result = rl.decide(book, action, now_ms=now_ms)
    assert isinstance(result, Outcome), result
    return result


def refused(book: rl.Book, action: rl.Action, *, now_ms: int = 0) -> Refused:
    result = rl.decide(book, action, now_ms=now_ms)
    assert isinstance(result, Refused), result
    return result


def limit_order(**changes: Any) -> rl.Order:
    fields: dict[str, Any] = {
        "order_id": "a",
        "lots": 10,
        "leverage": 5,
        "limit_price": Ratio(90, 1),
    }
    return rl.Order(**fields | changes)


def resting(**changes: Any) -> rl.Book:
    return done(flat_book(XBT), limit_order(**changes)).book


def test_two_orders_cannot_rest_under_one_id() -> None:
    found = refused(resting(), limit_order(limit_price=Ratio(80, 1)))
    assert (found.code, found["order_id"]) == ("ORDER_ID_TAKEN", "a")
    assert found.message == "an order with the id 'a' rests already; cancel it first or give another id"
    two = done(resting(), limit_order(limit_price=Ratio(80, 1), order_id="b")).book
    again = done(two, rl.Cancel("a")).book
    assert [order.order_id for order in done(again, limit_order()).book.orders] == ["b", "a"]


def test_one_lot_of_bitcoin_takes_a_third_of_its_value_and_the_fee() -> None:
    given = flat_book(XBT, mark="67430.9", available="100")
    outcome = done(given, rl.Open(lots=1, leverage=3))
    position = outcome.book.position
    assert (position.init, position.cost) == (units("22.4769666667"), units("67.4309"))
    assert position.trade_fees == units("0.04045854")
    assert position.realised_pnl == units("-0.04045854")
    assert outcome.book.balance == units("77.4825747933")
    assert outcome.postings == (
        Posting(Account.POSITION, "XBTUSDTM", 1),
        Posting(Account.HOUSE, "XBTUSDTM", -1),
        Posting(Account.POSITION, "USDT", units("-44.9539333333")),
        Posting(Account.HOUSE, "USDT", units("67.4309")),
        Posting(Account.FEES, "USDT", units("0.04045854")),
        Posting(Account.WALLET, "USDT", units("-22.5174252067")),
    )


def test_an_inverse_long_has_negative_cost() -> None:
    given = flat_book(rl.PRESETS["XBTUSDM"], mark="50000", available="1")
    position = done(given, rl.Open(lots=1000, leverage=10)).book.position
    assert (position.cost, position.init) == (units("-0.02"), units("0.002"))


def test_an_increase_adds_margin_at_the_orders_own_leverage() -> None:
    first = done(flat_book(XBT), rl.Open(lots=1000, leverage=10)).book
    position = done(replace(first, mark=Ratio(110, 1)), rl.Open(lots=1000, leverage=5)).book.position
    assert (position.init, position.cost) == (units("32"), units("210"))


def test_a_reduction_by_a_quarter_scales_every_part_and_pays_the_result_out() -> None:
    given = with_position(
        book(margin="10", available="1", taken="4", banked="-2"), cross=units("4"), loss=units("2")
    )
    outcome = done(given, rl.Close(lots=250))
    position = outcome.book.position
    assert (position.init, position.cross, position.loss) == (units("7.5"), units("3"), units("1.5"))
    assert (position.cost, position.taken, position.banked) == (units("75"), units("3"), units("-1.5"))
    assert outcome.working.closed_pnl == units("25")
    assert outcome.working.released == units("28")
    assert outcome.book.balance == units("28.97")
    assert position.realised_pnl == units("24.97")


def test_parts_that_do_not_divide_are_released_rounded_down() -> None:
    given = with_position(book(lots=3000, margin="10", available="1"), init=10, taken=10, cost=10)
    position = done(given, rl.Close(lots=1000)).book.position
    assert (position.init, position.taken, position.cost) == (7, 7, 7)


def test_a_close_pays_margin_and_profit_less_the_fee_and_tells_the_totals() -> None:
    given = done(book(available="0"), rl.Take(units("8"))).book
    outcome = done(given, rl.Close())
    assert outcome.book.position == rl.Position()
    assert outcome.book.balance == units("109.88")
    assert (outcome.working.realised_pnl, outcome.working.withdraw_pnl) == (units("99.88"), 0)
    profit = done(book(), rl.Take(units("58"))).book
    assert done(profit, rl.Close()).working.withdraw_pnl == units("50")


def test_a_flip_closes_and_opens_the_rest() -> None:
    outcome = done(book(available="0"), rl.Open(lots=-1500, leverage=10))
    assert outcome.book.position.lots == -500
    assert outcome.book.position.init == units("10")
    assert outcome.working.closed_pnl == units("100")
    assert outcome.book.balance == units("99.82")


def test_a_loss_beyond_the_margin_is_paid_by_insurance_not_by_the_holder() -> None:
    outcome = done(book(mark="80", margin="10", available="1"), rl.Close())
    assert outcome.working.shortfall == units("10")
    assert outcome.book.balance == units("0.952")
    assert Posting(Account.INSURANCE, "USDT", units("-10")) in outcome.postings


def test_a_fee_is_never_more_than_what_there_is() -> None:
    outcome = done(book(mark="80", margin="10", available="0.01"), rl.Close())
    assert (outcome.working.fee, outcome.book.balance) == (units("0.01"), 0)


def test_a_part_that_loses_more_than_its_margin_draws_on_the_rest() -> None:
    outcome = done(book(mark="80", margin="10", available="1"), rl.Close(lots=500))
    assert outcome.working.released == 0
    assert outcome.book.position.init == 0


def test_an_order_needs_its_order_cost() -> None:
    given = flat_book(XBT, mark="68900.7", available="138.2148042")
    assert done(given, rl.Open(lots=10, leverage=5)).book.balance == 0
    poor = refused(replace(given, balance=given.balance - 1), rl.Open(lots=10, leverage=5))
    assert poor.code == "INSUFFICIENT_BALANCE"
    assert str(poor["needed"]) == "138.2148042 USDT"
    assert str(poor.accepted) == "138.2148041999 USDT"


def test_a_leverage_above_the_levels_maximum_is_refused() -> None:
    refusal = refused(flat_book(XBT), rl.Open(lots=1, leverage=126))
    assert (refusal.code, refusal["max_leverage"]) == ("LEVERAGE_TOO_HIGH", 125)
    own = replace(flat_book(XBT), max_leverage=50)
    assert refused(own, rl.Open(lots=1, leverage=51))["max_leverage"] == 50


def test_the_upper_bound_belongs_to_the_level() -> None:
    given = flat_book(XBT, mark="100", available="10000000")
    assert isinstance(rl.decide(given, rl.Open(lots=1_000_000, leverage=125), now_ms=0), Outcome)
    refusal = refused(given, rl.Open(lots=1_000_001, leverage=125))
    assert (refusal.code, str(refusal.accepted)) == ("RISK_LIMIT_EXCEEDED", "100,000 USDT")


def test_opening_orders_count_toward_the_bound() -> None:
    given = done(flat_book(XBT, available="100000"), limit_order(lots=900_000)).book
    refusal = refused(given, rl.Open(lots=200_000, leverage=5))
    assert (refusal.code, str(refusal["exposure"])) == ("RISK_LIMIT_EXCEEDED", "101,000 USDT")
    assert str(refusal.accepted) == "19,000 USDT"
    assert done(given, rl.Open(lots=-200_000, leverage=5)).book.position.lots == -200_000


@pytest.mark.parametrize(
    "action",
    [
        rl.Open(lots=0, leverage=1),
        rl.Open(lots=1, leverage=0),
        rl.Open(lots=1, leverage=1, limit_price=Ratio(1, 100)),
        rl.Open(lots=1, leverage=1, limit_price=Ratio(0, 1)),
        rl.Open(lots=1, leverage=1, limit_price=Ratio(1_000_001, 1)),
        rl.Close(lots=0),
    ],
)
def test_an_order_that_cannot_be_is_an_invalid_amount(action: rl.Action) -> None:
    assert refused(flat_book(XBT), action).code == "AMOUNT_INVALID"


def test_a_close_without_a_position_and_of_too_much_is_refused() -> None:
    assert refused(flat_book(XBT), rl.Close()).code == "NO_POSITION"
    refusal = refused(book(), rl.Close(lots=1001))
    assert refusal.message == (
        "1,001 lots (1.001 XBT) cannot be closed: 1,000 lots (1 XBT) are held; close at most that"
    )


def test_a_reduce_only_order_that_would_open_is_refused() -> None:
    order = limit_order(reduce_only=True)
    assert refused(flat_book(XBT), order).message == "there is no XBTUSDTM position; open one first"
    assert "finds no opposite position" in refused(book(XBT), order).message


def test_nothing_is_ordered_on_an_old_mark_or_during_a_liquidation() -> None:
    assert refused(flat_book(XBT), rl.Open(lots=1, leverage=1), now_ms=10_001).code == "PRICE_INVALID"
    assert refused(book(), rl.Close(), now_ms=10_001).code == "PRICE_INVALID"
    failing = with_position(book(), liquidating=True)
    assert refused(failing, rl.Close()).code == "LIQUIDATION_IN_PROGRESS"


def test_the_house_quotes_half_its_spread_away_from_the_mark() -> None:
    market = replace(XBT, half_spread=Ratio(1, 100))
    bought = done(flat_book(market), rl.Open(lots=1000, leverage=1))
    sold = done(flat_book(market), rl.Open(lots=-1000, leverage=1))
    assert (bought.working.price, sold.working.price) == (Ratio(101, 1), Ratio(99, 1))


def test_a_fill_that_would_be_liquidatable_at_once_is_refused() -> None:
    market = replace(XBT, half_spread=Ratio(1, 100))
    refusal = refused(flat_book(market), rl.Open(lots=1000, leverage=125))
    assert refusal.code == "INSUFFICIENT_BALANCE"
    assert "be liquidatable at once" in refusal.message
    held = done(flat_book(XBT), rl.Open(lots=1000, leverage=125)).book
    spread = replace(held, market=replace(XBT, half_spread=Ratio(1, 10)))
    assert "liquidatable" in refused(spread, rl.Close(lots=500)).message
    assert isinstance(rl.decide(spread, rl.Close(), now_ms=0), Outcome)


def test_an_immediate_order_is_refused_where_the_quote_does_not_reach_its_limit() -> None:
    given = flat_book(XBT)
    assert refused(given, rl.Open(lots=1, leverage=1, limit_price=Ratio(99, 1))).code == "NO_MATCH"
    assert refused(given, rl.Open(lots=-1, leverage=1, limit_price=Ratio(101, 1))).code == "NO_MATCH"
    assert refused(given, limit_order(tif=rl.Tif.IOC)).code == "NO_MATCH"
    assert done(given, rl.Open(lots=1, leverage=1, limit_price=Ratio(100, 1))).book.position.lots == 1


def test_a_post_only_order_that_would_match_is_refused() -> None:
    order = limit_order(limit_price=Ratio(100, 1), post_only=True)
    assert refused(flat_book(XBT), order).code == "WOULD_MATCH"


def test_an_order_rests_with_its_cost_reserved_and_cancelling_frees_it() -> None:
    given = resting(lots=1000)
    assert (given.reserved, given.balance) == (units("18.054"), units("1000"))
    outcome = done(given, rl.Cancel("a"))
    assert (outcome.book.reserved, outcome.book.orders) == (0, ())
    assert outcome.working.freed == units("18.054")
    assert refused(outcome.book, rl.Cancel("a")).code == "ORDER_NOT_FOUND"
    assert refused(outcome.book, rl.Fill(order_id="a", price=Ratio(90, 1))).code == "ORDER_NOT_FOUND"


def test_an_order_that_the_balance_does_not_cover_does_not_rest() -> None:
    assert refused(flat_book(XBT, available="1"), limit_order(lots=1000)).code == "INSUFFICIENT_BALANCE"


def test_a_reducing_order_reserves_only_for_what_would_open() -> None:
    given = book(XBT, available="100")
    only = done(given, limit_order(lots=-1000, limit_price=Ratio(300, 1), reduce_only=True)).book
    assert only.reserved == 0
    flipping = done(given, limit_order(lots=-1100, limit_price=Ratio(300, 1))).book
    assert flipping.reserved == units("6.018")


def test_a_resting_order_fills_at_its_price_with_the_makers_fee() -> None:
    given = replace(resting(lots=1000), mark=Ratio(90, 1))
    outcome = done(given, rl.Fill(order_id="a", price=Ratio(90, 1)))
    assert (outcome.book.reserved, outcome.book.balance) == (0, units("981.982"))
    taker = done(given, rl.Fill(order_id="a", price=Ratio(90, 1), maker=False))
    assert taker.working.fee == units("0.054")


def test_a_fill_is_checked_anew() -> None:
    given = resting(lots=1000)
    assert refused(given, rl.Fill(order_id="a", price=Ratio(90, 1)), now_ms=10_001).code == "PRICE_INVALID"
    lowered = replace(given, max_leverage=4)
    assert refused(lowered, rl.Fill(order_id="a", price=Ratio(90, 1))).code == "LEVERAGE_TOO_HIGH"


def test_a_reducing_order_fills_on_an_old_mark() -> None:
    order = limit_order(lots=-1000, limit_price=Ratio(300, 1), reduce_only=True)
    given = done(book(XBT), order).book
    assert done(given, rl.Fill(order_id="a", price=Ratio(300, 1)), now_ms=10**6).book.position.lots == 0


def test_a_level_that_does_not_exist_is_unknown() -> None:
    for number in (0, 13):
        refusal = refused(flat_book(XBT), rl.SetLevel(number))
        assert (refusal.code, refusal["levels"]) == ("LEVEL_UNKNOWN", 12)


def test_a_level_below_what_is_held_is_refused() -> None:
    big = done(replace(flat_book(XBT), balance=units("200000")), rl.SetLevel(2)).book
    held = done(big, rl.Open(lots=1_000_010, leverage=10)).book
    refusal = refused(held, rl.SetLevel(1))
    assert (refusal.code, str(refusal["exposure"])) == ("RISK_LIMIT_EXCEEDED", "100,001 USDT")


def test_a_level_that_the_margin_does_not_suit_is_refused_at_its_own_leverage() -> None:
    held = done(flat_book(XBT), rl.Open(lots=1000, leverage=100)).book
    assert isinstance(rl.decide(held, rl.SetLevel(2), now_ms=0), Outcome)
    refusal = refused(held, rl.SetLevel(3))
    assert refusal.code == "MARGIN_INSUFFICIENT_FOR_LEVEL"
    assert refusal["needed"] == Ratio(100, 75)
    own = replace(held, max_leverage=50)
    assert refused(own, rl.SetLevel(2))["max_leverage"] == 50


def test_a_level_change_cancels_the_contracts_orders_and_frees_their_balance() -> None:
    given = replace(resting(lots=1000), other_orders=1)
    seen = margin.preview(given, rl.SetLevel(2))
    assert isinstance(seen, margin.Preview)
    assert (seen.outcome.book.reserved, seen.outcome.book.orders, seen.outcome.book.other_orders) == (
        0,
        (),
        0,
    )
    assert seen.warnings[0].message == (
        "2 open orders are cancelled; 18.054 USDT of reserved balance is freed."
    )
    one = margin.preview(resting(lots=1000), rl.SetLevel(2))
    assert isinstance(one, margin.Preview)
    assert one.warnings[0].message.startswith("1 open order is cancelled")


def test_selecting_the_level_in_force_changes_nothing() -> None:
    given = resting(lots=1000)
    assert done(given, rl.SetLevel(1)).book == given


def test_an_open_position_keeps_the_level_it_was_opened_at_when_the_table_changes() -> None:
    held = done(flat_book(XBT), rl.Open(lots=1000, leverage=100)).book
    tighter = replace(XBT.levels[0], max_leverage=50, maintenance=Ratio(1, 100))
    changed = replace(held, market=replace(XBT, levels=(tighter, *XBT.levels[7:])))
    assert rl.max_leverage_of(changed) == 125
    again = done(replace(changed, mark=Ratio(102, 1)), rl.SetLevel(1)).book
    assert rl.max_leverage_of(again) == 50


def test_a_level_change_replaces_an_own_rate() -> None:
    held = done(flat_book(XBT), rl.Open(lots=1000, leverage=10)).book
    odd = with_position(held, agg_rate=Ratio(3, 100))
    assert rl.agg_rate_of(XBT, odd.position) == Ratio(3, 100)
    assert rl.agg_rate_of(XBT, done(odd, rl.SetLevel(2)).book.position) == Ratio(56, 10_000)


def test_a_contract_may_name_its_liquidation_fee() -> None:
    market = replace(contract(), liquidation_fee=Ratio(1, 100))
    assert rl.agg_rate_of(market, book(market).position) == Ratio(15, 1000)
