"""What a command is answered: bytes that are kept with its key and stay the same for ever."""

from typing import Any

import msgspec
from msgspec import Struct

from solvent.margin import Refused, Term
from solvent.money import Amount, Ratio

_ENCODER = msgspec.json.Encoder()


class Reply(Struct, frozen=True, kw_only=True):
    """An answer: whether the command was accepted, its bytes, and whether they were given before."""

    is_accepted: bool
    body: bytes
    is_repeat: bool = False

    def read(self) -> dict[str, Any]:
        """Return the answer as plain data."""
        found: dict[str, Any] = msgspec.json.decode(self.body)
        return found


class _Accepted(Struct, frozen=True):
    accepted: bool
    seq: int
    at_ms: int
    events: list[msgspec.Raw]


class _Refused(Struct, frozen=True):
    accepted: bool
    code: str
    message: str
    terms: dict[str, str | int | bool | None]
    would_be_accepted: str | None


def accepted(events: list[bytes], *, seq: int, at_ms: int) -> Reply:
    """Answer an accepted command: the seq of its last event, its moment, and its events as they are kept."""
    body = _Accepted(accepted=True, seq=seq, at_ms=at_ms, events=[msgspec.Raw(event) for event in events])
    return Reply(is_accepted=True, body=_ENCODER.encode(body))


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
