"""The port across the venue's boundary: asked, journalled, acted on, confirmed."""

from typing import Protocol

from solvent.engine import Pending


class Settlement(Protocol):
    """What brings assets in and sends them out.

    It is asked again after a crash, after it raised and while it does not know: by its `request_id` it must
    know what it did, act once at most, and never take back a True or a False.
    """

    def settle(self, pending: Pending) -> bool | None:
        """Act on one request: True when it is done, False when it failed for good, none while under way."""


class Faucet:
    """The sandbox's settlement: play money comes and goes at once."""

    def settle(self, pending: Pending) -> bool:
        """Do what is asked."""
        return pending.units > 0
