"""A price tick: readings, resting orders that it reaches, liquidations and deleveraging, in id order."""

from collections.abc import Callable, Iterable
from typing import Any

from solvent.engine.acting import carry_out, market_unknown
from solvent.engine.books import book_of, model_of, probe_book
from solvent.engine.commands import SetFunding, Tick, Touch
from solvent.engine.events import FundingNoted, PoolAccrued, Priced, Stalled
from solvent.engine.recorder import Recorder
from solvent.engine.refusals import Code, refuse
from solvent.engine.state import State
from solvent.margin import Account, Refused, Term, Verb
from solvent.margin.parts import Shortage

Candidates = Callable[[State, str], Iterable[str]]


def scan(state: State, market: str) -> Iterable[str]:
    """Return every account with a position: the plain scan that an index may stand in for."""
    return state.positions[market]


def tick(recorder: Recorder, command: Tick, candidates: Candidates) -> Refused | None:
    """Take new readings in, then fill, liquidate and deleverage what they call for."""
    state = recorder.state
    if command.market not in state.markets:
        return market_unknown(state, command.market)
    kept = state.markets[command.market]
    model = model_of(kept)
    positive = {reading.feed for reading in command.readings if reading.price.num > 0}
    missing = [feed for feed in model.feeds(kept.market) if feed not in positive]
    if missing:
        return refuse(
            Code.FEED_MISSING,
            f"a tick of {command.market} needs a positive price of {', '.join(missing)}",
            Term("market", command.market),
            Term("missing", ", ".join(missing)),
        )
    _price(recorder, command)
    _fill_reached(recorder, command.market)
    _liquidate(recorder, command.market, candidates)
    return None


def _price(recorder: Recorder, command: Tick) -> None:
    """Record the readings; they are the last valid ones too when the model says that they are valid."""
    state, name = recorder.state, command.market
    before = state.markets[name]
    probe = probe_book(before, command.readings)
    is_valid = model_of(before).are_valid(probe, now_ms=recorder.now_ms)
    recorder.emit(
        Priced(
            at_ms=recorder.now_ms,
            market=name,
            readings=command.readings,
            valid_readings=command.readings if is_valid else before.valid_readings,
        )
    )


def _fill_reached(recorder: Recorder, market: str) -> None:
    """Fill the orders that the quote has reached; one that may not be filled any more is cancelled."""
    state = recorder.state
    model = model_of(state.markets[market])
    for account in _in_id_order(state.orders[market]):
        for fill in model.reached(book_of(state, market, account)):
            refusal = carry_out(recorder, market, account, fill, cause="reached")
            if refusal is not None:
                cancel = model.cancel_of(fill.order_id)
                assert carry_out(recorder, market, account, cancel, cause="reached") is None, refusal


def _liquidate(recorder: Recorder, market: str, candidates: Candidates) -> None:
    state = recorder.state
    model = model_of(state.markets[market])
    for account in _in_id_order(candidates(state, market)):
        book = book_of(state, market, account)
        if model.breach(book, now_ms=recorder.now_ms) is None:
            continue
        action = model.liquidation(book, _funds(state, market), now_ms=recorder.now_ms)
        if action is None:
            recorder.emit(
                Stalled(at_ms=recorder.now_ms, market=market, account=account, lacking=Account.KEEPER.value)
            )
            continue
        shortage = model.shortage(book, action, now_ms=recorder.now_ms)
        refusal = carry_out(recorder, market, account, action, cause="liquidation")
        if refusal is not None:
            recorder.emit(
                Stalled(at_ms=recorder.now_ms, market=market, account=account, lacking=refusal.code)
            )
        elif shortage is not None:
            _deleverage(recorder, market, book, shortage)


def _funds(state: State, market: str) -> dict[Account, int]:
    """Return what keeper and insurance hold of the market's settlement asset."""
    kept = state.markets[market]
    asset = model_of(kept).wallet_assets(kept.market)[0].symbol
    return {role: state.balance(role.value, asset) for role in (Account.KEEPER, Account.INSURANCE)}


def _deleverage(recorder: Recorder, market: str, failed: Any, shortage: Shortage) -> None:
    """Reduce ranked counterparts until the failed size is covered; the house takes what is left."""
    state = recorder.state
    model = model_of(state.markets[market])
    held = state.positions[market]
    left = shortage.size
    for account in model.ranking(failed.market, tuple(held.items()), failed):
        if left == 0:
            return
        book = book_of(state, market, account)
        action = model.deleverage(book, shortage, left=left)
        assert action.verb is Verb.DELEVERAGE, action
        assert carry_out(recorder, market, account, action, cause="deleveraging") is None, action
        left -= model.deleveraged(action)


def _in_id_order(accounts: Iterable[str]) -> list[str]:
    return sorted(accounts, key=str.encode)


def note_funding(recorder: Recorder, command: SetFunding) -> Refused | None:
    """Note one funding; positions pay it when they are next touched."""
    if command.market not in recorder.state.markets:
        return market_unknown(recorder.state, command.market)
    recorder.emit(FundingNoted(at_ms=recorder.now_ms, market=command.market, note=command.note))
    return None


def touch(recorder: Recorder, command: Touch) -> Refused | None:
    """Accrue a pool up to now."""
    state = recorder.state
    if command.market not in state.markets:
        return market_unknown(state, command.market)
    kept = state.markets[command.market]
    if kept.pool is None:
        return None
    pool = model_of(kept).accrued(kept.market, kept.pool, now_ms=recorder.now_ms)
    recorder.emit(PoolAccrued(at_ms=recorder.now_ms, market=command.market, model=kept.model, pool=pool))
    return None
