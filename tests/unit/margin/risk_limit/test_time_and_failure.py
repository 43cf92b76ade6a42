"""Funding, liquidation, deleveraging, and the mark."""

from msgspec.structs import replace

from solvent.margin import risk_limit as rl
from solvent.margin.seam import Account, Outcome, Posting, Refused
from solvent.money import Ratio
from tests.unit.margin.risk_limit.books import book, contract, flat_book, units, with_position

XBT = rl.PRESETS["XBTUSDTM"]


MARK = Ratio(200, 1)


def interval(at_ms: int, rate: Ratio, mark: Ratio = MARK) -> rl.FundingInterval:
    return rl.FundingInterval(at_ms=at_ms, mark=mark, rate=rate)


def done(book: rl.Book, action: rl.Action, *, now_ms: int = 0) -> Outcome[rl.Book]:
    result = rl.decide(book, action, now_ms=now_ms)
    assert isinstance(result, Outcome), result
    return result


def refused(book: rl.Book, action: rl.Action) -> Refused:
    result = rl.decide(book, action, now_ms=0)
    assert isinstance(result, Refused), result
    return result


def test_longs_pay_a_positive_rate_into_pos_loss_and_shorts_receive_it_into_pos_cross() -> None:
    paid = rl.settle(replace(book(), funding=(interval(1, Ratio(1, 1000)),)), now_ms=1).position
    assert (paid.loss, paid.cross, paid.funding) == (units("0.2"), 0, units("-0.2"))
    short = replace(book(lots=-1000, mark="50"), funding=(interval(1, Ratio(1, 1000)),))
    received = rl.settle(short, now_ms=1).position
    assert (received.loss, received.cross, received.funding) == (0, units("0.2"), units("0.2"))


def test_inverse_longs_pay_in_coin() -> None:
    given = book(contract(inverse=True), lots=1000, entry="50000", mark="50000", margin="0.002")
    paid = rl.settle(replace(given, funding=(interval(1, Ratio(1, 1000), Ratio(50000, 1)),)), now_ms=1)
    assert paid.position.loss == units("0.00002")


def test_funding_that_does_not_divide_is_paid_up_and_received_down() -> None:
    third = interval(1, Ratio(1, 3 * 10**12))
    assert rl.funding_credit(XBT, 1000, third) == -1
    assert rl.funding_credit(XBT, -1000, third) == 0


def test_each_interval_applies_once_in_order_and_later_ones_wait() -> None:
    rate = Ratio(1, 1000)
    given = replace(book(), funding=(interval(1, rate), interval(2, rate), interval(9, rate)))
    settled = rl.settle(given, now_ms=2)
    assert (settled.position.loss, settled.position.settled_ms) == (units("0.4"), 2)
    assert [later.at_ms for later in settled.funding] == [9]
    assert rl.settle(replace(settled, funding=given.funding), now_ms=2).position == settled.position


def test_intervals_given_in_any_order_are_applied_by_their_time() -> None:
    rate = Ratio(1, 1000)
    given = replace(book(), funding=(interval(2, rate), interval(1, rate)))
    settled = rl.settle(given, now_ms=2).position
    assert (settled.loss, settled.settled_ms) == (units("0.4"), 2)


def test_a_position_that_opens_owes_no_interval_before_whose_rate_comes_late() -> None:
    opened = done(replace(flat_book(), mark_ms=9), rl.Open(lots=10, leverage=10), now_ms=9).book
    late = replace(opened, funding=(interval(8, Ratio(1, 1000)), interval(10, Ratio(1, 1000))))
    assert rl.settle(late, now_ms=9).position.loss == 0
    assert rl.settle(late, now_ms=10).position.loss == units("0.002")


def test_funding_does_not_touch_a_flat_position() -> None:
    given = replace(flat_book(), funding=(interval(1, Ratio(1, 1000)),))
    assert rl.settle(given, now_ms=1).position == rl.Position(settled_ms=1)


def test_an_outcome_begins_with_the_postings_of_settled_funding() -> None:
    given = replace(book(), funding=(interval(1, Ratio(1, 1000)),))
    outcome = done(given, rl.Take(units("1")), now_ms=1)
    assert outcome.postings[:2] == (
        Posting(Account.POSITION, "USDT", units("-0.2")),
        Posting(Account.HOUSE, "USDT", units("0.2")),
    )
    assert rl.limits(given, now_ms=1)["take"].amount.units == units("57.8")
    assert rl.headline(given, now_ms=1).equity == Ratio(1098, 10)


def test_a_healthy_position_is_not_liquidated() -> None:
    assert rl.plan(book(), now_ms=0).step is rl.Step.NONE
    refusal = refused(book(), rl.Liquidate())
    assert refusal.message == (
        "the margin incl. PnL of 110 USDT is above the maintenance of 1.12 USDT; the position is healthy"
    )
    assert refused(flat_book(), rl.Liquidate()).code == "NO_POSITION"


def test_equality_is_liquidated_and_one_unit_more_is_not() -> None:
    given = book(mark="95", margin="5.532")
    assert rl.breach(given, now_ms=0) == "insurance"
    richer = with_position(given, init=given.position.init + 1)
    assert rl.breach(richer, now_ms=0) is None


def test_a_takeover_costs_the_holder_the_margin_incl_pnl_and_nothing_more() -> None:
    given = book(mark="95", margin="5.5", available="7")
    plan = rl.plan(given, now_ms=0)
    assert (plan.price, plan.equity, plan.result) == (Ratio(945, 10), Ratio(1, 2), units("0.5"))
    outcome = done(given, rl.Liquidate())
    assert (outcome.book.position, outcome.book.balance) == (rl.Position(), units("7"))
    assert outcome.postings == (
        Posting(Account.POSITION, "XBTUSDTM", -1000),
        Posting(Account.HOUSE, "XBTUSDTM", 1000),
        Posting(Account.POSITION, "USDT", units("94.5")),
        Posting(Account.INSURANCE, "USDT", units("0.5")),
        Posting(Account.HOUSE, "USDT", units("-95")),
    )


def test_a_takeover_cancels_the_contracts_orders() -> None:
    order = rl.Order(order_id="a", lots=10, leverage=5, limit_price=Ratio(50, 1))
    given = done(book(mark="200", available="7"), order).book
    outcome = done(replace(given, mark=Ratio(80, 1)), rl.Liquidate())
    assert (outcome.book.orders, outcome.book.reserved) == ((), 0)
    assert outcome.working.freed == units("0.1003")


def test_what_insurance_cannot_bear_goes_to_the_house_as_it_is() -> None:
    given = book(mark="80", margin="10")
    assert rl.plan(given, now_ms=0).result == units("-10")
    outcome = done(given, rl.Liquidate(covered=False))
    assert Posting(Account.HOUSE, "USDT", units("-90")) in outcome.postings
    assert all(posting.account is not Account.INSURANCE for posting in outcome.postings)


def test_counterparts_are_deleveraged_at_the_bankruptcy_price_without_a_fee() -> None:
    short = book(lots=-1000, entry="120", mark="80", margin="20")
    part = done(short, rl.Deleverage(lots=250, price=Ratio(90, 1)))
    assert (part.book.balance, part.working.fee) == (units("12.5"), 0)
    whole = done(short, rl.Deleverage(lots=1000, price=Ratio(90, 1)))
    assert (whole.book.balance, whole.book.position.lots) == (units("50"), 0)
    long = done(book(), rl.Deleverage(lots=1, price=Ratio(150, 1)))
    assert long.book.position.lots == 999


def test_deleveraging_more_than_is_held_is_refused() -> None:
    assert refused(flat_book(), rl.Deleverage(lots=1, price=Ratio(1, 1))).code == "NO_POSITION"
    for lots in (0, 1001):
        assert refused(book(), rl.Deleverage(lots=lots, price=Ratio(1, 1))).code == "AMOUNT_INVALID"


def test_opposite_positions_are_ranked_by_profit_and_leverage_then_by_id() -> None:
    mark = Ratio(80, 1)
    high = book(lots=-1000, entry="120", mark="80", margin="5").position
    low = book(lots=-1000, entry="120", mark="80", margin="50").position
    broken = book(lots=-1000, entry="60", mark="80", margin="5").position
    same = book(lots=1000, entry="70", mark="80", margin="5").position
    ranked = rl.adl_ranking(
        XBT,
        [("c", low), ("b", high), ("a", high), ("d", broken), ("e", same)],
        failed_side=1,
        mark=mark,
    )
    assert [account for account, _ in ranked] == ["a", "b", "c"]
    assert ranked[0][1] == Ratio(40 * 80, 120 * 45)
    assert rl.adl_score(XBT, replace(high, cost=0), mark) is None


def test_where_a_book_stands_is_its_side_with_the_score_that_it_is_ranked_by() -> None:
    short = rl.standing(book(lots=-1000, entry="120", mark="80", margin="5"))
    long = rl.standing(book(lots=1000, entry="70", mark="80", margin="5"))
    assert short is not None
    assert long is not None
    assert (short.side, short.score) == (-1, Ratio(40 * 80, 120 * 45))
    assert (long.side, long.score) == (1, Ratio(10 * 80, 70 * 15))
    assert rl.standing(book(lots=-1000, entry="60", mark="80", margin="5")) is None
    assert rl.standing(flat_book()) is None


def test_the_mark_is_the_median_of_fair_moved_and_last_price() -> None:
    def mark(last: int) -> Ratio:
        return rl.mark_price(
            index=Ratio(100, 1),
            funding_rate=Ratio(1, 100),
            left_ms=14_400_000,
            interval_ms=28_800_000,
            basis=Ratio(-1, 2),
            last=Ratio(last, 1),
        )

    assert mark(103) == Ratio(201, 2)
    assert mark(100) == Ratio(100, 1)
    assert mark(90) == Ratio(199, 2)


def test_a_price_of_the_only_feed_and_whether_it_is_survived() -> None:
    assert rl.price_of(book(), "mark") == Ratio(200, 1)
    assert rl.survives(book(), feed="mark", price=Ratio(91, 1), now_ms=0)
    assert not rl.survives(book(), feed="mark", price=Ratio(90, 1), now_ms=0)
    assert rl.survives(flat_book(), feed="mark", price=Ratio(1, 1), now_ms=0)
