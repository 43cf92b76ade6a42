"""Orders: each refusal in the spec's order, resting and its reservation, fills and cancels."""

import pytest
from msgspec.structs import replace

from solvent.margin import tiered
from solvent.margin.tiered import Cancel, Close, Fill, Open, Order, SetLeverage, Tif
from solvent.money import Amount, Ratio
from tests.unit.margin.tiered.worlds import (
    BTC,
    FLAT_5X,
    TWO_TIERS,
    book,
    done,
    price,
    refusal,
    size,
    usd,
)

STALE_MS = 10_001
FLAT = book(FLAT_5X, mark="10", cash="100")
LONG = book(FLAT_5X, size="10", raw="-50", mark="10", cash="100")


def limit(at: str, coins: str = "2", **other: object) -> Order:
    fields: dict[str, object] = {"order_id": "a", "tif": Tif.GTC, **other}
    return Order(size=size(FLAT_5X, coins), limit_price=price(FLAT_5X, at), **fields)  # type: ignore[arg-type]


def test_a_size_of_zero_is_refused_before_anything_else() -> None:
    refused = refusal(LONG, Open(size=0, limit_price=0), now_ms=STALE_MS)
    assert refused.code == "SIZE_INVALID"
    assert "a multiple of 0.01 other than zero" in refused.message
    assert refusal(LONG, Close(size=0)).code == "SIZE_INVALID"


@pytest.mark.parametrize(
    ("at", "is_good"),
    [
        ("12.345", True),
        ("12.3456", False),
        ("123.45", True),
        ("123456", True),
        ("123456.1", False),
        ("0.0123", True),
        ("0.0001", True),
        ("0", False),
    ],
)
def test_a_price_has_five_significant_digits_or_is_whole(at: str, is_good: bool) -> None:
    outcome = tiered.decide(FLAT, limit(at, "0.01"), now_ms=0)
    assert (getattr(outcome, "code", "") == "TICK_INVALID") is not is_good


def test_a_price_below_zero_is_not_on_the_tick() -> None:
    refused = refusal(FLAT, Open(size=100, limit_price=-1))
    assert refused.code == "TICK_INVALID"
    assert "at most 5 significant digits" in refused.message


def test_an_order_under_ten_dollars_is_refused_and_one_of_exactly_ten_is_not() -> None:
    refused = refusal(FLAT, Open(size=size(FLAT_5X, "0.99")))
    assert refused.code == "MIN_ORDER_VALUE"
    assert refused["value"] == Amount(usd("9.9"), tiered.USD)
    assert refused.accepted == Amount(usd("10"), tiered.USD)
    done(FLAT, Open(size=size(FLAT_5X, "1")))


def test_the_limit_price_counts_for_the_value_of_a_limit_order() -> None:
    assert refusal(FLAT, limit("4", "2")).code == "MIN_ORDER_VALUE"
    done(FLAT, limit("5", "2"))


def test_closing_the_whole_position_may_be_worth_less_than_the_minimum() -> None:
    small = book(FLAT_5X, size="0.5", raw="-2", mark="10")
    assert done(small, Close()).book.position.size == 0
    assert done(small, Open(size=size(FLAT_5X, "-0.5"))).book.position.size == 0
    assert refusal(small, Close(size=size(FLAT_5X, "0.4"))).code == "MIN_ORDER_VALUE"


@pytest.mark.parametrize("coins", ["1", "-10.01", "-11"])
def test_a_reduce_only_order_that_enlarges_or_flips_is_refused_and_not_cut(coins: str) -> None:
    refused = refusal(LONG, limit("10", coins, reduce_only=True), now_ms=STALE_MS)
    assert refused.code == "REDUCE_ONLY_WOULD_INCREASE"
    assert "10 COIN is held" in refused.message
    assert refusal(FLAT, limit("10", "-1", reduce_only=True)).code == "REDUCE_ONLY_WOULD_INCREASE"
    assert refusal(LONG, Close(size=size(FLAT_5X, "10.01"))).code == "REDUCE_ONLY_WOULD_INCREASE"


def test_closing_without_a_position_is_refused() -> None:
    assert refusal(FLAT, Close()).code == "NO_POSITION"


def test_an_old_mark_lets_a_position_shrink_and_never_open_grow_or_flip() -> None:
    assert refusal(FLAT, Open(size=100), now_ms=STALE_MS).code == "PRICE_INVALID"
    assert refusal(LONG, Open(size=100), now_ms=STALE_MS).code == "PRICE_INVALID"
    assert refusal(LONG, Open(size=-1001), now_ms=STALE_MS).code == "PRICE_INVALID"
    assert done(LONG, Open(size=-200), now_ms=STALE_MS).book.position.size == 800
    assert done(LONG, Close(), now_ms=STALE_MS).book.position.size == 0


def test_in_a_cool_down_a_position_may_shrink_and_not_grow() -> None:
    cooling = replace(LONG, position=replace(LONG.position, cooldown_until_ms=30_000))
    refused = refusal(cooling, Open(size=100), now_ms=5_000)
    assert refused.code == "LIQUIDATION_IN_PROGRESS"
    assert refused["cooldown_ms_left"] == 25_000
    done(cooling, Close(size=200), now_ms=5_000)
    done(cooling, tiered.Add(1), now_ms=5_000)
    done(replace(cooling, mark_ms=30_000), Open(size=100), now_ms=30_000)


def test_a_setting_above_the_tier_of_the_new_notional_is_refused() -> None:
    start = book(TWO_TIERS, size="90", raw="-800", mark="10", leverage=20, cash="1000")
    done(start, Open(size=size(TWO_TIERS, "10")))  # 1,000 USD exactly still belongs to 20x
    refused = refusal(start, Open(size=size(TWO_TIERS, "10.01")))
    assert refused.code == "LEVERAGE_ABOVE_TIER"
    assert (refused["leverage"], refused["leverage_max"]) == (20, 5)
    assert "set at most 5x or order less" in refused.message
    done(done(start, SetLeverage(10)).book, Close(size=size(TWO_TIERS, "10")))


def test_an_immediate_order_matches_at_its_limit_and_not_beyond() -> None:
    done(FLAT, Open(size=200, limit_price=price(FLAT_5X, "10")))
    refused = refusal(FLAT, Open(size=200, limit_price=price(FLAT_5X, "9.99")))
    assert refused.code == "NO_MATCH"
    assert (refused["quote"], refused["limit_price"]) == (Ratio(10, 1), Ratio(999, 100))
    done(LONG, Close(size=200, limit_price=price(FLAT_5X, "10")))
    assert refusal(LONG, Close(size=200, limit_price=price(FLAT_5X, "10.01"))).code == "NO_MATCH"
    assert refusal(FLAT, limit("9.99", tif=Tif.IOC)).code == "NO_MATCH"


def test_a_post_only_order_that_would_match_is_refused_and_another_rests() -> None:
    assert refusal(FLAT, limit("10", tif=Tif.ALO)).code == "WOULD_MATCH"
    assert len(done(FLAT, limit("9.99", tif=Tif.ALO)).book.orders) == 1


def test_the_house_quotes_half_its_spread_away_rounded_against_the_taker() -> None:
    wide = replace(FLAT_5X, half_spread=Ratio(1, 1000))
    start = book(wide, mark="10.0001", cash="100")
    assert done(start, Open(size=200)).working.price == price(wide, "10.0102")
    assert done(start, Open(size=-200)).working.price == price(wide, "9.9900")
    least = replace(start, mark=1, market=replace(wide, order_value_min=0))
    assert done(least, Open(size=-200)).working.price == 1


def test_margin_beyond_the_free_cash_is_refused_to_the_micro_dollar() -> None:
    exact = replace(FLAT, cash=usd("24"), reserved=usd("20"))
    done(exact, Open(size=200))
    refused = refusal(replace(exact, cash=exact.cash - 1), Open(size=200))
    assert refused.code == "INSUFFICIENT_MARGIN"
    assert refused["needed"] == Amount(usd("4"), tiered.USD)
    assert refused.accepted == Amount(usd("3.999999"), tiered.USD)


def test_a_fill_that_would_leave_a_healthy_position_liquidatable_is_refused() -> None:
    # E = 10.02, maintenance 10: the fee of closing a tenth is more than what is spare.
    dear = replace(FLAT_5X, taker_fee=Ratio(1, 100))
    start = book(dear, size="10", raw="-89.98", mark="10")
    refused = refusal(start, Close(size=size(dear, "1")))
    assert refused.code == "INSUFFICIENT_MARGIN"
    assert "liquidatable at once" in refused.message
    assert done(start, Close()).book.position.size == 0


def test_a_liquidatable_position_may_shrink_but_not_grow() -> None:
    under = book(FLAT_5X, size="10", raw="-95", mark="10")
    assert tiered.breach(under, now_ms=0) == "backstop"
    assert done(under, Close(size=200)).book.position.size == 800
    assert refusal(under, Open(size=100)).code == "INSUFFICIENT_MARGIN"


def test_an_order_rests_and_reserves_at_its_limit_price() -> None:
    outcome = done(FLAT, limit("9", "2.01"))
    (order,) = outcome.book.orders
    assert (order.size, order.limit_price, order.reserved) == (201, price(FLAT_5X, "9"), usd("3.618"))
    assert outcome.book.reserved == usd("3.618") == outcome.working.reserved
    assert outcome.postings == ()
    assert tiered.limits(replace(outcome.book, position=LONG.position), now_ms=0)["add"].amount.units == usd(
        "96.382"
    )


def test_a_reduce_only_order_reserves_nothing() -> None:
    outcome = done(LONG, limit("11", "-2", reduce_only=True))
    assert outcome.book.reserved == 0
    assert outcome.book.orders[0].reduce_only


def test_a_reservation_beyond_the_free_cash_is_refused() -> None:
    start = replace(FLAT, cash=usd("3.6"))
    done(start, limit("9"))
    assert refusal(replace(start, cash=usd("3.599999")), limit("9")).code == "INSUFFICIENT_MARGIN"


def test_two_orders_cannot_rest_under_one_id() -> None:
    one = done(FLAT, limit("9")).book
    refused = refusal(one, limit("8"))
    assert refused.code == "ORDER_ID_TAKEN"
    assert refused["order_id"] == "a"
    done(one, limit("8", order_id="b"))


def test_cancelling_frees_exactly_what_was_reserved() -> None:
    two = done(done(FLAT, limit("9")).book, limit("8", order_id="b")).book
    outcome = done(two, Cancel("a"))
    assert (outcome.working.order_id, outcome.working.freed) == ("a", usd("3.6"))
    assert [order.order_id for order in outcome.book.orders] == ["b"]
    assert outcome.book.reserved == usd("3.2")
    assert done(outcome.book, Cancel("b")).book == FLAT


def test_an_order_that_does_not_rest_can_neither_be_cancelled_nor_filled() -> None:
    assert refusal(FLAT, Cancel("x")).code == "ORDER_NOT_FOUND"
    assert refusal(FLAT, Fill(order_id="x", price=1)).code == "ORDER_NOT_FOUND"


def resting(order: Order) -> tiered.Book:
    return done(FLAT, order).book


def test_a_resting_order_fills_as_maker_with_its_own_reservation() -> None:
    start = replace(resting(limit("9")), cash=usd("3.6"), mark=price(FLAT_5X, "9"))
    outcome = done(start, Fill(order_id="a", price=price(FLAT_5X, "9")))
    assert (outcome.book.reserved, outcome.book.orders, outcome.book.cash) == (0, (), 0)
    assert outcome.working.fee == usd("0.0027")  # 18 USD at 0.015 %
    taker = done(start, Fill(order_id="a", price=price(FLAT_5X, "9"), maker=False))
    assert taker.working.fee == usd("0.0081")


def test_a_resting_order_fills_at_a_better_price_even_when_worth_less_than_the_minimum() -> None:
    start = resting(limit("9.5", "1.06"))
    better = done(replace(start, mark=price(FLAT_5X, "9")), Fill(order_id="a", price=price(FLAT_5X, "9")))
    assert better.working.price == price(FLAT_5X, "9")


def test_a_resting_order_fills_at_a_quote_that_lies_on_no_tick() -> None:
    start = replace(resting(limit("9.5", "2")), mark=price(FLAT_5X, "9.1234"))
    done(start, Fill(order_id="a", price=price(FLAT_5X, "9.1234")))


def test_a_resting_order_never_fills_beyond_its_limit_or_at_no_price() -> None:
    buy = resting(limit("9"))
    assert refusal(buy, Fill(order_id="a", price=price(FLAT_5X, "9.0001"))).code == "NO_MATCH"
    assert refusal(buy, Fill(order_id="a", price=0)).code == "TICK_INVALID"
    sell = resting(limit("11", "-2"))
    assert refusal(sell, Fill(order_id="a", price=price(FLAT_5X, "10.9999"))).code == "NO_MATCH"
    done(sell, Fill(order_id="a", price=price(FLAT_5X, "11")))


def test_a_resting_order_is_checked_anew_when_it_fills() -> None:
    reduce_only = done(LONG, limit("11", "-10", reduce_only=True)).book
    shrunk = done(reduce_only, Close(size=200)).book
    refused = refusal(shrunk, Fill(order_id="a", price=price(FLAT_5X, "11")))
    assert refused.code == "REDUCE_ONLY_WOULD_INCREASE"
    opening = resting(limit("9"))
    assert refusal(opening, Fill(order_id="a", price=price(FLAT_5X, "9")), now_ms=STALE_MS).code == (
        "PRICE_INVALID"
    )
    poor = replace(opening, cash=usd("3.599999"), reserved=usd("3.6"))
    assert refusal(poor, Fill(order_id="a", price=price(FLAT_5X, "9"))).code == "INSUFFICIENT_MARGIN"


def test_the_default_setting_is_twenty_or_the_assets_maximum() -> None:
    assert (BTC.leverage_default, FLAT_5X.leverage_default) == (20, 5)


def test_every_refusal_code_is_documented_once() -> None:
    codes = [note.code for note in tiered.REFUSALS]
    assert sorted(codes) == sorted(code.value for code in tiered.Code)
    assert all(note.when and note.accepted for note in tiered.REFUSALS)
