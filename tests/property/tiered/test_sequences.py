"""Random lives of one bucket: whatever is accepted balances, and no action alone makes it unhealthy."""

from collections.abc import Mapping

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from solvent.margin import Account, Outcome, Posting, tiered
from solvent.margin.tiered import (
    Action,
    Add,
    Book,
    Cancel,
    Close,
    Fill,
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
from solvent.money import Ratio, power_of_ten
from tests.property.tiered.books import NOW_MS, PPM, books

ALL_MODES = tuple(Mode)


def by_account(postings: tuple[Posting, ...], asset: str) -> Mapping[Account, int]:
    sums: dict[Account, int] = {}
    for posting in postings:
        if posting.asset == asset:
            sums[posting.account] = sums.get(posting.account, 0) + posting.units
    return sums


@st.composite
def actions(draw: st.DrawFn, book: Book, step: int) -> Action:
    """Draw an action whose numbers lie near what the book allows."""
    held, ppm = book.position.size, draw(st.integers(1, 2 * PPM))
    part = max(1, abs(held) * ppm // PPM) if held else max(1, book.cash * ppm // (PPM * book.mark))
    size = draw(st.sampled_from((part, -part)))
    limits = tiered.limits(book, now_ms=NOW_MS)
    near = book.mark * draw(st.integers(900_000, 1_100_000)) // PPM
    digits = power_of_ten(max(0, len(str(near)) - 5))
    limit = max(1, near // digits * digits)
    placed = sorted(order.order_id for order in book.orders) or ["none"]
    chosen = draw(st.sampled_from(placed))
    resting_limit = next((order.limit_price for order in book.orders if order.order_id == chosen), limit)
    choices: list[Action] = [
        Take(limits["take"].amount.units * ppm // PPM),
        Add(limits["add"].amount.units * ppm // PPM),
        TopUp(Ratio(ppm, PPM)),
        SetLeverage(draw(st.integers(1, book.market.tiers.leverage_max))),
        Open(size=size),
        Close(size=part),
        Close(),
        Order(order_id=f"o{step}", size=size, limit_price=limit, reduce_only=draw(st.booleans())),
        Order(order_id=f"o{step}", size=size, limit_price=limit, tif=Tif.ALO),
        Cancel(chosen),
        Fill(order_id=chosen, price=draw(st.sampled_from((resting_limit, book.mark)))),
    ]
    return draw(st.sampled_from(choices))


def check_accepted(before: Book, action: Action, done: Outcome[Book]) -> None:
    """Hold an accepted action to its postings: balanced, and exactly the change of the book."""
    after, usd = done.book, by_account(done.postings, "USDC")
    contract = by_account(done.postings, before.market.contract.symbol)
    assert sum(usd.values()) == 0
    assert sum(contract.values()) == 0
    assert usd.get(Account.WALLET, 0) == after.cash - before.cash
    assert usd.get(Account.POSITION, 0) == after.position.cash - before.position.cash
    assert contract.get(Account.POSITION, 0) == after.position.size - before.position.size
    assert usd.get(Account.FEES, 0) >= 0
    assert usd.get(Account.BACKSTOP, 0) <= 0
    assert after.reserved == sum(order.reserved for order in after.orders)
    assert after.cash >= 0, action
    if after.position.size == 0:
        assert (after.position.cash, after.position.entry) == (0, None)


@given(books(bits=60, modes=ALL_MODES, healthy=True, flat=True), st.data())
def test_no_accepted_action_makes_a_healthy_position_unhealthy_and_each_one_balances(
    book: Book, data: st.DataObject
) -> None:
    book = replace(book, market=replace(book.market, order_value_min=1))
    for step in range(8):
        action = data.draw(actions(book, step))
        done = tiered.decide(book, action, now_ms=NOW_MS)
        if isinstance(done, Outcome):
            check_accepted(book, action, done)
            assert tiered.breach(done.book, now_ms=NOW_MS) is None, action
            book = done.book
    for order in book.orders:
        done = tiered.decide(book, Cancel(order.order_id), now_ms=NOW_MS)
        assert isinstance(done, Outcome)
        book = done.book
    assert (book.reserved, book.orders) == (0, ())


@given(books(bits=60, modes=ALL_MODES, flat=True), st.integers(500_000, 1_500_000), st.data())
def test_every_accepted_action_balances_through_price_moves_funding_and_liquidations(
    book: Book, ppm: int, data: st.DataObject
) -> None:
    book = replace(book, market=replace(book.market, order_value_min=1))
    for step in range(6):
        moved = max(1, book.mark * ppm // PPM)
        rate = data.draw(st.integers(-(4 * 10**8), 4 * 10**8))
        hour = FundingHour(at_ms=step + 1, oracle=moved, rate=rate)
        book = replace(book, mark=moved, funding=(hour,))
        action: Action = data.draw(st.one_of(st.just(Liquidate()), actions(book, step)))
        done = tiered.decide(book, action, now_ms=NOW_MS)
        if isinstance(done, Outcome):
            usd = by_account(done.postings, "USDC")
            assert sum(usd.values()) == 0
            assert sum(by_account(done.postings, book.market.contract.symbol).values()) == 0
            assert usd.get(Account.POSITION, 0) == done.book.position.cash - book.position.cash
            assert usd.get(Account.WALLET, 0) == done.book.cash - book.cash
            assert done.book.cash >= 0
            book = done.book


@given(books(bits=60, healthy=True), st.data())
def test_an_action_asked_twice_is_decided_the_same_and_changes_no_book(
    book: Book, data: st.DataObject
) -> None:
    action = data.draw(actions(book, 0))
    copy = replace(book)
    assert tiered.decide(book, action, now_ms=NOW_MS) == tiered.decide(copy, action, now_ms=NOW_MS)
    assert book == copy
