"""One market's index: what it takes in when, and how its keys are renewed as fundings go by."""

from typing import Any

import pytest

from solvent.margin import tiered
from solvent.margin.parts import FeedReading, FundingNote, Parts
from solvent.margin.pointing import Line, Slope, Span
from solvent.margin.tiered.pointing import TieredPointing
from solvent.money import Ratio
from solvent.risk import LiquidationIndex, MarketIndex, market_index

BTC = tiered.Market(name="BTC", size_decimals=5, tiers=tiered.tier_table(((0, 40), (10**10, 10))))


def book(mark: int) -> Any:
    return tiered.Book(market=BTC, position=tiered.Position(), cash=0, mark=mark, oracle=mark, mark_ms=0)


def long(cash: int) -> Any:
    return tiered.Position(size=1_000, cash=cash, entry=Ratio(600_000, 1), leverage=10)


def test_a_position_is_found_once_it_is_due_and_forgotten_when_it_is_gone() -> None:
    positions = {"a": long(-540_000_000), "b": long(-500_000_000)}
    index = MarketIndex(TieredPointing(BTC), positions)
    assert index.due(book(600_000), now_ms=0) == []
    assert index.due(book(540_000), now_ms=0) == ["a"]
    assert sorted(index.due(book(1), now_ms=0)) == ["a", "b"]
    del positions["a"]
    index.changed("a")
    index.changed("never there")
    assert index.due(book(540_000), now_ms=0) == []
    positions["b"] = long(-560_000_000)
    index.changed("b")
    assert index.due(book(540_000), now_ms=0) == ["b"]
    assert len(index) == 1


def test_prices_where_nobody_was_due_are_asked_again_once_a_key_reaches_into_them() -> None:
    asked: list[int] = []

    class Counting(TieredPointing):
        def slopes(self, groups: Any, paid: Any, bounds: Any = None) -> Any:
            asked.append(len(groups))
            return super().slopes(groups, paid, bounds)

    positions: dict[str, Any] = {}
    index = MarketIndex(Counting(BTC), positions)

    def put(name: str, position: Any) -> None:
        positions[name] = position
        index.changed(name)

    assert index.due(book(600_000), now_ms=0) == []
    put("a", long(-500_000_000))
    for mark in (600_000, 550_000, 560_000, 599_999):
        assert index.due(book(mark), now_ms=0) == []
    # Once while there was no key, and once for the first.
    assert asked == [0, 1]
    put("far", long(-400_000_000))
    assert index.due(book(575_000), now_ms=0) == []
    assert asked == [0, 1]
    put("near", long(-545_000_000))
    assert index.due(book(560_000), now_ms=0) == []
    assert asked == [0, 1, 1]
    assert index.due(book(551_000), now_ms=0) == ["near"]
    put("short", tiered.Position(size=-1_000, cash=600_000_000, leverage=10))
    assert index.due(book(570_000), now_ms=0) == []
    assert index.due(book(595_000), now_ms=0) == ["short"]


def test_keys_are_renewed_a_few_at_a_time_however_far_funding_leaps(monkeypatch: Any) -> None:
    monkeypatch.setattr(market_index, "RENEWED_MIN", 1)
    positions = {name: long(-500_000_000) for name in "abcdef"}
    made: list[Span] = []

    class Counting(TieredPointing):
        def lines(self, position: Any, span: Span) -> Any:
            made.append(span)
            return super().lines(position, span)

    index = MarketIndex(Counting(BTC), positions)
    index.due(book(600_000), now_ms=0)
    assert len(made) == 6
    # Past the inner bounds: the next askings renew one position each.
    index.note(FundingNote(at_ms=1, price=Ratio(60_000, 1), rate=Ratio(3, 100)))
    index.due(book(600_000), now_ms=1)
    assert len(made) == 6
    for n in range(6):
        index.due(book(600_000), now_ms=1)
        assert len(made) == 7 + n
    assert made[-1].low < made[0].high < made[-1].high
    # Past all bounds at once: who is due now is named by the keys that there are, and they are renewed after.
    index.note(FundingNote(at_ms=2, price=Ratio(60_000, 1), rate=Ratio(3, 20)))
    assert sorted(index.due(book(600_000), now_ms=2)) == list("abcdef")
    assert len(made) == 12
    index.due(book(600_000), now_ms=2)
    assert len(made) == 13
    assert made[-1].low == made[6].high


def test_a_key_that_no_float_holds_makes_its_position_a_candidate_everywhere() -> None:
    class Endless(TieredPointing):
        def lines(self, position: Any, _: Span) -> Any:
            return [Line((1, 0), position.cash * 10**400, 1)]

    positions = {"a": long(5)}
    index = MarketIndex(Endless(BTC), positions)
    assert index.due(book(600_000), now_ms=0) == ["a"]
    assert len(index) == 1
    del positions["a"]
    index.changed("a")
    assert index.due(book(600_000), now_ms=0) == []


@pytest.mark.parametrize(("sign", "named"), [(1, ["a"]), (-1, [])])
def test_a_threshold_that_no_float_holds_is_above_or_below_all_keys(sign: int, named: list[str]) -> None:
    class Leaping(TieredPointing):
        def slopes(self, groups: Any, paid: Any, bounds: Any = None) -> Any:
            return [Slope(1, 1, sign * 10**400, 1) for _ in super().slopes(groups, paid, bounds)]

    assert MarketIndex(Leaping(BTC), {"a": long(-500_000_000)}).due(book(600_000), now_ms=0) == named


def test_everybody_is_named_where_the_model_cannot_tell_and_nobody_where_nobody_can_be_due() -> None:
    class Unsure(TieredPointing):
        answer: Any = (1, 0)

        def unit(self, *_: Any, **__: Any) -> Any:
            return self.answer

    pointing = Unsure(BTC)
    index = MarketIndex(pointing, {"a": long(0)})
    assert index.due(book(600_000), now_ms=0) == ["a"]
    pointing.answer = None
    assert index.due(book(600_000), now_ms=0) == []


def test_an_index_is_made_when_it_is_asked_for_and_told_what_changes_from_then_on() -> None:
    index = LiquidationIndex()
    index.changed("BTC", "a")
    index.noted("BTC", FundingNote(at_ms=0, price=Ratio(1, 1), rate=Ratio(0, 1)))
    positions = {"a": long(-540_000_000)}
    assert asked(index, positions, mark=60_000) == []
    assert asked(index, positions, mark=54_000) == ["a"]
    positions["a"] = long(0)
    index.changed("BTC", "a")
    index.noted("BTC", FundingNote(at_ms=5, price=Ratio(1, 1), rate=Ratio(0, 1)))
    assert asked(index, positions, mark=54_000) == []


def test_a_model_that_points_at_nobody_has_everybody_looked_at(monkeypatch: Any) -> None:
    monkeypatch.delattr(tiered, "POINTING")
    assert asked(LiquidationIndex(), {"a": long(0)}, mark=60_000) == ["a"]


def asked(index: LiquidationIndex, positions: dict[str, Any], *, mark: int) -> list[str]:
    reading = FeedReading(feed="mark", price=Ratio(mark, 1))
    note = FundingNote(at_ms=0, price=Ratio(1, 1), rate=Ratio(0, 1))
    parts = Parts(market=BTC, position=None, readings=(reading,), valid_readings=(reading,), funding=(note,))
    return list(index.due("BTC", parts, model="tiered", positions=positions, now_ms=10))
