"""The account's API keys; they are created and revoked by signed intents."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from msgspec import Struct

from solvent.api.authority import Caller
from solvent.api.reading import Look
from solvent.api.shapes import AsOf
from solvent.runtime import House


class KeyShape(Struct, frozen=True, kw_only=True):
    """One API key, without its secret; `expires_ms` is of the wall clock, the others are of the venue."""

    id: str
    label: str
    scopes: list[str]
    expires_ms: int
    granted_ms: int
    revoked_ms: int | None


class KeysShape(Struct, frozen=True, kw_only=True):
    """Every API key of an account, the revoked ones too."""

    items: list[KeyShape]
    next: str | None
    as_of: AsOf


@get("/keys", tags=["Account"])
async def keys(house: NamedDependency[House], reader: NamedDependency[Caller]) -> KeysShape:
    """List the account's API keys, oldest first."""
    look = Look.now(house)
    return KeysShape(
        items=[
            KeyShape(
                id=key.key_id,
                label=key.label,
                scopes=list(key.scopes),
                expires_ms=key.expires_ms,
                granted_ms=key.granted_ms,
                revoked_ms=key.revoked_ms,
            )
            for key in look.state.keys.values()
            if key.account == reader.account
        ],
        next=None,
        as_of=look.as_of,
    )


HANDLERS: tuple[Any, ...] = (keys,)
