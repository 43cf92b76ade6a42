"""Lengths of time as people write them: `90s`, `8h`, `1500ms`."""

import re

from solvent.cli.exits import Complaint

UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_WRITTEN = re.compile(r"([0-9]{1,12})(ms|s|m|h|d)")


def duration_ms(text: str | int, name: str) -> int:
    """Return a length of time in milliseconds; a number counts those already.

    Errors: `Complaint` naming what was read and what would do.
    """
    if isinstance(text, int):
        return text
    found = _WRITTEN.fullmatch(text)
    if found is None:
        raise Complaint(
            f"{name} {text!r} is no length of time; give a whole number with ms, s, m, h or d: 90s"
        )
    return int(found[1]) * UNITS_MS[found[2]]
