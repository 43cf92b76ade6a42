"""Commands of programs, signed by an API key."""

from typing import Any, Literal

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from solvent.api.acting import Acting, Handing
from solvent.api.answers import AcceptedShape
from solvent.api.authority import Caller
from solvent.api.keys import (
    IDEMPOTENCY_HEADER,
    KEY_HEADER,
    SIGNATURE_HEADER,
    TIME_HEADER,
    require_idempotency,
)
from solvent.api.lane import Plain, Way, reading
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


def _by_key(acting: Acting, plain: Plain, data: CommandAsked) -> Handing:
    """Return what is handed in for what a key has signed, the short way."""
    caller, key = proved(acting, plain)
    return acting.handing(
        caller,
        key=key,
        request=plain.body,
        market=data.market,
        verb=data.verb,
        fields=data.fields,
        guards=data.guards,
    )


def proved(acting: Acting, plain: Plain) -> tuple[Caller, str]:
    """Return who signed a command with a key, within his rate, and his idempotency key.

    Errors: `Problem`.
    """
    found = acting.authority.at_once(plain.headers, path=plain.path, body=plain.body)
    if found is not None:
        caller, key = found
        acting.rates.take(caller.account)
        return caller, key.decode()
    headers = {name: plain.headers[raw].decode("latin-1") for name, raw in _NAMES if raw in plain.headers}
    path = plain.path.decode("latin-1")
    caller = acting.authority.by_key(headers, method="POST", path=path, body=plain.body)
    acting.rates.take(caller.account)
    return caller, require_idempotency(headers)


def read(plain: Plain) -> CommandAsked | None:
    """Read what a key has signed; who asks in another way is left to the framework, as is what is odd."""
    found: CommandAsked | None = _BODY(plain) if _KEY in plain.headers else None
    return found


_KEY = KEY_HEADER.encode()
_NAMES = tuple(
    (name, name.encode()) for name in (KEY_HEADER, TIME_HEADER, SIGNATURE_HEADER, IDEMPOTENCY_HEADER)
)
_BODY = reading(CommandAsked)
HANDLERS: tuple[Any, ...] = (carry_out,)
WAYS = {"/commands": Way(read=read, carry_out=_by_key)}
