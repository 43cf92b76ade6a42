"""Every maximum is accepted, one unit more is refused, and the constraint that is named binds."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from solvent.margin import lending
from solvent.margin.lending import Book, Close
from solvent.margin.seam import Maximum, Outcome, Refused, Verb
from solvent.money import Amount, Ratio
from tests.property.lending.books import FEWER, books, debt_of, now_of, repriced, unit_price, world_of

VERBS = (Verb.TAKE, Verb.BORROW, Verb.OPEN, Verb.ADD, Verb.REPAY, Verb.SUPPLY, Verb.REDEEM)


def most(book: Book, verb: Verb) -> Maximum:
    return lending.limits(book, now_ms=now_of(book))[verb]


def act(book: Book, verb: Verb, units: int) -> Outcome[Book] | Refused:
    return lending.decide(book, lending.action_of(book, verb, units), now_ms=now_of(book))


def assert_tight(book: Book, verb: Verb) -> None:
    maximum = most(book, verb)
    units = maximum.amount.units
    if units:
        assert isinstance(act(book, verb, units), Outcome), (maximum, act(book, verb, units))
    beyond = act(book, verb, units + 1)
    if verb is Verb.REPAY and maximum.binding == "POSITION_DEBT":
        assert isinstance(beyond, Outcome)
        assert beyond.working.taken == units == debt_of(book)
    else:
        assert isinstance(beyond, Refused), (maximum, beyond)


@given(book=books())
def test_every_maximum_is_accepted_and_one_unit_more_is_not(book: Book) -> None:
    for verb in VERBS:
        assert_tight(book, verb)


@given(book=books(bits=200, capped=False))
def test_every_maximum_is_tight_for_amounts_up_to_two_to_the_two_hundred(book: Book) -> None:
    for verb in VERBS:
        assert_tight(book, verb)


@FEWER
@given(book=books(), paused=st.booleans(), age_s=st.sampled_from((60, 61)))
def test_every_maximum_is_tight_while_paused_or_on_an_old_price(book: Book, paused: bool, age_s: int) -> None:
    old = book.pool.last_s - age_s
    prices = replace(book.prices, loan=replace(book.prices.loan, publish_s=old))
    book = replace(book, prices=prices, pool=replace(book.pool, paused=paused))
    for verb in VERBS:
        assert_tight(book, verb)


@FEWER
@given(book=books(), margin=st.integers(1, 2**60))
def test_largest_opening_is_tight_for_any_margin(book: Book, margin: int) -> None:
    book = replace(book, wallet_loan=max(margin, book.wallet_loan))
    loan = lending.max_open(book, margin=margin, now_ms=now_of(book)).amount.units
    if loan:
        accepted = lending.Open(margin=margin, borrow=loan)
        assert isinstance(lending.decide(book, accepted, now_ms=now_of(book)), Outcome)
    beyond = lending.Open(margin=margin, borrow=loan + 1)
    assert isinstance(lending.decide(book, beyond, now_ms=now_of(book)), Refused)


@FEWER
@given(book=books())
def test_largest_withdrawal_is_the_oracles(book: Book) -> None:
    assert most(book, Verb.TAKE).amount.units == world_of(book).max_take()


def relaxed(book: Book, name: str) -> Book:
    """Return the book with one constraint alone relaxed by the least that a unit needs."""
    market, pool = book.market, book.pool
    step = 4  # one lamport, both charges' ceilings, a share
    if name == "POSITION_CAP":
        assert market.max_debt_per_position is not None
        cap = max(market.max_debt_per_position, debt_of(book))
        return replace(book, market=replace(market, max_debt_per_position=cap + step))
    if name == "MARKET_CAP":
        assert market.max_debt_per_market is not None
        cap = max(market.max_debt_per_market, pool.borrow_assets)
        return replace(book, market=replace(market, max_debt_per_market=cap + step))
    if name == "POOL_LIQUIDITY":
        return replace(book, pool=replace(pool, cash=pool.cash + 1, supply_assets=pool.supply_assets + 1))
    assert name == "MAX_LTV", name
    value = unit_price(book) * book.position.collateral
    room = max(int(market.max_open_ltv.fraction * value), debt_of(book))
    share = (room + step) / value
    if share >= Fraction(3, 4):
        return book
    return replace(book, market=replace(market, max_open_ltv=Ratio(share.numerator, share.denominator)))


@FEWER
@given(book=books())
def test_the_named_constraint_alone_holds_a_loan_back(book: Book) -> None:
    maximum = most(book, Verb.BORROW)
    smallest = [limit for limit in maximum.limits if limit.amount == maximum.amount]
    assert maximum.binding == smallest[0].name
    others = [limit.name for limit in maximum.limits if limit.name != maximum.binding]
    for other in others:
        assert most(relaxed(book, other), Verb.BORROW).amount == maximum.amount, other
    if len(smallest) == 1:
        wider = relaxed(book, maximum.binding)
        if wider is not book:
            assert most(wider, Verb.BORROW).amount > maximum.amount


@FEWER
@given(book=books())
def test_a_withdrawal_that_debt_holds_back_rises_when_a_unit_of_collateral_is_added(book: Book) -> None:
    maximum = most(book, Verb.TAKE)
    more = replace(book, position=replace(book.position, collateral=book.position.collateral + 1))
    if maximum.amount:
        assert most(more, Verb.TAKE).amount.units == maximum.amount.units + 1


@FEWER
@given(book=books(ltv_permille_min=500))
def test_a_zero_opens_at_its_price_and_not_just_below(book: Book) -> None:
    for verb in (Verb.TAKE, Verb.BORROW):
        maximum = most(book, verb)
        if maximum.opens_at is None or maximum.amount:
            continue
        price = maximum.opens_at.price
        below = Ratio(price.num * 10**60 - price.den, price.den * 10**60)
        assert most(repriced(book, price), verb).amount.units >= 1
        assert not most(repriced(book, below), verb).amount


@FEWER
@given(book=books(ltv_permille_min=500))
def test_the_remedies_bring_the_debt_back_within_the_maximum(book: Book) -> None:
    maximum = most(book, Verb.TAKE)
    if maximum.amount or not maximum.remedies:
        return
    terms = {term.name: term.value.units for term in maximum.remedies if isinstance(term.value, Amount)}
    now_ms, m = now_of(book), book.market.max_open_ltv.fraction
    add = terms["add_collateral"]
    richer = replace(book, wallet_collateral=add, wallet_loan=2 * debt_of(book))
    if add:
        outcome = lending.decide(richer, lending.Add(add), now_ms=now_ms)
        assert isinstance(outcome, Outcome)
        assert debt_of(outcome.book) <= m * unit_price(book) * outcome.book.position.collateral
        less = lending.decide(replace(richer), lending.Add(add - 1), now_ms=now_ms) if add > 1 else None
        if isinstance(less, Outcome):
            assert debt_of(less.book) > m * unit_price(book) * less.book.position.collateral
    repay = terms["repay"]
    if repay:
        paid = lending.decide(richer, lending.Repay(repay), now_ms=now_ms)
        assert isinstance(paid, Outcome)
        assert debt_of(paid.book) <= m * unit_price(book) * book.position.collateral + 1


@FEWER
@given(book=books(), seconds=st.integers(1, 10**6), more=st.integers(1, 2**40))
def test_maxima_fall_with_debt_and_time_and_rise_with_the_token(book: Book, seconds: int, more: int) -> None:
    take, borrow = (most(book, verb).amount.units for verb in (Verb.TAKE, Verb.BORROW))
    later_s = book.pool.last_s + seconds
    fresh = replace(
        book.prices,
        collateral=replace(book.prices.collateral, publish_s=later_s),
        loan=replace(book.prices.loan, publish_s=later_s),
    )
    later = lending.settle(replace(book, prices=fresh), now_ms=later_s * 1000)
    price, loan = book.prices.collateral.price, book.prices.loan.price
    dearer = repriced(book, Ratio(price.num * 2**40 + more * price.den, price.den * 2**40))
    risen = replace(book, prices=replace(book.prices, loan=replace(
        book.prices.loan, price=Ratio(loan.num * 2**40 + more * loan.den, loan.den * 2**40))))  # fmt: skip
    if book.position.borrow_shares:
        assert most(later, Verb.TAKE).amount.units <= take
        assert most(dearer, Verb.TAKE).amount.units >= take
        assert most(risen, Verb.TAKE).amount.units <= take
    assert most(later, Verb.BORROW).amount.units <= borrow
    assert most(dearer, Verb.BORROW).amount.units >= borrow
    assert most(risen, Verb.BORROW).amount.units <= borrow


@FEWER
@given(book=books(capped=False), loan=st.integers(1, 2**40))
def test_maxima_fall_after_a_loan(book: Book, loan: int) -> None:
    outcome = act(book, Verb.BORROW, loan)
    if isinstance(outcome, Outcome):
        assert most(outcome.book, Verb.TAKE).amount <= most(book, Verb.TAKE).amount
        assert most(outcome.book, Verb.BORROW).amount <= most(book, Verb.BORROW).amount


@FEWER
@given(book=books(), share=st.integers(1, 999))
def test_two_withdrawals_end_like_one_up_to_a_lamport_of_net_in(book: Book, share: int) -> None:
    units = most(book, Verb.TAKE).amount.units
    first = units * share // 1000
    if not 0 < first < units:
        return
    whole, half = act(book, Verb.TAKE, units), act(book, Verb.TAKE, first)
    assert isinstance(whole, Outcome)
    assert isinstance(half, Outcome)
    rest = act(half.book, Verb.TAKE, units - first)
    assert isinstance(rest, Outcome)
    if whole.book.position.collateral == 0:
        assert rest.book == whole.book
        return
    extra = rest.book.position.net_in - whole.book.position.net_in
    assert extra in (0, 1)  # each withdrawal counts for its value rounded down, against the holder
    same = replace(rest.book, position=replace(rest.book.position, net_in=whole.book.position.net_in))
    assert same == whole.book


@FEWER
@given(book=books())
def test_adding_and_taking_the_same_restores_the_book(book: Book) -> None:
    units = min(book.wallet_collateral, 2**50)
    added = act(book, Verb.ADD, units)
    if units == 0:
        assert isinstance(added, Refused)
        return
    assert isinstance(added, Outcome)
    taken = act(added.book, Verb.TAKE, units)
    if isinstance(taken, Outcome):
        assert taken.book == book
    else:  # only where the LTV was above the maximum before
        assert debt_of(book) > book.market.max_open_ltv.fraction * unit_price(book) * book.position.collateral


@FEWER
@given(book=books(ltv_permille_max=740), permille=st.integers(1, 1000))
def test_an_accepted_close_never_worsens_a_healthy_position(book: Book, permille: int) -> None:
    outcome = lending.decide(book, Close(fraction=Ratio(permille, 1000)), now_ms=now_of(book))
    if isinstance(outcome, Outcome):
        assert lending.breach(outcome.book, now_ms=now_of(book)) is None


def loosened(book: Book, name: str) -> Book:
    """Return the book with one bound of what is plainly had or owed relaxed by its least unit."""
    if name == "WALLET_BALANCE":
        return replace(book, wallet_loan=book.wallet_loan + 1, wallet_collateral=book.wallet_collateral + 1)
    if name == "POSITION_COLLATERAL":
        return replace(book, position=replace(book.position, collateral=book.position.collateral + 1))
    assert name == "POOL_LIQUIDITY", name
    return replace(book, pool=replace(book.pool, cash=book.pool.cash + 1))


@FEWER
@given(book=books())
def test_one_unit_more_of_what_is_named_raises_the_plain_maxima(book: Book) -> None:
    for verb in (Verb.TAKE, Verb.ADD, Verb.REPAY, Verb.SUPPLY, Verb.REDEEM):
        maximum = most(book, verb)
        named = [limit.name for limit in maximum.limits if limit.amount == maximum.amount]
        if not maximum.amount or maximum.binding in ("MAX_LTV", "POSITION_DEBT", "SUPPLY_BALANCE"):
            continue
        assert maximum.binding == named[0], verb
        if len(named) == 1:
            looser = most(loosened(book, maximum.binding), verb)
            assert looser.amount.units == maximum.amount.units + 1, (verb, maximum)


@given(book=books(), is_blind=st.booleans())
def test_the_headline_is_what_the_whole_view_tells(book: Book, is_blind: bool) -> None:
    if is_blind:
        gone = replace(book.prices.loan, price=Ratio(0, 1))
        book = replace(book, prices=replace(book.prices, loan=gone, last_loan=None))
    seen = lending.headline(book, now_ms=now_of(book))
    whole = lending.view(book, now_ms=now_of(book))
    assert (seen.takeable, seen.bound_by) == (whole.take.amount, whole.take.binding)
    assert (seen.equity, seen.leverage) == (whole.equity or Ratio(0, 1), whole.leverage)
    assert [found.price for found in seen.liquidation_prices] == [
        whole.liquidation_price,
        whole.liquidation_price_usd,
        whole.liquidation_loan_usd,
    ]
