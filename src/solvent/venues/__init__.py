"""Clients of live accounts elsewhere, read only and without a key."""

from solvent.venues.asking import Asker
from solvent.venues.errors import BadAddress, NotUnderstood, Unreachable, VenueError
from solvent.venues.hyperliquid import MAINNET_URL, TESTNET_URL, Held, LiveAccount, Owner, read_account

__all__ = [
    "MAINNET_URL",
    "TESTNET_URL",
    "Asker",
    "BadAddress",
    "Held",
    "LiveAccount",
    "NotUnderstood",
    "Owner",
    "Unreachable",
    "VenueError",
    "read_account",
]
