"""Who asks, and what he may do."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request
from msgspec import Struct

from solvent.api.problems import Code, Problem
from solvent.runtime import House


class Caller(Struct, frozen=True, kw_only=True):
    """An account that was proved, the scopes that it asks with, and how it was proved: `session` or `key`."""

    account: str
    scopes: frozenset[str]
    how: str


Asking = Request[Any, Any, Any]
Authenticate = Callable[[Asking, House], Awaitable[Caller]]


async def authenticate(request: Asking, house: House) -> Caller:
    """Return who asks.

    Errors: `Problem` 401.
    """
    del request, house
    raise Problem(Code.NOT_AUTHENTICATED, "nobody is signed in; sign in with a wallet, or use an API key")
