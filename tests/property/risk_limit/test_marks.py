"""Where a zero opens up, and on which side of the liquidation price a position lives."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from solvent.margin import risk_limit as rl
from solvent.margin.seam import Outcome, Refused
from solvent.money import Ratio
from tests.property.risk_limit.books import books

FEW = settings(max_examples=150)
TICK = 100


def reducible_at(book: rl.Book, ticks: int) -> int:
    return rl.assess(replace(book, mark=Ratio(ticks, TICK))).reducible


@st.composite
def stuck(draw: st.DrawFn) -> rl.Book:
    """A position from which nothing may be taken: too little margin, or everything taken already."""
    book = draw(books())
    most = rl.assess(book).reducible
    position = book.position
    if draw(st.booleans()):
        less = draw(st.sampled_from([most, most + 1, most + abs(position.cost) // 50 + 1]))
        return replace(book, position=replace(position, loss=position.loss + less))
    if most == 0:
        return book
    result = rl.decide(book, rl.Take(most), now_ms=0)
    assert isinstance(result, Outcome)
    return result.book


@FEW
@given(stuck())
def test_the_price_at_which_a_zero_opens_up_is_proved_by_the_function(book: rl.Book) -> None:
    maximum = rl.limits(book, now_ms=0)["take"]
    assume(maximum.amount.units == 0)
    opens, mark = maximum.opens_at, book.mark
    if opens is None:
        return
    ticks = opens.price.num * TICK // opens.price.den
    assert Ratio(ticks, TICK) == opens.price
    assert reducible_at(book, ticks) > 0
    assert (opens.price > mark) == opens.above
    before = ticks - 1 if opens.above else ticks + 1
    is_between = Ratio(before, TICK) > mark if opens.above else Ratio(before, TICK) < mark
    assert not is_between or reducible_at(book, before) == 0


@FEW
@given(stuck(), st.integers(-60, 60))
def test_no_nearer_mark_opens_a_zero(book: rl.Book, ticks_away: int) -> None:
    maximum = rl.limits(book, now_ms=0)["take"]
    assume(maximum.amount.units == 0)
    here = book.mark.num * TICK // book.mark.den
    probe = here + ticks_away
    assume(0 < probe <= 100_000_000)
    if reducible_at(book, probe) > 0:
        assert maximum.opens_at is not None
        distance = abs(maximum.opens_at.price.fraction - book.mark.fraction)
        assert distance <= abs(Ratio(probe, TICK).fraction - book.mark.fraction)


@FEW
@given(stuck(), st.integers(1, 10**10))
def test_no_mark_at_all_opens_a_zero_that_says_so(book: rl.Book, ticks: int) -> None:
    maximum = rl.limits(book, now_ms=0)["take"]
    if maximum.amount.units or maximum.opens_at is not None:
        return
    assert reducible_at(book, min(ticks, 100_000_000)) == 0


@FEW
@given(books())
def test_the_position_lives_one_tick_inside_its_liquidation_price_and_dies_on_it(book: rl.Book) -> None:
    price = rl.liquidation_price(book.market, book.position)
    if price is None:
        return
    market, position = book.market, book.position
    side = position.side
    tiny = Ratio(price.num * 10**12, price.den * 10**12)
    inside, outside = Ratio(tiny.num + side, tiny.den), Ratio(tiny.num - side, tiny.den)

    def survives(at: Ratio) -> bool:
        return rl.survives(book, feed="mark", price=at, now_ms=0)

    assert not survives(price)
    assert survives(inside)
    assert not survives(outside)
    shown = rl.shown_price(market, position, price)
    assert shown >= price if side > 0 else shown <= price or shown == market.index_tick
    if market.index_tick < price < market.price_max and shown != price:
        assert survives(shown)


@FEW
@given(books())
def test_a_position_without_a_liquidation_price_never_dies_or_never_lives(book: rl.Book) -> None:
    cost, position = book.position.cost, book.position
    safe = replace(book, position=replace(position, cross=2 * abs(cost), loss=0))
    if rl.liquidation_price(safe.market, safe.position) is not None:
        safe = replace(book, position=replace(position, init=0, cross=0, loss=2 * abs(cost)))
    assert rl.liquidation_price(safe.market, safe.position) is None
    ends = {rl.survives(safe, feed="mark", price=Ratio(n, 100), now_ms=0) for n in (1, 100, 10**8, 10**20)}
    assert len(ends) == 1


@st.composite
def odd_rates(draw: st.DrawFn) -> rl.Book:
    """A position whose own rate is at or above 1/Lmax, as live ones may show since 2026."""
    book = draw(books())
    top = rl.max_leverage_of(book)
    rate = Ratio(draw(st.integers(100, 300)), 100 * top)
    return replace(book, position=replace(book.position, agg_rate=rate))


@FEW
@given(odd_rates())
def test_a_rate_of_its_own_keeps_the_maximum_tight_and_the_position_healthy(book: rl.Book) -> None:
    maximum = rl.limits(book, now_ms=0)["take"]
    most = maximum.amount.units
    beyond = rl.decide(book, rl.Take(most + 1), now_ms=0)
    assert isinstance(beyond, Refused)
    assert beyond.code == "ABOVE_MAX_WITHDRAW"
    if most:
        result = rl.decide(book, rl.Take(most), now_ms=0)
        assert isinstance(result, Outcome)
        assert rl.breach(result.book, now_ms=0) is None
    elif maximum.opens_at is not None:
        price = maximum.opens_at.price
        assert rl.assess(replace(book, mark=price)).reducible > 0


@FEW
@given(odd_rates(), st.integers(1, 2**80))
def test_guards_at_a_rate_of_its_own_hold_at_both_ends(book: rl.Book, seed: int) -> None:
    most = rl.assess(book).reducible
    assume(most)
    action = rl.Take(1 + seed % most)
    guards = rl.guards(book, action, book, tolerance=Ratio(1, 2), now_ms=0)
    for end in (guards.price_min, guards.price_max):
        assert end is not None
        assert isinstance(rl.decide(replace(book, mark=end), action, now_ms=0), Outcome)
