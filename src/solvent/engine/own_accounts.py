"""What the venue's own accounts do: the backstop's positions shrink, the protocol redeems its supply."""

from typing import Any

from solvent.engine import ledger
from solvent.engine.acting import market_unknown, moves_of, price_unknown, record
from solvent.engine.books import is_priced, model_of, parts_of
from solvent.engine.commands import Collect, Unwind
from solvent.engine.events import Moved
from solvent.engine.recorder import Recorder
from solvent.engine.refusals import Code, refuse
from solvent.engine.state import MarketState
from solvent.margin import Account, Refused, Term
from solvent.margin.parts import Kept, Shortage

BACKSTOP, PROTOCOL = Account.BACKSTOP.value, Account.PROTOCOL.value


def collect(recorder: Recorder, command: Collect) -> Refused | None:
    """Redeem the protocol's supply as a lender redeems his; the shares leave the pool's own count."""
    refusal = _not_askable(recorder, command.market)
    if refusal is not None:
        return refusal
    name, state = command.market, recorder.state
    model = model_of(state.markets[name])
    parts = parts_of(state, name, PROTOCOL)
    collected = model.collect(parts, command.amount, now_ms=recorder.now_ms)
    if collected is None:
        return not_offered(state.markets[name], "no pool that the protocol could have supplied")
    action, outcome = collected
    if isinstance(outcome, Refused):
        return outcome
    return record(
        recorder,
        name,
        PROTOCOL,
        action,
        outcome,
        Kept(position=None, pool=outcome.book.pool),
        cause="command",
    )


def unwind(recorder: Recorder, command: Unwind) -> Refused | None:
    """Close what the backstop holds at the house quote, as any account closes."""
    refusal = _not_askable(recorder, command.market)
    if refusal is not None:
        return refusal
    kept = recorder.state.markets[command.market]
    action = model_of(kept).unwinding(command.size)
    if action is None:
        return not_offered(kept, "no backstop")
    return _act(recorder, command.market, inherited_book(recorder, command.market), action, cause="unwound")


def inherited_book(recorder: Recorder, market: str) -> Any:
    """Return the book of what the backstop took over in a market, flat where that is nothing."""
    state = recorder.state
    bucket = ledger.bucket(market, BACKSTOP)
    return model_of(state.markets[market]).inherited(
        parts_of(state, market, BACKSTOP),
        lambda symbol: state.balance(bucket, symbol),
        now_ms=recorder.now_ms,
    )


def deleverage_backstop(recorder: Recorder, market: str, shortage: Shortage, *, left: int) -> None:
    """Reduce what the backstop holds against a failed position, where a counterpart would be eligible."""
    model = model_of(recorder.state.markets[market])
    book = inherited_book(recorder, market)
    standing = None if book is None else model.standing(book)
    if standing is None or standing.side == shortage.failed_side:
        return
    action = model.deleverage(book, shortage, left=left)
    refusal = _act(recorder, market, book, action, cause="deleveraging")
    assert refusal is None, refusal


def _act(recorder: Recorder, market: str, book: Any, action: Any, *, cause: str) -> Refused | None:
    """Decide for the backstop; what it holds is no position of an account, so that movements tell it all."""
    state = recorder.state
    outcome = model_of(state.markets[market]).decide(book, action, now_ms=recorder.now_ms)
    if isinstance(outcome, Refused):
        return outcome
    moves = moves_of(state, market, BACKSTOP, outcome.postings)
    recorder.emit(Moved(at_ms=recorder.now_ms, cause=cause, moves=moves))
    return None


def _not_askable(recorder: Recorder, market: str) -> Refused | None:
    state = recorder.state
    if market not in state.markets:
        return market_unknown(state, market)
    if not is_priced(state.markets[market]):
        return price_unknown(market)
    return None


def not_offered(kept: MarketState, lacking: str) -> Refused:
    """Refuse what the market's model does not have."""
    return refuse(
        Code.NOT_OF_THIS_MODEL,
        f"{kept.name} follows the model {kept.model}, which has {lacking}",
        Term("model", kept.model),
    )
