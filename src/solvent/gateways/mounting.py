"""Where the gateways stand: under a prefix of the service's own address, and on ports of their own."""

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from msgspec import Struct

from solvent.gateways.calls import Call, Verdict
from solvent.gateways.failures import SHAPES, Shape
from solvent.gateways.faulty import Faulty
from solvent.gateways.guarding import Application, Guard, Receive, Scope, Send
from solvent.gateways.records import Records
from solvent.runtime import House
from solvent.runtime.listening import Names
from solvent.runtime.sandbox import SandboxProfile
from solvent.runtime.sandbox.faults import Surface

# Each is a package of this room that offers `application` and `SUPPORTED`.
GATEWAYS = ("hyperliquid", "kucoin")
CLAIM = "a margin-faithful isolated subset"


class Mount(Struct, frozen=True, kw_only=True):
    """A gateway's application, and the port that is its own, if it has one."""

    name: str
    app: Application
    port: int | None = None

    @property
    def prefix(self) -> str:
        """What its paths begin with at the service's own address."""
        return f"/{self.name}"


class Mounted:
    """An ASGI application that hands each request to a gateway or to the service.

    A gateway never sees its prefix: `path` and `raw_path` begin behind it, and `root_path` ends with it.
    """

    def __init__(self, service: Application, mounts: Iterable[Mount]) -> None:
        self._service = service
        self._mounts = tuple(mounts)
        self._by_port: dict[int | None, Mount] = {
            mount.port: mount for mount in self._mounts if mount.port is not None
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on; what belongs to no gateway is the service's."""
        if scope["type"] in ("http", "websocket"):
            own = self._by_port.get((scope.get("server") or ("", None))[1])
            if own is not None:
                await own.app(scope, receive, send)
                return
            for mount in self._mounts:
                if scope["path"].startswith(mount.prefix):
                    inner = behind(scope, mount.prefix)
                    if inner is not None:
                        await mount.app(inner, receive, send)
                        return
        await self._service(scope, receive, send)


def behind(scope: Mapping[str, Any], prefix: str) -> dict[str, Any] | None:
    """Return a request's scope with its path behind a prefix; none where the path is another's."""
    raw, head = scope.get("raw_path") or scope["path"].encode(), prefix.encode()
    if not raw.startswith(head) or raw[len(head) : len(head) + 1] not in (b"", b"/"):
        return None
    return {
        **scope,
        "path": scope["path"][len(prefix) :] or "/",
        "raw_path": raw[len(head) :] or b"/",
        "root_path": scope.get("root_path", "") + prefix,
    }


def mounts_of(house: House, names: Mapping[str, int | None], *, own_names: Names) -> list[Mount]:
    """Return the gateways asked for, each with its own port or none; in the event loop's thread."""
    records = Records(house)
    return [
        Mount(
            name=name,
            app=with_faults(
                house,
                Guard(
                    import_module(f"solvent.gateways.{name}").application(house, records=records),
                    names=own_names,
                    shape=SHAPES[name],
                ),
                surface=Surface(name),
                shape=SHAPES[name],
            ),
            port=port,
        )
        for name, port in names.items()
    ]


def with_faults(house: House, app: Application, *, surface: Surface, shape: Shape) -> Application:
    """Return an application that fails on request, of a sandbox; of any other house the application."""
    if not isinstance(house.profile, SandboxProfile):
        return app
    return Faulty(app, surface=surface, faults=house.profile.sandbox.faults, shape=shape)


def differences_of(name: str) -> list[Call]:
    """Return the calls of a gateway's venue that are answered otherwise than there, or refused."""
    supported: Iterable[Call] = import_module(f"solvent.gateways.{name}").SUPPORTED
    return [call for call in supported if call.verdict is not Verdict.SUPPORTED]
