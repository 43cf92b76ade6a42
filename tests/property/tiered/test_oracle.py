"""Every figure and every decision, against the oracle that was written from the rules."""

from fractions import Fraction
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from solvent.margin import Outcome, Refused, tiered
from solvent.margin.tiered import (
    Action,
    Add,
    Book,
    Close,
    FundingHour,
    Liquidate,
    Mode,
    Open,
    Order,
    SetLeverage,
    Take,
    Tif,
    TopUp,
)
from solvent.margin.tiered import Position as Bucket
from solvent.margin.tiered.maths import assess
from solvent.money import Ratio, power_of_ten
from tests.oracles import tiered as oracle
from tests.property.tiered.books import NOW_MS, PPM, as_seen_by_oracle, books, magnitudes

ALL_MODES = tuple(Mode)
USD = 10**6


def exact(ratio: Ratio | None) -> Fraction | None:
    return None if ratio is None else ratio.fraction


def micro(ratio: Ratio | None) -> Fraction | None:
    return None if ratio is None else ratio.fraction / USD


@given(books(modes=ALL_MODES, flat=True, old_marks=True))
def test_every_field_of_the_view_is_the_oracles(book: Book) -> None:
    seen, state = tiered.view(book, now_ms=NOW_MS), as_seen_by_oracle(book)
    assert Fraction(seen.equity, USD) == state.E
    assert Fraction(seen.notional, USD) == state.N
    assert micro(seen.maintenance) == state.MM
    assert seen.setting == state.L
    assert micro(seen.initial_margin) == state.N / state.L
    assert micro(seen.ten_percent_notional) == state.N / 10
    assert micro(seen.floor) == oracle.transfer_floor(state, state.N)
    assert seen.binding == oracle.binding(state)
    assert Fraction(seen.max_removable, USD) == oracle.max_removable(state)
    assert Fraction(seen.withdrawable, USD) == state.withdrawable
    assert exact(seen.effective_leverage) == (state.N / state.E if state.E > 0 and state.N else None)
    if state.entry is None:
        assert micro(seen.unrealised_pnl) == 0
        assert {seen.return_on_equity, seen.liquidation_px, seen.backstop_px} == {None}
        assert {seen.bankruptcy_px, seen.opens_at} == {None}
        return
    profit = state.S * (state.P - state.entry)
    assert micro(seen.unrealised_pnl) == profit
    assert exact(seen.return_on_equity) == profit * state.L / (abs(state.S) * state.entry)
    assert exact(seen.liquidation_px) == oracle.price_at_share_of_maintenance(state, Fraction(1))
    assert exact(seen.backstop_px) == oracle.price_at_share_of_maintenance(state, Fraction(2, 3))
    assert exact(seen.bankruptcy_px) == oracle.price_at_share_of_maintenance(state, Fraction(0))
    is_strict = state.mode == "strictIsolated"
    assert exact(seen.opens_at) == (None if is_strict else oracle.accepted_from(state, Fraction(0)))


@given(books(flat=True))
def test_the_shared_assessment_is_the_oracles(book: Book) -> None:
    seen, state = assess(book.market, book.position, book.mark), as_seen_by_oracle(book)
    assert seen.is_healthy == state.is_healthy == (tiered.breach(book, now_ms=NOW_MS) is None)
    assert (Fraction(seen.equity, USD), Fraction(seen.notional, USD)) == (state.E, state.N)
    assert (micro(seen.maintenance), micro(seen.floor)) == (state.MM, oracle.transfer_floor(state, state.N))
    assert Fraction(seen.removable, USD) == max(Fraction(0), oracle.floor6(oracle.headroom(state, state.P)))


@given(books(modes=ALL_MODES, flat=True, old_marks=True))
def test_headline_and_limits_tell_what_the_view_tells(book: Book) -> None:
    seen = tiered.view(book, now_ms=NOW_MS)
    head = tiered.headline(book, now_ms=NOW_MS)
    take = tiered.limits(book, now_ms=NOW_MS)["take"]
    assert head.takeable.units == take.amount.units == seen.max_removable
    assert head.bound_by == take.binding == seen.binding
    assert micro(Ratio(seen.equity, 1)) == exact(head.equity)
    assert head.leverage == seen.effective_leverage
    assert head.liquidation_prices[0].price == seen.liquidation_px
    assert tiered.rows(book, now_ms=NOW_MS)


@given(books(modes=ALL_MODES, flat=True, old_marks=True), st.integers(0, PPM - 1))
def test_a_quote_is_the_oracles_quote(book: Book, ppm: int) -> None:
    quote = tiered.quote(book, tolerance=Ratio(ppm, PPM), now_ms=NOW_MS)
    state = as_seen_by_oracle(book)
    assert Fraction(quote.quoted, USD) == oracle.quoted(state, Fraction(ppm, PPM))
    assert Fraction(quote.at_mark, USD) == oracle.max_removable(state)
    assert quote.binding == oracle.binding(state)
    if quote.quoted:
        assert exact(quote.valid_until_mark) == oracle.accepted_from(state, Fraction(quote.quoted, USD))


def agrees(book: Book, action: Action, expected: oracle.State | str, *, now_ms: int = NOW_MS) -> None:
    """Compare one decision: the code of the refusal, or every number after it."""
    found = tiered.decide(book, action, now_ms=now_ms)
    if isinstance(found, Refused):
        assert found.code == expected, found.message
        return
    assert isinstance(expected, oracle.State), (expected, found)
    after = as_seen_by_oracle(found.book, now_ms=now_ms)
    assert (after.S, after.R, after.L) == (expected.S, expected.R, expected.L)
    assert (after.cash, after.entry) == (expected.cash, expected.entry)
    assert after.withdrawable == expected.withdrawable


def around(border: int, notional: int) -> st.SearchStrategy[int]:
    return st.integers(border - 2, border + 2) | st.integers(-1, 2 * max(notional, 1))


@given(books(modes=ALL_MODES, flat=True, old_marks=True), st.data())
def test_a_removal_is_decided_as_the_oracle_decides(book: Book, data: st.DataObject) -> None:
    seen = tiered.view(book, now_ms=NOW_MS)
    amount = data.draw(around(seen.max_removable, seen.notional))
    agrees(book, Take(amount), oracle.take(as_seen_by_oracle(book), Fraction(amount, USD)))


@given(books(modes=ALL_MODES, flat=True, old_marks=True), st.data())
def test_an_addition_is_decided_as_the_oracle_decides(book: Book, data: st.DataObject) -> None:
    amount = data.draw(around(book.cash, book.cash))
    agrees(book, Add(amount), oracle.add(as_seen_by_oracle(book), Fraction(amount, USD)))


@given(books(modes=ALL_MODES, flat=True), st.integers(1, 10 * PPM))
def test_a_top_up_is_decided_as_the_oracle_decides(book: Book, ppm: int) -> None:
    expected = oracle.top_up(as_seen_by_oracle(book), Fraction(ppm, PPM))
    agrees(book, TopUp(Ratio(ppm, PPM)), expected)


@given(books(modes=ALL_MODES, flat=True, old_marks=True), st.integers(-1, 101), st.booleans())
def test_a_new_setting_is_decided_as_the_oracle_decides(book: Book, leverage: int, cross: bool) -> None:
    expected = oracle.set_leverage(as_seen_by_oracle(book), leverage, cross=cross)
    agrees(book, SetLeverage(leverage, cross), expected)


@st.composite
def sizes(draw: st.DrawFn, book: Book) -> int:
    """Draw a signed size: part of what is held, all of it, more, or anything."""
    held = book.position.size
    part = abs(held) * draw(st.integers(0, 3 * PPM)) // PPM
    return draw(st.sampled_from((-held, part, -part, 1, -1, draw(magnitudes(60)), -draw(magnitudes(60)))))


@st.composite
def limits_near(draw: st.DrawFn, book: Book) -> int:
    """Draw a limit price: the mark cut to five digits, next to it, or off the tick."""
    mark = book.mark
    step = power_of_ten(max(0, len(str(mark)) - 5))
    cut = mark // step * step
    return draw(st.sampled_from((0, mark, cut, cut + step, max(0, cut - step), 1, mark * 2)))


def with_spread(book: Book, ppm: int, cooldown_ms: int) -> Book:
    position = replace(book.position, cooldown_until_ms=NOW_MS + cooldown_ms)
    return replace(book, position=position, market=replace(book.market, half_spread=Ratio(ppm, PPM)))


@given(
    books(bits=70, modes=ALL_MODES, flat=True, old_marks=True),
    st.sampled_from((0, 0, 500)),
    st.sampled_from((0, 0, 1)),
    st.data(),
)
def test_an_order_is_decided_as_the_oracle_decides(
    book: Book, spread_ppm: int, cooldown_ms: int, data: st.DataObject
) -> None:
    book = with_spread(book, spread_ppm, cooldown_ms)
    state = as_seen_by_oracle(book)
    coin, price = 10**book.market.size_decimals, book.market.price_scale
    size, limit = data.draw(sizes(book)), data.draw(limits_near(book))
    at_once = data.draw(st.booleans())
    now = oracle.Order(dS=Fraction(size, coin), limit=None if at_once else Fraction(limit, price))
    agrees(book, Open(size=size, limit_price=None if at_once else limit), oracle.place(state, now))
    tif, reduce_only = data.draw(st.sampled_from(Tif)), data.draw(st.booleans())
    resting = oracle.Order(
        dS=Fraction(size, coin), limit=Fraction(limit, price), tif=tif.value, reduce_only=reduce_only
    )
    order = Order(order_id="new", size=size, limit_price=limit, tif=tif, reduce_only=reduce_only)
    agrees(book, order, oracle.place(state, resting))


@given(books(bits=70, modes=ALL_MODES, old_marks=True), st.integers(0, PPM + 1))
def test_a_close_is_decided_as_the_oracle_decides(book: Book, ppm: int) -> None:
    held = book.position.size
    size = abs(held) * ppm // PPM
    closing = -size if held > 0 else size
    coin = 10**book.market.size_decimals
    state = as_seen_by_oracle(book)
    agrees(
        book,
        Close(size=size),
        oracle.place(state, oracle.Order(dS=Fraction(closing, coin), reduce_only=True)),
    )
    agrees(book, Close(), oracle.place(state, oracle.Order(dS=Fraction(-held, coin), reduce_only=True)))


@given(books(), st.sampled_from((0, 1)))
def test_a_liquidation_takes_the_oracles_step(book: Book, cooldown_ms: int) -> None:
    book = with_spread(book, 0, cooldown_ms)
    state, plan = as_seen_by_oracle(book), tiered.plan(book, now_ms=NOW_MS)
    step, size = oracle.liquidation_step(state)
    coin = 10**book.market.size_decimals
    assert (plan.step.value, None if plan.size is None else Fraction(plan.size, coin)) == (step, size)
    assert (Fraction(plan.equity, USD), micro(plan.maintenance)) == (state.E, state.MM)
    assert (tiered.breach(book, now_ms=NOW_MS) is None) == state.is_healthy
    done = tiered.decide(book, Liquidate(), now_ms=NOW_MS)
    if size is not None:
        assert isinstance(done, Outcome)
        expected, after = oracle.liquidate(state, size), as_seen_by_oracle(done.book)
        assert (after.S, after.R, after.cash) == (expected.S, expected.R, expected.cash)


@given(books(bits=100), st.integers(-(4 * 10**8), 4 * 10**8), magnitudes(60))
def test_an_hour_of_funding_credits_what_the_oracle_credits(book: Book, rate: int, price: int) -> None:
    hour = FundingHour(at_ms=NOW_MS, oracle=price, rate=rate)
    settled = tiered.settle(replace(book, funding=(hour,)), now_ms=NOW_MS)
    expected = oracle.fund(
        as_seen_by_oracle(book), Fraction(price, book.market.price_scale), Fraction(rate, 10**10)
    )
    assert as_seen_by_oracle(settled).R == expected.R


@given(st.integers(-(10**9), 10**9))
def test_the_funding_rate_is_the_oracles(premium: int) -> None:
    found = tiered.funding_rate(Ratio(premium, 10**9 * 7))
    assert Fraction(found, 10**10) == oracle.funding_rate(Fraction(premium, 10**9 * 7))


@given(st.lists(books(bits=40), max_size=6), st.sampled_from((1, -1)), magnitudes(40), st.randoms())
def test_deleveraging_ranks_as_the_oracle_scores(
    drawn: list[Book], failed_side: int, mark: int, random: Random
) -> None:
    names = [f"{n:032x}" for n in range(len(drawn))]
    buckets: list[tuple[str, Bucket]] = [
        (name, book.position) for name, book in zip(names, drawn, strict=True)
    ]
    expected = []
    for name, book in zip(names, drawn, strict=True):
        bucket = replace(book, mark=mark)
        state = as_seen_by_oracle(bucket)
        score = oracle.adl_score(state)
        if score is not None and state.S * failed_side < 0:
            expected.append((-score, name))
    found = tiered.adl_ranking(buckets, failed_side=failed_side, mark=mark)
    assert [(-score.fraction, name) for name, score in found] == sorted(expected)
    random.shuffle(buckets)
    assert tiered.adl_ranking(buckets, failed_side=failed_side, mark=mark) == found
