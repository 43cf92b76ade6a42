"""Random sequences of actions: money is conserved, and only price and time make a position unhealthy."""

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from solvent.margin import risk_limit as rl
from solvent.margin.seam import Account, Outcome
from solvent.money import Ratio
from tests.property.risk_limit.books import markets

FEW = settings(max_examples=100)
LEVELS = rl.PRESETS["XBTUSDTM"].levels
PRICES = st.integers(10, 10**6).map(lambda tenths: Ratio(tenths, 10))
LOTS = st.integers(1, 5000)
SIGNS = st.sampled_from([1, -1])


@st.composite
def actions(draw: st.DrawFn) -> Any:
    lots = draw(LOTS) * draw(SIGNS)
    leverage = draw(st.sampled_from([1, 3, 10, 20, 100, 125]))
    order_id = draw(st.sampled_from(["a", "b"]))
    price = draw(PRICES)
    return draw(
        st.sampled_from(
            [
                rl.Open(lots=lots, leverage=leverage),
                rl.Open(lots=lots, leverage=leverage),
                rl.Close(lots=abs(lots) % 7 + 1),
                rl.Close(),
                rl.Add(draw(st.integers(1, 10**13))),
                rl.Take(draw(st.integers(1, 10**11))),
                rl.SetLevel(draw(st.integers(1, 12))),
                rl.Order(order_id=order_id, lots=lots, leverage=leverage, limit_price=price),
                rl.Order(order_id=order_id, lots=lots, leverage=1, limit_price=price, reduce_only=True),
                rl.Fill(order_id=order_id, price=price),
                rl.Cancel(order_id),
                rl.Liquidate(draw(st.booleans())),
                rl.Deleverage(lots=abs(lots) % 7 + 1, price=price),
            ]
        )
    )


@st.composite
def moments(draw: st.DrawFn) -> tuple[Ratio, tuple[rl.FundingInterval, ...], Any, bool]:
    """A new mark, perhaps an interval's funding, an action, and whether all that may be taken is."""
    rate = Ratio(draw(st.integers(-500, 500)), 10_000)
    mark = draw(PRICES)
    funding = (rl.FundingInterval(at_ms=0, mark=mark, rate=rate),) if draw(st.booleans()) else ()
    return mark, funding, draw(actions()), draw(st.booleans())


@st.composite
def starts(draw: st.DrawFn) -> rl.Book:
    market = draw(markets())
    bounds = LEVELS if draw(st.booleans()) else market.levels
    spread = draw(st.sampled_from([Ratio(0, 1), Ratio(1, 1000), Ratio(1, 5)]))
    market = replace(market, levels=bounds, half_spread=spread, refuse_with_open_orders=draw(st.booleans()))
    return rl.Book(
        market=market,
        position=rl.Position(),
        balance=draw(st.integers(0, 10**16)),
        mark=Ratio(100, 1),
        mark_ms=0,
    )


def bucket(book: rl.Book) -> int:
    return book.position.margin - book.position.cost


def assert_conserved(before: rl.Book, outcome: Outcome[rl.Book]) -> None:
    sums: Counter[str] = Counter()
    moved: Counter[tuple[Account, str]] = Counter()
    for posting in outcome.postings:
        assert posting.units != 0
        sums[posting.asset] += posting.units
        moved[posting.account, posting.asset] += posting.units
    assert not any(sums.values()), sums
    after, market = outcome.book, before.market
    assert moved[Account.POSITION, market.settle.symbol] == bucket(after) - bucket(before)
    assert moved[Account.WALLET, market.settle.symbol] == after.balance - before.balance
    assert moved[Account.POSITION, market.name] == after.position.lots - before.position.lots


def is_whole(book: rl.Book) -> bool:
    """What is true of every book: nothing owed beyond the balance, and a flat position is empty."""
    position = book.position
    reserved = sum(order.reserved for order in book.orders)
    if position.lots == 0:
        empty = rl.Position(level=position.level, settled_ms=position.settled_ms)
        return position == empty and book.reserved == reserved and book.balance >= 0
    return book.balance >= 0 and book.reserved == reserved and position.taken >= 0


@FEW
@given(starts(), st.lists(moments(), min_size=1, max_size=12))
def test_every_outcome_balances_and_leaves_a_healthy_position_healthy(
    book: rl.Book, steps: list[tuple[Ratio, tuple[rl.FundingInterval, ...], Any, bool]]
) -> None:
    now_ms = 0
    for mark, funding, wanted, takes_all in steps:
        now_ms += 1000
        dated = tuple(replace(interval, at_ms=now_ms) for interval in funding)
        book = replace(book, mark=mark, mark_ms=now_ms, funding=dated)
        settled = rl.settle(book, now_ms=now_ms)
        was_healthy = rl.breach(settled, now_ms=now_ms) is None
        most = rl.limits(book, now_ms=now_ms)["take"].amount.units
        action = rl.Take(most) if takes_all and most else wanted
        result = rl.decide(book, action, now_ms=now_ms)
        if isinstance(result, Outcome):
            assert_conserved(book, result)
            assert is_whole(result.book), result.book
            is_forced = isinstance(action, rl.Liquidate | rl.Deleverage)
            assert is_forced or not was_healthy or rl.breach(result.book, now_ms=now_ms) is None
            book = result.book
        else:
            assert rl.Code(result.code)
            assert result.message
            book = settled


@FEW
@given(starts(), st.lists(actions(), max_size=10))
def test_cancelling_everything_frees_every_reservation(book: rl.Book, wanted: list[Any]) -> None:
    for action in wanted:
        result = rl.decide(book, action, now_ms=0)
        book = result.book if isinstance(result, Outcome) else book
    while book.orders:
        result = rl.decide(book, rl.Cancel(book.orders[0].order_id), now_ms=0)
        assert isinstance(result, Outcome)
        book = result.book
    assert book.reserved == 0


@FEW
@given(st.permutations(["a", "b", "c", "d"]), st.lists(LOTS, min_size=4, max_size=4))
def test_the_deleveraging_order_does_not_depend_on_the_order_of_candidates(
    names: list[str], lots: list[int]
) -> None:
    market = rl.PRESETS["XBTUSDTM"]
    held = {
        name: rl.Position(lots=-n, cost=rl.fill_value(market, -n, Ratio(120, 1)), init=10**12)
        for name, n in zip("abcd", lots, strict=True)
    }
    ranked = rl.adl_ranking(market, [(name, held[name]) for name in names], failed_side=1, mark=Ratio(100, 1))
    sorted_first = rl.adl_ranking(market, sorted(held.items()), failed_side=1, mark=Ratio(100, 1))
    assert ranked == sorted_first
