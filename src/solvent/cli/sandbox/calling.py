"""A call of the sandbox's control interface, and what it answered."""

from collections.abc import Callable, Mapping
from typing import Any

from solvent.cli import jsonable, render
from solvent.cli.exits import Complaint, Exit
from solvent.cli.remote import Refusal, Remote

Told = Callable[[dict[str, Any]], list[str]]
# Where each venue's clients are pointed at, behind the service's own address.
PREFIXES: Mapping[str, str] = {"/hyperliquid-key": "/hyperliquid", "/kucoin-key": "/kucoin"}


def run_call(path: str, body: dict[str, Any], url: str, *, as_json: bool, told: Told) -> Exit:
    """Have something done in the sandbox, and print what came of it."""
    with Remote(url) as venue:
        try:
            found = venue.post(
                f"/sandbox{path}", {name: value for name, value in body.items() if value is not None}
            )
        except Refusal as error:
            raise Complaint(str(error)) from error
        if path in PREFIXES:
            found = {**found, "base_url": venue.url + PREFIXES[path]}
    if as_json:
        print(jsonable.dumps(found))
    else:
        for line in told(found):
            render.console().print(render.words(line), soft_wrap=True)
    return Exit.OK
