"""Books of every model that something may be taken from, many and different."""

from random import Random
from typing import Any

from benchmarks.cases import Case
from solvent import margin
from solvent.margin import tiered
from solvent.margin.tiered.maths import assess

BOOKS = 1_024
NOW_MS = 0


def tiered_books(drawn: list[Case]) -> list[Any]:
    """Return the drawn positions that something may leave, each in a book with a fresh mark."""
    return [
        tiered.Book(
            market=case.market,
            position=case.position,
            cash=10**9,
            mark=case.mark,
            oracle=case.mark,
            mark_ms=NOW_MS,
        )
        for case in drawn
        if assess(case.market, case.position, case.mark).removable > 1
    ]


def risk_limit_books(count: int = BOOKS, *, seed: int = 3) -> list[Any]:
    """Return isolated linear contracts with margin to spare, some in profit and some at a loss."""
    random = Random(seed)  # noqa: S311 - positions, not secrets
    market = margin.preset("XBTUSDTM")
    books = []
    for number in range(count):
        entry, lots = random.randint(30_000, 120_000), random.randint(1, 2_000)
        books.append(
            margin.book(
                market,
                lots=str(lots if number % 2 else -lots),
                entry=str(entry),
                mark=str(entry * random.randint(98, 102) // 100),
                margin=str(lots * entry * random.randint(20, 80) // 100_000 + 1),
                available="1000",
            )
        )
    return books


def lending_books(count: int = BOOKS, *, seed: int = 4) -> list[Any]:
    """Return collateral with a loan of at most half of its value against it."""
    random = Random(seed)  # noqa: S311 - positions, not secrets
    market = margin.preset("wETH/SOL")
    books = []
    for _ in range(count):
        token_price, sol_price = random.randint(1_500, 5_000), random.randint(80, 300)
        tokens = random.randint(1, 5)
        loan = tokens * token_price * random.randint(1, 50) // (100 * sol_price) + 1
        books.append(
            margin.book(
                market,
                collateral=str(tokens),
                debt=str(loan),
                token_price=str(token_price),
                sol_price=str(sol_price),
            )
        )
    return books


SAMPLES = {"risk_limit": risk_limit_books, "lending": lending_books}
