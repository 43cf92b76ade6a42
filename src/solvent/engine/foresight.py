"""What a command would do now: carried out by the same `apply`, on tables that are thrown away."""

from typing import Any

from solvent.engine.apply import apply
from solvent.engine.beside import Beside
from solvent.engine.commands import Act
from solvent.engine.events import AnyEvent
from solvent.engine.state import State
from solvent.margin import Refused


def foresee(state: State, command: Act, *, now_ms: int) -> tuple[AnyEvent, ...] | Refused:
    """Return the events or the refusal that an action would meet; the state stays as it was.

    Errors: none raised, as for `apply`.
    """
    return apply(_shadow(state, command.market), command, now_ms=now_ms)


def _shadow(state: State, market: str) -> State:
    """Return a state that reads from this one and writes beside it; only this market's books can change."""
    shadow: Any = State()
    shadow.now_ms, shadow.seq = state.now_ms, state.seq
    for name in ("accounts", "identities", "markets", "reserved"):
        setattr(shadow, name, Beside(getattr(state, name)))
    shadow.balances = {asset: Beside(held) for asset, held in state.balances.items()}
    for name in ("positions", "orders", "supplies"):
        held = getattr(state, name)
        setattr(shadow, name, {market: Beside(held[market])} if market in held else {})
    found: State = shadow
    return found
