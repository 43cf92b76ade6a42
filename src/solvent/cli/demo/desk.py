"""What the demo asks its venue, and how it is answered, in whatever process the venue is."""

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Any

from msgspec import Struct

from solvent.engine import State
from solvent.engine.commands import AnyCommand
from solvent.runtime import Reply, Venue, VirtualClock, replay

VENUE_ID = blake2b(b"solvent demo", digest_size=16).hexdigest()


class Asked(Struct, frozen=True, kw_only=True):
    """A command at a moment, under a key that makes it happen once."""

    command: AnyCommand
    key: str
    at_ms: int


class Settle(Struct, frozen=True):
    """Let the settlement end what waits in the outbox; answered with how many requests ended."""

    at_ms: int


class Look(Struct, frozen=True):
    """Ask for a copy of the whole state."""


class Folded(Struct, frozen=True):
    """Ask for the hash of the journal's events folded anew, up to one of them."""

    until_seq: int


class Answered(Struct, frozen=True, kw_only=True):
    """The reply to a command, the last event by then, and the hash of the state that it left."""

    reply: Reply
    seq: int
    state_hash: str


Question = Asked | Settle | Look | Folded


class Desk:
    """Answers questions about one venue, one after the other."""

    def __init__(self, venue: Venue, clock: VirtualClock) -> None:
        self._venue = venue
        self._clock = clock
        self._answers: Mapping[type[Any], Callable[[Any], Any]] = {
            Asked: self._ask,
            Settle: self._settle,
            Look: lambda _: self._at_rest(lambda state: state),
            Folded: lambda question: replay(venue.journal, until_seq=question.until_seq).hash(),
        }

    def answer(self, question: Question) -> Any:
        """Answer one question."""
        return self._answers[type(question)](question)

    def _ask(self, question: Asked) -> Answered:
        self._reach(question.at_ms)
        reply = self._venue.ask(question.command, key=question.key)
        seq, state_hash = self._at_rest(lambda state: (state.seq, state.hash()))
        return Answered(reply=reply, seq=seq, state_hash=state_hash)

    def _settle(self, question: Settle) -> int:
        self._reach(question.at_ms)
        return self._venue.settle_outbox()

    def _reach(self, at_ms: int) -> None:
        """Set the clock on; what was asked before is asked again with its old moment, and is answered."""
        self._clock.advance(max(0, at_ms - self._clock.now_ms()))

    def _at_rest(self, read: Callable[[State], Any]) -> Any:
        return self._venue.at_rest(read).result()
