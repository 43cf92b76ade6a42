"""A house served: the service with its terminal, and the gateways beside it, from one event loop."""

import asyncio
import socket
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from functools import partial
from threading import Thread

import uvicorn
from msgspec import Struct
from uvicorn.loops.auto import auto_loop_factory

from solvent.api.app import build, express_of
from solvent.api.express import Express, ExpressProtocol
from solvent.api.limits import Caps
from solvent.api.problems import MEDIA_TYPE, Code, Problem
from solvent.gateways.failures import Answer, Trouble
from solvent.gateways.faulty import ABORT, CALL
from solvent.gateways.guarding import Application
from solvent.gateways.mounting import Mounted, mounts_of, with_faults
from solvent.runtime import House, Profile, RuntimeRefused, Settings, open_house
from solvent.runtime.collecting import collect_seldom
from solvent.runtime.listening import Names, names_of, take_address, url_of
from solvent.runtime.sandbox import SandboxProfile
from solvent.runtime.sandbox.faults import Surface
from solvent.web import static_folder

GRACE_S = 5
# Fewer than the 1,024 files that a process may commonly open.
CONNECTIONS_MAX = 800
MESSAGE_BYTES_MAX = 16 * 1024
PING_S = 20.0


RETRY_AFTER_S = "5"
_NATIVE = {
    Trouble.TOO_MANY: (Code.RATE_LIMITED, "more requests came than are served, as it was asked for"),
    Trouble.UNAVAILABLE: (Code.VENUE_STOPPED, "the venue takes no more commands, as it was asked for"),
}


class Place(Struct, frozen=True, kw_only=True):
    """Where a gateway stands: its base URL, as its venue's clients are given it, and its own port, if any."""

    name: str
    url: str
    port: int | None


class Taken:
    """The addresses that a service listens at, taken before anything is opened; let go by `close`.

    Errors: `RuntimeRefused` for one that cannot be had, and for that of a gateway that is not served; none
            is kept then.
    """

    def __init__(self, settings: Settings) -> None:
        own = {"hyperliquid": settings.hyperliquid_port, "kucoin": settings.kucoin_port}
        for name, asked in own.items():
            if asked >= 0 and name not in settings.gateway_names:
                raise RuntimeRefused(
                    f"{name}_port is {asked}, and the gateway {name} is not served; add --gateway {name}"
                )
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


class Served(Struct, frozen=True):
    """What a house is served by: the whole application, and what the server answers of it by itself."""

    app: Application
    express: Express


def application_of(house: House, places: Sequence[Place]) -> Served:
    """Return everything that a house is served by; in the thread of its event loop."""
    hosts = names_of(house.settings.host)
    gate = build(house, static=static_folder(), caps=Caps(hosts=hosts))
    app = with_faults(house, gate, surface=Surface.NATIVE, shape=native)
    ports: Mapping[str, int | None] = {place.name: place.port for place in places}
    if places:
        app = Mounted(app, mounts_of(house, ports, own_names=Names(hosts)))
    return Served(app, express_of(gate, is_open=_open_at(house, frozenset(ports.values()))))


def _open_at(house: House, gateways: frozenset[int | None]) -> Callable[[int | None], bool]:
    """Return what tells of a port whether the service stands there and nothing goes wrong on request."""
    faults = house.profile.sandbox.faults if isinstance(house.profile, SandboxProfile) else None
    return lambda port: port not in gateways and (faults is None or faults.is_quiet)


def native(trouble: Trouble) -> Answer:
    """Answer in the shape of the service's own errors."""
    code, detail = _NATIVE[trouble]
    problem = Problem(code, detail, headers={"retry-after": RETRY_AFTER_S})
    return Answer(
        status=problem.status, media_type=MEDIA_TYPE, body=problem.body("fault"), headers=problem.headers
    )


class _Cutting(ExpressProtocol):
    """The server's own protocol, whose requests may have their connection cut."""

    def begin_long(self) -> None:
        super().begin_long()
        self.scope["extensions"] = {ABORT: {CALL: self.transport.abort}}


def server_of(served: Served, *, on_started: Callable[[], None]) -> "Server":
    """Return what serves an application, within the service's limits."""
    return Server(
        uvicorn.Config(
            served.app,
            http=partial(_Cutting, express=served.express),  # type: ignore[arg-type]
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


class Service:
    """The thread that owns the event loop: opens the house in it, serves, and closes it at the end.

    `on_ended` is told why it ended, asked or not; both calls come from its thread. `failure` is what it ended
    by, where that was an error.
    """

    def __init__(
        self,
        settings: Settings,
        profile: Profile,
        taken: Taken,
        *,
        on_ready: Callable[[], None],
        on_ended: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._profile = profile
        self._taken = taken
        self._on_ready = on_ready
        self._on_ended = on_ended
        self._asked: Future[None] = Future()
        self.failure: Exception | None = None
        self._thread = Thread(target=self._run, name="solvent-service")

    def start(self) -> None:
        """Begin; what goes wrong asks for the end."""
        self._thread.start()

    def end(self) -> None:
        """Answer what was begun, take nothing more, and wait until the folder is let go."""
        self._asked.cancel()
        self._thread.join()

    def _run(self) -> None:
        try:
            collect_seldom()
            # The quicker event loop, where there is one for this machine.
            with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:
                runner.run(self._serve())
        except Exception as error:  # noqa: BLE001 - whatever it is, the process ends and tells it
            self.failure = error
        # Nobody else may ever tell: the server may have ended by itself.
        self._on_ended("the service ended" if self.failure is None else repr(self.failure))

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        house = await asyncio.to_thread(
            open_house, self._settings, profile=self._profile, post=loop.call_soon_threadsafe
        )
        try:
            house.stopped.add_done_callback(lambda stopped: self._on_ended(stopped.result()))
            server = server_of(application_of(house, self._taken.places), on_started=self._on_ready)
            self._asked.add_done_callback(lambda _: loop.call_soon_threadsafe(server.stop))
            await server.serve(sockets=self._taken.sockets)
        finally:
            await asyncio.to_thread(house.close)
