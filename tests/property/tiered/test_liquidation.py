"""Where liquidation begins, to the tick; what deleveraging and funding leave behind."""

from math import ceil, floor
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from solvent.margin import Outcome, Posting, tiered
from solvent.margin.tiered import Book, Deleverage, FundingHour, Liquidate, Take
from solvent.money import Ratio
from tests.property.tiered.books import NOW_MS, PPM, books, magnitudes

HOUR_MS = 3_600_000


def is_healthy(book: Book, mark: int) -> bool:
    return tiered.breach(replace(book, mark=mark), now_ms=NOW_MS) is None


def balance(postings: tuple[Posting, ...]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for posting in postings:
        sums[posting.asset] = sums.get(posting.asset, 0) + posting.units
    return sums


@given(books(), magnitudes(200))
def test_one_tick_inside_the_liquidation_price_is_healthy_and_one_outside_is_not(
    book: Book, other: int
) -> None:
    price = tiered.liquidation_price(book.market, book.position)
    is_long = book.position.size > 0
    if price is None:
        assert is_healthy(book, other) == is_long
        return
    exact = price.fraction * book.market.price_scale
    inside, outside = (ceil(exact), ceil(exact) - 1) if is_long else (floor(exact), floor(exact) + 1)
    if inside > 0:
        assert is_healthy(book, inside)
    if outside > 0:
        assert not is_healthy(book, outside)
    assert is_healthy(book, other) == (other >= exact if is_long else other <= exact)


@given(books(), st.sampled_from((1, -1)), st.integers(0, 4), st.integers(-3, 3))
def test_liquidation_prices_next_to_a_tier_bound_hold_from_both_sides(
    book: Book, side: int, which: int, jitter: int
) -> None:
    """Choose the cash so that equity meets maintenance around a bound of the table."""
    tiers, unsigned = book.market.tiers, abs(book.position.size)
    bound = tiers.bounds[which % len(tiers.bounds)]
    mark = max(1, bound // unsigned + jitter)
    notional = unsigned * mark
    tier = tiers.tier_at(notional)
    maintenance = -(-(tiers.rates[tier] * notional - tiers.deductions[tier]) // tiers.den)
    position = replace(book.position, size=side * unsigned, cash=maintenance - side * notional)
    bucket = replace(book, position=position)
    assert is_healthy(bucket, mark)
    worse = mark - side
    if worse > 0 and unsigned >= 4:  # a tick costs at least |S|/2 of headroom, more than was rounded up
        assert not is_healthy(bucket, worse)
        price = tiered.liquidation_price(book.market, position)
        assert price is not None
        assert 0 <= side * (mark - price.fraction * book.market.price_scale) < 1


@given(books(), magnitudes(200), magnitudes(30))
def test_surviving_a_price_is_being_healthy_there(book: Book, num: int, den: int) -> None:
    scale = book.market.price_scale
    assert tiered.survives(book, feed="mark", price=Ratio(book.mark, scale), now_ms=NOW_MS) == is_healthy(
        book, book.mark
    )
    price = tiered.liquidation_price(book.market, book.position)
    survives = tiered.survives(book, feed="mark", price=Ratio(num, den), now_ms=NOW_MS)
    if price is None:
        assert survives == (book.position.size > 0)
    elif book.position.size > 0:
        assert survives == (Ratio(num, den) >= price)
    else:
        assert survives == (Ratio(num, den) <= price)


@given(books())
def test_the_three_prices_come_in_the_order_of_the_damage(book: Book) -> None:
    side = 1 if book.position.size > 0 else -1
    seen = tiered.view(book, now_ms=NOW_MS)
    prices = [seen.liquidation_px, seen.backstop_px, seen.bankruptcy_px]
    found = [side * price.fraction for price in prices if price is not None]
    assert found == sorted(found, reverse=True)


@given(books(), st.integers(0, 1))
def test_a_liquidation_balances_and_takes_no_more_than_it_may(book: Book, cooling: int) -> None:
    book = replace(book, position=replace(book.position, cooldown_until_ms=NOW_MS + cooling))
    done = tiered.decide(book, Liquidate(), now_ms=NOW_MS)
    if is_healthy(book, book.mark):
        assert not isinstance(done, Outcome)
        return
    assert isinstance(done, Outcome)
    assert set(balance(done.postings).values()) == {0}
    after = done.book
    assert abs(after.position.size) < abs(book.position.size)
    assert after.position.size * book.position.size >= 0
    assert after.cash >= book.cash
    if after.position.size:
        assert after.cash == book.cash
        assert after.position.cooldown_until_ms == NOW_MS + 30_000
        assert tiered.view(after, now_ms=NOW_MS).notional < tiered.view(book, now_ms=NOW_MS).notional


@given(books())
def test_a_failed_position_ends_at_or_above_zero_at_the_deleveraging_price(book: Book) -> None:
    position = book.position
    price = tiered.adl_price(position)
    left = position.cash + position.size * price
    assert price >= 1
    if position.size > 0 or position.cash >= -position.size:
        assert 0 <= left < abs(position.size) or price == 1


@given(books(bits=80), books(bits=80), st.integers(1, PPM))
def test_deleveraging_balances_and_keeps_the_closed_share_of_cash(failed: Book, book: Book, ppm: int) -> None:
    size = max(1, abs(book.position.size) * ppm // PPM)
    price = tiered.adl_price(failed.position)
    done = tiered.decide(book, Deleverage(size=size, price=price), now_ms=NOW_MS)
    assert isinstance(done, Outcome)
    assert set(balance(done.postings).values()) <= {0}
    assert done.working.fee == 0
    assert abs(done.book.position.size) == abs(book.position.size) - size
    assert done.book.cash >= book.cash


@st.composite
def hours(draw: st.DrawFn) -> tuple[FundingHour, ...]:
    rates = draw(st.lists(st.integers(-(4 * 10**8), 4 * 10**8), min_size=1, max_size=6))
    return tuple(
        FundingHour(at_ms=(n + 1) * HOUR_MS, oracle=draw(magnitudes(60)), rate=rate)
        for n, rate in enumerate(rates)
    )


@given(books(bits=60), hours(), st.randoms())
def test_funding_settled_late_and_in_any_order_is_funding_settled_on_time(
    book: Book, due: tuple[FundingHour, ...], random: Random
) -> None:
    book = replace(book, mark_ms=7 * HOUR_MS)
    on_time = book
    for hour in due:
        on_time = tiered.settle(replace(on_time, funding=(hour,)), now_ms=hour.at_ms)
    shuffled = list(due)
    random.shuffle(shuffled)
    late = tiered.settle(replace(book, funding=tuple(shuffled)), now_ms=7 * HOUR_MS)
    assert late == on_time
    assert tiered.settle(replace(late, funding=due), now_ms=7 * HOUR_MS) == late
    cost = late.position.funding_all_time
    assert late.position.cash == book.position.cash - cost
    assert cost == late.position.funding_since_open == late.position.funding_since_change


@given(books(bits=60, roomy=True), hours(), st.integers(0, 6), st.integers(1, PPM))
def test_a_removal_between_two_hours_sees_exactly_the_hours_before_it(
    book: Book, due: tuple[FundingHour, ...], after_hours: int, ppm: int
) -> None:
    now_ms = after_hours * HOUR_MS + 1
    pending = replace(book, mark_ms=now_ms, funding=due)
    settled = tiered.settle(pending, now_ms=now_ms)
    amount = tiered.limits(pending, now_ms=now_ms)["take"].amount.units * ppm // PPM
    assume(amount)
    lazily = tiered.decide(pending, Take(amount), now_ms=now_ms)
    eagerly = tiered.decide(settled, Take(amount), now_ms=now_ms)
    assert isinstance(lazily, Outcome)
    assert isinstance(eagerly, Outcome)
    assert lazily.book == eagerly.book
    assert len(lazily.book.funding) == max(0, len(due) - after_hours)
    assert set(balance(lazily.postings).values()) == {0}


@given(books(bits=60), hours())
def test_what_a_long_pays_a_short_of_its_size_never_gets_more_of(
    book: Book, due: tuple[FundingHour, ...]
) -> None:
    size = abs(book.position.size)
    for hour in due:
        paid, received = tiered.funding_credit(size, hour), tiered.funding_credit(-size, hour)
        assert paid + received == 0
        assert abs(paid) * 10**10 <= size * hour.oracle * abs(hour.rate)
