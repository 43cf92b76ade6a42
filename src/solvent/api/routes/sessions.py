"""Signing in and out."""

from typing import Any

from litestar import Request, Response, delete, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Struct

from solvent.api.acting import require_signature
from solvent.api.authority import Authority
from solvent.api.problems import Code, Problem
from solvent.api.sessions import SESSION_MS
from solvent.api.shapes import Asked
from solvent.api.signing import Signature, SigningRefused
from solvent.runtime import House

TAGS = ["Sessions"]
PATH = "/api"


class ChallengeAsked(Asked, frozen=True, kw_only=True):
    """The wallet that wants to sign in: its public key in base58."""

    public_key: str


class ChallengeShape(Struct, frozen=True, kw_only=True):
    """A text for the wallet to sign, good once and until a moment of the wall clock."""

    text: str
    expires_ms: int


class SessionAsked(Asked, frozen=True, kw_only=True):
    """A challenge as it was given, and the wallet's signature of it."""

    text: str
    public_key: str
    signature: str


class SessionShape(Struct, frozen=True, kw_only=True):
    """Who is signed in; the token reads and does nothing else. Browsers have it as a cookie."""

    account: str
    token: str
    scopes: list[str]
    expires_ms: int


@post("/sessions/challenges", tags=TAGS, status_code=200)
async def challenge(
    data: JSONBody[ChallengeAsked], request: Request[Any, Any, Any], authority: NamedDependency[Authority]
) -> ChallengeShape:
    """Give a text that proves, signed, who the wallet is."""
    try:
        text, expires_ms = authority.sessions.challenge(data.public_key, domain=_domain(request))
    except SigningRefused as error:
        raise Problem(Code.SIGNATURE_UNREADABLE, str(error)) from error
    return ChallengeShape(text=text, expires_ms=expires_ms)


@post("/sessions", tags=TAGS, status_code=200, opt={"problems": (401,)})
async def sign_in(
    data: JSONBody[SessionAsked],
    request: Request[Any, Any, Any],
    house: NamedDependency[House],
    authority: NamedDependency[Authority],
) -> Response[SessionShape]:
    """Begin a session of a day that may read the account of the wallet that signed a challenge."""
    signed = Signature(data.public_key, data.signature)
    authority.sessions.require_own(data.text, data.public_key, domain=_domain(request))
    require_signature(data.text, signed)
    token, session = authority.sessions.begin(
        data.text, data.public_key, account_of=house.follower.state.identities.get
    )
    caller = authority.of_token(token)
    assert caller is not None, session
    cookie = Cookie(
        key=authority.cookie,
        value=token,
        path=PATH,
        max_age=SESSION_MS // 1000,
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    shape = SessionShape(
        account=session.account, token=token, scopes=sorted(caller.scopes), expires_ms=session.expires_ms
    )
    return Response(shape, cookies=[cookie], headers={"Cache-Control": "no-store"})


@delete("/sessions", tags=TAGS, status_code=204, opt={"problems": (401,)})
async def sign_out(request: Request[Any, Any, Any], authority: NamedDependency[Authority]) -> Response[None]:
    """End the session that asks, at once; its token and cookie are good for nothing any more."""
    token = authority.token(request)
    if authority.of_token(token) is None:
        raise Problem(Code.NOT_AUTHENTICATED, "no session asks; there is nothing to end")
    authority.sessions.end(token)
    response: Response[None] = Response(None, status_code=204)
    response.delete_cookie(authority.cookie, path=PATH)
    return response


def _domain(request: Request[Any, Any, Any]) -> str:
    """Return the name that the service goes by here, which the gate has checked."""
    return request.headers.get("host", "")


HANDLERS: tuple[Any, ...] = (challenge, sign_in, sign_out)
