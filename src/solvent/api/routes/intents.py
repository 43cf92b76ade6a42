"""Signed intents: drafted, and carried out."""

from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody
from msgspec import Struct

from solvent.api import intents
from solvent.api.acting import Acting
from solvent.api.answers import AcceptedShape, Sent
from solvent.api.drafting import DraftAsked, drafted
from solvent.api.lane import Way, reading
from solvent.api.shapes import Asked
from solvent.api.signing import Signature
from solvent.runtime import House


class SignatureAsked(Asked, frozen=True, kw_only=True):
    """A wallet's public key in base58, and its signature of the text in base64 or base58."""

    public_key: str
    signature: str


class IntentAsked(Asked, frozen=True, kw_only=True):
    """An intent's text, as it was signed, and who signed it."""

    text: str
    public_key: str
    signature: str
    co_signature: SignatureAsked | None = None


class DraftShape(Struct, frozen=True, kw_only=True):
    """A text to sign, and its nonce and moment."""

    text: str
    nonce: str
    expires_ms: int


@post("/intents/draft", tags=["Acting"], status_code=200)
async def draft(
    data: JSONBody[DraftAsked], house: NamedDependency[House], acting: NamedDependency[Acting]
) -> DraftShape:
    """Write an intent's text from its parts, for a wallet to sign; nothing is kept or done."""
    intent = drafted(data, house=house, commanding=acting.commanding, chance=acting.chance)
    return DraftShape(text=intents.render(intent), nonce=intent.nonce, expires_ms=intent.expires_ms)


@post("/intents", tags=["Acting"], status_code=200, opt={"problems": (401, 409)})
async def carry_out(data: JSONBody[IntentAsked], acting: NamedDependency[Acting]) -> Response[AcceptedShape]:
    """Carry out what a wallet has signed, once; the same text again gives the first answer again."""
    return (await _carried_out(acting, data)).response()


async def _carried_out(acting: Acting, data: IntentAsked) -> Sent:
    also = data.co_signature
    return await acting.intent(
        data.text,
        Signature(data.public_key, data.signature),
        None if also is None else Signature(also.public_key, also.signature),
    )


HANDLERS: tuple[Any, ...] = (draft, carry_out)
WAYS = {
    "/intents": Way(read=reading(IntentAsked), carry_out=lambda acting, _, data: _carried_out(acting, data))
}
