"""The service put together: routes, who asks, errors, limits, the terminal's files."""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from litestar import Litestar, Request, Router
from litestar.di import Provide
from litestar.types import ASGIApp

from solvent.api import asking, authority, describing, problems
from solvent.api.authority import Authenticate, Caller
from solvent.api.candles import chart_of
from solvent.api.gate import Gate
from solvent.api.limits import Buckets, Caps
from solvent.api.problems import Code, Problem
from solvent.api.routes import candles, sandbox, venue
from solvent.runtime import House

BASE = "/api/v1"
# Each exposes HANDLERS; a new module of routes is added here.
ROUTES: Sequence[ModuleType] = (venue, candles, sandbox)
SCOPES = {"reader": "read", "trader": "trade", "keeper": "margin"}


def build(
    house: House,
    *,
    static: Path | None,
    caps: Caps,
    authenticate: Authenticate = authority.authenticate,
) -> ASGIApp:
    """Return the application; `authenticate` tells who asks."""
    chart = chart_of(house)
    handlers = [handler for module in ROUTES for handler in module.HANDLERS]
    app = Litestar(
        route_handlers=[Router(BASE, route_handlers=handlers)],
        dependencies={
            "house": Provide(lambda: house, sync_to_thread=False),
            "caps": Provide(lambda: caps, sync_to_thread=False),
            "chart": Provide(lambda: chart, sync_to_thread=False),
            **callers(house, caps, authenticate),
        },
        exception_handlers={Exception: problems.answer},
        guards=[asking.refuse_unknown_parameters],
        type_decoders=[(asking.is_asked, asking.read_asked)],
        openapi_config=describing.config(BASE),
        request_max_body_size=caps.body_bytes_max,
        logging_config=None,
        debug=False,
    )
    return Gate(app, house=house, caps=caps, static=static)


def callers(house: House, caps: Caps, authenticate: Authenticate) -> dict[str, Provide]:
    """Return what hands a handler the caller: `caller` anybody who was proved, the others with a scope."""
    buckets = Buckets(rate=caps.account_rate, burst=caps.account_burst, wall_ms=house.wall_ms)

    def provided(scope: str | None) -> Provide:
        async def provide(request: Request[Any, Any, Any], house: House) -> Caller:
            caller = await authenticate(request, house)
            buckets.take(caller.account)
            if scope is not None and scope not in caller.scopes:
                has = ", ".join(sorted(caller.scopes)) or "none"
                raise Problem(
                    Code.NOT_ALLOWED,
                    f"this needs the scope {scope}, and who asks has {has}",
                    terms={"scope": scope},
                )
            return caller

        return Provide(provide)

    return {"caller": provided(None), **{name: provided(scope) for name, scope in SCOPES.items()}}
