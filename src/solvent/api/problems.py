"""Every error as problem+json (RFC 9457): a code, a whole sentence, numbers, and never a stack trace."""

import logging
from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from msgspec import Struct

from solvent.api.shapes import AmountShape, Scalar, amount, terms
from solvent.margin import InputRefused, RefusalNote, Refused
from solvent.money import NumberRefused
from solvent.runtime import Overloaded, RuntimeRefused, VenueStopped

MEDIA_TYPE = "application/problem+json"
REQUEST_ID = "solvent.request_id"
_LOG = logging.getLogger("solvent.api")


class Code(StrEnum):
    """What the service itself refuses; append-only. Every other code is the engine's or a model's."""

    BODY_UNREADABLE = "BODY_UNREADABLE"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    BODY_TOO_DEEP = "BODY_TOO_DEEP"
    BODY_TOO_SLOW = "BODY_TOO_SLOW"
    MEDIA_TYPE_UNSUPPORTED = "MEDIA_TYPE_UNSUPPORTED"
    FIELD_UNKNOWN = "FIELD_UNKNOWN"
    FIELD_INVALID = "FIELD_INVALID"
    PARAMETER_UNKNOWN = "PARAMETER_UNKNOWN"
    PARAMETER_INVALID = "PARAMETER_INVALID"
    CURSOR_INVALID = "CURSOR_INVALID"
    AS_OF_AHEAD = "AS_OF_AHEAD"
    AS_OF_TOO_OLD = "AS_OF_TOO_OLD"
    NOT_AUTHENTICATED = "NOT_AUTHENTICATED"
    NOT_ALLOWED = "NOT_ALLOWED"
    HOST_NOT_ALLOWED = "HOST_NOT_ALLOWED"
    ORIGIN_NOT_ALLOWED = "ORIGIN_NOT_ALLOWED"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    INTENT_INVALID = "INTENT_INVALID"
    INTENT_OF_ANOTHER_VENUE = "INTENT_OF_ANOTHER_VENUE"
    INTENT_EXPIRED = "INTENT_EXPIRED"
    INTENT_EXPIRES_TOO_LATE = "INTENT_EXPIRES_TOO_LATE"
    SIGNATURE_UNREADABLE = "SIGNATURE_UNREADABLE"
    SIGNATURE_INVALID = "SIGNATURE_INVALID"
    CHALLENGE_INVALID = "CHALLENGE_INVALID"
    KEY_SIGNATURE_INVALID = "KEY_SIGNATURE_INVALID"
    KEY_EXPIRED = "KEY_EXPIRED"
    TIMESTAMP_OUT_OF_WINDOW = "TIMESTAMP_OUT_OF_WINDOW"
    IDEMPOTENCY_KEY_MISSING = "IDEMPOTENCY_KEY_MISSING"
    KEY_REUSED = "KEY_REUSED"
    RATE_LIMITED = "RATE_LIMITED"
    INTERNAL = "INTERNAL"
    OVERLOADED = "OVERLOADED"
    VENUE_STOPPED = "VENUE_STOPPED"


# The status that each code is answered with.
STATUS = {
    Code.BODY_UNREADABLE: 400,
    Code.BODY_TOO_LARGE: 413,
    Code.BODY_TOO_DEEP: 400,
    Code.BODY_TOO_SLOW: 408,
    Code.MEDIA_TYPE_UNSUPPORTED: 415,
    Code.FIELD_UNKNOWN: 400,
    Code.FIELD_INVALID: 400,
    Code.PARAMETER_UNKNOWN: 400,
    Code.PARAMETER_INVALID: 400,
    Code.CURSOR_INVALID: 400,
    Code.AS_OF_AHEAD: 400,
    Code.AS_OF_TOO_OLD: 400,
    Code.NOT_AUTHENTICATED: 401,
    Code.NOT_ALLOWED: 403,
    Code.HOST_NOT_ALLOWED: 400,
    Code.ORIGIN_NOT_ALLOWED: 403,
    Code.NOT_FOUND: 404,
    Code.METHOD_NOT_ALLOWED: 405,
    Code.INTENT_INVALID: 400,
    Code.INTENT_OF_ANOTHER_VENUE: 400,
    Code.INTENT_EXPIRED: 400,
    Code.INTENT_EXPIRES_TOO_LATE: 400,
    Code.SIGNATURE_UNREADABLE: 400,
    Code.SIGNATURE_INVALID: 401,
    Code.CHALLENGE_INVALID: 401,
    Code.KEY_SIGNATURE_INVALID: 401,
    Code.KEY_EXPIRED: 401,
    Code.TIMESTAMP_OUT_OF_WINDOW: 401,
    Code.IDEMPOTENCY_KEY_MISSING: 400,
    Code.KEY_REUSED: 409,
    Code.RATE_LIMITED: 429,
    Code.INTERNAL: 500,
    Code.OVERLOADED: 503,
    Code.VENUE_STOPPED: 503,
}
REFUSALS = tuple(
    RefusalNote(code=code.value, when=when, accepted=accepted)
    for code, when, accepted in (
        (Code.BODY_UNREADABLE, "the body is missing or is no JSON", "one JSON object"),
        (Code.BODY_TOO_LARGE, "the body has more bytes than the service takes", "a smaller body"),
        (Code.BODY_TOO_DEEP, "the body nests deeper than the service takes", "a flatter body"),
        (Code.BODY_TOO_SLOW, "the body did not come whole within ten seconds", "the whole body at once"),
        (Code.MEDIA_TYPE_UNSUPPORTED, "the body is not said to be JSON", "Content-Type: application/json"),
        (Code.FIELD_UNKNOWN, "the body has a field that this request does not know", "the known fields"),
        (Code.FIELD_INVALID, "a field is missing, or its value cannot be used", "what the sentence says"),
        (Code.PARAMETER_UNKNOWN, "the query has a parameter that is not known", "the known parameters"),
        (
            Code.PARAMETER_INVALID,
            "a parameter is given twice, or its value cannot be used",
            "what the sentence says",
        ),
        (Code.CURSOR_INVALID, "`after` is no cursor of this list", "`next` of the page before, unchanged"),
        (Code.AS_OF_AHEAD, "`as_of` is after the last event", "up to the seq of the last event"),
        (Code.AS_OF_TOO_OLD, "`as_of` is further back than the service replays", "the oldest seq named"),
        (Code.NOT_AUTHENTICATED, "nobody is signed in, or the signature does not hold", "a session or a key"),
        (Code.NOT_ALLOWED, "who asks may not do this", "a scope that allows it, or the wallet's signature"),
        (Code.HOST_NOT_ALLOWED, "the Host header names another machine", "a name that this service goes by"),
        (Code.ORIGIN_NOT_ALLOWED, "a page of another origin asks", "the service's own pages"),
        (Code.NOT_FOUND, "there is no such thing at this address", "an address of the OpenAPI document"),
        (Code.METHOD_NOT_ALLOWED, "the address does not take this method", "a method of the Allow header"),
        (
            Code.INTENT_INVALID,
            "an intent's text is not as an intent is written",
            "the line as the sentence says",
        ),
        (Code.INTENT_OF_ANOTHER_VENUE, "an intent names another venue", "an intent signed for this venue"),
        (
            Code.INTENT_EXPIRED,
            "an intent's moment has passed",
            "the same with a later moment and another nonce",
        ),
        (Code.INTENT_EXPIRES_TOO_LATE, "an intent is good for more than 24 hours", "an earlier moment"),
        (
            Code.SIGNATURE_UNREADABLE,
            "a key or signature is none",
            "32 bytes in base58; 64 bytes in base64 or base58",
        ),
        (
            Code.SIGNATURE_INVALID,
            "the wallet did not sign this text",
            "the text as it was signed, and its signature",
        ),
        (
            Code.CHALLENGE_INVALID,
            "a challenge is not ours, was used or has expired",
            "a new challenge, signed",
        ),
        (Code.KEY_SIGNATURE_INVALID, "no key signed this request as it came", "a request signed by a key"),
        (Code.KEY_EXPIRED, "the API key's moment has passed", "a key that is still good"),
        (Code.TIMESTAMP_OUT_OF_WINDOW, "a signed request is older or newer than 30 s", "a present timestamp"),
        (
            Code.IDEMPOTENCY_KEY_MISSING,
            "a command came without its idempotency key",
            "8 to 64 letters, digits, _ or -",
        ),
        (Code.KEY_REUSED, "the key or nonce answered another request", "a new key or nonce"),
        (
            Code.RATE_LIMITED,
            "more requests came than are served",
            "the same after as many seconds as Retry-After says",
        ),
        (Code.INTERNAL, "the service failed; nothing is known to have changed", "the same request again"),
        (Code.OVERLOADED, "more commands wait than the venue takes", "the same in a moment"),
        (Code.VENUE_STOPPED, "the venue takes no more commands", "the same once it runs again"),
    )
)


class ProblemShape(Struct, frozen=True, kw_only=True):
    """An error: `code` for machines, `detail` for people, `terms` the numbers in it."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    detail: str
    terms: dict[str, AmountShape | Scalar] = {}
    would_be_accepted: AmountShape | None = None
    request_id: str


class Problem(Exception):
    """An error on its way out; `status` none: the one that belongs to the code."""

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        status: int | None = None,
        terms: Mapping[str, Any] | None = None,
        would_be_accepted: AmountShape | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = str(code)
        self.detail = detail
        self.status = status or STATUS[Code(code)]
        self.terms = dict(terms or {})
        self.would_be_accepted = would_be_accepted
        self.headers = dict(headers or {})

    def shape(self, request_id: str) -> ProblemShape:
        """Return what is sent."""
        return ProblemShape(
            title=HTTPStatus(self.status).phrase,
            status=self.status,
            code=self.code,
            detail=self.detail,
            terms=self.terms,
            would_be_accepted=self.would_be_accepted,
            request_id=request_id,
        )

    def body(self, request_id: str) -> bytes:
        """Return the bytes that are sent."""
        return msgspec.json.encode(self.shape(request_id))


def of_refusal(refused: Refused, *, status: int = HTTPStatus.UNPROCESSABLE_ENTITY) -> Problem:
    """Return the engine's or a model's refusal as a problem."""
    return Problem(
        refused.code,
        refused.message,
        status=status,
        terms=terms(refused.terms),
        would_be_accepted=None if refused.accepted is None else amount(refused.accepted),
    )


def nearest(found: str, known: tuple[str, ...]) -> str:
    """Say which known name was probably meant, and which there are."""
    (meant, *_) = (*get_close_matches(found, known, n=1), "")
    hint = f"did you mean {meant!r}? " if meant else ""
    return f"{hint}There are: {', '.join(known) or 'none'}"


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    """Answer any exception."""
    request_id = str(request.scope.get(REQUEST_ID, ""))
    problem = told(error, request_id)
    return Response(
        problem.body(request_id),
        status_code=problem.status,
        media_type=MEDIA_TYPE,
        headers=problem.headers,
    )


def told(error: Exception, request_id: str) -> Problem:
    """Return the problem that an exception is; the cause of what nobody foresaw goes to the log alone."""
    problem = problem_of(error)
    if problem.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        _LOG.error("request %s failed", request_id, exc_info=error)
    return problem


def problem_of(error: Exception) -> Problem:
    """Return the problem that an exception is."""
    match error:
        case Problem():
            return error
        case NumberRefused() | InputRefused():
            return Problem(Code.FIELD_INVALID, str(error), terms={"field": error.name})
        case Overloaded():
            return Problem(Code.OVERLOADED, str(error), headers={"Retry-After": "1"})
        case VenueStopped():
            return Problem(Code.VENUE_STOPPED, str(error), headers={"Retry-After": "5"})
        case RuntimeRefused():
            return Problem(Code.FIELD_INVALID, str(error))
        case HTTPException():
            return _of_litestar(error)
        case _:
            return Problem(
                Code.INTERNAL,
                "the service failed on a fault of its own; ask again, and report the request's id",
            )


_BY_STATUS = {
    401: Code.NOT_AUTHENTICATED,
    403: Code.NOT_ALLOWED,
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
    413: Code.BODY_TOO_LARGE,
    415: Code.MEDIA_TYPE_UNSUPPORTED,
    429: Code.RATE_LIMITED,
}
_SENTENCES = {
    Code.NOT_FOUND: "nothing is at this address; /api/v1/openapi.json lists every one",
    Code.METHOD_NOT_ALLOWED: "this address does not take that method; Allow names those that it takes",
}


def _of_litestar(error: HTTPException) -> Problem:
    """Translate the framework's own errors: routing, parameters, bodies."""
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() != "content-type"}
    if error.status_code == HTTPStatus.BAD_REQUEST:
        return _of_input(error)
    code = _BY_STATUS.get(error.status_code)
    if code is None:
        return problem_of(RuntimeError(error.detail))
    return Problem(code, _SENTENCES.get(code, error.detail), headers=headers)


def _of_input(error: HTTPException) -> Problem:
    for fault in error.extra if isinstance(error.extra, list) else ():
        if isinstance(fault, dict) and "key" in fault:
            name = str(fault["key"])
            detail = f"the parameter {name} cannot be used: {fault['message']}"
            return Problem(Code.PARAMETER_INVALID, detail, terms={"parameter": name})
    if error.detail.startswith("Missing required"):
        return Problem(Code.PARAMETER_INVALID, error.detail)
    return Problem(Code.BODY_UNREADABLE, f"the body cannot be read: {error.detail}; send one JSON object")
