"""Every rule vector of risk_limit, through the public functions.

Source: src/solvent/dialects/vectors/risk_limit.json, compared as the README beside it says.
"""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import solvent
from solvent import margin
from solvent.margin import risk_limit as rl
from solvent.margin.seam import Outcome, Refused
from solvent.money import Ratio, Rounding
from tests.unit.margin.risk_limit.books import contract, units

VECTORS = Path(solvent.__file__).parent / "dialects" / "vectors" / "risk_limit.json"
CASES = json.loads(VECTORS.read_text("utf-8"))
RATIO_FIELDS = {
    "liquidation_price",
    "bankrupt_price",
    "entry_after",
    "actual_leverage",
    "mark_value",
    "unrealised_pnl",
    "unrealised_pnl_after",
    "equity",
    "equity_after",
    "maintenance",
    "margin_rate",
}


def market_of(given: dict[str, Any]) -> rl.Market:
    return contract(
        inverse=given.get("inverse", False),
        max_leverage=int(given.get("max_leverage", "100")),
        profit_ratio=given.get("profit_ratio", "0.5"),
        mode=rl.RatioMode(given.get("ratio_mode", "per_request")),
        rule=rl.EntryRule(given.get("entry_rule", "to_mark")),
        taker_fee=given.get("taker_fee", "0.0006"),
    )


def book_of(given: dict[str, Any]) -> rl.Book:
    fields = {
        "side": given["side"],
        "size": given["size"],
        "entry": given["entry"],
        "mark": given.get("mark", given["entry"]),
        "margin": given["margin"],
        "agg_rate": given["agg_rate"],
        "available": given.get("available", "0"),
        "taken": given.get("profit_taken", "0"),
        "banked": given.get("profit_banked", "0"),
        "open_orders": "yes" if given.get("open_orders") else "no",
    }
    made = margin.book(market_of(given), **fields)
    assert isinstance(made, rl.Book)
    return made


def figures(book: rl.Book, moved: rl.Moved | None = None) -> dict[str, object]:
    seen = rl.view(book, now_ms=0)
    names = {
        "unrealised_pnl": seen.unrealised_pnl,
        "unrealised_pnl_after": seen.unrealised_pnl,
        "mark_value": seen.mark_value,
        "max_withdraw": seen.reducible,
        "next_max_withdraw": seen.reducible,
        "binding": seen.binding,
        "actual_leverage": seen.leverage,
        "entry_after": seen.entry,
        "margin_after": seen.margin,
        "equity": seen.equity,
        "equity_after": seen.equity,
        "maintenance": seen.maintenance,
        "margin_rate": seen.margin_rate,
        "liquidated": rl.breach(book, now_ms=0) is not None,
        "liquidation_price": seen.liquidation_price,
        "bankrupt_price": seen.bankrupt_price,
        "liquidation_price_shown": seen.liquidation_price_shown,
        "bankrupt_price_shown": seen.bankrupt_price_shown,
        "available_after": seen.available,
        "accepted": True,
    }
    return names | ({} if moved is None else {"realised": moved.realised})


def answer(given: dict[str, Any]) -> dict[str, object]:
    match given["op"]:
        case "max_withdraw" | "margin_rate" | "prices":
            return figures(book_of(given))
        case "withdraw":
            return acted(given, rl.Take(units(given["amount"])))
        case "add_margin":
            return acted(given, rl.Add(units(given["amount"])))
        case "order_cost":
            cost = rl.order_cost(
                contract(lot=given["multiplier"], taker_fee=given["taker_fee"]),
                lots=int(given["lots"]),
                price=Ratio.parse(given["price"]),
                leverage=int(given["leverage"]),
            )
            return {"order_cost": cost}
        case "tier":
            table = tuple((bound, int(top), "1", rate) for bound, top, rate in given["table"])
            found = rl.level_at(rl.level_table(table), units(given["notional"]))
            assert found is not None
            rate = found.maintenance
            return {"level": found.number, "max_leverage": found.max_leverage, "maintenance_rate": rate}
        case "funding":
            return funded(given)
    raise AssertionError(given["op"])


def acted(given: dict[str, Any], action: rl.Take | rl.Add) -> dict[str, object]:
    result = rl.decide(book_of(given), action, now_ms=0)
    if isinstance(result, Refused):
        return {"accepted": False, "error": result.code}
    assert isinstance(result.working, rl.Moved)
    return figures(result.book, result.working)


def funded(given: dict[str, Any]) -> dict[str, object]:
    base = book_of(given | {"entry": given["mark"], "margin": "1", "agg_rate": "0.0046"})
    interval = rl.FundingInterval(at_ms=1, mark=base.mark, rate=Ratio.parse(given["rate"]))
    after = rl.settle(replace(base, funding=(interval,)), now_ms=1)
    return {
        "credit": after.position.margin - base.position.margin,
        "pos_cross_change": after.position.cross - base.position.cross,
        "pos_loss_change": after.position.loss - base.position.loss,
    }


def agrees(name: str, found: object, expected: object) -> bool:
    if found is None or expected is None or isinstance(expected, bool):
        return found is expected
    assert isinstance(expected, str)
    if isinstance(found, str):
        return found == expected
    if isinstance(found, Ratio):
        if name not in RATIO_FIELDS:
            return found == Ratio.parse(expected, signed=True)
        printed = Decimal(found.significant(15, Rounding.HALF_EVEN))
        wanted = Decimal(expected)
        digit = Decimal(1).scaleb(wanted.adjusted() - 14) if wanted else Decimal(0)
        return abs(printed - wanted) <= digit
    return found == (int(expected) if name in {"level", "max_leverage"} else units(expected))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_every_expected_field_of_a_vector_is_reproduced(case: dict[str, Any]) -> None:
    found = answer(case["given"])
    wrong = {
        name: (str(found[name]), expected)
        for name, expected in case["expect"].items()
        if not agrees(name, found[name], expected)
    }
    assert wrong == {}


def test_the_file_holds_every_operation_of_the_spec() -> None:
    operations = {case["given"]["op"] for case in CASES}
    assert len(CASES) == 49
    assert operations == {
        "max_withdraw",
        "withdraw",
        "prices",
        "margin_rate",
        "add_margin",
        "order_cost",
        "tier",
        "funding",
    }


def test_the_articles_example_pays_58_in_one_request() -> None:
    book = book_of(CASES[0]["given"])
    outcome = rl.decide(book, rl.Take(units("58")), now_ms=0)
    assert isinstance(outcome, Outcome)
    assert outcome.book.balance == units("58")
