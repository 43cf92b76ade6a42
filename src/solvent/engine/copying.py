"""A copy of a state that goes on changing, taken a table at a time: nobody waits for all of them at once.

What happens meanwhile is folded into the copy too. A table that was not copied yet may be wrong there, until
its turn comes and replaces it with what it is at that moment; from then on the events keep it right.
"""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from solvent.engine.events import AnyEvent
from solvent.engine.fold import fold
from solvent.engine.state import State

# What events look up before they change it has to be there from the beginning; these are small.
_AT_ONCE = ("markets", "outbox", "keys", "agents")
_SINGLE = ("accounts", "identities", "requests", "nonces", "reserved")
_BY_MARKET = ("positions", "orders", "supplies")


class Table(Struct, frozen=True):
    """One table of a state as it is after the event `seq`; values are frozen and shared."""

    seq: int
    part: str
    group: str
    rows: Any


class GradualCopy:
    """The copy of one state; begun where the state rests, by the thread that owns it.

    `take` is called by that thread too, while the state rests, and `put` by any other one, in turns, until
    `is_done`. The copy is then the state as it was when the last table was taken.
    """

    def __init__(self, state: State) -> None:
        self.copy = State()
        self.copy.now_ms, self.copy.seq = state.now_ms, state.seq
        for part in _AT_ONCE:
            setattr(self.copy, part, getattr(state, part).copy())
        for part in _BY_MARKET:
            setattr(self.copy, part, {market: {} for market in getattr(state, part)})
        # What comes into being later is right from its first event on.
        self._todo = [(part, "") for part in _SINGLE]
        for part in ("balances", *_BY_MARKET):
            self._todo += [(part, group) for group in getattr(state, part)]

    @property
    def is_done(self) -> bool:
        """Whether every table was taken."""
        return not self._todo

    def take(self, state: State) -> Table:
        """Return a copy of the next table."""
        part, group = self._todo.pop()
        rows = getattr(state, part)
        return Table(state.seq, part, group, (rows.get(group, {}) if group else rows).copy())

    def put(self, taken: Table, events: Iterable[AnyEvent]) -> None:
        """Fold the events since the last table and up to this one, and put it in its place."""
        for event in events:
            fold(self.copy, event)
        assert self.copy.seq == taken.seq, (self.copy.seq, taken.seq)
        if not taken.group:
            setattr(self.copy, taken.part, taken.rows)
        elif taken.rows or taken.part in _BY_MARKET:
            getattr(self.copy, taken.part)[taken.group] = taken.rows
        else:  # an asset of which nothing is left
            self.copy.balances.pop(taken.group, None)
