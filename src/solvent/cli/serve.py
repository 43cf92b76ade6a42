"""`solvent serve`: one process with a venue, its prices, the service, and the terminal on the same port."""

import asyncio
import socket
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from pathlib import Path
from threading import Thread

import uvicorn

from solvent.api import create_app
from solvent.api.limits import Caps
from solvent.cli import render
from solvent.cli.exits import Exit
from solvent.cli.settings import effective
from solvent.cli.venue.history import problems_told
from solvent.runtime import Ending, House, Profile, Settings, open_house
from solvent.runtime.listening import is_loopback, names_of, take_address, url_of
from solvent.runtime.sandbox import Sandbox, sandbox_settings
from solvent.web import static_folder

GRACE_S = 5
# Fewer than the 1,024 files that a process may commonly open.
CONNECTIONS_MAX = 800
MESSAGE_BYTES_MAX = 16 * 1024
PING_S = 20.0


def run_serve(config: Path | None, given: Iterable[str]) -> Exit:
    """Serve until SIGTERM, Ctrl-C, or until a part cannot go on; returns the exit code."""
    found = effective(config, given)
    settings, profile = found.settings, Profile(name="plain")
    if settings.profile == "sandbox":
        settings = sandbox_settings(settings, found.sources)
        profile = Sandbox(settings).profile
    ending = Ending()
    with problems_told(), take_address(settings.host, settings.port) as taken, ending.on_signals():
        service = _Service(settings, profile, taken, ending)
        service.start()
        try:
            reason = ending.wait()
        finally:
            service.end()
        if service.failure is not None:
            raise service.failure
    if reason.is_fault:
        _tell(f"stopped: {reason.words}")
        return Exit.STOPPED
    _tell(f"ended on {reason.words}; everything that was answered is kept in {settings.data_folder}")
    return Exit.OK


class _Service:
    """The thread that owns the event loop: opens the house in it, serves, and closes it at the end."""

    def __init__(self, settings: Settings, profile: Profile, taken: socket.socket, ending: Ending) -> None:
        self._settings = settings
        self._profile = profile
        self._taken = taken
        self._ending = ending
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
            asyncio.run(self._serve())
        except Exception as error:  # noqa: BLE001 - whatever it is, the process ends and tells it
            self.failure = error
        # Nobody else may ever tell: the server may have ended by itself.
        self._ending.fault("the service ended" if self.failure is None else repr(self.failure))

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        house = await asyncio.to_thread(
            open_house, self._settings, profile=self._profile, post=loop.call_soon_threadsafe
        )
        try:
            house.stopped.add_done_callback(lambda stopped: self._ending.fault(stopped.result()))
            server = _Server(self._configured(house), on_started=self._tell_ready)
            self._asked.add_done_callback(lambda _: loop.call_soon_threadsafe(server.stop))
            await server.serve(sockets=[self._taken])
        finally:
            await asyncio.to_thread(house.close)

    def _configured(self, house: House) -> uvicorn.Config:
        return uvicorn.Config(
            create_app(house, static=static_folder(), caps=Caps(hosts=names_of(self._settings.host))),
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
        )

    def _tell_ready(self) -> None:
        if not is_loopback(self._settings.host):
            _tell(
                f"warning: {self._settings.host} can be reached by other machines; the sandbox's wallet is "
                "handed to none of them, nor to this one, while it listens there"
            )
        print(f"ready {url_of(self._taken)}", flush=True)


class _Server(uvicorn.Server):
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


def _tell(text: str) -> None:
    render.console(stderr=True).print(render.words(text), soft_wrap=True)
    sys.stderr.flush()
