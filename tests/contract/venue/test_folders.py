"""Folders that cannot be used, as each command tells it: a sentence with what to do, and nothing lost."""

import json
import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from hashlib import blake2b
from pathlib import Path

import pytest

from solvent.cli.exits import Exit
from solvent.journal import open_journal
from solvent.journal.chain import genesis_hash
from tests.contract.venue.folders import DATABASE, SNAPSHOTS
from tests.unit.cli.calling import Called, Solvent
from tests.unit.cli.test_venue_run import SHORT

READERS = ("replay", "audit", "show")
COMMANDS = (*READERS, "run")
NOBODY = 65_534


@pytest.fixture
def solvent(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Solvent:
    """Call `solvent` as a terminal would."""
    return Solvent(monkeypatch, capsys)


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """A short scenario's file."""
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps({"title": "A test", "start": "2024-01-22T00:00Z", "steps": SHORT}))
    return path


@pytest.fixture
def folder(solvent: Solvent, scenario: Path, tmp_path: Path) -> Path:
    """The folder that the scenario was played into."""
    made = tmp_path / "venue"
    assert solvent("run", str(scenario), "--data", str(made)).code == Exit.OK
    return made


def call(solvent: Solvent, command: str, folder: Path, scenario: Path) -> Called:
    """Call one command on a folder."""
    if command == "run":
        return solvent("run", str(scenario), "--data", str(folder))
    return solvent(command, str(folder))


def require_complaint(called: Called, words: str) -> None:
    """Assert that a call ended with one sentence and the code of a bad input."""
    assert called.code == Exit.BAD_INPUT, called
    assert called.said.startswith("error: ")
    assert words in called.said, called.said
    assert "Traceback" not in called.said
    assert not called.out


@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_that_another_process_has_open_is_told_with_its_process_id(
    solvent: Solvent, folder: Path, scenario: Path, command: str
) -> None:
    program = (
        "import sys, solvent.journal as j\n"
        "with j.open_journal(sys.argv[1]):\n"
        "    print('open', flush=True)\n"
        "    sys.stdin.read()\n"
    )
    before = solvent("replay", str(folder)).out
    holder = [sys.executable, "-c", program, str(folder)]
    with subprocess.Popen(holder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"open\n"
        called = call(solvent, command, folder, scenario)
        child.kill()
    require_complaint(called, f"is in use by the process {child.pid}; stop that one, or give another folder")
    assert solvent("replay", str(folder)).out == before


@pytest.mark.parametrize("name", [DATABASE, SNAPSHOTS])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_of_a_newer_format_is_told_and_left_as_it_is(
    solvent: Solvent, folder: Path, scenario: Path, command: str, name: str
) -> None:
    venue_id = blake2b(scenario.read_bytes(), digest_size=16).hexdigest()
    with closing(sqlite3.connect(folder / name)) as connection:
        connection.execute("UPDATE genesis SET format = 9, hash = ?", (genesis_hash(venue_id, 9),))
        connection.commit()
    before = (folder / name).read_bytes()
    called = call(solvent, command, folder, scenario)
    require_complaint(called, f"{name} is in format 9 and this Solvent reads up to")
    assert "use a newer Solvent" in called.said
    assert (folder / name).read_bytes() == before


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_in_the_place_of_a_folder_is_told_and_left_as_it_is(
    solvent: Solvent, scenario: Path, tmp_path: Path, command: str
) -> None:
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        (tmp_path / "file").write_text("not a folder")
        called = call(solvent, command, path, scenario)
        words = (
            "is a file, or lies in one; give a folder" if command == "run" else "holds no journal; make one"
        )
        require_complaint(called, words)
    assert (tmp_path / "file").read_text() == "not a folder"


@contextmanager
def nobody() -> Iterator[None]:
    """Be a user without rights, where this one has all of them."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)


def read_only(folder: Path) -> None:
    """Let nobody write into a folder."""
    for path in (*folder.iterdir(), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)


def private(folder: Path) -> None:
    """Let nobody but the owner into a folder; where the test runs as root, that is somebody else."""
    if os.geteuid() == 0:
        folder.chmod(0o700)
    else:
        folder.chmod(0o000)


@pytest.mark.parametrize("closed", [read_only, private])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_folder_without_the_rights_is_told_and_left_as_it_is(
    solvent: Solvent, scenario: Path, folder: Path, command: str, closed: Callable[[Path], None]
) -> None:
    before = solvent("replay", str(folder)).out
    modes = {path: path.stat().st_mode for path in (folder, *folder.iterdir())}
    for path in folder.parents:
        if path.stat().st_uid == os.geteuid():
            modes[path] = path.stat().st_mode
            path.chmod(0o755)
    closed(folder)
    try:
        with nobody():
            called = call(solvent, command, folder, scenario)
    finally:
        for path, mode in modes.items():
            path.chmod(stat.S_IMODE(mode))
    require_complaint(called, "Permission denied; give a folder that this user may write to")
    assert solvent("replay", str(folder)).out == before


def test_a_folder_that_is_made_is_its_owners_alone(tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        (tmp_path / "mine").mkdir()
        for name in ("mine", "new"):
            open_journal(tmp_path / name, venue_id="f" * 32).close()
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "mine").stat().st_mode) == 0o755


def test_the_folder_and_each_file_that_is_made_in_it_are_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    really = os.fsync

    def fsync(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink())
        really(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    open_journal(tmp_path / "new", venue_id="f" * 32).close()
    assert synced == [tmp_path, tmp_path / "new", tmp_path / "new"]
