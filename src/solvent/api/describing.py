"""The OpenAPI document, made from the handlers."""

from typing import Any

from litestar import Request, Router
from litestar.handlers.base import BaseRouteHandler
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.types import ControllerRouterHandler

VERSION = "1"
TITLE = "Solvent"


class _Bare(Router):
    """A router without the page that the framework adds for whatever is not there."""

    def register(self, value: ControllerRouterHandler) -> Any:
        """Register a handler, unless it stands for every other path."""
        if isinstance(value, BaseRouteHandler) and any(":" in path for path in value.paths):
            return []
        return super().register(value)


class _Document(JsonRenderPlugin):
    """The document as the service answers it."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """Return the document's bytes."""
        return super().render(request, openapi_schema)


def config(base: str) -> OpenAPIConfig:
    """Return how the document is made and where it is found."""
    return OpenAPIConfig(
        title=TITLE,
        version=VERSION,
        openapi_router=_Bare(base, route_handlers=[], include_in_schema=False),
        render_plugins=[_Document(path="/openapi.json")],
        use_handler_docstrings=True,
    )
