"""What a liquidation repays and seizes, and what is lost where nothing is left to seize."""

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from solvent.margin.lending.maths import (
    debt,
    is_healthy,
    known_price,
    loan_ltv,
    price_fault,
    value_of,
)
from solvent.margin.lending.refusals import (
    amount_zero,
    blocked,
    leaves_dust,
    no_position,
    not_liquidatable,
    rounds_to_nothing,
)
from solvent.margin.lending.shares import (
    VIRTUAL_SHARES,
    borrow_shares_floor,
    debt_of,
    take_back,
    write_off,
)
from solvent.margin.lending.transfers import is_removed, kept
from solvent.margin.lending.values import ZERO, Book, Liquidate, Market
from solvent.margin.seam import Account, Outcome, Posting, Refused
from solvent.money import Ratio, div_ceil, mul_div_ceil, mul_div_floor


class Tier(StrEnum):
    """How bad it is."""

    NORMAL = "normal"
    EMERGENCY = "emergency"


class Plan(Struct, frozen=True, gc=False, kw_only=True):
    """What a liquidation would do now: `repay` in lamports, `seized` and its parts in base units.

    `tier` none: healthy, or no valid price to tell by. `everything`: the penalty is capped by what is
    left, so all collateral goes when all of `repay` is paid. `penalty_rate` is exact.
    """

    tier: Tier | None
    ltv: Ratio | None
    penalty_rate: Ratio = ZERO
    repay: int = 0
    seized: int = 0
    penalty_tokens: int = 0
    protocol_tokens: int = 0
    liquidator_tokens: int = 0
    everything: bool = False


class Liquidated(Struct, frozen=True, gc=False, kw_only=True):
    """The working of a liquidation: the plan as carried out, what is left, and what lenders lost.

    `bad_debt` in lamports, `loss_per_share` exact lamports for each supply share (the virtual ones too),
    `price` lamports per base unit.
    """

    plan: Plan
    debt_before: int
    debt_after: int
    collateral_after: int
    bad_debt: int
    loss_per_share: Ratio
    ltv_after: Ratio | None
    price: Ratio


def tier_of(market: Market, owed: int, value: Ratio) -> Tier | None:
    """Return the tier of a debt against a value; none when healthy, which equality is.

    The emergency tier begins at equality.
    """
    if is_healthy(market, owed, value):
        return None
    emergency = market.emergency_ltv
    reached = owed * emergency.den * value.den >= emergency.num * value.num
    return Tier.EMERGENCY if reached else Tier.NORMAL


def breach(book: Book, *, now_s: int) -> str | None:
    """Return the tier that the position is in; none when healthy or when no price is valid."""
    return plan(book, now_s=now_s).tier


def plan(book: Book, *, now_s: int) -> Plan:
    """Return what a liquidation would do at this price; nothing while the price is invalid."""
    price = known_price(book, now_s=now_s)
    if price is None or price_fault(book, now_s=now_s) is not None:
        return Plan(tier=None, ltv=None)
    return plan_at(book, price)


def plan_at(book: Book, price: Ratio) -> Plan:
    """Return the tier, the capped penalty, the repayment and its dust rule, and what is seized.

    Formula: x = ceil((D - T*V) / (1 - T*(1 + p))) while p <= V/D - 1; else everything.
    Rounds:  the repayment up, in favour of lenders; tokens down.
    Source:  docs/concepts/lending.md#liquidation
    """
    market, owed = book.market, debt(book)
    value = value_of(book.position.collateral, price)
    tier = tier_of(market, owed, value)
    ltv = loan_ltv(owed, value)
    if tier is None:
        return Plan(tier=None, ltv=ltv)
    rate = market.emergency_penalty if tier is Tier.EMERGENCY else market.penalty
    above_water = value.num - owed * value.den
    if above_water <= 0:
        repay = min(owed, div_ceil(value.num, value.den))
        return _seize(book, price, Plan(tier=tier, ltv=ltv, repay=repay, everything=True))
    if rate.num * owed * value.den > above_water * rate.den:
        capped = Ratio(above_water, owed * value.den)
        return _seize(book, price, Plan(tier=tier, ltv=ltv, penalty_rate=capped, repay=owed, everything=True))
    repay = _repayment(market, owed, value, rate)
    if 0 < owed - repay < market.min_debt:
        repay = owed
    return _seize(book, price, Plan(tier=tier, ltv=ltv, penalty_rate=rate, repay=repay))


def _repayment(market: Market, owed: int, value: Ratio, rate: Ratio) -> int:
    """Return ceil((D - T*V) / (1 - T*(1 + p)))."""
    target = market.target_ltv
    excess = owed * target.den * value.den - target.num * value.num
    kept_share = target.den * rate.den - target.num * (rate.den + rate.num)
    return mul_div_ceil(excess, rate.den, value.den * kept_share)


def _seize(book: Book, price: Ratio, drawn: Plan) -> Plan:
    """Return the plan with the tokens that its repayment seizes, and who gets them."""
    held, rate, repay = book.position.collateral, drawn.penalty_rate, drawn.repay
    bought = mul_div_floor(repay * (rate.den + rate.num), price.den, rate.den * price.num)
    seized = held if drawn.everything else min(held, bought)
    penalty = max(0, seized - mul_div_ceil(repay, price.den, price.num))
    share = book.market.penalty_protocol_share
    protocol = mul_div_floor(penalty, share.num, share.den)
    return replace(
        drawn,
        seized=seized,
        penalty_tokens=penalty,
        protocol_tokens=protocol,
        liquidator_tokens=seized - protocol,
    )


def decide_liquidate(book: Book, action: Liquidate, *, now_s: int) -> Outcome[Book] | Refused:
    """Repay and seize as planned, or less where less is offered; also while the market is paused.

    Source: docs/concepts/lending.md#liquidation
    """
    market, offer = book.market, action.offer
    refusal = blocked(book, now_s=now_s, priced=True)
    if refusal is not None:
        return refusal
    if offer is not None and offer <= 0:
        return amount_zero(market.loan, offer)
    if is_removed(book.position):
        return no_position(market, "position")
    price = known_price(book, now_s=now_s)
    assert price is not None, book.prices
    full, owed = plan_at(book, price), debt(book)
    is_all = offer is None or offer >= (owed if full.tier is None else full.repay)
    if offer is not None and not is_all and borrow_shares_floor(book.pool, offer) == 0:
        return rounds_to_nothing(market.loan, offer, "share of the debt")
    if full.tier is None:
        return not_liquidatable(market, owed=owed, value=value_of(book.position.collateral, price))
    if offer is None or is_all:
        return _carry_out(book, full, price)
    if 0 < owed - offer < market.min_debt:
        return leaves_dust(market, offer=offer, owed=owed, full=full.repay)
    return _carry_out(book, _seize(book, price, replace(full, repay=offer, everything=False)), price)


def _carry_out(book: Book, done: Plan, price: Ratio) -> Outcome[Book]:
    owed = debt(book)
    pool, position = book.pool, book.position
    if done.repay:
        pool, position = take_back(pool, position, done.repay)
    position = replace(position, collateral=position.collateral - done.seized)
    bad, loss = 0, ZERO
    if position.collateral == 0 and position.borrow_shares:
        shares = pool.supply_shares + VIRTUAL_SHARES
        pool, position, bad = write_off(pool, position)
        loss = Ratio(bad, shares)
    after = replace(book, pool=pool, position=kept(position))
    left = debt_of(pool, position.borrow_shares)
    return Outcome(
        book=after,
        postings=_postings(book.market, done),
        working=Liquidated(
            plan=done,
            debt_before=owed,
            debt_after=left,
            collateral_after=position.collateral,
            bad_debt=bad,
            loss_per_share=loss,
            ltv_after=loan_ltv(left, value_of(position.collateral, price)) if left else None,
            price=price,
        ),
    )


def _postings(market: Market, done: Plan) -> tuple[Posting, ...]:
    coin, token = market.loan.symbol, market.collateral.symbol
    moves = (
        Posting(Account.KEEPER, coin, -done.repay),
        Posting(Account.POOL, coin, done.repay),
        Posting(Account.POSITION, token, -done.seized),
        Posting(Account.PROTOCOL, token, done.protocol_tokens),
        Posting(Account.KEEPER, token, done.liquidator_tokens),
    )
    return tuple(move for move in moves if move.units)
