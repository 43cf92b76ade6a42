"""Lengths of time and moments as Python gives them."""

from solvent.cli.exits import Complaint
from solvent.cli.sandbox.durations import duration_ms
from solvent.money import NumberRefused, parse_moment
from solvent.testing.errors import SandboxRefused


def length_ms(said: str | int, name: str) -> int:
    """Return the milliseconds of text such as `90s`, or of a number, which is milliseconds already.

    Errors: `SandboxRefused` naming what it was given as.
    """
    try:
        return duration_ms(said, name)
    except Complaint as error:
        raise SandboxRefused(str(error)) from error


def moment_ms(said: str | int, name: str) -> int:
    """Return a moment's milliseconds since 1970, of text such as `2024-02-20T12:00Z` or of them.

    Errors: `SandboxRefused` naming what it was given as.
    """
    if isinstance(said, int):
        return said
    try:
        return parse_moment(said, name=name)
    except NumberRefused as error:
        raise SandboxRefused(str(error)) from error
