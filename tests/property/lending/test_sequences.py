"""Random commands against the oracle: same numbers, money conserved, invariants, nobody else harmed."""

from collections import Counter
from collections.abc import Iterable
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from solvent.margin import lending
from solvent.margin.lending import Action, Book, Position
from solvent.margin.seam import Account, Outcome, Posting, Verb
from solvent.money import Ratio
from tests.oracles.lending import World
from tests.property.lending.books import (
    FEWER,
    books,
    debt_of,
    decimals,
    is_same,
    now_of,
    repriced,
    unit_price,
    value_of,
    world_of,
)

PERMILLE = st.integers(1, 1100)


@st.composite
def actions(draw: st.DrawFn, book: Book) -> Action:
    """Draw an action of a size that is often possible."""
    maxima = {one.verb: one.amount.units for one in lending.limits(book, now_ms=now_of(book)).maxima}
    part = draw(PERMILLE)
    verb = draw(st.sampled_from([*maxima, Verb.CLOSE, Verb.LIQUIDATE]))
    if verb is Verb.CLOSE:
        fraction = draw(
            st.sampled_from((Ratio(1, 4), Ratio(1, 2), Ratio(3, 4), Ratio(1, 1), Ratio(part, 1100)))
        )
        return lending.Close(fraction=fraction, cover_shortfall_from_wallet=draw(st.booleans()))
    if verb is Verb.LIQUIDATE:
        return lending.Liquidate(draw(st.none() | st.just(debt_of(book) * part // 1000)))
    return lending.action_of(book, verb, maxima[verb] * part // 1000)


def mirror(world: World, action: Action, sold: int) -> None:
    """Do the same in the oracle."""
    match action:
        case lending.Add(amount):
            world.add(amount)
        case lending.Take(amount):
            world.take(amount)
        case lending.Borrow(amount):
            world.borrow(amount)
        case lending.Repay(amount):
            world.repay(amount)
        case lending.Supply(amount):
            world.supply(amount)
        case lending.Redeem(amount):
            assert amount is not None
            world.redeem(amount)
        case lending.Open():
            assert action.borrow is not None
            world.open(action.margin, action.borrow)
        case lending.Close():
            world.close(sold, cover=action.cover_shortfall_from_wallet)
        case lending.Liquidate(offer):
            world.liquidate(offer)


def net(postings: Iterable[Posting]) -> Counter[tuple[Account, str]]:
    totals: Counter[tuple[Account, str]] = Counter()
    for posting in postings:
        totals[posting.account, posting.asset] += posting.units
    return totals


def assert_conserved(before: Book, after: Book, postings: tuple[Posting, ...]) -> None:
    """The postings balance per asset and say exactly what wallet, vault and pool gained."""
    moved = net(postings)
    for asset in ("SOL", "TOK"):
        assert sum(units for (_, symbol), units in moved.items() if symbol == asset) == 0
    assert moved[Account.WALLET, "SOL"] == after.wallet_loan - before.wallet_loan
    assert moved[Account.WALLET, "TOK"] == after.wallet_collateral - before.wallet_collateral
    assert moved[Account.POSITION, "TOK"] == after.position.collateral - before.position.collateral
    assert moved[Account.POOL, "SOL"] == after.pool.cash - before.pool.cash


def assert_invariants(book: Book, others: int, lenders: int) -> None:
    window = book.market.origination_window_s
    released = sum(
        lending.released_of(s.amount, window_s=window, age_s=book.pool.last_s - s.start_s)
        for s in book.pool.streams
    )
    held = book.position.collateral
    assert not lending.check_invariants(
        book.pool,
        borrow_shares=book.position.borrow_shares + others,
        supply_shares=book.supply_shares + lenders,
        collateral=held,
        vault=held,
        released=released,
    )


def is_healthy(book: Book) -> bool:
    return debt_of(book) <= book.market.liquidation_ltv.fraction * value_of(book)


@given(data=st.data(), book=books())
def test_random_commands_end_as_the_oracle_says_with_all_money_accounted_for(
    data: st.DataObject, book: Book
) -> None:
    world = world_of(book)
    others = book.pool.borrow_shares - book.position.borrow_shares
    lenders = book.pool.supply_shares - book.pool.protocol_shares - book.supply_shares
    for _ in range(data.draw(st.integers(1, 5))):
        if data.draw(st.booleans()):
            book, world = _later(book, world, data.draw(st.integers(1, 300_000)))
        if data.draw(st.integers(0, 3)) == 0:
            book = repriced(book, data.draw(decimals(-12, 9)))
            world.price = unit_price(book)
        action = data.draw(actions(book))
        outcome = lending.decide(book, action, now_ms=now_of(book))
        if not isinstance(outcome, Outcome):
            continue
        _check_step(book, outcome, others=others, lenders=lenders)
        mirror(world, action, getattr(outcome.working, "sold", 0))
        assert is_same(outcome.book, world), (action, outcome.book, world)
        book = outcome.book


def _later(book: Book, world: World, seconds: int) -> tuple[Book, World]:
    later_s = book.pool.last_s + seconds
    prices = replace(
        book.prices,
        collateral=replace(book.prices.collateral, publish_s=later_s),
        loan=replace(book.prices.loan, publish_s=later_s),
    )
    before = book
    book = lending.settle(replace(book, prices=prices), now_ms=later_s * 1000)
    world.accrue(later_s)
    assert is_same(book, world)
    assert lending.share_price(book.pool) >= lending.share_price(before.pool)
    return book, world


def _check_step(book: Book, outcome: Outcome[Book], *, others: int, lenders: int) -> None:
    after = outcome.book
    assert_conserved(book, after, outcome.postings)
    assert_invariants(after, others, lenders)
    assert lending.debt_of(after.pool, others) <= lending.debt_of(book.pool, others)
    if is_healthy(book):
        assert is_healthy(after)
    bad = getattr(outcome.working, "bad_debt", 0)
    if not bad and after.pool.borrow_shares:
        assert lending.share_price(after.pool) >= lending.share_price(book.pool)


@FEWER
@given(data=st.data(), book=books())
def test_a_preview_changes_nothing_and_says_what_is_applied(data: st.DataObject, book: Book) -> None:
    action = data.draw(actions(book))
    first = lending.decide(book, action, now_ms=now_of(book))
    assert lending.decide(book, action, now_ms=now_of(book)) == first


@FEWER
@given(data=st.data(), book=books(), seconds=st.integers(0, 10**6))
def test_accrual_commutes_with_an_action_at_the_same_second(
    data: st.DataObject, book: Book, seconds: int
) -> None:
    now_ms = now_of(book) + seconds * 1000
    settled = lending.settle(book, now_ms=now_ms)
    action = data.draw(actions(settled))
    late, early = (lending.decide(one, action, now_ms=now_ms) for one in (book, settled))
    assert late == early
    if isinstance(late, Outcome):
        assert lending.settle(late.book, now_ms=now_ms) == late.book


@FEWER
@given(book=books(), seconds=st.integers(0, 10**7))
def test_borrowers_pay_at_least_what_lenders_and_protocol_earn(book: Book, seconds: int) -> None:
    after, working = lending.accrue(book.market, book.pool, now_s=book.pool.last_s + seconds)
    pool = book.pool
    assert after.borrow_assets - pool.borrow_assets == working.interest
    assert after.supply_assets - pool.supply_assets == working.interest + working.released
    claims = lending.claim_of(after, after.supply_shares) - lending.claim_of(pool, pool.supply_shares)
    assert claims <= working.interest + working.released + 1
    fee = lending.claim_of(after, working.protocol_fee_shares)
    assert fee <= working.protocol_fee + working.released * max(1, working.protocol_fee)
    debts = lending.debt_of(after, after.borrow_shares) - lending.debt_of(pool, pool.borrow_shares)
    assert debts <= working.interest + 1


@FEWER
@given(book=books())
def test_anyone_can_repay_in_full_and_then_withdraw_everything(book: Book) -> None:
    now_ms = now_of(book)
    old = replace(
        book,
        pool=replace(book.pool, paused=True),
        prices=replace(book.prices, loan=replace(book.prices.loan, publish_s=-(10**6))),
        wallet_loan=debt_of(book),
    )
    if old.position.borrow_shares:
        outcome = lending.decide(old, lending.Repay(debt_of(book) + 5), now_ms=now_ms)
        assert isinstance(outcome, Outcome)
        assert outcome.working.taken == debt_of(book)
        old = outcome.book
    assert old.position.borrow_shares == 0
    left = lending.decide(old, lending.Take(old.position.collateral), now_ms=now_ms)
    assert isinstance(left, Outcome)
    assert left.book.position == Position()


@FEWER
@given(book=books(ltv_permille_min=700, ltv_permille_max=2_000))
def test_a_liquidation_is_the_oracles_and_never_makes_bad_debt_above_water(book: Book) -> None:
    now_ms, value, owed = now_of(book), value_of(book), debt_of(book)
    outcome = lending.decide(book, lending.Liquidate(), now_ms=now_ms)
    world = world_of(book)
    assert isinstance(outcome, Outcome) == world.is_liquidatable()
    assert (lending.breach(book, now_ms=now_ms) is not None) == world.is_liquidatable()
    if not isinstance(outcome, Outcome):
        return
    plan, after = outcome.working.plan, outcome.book
    assert plan == lending.plan(book, now_ms=now_ms)
    assert (plan.penalty_rate.fraction, plan.repay, plan.seized) == world.proposal()
    if value > owed:
        assert outcome.working.bad_debt == 0
    if after.position.borrow_shares:
        assert after.position.collateral > 0
        left = Fraction(debt_of(after)) / value_of(after)
        slack = Fraction(1) / value_of(after)  # a share's rounding
        assert left <= Fraction(owed) / value + slack
        assert left <= Fraction(7, 10) + slack
    assert plan.protocol_tokens + plan.liquidator_tokens == plan.seized <= book.position.collateral
    bound = unit_price(book) * plan.seized
    assert plan.everything or bound <= plan.repay * (1 + plan.penalty_rate.fraction)


@FEWER
@given(book=books(ltv_permille_min=1, ltv_permille_max=1_000), far=st.integers(0, 60))
def test_a_liquidation_price_is_healthy_and_a_tick_beyond_is_not(book: Book, far: int) -> None:
    now_ms = now_of(book)
    if not book.position.borrow_shares:
        return
    tick = 10**far
    for seen in lending.headline(book, now_ms=now_ms).liquidation_prices:
        price = seen.price
        assert price is not None
        beyond = (
            price.fraction * (tick + 1 if seen.above else tick * 10 - 1) / (tick if seen.above else tick * 10)
        )
        assert lending.survives(book, feed=seen.feed, price=price, now_ms=now_ms)
        worse = Ratio(beyond.numerator, beyond.denominator)
        assert not lending.survives(book, feed=seen.feed, price=worse, now_ms=now_ms)
