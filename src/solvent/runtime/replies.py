"""What a command is answered: bytes that stay the same for ever, made again when its key comes again.

An accepted answer repeats its events, which the journal has already: with the key only their place is kept.
The decision is docs/adr/0053-an-answer-keeps-the-place-of-its-events.md.
"""

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from solvent.engine.codec import decode
from solvent.engine.events import AnyEvent
from solvent.journal.records import PAYLOAD_BYTES_MAX
from solvent.margin import Refused, Term
from solvent.money import Amount, Ratio

# What an answer tells of its events; the journal keeps an answer for days, and each event for ever.
TOLD_BYTES_MAX = 256 << 10
# So many steps have one key at most, and so long is a refusal: together they fit one answer of the journal's.
STEPS_MAX = 128
REFUSED_BYTES_MAX = PAYLOAD_BYTES_MAX // STEPS_MAX - 2
CUT = " …"
_ENCODER = msgspec.json.Encoder()
_LISTED = list[msgspec.Raw]


class Reply(Struct, frozen=True, gc=False, kw_only=True):
    """An answer: whether the command was accepted, and whether the answer was given before.

    A first answer that the command was accepted has the seq of its last event and their moment; `payloads`
    are the bytes of its whole batch, once that is written, `begin` is where its own begin and `count` how
    many they are. The events themselves are `at_hand` where somebody hears what becomes durable. A refusal
    and the repeat of an earlier batch's answer have bytes alone, `told`.
    """

    is_accepted: bool
    is_repeat: bool = False
    told: bytes | None = None
    at_hand: tuple[AnyEvent, ...] = ()
    payloads: Sequence[bytes] = ()
    begin: int = 0
    count: int = 0
    seq: int = 0
    at_ms: int = 0

    @property
    def events(self) -> tuple[AnyEvent, ...]:
        """The events that a first answer is about, as a replay reads them where they are not at hand."""
        if self.at_hand or not self.count:
            return self.at_hand
        return tuple([decode(payload) for payload in self.payloads[self.begin : self.begin + self.count]])

    @property
    def body(self) -> bytes:
        """The bytes of the answer, the same for ever; made when they are asked for."""
        if self.told is not None:
            return self.told
        begin, count = self.begin, self.count
        if count == 1:
            return _accepted_with_one(self.payloads[begin], seq=self.seq, at_ms=self.at_ms)
        return _accepted(self.payloads[begin : begin + count], seq=self.seq, at_ms=self.at_ms)

    def read(self) -> dict[str, Any]:
        """Return the answer as plain data."""
        found: dict[str, Any] = msgspec.json.decode(self.body)
        return found


class _Place(Struct, frozen=True):
    """What is kept of an accepted answer: how many events it is about, the last one's seq, its moment."""

    about: int
    seq: int
    at_ms: int


class _Steps(Struct, frozen=True):
    """What is kept of the answers to several steps: of one that was accepted how many events it had, of any
    other the answer itself; the seq of the last event, and their moment.
    """

    steps: list[msgspec.Raw]
    seq: int
    at_ms: int


class _Refused(Struct, frozen=True):
    accepted: bool
    code: str
    message: str
    terms: dict[str, str | int | bool | None]
    would_be_accepted: str | None


def _accepted(events: Sequence[bytes], *, seq: int, at_ms: int) -> bytes:
    """Return the bytes of an answer to an accepted command.

    Of a command with more events than an answer holds, as a tick that liquidates thousands, the first ones
    are told and the number of the others, `untold`: they are in the journal, up to that seq.
    """
    told = events if sum(map(len, events)) <= TOLD_BYTES_MAX else _that_fit(events)
    closing = b"]}" if told is events else b'],"untold":%d}' % (len(events) - len(told))
    opening = b'{"accepted":true,"seq":%d,"at_ms":%d,"events":[' % (seq, at_ms)
    return b"".join((opening, b",".join(told), closing))


def _accepted_with_one(event: bytes, *, seq: int, at_ms: int) -> bytes:
    """Return what `_accepted` makes of one event, which nearly every command has."""
    if len(event) > TOLD_BYTES_MAX:
        return _accepted((event,), seq=seq, at_ms=at_ms)
    return b'{"accepted":true,"seq":%d,"at_ms":%d,"events":[%b]}' % (seq, at_ms, event)


def place_of_events(count: int, *, seq: int, at_ms: int) -> bytes:
    """Return what is kept of the answer to an accepted command with so many events, up to a seq."""
    return b'{"about":%d,"seq":%d,"at_ms":%d}' % (count, seq, at_ms)


def kept_of(answers: Sequence[Reply], count: int, *, seq: int, at_ms: int) -> bytes:
    """Return what is kept of the last so many answers, to commands of one key; their events end at a seq."""
    if count == 1:
        answer = answers[-1]
        return place_of_events(answer.count, seq=seq, at_ms=at_ms) if answer.told is None else answer.told
    own = answers[-count:]
    steps = [answer.count if answer.told is None else msgspec.Raw(answer.told) for answer in own]
    return b'{"steps":%b,"seq":%d,"at_ms":%d}' % (_ENCODER.encode(steps), seq, at_ms)


def kept_apart(kept: bytes) -> list[bytes]:
    """Return what is kept of each command's answer, as it is kept of one that was asked alone."""
    if kept.startswith(b"["):  # as docs/adr/0219-steps-have-one-key.md had it
        return [*map(bytes, msgspec.json.decode(kept, type=_LISTED))]
    if not kept.startswith(b'{"steps":'):
        return [kept]
    together, found = msgspec.json.decode(kept, type=_Steps), list[bytes]()
    seq = together.seq
    for step in map(bytes, reversed(together.steps)):
        if not step.isdigit():
            found.append(step)
            continue
        found.append(place_of_events(int(step), seq=seq, at_ms=together.at_ms))
        seq -= int(step)
    return found[::-1]


def _that_fit(events: Sequence[bytes]) -> Sequence[bytes]:
    ends = accumulate(map(len, events))
    return [event for event, end in zip(events, ends, strict=True) if end <= TOLD_BYTES_MAX]


def refused(refusal: Refused) -> Reply:
    """Answer a refused command: the code, the sentence, the numbers, what would be accepted.

    A sentence that is longer than a refusal may be, as one that lists many long names, is cut.
    """
    body = _Refused(
        accepted=False,
        code=refusal.code,
        message=refusal.message,
        terms={term.name: _plain(term) for term in refusal.terms},
        would_be_accepted=None if refusal.accepted is None else str(refusal.accepted),
    )
    told = _ENCODER.encode(body)
    while len(told) > REFUSED_BYTES_MAX and body.message:
        body = replace(body, message=_halved(body.message))
        told = _ENCODER.encode(body)
    return Reply(is_accepted=False, told=told)


def _halved(text: str) -> str:
    """Return the first half of a text; of a single character nothing."""
    kept = text.removesuffix(CUT)[: len(text) // 2]
    return f"{kept}{CUT}" if len(kept) > 1 else ""


def repeated(body: bytes) -> Reply:
    """Give a first answer again, byte for byte."""
    return Reply(is_accepted=body.startswith(b'{"accepted":true'), told=body, is_repeat=True)


def body_of(kept: bytes, read: Callable[[int, int], Sequence[bytes]]) -> bytes:
    """Return an answer from what is kept of it; `read` gives the events after a seq, so many of them.

    What is no place is the answer itself: a refusal, or one that was kept whole, as Solvent once did.
    """
    if not kept.startswith(b'{"about":'):
        return kept
    place = msgspec.json.decode(kept, type=_Place)
    events = read(place.seq - place.about, place.about)
    return _accepted(events, seq=place.seq, at_ms=place.at_ms)


def _plain(term: Term) -> str | int | bool | None:
    if isinstance(term.value, Amount | Ratio):
        return str(term.value)
    return term.value
