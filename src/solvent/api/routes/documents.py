"""The service's own description, as a page to read."""

from typing import Any

from litestar import MediaType, Request, get

from solvent.api import describing
from solvent.api.docs_page import page


@get("/api/docs", media_type=MediaType.HTML, include_in_schema=False)
async def docs(request: Request[Any, Any, Any]) -> bytes:
    """Show every address, what it takes and what it answers."""
    return describing.kept(request.app, "page", lambda app: page(describing.document(app)).encode())


HANDLERS: tuple[Any, ...] = (docs,)
