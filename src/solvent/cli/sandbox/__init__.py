"""`solvent sandbox`: keys, play money, time, prices and faults of a venue that is served."""

from solvent.cli.sandbox.commands import app

__all__ = ["app"]
