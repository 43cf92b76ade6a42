"""Moments: integer milliseconds since 1970-01-01T00:00Z; interest counts whole seconds."""

from datetime import UTC, datetime, timedelta
from typing import NewType

from solvent.money.errors import NumberFault, NumberRefused

Millis = NewType("Millis", int)
Seconds = NewType("Seconds", int)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def whole_seconds(now_ms: int) -> Seconds:
    """Return the second that a moment lies in, rounded down."""
    return Seconds(now_ms // 1000)


def parse_moment(text: str, *, name: str = "time") -> Millis:
    """Read an ISO 8601 moment with its zone, such as 2024-01-14T02:00Z.

    Rounds: down to a millisecond.
    Errors: `NumberRefused` without a zone or when it is no such moment.
    """
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise _no_moment(name, text) from error
    if moment.tzinfo is None:
        raise _no_moment(name, text)
    return Millis((moment - _EPOCH) // timedelta(milliseconds=1))


def _no_moment(name: str, text: object) -> NumberRefused:
    accepted = "an ISO 8601 moment with its zone, as 2024-01-14T02:00Z"
    return NumberRefused(NumberFault.NOT_A_TIME, name=name, found=text, accepted=accepted)


def format_moment(now_ms: int) -> str:
    """Write a moment as 2024-01-14T02:00Z; seconds and milliseconds only when they are not zero.

    One outside the years 1 to 9999 is written as its milliseconds.
    """
    try:
        moment = _EPOCH + timedelta(milliseconds=now_ms)
    except OverflowError:
        return f"{now_ms} ms"
    detail = "milliseconds" if now_ms % 1000 else "seconds" if now_ms % 60_000 else "minutes"
    return f"{moment.replace(tzinfo=None).isoformat(timespec=detail)}Z"
