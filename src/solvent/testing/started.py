"""A sandbox served from a thread of this process, at a free port of this machine."""

from collections.abc import Iterator, Mapping
from concurrent.futures import Future, InvalidStateError
from contextlib import ExitStack, contextmanager, suppress

from solvent.cli.serving import Service, Taken
from solvent.runtime import RuntimeRefused, read_settings
from solvent.runtime.sandbox import Sandbox, sandbox_settings

MEMORY = ":memory:"
GATEWAYS = "hyperliquid,kucoin"
STARTS_WITHIN_S = 60
OWN: Mapping[str, str] = {"data_folder": MEMORY, "clock": "virtual", "port": "0", "gateways": GATEWAYS}


@contextmanager
def started(given: Mapping[str, str]) -> Iterator[Taken]:
    """Serve a sandbox as the settings say, in memory and on a virtual time unless they say otherwise.

    Errors: `SettingRefused`, and whatever keeps a venue from opening.
    """
    found = read_settings(flags={**OWN, **given})
    settings = sandbox_settings(found.settings, found.sources)
    ready: Future[None] = Future()
    with ExitStack() as undo:
        taken = Taken(settings)
        undo.callback(taken.close)
        service = Service(
            settings,
            Sandbox(settings).profile,
            taken,
            on_ready=lambda: ready.set_result(None),
            on_ended=lambda reason: _fail(ready, reason),
        )
        service.start()
        undo.callback(service.end)
        try:
            ready.result(STARTS_WITHIN_S)
        except RuntimeRefused as error:
            raise service.failure or error from None
        yield taken
    if service.failure is not None:
        raise service.failure


def _fail(ready: Future[None], reason: str) -> None:
    with suppress(InvalidStateError):
        ready.set_exception(RuntimeRefused(f"the sandbox did not start: {reason}"))
