"""A call of the sandbox's control interface, and what it answered."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from solvent.cli import jsonable, render
from solvent.cli.exits import Complaint, Exit
from solvent.cli.remote import Refusal, Remote
from solvent.cli.sandbox.flags import Told

# Where each venue's clients are pointed at, behind the service's own address.
PREFIXES: Mapping[str, str] = {"/hyperliquid-key": "/hyperliquid", "/kucoin-key": "/kucoin"}


class Call(Struct, frozen=True, kw_only=True):
    """A request to the control interface; what is none in its body is left out."""

    method: str
    path: str
    body: dict[str, Any]
    query: dict[str, str]


def run_call(call: Call, url: str, *, as_json: bool, told: Told) -> Exit:
    """Have something done in the sandbox, and print what came of it."""
    with Remote(url) as venue:
        try:
            found = _answer(venue, call)
        except Refusal as error:
            raise Complaint(str(error)) from error
        if call.path in PREFIXES:
            found = {**found, "base_url": venue.url + PREFIXES[call.path]}
    if as_json:
        print(jsonable.dumps(found))
    else:
        for line in told(found):
            render.console().print(render.words(line), soft_wrap=True)
    return Exit.OK


def _answer(venue: Remote, call: Call) -> dict[str, Any]:
    path = f"/sandbox{call.path}"
    if call.method == "POST":
        return dict(venue.post(path, {name: value for name, value in call.body.items() if value is not None}))
    return dict(venue.ask(call.method, path, **call.query))
