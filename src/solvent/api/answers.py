"""A command's kept answer as it is sent: made from its bytes alone, so that a repeat is the same."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Response
from msgspec import UNSET, Struct, UnsetType

from solvent.api.problems import MEDIA_TYPE, Code, Problem, ProblemShape
from solvent.api.shapes import AmountShape, AsOf
from solvent.api.telling import EventShape, Seen, own_shape, seen_shape
from solvent.engine.refusals import Code as EngineCode
from solvent.money import Asset
from solvent.runtime import Reply

JSON = "application/json"
REPLAYED = "Idempotency-Replayed"
# A first answer of more events may not tell all of them; what is kept says which.
EVENTS_AT_HAND = 16
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


def accepted(reply: Reply, *, account: str, assets: Mapping[str, Asset]) -> ReplyShape:
    """Return what an accepted command did."""
    if 0 < len(reply.events) <= EVENTS_AT_HAND:
        first = reply.seq - len(reply.events) + 1
        return ReplyShape(
            account=account,
            events=[
                own_shape(event, seq=seq, account=account, assets=assets)
                for seq, event in enumerate(reply.events, first)
            ],
            as_of=AsOf(seq=reply.seq, at_ms=reply.at_ms),
        )
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


def refused(reply: Reply, *, key: str, assets: Mapping[str, Asset]) -> Sent:
    """Answer with the problem that a refused command met; a repeat is the same but for a header.

    The command's key stands in place of the request's id, which would differ.
    """
    problem = _problem(reply, assets)
    return Sent(
        status=problem.status, media_type=MEDIA_TYPE, body=problem.body(key), is_repeat=reply.is_repeat
    )


def outcome(reply: Reply, *, key: str, account: str, assets: Mapping[str, Asset]) -> OutcomeShape:
    """Return what came of one step."""
    if reply.is_accepted:
        shape = accepted(reply, account=account, assets=assets)
        return OutcomeShape(accepted=True, reply=shape, problem=None)
    return OutcomeShape(accepted=False, reply=None, problem=_problem(reply, assets).shape(key))


def sent(shape: AcceptedShape | BatchShape, *, is_repeat: bool) -> Sent:
    """Return the answer; a repeat has the same body and says in a header that it is one."""
    return Sent(status=HTTPStatus.OK, media_type=JSON, body=_ENCODER.encode(shape), is_repeat=is_repeat)


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
