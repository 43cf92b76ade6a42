"""`solvent run`, `replay`, `audit` and `show`: scenarios through the engine, and journals read back.

The commands import the modules here when they are called, so that the others stay quick.
"""

from enum import StrEnum

__all__ = ["Part"]


class Part(StrEnum):
    """What of a journal may be shown."""

    ACCOUNTS = "accounts"
    POSITIONS = "positions"
    EVENTS = "events"
    BALANCES = "balances"
