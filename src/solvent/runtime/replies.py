"""What a command is answered: bytes that are kept with its key and stay the same for ever."""

from itertools import accumulate
from typing import Any

import msgspec
from msgspec import Struct

from solvent.margin import Refused, Term
from solvent.money import Amount, Ratio

# What an answer tells of its events; the journal keeps an answer for days, and each event for ever.
TOLD_BYTES_MAX = 256 << 10
_ENCODER = msgspec.json.Encoder()


class Reply(Struct, frozen=True, gc=False, kw_only=True):
    """An answer: whether the command was accepted, its bytes, and whether they were given before."""

    is_accepted: bool
    body: bytes
    is_repeat: bool = False

    def read(self) -> dict[str, Any]:
        """Return the answer as plain data."""
        found: dict[str, Any] = msgspec.json.decode(self.body)
        return found


class _Accepted(Struct, frozen=True, omit_defaults=True):
    accepted: bool
    seq: int
    at_ms: int
    events: list[msgspec.Raw]
    untold: int = 0


class _Refused(Struct, frozen=True):
    accepted: bool
    code: str
    message: str
    terms: dict[str, str | int | bool | None]
    would_be_accepted: str | None


def accepted(events: list[bytes], *, seq: int, at_ms: int) -> Reply:
    """Answer an accepted command: the seq of its last event, its moment, and its events as they are kept.

    Of a command with more events than an answer holds, as a tick that liquidates thousands, the first ones
    are told and the number of the others, `untold`: they are in the journal, up to that seq.
    """
    told = _that_fit(events)
    body = _Accepted(
        accepted=True,
        seq=seq,
        at_ms=at_ms,
        events=[msgspec.Raw(event) for event in told],
        untold=len(events) - len(told),
    )
    return Reply(is_accepted=True, body=_ENCODER.encode(body))


def _that_fit(events: list[bytes]) -> list[bytes]:
    if sum(map(len, events)) <= TOLD_BYTES_MAX:
        return events
    ends = accumulate(map(len, events))
    return [event for event, end in zip(events, ends, strict=True) if end <= TOLD_BYTES_MAX]


def refused(refusal: Refused) -> Reply:
    """Answer a refused command: the code, the sentence, the numbers, what would be accepted."""
    body = _Refused(
        accepted=False,
        code=refusal.code,
        message=refusal.message,
        terms={term.name: _plain(term) for term in refusal.terms},
        would_be_accepted=None if refusal.accepted is None else str(refusal.accepted),
    )
    return Reply(is_accepted=False, body=_ENCODER.encode(body))


def repeated(body: bytes) -> Reply:
    """Give a first answer again, byte for byte."""
    return Reply(is_accepted=body.startswith(b'{"accepted":true'), body=body, is_repeat=True)


def _plain(term: Term) -> str | int | bool | None:
    if isinstance(term.value, Amount | Ratio):
        return str(term.value)
    return term.value
