"""The service's own description, as a page to read."""

from typing import Any

from litestar import MediaType, Request, get

from solvent.api import describing
from solvent.api.docs_page import page


@get("/api/docs", media_type=MediaType.HTML, include_in_schema=False)
async def docs(request: Request[Any, Any, Any]) -> str:
    """Show every address, what it takes and what it answers."""
    return page(describing.document(request.app))


HANDLERS: tuple[Any, ...] = (docs,)
