"""A writer is killed at work; its journal is opened again and asked for all that it acknowledged."""

import subprocess
import sys
from pathlib import Path

from benchmarks.agreement import Disagreement
from solvent.journal import is_address, open_journal

ACKNOWLEDGED_MIN = 3_000
VICTIM = "benchmarks.victim"


def kill_and_count(place: Path | str) -> str:
    """Kill a writer after some thousand acknowledged commands; say how many of them are there.

    Errors: `Disagreement` when one is missing, or the journal is damaged.
    """
    command = [sys.executable, "-m", VICTIM, str(place)]
    acknowledged: list[str] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as victim:
        assert victim.stdout is not None
        for line in victim.stdout:
            acknowledged.append(line)
            if len(acknowledged) == ACKNOWLEDGED_MIN:
                victim.kill()
    if len(acknowledged) < ACKNOWLEDGED_MIN:
        raise Disagreement(f"the writer ended by itself after {len(acknowledged)} commands")
    whole = [line.split() for line in acknowledged if line.endswith("\n")]
    with open_journal(place if is_address(place) else Path(place) / "journal") as journal:
        verdict = journal.verify()
        lost = [key for account, key in whole if journal.answer_of(account, key) is None]
    if lost or verdict.damage is not None:
        raise Disagreement(f"after a kill {len(lost)} acknowledged commands are lost, {verdict.damage}")
    return f"SIGKILL at work: {len(whole):,} commands acknowledged, none lost, the journal sound"
