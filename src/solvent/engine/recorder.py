"""Events as they come about: each is balanced, folded at once, and remembered for the journal."""

from msgspec import Struct

from solvent.engine.events import AnyEvent, Move
from solvent.engine.fold import fold
from solvent.engine.state import State


class Recorder(Struct, eq=False):
    """The events of one command; later ones are decided on the state that earlier ones left."""

    state: State
    now_ms: int
    events: list[AnyEvent] = []

    def emit(self, event: AnyEvent) -> None:
        """Fold one event and remember it."""
        record(self.state, event)
        self.events.append(event)


def record(state: State, event: AnyEvent) -> None:
    """Fold one event, whose moves are balanced."""
    assert_balanced(getattr(event, "moves", ()))
    fold(state, event)


def assert_balanced(moves: tuple[Move, ...]) -> None:
    """Assert that the units of each asset sum to zero."""
    if len(moves) == 2:  # nearly always: what leaves one account enters another
        one, other = moves
        assert (one.asset, one.units) == (other.asset, -other.units), moves
        return
    sums: dict[str, int] = {}
    for move in moves:
        sums[move.asset] = sums.get(move.asset, 0) + move.units
    assert not any(sums.values()), sums
