"""Who asks, and what he may do."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from msgspec import Struct

from solvent.api.keys import KEY_HEADER, Scope, require_signed
from solvent.api.problems import Code, Problem
from solvent.api.sessions import Session, Sessions
from solvent.engine.refusals import Code as EngineCode
from solvent.runtime import House
from solvent.runtime.secrecy import Vault

SESSION, KEY = "session", "key"
BEARER = "Bearer "
READ_ONLY = frozenset({Scope.READ.value})


class Caller(Struct, frozen=True, kw_only=True):
    """An account that was proved, the scopes that it asks with, and how it was proved: `session` or `key`.

    `id` is the key's id, or what stands for the session's token.
    """

    account: str
    scopes: frozenset[str]
    how: str
    id: str = ""


Asking = ASGIConnection[Any, Any, Any, Any]
Authenticate = Callable[[Asking, House], Awaitable[Caller]]


class Authority:
    """Who is signed in, and which keys are good; read from the follower, in the event loop's thread."""

    def __init__(self, house: House, vault: Vault) -> None:
        self._house = house
        self.vault = vault
        self.sessions = Sessions(vault, venue_id=house.venue_id, wall_ms=house.wall_ms)

    @property
    def cookie(self) -> str:
        """The cookie's name: cookies do not tell ports apart, so that each venue has its own."""
        return f"solvent-{self._house.venue_id[:16]}"

    async def authenticate(self, asking: Asking, house: House) -> Caller:
        """Return who asks: by a key's signature, by a session's token in `Authorization`, or by its cookie.

        Errors: `Problem` 401.
        """
        assert house is self._house
        if KEY_HEADER in asking.headers:
            return self.by_key(
                asking.headers,
                # A WebSocket begins as a GET without a body.
                method=asking.method if isinstance(asking, Request) else "GET",
                path=_path(asking),
                body=await asking.body() if isinstance(asking, Request) else b"",
            )
        found = self.of_token(self.token(asking))
        if found is None:
            raise Problem(
                Code.NOT_AUTHENTICATED,
                "nobody is signed in; sign in with a wallet at /sessions, or sign requests with an API key",
                headers={"WWW-Authenticate": "Bearer"},
            )
        return found

    def token(self, asking: Asking) -> str:
        """Return the session's token that a request carries; empty where it carries none."""
        header = asking.headers.get("authorization", "")
        return (
            header.removeprefix(BEARER) if header.startswith(BEARER) else asking.cookies.get(self.cookie, "")
        )

    def of_token(self, token: str) -> Caller | None:
        """Return who holds a session's token; none for one that is not good."""
        found = self.sessions.find(token)
        return None if found is None else _of_session(found)

    def is_still(self, caller: Caller) -> bool:
        """Tell whether a caller who was proved before would be proved now: what stays open asks this."""
        if caller.how == SESSION:
            return self.sessions.is_open(caller.id)
        found = self._house.follower.state.keys.get(caller.id)
        if found is None or found.revoked_ms is not None:
            return False
        return self._house.wall_ms() < found.expires_ms

    def by_key(self, headers: Mapping[str, str], *, method: str, path: str, body: bytes) -> Caller:
        """Return who signed a request with a key; `path` is as it came, with its query.

        Errors: `Problem` 401.
        """
        key_id = require_signed(
            headers,
            method=method,
            path=path,
            body=body,
            venue_secret=self.vault.secret,
            wall_ms=self._house.wall_ms(),
        )
        found = self._house.follower.state.keys.get(key_id)
        if found is None:
            raise Problem(Code.KEY_SIGNATURE_INVALID, "there is no such key; create one with a signed intent")
        caller = Caller(account=found.account, scopes=frozenset(found.scopes), how=KEY, id=key_id)
        if self.is_still(caller):
            return caller
        if found.revoked_ms is not None:
            detail = "the key was revoked; create another with a signed intent"
            raise Problem(EngineCode.KEY_REVOKED, detail, status=401)
        raise Problem(Code.KEY_EXPIRED, "the key has expired; create another with a signed intent")


def _of_session(session: Session) -> Caller:
    return Caller(account=session.account, scopes=READ_ONLY, how=SESSION, id=session.digest)


def _path(asking: Asking) -> str:
    """Return the path and query as they were sent, before anything was decoded."""
    raw = asking.scope.get("raw_path") or asking.scope["path"].encode()
    query = asking.scope.get("query_string", b"")
    return (raw + b"?" + query if query else raw).decode("latin-1")
