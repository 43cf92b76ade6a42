"""Events into state: assigns and adds, nothing else; an event cannot fail to apply."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from solvent.engine.events import (
    AccountOpened,
    Acted,
    AgentApproved,
    AnyEvent,
    FundingNoted,
    IdentityBound,
    KeyGranted,
    KeyRevoked,
    MarketChanged,
    MarketCreated,
    MarketPaused,
    Move,
    Moved,
    NonceUsed,
    PoolAccrued,
    Priced,
    SettlementEnded,
    SettlementRequested,
    Stalled,
)
from solvent.engine.state import Agent, Key, MarketState, Pending, State


def fold(state: State, event: AnyEvent) -> None:
    """Change the state by one event."""
    state.now_ms = event.at_ms
    state.seq += 1
    if isinstance(event, Acted):  # nearly all of them
        _acted(state, event)
        return
    match event:
        case Moved():
            _move(state, event.moves)
        case SettlementRequested() | SettlementEnded():
            _settlement(state, event)
        case AccountOpened() | IdentityBound():
            _account(state, event)
        case KeyGranted() | KeyRevoked():
            _key(state, event)
        case NonceUsed():
            kept = [nonce for nonce in state.nonces.get(event.signer, ()) if nonce != event.dropped]
            state.nonces[event.signer] = tuple(sorted([*kept, event.nonce]))
        case AgentApproved():
            _agent(state, event)
        case Stalled():
            pass
        case _:
            _market_event(state, event)


def fold_all(state: State, events: Sequence[AnyEvent]) -> None:
    """Change the state by events in order, as `fold` does by each.

    What one account does again and again in a market, as the steps of one text, is assigned once: what each
    leaves behind the next one replaces. What moved is summed before.
    """
    begin = 0
    while begin < len(events):
        again = _moved_again(state, events, begin)
        state.seq += again
        begin += again
        fold(state, events[begin])
        begin += 1


def _moved_again(state: State, events: Sequence[AnyEvent], begin: int) -> int:
    """Move what events do that are replaced by the ones behind them, and return how many they are.

    They are of one account in one market, and move between the same two ledger accounts as the one behind.
    """
    behind = begin + 1
    last, event = events[begin], events[behind] if behind < len(events) else None
    if type(last) is not Acted or type(event) is not Acted or event.account != last.account:
        return 0  # as it is of most events: the next one is somebody else's
    if len(last.moves) != 2:
        return 0
    account, market, (one, other) = last.account, last.market, last.moves
    one_name, one_asset, other_name, other_asset = one.name, one.asset, other.name, other.asset
    again = one_units = other_units = 0
    while behind < len(events):
        event = events[behind]
        if type(event) is not Acted or event.account != account or event.market != market:
            break
        if len(event.moves) != 2 or _outlives(last, event):
            break
        next_one, next_other = event.moves
        if next_one.name != one_name or next_other.name != other_name:
            break
        if next_one.asset != one_asset or next_other.asset != other_asset:
            break
        one_units, other_units = one_units + one.units, other_units + other.units
        last, one, other = event, next_one, next_other
        again, behind = again + 1, behind + 1
    if again:
        _move(state, (Move(one_name, one_asset, one_units), Move(other_name, other_asset, other_units)))
    return again


def _outlives(last: Acted, event: Acted) -> bool:
    """Tell whether an event assigns what the next one of its account and market does not."""
    if last.pool is not None and event.pool is None:
        return True
    return last.reserved_asset != event.reserved_asset or (
        last.reserved is not None and event.reserved is None
    )


def _account(state: State, event: AccountOpened | IdentityBound) -> None:
    new = event.identities if isinstance(event, AccountOpened) else (event.identity,)
    state.accounts[event.account] = (*state.accounts.get(event.account, ()), *new)
    for identity in new:
        state.identities[identity] = event.account


def _key(state: State, event: KeyGranted | KeyRevoked) -> None:
    if isinstance(event, KeyRevoked):
        state.keys[event.key_id] = replace(state.keys[event.key_id], revoked_ms=event.at_ms)
        return
    state.keys[event.key_id] = Key(
        key_id=event.key_id,
        account=event.account,
        label=event.label,
        scopes=event.scopes,
        expires_ms=event.expires_ms,
        granted_ms=event.at_ms,
    )


def _agent(state: State, event: AgentApproved) -> None:
    if event.replaced is not None:
        del state.agents[event.replaced]
    state.agents[event.agent] = Agent(
        agent=event.agent,
        account=event.account,
        name=event.name,
        expires_ms=event.expires_ms,
        approved_ms=event.at_ms,
    )


def _market_event(
    state: State, event: MarketCreated | MarketChanged | MarketPaused | Priced | FundingNoted | PoolAccrued
) -> None:
    match event:
        case Priced():
            _market(state, event.market, readings=event.readings, valid_readings=event.valid_readings)
        case FundingNoted():
            noted = (*state.markets[event.market].funding, event.note)
            _market(state, event.market, funding=noted)
        case PoolAccrued():
            state.markets[event.market] = state.markets[event.market].with_pool(event.pool)
        case MarketPaused():
            _market(state, event.market, pool=event.pool, paused=event.paused)
        case MarketChanged():
            _market(state, event.name, market=event.market)
        case _:
            state.markets[event.name] = MarketState(
                name=event.name, model=event.model, market=event.market, pool=event.pool
            )
            state.positions[event.name] = {}
            state.orders[event.name] = {}
            state.supplies[event.name] = {}


def _market(state: State, name: str, **changes: object) -> None:
    state.markets[name] = replace(state.markets[name], **changes)


def _move(state: State, moves: Iterable[Move]) -> None:
    balances = state.balances
    for move in moves:
        name, asset = move.name, move.asset
        held = balances.get(asset)
        if held is None:
            held = balances[asset] = {}
        units = held.get(name, 0) + move.units
        if units:
            held[name] = units
        else:
            held.pop(name, None)
            if len(held) == 0:
                del balances[asset]


def _acted(state: State, event: Acted) -> None:
    market, account = event.market, event.account
    _move(state, event.moves)
    # What nothing is left of is forgotten, so that the tables hold what there is.
    if event.position:
        state.positions[market][account] = event.position
    else:
        state.positions[market].pop(account, None)
    if event.orders:
        state.orders[market][account] = event.orders
    else:
        state.orders[market].pop(account, None)
    if event.supply_shares:
        state.supplies[market][account] = event.supply_shares
    else:
        state.supplies[market].pop(account, None)
    if event.reserved:
        state.reserved[account, event.reserved_asset] = event.reserved
    elif event.reserved is not None:
        state.reserved.pop((account, event.reserved_asset), None)
    if event.pool is not None:
        state.markets[market] = state.markets[market].with_pool(event.pool)


def _settlement(state: State, event: SettlementRequested | SettlementEnded) -> None:
    _move(state, event.moves)
    if isinstance(event, SettlementEnded):
        del state.outbox[event.request_id]
        return
    state.requests.add(event.request_id)
    state.outbox[event.request_id] = Pending(
        request_id=event.request_id,
        direction=event.direction,
        account=event.account,
        asset=event.asset,
        units=event.units,
        address=event.address,
    )
