"""What a gateway answers before a call is read, in the shape of its venue: too many, too large, not now."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import Struct

JSON, PLAIN = "application/json", "text/plain; charset=utf-8"


class Trouble(StrEnum):
    """Why a request is not answered by the one that it was sent to."""

    TOO_MANY = "too_many"
    UNAVAILABLE = "unavailable"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    STRANGER = "stranger"


class Answer(Struct, frozen=True, kw_only=True):
    """A whole answer over HTTP."""

    status: int
    media_type: str
    body: bytes
    headers: Mapping[str, str] = {}


Shape = Callable[[Trouble], Answer]

STATUS: Mapping[Trouble, int] = {
    Trouble.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
    Trouble.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Trouble.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Trouble.TOO_SLOW: HTTPStatus.REQUEST_TIMEOUT,
    Trouble.STRANGER: HTTPStatus.BAD_REQUEST,
}
WORDS: Mapping[Trouble, str] = {
    Trouble.TOO_MANY: "Too many requests",
    Trouble.UNAVAILABLE: "Service unavailable",
    Trouble.TOO_LARGE: "The body is too large",
    Trouble.TOO_SLOW: "The body did not arrive in time",
    Trouble.STRANGER: "This service does not go by that name, or another page asks",
}
KUCOIN_CODES: Mapping[Trouble, str] = {
    Trouble.TOO_MANY: "429000",
    Trouble.UNAVAILABLE: "500000",
}
# Its own trouble is 500, and not 503.
KUCOIN_STATUS: Mapping[Trouble, int] = {
    Trouble.TOO_MANY: HTTPStatus.TOO_MANY_REQUESTS,
    Trouble.UNAVAILABLE: HTTPStatus.INTERNAL_SERVER_ERROR,
    Trouble.STRANGER: HTTPStatus.BAD_REQUEST,
}
KUCOIN_BAD_REQUEST = "400100"


def hyperliquid(trouble: Trouble) -> Answer:
    """Answer in plain text: of a JSON object the SDK wants `code` and `msg`, and fails without them."""
    return Answer(status=STATUS[trouble], media_type=PLAIN, body=WORDS[trouble].encode())


def kucoin(trouble: Trouble) -> Answer:
    """Answer with the venue's envelope; its clients read the code of a refusal at status 200 alone.

    A stranger is no client of the venue: a page is to see that it was refused.
    """
    envelope = {"code": KUCOIN_CODES.get(trouble, KUCOIN_BAD_REQUEST), "msg": WORDS[trouble]}
    return Answer(
        status=KUCOIN_STATUS.get(trouble, HTTPStatus.OK),
        media_type=JSON,
        body=msgspec.json.encode(envelope),
    )


SHAPES: Mapping[str, Shape] = {"hyperliquid": hyperliquid, "kucoin": kucoin}


async def send_answer(send: Callable[[Any], Any], answer: Answer) -> None:
    """Send a whole answer."""
    headers = {
        "content-type": answer.media_type,
        "content-length": str(len(answer.body)),
        **answer.headers,
    }
    await send(
        {
            "type": "http.response.start",
            "status": int(answer.status),
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})
