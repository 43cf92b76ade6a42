"""Commands of programs, signed by an API key."""

from typing import Any, Literal

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from solvent.api.acting import Acting
from solvent.api.answers import AcceptedShape
from solvent.api.authority import Caller
from solvent.api.keys import require_idempotency
from solvent.api.shapes import Asked


class CommandAsked(Asked, frozen=True, kw_only=True):
    """An action in a market, with its fields as text and the bounds under which it shall be carried out."""

    command: Literal["act"]
    market: str
    verb: str
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    guards: dict[str, str] = msgspec.field(default_factory=dict)


@post("/commands", tags=["Acting"], status_code=200, opt={"problems": (403, 409)})
async def carry_out(
    data: JSONBody[CommandAsked],
    request: Request[Any, Any, Any],
    caller: NamedDependency[Caller],
    acting: NamedDependency[Acting],
) -> Response[AcceptedShape]:
    """Carry out an action once for each idempotency key; the same again gives the first answer again."""
    done = await acting.command(
        caller,
        key=require_idempotency(request.headers),
        request=await request.body(),
        market=data.market,
        verb=data.verb,
        fields=data.fields,
        guards=data.guards,
    )
    return done.response()


HANDLERS: tuple[Any, ...] = (carry_out,)
