"""`solvent serve`: one process with a venue, its prices, the service, and the terminal on the same port."""

import asyncio
import sys
from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import closing
from pathlib import Path
from threading import Thread

from solvent.cli import render
from solvent.cli.exits import Exit
from solvent.cli.serving import Server, Taken, serve
from solvent.cli.settings import effective
from solvent.cli.venue.history import problems_told
from solvent.gateways.mounting import CLAIM, differences_of
from solvent.runtime import Ending, Profile, Settings, open_house
from solvent.runtime.listening import is_loopback
from solvent.runtime.sandbox import Sandbox, sandbox_settings

CAUTIONS = (
    "there is no cross margin, which SDKs ask for unless told otherwise: update_leverage(…, is_cross=False)",
    "use keys that hold nothing on a real venue: what they sign is good there too, whoever receives it",
)


def run_serve(config: Path | None, given: Iterable[str]) -> Exit:
    """Serve until SIGTERM, Ctrl-C, or until a part cannot go on; returns the exit code."""
    found = effective(config, given)
    settings, profile = found.settings, Profile(name="plain")
    if settings.profile == "sandbox":
        settings = sandbox_settings(settings, found.sources)
        profile = Sandbox(settings).profile
    ending = Ending()
    with problems_told(), closing(Taken(settings)) as taken, ending.on_signals():
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

    def __init__(self, settings: Settings, profile: Profile, taken: Taken, ending: Ending) -> None:
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
            await serve(
                house,
                self._taken,
                on_started=self._tell_ready,
                when_asked=lambda server: self._stop_when_asked(server, loop),
            )
        finally:
            await asyncio.to_thread(house.close)

    def _stop_when_asked(self, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        self._asked.add_done_callback(lambda _: loop.call_soon_threadsafe(server.stop))

    def _tell_ready(self) -> None:
        if not is_loopback(self._settings.host):
            _tell(
                f"warning: {self._settings.host} can be reached by other machines; the sandbox's wallet is "
                "handed to none of them, nor to this one, while it listens there"
            )
        _tell_differences([place.name for place in self._taken.places])
        # Programs wait for the first line; what stands behind it is there by then.
        lines = [f"ready {self._taken.url}", *(f"{place.name} {place.url}" for place in self._taken.places)]
        print("\n".join(lines), flush=True)


def _tell_differences(names: list[str]) -> None:
    """Print what each gateway does otherwise than its venue; to standard error, as nobody waits for it."""
    for name in names:
        made = render.table(f"{name}: {CLAIM}. What differs:", ("call", "left"), ("how", "left"))
        for call in differences_of(name):
            made.add_row(render.words(call.name), render.words(call.differs))
        render.console(stderr=True).print(made)
    for caution in CAUTIONS if names else ():
        _tell(f"note: {caution}")


def _tell(text: str) -> None:
    render.console(stderr=True).print(render.words(text), soft_wrap=True)
    sys.stderr.flush()
