"""The command line's fixture, here as well."""

from tests.unit.cli.conftest import solvent

__all__ = ["solvent"]
