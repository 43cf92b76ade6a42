"""The stream: commands as lines, answered as lines."""

from contextlib import suppress
from typing import Any

from litestar import Request, post
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from solvent.api.lines import MEDIA_TYPE, AnsweredLine, EndLine, Streams
from solvent.api.problems import REQUEST_ID

PATH = "/stream"
LINES = {
    MEDIA_TYPE: {
        "schema": {
            "type": "string",
            "description": "Lines of JSON: bodies of `/intents` and `/batches`, or of `/commands` with the "
            "idempotency key in `key`.",
        }
    }
}


class _Streaming(ASGIResponse):
    """An answer that begins while its request is still coming."""

    def __init__(self, streams: Streams) -> None:
        super().__init__()
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer line by line."""
        client = scope.get("client")
        # Who takes no answers is hung up on: there is nobody to tell.
        with (
            suppress(TimeoutError),
            self._streams.opened(
                {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]},
                path=scope["raw_path"].decode("latin-1"),
                address=client[0] if client else "",
                request_id=str(scope.get(REQUEST_ID, "")),
            ) as stream,
        ):
            await stream.run(receive, send)


@post(
    PATH,
    tags=["Acting"],
    status_code=200,
    opt={"problems": (401, 415, 429), "lines": LINES},
    responses={
        200: ResponseSpec(
            data_container=AnsweredLine | EndLine,
            media_type=MEDIA_TYPE,
            description="A line for each line, in order, once it is durable; the last one says why it ends.",
        )
    },
)
async def stream(request: Request[Any, Any, Any], streams: NamedDependency[Streams]) -> ASGIResponse:
    """Carry out commands line by line, each once, in their order, and answer each once it is durable.

    A line is the body of an intent or a batch, or, where a key signed the opening, a command with its `key`.
    """
    del request
    return _Streaming(streams)


HANDLERS: tuple[Any, ...] = (stream,)
