"""One command at a moment into events, folded as they come about, or into a refusal that changes nothing."""

from collections.abc import Callable, Mapping
from typing import Any

from solvent.engine import (
    acting,
    agents,
    boundary,
    changing,
    commands,
    keys,
    nonces,
    opening,
    own_accounts,
    ticks,
)
from solvent.engine.commands import Act, AnyCommand, Tick
from solvent.engine.events import AnyEvent
from solvent.engine.recorder import Recorder, record
from solvent.engine.state import State
from solvent.margin import Refused

HANDLERS: Mapping[type[Any], Callable[[Recorder, Any], Refused | None]] = {
    commands.OpenAccount: opening.open_account,
    commands.BindIdentity: opening.bind_identity,
    commands.GrantKey: keys.grant_key,
    commands.RevokeKey: keys.revoke_key,
    commands.UseNonce: nonces.use_nonce,
    commands.ApproveAgent: agents.approve_agent,
    commands.CreateMarket: opening.create_market,
    commands.ChangeMarket: changing.change_market,
    commands.SetPaused: opening.set_paused,
    commands.Declare: boundary.declare,
    commands.PayOut: boundary.pay_out,
    commands.Collect: own_accounts.collect,
    commands.Unwind: own_accounts.unwind,
    commands.SetFunding: ticks.note_funding,
    commands.Touch: ticks.touch,
    commands.Act: acting.act,
    commands.Transfer: boundary.transfer,
    commands.SetAside: boundary.set_aside,
    commands.Deposit: boundary.deposit,
    commands.Withdraw: boundary.withdraw,
    commands.Confirm: boundary.confirm,
}


def apply(
    state: State, command: AnyCommand, *, now_ms: int, candidates: ticks.Candidates = ticks.scan
) -> tuple[AnyEvent, ...] | Refused:
    """Carry out one command; the state has then changed by exactly the events returned.

    `candidates` names the accounts that a tick may have made liquidatable; each is confirmed here.
    Errors: none raised for what a user can ask; a refusal leaves the state as it was.
    """
    if now_ms < state.now_ms:
        return acting.in_the_past(state, now_ms)
    if type(command) is Act:
        moved = acting.moved_plainly(state, command, now_ms=now_ms)
        if moved is not None:
            record(state, moved)
            return (moved,)
    recorder = Recorder(state, now_ms)
    if isinstance(command, Tick):
        refusal = ticks.tick(recorder, command, candidates)
    else:
        refusal = HANDLERS[type(command)](recorder, command)
    if refusal is not None:
        assert not recorder.events, recorder.events
        return refusal
    return tuple(recorder.events)
