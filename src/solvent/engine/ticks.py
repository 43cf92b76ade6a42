"""A price tick: readings, resting orders that it reaches, liquidations and deleveraging, in id order."""

from collections.abc import Callable, Iterable

from solvent.engine.acting import carry_out, market_unknown
from solvent.engine.books import book_of, model_of, probe_book, settled_book
from solvent.engine.commands import SetFunding, Tick, Touch
from solvent.engine.deleveraging import Deleveraging
from solvent.engine.events import Acted, FundingNoted, PoolAccrued, Priced, Stalled
from solvent.engine.readings import readings_refusal
from solvent.engine.recorder import Recorder
from solvent.engine.refusals import Code, refuse
from solvent.engine.state import State
from solvent.margin import Account, Refused, Term
from solvent.money import format_moment

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
    refusal = readings_refusal(
        command, needed=model_of(kept).feeds(kept.market), last=kept.readings, now_ms=recorder.now_ms
    )
    if refusal is not None:
        return refusal
    is_valid = _price(recorder, command)
    if is_valid and not kept.paused:
        _fill_reached(recorder, command.market)
    _liquidate(recorder, command.market, candidates)
    return None


def _price(recorder: Recorder, command: Tick) -> bool:
    """Record the readings and tell whether they are valid; valid ones are remembered as such too."""
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
    return is_valid


def _fill_reached(recorder: Recorder, market: str) -> None:
    """Fill the orders that the quote has reached; one that may not be filled any more is cancelled.

    While a market is paused, or its prices are invalid, its orders wait.
    """
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
    deleveraging = Deleveraging(recorder, market)
    # Whoever traded in this very tick is looked at, too: an index has not heard of it yet.
    traded = [event.account for event in recorder.events if isinstance(event, Acted)]
    for account in _in_id_order({*candidates(state, market), *traded}):
        book = settled_book(state, market, account, now_ms=recorder.now_ms)
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
            deleveraging.cover(shortage)


def _funds(state: State, market: str) -> dict[Account, int]:
    """Return what keeper and insurance hold of the market's settlement asset."""
    kept = state.markets[market]
    asset = model_of(kept).wallet_assets(kept.market)[0].symbol
    return {role: state.balance(role.value, asset) for role in (Account.KEEPER, Account.INSURANCE)}


def _in_id_order(accounts: Iterable[str]) -> list[str]:
    return sorted(accounts, key=str.encode)


def note_funding(recorder: Recorder, command: SetFunding) -> Refused | None:
    """Note one funding; positions pay it when they are next touched."""
    state, name = recorder.state, command.market
    if name not in state.markets:
        return market_unknown(state, name)
    kept, note = state.markets[name], command.note
    if kept.pool is not None:
        return refuse(
            Code.NOT_OF_THIS_MODEL,
            f"{name} lends from a pool and has no funding; note one for a perpetual",
            Term("model", kept.model),
        )
    if note.at_ms > recorder.now_ms:
        return refuse(
            Code.FUNDING_AHEAD,
            f"a funding of {name} at {format_moment(note.at_ms)} is after the venue's present moment, "
            f"{format_moment(recorder.now_ms)}; note it when it is due",
            Term("market", name),
            Term("now_ms", recorder.now_ms),
            Term("asked_ms", note.at_ms),
        )
    if kept.funding and note.at_ms <= kept.funding[-1].at_ms:
        last = kept.funding[-1].at_ms
        return refuse(
            Code.FUNDING_NOT_LATER,
            f"the last funding of {name} was at {format_moment(last)}; {format_moment(note.at_ms)} is not "
            "after it, give a later one",
            Term("market", name),
            Term("last_ms", last),
            Term("asked_ms", note.at_ms),
        )
    recorder.emit(FundingNoted(at_ms=recorder.now_ms, market=name, note=note))
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
