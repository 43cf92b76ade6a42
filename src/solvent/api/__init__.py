"""The venue's own REST surface, with WebSocket streams beside it: bytes in, one call inward, shapes out."""

from pathlib import Path
from typing import TYPE_CHECKING

from solvent.api import shapes
from solvent.runtime import House

if TYPE_CHECKING:
    from litestar.types import ASGIApp

    from solvent.api.limits import Caps

__all__ = ["create_app", "shapes"]


def create_app(house: House, *, static: Path | None = None, caps: "Caps | None" = None) -> "ASGIApp":
    """Return the service of a house as an ASGI application; `static` is the folder of the built terminal.

    It runs in the thread that the house's follower posts to.
    """
    # The command line reads the shapes and shall not wait for a web framework.
    from solvent.api.app import build  # noqa: PLC0415
    from solvent.api.limits import Caps  # noqa: PLC0415

    return build(house, static=static, caps=caps or Caps())
