"""The service put together: routes, who asks, errors, limits, the terminal's files."""

from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from litestar import Litestar, Request, Router
from litestar.datastructures import State
from litestar.di import NamedDependency, Provide

from solvent.api import asking, describing, problems
from solvent.api.acting import Acting
from solvent.api.authority import Authenticate, Authority, Caller
from solvent.api.candles import chart_of
from solvent.api.express import Express
from solvent.api.gate import Gate
from solvent.api.history import Past, Records
from solvent.api.lane import Lane
from solvent.api.limits import Buckets, Caps
from solvent.api.lines import Streams
from solvent.api.mapping import Maps
from solvent.api.nearing import NearLists
from solvent.api.problems import Code, Problem
from solvent.api.routes import (
    account,
    batches,
    candles,
    commands,
    documents,
    faults,
    history,
    intents,
    keys,
    lines,
    markets,
    nearing,
    quotes,
    sandbox,
    sessions,
    streams,
    turning,
    venue,
)
from solvent.api.routes import (
    asking as questions,
)
from solvent.api.sockets import Hub
from solvent.runtime import House

BASE = "/api/v1"
# Where the framework's application keeps what carries intents out.
ACTING = "acting"
# Each exposes HANDLERS, and WAYS where some have a short one; a new module of routes is added here.
ROUTES: Sequence[ModuleType] = (
    venue,
    markets,
    nearing,
    account,
    history,
    questions,
    quotes,
    candles,
    sandbox,
    turning,
    faults,
    streams,
    intents,
    batches,
    commands,
    lines,
    sessions,
    keys,
)
SCOPES = {"reader": "read", "trader": "trade", "keeper": "margin"}


def build(
    house: House,
    *,
    static: Path | None,
    caps: Caps,
    authenticate: Authenticate | None = None,
) -> Gate:
    """Return the service with the terminal's files, behind its gate."""
    framework = application(house, caps=caps, authenticate=authenticate)
    ways = {BASE + path: way for module in ROUTES for path, way in getattr(module, "WAYS", {}).items()}
    lane = Lane(framework, acting=framework.state[ACTING], ways=ways)
    return Gate(lane, house=house, caps=caps, static=static)


def express_of(gate: Gate, *, is_open: Callable[[int | None], bool] = lambda _: True) -> Express:
    """Return what a server may answer of a service by itself, where `is_open` says so of the port."""
    lane = gate.app
    assert isinstance(lane, Lane), lane
    return Express(gate, lane.acting, {path.encode(): way for path, way in lane.ways.items()}, is_open)


def application(house: House, *, caps: Caps, authenticate: Authenticate | None = None) -> Litestar:
    """Return the service alone; `authenticate` tells who asks instead of the venue's sessions and keys."""
    authority = Authority(house, house.vault)
    rates = Buckets(rate=caps.account_rate, burst=caps.account_burst, wall_ms=house.wall_ms)
    acting = Acting(house, authority, rates)
    open_streams = Streams(acting, caps, wall_ms=house.wall_ms)
    chart, past, hub = chart_of(house), Past(house, caps), Hub(house, authority)
    records, maps, nears = Records(house, caps), Maps(house), NearLists(house)
    handlers = [handler for module in ROUTES for handler in module.HANDLERS]
    return Litestar(
        state=State({ACTING: acting}),
        on_shutdown=[acting.desk.close],
        route_handlers=[Router(BASE, route_handlers=handlers), *documents.HANDLERS],
        dependencies={
            "house": Provide(lambda: house, sync_to_thread=False),
            "caps": Provide(lambda: caps, sync_to_thread=False),
            "records": Provide(lambda: records, sync_to_thread=False),
            "maps": Provide(lambda: maps, sync_to_thread=False),
            "nears": Provide(lambda: nears, sync_to_thread=False),
            "past": Provide(lambda: past, sync_to_thread=False),
            "chart": Provide(lambda: chart, sync_to_thread=False),
            "authority": Provide(lambda: authority, sync_to_thread=False),
            "acting": Provide(lambda: acting, sync_to_thread=False),
            "streams": Provide(lambda: open_streams, sync_to_thread=False),
            "hub": Provide(lambda: hub, sync_to_thread=False),
            **callers(rates, authenticate or authority.authenticate),
        },
        exception_handlers={Exception: problems.answer},
        guards=[sandbox.closed_to_others(house), asking.read_strictly],
        openapi_config=describing.config(BASE),
        request_max_body_size=caps.body_bytes_max,
        logging_config=None,
        debug=False,
    )


def callers(rates: Buckets, authenticate: Authenticate) -> dict[str, Provide]:
    """Return what hands a handler the caller: `caller` anybody who was proved, the others with a scope."""

    def provided(scope: str | None) -> Provide:
        async def provide(request: Request[Any, Any, Any], house: NamedDependency[House]) -> Caller:
            caller = await authenticate(request, house)
            rates.take(caller.account)
            if scope is not None and scope not in caller.scopes:
                has = ", ".join(sorted(caller.scopes)) or "none"
                raise Problem(
                    Code.NOT_ALLOWED,
                    f"this needs the scope {scope}, and who asks has {has}",
                    terms={"scope": scope},
                )
            await asking.require_body(request)
            return caller

        return Provide(provide)

    return {"caller": provided(None), **{name: provided(scope) for name, scope in SCOPES.items()}}
