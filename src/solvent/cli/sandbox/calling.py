"""A call of the sandbox's control interface, and what it answered."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from solvent.cli import jsonable, render
from solvent.cli.exits import Complaint, Exit
from solvent.cli.remote import Refusal, Remote
from solvent.cli.sandbox.flags import Told

# The gateway that each key is for; its clients are pointed at it behind the service's own address.
SPOKEN: Mapping[str, str] = {"/hyperliquid-key": "hyperliquid", "/kucoin-key": "kucoin"}


class Call(Struct, frozen=True, kw_only=True):
    """A request to the control interface; what is none in its body is left out."""

    method: str
    path: str
    body: dict[str, Any]
    query: dict[str, str]


def run_call(call: Call, url: str, *, as_json: bool, told: Told) -> Exit:
    """Have something done in the sandbox, and print what came of it."""
    # Time that is advanced by a day takes its own while.
    with Remote(url, timeout_s=None) as venue:
        try:
            found = _answer(venue, call)
        except Refusal as error:
            raise Complaint(str(error)) from error
        if call.path in SPOKEN:
            found = {**found, "base_url": _base_url(venue, SPOKEN[call.path])}
    if as_json:
        print(jsonable.dumps(found))
    else:
        for line in told(found):
            render.console().print(render.words(line), soft_wrap=True)
    return Exit.OK


def _base_url(venue: Remote, gateway: str) -> str | None:
    """Return where a gateway's clients are pointed at; none where the venue does not speak it."""
    is_spoken = gateway in venue.get("/sandbox")["gateways"]
    return f"{venue.url}/{gateway}" if is_spoken else None


def _answer(venue: Remote, call: Call) -> dict[str, Any]:
    path = f"/sandbox{call.path}"
    if call.method == "POST":
        return dict(venue.post(path, {name: value for name, value in call.body.items() if value is not None}))
    return dict(venue.ask(call.method, path, **call.query))
