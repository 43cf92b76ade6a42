"""`solvent serve`: one process with a venue, its prices, the service, and the terminal on the same port."""

import sys
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from solvent.cli import render
from solvent.cli.exits import Exit
from solvent.cli.serving import Service, Taken
from solvent.cli.settings import effective
from solvent.cli.venue.history import problems_told
from solvent.gateways.mounting import CLAIM, differences_of
from solvent.journal import shown
from solvent.runtime import Ending, Profile, Settings
from solvent.runtime.listening import is_loopback
from solvent.runtime.sandbox import Sandbox, sandbox_settings

# What somebody meets first who comes from each venue.
FIRST_MET: Mapping[str, str] = {
    "hyperliquid": "there is no cross margin, which SDKs ask for unless told otherwise: "
    "update_leverage(…, is_cross=False)",
    "kucoin": "there is no cross margin: leave marginMode out of an order, or give ISOLATED; "
    "leverage goes with each order, as set_leverage is one of cross margin",
}
CAUTION = "use keys that hold nothing on a real venue: what they sign is good there too, whoever receives it"


def run_serve(config: Path | None, given: Iterable[str]) -> Exit:
    """Serve until SIGTERM, Ctrl-C, or until a part cannot go on; returns the exit code."""
    found = effective(config, given)
    settings, profile = found.settings, Profile(name="plain")
    if settings.profile == "sandbox":
        settings = sandbox_settings(settings, found.sources)
        profile = Sandbox(settings).profile
    ending = Ending()
    with problems_told(), closing(Taken(settings)) as taken, ending.on_signals():
        service = Service(
            settings,
            profile,
            taken,
            on_ready=lambda: _tell_ready(settings, taken),
            on_ended=ending.fault,
        )
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
    _tell(f"ended on {reason.words}; everything that was answered is kept in {shown(settings.place)}")
    return Exit.OK


def _tell_ready(settings: Settings, taken: Taken) -> None:
    if not is_loopback(settings.host):
        _tell(
            f"warning: {settings.host} can be reached by other machines; the sandbox's wallet is "
            "handed to none of them, nor to this one, while it listens there"
        )
    _tell_differences([place.name for place in taken.places])
    # Programs wait for the first line; what stands behind it is there by then.
    lines = [f"ready {taken.url}", *(f"{place.name} {place.url}" for place in taken.places)]
    print("\n".join(lines), flush=True)


def _tell_differences(names: list[str]) -> None:
    """Print what each gateway does otherwise than its venue; to standard error, as nobody waits for it."""
    for name in names:
        made = render.table(f"{name}: {CLAIM}. What differs:", ("call", "left"), ("how", "left"))
        alike: dict[str, list[str]] = {}
        for call in differences_of(name):
            # Refusals differ by the call's own name alone, which stands in front.
            own = call.name.rpartition(" ")[2]
            alike.setdefault(call.differs.replace(f": {own}`", ": …`"), []).append(call.name)
        for how, calls in alike.items():
            made.add_row(render.words(", ".join(calls)), render.words(how))
        render.console(stderr=True).print(made)
    for caution in [*(FIRST_MET[name] for name in names), CAUTION] if names else ():
        _tell(f"note: {caution}")


def _tell(text: str) -> None:
    render.console(stderr=True).print(render.words(text), soft_wrap=True)
    sys.stderr.flush()
