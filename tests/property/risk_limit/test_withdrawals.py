"""What holds for every withdrawal, in both kinds of contract, both entry rules and both ratio modes."""

from fractions import Fraction
from math import ceil

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from solvent import margin
from solvent.margin import risk_limit as rl
from solvent.margin.seam import Outcome, Preview, Refused
from solvent.money import Amount, Ratio
from tests.oracles import risk_limit as oracle
from tests.property.risk_limit.books import books, twin, whole

FEW = settings(max_examples=80)
CUMULATIVE = rl.RatioMode.CUMULATIVE


def take(book: rl.Book, units: int) -> Outcome[rl.Book] | Refused:
    return rl.decide(book, rl.Take(units), now_ms=0)


def taken(book: rl.Book, units: int) -> rl.Book:
    result = take(book, units)
    assert isinstance(result, Outcome), result
    return result.book


def reducible(book: rl.Book) -> int:
    return rl.limits(book, now_ms=0)["take"].amount.units


def equity(book: rl.Book) -> Fraction:
    return rl.view(book, now_ms=0).equity.fraction


@FEW
@given(books())
def test_the_maximum_is_accepted_and_one_unit_more_is_refused(book: rl.Book) -> None:
    most = reducible(book)
    if most:
        assert isinstance(take(book, most), Outcome)
    beyond = take(book, most + 1)
    assert isinstance(beyond, Refused)
    assert beyond.code == "ABOVE_MAX_WITHDRAW"
    assert beyond.accepted == (Amount(most, book.market.settle) if most else None)


@FEW
@given(books(large=True))
def test_the_maximum_is_tight_for_amounts_up_to_2_to_the_200(book: rl.Book) -> None:
    most = reducible(book)
    assert most == 0 or isinstance(take(book, most), Outcome)
    assert isinstance(take(book, most + 1), Refused)


@FEW
@given(books(), st.integers(0, 2**80))
def test_a_withdrawal_ends_as_the_oracle_says(book: rl.Book, seed: int) -> None:
    units = seed % (reducible(book) + 2)
    expected = oracle.take(twin(book), whole(units))
    result = take(book, units)
    if isinstance(result, Refused):
        assert result.code == expected
    else:
        assert twin(result.book) == expected


@FEW
@given(books())
def test_maximum_binding_prices_and_leverage_are_the_oracles(book: rl.Book) -> None:
    state, seen = twin(book), rl.view(book, now_ms=0)

    def same(found: Ratio | None, expected: Fraction | None) -> bool:
        return found is None if expected is None else found is not None and found.fraction == expected

    assert whole(seen.reducible) == oracle.W(state)
    assert seen.binding == oracle.binding(state)
    assert same(seen.liquidation_price, oracle.liquidation(state))
    assert same(seen.bankrupt_price, oracle.bankrupt(state))
    assert same(seen.leverage, oracle.leverage(state))
    assert seen.maintenance.fraction == oracle.maintenance(state)
    assert (rl.breach(book, now_ms=0) is None) == oracle.healthy(state)


@FEW
@given(books(), st.integers(1, 2**80))
def test_an_addition_ends_as_the_oracle_says(book: rl.Book, seed: int) -> None:
    units = seed % (2 * book.balance)
    expected = oracle.add(twin(book), whole(units), Fraction(6, 10_000))
    result = rl.decide(book, rl.Add(units), now_ms=0)
    if isinstance(result, Refused):
        assert result.code == expected
    else:
        assert twin(result.book) == expected


@FEW
@given(books(), st.integers(1, 2**80))
def test_equity_falls_by_exactly_what_is_taken(book: rl.Book, seed: int) -> None:
    most = reducible(book)
    assume(most)
    units = 1 + seed % most
    assert equity(taken(book, units)) == equity(book) - whole(units)


@FEW
@given(books(), st.integers(1, 2**80))
def test_what_stays_covers_the_mark_value_at_the_maximum_leverage(book: rl.Book, seed: int) -> None:
    most = reducible(book)
    assume(most)
    after = rl.view(taken(book, 1 + seed % most), now_ms=0)
    assert after.equity.fraction * after.leverage_max >= after.mark_value.fraction
    assert rl.breach(taken(book, most), now_ms=0) is None


@FEW
@given(books(), st.integers(0, 10**12), st.integers(1, 10**12))
def test_nothing_more_may_leave_after_taking_everything_at_a_loss(
    book: rl.Book, loss: int, spare: int
) -> None:
    banked = book.position.banked if _is_total(book) else 0
    cost = ceil(oracle.MV(twin(book)) * 10**10) + banked + loss
    losing = replace(book, position=replace(book.position, cost=cost))
    missing = ceil(-oracle.W_exact(twin(losing)) * 10**10)
    position = losing.position
    losing = replace(losing, position=replace(position, cross=position.cross + missing + spare))
    assert reducible(losing) in (spare, spare - 1)
    assume(reducible(losing))
    assert reducible(taken(losing, reducible(losing))) == 0


def _is_total(book: rl.Book) -> bool:
    return book.market.profit_ratio_mode is CUMULATIVE


@FEW
@given(books(), st.integers(1, 2**80))
def test_both_entry_rules_leave_the_same_prices_and_leverage(book: rl.Book, seed: int) -> None:
    most = reducible(book)
    assume(most)
    units = 1 + seed % most
    ends = [
        rl.view(taken(replace(book, market=replace(book.market, entry_rule=rule)), units), now_ms=0)
        for rule in rl.EntryRule
    ]
    assert ends[0].liquidation_price == ends[1].liquidation_price
    assert ends[0].bankrupt_price == ends[1].bankrupt_price
    assert ends[0].leverage == ends[1].leverage
    if _is_total(book):
        assert ends[0].reducible == ends[1].reducible


@FEW
@given(books(mode=CUMULATIVE), st.integers(1, 2**80), st.integers(1, 2**80))
def test_two_requests_end_like_one_when_the_ratio_is_cumulative(
    book: rl.Book, first: int, second: int
) -> None:
    most = reducible(book)
    assume(most >= 2)
    a = 1 + first % (most - 1)
    b = 1 + second % (most - a)
    once, twice = taken(book, a + b), taken(taken(book, a), b)
    one, two = once.position, twice.position
    assert one.margin - one.cost == two.margin - two.cost
    assert (one.taken, one.withdraw_pnl) == (two.taken, two.withdraw_pnl)
    assert equity(once) == equity(twice)
    assert abs(one.cost - two.cost) <= 1
    assert reducible(once) == reducible(twice)


@FEW
@given(books(mode=CUMULATIVE), st.integers(1, 2**80))
def test_taking_a_part_lowers_the_cumulative_maximum_by_exactly_that_part(book: rl.Book, seed: int) -> None:
    most = reducible(book)
    assume(most)
    units = 1 + seed % most
    assert reducible(taken(book, units)) == most - units


@FEW
@given(books(), st.integers(0, 10**12))
def test_the_maximum_rises_with_margin_one_for_one_when_it_is_not_zero(book: rl.Book, more: int) -> None:
    position = book.position
    richer = replace(book, position=replace(position, cross=position.cross + more))
    assert reducible(richer) >= reducible(book)
    if reducible(book):
        assert reducible(richer) == reducible(book) + more


@FEW
@given(books(), st.integers(1, 10**12))
def test_the_maximum_never_falls_when_only_the_unrealised_profit_rises(book: rl.Book, more: int) -> None:
    position = book.position
    better = replace(book, position=replace(position, cost=position.cost - more))
    assert reducible(better) >= reducible(book)


def _keeps_its_entry(book: rl.Book) -> bool:
    """Whether taking an addition back stays in the branch that leaves entry and profit alone."""
    state, top = twin(book), rl.max_leverage_of(book)
    value = abs(oracle.MV(state)) / top
    gain = min(oracle.U(state) + state.banked, Fraction(0))
    if oracle.M(state) - state.banked - value + gain < 0:
        return False
    if state.to_mark:
        return oracle.M(state) * top >= abs(state.C)
    return oracle.M(state) - value + min(oracle.U(state), Fraction(0)) >= 0


@FEW
@given(books(), st.integers(0, 10**12))
def test_an_addition_taken_back_restores_margin_prices_and_leverage(book: rl.Book, more: int) -> None:
    least = rl.minimum_addition(book.market)
    assume(_keeps_its_entry(book))
    rich = replace(book, balance=least + more)
    added = rl.decide(rich, rl.Add(least + more), now_ms=0)
    assert isinstance(added, Outcome)
    assume(least + more <= reducible(added.book))
    back = taken(added.book, least + more)
    assert back.balance == rich.balance
    before, after = rl.view(rich, now_ms=0), rl.view(back, now_ms=0)
    assert after.margin == before.margin
    assert after.equity == before.equity
    assert after.entry == before.entry
    assert after.liquidation_price == before.liquidation_price
    assert after.leverage == before.leverage


@FEW
@given(books())
def test_the_named_constraint_is_the_least_and_relaxing_it_raises_the_maximum(book: rl.Book) -> None:
    maximum = rl.limits(book, now_ms=0)["take"]
    named = next(limit for limit in maximum.limits if limit.name == maximum.binding)
    assert named.amount == maximum.amount
    assert all(limit.amount >= named.amount for limit in maximum.limits)
    state = twin(book)
    if maximum.binding == "PROFIT_RATIO":
        freed = replace(book, market=replace(book.market, profit_ratio=Ratio(1, 1)))
        assert oracle.W_exact(twin(freed)) > oracle.W_exact(state)
        assert reducible(freed) >= maximum.amount.units
    else:
        top = replace(book.market.levels[0], max_leverage=book.market.levels[0].max_leverage + 1)
        freed = replace(book, position=replace(book.position, held=top))
        assert oracle.W_exact(twin(freed)) > oracle.W_exact(state)


@FEW
@given(books(), st.integers(1, 2**80))
def test_a_preview_is_what_happens_and_changes_nothing(book: rl.Book, seed: int) -> None:
    most = reducible(book)
    assume(most)
    units, before = 1 + seed % most, repr(book)
    seen = margin.preview(book, rl.Take(units))
    assert isinstance(seen, Preview)
    done = take(book, units)
    assert isinstance(done, Outcome)
    assert seen.outcome == done
    assert seen.after == rl.rows(done.book, now_ms=0)
    assert repr(book) == before


@FEW
@given(books(), st.integers(1, 2**80), st.integers(0, 100))
def test_a_withdrawal_is_accepted_all_over_the_guarded_band(book: rl.Book, seed: int, percent: int) -> None:
    most = reducible(book)
    assume(most)
    units = 1 + seed % most
    seen = margin.preview(book, rl.Take(units), tolerance=Ratio(1, 5))
    assert isinstance(seen, Preview)
    low, high = seen.guards.price_min, seen.guards.price_max
    assert low is not None
    assert high is not None
    assert low <= book.mark <= high
    mark = low.fraction + (high.fraction - low.fraction) * percent / 100
    moved = replace(book, mark=Ratio(mark.numerator, mark.denominator))
    assert isinstance(take(moved, units), Outcome)
    worst = seen.guards.leverage_max
    then = rl.view(taken(moved, units), now_ms=0).leverage
    assert worst is None or (then is not None and then <= worst)


@FEW
@given(books())
def test_the_entry_stays_up_to_the_named_amount_and_not_one_unit_further(book: rl.Book) -> None:
    most, kept = reducible(book), rl.entry_kept_up_to(book)
    if 0 < kept <= most:
        assert taken(book, kept).position.cost == book.position.cost
    if kept < most:
        result = take(book, kept + 1)
        assert isinstance(result, Outcome)
        assert result.book.position.cost - book.position.cost == result.working.realised
        is_moved = result.working.entry_moved
        assert is_moved or rl.fill_value(book.market, book.position.lots, book.mark) == book.position.cost
