"""A disk that is really full, and a commit that fails: nothing acknowledged is lost, nobody is told a lie."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from solvent.journal import CommitUnknown, JournalUnavailable
from solvent.journal.opening import open_sqlite
from solvent.journal.runs import RUN_ITEMS_MAX
from tests.contract.journal.stores import VENUE, answer, batch, numbers

ROOT = Path(__file__).resolve().parents[3]
MOUNTED = 'mount -t tmpfs -o size=3m tmpfs "$1" && shift && exec "$@"'


def mount_command() -> list[str]:
    """Return what runs a command in a small file system of its own; nothing where that is not allowed."""
    unshare = shutil.which("unshare")
    for rights in ([], ["--user", "--map-root-user"]) if unshare else ():
        command = [str(unshare), *rights, "--mount", "sh", "-c", MOUNTED, "sh"]
        tried = subprocess.run([*command, "/tmp", "true"], capture_output=True, check=False)
        if tried.returncode == 0:
            return command
    return []


MOUNT = mount_command()
DISKS = ["limit", "mount"]
NO_MOUNT = (
    "no file system can be mounted here (`unshare --mount`): a limit on file size stands for a full disk"
)


def is_there(kind: str, tell: Callable[[str], None]) -> bool:
    """Tell whether such a disk can be had; print that it cannot, and fail where CI's root should have it."""
    if kind == "limit" or MOUNT:
        return True
    if os.environ.get("CI") and os.geteuid() == 0:
        pytest.fail(NO_MOUNT)
    tell(f"NARROWED: {NO_MOUNT}")
    return False


def fill_disk(folder: Path, kind: str, *, filler: str = "tests.contract.journal.filler") -> Any:
    """Run a filler on such a disk, and return what it told."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    folder.mkdir()
    prefix = [*MOUNT, str(folder)] if kind == "mount" else []
    command = [*prefix, sys.executable, "-m", filler, str(folder / "venue"), kind]
    done = subprocess.run(command, capture_output=True, env=environment, cwd=ROOT, check=False, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("kind", DISKS)
def test_a_full_disk_is_told_stops_the_journal_and_loses_nothing(
    tmp_path: Path, kind: str, tell: Callable[[str], None]
) -> None:
    if not is_there(kind, tell):
        return
    told = fill_disk(tmp_path / "disk", kind)
    assert told["acknowledged"] >= 30
    name, words = told["first"]
    assert name in {"CommitUnknown", "JournalUnavailable"}
    assert "appending to main failed" in words
    assert "full" in words or "disk I/O error" in words
    assert told["second"] is not None, "it appended to a full disk"
    assert told["acknowledged"] <= told["landed"] <= told["acknowledged"] + 3
    assert told["is_whole"]
    assert told["after"] == told["landed"] + 3
    assert told["damage"] == "None"


def fails_before(_: Callable[[], object]) -> None:
    """Fail as a sync does: nothing of it landed."""
    raise sqlite3.OperationalError("disk I/O error")


def fails_after(write: Callable[[], object]) -> None:
    """Fail when everything has landed."""
    write()
    raise OSError(5, "Input/output error")


# One batch lands by one statement, the other, of two runs, by a transaction of several.
@pytest.mark.parametrize("events", [1, RUN_ITEMS_MAX + 1])
@pytest.mark.parametrize(("commit", "lands"), [(fails_before, False), (fails_after, True)])
def test_after_a_failed_commit_nothing_is_accepted_until_the_journal_is_opened_again(
    tmp_path: Path, commit: Callable[[Callable[[], object]], None], lands: bool, events: int
) -> None:
    failing = [False]
    landed = 1 + events if lands else 1

    def seam(write: Callable[[], object]) -> None:
        if failing[0]:
            commit(write)
        else:
            write()

    with open_sqlite(tmp_path, venue_id=VENUE, commit=seam) as journal:
        journal.append("main", 0, batch([1], ["a"]))
        failing[0] = True
        with pytest.raises(
            CommitUnknown, match=r"appending to main failed at the commit \(.*\), and what landed"
        ):
            journal.append("main", 1, batch(range(2, 2 + events), ["b"]))
        failing[0] = False
        with pytest.raises(CommitUnknown, match="what landed is unknown: reopen the journal"):
            journal.append("main", 1, batch([2], ["b"]))
        with pytest.raises(CommitUnknown, match="reopen the journal"):
            journal.append("other", 0, batch([1]))
        with pytest.raises(CommitUnknown, match="reopen the journal"):
            journal.prune(now_ms=0)
    with open_sqlite(tmp_path, venue_id=VENUE) as journal:
        assert numbers(journal.read("main", 0)) == list(range(1, landed + 1))
        assert journal.answer_of("alice", "b") == (answer("b") if lands else None)
        assert journal.append("main", landed, batch([landed + 1])).seq == landed + 1


def test_a_failed_prune_forgets_nothing_and_stops_the_journal(tmp_path: Path) -> None:
    week_ms = 7 * 24 * 3_600_000
    with open_sqlite(tmp_path, venue_id=VENUE) as journal:
        journal.append("main", 0, batch([1], ["a"], at_ms=0))
    with open_sqlite(tmp_path, venue_id=VENUE, commit=fails_before) as journal:
        with pytest.raises(CommitUnknown, match="pruning the answers failed at the commit"):
            journal.prune(now_ms=2 * week_ms)
        assert journal.answer_of("alice", "a") == answer("a")


def test_a_transaction_that_cannot_be_undone_stops_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_sqlite(tmp_path, venue_id=VENUE) as journal:
        journal.append("main", 0, batch([1]))
        with monkeypatch.context() as patch:
            patch.setattr("solvent.journal.writing.roll_back", lambda _: False)
            patch.setattr("solvent.journal.writing._INSERT_BATCH", "SELECT ?")
            with pytest.raises(JournalUnavailable, match="appending to main failed, and nothing was written"):
                journal.append("main", 1, batch(range(RUN_ITEMS_MAX + 1)))
        with pytest.raises(CommitUnknown, match="reopen"):
            journal.append("main", 1, batch([2]))
