"""The deterministic state machine: one command at a moment into events, or into a refusal."""

from solvent.engine import commands, events, ledger
from solvent.engine.apply import apply
from solvent.engine.books import book_of
from solvent.engine.codec import decode, encode
from solvent.engine.fold import fold, fold_all
from solvent.engine.refusals import REFUSALS, Code
from solvent.engine.state import Key, MarketState, Pending, State
from solvent.engine.ticks import Candidates, scan

__all__ = [
    "REFUSALS",
    "Candidates",
    "Code",
    "Key",
    "MarketState",
    "Pending",
    "State",
    "apply",
    "book_of",
    "commands",
    "decode",
    "encode",
    "events",
    "fold",
    "fold_all",
    "ledger",
    "scan",
]
