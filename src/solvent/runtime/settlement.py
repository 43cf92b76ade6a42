"""The port across the venue's boundary: asked, journalled, acted on, confirmed."""

from typing import Protocol

from solvent.engine import Pending


class Settlement(Protocol):
    """What brings assets in and sends them out; asked again after a crash, it must not act twice."""

    def settle(self, pending: Pending) -> bool | None:
        """Act on one request: True when it is done, False when it failed, none while it is under way."""


class Faucet:
    """The sandbox's settlement: play money comes and goes at once."""

    def settle(self, pending: Pending) -> bool:
        """Do what is asked."""
        return pending.units > 0
