"""`solvent trade`: the four jobs on a running venue from the command line, signed by a wallet."""

from solvent.cli.trade.commands import app

__all__ = ["app"]
