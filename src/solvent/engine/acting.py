"""One action of one account: checked, decided by the market's model, recorded with what moved."""

from typing import Any

from solvent.engine import ledger
from solvent.engine.books import amount_text, book_of
from solvent.engine.commands import Act, ActGuards
from solvent.engine.events import Acted, Move
from solvent.engine.guarding import price_moved, result_moved
from solvent.engine.recorder import Recorder
from solvent.engine.refusals import Code, refuse
from solvent.engine.state import MarketState, State
from solvent.margin import Account, Outcome, Posting, Refused, Term, Verb
from solvent.margin.parts import Kept
from solvent.money import format_moment

# Read once: before Python 3.12 a member of an enum is slow to read from its class.
_BACKSTOP = Account.BACKSTOP
_BACKSTOP_NAME = _BACKSTOP.value
NAMES_TOLD_MAX = 50
# Each event of an account carries all that it has resting in the market.
ORDERS_MAX = 200
OWN_VERBS = frozenset({Verb.FILL, Verb.LIQUIDATE, Verb.DELEVERAGE})
PAUSED_VERBS = frozenset({Verb.OPEN, Verb.ORDER, Verb.TAKE})


def account_unknown(account: str) -> Refused:
    """Refuse a command of an account that nobody opened."""
    return refuse(
        Code.ACCOUNT_UNKNOWN, f"no account has the id {account!r}; open it first", Term("account", account)
    )


def market_unknown(state: State, name: str) -> Refused:
    """Refuse a command on a market that does not exist."""
    names = sorted(state.markets)
    known = ", ".join(names[:NAMES_TOLD_MAX]) or "none yet"
    more = f" and {len(names) - NAMES_TOLD_MAX} more" if len(names) > NAMES_TOLD_MAX else ""
    return refuse(
        Code.MARKET_UNKNOWN, f"no market is named {name!r}; there are: {known}{more}", Term("market", name)
    )


def price_unknown(name: str) -> Refused:
    """Refuse what needs a price while there has been none."""
    return refuse(
        Code.PRICE_UNKNOWN, f"{name} has had no price yet; wait for its first", Term("market", name)
    )


def act(recorder: Recorder, command: Act) -> Refused | None:
    """Carry out a user's action; returns the refusal, or none once it is recorded."""
    state = recorder.state
    market = state.markets.get(command.market)
    if command.account not in state.accounts:
        return account_unknown(command.account)
    if market is None:
        return market_unknown(state, command.market)
    refusal = _not_actable(market, command.action)
    if refusal is None and command.guards is not None:
        refusal = _price_moved(recorder, command, command.guards)
    if refusal is not None:
        return refusal
    return carry_out(
        recorder, command.market, command.account, command.action, cause="command", guards=command.guards
    )


def _not_actable(market: MarketState, action: Any) -> Refused | None:
    terms = market.terms
    if type(action) not in terms.actions:
        return refuse(
            Code.NOT_OF_THIS_MODEL,
            f"{type(action).__name__} is no action of the model {market.model}, which {market.name} follows",
            Term("model", market.model),
        )
    if action.verb in OWN_VERBS:
        return refuse(
            Code.VERB_NOT_ALLOWED,
            f"{action.verb.value} is carried out by the engine itself",
            Term("verb", action.verb.value),
        )
    own = terms.model.own_fields(action)
    if own:
        return refuse(
            Code.VERB_NOT_ALLOWED,
            f"{' and '.join(own)} of an action is for the venue alone to say; leave it out",
            Term("verb", action.verb.value),
        )
    if not terms.is_priced:
        return price_unknown(market.name)
    if market.paused and market.pool is None and action.verb in PAUSED_VERBS:
        return refuse(
            Code.MARKET_PAUSED,
            f"{market.name} is paused; adding margin, reducing and closing are possible",
            Term("market", market.name),
        )
    return None


def _price_moved(recorder: Recorder, command: Act, guards: ActGuards) -> Refused | None:
    book = book_of(recorder.state, command.market, command.account)
    model = recorder.state.markets[command.market].terms.model
    return price_moved(model, book, guards, now_ms=recorder.now_ms)


def moved_plainly(state: State, command: Act, *, now_ms: int) -> Acted | None:
    """Return the event of an action that moves margin and nothing else; none where only a book can tell.

    What is recorded is what `carry_out` would record, for a third of its cost: nothing is put together that
    is taken apart again. A class of plain moves has no fields of the venue's own and no verb of the engine's,
    and who has a position has an account, too.
    """
    name, account, action = command.market, command.account, command.action
    market = state.markets.get(name)
    if market is None or market.paused or command.guards is not None:
        return None
    terms = market.terms
    if type(action) not in terms.plain_moves or not terms.is_priced:
        return None
    asset, (own, its) = terms.symbols[0], ledger.wallet_and_bucket(name, account)
    reserved = state.reserved.get((account, asset), 0) if state.reserved else 0
    move = terms.model.plain_move(
        action,
        state.positions[name].get(account),
        market=market.market,
        quoted=terms.quoted,
        funding=market.funding,
        spare=state.balance(own, asset) - reserved,
        now_ms=now_ms,
    )
    if move is None:
        return None
    units = move.units
    return Acted(
        at_ms=now_ms,
        market=name,
        model=market.model,
        account=account,
        cause="command",
        action=action,
        position=move.position,
        pool=None,
        orders=state.orders[name].get(account, ()),
        reserved_asset=asset,
        reserved=reserved,
        supply_shares=state.supplies[name].get(account, 0),
        moves=(Move(own, asset, -units), Move(its, asset, units)),
        working=move.working,
    )


def carry_out(
    recorder: Recorder,
    market: str,
    account: str,
    action: Any,
    *,
    cause: str,
    guards: ActGuards | None = None,
) -> Refused | None:
    """Decide an action on the present state and record it; returns the refusal, or none."""
    state = recorder.state
    model = state.markets[market].terms.model
    book = book_of(state, market, account)
    outcome = model.decide(book, action, now_ms=recorder.now_ms)
    if isinstance(outcome, Refused):
        return outcome
    if guards is not None:
        moved = result_moved(model, book.market, outcome, guards, now_ms=recorder.now_ms)
        if moved is not None:
            return moved
    kept = model.dismantle(outcome.book)
    resting = len(kept.orders)
    if resting > ORDERS_MAX and resting > len(state.orders[market].get(account, ())):
        return _orders_full(market)
    return record(recorder, market, account, action, outcome, kept, cause=cause)


def _orders_full(market: str) -> Refused:
    return refuse(
        Code.ORDERS_FULL,
        f"{ORDERS_MAX} orders of the account rest in {market} already; cancel one first",
        Term("market", market),
        Term("orders_max", ORDERS_MAX),
    )


def record(
    recorder: Recorder,
    market: str,
    account: str,
    action: Any,
    outcome: Outcome[Any],
    kept: Kept,
    *,
    cause: str,
) -> Refused | None:
    """Record what was decided and what is kept of it, unless somebody's funds are short for it."""
    state = recorder.state
    moves = moves_of(state, market, account, outcome.postings)
    short = _short_of_funds(state, moves)
    if short is not None:
        return short
    terms = state.markets[market].terms
    recorder.emit(
        Acted(
            at_ms=recorder.now_ms,
            market=market,
            model=terms.model.NAME,
            account=account,
            cause=cause,
            action=action,
            position=kept.position,
            pool=kept.pool,
            orders=kept.orders,
            reserved_asset=terms.symbols[0],
            reserved=kept.reserved,
            supply_shares=kept.supply_shares,
            moves=moves,
            working=outcome.working,
        )
    )
    return None


def moves_of(state: State, market: str, account: str, postings: tuple[Posting, ...]) -> tuple[Move, ...]:
    """Return postings as movements between ledger accounts.

    A backstop that is given contracts takes a position over: it keeps it in a bucket of that market.
    """
    moves = []
    for one in postings:
        if one.account is _BACKSTOP:
            name = _backstop_of(state, market, postings)
        else:
            name = ledger.named(one, market=market, account=account)
        moves.append(Move(name, one.asset, one.units))
    return tuple(moves)


def _backstop_of(state: State, market: str, postings: tuple[Posting, ...]) -> str:
    symbols = state.markets[market].terms.symbols
    for one in postings:
        if one.account is _BACKSTOP and one.asset not in symbols:
            return ledger.bucket(market, _BACKSTOP_NAME)
    return _BACKSTOP_NAME


def _short_of_funds(state: State, moves: tuple[Move, ...]) -> Refused | None:
    """Return a refusal where an account of the venue, or a wallet, would fall below zero."""
    for move in moves:
        if move.units >= 0 or ledger.may_be_negative(move.name):
            continue
        name, asset = move.name, move.asset
        have, change = state.balance(name, asset), 0
        for one in moves:
            if one.name == name and one.asset == asset:
                change += one.units
        if have + change < 0:
            return funds_short(state, name, asset, have=have, need=-change)
    return None


def funds_short(state: State, name: str, asset: str, *, have: int, need: int) -> Refused:
    """Refuse what a ledger account cannot pay."""
    return refuse(
        Code.VENUE_FUNDS_SHORT,
        f"{name} holds {amount_text(state, asset, have)} and {amount_text(state, asset, need)} are needed; "
        "ask for less",
        Term("account", name),
        Term("asset", asset),
        Term("have", have),
        Term("need", need),
    )


def in_the_past(state: State, now_ms: int) -> Refused:
    """Refuse a command whose time lies before the last one's."""
    return refuse(
        Code.TIME_BACKWARDS,
        f"the venue's time is {format_moment(state.now_ms)} and never runs backwards; "
        f"{format_moment(now_ms)} is before it",
        Term("now_ms", state.now_ms),
        Term("asked_ms", now_ms),
    )
