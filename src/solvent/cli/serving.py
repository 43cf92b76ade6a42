"""A house served: the service with its terminal, and the gateways beside it, from one event loop."""

import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack

import uvicorn
from msgspec import Struct

from solvent.api import create_app
from solvent.api.limits import Caps
from solvent.gateways.guarding import Application
from solvent.gateways.mounting import Mounted, mounts_of
from solvent.runtime import House, Settings
from solvent.runtime.listening import Names, names_of, take_address, url_of
from solvent.web import static_folder

GRACE_S = 5
# Fewer than the 1,024 files that a process may commonly open.
CONNECTIONS_MAX = 800
MESSAGE_BYTES_MAX = 16 * 1024
PING_S = 20.0


class Place(Struct, frozen=True, kw_only=True):
    """Where a gateway stands: its base URL, as its venue's clients are given it, and its own port, if any."""

    name: str
    url: str
    port: int | None


class Taken:
    """The addresses that a service listens at, taken before anything is opened; let go by `close`.

    Errors: `RuntimeRefused` for one that cannot be had; none is kept then.
    """

    def __init__(self, settings: Settings) -> None:
        own = {"hyperliquid": settings.hyperliquid_port, "kucoin": settings.kucoin_port}
        with ExitStack() as undo:
            self.main = undo.enter_context(take_address(settings.host, settings.port))
            self.sockets = [self.main]
            places = []
            for name in settings.gateway_names:
                url, port = f"{url_of(self.main)}/{name}", None
                if own[name] >= 0:
                    taken = undo.enter_context(take_address(settings.host, own[name]))
                    self.sockets.append(taken)
                    url, port = url_of(taken), taken.getsockname()[1]
                places.append(Place(name=name, url=url, port=port))
            self._undo = undo.pop_all()
        self.places: Sequence[Place] = places

    @property
    def url(self) -> str:
        """The service's own address."""
        return url_of(self.main)

    def close(self) -> None:
        """Let the addresses go."""
        self._undo.close()


def application_of(house: House, places: Sequence[Place]) -> Application:
    """Return everything that a house is served by; in the thread of its event loop."""
    hosts = names_of(house.settings.host)
    service = create_app(house, static=static_folder(), caps=Caps(hosts=hosts))
    if not places:
        return service
    ports: Mapping[str, int | None] = {place.name: place.port for place in places}
    return Mounted(service, mounts_of(house, ports, own_names=Names(hosts)))


def server_of(app: Application, *, on_started: Callable[[], None]) -> "Server":
    """Return what serves an application, within the service's limits."""
    return Server(
        uvicorn.Config(
            app,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=CONNECTIONS_MAX,
            timeout_graceful_shutdown=GRACE_S,
            ws_max_size=MESSAGE_BYTES_MAX,
            ws_ping_interval=PING_S,
            ws_ping_timeout=PING_S,
        ),
        on_started=on_started,
    )


class Server(uvicorn.Server):
    """Uvicorn's server, that tells when it listens and is stopped from outside."""

    def __init__(self, config: uvicorn.Config, *, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and tell so."""
        await super().startup(sockets)
        if self.started and not self.should_exit:
            self._on_started()

    def stop(self) -> None:
        """Take nothing more and end, once what was begun is answered."""
        self.should_exit = True


async def serve(
    house: House, taken: Taken, *, on_started: Callable[[], None], when_asked: Callable[["Server"], None]
) -> None:
    """Serve an open house until the server is stopped; `when_asked` is handed it before it begins."""
    server = server_of(application_of(house, taken.places), on_started=on_started)
    when_asked(server)
    await server.serve(sockets=taken.sockets)
