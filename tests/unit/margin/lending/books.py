"""Books and amounts that the tests of `lending` share."""

from typing import TypeVar

from msgspec.structs import replace

from solvent.margin.lending import (
    Action,
    Book,
    Market,
    Pool,
    Position,
    Prices,
    Reading,
    decide,
)
from solvent.margin.seam import Outcome, Refused
from solvent.money import Asset, Ratio, parse_units

TOKEN = Asset("TOK", 6)
UNCAPPED = Market(name="TOK/SOL", collateral=TOKEN, max_debt_per_position=None, max_debt_per_market=None)
CONSERVATIVE = replace(UNCAPPED, max_open_ltv=Ratio(1, 2))
WorkingT = TypeVar("WorkingT")


def sol(text: str) -> int:
    return parse_units(text, 9, signed=True)


def tok(text: str) -> int:
    return parse_units(text, 6)


def prices(token: str, loan: str) -> Prices:
    """Return fresh, tight readings at second 0."""
    collateral, base = Ratio.parse(token), Ratio.parse(loan)
    return Prices(
        collateral=Reading(price=collateral),
        loan=Reading(price=base),
        last_collateral=collateral,
        last_loan=base,
    )


def pool_of(debt: int, *, cash: int, market_debt: int | None = None) -> Pool:
    """Return a pool without interest so far, in which a position owes `debt`."""
    owed = debt if market_debt is None else market_debt
    return Pool(
        supply_assets=cash + owed,
        supply_shares=(cash + owed) * 10**6,
        borrow_assets=owed,
        borrow_shares=owed * 10**6,
        cash=cash,
    )


def book_of(
    collateral: str = "1200000",
    debt: str = "20.4",
    *,
    token: str = "0.005",
    loan: str = "200",
    market: Market = UNCAPPED,
    cash: str = "300",
    market_debt: str | None = None,
    wallet_sol: str = "0",
    wallet_tokens: str = "0",
    net_in: str = "0",
) -> Book:
    """Return the 3x position of the spec's examples, or another."""
    return Book(
        market=market,
        pool=pool_of(
            sol(debt), cash=sol(cash), market_debt=None if market_debt is None else sol(market_debt)
        ),
        prices=prices(token, loan),
        position=Position(collateral=tok(collateral), borrow_shares=sol(debt) * 10**6, net_in=sol(net_in)),
        wallet_loan=sol(wallet_sol),
        wallet_collateral=tok(wallet_tokens),
    )


def accepted(book: Book, action: Action, *, now_ms: int = 0) -> Outcome[Book]:
    outcome = decide(book, action, now_ms=now_ms)
    assert isinstance(outcome, Outcome), outcome
    return outcome


def refused(book: Book, action: Action, *, now_ms: int = 0) -> Refused:
    refusal = decide(book, action, now_ms=now_ms)
    assert isinstance(refusal, Refused), refusal
    return refusal
