"""A command's kept answer as it is sent: made from its bytes alone, so that a repeat is the same."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Response
from msgspec import UNSET, Struct, UnsetType

from solvent.api.problems import MEDIA_TYPE, Code, Problem, ProblemShape
from solvent.api.shapes import AmountShape, AsOf
from solvent.api.telling import (
    GAP,
    PLACES_KEPT,
    EventShape,
    Plain,
    Seen,
    moved_texts,
    own_text,
    plain_form,
    plain_in,
    seen_shape,
)
from solvent.engine.events import Acted
from solvent.engine.refusals import Code as EngineCode
from solvent.money import Asset
from solvent.runtime import Reply
from solvent.runtime.replies import repeated

JSON = "application/json"
REPLAYED = "Idempotency-Replayed"
# A first answer of more events may not tell all of them; what is kept says which.
EVENTS_AT_HAND = 16
NAMES_KEPT = 16_384
_NUMBER = re.compile(r"-?[0-9][0-9,]*(?:\.[0-9]+)?")
_STATUS = {
    Code.KEY_REUSED: HTTPStatus.CONFLICT,
    EngineCode.ACCOUNT_UNKNOWN: HTTPStatus.NOT_FOUND,
    EngineCode.MARKET_UNKNOWN: HTTPStatus.NOT_FOUND,
    EngineCode.KEY_UNKNOWN: HTTPStatus.NOT_FOUND,
}


class ReplyShape(Struct, frozen=True, kw_only=True):
    """What an accepted command did: its events in order, with what moved of the account's own."""

    account: str
    events: list[EventShape]
    as_of: AsOf


class NewKeyShape(Struct, frozen=True, kw_only=True):
    """A new API key: its id, and the secret that signs requests, told to the account's wallet alone."""

    id: str
    secret: str


class AcceptedShape(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The answer to an accepted command; `key` where it created one."""

    reply: ReplyShape
    key: NewKeyShape | UnsetType = UNSET


class OutcomeShape(Struct, frozen=True, kw_only=True):
    """What came of one step of a batch: a reply, or else the problem that it met."""

    accepted: bool
    reply: ReplyShape | None
    problem: ProblemShape | None


class BatchShape(Struct, frozen=True, kw_only=True):
    """What came of each step of a batch, in order."""

    outcomes: list[OutcomeShape]


class Sent(Struct, frozen=True, gc=False, kw_only=True):
    """An answer as it is sent; `is_repeat`: it was given before, which a header tells."""

    status: int
    media_type: str
    body: bytes
    is_repeat: bool

    def response(self) -> Response[Any]:
        """Return it as the framework sends it."""
        return Response(
            self.body,
            status_code=self.status,
            media_type=self.media_type,
            headers={REPLAYED: "true"} if self.is_repeat else {},
        )


class _Kept(Struct, frozen=True):
    """An accepted answer as the runtime keeps it."""

    seq: int
    at_ms: int
    events: list[Seen]


_KEPT = msgspec.json.Decoder(_Kept)
_ENCODER = msgspec.json.Encoder()


def accepted(reply: Reply, *, account: str, assets: Mapping[str, Asset]) -> str:
    """Return what an accepted command did, as the JSON of a `ReplyShape`.

    Made of the events at hand or of the bytes that were kept, it is the same.
    """
    if not 0 < len(reply.at_hand) <= EVENTS_AT_HAND:
        return _ENCODER.encode(_kept_shape(reply, account=account, assets=assets)).decode()
    events = own_text(reply.at_hand[-1], seq=reply.seq, account=account, assets=assets)
    for back, event in enumerate(reply.at_hand[-2::-1], 1):
        events = f"{own_text(event, seq=reply.seq - back, account=account, assets=assets)},{events}"
    as_of = f'{{"seq":{reply.seq},"at_ms":{reply.at_ms}}}'
    return f'{{"account":{_quoted(account)},"events":[{events}],"as_of":{as_of}}}'


def _kept_shape(reply: Reply, *, account: str, assets: Mapping[str, Asset]) -> ReplyShape:
    kept = _KEPT.decode(reply.body)
    first = kept.seq - len(kept.events) + 1
    return ReplyShape(
        account=account,
        events=[
            seen_shape(seen, seq=seq, account=account, assets=assets)
            for seq, seen in enumerate(kept.events, first)
        ],
        as_of=AsOf(seq=kept.seq, at_ms=kept.at_ms),
    )


@lru_cache(NAMES_KEPT)
def _quoted(text: str) -> str:
    return _ENCODER.encode(text).decode()


def refused(reply: Reply, *, key: str, assets: Mapping[str, Asset]) -> Sent:
    """Answer with the problem that a refused command met; a repeat is the same but for a header.

    The command's key stands in place of the request's id, which would differ.
    """
    problem = _problem(reply, assets)
    return Sent(
        status=problem.status, media_type=MEDIA_TYPE, body=problem.body(key), is_repeat=reply.is_repeat
    )


# A step that moved an amount and did nothing else: the number of its kind, its seq, its moment, the units.
StepMoved = tuple[int, int, int, int]


class StepsDone(Struct, frozen=True, array_like=True):
    """What came of each step of a batch, which is all that its answer is made of.

    `kinds` are those of its plain actions; of any other step there are the bytes of its answer.
    """

    kinds: list[Plain]
    steps: list[StepMoved | bytes]


def steps_done(replies: Iterable[Reply], *, account: str, assets: Mapping[str, Asset]) -> StepsDone:
    """Return what came of each step of a batch."""
    found = StepsDone([], [])
    kinds, steps = found.kinds, found.steps
    numbers: dict[tuple[Any, ...], int | None] = {}
    for reply in replies:
        event: Any = reply.at_hand[0] if len(reply.at_hand) == 1 else None
        if type(event) is not Acted or len(event.moves) != 2 or not event.moves[0].units:
            steps.append(reply.body)
            continue
        one, other = event.moves
        # Of what kind it is follows from these; most steps are of one that was met before.
        kind = (type(event.action), event.cause, event.market, one.asset, one.name, other.asset, other.name)
        if kind not in numbers:
            plain = plain_in(event, account, assets)
            numbers[kind] = None if plain is None else len(kinds)
            kinds += [] if plain is None else [plain[0]]
        number = numbers[kind]
        steps.append(reply.body if number is None else (number, reply.seq, event.at_ms, one.units))
    return found


def outcomes(done: StepsDone, *, nonce: str, account: str, assets: Mapping[str, Asset]) -> list[str]:
    """Return what came of each step of a batch, as the JSON of an `OutcomeShape`; `nonce` is the batch's."""
    found: list[str] = []
    forms = [(_outcome_form(account, plain), assets[plain.asset]) for plain in done.kinds]
    for number, step in enumerate(done.steps, 1):
        if isinstance(step, tuple):
            kind, seq, at_ms, units = step
            form, asset = forms[kind]
            found.append(_filled(form, asset, seq=seq, at_ms=at_ms, units=units))
            continue
        reply = repeated(step)
        if reply.is_accepted:
            told = accepted(reply, account=account, assets=assets)
            found.append(f'{{"accepted":true,"reply":{told},"problem":null}}')
            continue
        problem = _problem(reply, assets).shape(f"{nonce}/{number}")
        shape = OutcomeShape(accepted=False, reply=None, problem=problem)
        found.append(_ENCODER.encode(shape).decode())
    return found


def sent_accepted(reply: Reply, *, account: str, assets: Mapping[str, Asset]) -> Sent:
    """Return the answer to a command that was accepted and created no key, an `AcceptedShape`."""
    found = plain_in(reply.at_hand[0], account, assets) if len(reply.at_hand) == 1 else None
    if found is None:
        told = accepted(reply, account=account, assets=assets)
        return sent(told, created=None, is_repeat=reply.is_repeat)
    plain, units = found
    form, asset = _accepted_form(account, plain), assets[plain.asset]
    text = _filled(form, asset, seq=reply.seq, at_ms=reply.at_ms, units=units)
    return _sent(text, is_repeat=reply.is_repeat)


def _filled(form: list[str], asset: Asset, *, seq: int, at_ms: int, units: int) -> str:
    """Return what a plain action did, in the gaps of its form."""
    a, b, c, d, e, f, g, h, i = form
    one, other = moved_texts(units, asset)
    return f"{a}{seq}{b}{at_ms}{c}{one}{d}{units}{e}{other}{f}{-units}{g}{seq}{h}{at_ms}{i}"


@lru_cache(PLACES_KEPT)
def _outcome_form(account: str, plain: Plain) -> list[str]:
    """Return the JSON of a step that is a plain action, with gaps for its event, its seq and its moment."""
    return _with_gaps(_in_outcome(account), plain_form(plain))


@lru_cache(PLACES_KEPT)
def _accepted_form(account: str, plain: Plain) -> list[str]:
    """Return the JSON of an answer to a command that is a plain action, with the same gaps."""
    return _with_gaps(AcceptedShape(reply=_no_events(account)), plain_form(plain))


def _in_outcome(account: str) -> OutcomeShape:
    return OutcomeShape(accepted=True, reply=_no_events(account), problem=None)


def _no_events(account: str) -> ReplyShape:
    return ReplyShape(account=account, events=[], as_of=AsOf(seq=0, at_ms=0))


def _with_gaps(shape: Struct, event: str) -> list[str]:
    """Return what stands around the gaps."""
    text = _ENCODER.encode(shape).decode()
    # Nothing of a text looks so, as a quote in it has a backslash before it.
    text = text.replace('"as_of":{"seq":0,"at_ms":0}', f'"as_of":{{"seq":{GAP},"at_ms":{GAP}}}')
    return text.replace('"events":[]', f'"events":[{event}]').split(GAP)


def sent(told: str, *, created: NewKeyShape | None, is_repeat: bool) -> Sent:
    """Return the answer to an accepted command, an `AcceptedShape`, of what it did.

    A repeat has the same body and says in a header that it is one.
    """
    key = "" if created is None else f',"key":{_ENCODER.encode(created).decode()}'
    return _sent(f'{{"reply":{told}{key}}}', is_repeat=is_repeat)


def sent_batch(outcomes: Iterable[str], *, is_repeat: bool) -> Sent:
    """Return the answer to a batch, a `BatchShape`, of what came of its steps."""
    return _sent(f'{{"outcomes":[{",".join(outcomes)}]}}', is_repeat=is_repeat)


def _sent(text: str, *, is_repeat: bool) -> Sent:
    return sent_json(text.encode(), is_repeat=is_repeat)


def sent_json(body: bytes, *, is_repeat: bool) -> Sent:
    """Return an answer that is written already."""
    return Sent(status=HTTPStatus.OK, media_type=JSON, body=body, is_repeat=is_repeat)


def is_of_another(reply: Reply) -> bool:
    """Tell whether the key answered another request before, so that nothing was done."""
    return not reply.is_accepted and reply.read()["code"] == Code.KEY_REUSED


def _problem(reply: Reply, assets: Mapping[str, Asset]) -> Problem:
    found = reply.read()
    would = found["would_be_accepted"]
    return Problem(
        found["code"],
        found["message"],
        status=_STATUS.get(found["code"], HTTPStatus.UNPROCESSABLE_ENTITY),
        terms={name: _amount(value, assets) or value for name, value in found["terms"].items()},
        would_be_accepted=_amount(would, assets),
    )


def _amount(text: Any, assets: Mapping[str, Asset]) -> AmountShape | None:
    """Return an amount that was kept as people read it, as `1,000.5 USDC`; none for anything else."""
    number, _, symbol = text.rpartition(" ") if isinstance(text, str) else ("", "", "")
    if symbol not in assets or not _NUMBER.fullmatch(number):
        return None
    return AmountShape(number.replace(",", ""), symbol)
