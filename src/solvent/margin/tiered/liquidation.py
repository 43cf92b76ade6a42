"""What liquidation does to an unhealthy bucket, and who is deleveraged when equity is negative."""

from collections.abc import Iterable
from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from solvent.margin.seam import Account, Outcome, Posting, Refused, Term
from solvent.margin.tiered.fills import Filled, close, fee_of, postings_of, reduce
from solvent.margin.tiered.maths import equity_of, maintenance_scaled, notional_of
from solvent.margin.tiered.orders import house_quote
from solvent.margin.tiered.refusals import Code, dollars, money, no_position, refuse
from solvent.margin.tiered.values import USD, Book, Deleverage, Market, Position
from solvent.money import Ratio, div_ceil, div_floor, format_units


class Step(StrEnum):
    """One evaluation of a position after a mark update; the first that applies."""

    NONE = "none"
    ADL = "adl"
    BACKSTOP = "backstop"
    MARKET_PARTIAL = "market_partial"
    MARKET_FULL = "market_full"


class Plan(Struct, frozen=True, gc=False, kw_only=True):
    """What liquidation would do now: `size` (unsigned) of a market order, `price` of a deleveraging.

    Equity in micro-USD, maintenance in micro-USD as an exact ratio.
    """

    step: Step
    equity: int
    maintenance: Ratio
    size: int | None = None
    price: int | None = None


class Liquidated(Struct, frozen=True, gc=False, kw_only=True):
    """The working of a liquidation: the plan, and the fill of its market order where it has one."""

    plan: Plan
    filled: Filled | None = None


def breach(book: Book) -> str | None:
    """Return none for a healthy position or none at all, else `market`, `backstop` or `adl`."""
    market, position = book.market, book.position
    if position.size == 0:
        return None
    equity = equity_of(position, book.mark) * market.tiers.den
    maintenance = maintenance_scaled(market.tiers, notional_of(position, book.mark))
    if equity >= maintenance:
        return None
    if equity < 0:
        return Step.ADL.value
    if equity * market.backstop_share.den < maintenance * market.backstop_share.num:
        return Step.BACKSTOP.value
    return "market"


def plan(book: Book, *, now_ms: int) -> Plan:
    """Return the step that the spec's liquidation table gives at this mark."""
    market, position = book.market, book.position
    equity, notional = equity_of(position, book.mark), notional_of(position, book.mark)
    maintenance = Ratio(maintenance_scaled(market.tiers, notional), market.tiers.den)
    tier = breach(book)
    if tier is None:
        return Plan(step=Step.NONE, equity=equity, maintenance=maintenance)
    if tier == Step.ADL:
        price = adl_price(position)
        return Plan(step=Step.ADL, equity=equity, maintenance=maintenance, price=price)
    if tier == Step.BACKSTOP:
        return Plan(step=Step.BACKSTOP, equity=equity, maintenance=maintenance)
    held, share = abs(position.size), market.partial_share
    if notional > market.partial_notional and position.cooldown_until_ms <= now_ms:
        size = div_ceil(held * share.num, share.den)
        return Plan(step=Step.MARKET_PARTIAL, equity=equity, maintenance=maintenance, size=size)
    return Plan(step=Step.MARKET_FULL, equity=equity, maintenance=maintenance, size=held)


def decide_liquidate(book: Book, *, now_ms: int) -> Outcome[Book] | Refused:
    """Carry out the plan's step; nothing is released while the position lives."""
    if book.position.size == 0:
        return no_position(book)
    step = plan(book, now_ms=now_ms)
    if step.step is Step.NONE:
        return refuse(
            Code.NOT_LIQUIDATABLE,
            f"equity {dollars(step.equity)} covers maintenance; the position is healthy",
            Term("equity", money(step.equity)),
            Term("maintenance", Ratio(step.maintenance.num, step.maintenance.den * 10**USD.decimals)),
        )
    if step.size is not None:
        return _market_order(book, step, step.size, now_ms=now_ms)
    return _hand_over(book, step)


def _market_order(book: Book, step: Plan, size: int, *, now_ms: int) -> Outcome[Book]:
    market, position = book.market, book.position
    signed = -size if position.size > 0 else size
    price = house_quote(book, signed)
    fee = fee_of(size, price, market.taker_fee)
    if size == abs(position.size):
        filled = close(position, price=price, fee=fee)
    else:
        filled = _keep_all(position, reduce(position, size=signed, price=price, fee=fee), now_ms, market)
    after = replace(book, position=filled.position, cash=book.cash + filled.cash_change)
    return Outcome(
        book=after,
        postings=postings_of(market, position, filled),
        working=Liquidated(plan=step, filled=filled),
    )


def _keep_all(position: Position, filled: Filled, now_ms: int, market: Market) -> Filled:
    """Return a partial liquidation's fill: all cash stays in the bucket, the cool-down begins."""
    kept = replace(
        filled.position,
        cash=filled.position.cash + filled.released,
        cooldown_until_ms=now_ms + market.cooldown_ms,
    )
    assert kept.size * position.size > 0, (kept, position)
    return replace(filled, position=kept, released=0)


def _hand_over(book: Book, step: Plan) -> Outcome[Book]:
    """Pass size and cash on as they are: to the backstop, or to the house that deleverages others."""
    position, contract = book.position, book.market.contract.symbol
    receiver = Account.BACKSTOP if step.step is Step.BACKSTOP else Account.HOUSE
    postings = (
        Posting(Account.POSITION, contract, -position.size),
        Posting(receiver, contract, position.size),
        Posting(Account.POSITION, USD.symbol, -position.cash),
        Posting(receiver, USD.symbol, position.cash),
    )
    after = Position(
        leverage=position.leverage,
        settled_ms=position.settled_ms,
        funding_all_time=position.funding_all_time,
    )
    return Outcome(book=replace(book, position=after), postings=postings, working=Liquidated(plan=step))


def adl_price(position: Position) -> int:
    """Return the price in price units at which others are deleveraged: the bankruptcy price.

    Rounds: up for a failed long, down for a failed short, so that the failed bucket ends at or above
            zero; the few micro-USD left go to the house. At least one unit.
    """
    rounded = div_ceil if position.size > 0 else div_floor
    return max(1, rounded(-position.cash, position.size))


def decide_deleverage(book: Book, action: Deleverage) -> Outcome[Book] | Refused:
    """Reduce a counterpart by `size` at the failed position's price, without a fee."""
    position = book.position
    if position.size == 0:
        return no_position(book)
    decimals = book.market.size_decimals
    if not 0 < action.size <= abs(position.size):
        return refuse(
            Code.SIZE_INVALID,
            f"a deleveraging of {format_units(action.size, decimals)} was asked and "
            f"{format_units(abs(position.size), decimals)} is held; give more than nothing and at most that",
            Term("size", Ratio(action.size, 10**decimals)),
            Term("held", Ratio(abs(position.size), 10**decimals)),
        )
    signed = -action.size if position.size > 0 else action.size
    if action.size == abs(position.size):
        filled = close(position, price=action.price, fee=0)
    else:
        filled = reduce(position, size=signed, price=action.price, fee=0)
    after = replace(book, position=filled.position, cash=book.cash + filled.cash_change)
    return Outcome(book=after, postings=postings_of(book.market, position, filled), working=filled)


def adl_score(position: Position, mark: int) -> Ratio | None:
    """Return (unrealised PnL / |S|*entry) * (N / E), or none where equity is not above zero."""
    equity, entry = equity_of(position, mark), position.entry
    if equity <= 0 or entry is None:
        return None
    side = 1 if position.size > 0 else -1
    return Ratio(side * (mark * entry.den - entry.num) * notional_of(position, mark), entry.num * equity)


def adl_ranking(
    candidates: Iterable[tuple[str, Position]], *, failed_side: int, mark: int
) -> tuple[tuple[str, Ratio], ...]:
    """Rank opposite positions with equity for deleveraging: highest score first, ties by account id.

    `failed_side` is 1 for a failed long, -1 for a failed short. The order in which candidates are
    given does not matter; the accounts `backstop` and `house` are the caller's to put last.
    """
    scored = []
    for account, position in candidates:
        score = adl_score(position, mark) if position.size * failed_side < 0 else None
        if score is not None:
            scored.append((account, score))
    scored.sort(key=lambda pair: pair[0].encode())
    scored.sort(key=lambda pair: pair[1], reverse=True)
    return tuple(scored)
