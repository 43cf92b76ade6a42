"""`solvent serve` in a process of its own, as a user starts it; it may be made to kill itself half-way.

As a program: `python -m tests.contract.api.serving STEPS FOLDER` serves a sandbox and is killed (SIGKILL)
before the step of its beginning with that number; with `broken` for a number its prices stop at the first
moment after it is ready.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from solvent.engine import State
from solvent.engine.commands import AnyCommand
from solvent.journal import open_journal
from solvent.runtime import replay

WAIT_S = 60
ROOT = Path(__file__).resolve().parents[3]


class Served:
    """A served venue: its address, and what it said."""

    def __init__(self, process: subprocess.Popen[str], ready: str) -> None:
        self.process = process
        self.url = ready.removeprefix("ready ").strip()
        self.http = httpx.Client(base_url=f"{self.url}/api/v1", timeout=WAIT_S)

    def get(self, path: str) -> Any:
        answer = self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def end(self, number: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        """Ask for the end; returns the exit code and what was said on standard error."""
        self.http.close()
        self.process.send_signal(number)
        _, told = self.process.communicate(timeout=WAIT_S)
        return self.process.returncode, told


def started(*arguments: str) -> subprocess.Popen[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SOLVENT_")}
    return subprocess.Popen(
        [sys.executable, "-m", "solvent.cli", "serve", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment | {"PYTHONWARNINGS": "error"},
        cwd=ROOT,
    )


@contextmanager
def served(folder: Path, *arguments: str) -> Iterator[Served]:
    """Serve a folder at any free port, from `ready` until the block ends."""
    process = started("--port", "0", "--data", str(folder), *arguments)
    assert process.stdout is not None
    ready = process.stdout.readline()
    if not ready.startswith("ready "):
        process.kill()
        raise AssertionError((ready, process.communicate(timeout=WAIT_S)))
    found = Served(process, ready)
    try:
        yield found
    finally:
        found.http.close()
        if process.poll() is None:
            process.kill()
            process.communicate(timeout=WAIT_S)


def refused(*arguments: str) -> tuple[int, str]:
    """Serve what cannot be served; returns the exit code and the sentence."""
    process = started(*arguments)
    out, told = process.communicate(timeout=WAIT_S)
    assert out == "", out
    return process.returncode, " ".join(told.split())


def state_in(folder: Path) -> State:
    with open_journal(folder) as journal:
        return replay(journal)


def main(steps: str, folder: str) -> None:
    from solvent.cli import main as solvent

    if steps == "broken":
        break_prices()
    else:
        cut_short(int(steps))
    sys.argv = ["solvent", "serve", "--port", "0", "--data", folder]
    solvent()


def break_prices() -> None:
    from solvent.prices import PricesError
    from solvent.runtime import Driver

    def play(_: Driver) -> None:
        raise PricesError("the feed broke")

    Driver.play = play  # type: ignore[assignment, method-assign]


def cut_short(steps: int) -> None:
    from solvent.runtime.sandbox import preparing

    do, left = preparing._Steps._do, [steps]

    def cut(self: preparing._Steps, key: str, command: AnyCommand) -> None:
        left[0] -= 1
        if left[0] < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        do(self, key, command)

    preparing._Steps._do = cut  # type: ignore[method-assign]


if __name__ == "__main__":
    main(*sys.argv[1:])
