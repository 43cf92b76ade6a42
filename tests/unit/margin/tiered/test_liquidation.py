"""Liquidation step by step, hand-overs, deleveraging: equality, sizes, cool-downs, who pays."""

import pytest
from msgspec.structs import replace

from solvent.margin import Account, tiered
from solvent.margin.tiered import Add, Deleverage, Liquidate, Market, Position, Step, TopUp
from solvent.money import Amount, Ratio
from tests.unit.margin.tiered.worlds import (
    BTC,
    FLAT_5X,
    FLAT_40X,
    OPENED,
    ROOMY,
    book,
    done,
    price,
    refusal,
    size,
    usd,
)

# A long of one BTC at 100,000: maintenance 1,250, two thirds of it 833.333…
WHOLE = book(BTC, size="1", raw="-98750", mark="100000", leverage=40)


def with_equity(text: str) -> tiered.Book:
    return replace(WHOLE, position=replace(WHOLE.position, cash=usd(text) - usd("100000")))


@pytest.mark.parametrize(
    ("equity", "breach", "step"),
    [
        ("1250", None, Step.NONE),
        ("1249.999999", "market", Step.MARKET_FULL),
        ("833.333334", "market", Step.MARKET_FULL),
        ("833.333333", "backstop", Step.BACKSTOP),
        ("0", "backstop", Step.BACKSTOP),
        ("-0.000001", "adl", Step.ADL),
    ],
)
def test_each_step_begins_one_micro_dollar_past_its_border(
    equity: str, breach: str | None, step: Step
) -> None:
    bucket = with_equity(equity)
    assert tiered.breach(bucket, now_ms=0) == breach
    assert tiered.plan(bucket, now_ms=0).step is step


def test_only_a_notional_above_a_hundred_thousand_is_liquidated_in_parts() -> None:
    at_border = with_equity("1249")
    assert tiered.plan(at_border, now_ms=0).size == 100_000
    above = replace(at_border, mark=price(BTC, "100000.1"))
    above = replace(above, position=replace(above.position, cash=above.position.cash - usd("0.1")))
    plan = tiered.plan(above, now_ms=0)
    assert (plan.step, plan.size) == (Step.MARKET_PARTIAL, 20_000)


LARGE = book(BTC, size="3.33333", raw="-329500", mark="100000", leverage=40)


def test_a_fifth_is_sold_rounded_up_and_its_cash_stays_in_the_bucket() -> None:
    outcome = done(LARGE, Liquidate(), now_ms=500)
    position = outcome.book.position
    assert position.size == 266_666
    fee = usd("30.00015")  # 66,667 USD at 0.045 %
    assert outcome.working.filled.fee == fee
    assert position.cash == usd("-329500") + usd("66667") - fee
    assert (outcome.book.cash, outcome.working.filled.released) == (LARGE.cash, 0)
    assert position.cooldown_until_ms == 30_500
    equity = tiered.view(outcome.book, now_ms=500).equity
    assert equity == usd("3833") - fee


def test_in_the_cool_down_all_is_sold_and_after_it_a_part_again() -> None:
    first = done(LARGE, Liquidate(), now_ms=500).book
    worse = replace(first, mark=price(BTC, "99600"))
    assert tiered.plan(worse, now_ms=30_499).step is Step.MARKET_FULL
    assert tiered.plan(worse, now_ms=30_500).step is Step.MARKET_PARTIAL


def test_a_full_liquidation_releases_what_is_left_to_the_wallet() -> None:
    bucket = with_equity("1249")
    outcome = done(bucket, Liquidate())
    assert outcome.book.position == Position(leverage=40)
    assert outcome.book.cash == bucket.cash + usd("1249") - usd("45")


def test_a_full_liquidation_that_cannot_pay_its_fee_takes_from_the_backstop() -> None:
    dear = replace(BTC, taker_fee=Ratio(2, 100))
    outcome = done(replace(with_equity("1249"), market=dear), Liquidate())
    assert outcome.working.filled.shortfall == usd("751")
    backstop = [one.units for one in outcome.postings if one.account is Account.BACKSTOP]
    assert backstop == [usd("-751")]


def test_a_part_that_rounds_up_to_everything_closes_the_position() -> None:
    one_unit = Market(name="COIN", size_decimals=0, tiers=tiered.margin_table(5), partial_notional=0)
    outcome = done(book(one_unit, size="1", raw="-91", mark="100"), Liquidate())
    assert outcome.working.plan.step is Step.MARKET_PARTIAL
    assert outcome.book.position.size == 0


def test_a_short_is_bought_back_when_it_is_liquidated() -> None:
    short = book(FLAT_40X, size="-0.01", raw="607", mark="60000", leverage=10)
    outcome = done(short, Liquidate())
    assert outcome.working.filled.size == 1000
    assert outcome.book.cash == short.cash + usd("7") - usd("0.27")


def test_the_backstop_takes_size_and_cash_as_they_are_and_the_rest_stays() -> None:
    bucket = with_equity("800")
    outcome = done(bucket, Liquidate())
    assert outcome.book.cash == bucket.cash
    assert outcome.book.position == Position(leverage=40)
    assert outcome.working.filled is None
    taken = {(one.account, one.asset): one.units for one in outcome.postings}
    assert taken[Account.BACKSTOP, "BTC-PERP"] == 100_000
    assert taken[Account.BACKSTOP, "USDC"] == usd("-99200")


def test_negative_equity_goes_to_the_house_that_deleverages_others() -> None:
    outcome = done(with_equity("-5"), Liquidate())
    receivers = {one.account for one in outcome.postings} - {Account.POSITION}
    assert receivers == {Account.HOUSE}
    assert outcome.working.plan.price == price(BTC, "100005")


def test_a_healthy_position_is_not_liquidated_and_nothing_cannot_be() -> None:
    refused = refusal(with_equity("1250"), Liquidate())
    assert refused.code == "NOT_LIQUIDATABLE"
    assert refused["maintenance"] == Ratio(1250, 1)
    assert refused["equity"] == Amount(usd("1250"), tiered.USD)
    assert refusal(book(), Liquidate()).code == "NO_POSITION"
    assert tiered.breach(book(), now_ms=0) is None


def test_added_margin_cures_a_breach() -> None:
    bucket = with_equity("1249")
    assert tiered.breach(done(bucket, Add(usd("1"))).book, now_ms=0) is None
    assert refusal(bucket, TopUp(Ratio(1, 1))).code == "NOT_STRICT_ISOLATED"


def test_a_longs_deleveraging_price_is_rounded_up_and_a_shorts_down() -> None:
    eth = tiered.PRESETS["ETH-PERP"]
    long = book(eth, size="0.7", raw="-1800.25", mark="2500").position
    assert tiered.adl_price(long) == price(eth, "2571.79")
    short = book(eth, size="-0.7", raw="1800.25", mark="2600").position
    assert tiered.adl_price(short) == price(eth, "2571.78")


def test_a_deleveraging_price_is_at_least_one_unit() -> None:
    assert tiered.adl_price(book(FLAT_5X, size="-1", raw="-3", mark="1").position) == 1


def test_a_counterpart_is_reduced_without_a_fee_at_the_failed_positions_price() -> None:
    short = book(FLAT_5X, size="-10", raw="150", mark="10", entry="12")
    outcome = done(short, Deleverage(size=size(FLAT_5X, "4"), price=price(FLAT_5X, "11")))
    assert outcome.working.fee == 0
    assert outcome.book.position.size == size(FLAT_5X, "-6")
    assert outcome.book.position.cash == usd("90")
    assert outcome.book.cash == short.cash + usd("16")  # 150 - 90 - 4 * 11
    assert outcome.working.closed_pnl == Ratio(usd("4"), 1)
    whole = done(short, Deleverage(size=size(FLAT_5X, "10"), price=price(FLAT_5X, "11")))
    assert whole.book.cash == short.cash + usd("40")


@pytest.mark.parametrize("coins", ["0", "10.01", "-1"])
def test_a_deleveraging_takes_at_least_one_unit_and_at_most_the_position(coins: str) -> None:
    long = book(FLAT_5X, size="10", raw="-50", mark="10")
    refused = refusal(long, Deleverage(size=size(FLAT_5X, coins), price=1))
    assert refused.code == "SIZE_INVALID"
    assert refused["held"] == Ratio(10, 1)


def test_a_deleveraging_needs_a_position_and_shrinks_a_long_by_selling() -> None:
    assert refusal(book(), Deleverage(size=1, price=1)).code == "NO_POSITION"
    long = book(FLAT_5X, size="10", raw="-50", mark="10")
    outcome = done(long, Deleverage(size=size(FLAT_5X, "4"), price=price(FLAT_5X, "9")))
    assert outcome.book.position.size == size(FLAT_5X, "6")


CANDIDATES = {
    "c": ("-2", "220", "100"),
    "a": ("-1", "110", "100"),
    "b": ("-1", "125", "120"),
    "d": ("5", "-400", "95"),
    "e": ("-1", "100", "85"),
    "f": ("-1", "90", "120"),
    "g": ("0", "0", "1"),
}


def positions(names: str) -> list[tuple[str, Position]]:
    return [
        (name, book(FLAT_5X, size=held, raw=raw, entry=entry, mark="90").position)
        for name in names
        for held, raw, entry in [CANDIDATES[name]]
    ]


@pytest.mark.parametrize("names", ["abcdefg", "gfedcba", "ecabdfg", "cbadefg"])
def test_deleveraging_ranks_by_score_then_id_whatever_the_order_given(names: str) -> None:
    ranked = tiered.adl_ranking(positions(names), failed_side=1, mark=price(FLAT_5X, "90"))
    assert [name for name, _ in ranked] == ["b", "a", "c", "e"]
    assert ranked[1][1] == ranked[2][1] == Ratio(45, 100)
    assert ranked[3][1] == Ratio(-9, 17)


def test_a_failed_short_is_covered_by_longs_only() -> None:
    ranked = tiered.adl_ranking(positions("abcdefg"), failed_side=-1, mark=price(FLAT_5X, "90"))
    assert [name for name, _ in ranked] == ["d"]


def test_the_order_is_made_at_the_mark_given_and_equity_of_zero_has_no_score() -> None:
    at_110 = tiered.adl_ranking(positions("abce"), failed_side=1, mark=price(FLAT_5X, "110"))
    assert [name for name, _ in at_110] == ["b"]


def test_where_a_book_stands_is_its_side_with_the_score_that_it_is_ranked_by() -> None:
    stood = {}
    for name, (held, raw, entry) in CANDIDATES.items():
        standing = tiered.standing(book(FLAT_5X, size=held, raw=raw, entry=entry, mark="90"))
        if standing is not None:
            stood[name] = (standing.side, standing.score)
    for side in (1, -1):
        ranked = tiered.adl_ranking(positions("abcdefg"), failed_side=-side, mark=price(FLAT_5X, "90"))
        assert {name: score for name, (own, score) in stood.items() if own == side} == dict(ranked)
    assert stood.keys() == set("abcde")


def test_surviving_a_move_is_judged_at_the_exact_price() -> None:
    liquidation = tiered.liquidation_price(OPENED.market, OPENED.position)
    assert liquidation is not None
    lower = Ratio(liquidation.num * 10**9 - 1, liquidation.den * 10**9)
    assert tiered.survives(OPENED, feed="mark", price=liquidation, now_ms=0)
    assert not tiered.survives(OPENED, feed="mark", price=lower, now_ms=0)
    assert tiered.survives(book(), feed="mark", price=lower, now_ms=0)
    assert tiered.price_of(ROOMY, "mark") == Ratio(64_794, 1)


@pytest.mark.parametrize("feed", ["oracle", ""])
def test_only_the_mark_is_a_feed_of_this_model(feed: str) -> None:
    with pytest.raises(AssertionError):
        tiered.survives(ROOMY, feed=feed, price=Ratio(1, 1), now_ms=0)
    with pytest.raises(AssertionError):
        tiered.price_of(ROOMY, feed)


def test_a_bucket_without_a_position_is_never_liquidatable_whatever_cash_it_is_said_to_hold() -> None:
    market = tiered.PRESETS["BTC-PERP"]
    book = tiered.Book(market=market, position=tiered.Position(cash=-1), cash=0, mark=1, oracle=1, mark_ms=0)
    assert tiered.breach(book, now_ms=0) is None
    assert tiered.plan(book, now_ms=0).step is tiered.Step.NONE
