"""Every case of the shipped rule vectors, recomputed through the package's face."""

import json
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Any

import pytest
from msgspec.structs import replace

from solvent.margin import lending
from solvent.margin.lending import Book, Market, Pool, Position, Reading
from solvent.margin.seam import Maximum, Outcome, Refused, Verb
from solvent.money import Ratio, Rounding, format_units, parse_units
from tests.unit.margin.lending.books import CONSERVATIVE, UNCAPPED, pool_of, prices, sol, tok

Given = Mapping[str, Any]
Found = dict[str, Any]

CASES = json.loads((files("solvent.dialects") / "vectors" / "lending.json").read_text("utf-8"))
ROUNDED = {
    "ltv", "ltv_after", "ltv_before", "leverage", "leverage_after", "health_factor", "liquidation_price_sol",
    "liquidation_price_sol_after", "liquidation_price_usd", "liquidation_sol_price_usd", "penalty_rate",
    "trigger_rise", "borrow_apr", "supply_apr", "variable", "origination", "rewards", "total",
}  # fmt: skip


def sol_text(units: int) -> str:
    return format_units(units, 9)


def tok_text(units: int) -> str:
    return format_units(units, 6)


def market_of(given: Given) -> Market:
    market = CONSERVATIVE if given.get("profile") == "conservative" else UNCAPPED
    changes: dict[str, Any] = {}
    if "swap_slippage" in given:
        changes["swap_slippage"] = Ratio.parse(given["swap_slippage"])
    for name, field in (
        ("position_cap_sol", "max_debt_per_position"),
        ("market_cap_sol", "max_debt_per_market"),
    ):
        if given.get(name) is not None:
            changes[field] = sol(given[name])
    return replace(market, **changes)


def book_of(given: Given) -> Book:
    debt = sol(given.get("debt_sol", "0"))
    supply = given.get("supply_sol")
    cash = sol(supply) - debt if supply else sol(given.get("pool_cash_sol", "1000"))
    owed = sol(given["market_debt_sol"]) if "market_debt_sol" in given else debt
    seen = prices(given["token_price_usd"], given["sol_price_usd"])
    if given.get("price_valid") is False:
        seen = replace(seen, collateral=replace(seen.collateral, publish_s=-61))
    wallet = given.get("wallet_sol", given.get("margin_sol", "0"))
    return Book(
        market=market_of(given),
        pool=pool_of(debt, cash=cash, market_debt=owed),
        prices=seen,
        position=Position(
            collateral=tok(given.get("collateral_tokens", "0")),
            borrow_shares=debt * 10**6,
            net_in=sol(given.get("net_deposited_sol", "0")),
        ),
        wallet_loan=sol(wallet),
        wallet_collateral=tok(given.get("tokens", "0")),
    )


def viewed(book: Book) -> Found:
    seen = lending.view(book, now_ms=0)
    assert seen.equity is not None
    assert seen.pnl is not None
    return {
        "ltv": seen.ltv,
        "leverage": seen.leverage,
        "liquidation_price_sol": seen.liquidation_price,
        "liquidation_price_usd": seen.liquidation_price_usd,
        "liquidation_sol_price_usd": seen.liquidation_loan_usd,
        "health_factor": seen.health_factor,
        "equity_sol": seen.equity.text(9, Rounding.FLOOR),
        "pnl_sol": seen.pnl.text(9, Rounding.FLOOR),
        "liquidatable": seen.liquidatable,
        "debt_sol": sol_text(seen.debt),
        "debt_after_sol": sol_text(seen.debt),
        "collateral_tokens": tok_text(seen.collateral),
        "collateral_after_tokens": tok_text(seen.collateral),
    }


def after(book: Book) -> Found:
    found = viewed(book)
    return found | {f"{name}_after": value for name, value in found.items()}


def done(book: Book, action: lending.Action, tell: Callable[[Outcome[Book]], Found] = lambda _: {}) -> Found:
    outcome = lending.decide(book, action, now_ms=0)
    if isinstance(outcome, Refused):
        terms = {"ltv": "ltv", "proceeds_sol": "proceeds", "shortfall_sol": "shortfall"}
        told: Found = {"accepted": False, "error": outcome.code}
        for name, term in terms.items():
            if any(one.name == term for one in outcome.terms):
                value = outcome[term]
                told[name] = value if isinstance(value, Ratio) else getattr(value, "plain", None)
        return told
    return {"accepted": True} | after(outcome.book) | tell(outcome)


def opened(given: Given) -> Found:
    action = lending.Open(margin=sol(given["margin_sol"]), leverage=Ratio.parse(given["leverage"]))

    def tell(outcome: Outcome[Book]) -> Found:
        working = outcome.working
        return {
            "borrow_sol": sol_text(working.borrowed),
            "origination_interest_sol": sol_text(working.origination_interest),
            "origination_fee_sol": sol_text(working.origination_fee),
        }

    return done(book_of(given), action, tell)


def borrowed(given: Given) -> Found:
    def tell(outcome: Outcome[Book]) -> Found:
        working = outcome.working
        return {
            "to_wallet_sol": sol_text(working.to_wallet),
            "origination_interest_sol": sol_text(working.origination_interest),
            "origination_fee_sol": sol_text(working.origination_fee),
        }

    return done(book_of(given), lending.Borrow(sol(given["amount_sol"])), tell)


def repaid(given: Given) -> Found:
    action = lending.Repay(sol(given["amount_sol"]))
    return done(book_of(given), action, lambda outcome: {"taken_sol": sol_text(outcome.working.taken)})


def closed(given: Given) -> Found:
    def tell(outcome: Outcome[Book]) -> Found:
        working = outcome.working
        return {
            "sold_tokens": tok_text(working.sold),
            "proceeds_sol": sol_text(working.proceeds),
            "repaid_sol": sol_text(working.repaid),
            "fee_sol": sol_text(working.fee),
            "to_wallet_sol": sol_text(working.to_wallet),
            "pnl_sol": Ratio(working.pnl.num, working.pnl.den * 10**9).text(9, Rounding.FLOOR),
        }

    return done(book_of(given), lending.Close(fraction=Ratio.parse(given["fraction"])), tell)


def liquidated(given: Given) -> Found:
    def tell(outcome: Outcome[Book]) -> Found:
        working = outcome.working
        plan = working.plan
        return {
            "ltv": plan.ltv,
            "tier": plan.tier.value,
            "penalty_rate": plan.penalty_rate,
            "repaid_sol": sol_text(plan.repay),
            "seized_tokens": tok_text(plan.seized),
            "penalty_tokens": tok_text(plan.penalty_tokens),
            "protocol_tokens": tok_text(plan.protocol_tokens),
            "liquidator_tokens": tok_text(plan.liquidator_tokens),
            "bad_debt_sol": sol_text(working.bad_debt),
            "ltv_after": working.ltv_after,
            "supply_after_sol": sol_text(outcome.book.pool.supply_assets),
        }

    return done(book_of(given), lending.Liquidate(), tell)


def most(given: Given, verb: Verb, act: Callable[[int], lending.Action]) -> Found:
    book = book_of(given)
    maximum = lending.limits(book, now_ms=0)[verb]
    found: Found = {
        "max_tokens": maximum.amount.plain,
        "max_sol": maximum.amount.plain,
        "binding": maximum.binding,
        "limits": {limit.name: limit.amount.plain for limit in maximum.limits},
    }
    return found | (done(book, act(maximum.amount.units)) if maximum.amount else {})


def lent_out(given: Given) -> Found:
    pool = pool_of(sol(given["debt_sol"]), cash=sol(given["cash_sol"]))
    pool, _ = lending.lend_out(UNCAPPED, pool, Position(), sol(given["borrow_sol"]))
    used = lending.utilisation_wad(pool)
    return {
        "supply_sol": sol_text(pool.supply_assets),
        "debt_sol": sol_text(pool.borrow_assets),
        "cash_sol": sol_text(pool.cash),
        "locked_interest_sol": sol_text(pool.locked),
        "utilisation_wad": str(used),
        "borrow_apr_wad": str(lending.borrow_apr_wad(UNCAPPED, used)),
    }


def rate(given: Given) -> Found:
    used = lending.wad_of(Ratio.parse(given["utilisation"]))
    apr = lending.borrow_apr_wad(UNCAPPED, used)
    return {
        "borrow_apr": Ratio(apr, 10**18),
        "supply_apr": lending.variable_apr(UNCAPPED, used),
        "borrow_apr_wad": str(apr),
    }


def accrued(given: Given) -> Found:
    before = Pool(
        supply_assets=int(given["supply_assets"]),
        supply_shares=int(given["supply_shares"]),
        borrow_assets=int(given["borrow_assets"]),
        borrow_shares=int(given["borrow_shares"]),
        cash=int(given["cash"]),
    )
    pool, working = lending.accrue(UNCAPPED, before, now_s=int(given["elapsed_s"]))
    found = {
        "utilisation_wad": working.utilisation,
        "borrow_apr_wad": working.apr,
        "rate_per_second_wad": working.rate_per_second,
        "growth_wad": working.growth,
        "interest": working.interest,
        "protocol_fee": working.protocol_fee,
        "protocol_fee_shares": working.protocol_fee_shares,
        "borrow_assets": pool.borrow_assets,
        "supply_assets": pool.supply_assets,
        "supply_shares": pool.supply_shares,
        "position_debt": lending.debt_of(pool, int(given["position_borrow_shares"])),
        "lender_claim": lending.claim_of(pool, before.supply_shares),
        "utilisation_after_wad": lending.utilisation_wad(pool),
    }
    return {name: str(value) for name, value in found.items()}


def streamed(given: Given) -> Found:
    amount = sol(given["amount_sol"])
    released = lending.released_of(amount, window_s=int(given["window_s"]), age_s=int(given["elapsed_s"]))
    return {"released_sol": sol_text(released), "locked_sol": sol_text(amount - released)}


def supply_rate(given: Given) -> Found:
    window = int(given["window_s"])
    streaming, _ = lending.lend_out(UNCAPPED, Pool(), Position(), sol(given["new_loans_per_window_sol"]))
    assert window == UNCAPPED.origination_window_s
    apr = lending.supply_apr(
        UNCAPPED,
        utilisation=lending.wad_of(Ratio.parse(given["utilisation"])),
        supply_assets=sol(given["supply_sol"]),
        per_second=lending.streaming_per_second(UNCAPPED, streaming),
        rewards_per_day=Ratio(sol(given["rewards_sol_per_day"]), 1),
    )
    return {
        "variable": apr.variable,
        "origination": apr.origination,
        "rewards": apr.rewards,
        "total": apr.total,
    }


def lender(given: Given) -> Book:
    supply, cash = int(given["supply_assets"]), int(given.get("cash", "0"))
    return Book(
        market=UNCAPPED,
        pool=Pool(
            supply_assets=supply,
            supply_shares=int(given["supply_shares"]),
            cash=cash,
            borrow_assets=max(0, supply - cash),
        ),
        prices=prices("1", "1"),
        wallet_loan=10**12,
        supply_shares=int(given.get("own_shares", "0")),
    )


def supplied(given: Given) -> Found:
    book = replace(lender(given), pool=replace(lender(given).pool, borrow_assets=0))
    outcome = lending.decide(book, lending.Supply(int(given["amount"])), now_ms=0)
    assert isinstance(outcome, Outcome)
    pool = outcome.book.pool
    return {
        "shares": str(outcome.working.shares),
        "supply_assets": str(pool.supply_assets),
        "supply_shares": str(pool.supply_shares),
    }


def redeemed(given: Given) -> Found:
    book = lender(given)
    maximum: Maximum = lending.limits(book, now_ms=0)[Verb.REDEEM]
    outcome = lending.decide(book, lending.Redeem(None), now_ms=0)
    assert isinstance(outcome, Outcome)
    assert outcome.working.amount == maximum.amount.units
    return {
        "max_amount": str(maximum.amount.units),
        "binding": maximum.binding,
        "shares_burned": str(outcome.working.shares),
    }


def checked(given: Given) -> Found:
    reading = Reading(
        price=Ratio.parse(given["price"]),
        confidence=Ratio.parse(given["confidence"]),
        publish_s=-parse_units(given["age_s"], 0),
    )
    return {"valid": lending.reading_fault(UNCAPPED, reading, now_s=0) is None}


def risen(given: Given) -> Found:
    rise = lending.loan_price_rise(
        market_of(given),
        collateral_value=Ratio.parse(given["collateral_value_usd"]),
        debt_value=Ratio.parse(given["debt_value_usd"]),
        rise=Ratio.parse(given["loan_price_rise"]),
    )
    return {
        "ltv_before": rise.ltv_before,
        "ltv_after": rise.ltv_after,
        "liquidatable": rise.liquidatable,
        "trigger_rise": rise.trigger_rise,
    }


OPS: Mapping[str, Callable[[Given], Found]] = {
    "loan_price_rise": risen,
    "open": opened,
    "leverage_ceiling": lambda given: {"leverage": lending.leverage_ceiling(market_of(given))},
    "position": lambda given: viewed(book_of(given)),
    "add_collateral": lambda given: done(book_of(given), lending.Add(tok(given["tokens"]))),
    "withdraw_collateral": lambda given: done(book_of(given), lending.Take(tok(given["tokens"]))),
    "max_withdraw": lambda given: most(given, Verb.TAKE, lending.Take),
    "max_borrow": lambda given: most(given, Verb.BORROW, lending.Borrow),
    "borrow": borrowed,
    "pool_after_borrow": lent_out,
    "repay": repaid,
    "rate": rate,
    "accrue": accrued,
    "liquidate": liquidated,
    "close": closed,
    "origination_stream": streamed,
    "supply_apr": supply_rate,
    "supply": supplied,
    "withdraw_supply": redeemed,
    "price_check": checked,
}


def is_close(found: object, expected: str) -> bool:
    """Compare 15 significant digits, one unit of the last allowed."""
    assert isinstance(found, Ratio), found
    wanted = Ratio.parse(expected)
    if str(found) == expected:
        return True
    digits = len(expected.replace(".", "").lstrip("0"))
    unit = Ratio(1, 10 ** len(expected.partition(".")[2])).fraction
    return digits >= 15 and abs(found.fraction - wanted.fraction) <= unit


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_vector_is_reproduced_through_the_public_face(case: dict[str, Any]) -> None:
    given, expect = case["given"], case["expect"]
    found = OPS[given["op"]](given)
    for name, expected in expect.items():
        value = found[name]
        if expected is None or isinstance(expected, bool | dict):
            assert value == expected, name
        elif name in ROUNDED:
            assert is_close(value, expected), (name, str(value), expected)
        elif name in ("error", "binding", "tier"):
            assert value == expected, name
        else:
            assert Ratio.parse(value, signed=True) == Ratio.parse(expected, signed=True), name
