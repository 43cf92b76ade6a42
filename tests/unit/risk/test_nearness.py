"""How near positions are: at each edge of the share, in part, and where nothing can be pointed at."""

from typing import Any

import pytest

from solvent.margin import lending, tiered
from solvent.margin.parts import FeedReading, Parts
from solvent.margin.tiered.pointing import TieredPointing
from solvent.money import Ratio
from solvent.risk import LiquidationIndex, MarketIndex, Near, Nearness, nearest_first

BTC = tiered.Market(name="BTC", size_decimals=5, tiers=tiered.tier_table(((0, 40), (10**10, 10))))
# A maintenance of 1.25 %: due below 54,000 exactly.
CASH = -1_000 * 540_000 * 79 // 80


def long(cash: int = CASH) -> tiered.Position:
    return tiered.Position(size=1_000, cash=cash, entry=Ratio(600_000, 1), leverage=10)


def parts(mark: int) -> Parts:
    reading = FeedReading(feed="mark", price=Ratio(mark, 1))
    return Parts(market=BTC, position=None, readings=(reading,), valid_readings=(reading,))


def asked(positions: dict[str, Any], *, mark: int, share: Ratio) -> list[Near]:
    nearness = Nearness(parts(mark), share, model="tiered", now_ms=10)
    named = nearness.candidates("BTC", LiquidationIndex(), positions)
    found = [nearness.near(account, positions[account]) for account in named]
    return nearest_first(one for one in found if one is not None)


@pytest.mark.parametrize(
    ("mark", "share", "is_near"),
    [
        # A tenth below 60,000 is 54,000: not yet due there; a hair more is.
        (60_000, Ratio(1, 10), False),
        (60_000, Ratio(10**12 + 1, 10**13), True),
        (59_999, Ratio(1, 10), True),
        (54_000, Ratio(0, 1), False),
        (53_999, Ratio(0, 1), True),
    ],
)
def test_a_position_is_near_from_the_first_price_that_liquidates_it(
    mark: int, share: Ratio, is_near: bool
) -> None:
    found = asked({"a": long()}, mark=mark, share=share)
    assert bool(found) == is_near
    for one in found:
        assert one.distance == (Ratio(mark - 54_000, mark) if mark > 54_000 else Ratio(0, 1))
        assert one.is_due == (mark < 54_000)


def test_the_bankrupt_are_told_from_those_who_are_only_due() -> None:
    # Nothing is left where the price is that of the debt; a unit of the price below it something lacks.
    held = long(cash=-530_000_000)
    (due,) = asked({"a": held}, mark=53_000, share=Ratio(0, 1))
    assert (due.is_due, due.is_bankrupt, due.stake.equity) == (True, False, Ratio(0, 1))
    (gone,) = asked({"a": held}, mark=52_999, share=Ratio(0, 1))
    assert (gone.is_bankrupt, gone.stake.equity) == (True, Ratio(-1, 100))


def test_equally_near_positions_stand_in_the_order_of_their_accounts() -> None:
    found = asked({"b": long(), "a": long(), "c": long(CASH - 10**7)}, mark=60_000, share=Ratio(1, 5))
    assert [one.account for one in found] == ["c", "a", "b"]


def test_a_place_is_told_however_far_it_is_and_none_where_no_price_liquidates() -> None:
    nearness = Nearness(parts(60_000), Ratio(0, 1), model="tiered", now_ms=10)
    far = nearness.place("a", long())
    assert far is not None
    assert far.distance == Ratio(1, 10)
    assert nearness.place("a", long(cash=0)) is None
    assert nearness.place("a", tiered.Position(leverage=3)) is None


def test_what_changed_is_taken_in_a_few_at_a_time() -> None:
    positions = {name: long() for name in "abcde"}
    index = MarketIndex(TieredPointing(BTC), positions)
    book = tiered.Book(market=BTC, position=tiered.Position(), cash=0, mark=1, oracle=1, mark_ms=0)
    assert [index.take_in(book, 2) for _ in range(3)] == [False, False, True]
    assert len(index) == 5
    del positions["a"]
    for name in ("a", "never there"):
        index.changed(name)
    assert index.take_in(book, 5)
    assert sorted(index.near(book, Ratio(0, 1), now_ms=0)) == list("bcde")


def test_everybody_is_looked_at_where_a_model_cannot_point(monkeypatch: Any) -> None:
    class Unsure(TieredPointing):
        def unit(self, *_: Any, **__: Any) -> Any:
            return None

    book = tiered.Book(market=BTC, position=tiered.Position(), cash=0, mark=1, oracle=1, mark_ms=0)
    assert MarketIndex(Unsure(BTC), {"a": long()}).near(book, Ratio(0, 1), now_ms=0) == ["a"]
    monkeypatch.delattr(tiered, "POINTING")
    index, positions = LiquidationIndex(), {"a": long()}
    assert index.take_in("BTC", parts(60_000), model="tiered", positions=positions, now_ms=0, most=1)
    nearness = Nearness(parts(60_000), Ratio(0, 1), model="tiered", now_ms=0)
    assert list(nearness.candidates("BTC", index, positions)) == ["a"]


def test_a_loan_without_debt_is_near_to_nothing() -> None:
    market = lending.PRESETS["wETH/SOL"]
    readings = tuple(FeedReading(feed=feed, price=Ratio(1, 1)) for feed in lending.feeds(market))
    pool = lending.empty_pool(market, now_ms=0)
    nearness = Nearness(
        Parts(market=market, position=None, pool=pool, readings=readings),
        Ratio(1, 2),
        model="lending",
        now_ms=0,
    )
    assert nearness.place("a", lending.Position(collateral=10**8)) is None
