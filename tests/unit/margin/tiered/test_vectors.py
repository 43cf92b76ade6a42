"""The published rule vectors, case by case, through the public functions."""

import json
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from importlib.resources import files
from typing import Any

import pytest

from solvent.margin import Outcome, Refused, tiered
from solvent.margin.tiered import (
    Add,
    Book,
    Close,
    FundingHour,
    Market,
    Mode,
    Open,
    Position,
    SetLeverage,
    Take,
    TopUp,
)
from solvent.money import Ratio, Rounding, parse_units

Given = dict[str, Any]
Found = dict[str, Any]

VECTORS = json.loads((files("solvent.dialects") / "vectors" / "tiered.json").read_text("utf-8"))
RATIO_FIELDS = {
    "liquidation_px", "backstop_px", "bankruptcy_px", "entry_px", "maintenance", "floor",
    "removal_opens_at_mark", "valid_until_mark", "scores", "rise",
}  # fmt: skip


def usd(text: str) -> int:
    return parse_units(text, 6, signed=True)


def dollars(units: int) -> Fraction:
    return Fraction(units, 10**6)


def decimals_of(*texts: str) -> int:
    return max(len(text.partition(".")[2]) for text in texts) if texts else 0


def market_of(given: Given) -> Market:
    """Build the case's market; sizes get as many decimals as the case writes."""
    sizes = [str(given[name]) for name in ("szi", "size", "fill_size") if name in given]
    rate = Ratio.parse(str(given.get("fee_rate", "0.00045")))
    table = tuple((usd(bound), int(leverage)) for bound, leverage in given.get("tiers", [["0", "50"]]))
    return Market(
        name="COIN",
        size_decimals=int(given.get("sz_decimals", decimals_of(*sizes))),
        tiers=tiered.tier_table(table),
        mode=Mode(given.get("margin_mode", "isolated")),
        taker_fee=rate,
        order_value_min=0,
    )


def book_of(given: Given) -> Book:
    market = market_of(given)
    size = parse_units(given.get("szi", "0"), market.size_decimals, signed=True)
    price = str(given.get("mark") or given.get("px") or given.get("oracle") or "1")
    mark = parse_units(price, market.price_decimals)
    entry = (
        Ratio.parse(given["entry_px"]).units(market.price_decimals, Rounding.FLOOR)
        if "entry_px" in given
        else mark
    )
    position = Position(
        size=size,
        cash=usd(given.get("raw_usd", "0")),
        entry=Ratio(entry, 1) if size else None,
        leverage=int(given.get("leverage", market.tiers.leverage_max)),
        cooldown_until_ms=1 if given.get("in_cooldown") else 0,
    )
    cash = usd(given.get("withdrawable", "1000000000"))
    return Book(market=market, position=position, cash=cash, mark=mark, oracle=mark, mark_ms=0)


def seen(book: Book) -> Found:
    """Return the figures of a bucket under the vectors' names."""
    view = tiered.view(book, now_ms=0)
    return {
        "notional": dollars(view.notional),
        "equity": dollars(view.equity),
        "equity_at_fill_px": dollars(view.equity),
        "maintenance": view.maintenance.fraction / 10**6,
        "liquidation_px": view.liquidation_px,
        "backstop_px": view.backstop_px,
        "bankruptcy_px": view.bankruptcy_px,
        "floor": view.floor.fraction / 10**6,
        "max_removable": dollars(view.max_removable),
        "max_removable_after": dollars(view.max_removable),
        "binding": view.binding,
        "removal_opens_at_mark": view.opens_at,
        "szi": Fraction(book.position.size, 10**book.market.size_decimals),
        "raw_usd": dollars(book.position.cash),
        "withdrawable": dollars(view.withdrawable),
        "entry_px": None
        if book.position.entry is None
        else book.position.entry.fraction / book.market.price_scale,
        "tier_max_leverage": book.market.tiers.leverages[book.market.tiers.tier_at(view.notional)],
    }


def decided(book: Book, action: tiered.Action, **working: Callable[[Any], int | Fraction]) -> Found:
    """Return the book after an action, with named terms of its working; or the refusal's code."""
    outcome = tiered.decide(book, action, now_ms=0)
    if isinstance(outcome, Refused):
        return {"accepted": False, "error": outcome.code}
    assert isinstance(outcome, Outcome)
    terms = {name: read(outcome.working) for name, read in working.items()}
    return {**seen(outcome.book), "accepted": True, **terms}


def fill(given: Given) -> Found:
    book = book_of(given)
    signed = parse_units(str(given.get("fill_size") or given["size"]), book.market.size_decimals, signed=True)
    opens = book.position.size == 0 or (book.position.size > 0) == (signed > 0)
    return decided(
        book,
        Open(size=signed) if opens else Close(size=abs(signed)),
        margin=lambda working: dollars(working.margin_taken),
        margin_taken=lambda working: dollars(working.margin_taken),
        released=lambda working: dollars(working.released),
        fee=lambda working: dollars(working.fee),
        closed_pnl=lambda working: working.closed_pnl.fraction / 10**6,
    )


def update_margin(given: Given) -> Found:
    amount = usd(given["amount"])
    return decided(book_of(given), Add(amount) if amount > 0 else Take(-amount))


def set_leverage(given: Given) -> Found:
    return decided(book_of(given), SetLeverage(int(given["new_leverage"])))


def top_up(given: Given) -> Found:
    book = book_of({**given, "margin_mode": "strictIsolated"})
    action = TopUp(Ratio.parse(given["target_leverage"]))
    return decided(book, action, amount=lambda working: dollars(working.amount))


def funding(given: Given) -> Found:
    book = book_of(given)
    hour = FundingHour(at_ms=1, oracle=book.mark, rate=parse_units(given["rate"], 10))
    funded = Book(
        market=book.market,
        position=book.position,
        cash=0,
        mark=book.mark,
        oracle=book.mark,
        mark_ms=0,
        funding=(hour,),
    )
    settled = tiered.settle(funded, now_ms=1)
    return {**seen(settled), "credit": dollars(settled.position.cash - book.position.cash)}


def maintenance(given: Given) -> Found:
    """One coin of the notional's worth has the notional."""
    notional = usd(given["notional"])
    position = Position(size=1, cash=0, entry=Ratio(notional, 1))
    book = Book(market=market_of(given), position=position, cash=0, mark=notional, oracle=notional, mark_ms=0)
    return seen(book)


def liquidation_price(given: Given) -> Found:
    """The tier is that of the liquidation price, so that the mark is put next to it."""
    book = book_of(given)
    price = tiered.liquidation_price(book.market, book.position)
    assert price is not None
    mark = price.units(book.market.price_decimals, Rounding.CEIL)
    return seen(Book(market=book.market, position=book.position, cash=0, mark=mark, oracle=mark, mark_ms=0))


def order_margin(given: Given) -> Found:
    value = Fraction(given["size"]) * Fraction(given["limit_px"]) * 10**6
    reserved = tiered.order_margin(Ratio(value.numerator, value.denominator), int(given["leverage"]))
    return {"reserved": dollars(reserved)}


def quote(given: Given) -> Found:
    found = tiered.quote(book_of(given), tolerance=Ratio.parse(given["tolerance"]), now_ms=0)
    return {
        "quoted": dollars(found.quoted),
        "valid_until_mark": found.valid_until_mark,
        "at_mark": dollars(found.at_mark),
    }


def liquidation_step(given: Given) -> Found:
    book = book_of(given)
    plan = tiered.plan(book, now_ms=0)
    size = None if plan.size is None else Fraction(plan.size, 10**book.market.size_decimals)
    return {
        "action": plan.step.value,
        "size": size,
        "equity": dollars(plan.equity),
        "maintenance": plan.maintenance.fraction / 10**6,
    }


def adl_rank(given: Given) -> Found:
    """Marks and entries of this case are whole dollars; sizes are whole coins."""
    candidates = [
        (
            one["account"],
            Position(
                size=int(one["szi"]) * 100,
                cash=usd(one["raw_usd"]),
                entry=Ratio(int(one["entry_px"]) * 10**4, 1),
            ),
        )
        for one in given["accounts"]
    ]
    side = 1 if given["liquidated_side"] == "long" else -1
    ranked = tiered.adl_ranking(candidates, failed_side=side, mark=int(given["mark"]) * 10**4)
    return {"order": [name for name, _ in ranked], "scores": [score for _, score in ranked]}


def adl_price(given: Given) -> Found:
    book = book_of(given)
    price = tiered.adl_price(book.position)
    leftover = book.position.cash + book.position.size * price
    return {"px": Fraction(price, book.market.price_scale), "leftover_usd": dollars(leftover)}


def rise_needed(given: Given) -> Found:
    rise = tiered.rise_needed(market_of(given), int(given["leverage"]), Ratio.parse(given["fee_rate"]))
    return {"rise": rise}


OPERATIONS: dict[str, Callable[[Given], Found]] = {
    "position": lambda given: seen(book_of(given)),
    "open": fill,
    "fill": fill,
    "update_margin": update_margin,
    "set_leverage": set_leverage,
    "top_up": top_up,
    "funding": funding,
    "maintenance": maintenance,
    "liquidation_price": liquidation_price,
    "order_margin": order_margin,
    "quote": quote,
    "liquidation_step": liquidation_step,
    "adl_rank": adl_rank,
    "adl_price": adl_price,
    "rise_needed": rise_needed,
}


def assert_equals(field: str, found: Any, expected: Any, *, is_ratio: bool) -> None:
    """Ratios and prices: 15 significant digits, one unit of the last; everything else exactly."""
    if isinstance(expected, list):
        assert len(found) == len(expected), (field, found)
        for one, other in zip(found, expected, strict=True):
            assert_equals(field, one, other, is_ratio=is_ratio)
        return
    if expected is None or isinstance(expected, bool) or field in {"error", "action", "binding", "order"}:
        assert found == expected, field
        return
    exact = found.fraction if isinstance(found, Ratio) else Fraction(found)
    printed = Fraction(expected)
    unit = Fraction(10) ** (Decimal(expected).adjusted() - 14) if is_ratio else 0
    assert abs(exact - printed) <= unit, (field, float(exact), expected)


@pytest.mark.parametrize("vector", VECTORS, ids=[vector["name"] for vector in VECTORS])
def test_each_vector_comes_out_as_published(vector: dict[str, Any]) -> None:
    given, expected = vector["given"], vector["expect"]
    found = OPERATIONS[given["op"]](given)
    for field, value in expected.items():
        is_ratio = field in RATIO_FIELDS or (given["op"] == "liquidation_step" and field == "equity")
        assert_equals(field, found[field], value, is_ratio=is_ratio)


def test_every_vector_has_a_name_of_its_own_and_an_operation() -> None:
    names = [vector["name"] for vector in VECTORS]
    assert len(set(names)) == len(names) >= 50
    assert {vector["given"]["op"] for vector in VECTORS} == set(OPERATIONS)
