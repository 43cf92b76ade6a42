"""The command line."""

from solvent.cli.app import app, main

__all__ = ["app", "main"]
