"""Batches: many steps under one signature."""

from typing import Any

from litestar import Response, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from solvent.api.acting import Acting
from solvent.api.answers import BatchShape, Sent
from solvent.api.lane import Way, reading
from solvent.api.shapes import Asked
from solvent.api.signing import Signature


class BatchAsked(Asked, frozen=True, kw_only=True):
    """A batch's text, as it was signed, and who signed it."""

    text: str
    public_key: str
    signature: str


@post("/batches", tags=["Acting"], status_code=200, opt={"problems": (401, 409)})
async def carry_out(data: JSONBody[BatchAsked], acting: NamedDependency[Acting]) -> Response[BatchShape]:
    """Carry out a signed batch of up to 100 steps, once; each has its own outcome, durable together."""
    return (await _carried_out(acting, data)).response()


async def _carried_out(acting: Acting, data: BatchAsked) -> Sent:
    return await acting.batch(data.text, Signature(data.public_key, data.signature))


HANDLERS: tuple[Any, ...] = (carry_out,)
WAYS = {
    "/batches": Way(read=reading(BatchAsked), carry_out=lambda acting, _, data: _carried_out(acting, data))
}
