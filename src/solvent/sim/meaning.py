"""What a step comes to on the state at hand: the command, and whether it must be accepted or refused."""

from typing import Any

from msgspec import Struct

from solvent.engine import State, book_of, commands
from solvent.engine.books import is_priced, model_of
from solvent.engine.ledger import wallet
from solvent.margin import Verb, lending, risk_limit, tiered
from solvent.margin.parts import FeedReading, FundingNote
from solvent.money import Ratio
from solvent.sim.stage import CENT, LENDING, OPERATOR, TIERED
from solvent.sim.steps import WHOLE, Ask, Funding, Portion, Quote, Reduce, Rest, Spend, Trade

MILLION = 10**6
# Verbs of which more than the maximum is refused; more than a debt repays the debt.
BOUNDED = frozenset({Verb.TAKE, Verb.BORROW, Verb.ADD, Verb.SUPPLY, Verb.REDEEM})


class Meant(Struct, frozen=True, kw_only=True):
    """A command as it is handed in; `must` tells whether it has to be accepted, none where either may be.

    `maximum` is what the library said at most may move, where the step asked for a part of that.
    """

    command: Any
    account: str = OPERATOR
    must: bool | None = None
    maximum: int | None = None


def meaning_of(step: Any, state: State, *, now_ms: int, number: int) -> Meant | None:
    """Return what a step asks for now; none where it asks for nothing, as a market has no price yet."""
    match step:
        case Ask():
            return Meant(command=step.command, account=getattr(step.command, "account", OPERATOR))
        case Spend():
            return _spending(step, state, number)
        case Quote():
            return Meant(command=_tick(step, now_ms))
    if step.market not in state.markets or not is_priced(state.markets[step.market]):
        return None
    match step:
        case Portion():
            return _portion(step, state, now_ms)
        case Funding():
            return Meant(command=_funding(step, state, now_ms))
        case Trade():
            action = _opening(step, state)
        case Reduce():
            action = _closing(step, state)
        case Rest():
            action = _resting(step, state)
        case _:
            raise AssertionError(step)
    return Meant(
        command=commands.Act(account=step.account, market=step.market, action=action), account=step.account
    )


def _portion(step: Portion, state: State, now_ms: int) -> Meant:
    kept = state.markets[step.market]
    maximum = model_of(kept).limits(book_of(state, step.market, step.account), now_ms=now_ms)[step.verb]
    most = maximum.amount.units
    units = most * step.per_mille // WHOLE + step.beyond
    verbs = {
        "lending": {
            Verb.TAKE: lending.Take,
            Verb.ADD: lending.Add,
            Verb.BORROW: lending.Borrow,
            Verb.REPAY: lending.Repay,
            Verb.SUPPLY: lending.Supply,
            Verb.REDEEM: lending.Redeem,
        },
        "tiered": {Verb.TAKE: tiered.Take, Verb.ADD: tiered.Add},
        "risk_limit": {Verb.TAKE: risk_limit.Take, Verb.ADD: risk_limit.Add},
    }
    action: Any = verbs[kept.model][step.verb](units)
    must = None
    if step.verb in BOUNDED and units > most:
        must = False
    elif units == most > 0:
        # A pause of the venue is not in the book of a model without a pool.
        must = not (kept.paused and kept.pool is None and step.verb is Verb.TAKE)
    return Meant(
        command=commands.Act(account=step.account, market=step.market, action=action),
        account=step.account,
        must=must,
        maximum=most,
    )


def _spending(step: Spend, state: State, number: int) -> Meant:
    """Spend a part of what is free: up to that is accepted, one unit above it is refused."""
    held = state.balance(wallet(step.account), step.asset)
    free = max(0, held - state.reserved.get((step.account, step.asset), 0))
    units = free * step.per_mille // WHOLE + step.beyond
    is_known = step.account in state.accounts and (step.receiver is None or step.receiver in state.accounts)
    command = (
        commands.Withdraw(
            account=step.account,
            asset=step.asset,
            units=units,
            address="somewhere",
            request_id=f"out-{number}",
        )
        if step.receiver is None
        else commands.Transfer(account=step.account, receiver=step.receiver, asset=step.asset, units=units)
    )
    return Meant(command=command, account=step.account, must=is_known and 0 < units <= free, maximum=free)


def _tick(step: Quote, now_ms: int) -> commands.Tick:
    at_ms = max(0, now_ms - step.age_ms)
    return commands.Tick(
        market=step.market,
        readings=tuple(
            FeedReading(feed=feed, price=Ratio(cents, CENT), at_ms=at_ms) for feed, cents in step.cents
        ),
    )


def _funding(step: Funding, state: State, now_ms: int) -> commands.SetFunding:
    price = state.markets[step.market].readings[0].price
    note = FundingNote(at_ms=now_ms, price=price, rate=Ratio(step.per_million, MILLION))
    return commands.SetFunding(market=step.market, note=note)


def _wallet_of(step: Any, state: State) -> int:
    market = state.markets[step.market]
    asset = model_of(market).wallet_assets(market.market)[0].symbol
    held = state.balance(wallet(step.account), asset) - state.reserved.get((step.account, asset), 0)
    return max(0, held) * int(step.per_mille) // WHOLE


def _opening(step: Trade, state: State) -> Any:
    if step.market in LENDING:
        return lending.Open(margin=_wallet_of(step, state), leverage=Ratio(step.leverage, 10))
    size = step.side * _size(step, state, state.markets[step.market].readings[0].price)
    if step.market in TIERED:
        return tiered.Open(size=size)
    return risk_limit.Open(lots=size, leverage=step.leverage)


def _size(step: Trade | Rest, state: State, price: Ratio) -> Any:
    """Return how much the money buys at the leverage: contract units or lots."""
    money = _wallet_of(step, state) * step.leverage
    market = state.markets[step.market].market
    if step.market in TIERED:
        return money * price.den // max(1, price.num * market.price_scale)
    lot, unit = market.multiplier, 10**market.settle.decimals
    if lot.num < 0:
        return money * price.num * lot.den // (-lot.num * price.den * unit)
    return money * price.den * lot.den // (price.num * lot.num * unit)


def _closing(step: Reduce, state: State) -> Any:
    if step.market in LENDING:
        return lending.Close(fraction=Ratio(step.per_mille, WHOLE))
    position = state.positions[step.market].get(step.account)
    is_tiered = step.market in TIERED
    held = 0 if position is None else abs(position.size if is_tiered else position.lots)
    part = None if step.per_mille == WHOLE else held * step.per_mille // WHOLE
    return tiered.Close(size=part) if is_tiered else risk_limit.Close(lots=part)


def _resting(step: Rest, state: State) -> Any:
    price = state.markets[step.market].readings[0].price
    market = state.markets[step.market].market
    limit = Ratio(price.num * step.price_per_mille, price.den * WHOLE)
    size = step.side * _size(step, state, limit)
    if step.market in TIERED:
        return tiered.Order(
            order_id=step.order_id,
            size=size,
            # Whole dollars have few enough digits for any tick.
            limit_price=max(1, limit.num // limit.den * market.price_scale),
            reduce_only=step.reduce_only,
        )
    ticks = max(1, limit.num * market.tick.den // (limit.den * market.tick.num))
    return risk_limit.Order(
        order_id=step.order_id,
        lots=size,
        leverage=step.leverage,
        limit_price=Ratio(ticks * market.tick.num, market.tick.den),
        reduce_only=step.reduce_only,
    )
