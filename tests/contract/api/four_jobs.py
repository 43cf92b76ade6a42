"""The tutorial of the four jobs: its commands as they are written, and what it says that they print."""

import os
import re
import shlex
import subprocess
import sys
from typing import NamedTuple

from tests.contract.api.serving import ROOT, WAIT_S

PAGE = ROOT / "docs" / "tutorial" / "four-jobs.md"
EVENT = re.compile(r"event \d+")
SETTLED = re.compile(r"(✓ event N: )position [+-][\d.,]+ [A-Z]+, (?=wallet )")


class Session(NamedTuple):
    """A command of the page, and the lines below it; `…` stands for any."""

    command: str
    shown: list[str]


def sessions() -> list[Session]:
    """Return every command of the page, from top to bottom."""
    found: list[Session] = []
    for block in re.findall(r"^```text\n(.*?)^```", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(Session(line.removeprefix("$ "), []))
            else:
                found[-1].shown.append(line)
    return found


def carried_out(url: str) -> list[str]:
    """Run all commands of the page against a venue, and hold what they print to what the page shows.

    Returns what was printed. `echo $?` is the exit code of the command before it; all others end well. The
    page was written between two hours: where one strikes after the positions are opened, the funding that
    is settled first stands in front of what a job moves, and is passed over.
    """
    printed: list[str] = []
    code = 0
    for command, shown in sessions():
        if command == "echo $?":
            assert shown == [str(code)]
            code = 0
            continue
        assert code == 0, printed[-1]
        words = shlex.split(command)
        assert words[0] == "solvent"
        ended = subprocess.run(
            [sys.executable, "-m", "solvent.cli", *words[1:]],
            capture_output=True,
            text=True,
            timeout=WAIT_S,
            env=os.environ | {"SOLVENT_URL": url, "COLUMNS": "160", "NO_COLOR": "1"},
            check=False,
        )
        code = ended.returncode
        printed.append(ended.stdout + ended.stderr)
        told = SETTLED.sub(r"\1", EVENT.sub("event N", printed[-1]))
        for line in shown:
            assert line == "…" or EVENT.sub("event N", line) in told, (command, line, told)
    assert code == 0
    return printed


def amount_of(action: str) -> str:
    """Return the amount that the page types into the pop-up of an action."""
    found = re.search(
        rf"^1\. .*\*\*{re.escape(action)}\*\*\.\n2\. Amount `([\d.]+)`", PAGE.read_text("utf-8"), re.MULTILINE
    )
    assert found is not None, action
    return found[1]
