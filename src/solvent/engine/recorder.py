"""Events as they come about: each is balanced, folded at once, and remembered for the journal."""

from solvent.engine.events import AnyEvent, Move
from solvent.engine.fold import fold
from solvent.engine.state import State


class Recorder:
    """The events of one command; later ones are decided on the state that earlier ones left."""

    __slots__ = ("events", "now_ms", "state")

    def __init__(self, state: State, *, now_ms: int) -> None:
        self.state = state
        self.now_ms = now_ms
        self.events: list[AnyEvent] = []

    def emit(self, event: AnyEvent) -> None:
        """Fold one event and remember it."""
        assert_balanced(getattr(event, "moves", ()))
        fold(self.state, event)
        self.events.append(event)


def assert_balanced(moves: tuple[Move, ...]) -> None:
    """Assert that the units of each asset sum to zero."""
    sums: dict[str, int] = {}
    for move in moves:
        sums[move.asset] = sums.get(move.asset, 0) + move.units
    assert not any(sums.values()), sums
