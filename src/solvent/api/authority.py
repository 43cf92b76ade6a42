"""Who asks, and what he may do."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from msgspec import Struct

from solvent.api.keys import KEY_HEADER, KEY_RAW, SECRETS_KEPT, Scope, Signer, require_signed, secret_of
from solvent.api.problems import Code, Problem
from solvent.api.sessions import Session, Sessions
from solvent.engine.refusals import Code as EngineCode
from solvent.engine.state import Key
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


class _Known(Struct, frozen=True, eq=False):
    """A key that was good when it was last asked with: what the venue kept of it then, and what follows."""

    kept: Key
    caller: Caller
    signer: Signer


Asking = ASGIConnection[Any, Any, Any, Any]
Authenticate = Callable[[Asking, House], Awaitable[Caller]]


class Authority:
    """Who is signed in, and which keys are good; read from the follower, in the event loop's thread."""

    def __init__(self, house: House, vault: Vault) -> None:
        self._house = house
        self.vault = vault
        self.sessions = Sessions(vault, venue_id=house.venue_id, wall_ms=house.wall_ms)
        # By the id as it stands in a request; the one that was looked at longest ago is forgotten first.
        self._known: dict[bytes, _Known] = {}

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
            self._remember(found, caller)
            return caller
        if found.revoked_ms is not None:
            detail = "the key was revoked; create another with a signed intent"
            raise Problem(EngineCode.KEY_REVOKED, detail, status=401)
        raise Problem(Code.KEY_EXPIRED, "the key has expired; create another with a signed intent")

    def at_once(
        self, headers: Mapping[bytes, bytes], *, path: bytes, body: bytes
    ) -> tuple[Caller, bytes] | None:
        """Return who signed a POST with a key that was seen before, and the idempotency key that he gave.

        None where `by_key` has to look, or refuses it.
        """
        known = self._known.get(headers.get(KEY_RAW, b""))
        # What is revoked or granted again is kept as another value.
        if known is None or self._house.follower.state.keys.get(known.caller.id) is not known.kept:
            return None
        wall_ms = self._house.wall_ms()
        if wall_ms >= known.kept.expires_ms:
            return None
        idempotency = known.signer.has_signed(headers, path=path, body=body, wall_ms=wall_ms)
        return None if idempotency is None else (known.caller, idempotency)

    def _remember(self, kept: Key, caller: Caller) -> None:
        known, name = self._known, caller.id.encode()
        before = known.pop(name, None)
        while len(known) >= SECRETS_KEPT:
            del known[next(iter(known))]
        if before is None or before.kept is not kept:
            before = _Known(kept, caller, Signer(secret_of(self.vault.secret, caller.id)))
        known[name] = before


def _of_session(session: Session) -> Caller:
    return Caller(account=session.account, scopes=READ_ONLY, how=SESSION, id=session.digest)


def _path(asking: Asking) -> str:
    """Return the path and query as they were sent, before anything was decoded."""
    raw = asking.scope.get("raw_path") or asking.scope["path"].encode()
    query = asking.scope.get("query_string", b"")
    return (raw + b"?" + query if query else raw).decode("latin-1")
