"""What liquidation does to an unhealthy position, and who is deleveraged when insurance cannot pay."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from solvent.margin.risk_limit.fills import Deal, Filled, fill, flat, postings_of
from solvent.margin.risk_limit.maths import (
    ZERO,
    agg_rate_of,
    available_of,
    bankrupt_price,
    is_healthy,
    value_of,
)
from solvent.margin.risk_limit.refusals import Code, lots_text, no_position, refuse
from solvent.margin.risk_limit.transfers import without_orders
from solvent.margin.risk_limit.values import UNIT, Book, Deleverage, Liquidate, Market, Position
from solvent.margin.seam import Account, Outcome, Posting, Refused, Term
from solvent.money import Ratio, Rounding, div_floor


class Step(StrEnum):
    """What a mark update does to a position."""

    NONE = "none"
    INSURANCE = "insurance"


class Plan(Struct, frozen=True, gc=False, kw_only=True):
    """What liquidation would do now: the takeover's price, and what insurance would gain or lose.

    `equity` (T) and `maintenance` in whole units of the settlement asset, exact; `result` in 1e-10.
    """

    step: Step
    equity: Ratio
    maintenance: Ratio
    price: Ratio | None = None
    result: int | None = None


class Liquidated(Struct, frozen=True, gc=False, kw_only=True):
    """The working of a takeover: the plan, what the house paid at the mark, what cancelling orders freed."""

    plan: Plan
    proceeds: int
    freed: int


def breach(book: Book) -> str | None:
    """Return none while T is above maintenance, else `insurance`; equality is a breach."""
    return None if is_healthy(book) else Step.INSURANCE.value


def plan(book: Book) -> Plan:
    """Return what a liquidation would do at this mark."""
    market, position = book.market, book.position
    value, den = value_of(market, position.lots, book.mark)
    agg = agg_rate_of(market, position)
    equity = (position.margin - position.cost) * den + value
    shown = Ratio(equity, den * UNIT)
    maintenance = Ratio(abs(value) * agg.num, den * agg.den * UNIT)
    if is_healthy(book):
        return Plan(step=Step.NONE, equity=shown, maintenance=maintenance)
    return Plan(
        step=Step.INSURANCE,
        equity=shown,
        maintenance=maintenance,
        price=bankrupt_price(market, position),
        result=div_floor(equity, den),
    )


def decide_liquidate(book: Book, action: Liquidate) -> Outcome[Book] | Refused:
    """Cancel the contract's orders and hand the whole position over; the holder loses T, nothing more.

    Passing M - C and the contracts on is a takeover at the bankruptcy price, exactly. Insurance sells at
    the mark; its proceeds are rounded down, the remainder stays with the house.
    """
    market, position = book.market, book.position
    if position.lots == 0:
        return no_position(book)
    step = plan(book)
    if step.step is Step.NONE:
        unit = market.settle.symbol
        return refuse(
            Code.NOT_LIQUIDATABLE,
            f"the margin incl. PnL of {step.equity.text(10, Rounding.FLOOR)} {unit} is above the maintenance "
            f"of {step.maintenance.text(10, Rounding.CEIL)} {unit}; the position is healthy",
            Term("equity", step.equity),
            Term("maintenance", step.maintenance),
        )
    proceeds = div_floor(*value_of(market, position.lots, book.mark)) if action.covered else 0
    cleared, freed = without_orders(book)
    return Outcome(
        book=replace(cleared, position=flat(position)),
        postings=_takeover(market, position, proceeds, is_covered=action.covered),
        working=Liquidated(plan=step, proceeds=proceeds, freed=freed),
    )


def _takeover(market: Market, position: Position, proceeds: int, *, is_covered: bool) -> tuple[Posting, ...]:
    symbol, cash = market.settle.symbol, position.margin - position.cost
    receiver = Account.INSURANCE if is_covered else Account.HOUSE
    moves = (
        Posting(Account.POSITION, market.name, -position.lots),
        Posting(Account.HOUSE, market.name, position.lots),
        Posting(Account.POSITION, symbol, -cash),
        Posting(receiver, symbol, cash + proceeds),
        Posting(Account.HOUSE, symbol, -proceeds),
    )
    return tuple(move for move in moves if move.units)


def decide_deleverage(book: Book, action: Deleverage) -> Outcome[Book] | Refused:
    """Reduce a counterpart by `lots` at the failed position's bankruptcy price, without a fee."""
    market, position = book.market, book.position
    if position.lots == 0:
        return no_position(book)
    if not 0 < action.lots <= abs(position.lots):
        return refuse(
            Code.AMOUNT_INVALID,
            f"a deleveraging of {lots_text(market, action.lots)} is not possible; take at least one lot and "
            f"at most {lots_text(market, abs(position.lots))}",
            Term("lots", action.lots),
            Term("held", abs(position.lots)),
        )
    lots = -action.lots if position.lots > 0 else action.lots
    deal = Deal(lots=lots, price=action.price, leverage=1, fee_rate=ZERO, available=available_of(book))
    filled: Filled = fill(market, position, deal)
    after = replace(book, position=filled.position, balance=book.balance + filled.balance_change)
    return Outcome(book=after, postings=postings_of(market, position, filled), working=filled)


def adl_score(market: Market, position: Position, mark: Ratio) -> Ratio | None:
    """Return U/|C| * |MV|/T, or none where T is not above zero or there is no cost."""
    value, den = value_of(market, position.lots, mark)
    equity = (position.margin - position.cost) * den + value
    if equity <= 0 or position.cost == 0:
        return None
    gain = value - position.cost * den
    return Ratio(gain * abs(value), abs(position.cost) * den * equity)


def adl_ranking(
    market: Market, candidates: Iterable[tuple[str, Position]], *, failed_side: int, mark: Ratio
) -> tuple[tuple[str, Ratio], ...]:
    """Rank opposite positions with T above zero: highest score first, ties by account id in byte order.

    `failed_side` is 1 for a failed long, -1 for a failed short, as a trader says it. The order in which
    candidates are given does not matter; `insurance` and `house` are the caller's to put last.
    """
    scored = []
    for account, position in candidates:
        is_opposite = position.lots * failed_side < 0
        score = adl_score(market, position, mark) if is_opposite else None
        if score is not None:
            scored.append((account, score))
    scored.sort(key=lambda pair: pair[0].encode())
    scored.sort(key=lambda pair: pair[1], reverse=True)
    return tuple(scored)
