"""Where the parts are joined: clock, single writer, settlement, the venue."""

from solvent.runtime.clock import Clock, RealClock, VirtualClock
from solvent.runtime.embedding import Embedded, account_id, embed, identity_of
from solvent.runtime.errors import Overloaded, RuntimeProblem, RuntimeRefused, VenueStopped
from solvent.runtime.replies import Reply
from solvent.runtime.settlement import Faucet, Settlement
from solvent.runtime.settling import Retried, Settling
from solvent.runtime.venue import Venue, replay
from solvent.runtime.writer import STREAM, Writer

__all__ = [
    "STREAM",
    "Clock",
    "Embedded",
    "Faucet",
    "Overloaded",
    "RealClock",
    "Reply",
    "Retried",
    "RuntimeProblem",
    "RuntimeRefused",
    "Settlement",
    "Settling",
    "Venue",
    "VenueStopped",
    "VirtualClock",
    "Writer",
    "account_id",
    "embed",
    "identity_of",
    "replay",
]
