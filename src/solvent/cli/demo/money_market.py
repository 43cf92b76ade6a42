"""The money market that the first two stories share: lenders, recorded prices, a 3x opening."""

from typing import Any

from msgspec.structs import replace

from solvent import margin
from solvent.margin import Outcome, lending
from solvent.margin.wording import shown
from solvent.money import Amount, Ratio, Rounding, format_moment, parse_moment, whole_seconds
from solvent.prices import Closes, recorded_closes

HOUR_MS = 3_600_000
OPENED_MS = parse_moment("2024-01-25T00:00Z")
SOL = lending.SOL
LENDERS_SOL = "1200"
OWN_SOL = "10"
LEVERAGE = Ratio(3, 1)


def amount(text: str) -> int:
    """Return whole SOL as lamports."""
    return Amount.parse(text, SOL).units


def closes() -> Closes:
    """Return the recorded closes."""
    return recorded_closes()


def prices_at(now_ms: int) -> lending.Prices:
    """Return the recorded closes of ETH and SOL at a moment as the market's two feeds."""
    recorded, second = closes(), whole_seconds(now_ms)
    return lending.Prices(
        collateral=lending.Reading(price=recorded.at("ETH", now_ms).price, publish_s=second),
        loan=lending.Reading(price=recorded.at("SOL", now_ms).price, publish_s=second),
    )


def at(book: lending.Book, now_ms: int) -> lending.Book:
    """Return the book at another recorded moment; interest accrues when it is next read."""
    return replace(book, prices=prices_at(now_ms))


def apply(book: lending.Book, action: lending.Action, *, now_ms: int) -> lending.Book:
    """Carry an action out that must be accepted."""
    outcome = margin.decide(book, action, now_ms=now_ms)
    assert isinstance(outcome, Outcome), outcome
    after: lending.Book = outcome.book
    return after


def empty_market(*, now_ms: int) -> lending.Book:
    """Return wETH/SOL with the lenders' money in its pool and nobody borrowing."""
    market: Any = margin.preset("wETH/SOL")
    supplied = amount(LENDERS_SOL)
    lender = lending.Book(
        market=market,
        pool=lending.Pool(last_s=whole_seconds(now_ms)),
        prices=prices_at(now_ms),
        wallet_loan=supplied,
    )
    return apply(lender, lending.Supply(supplied), now_ms=now_ms)


def someone(book: lending.Book, *, sol: str) -> lending.Book:
    """Return another account's book on the same pool, with SOL in its wallet."""
    return replace(
        book, position=lending.Position(), wallet_loan=amount(sol), wallet_collateral=0, supply_shares=0
    )


def opened_3x() -> lending.Book:
    """Return a fresh 3x long of wETH against SOL at the recorded prices."""
    trader = someone(empty_market(now_ms=OPENED_MS), sol=OWN_SOL)
    return apply(trader, lending.Open(margin=amount(OWN_SOL), leverage=LEVERAGE), now_ms=OPENED_MS)


def price_line(now_ms: int) -> str:
    """Say the recorded prices of a moment in one line."""
    recorded = closes()
    eth, sol = (shown(recorded.at(symbol, now_ms).price) for symbol in ("ETH", "SOL"))
    cross = recorded.cross("ETH", "SOL", now_ms).significant(6, Rounding.HALF_EVEN)
    return f"{format_moment(now_ms)}: ETH {eth} USD, SOL {sol} USD, so 1 wETH = {cross} SOL"
