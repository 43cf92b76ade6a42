"""Output that lacks letters, is closed early, or is full."""

import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from solvent.cli import render, streams
from solvent.cli.exits import Complaint, Exit

SOLVENT = (sys.executable, "-m", "solvent.cli")


def ran(command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a shell's command line in which `solvent` is the program."""
    script = f'set -o pipefail; solvent() {{ {" ".join(SOLVENT)} "$@"; }}; {command}'
    given = os.environ | environment
    return subprocess.run(
        ["bash", "-c", script], env=given, capture_output=True, check=False, encoding="utf-8"
    )


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252"])
def test_a_story_is_told_in_an_encoding_without_its_signs(encoding: str) -> None:
    called = ran("solvent demo --story 1", PYTHONIOENCODING=encoding, COLUMNS="80")
    assert (called.returncode, called.stderr) == (0, "")
    assert "now > after" in called.stdout
    assert "! Leverage rises from 3.126x to 3.334x." in called.stdout
    assert "?" not in called.stdout.replace("How much collateral may leave?", "")
    assert max(len(line) for line in called.stdout.splitlines()) == 80


def test_an_error_that_quotes_a_foreign_letter_is_told_in_ascii() -> None:
    called = ran("solvent calc tiered --size ١ --mark 1", PYTHONIOENCODING="ascii", LC_ALL="C.UTF-8")
    assert called.returncode == Exit.BAD_INPUT
    assert called.stderr.startswith("error: --size '")
    assert called.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["demo", "presets --json", "--help", "calc lending --help"])
def test_a_reader_that_has_seen_enough_is_no_mismatch(command: str) -> None:
    called = ran(f"solvent {command} | head -c 1")
    assert (called.returncode, called.stderr) == (Exit.OK, "")


class FullDisk(io.StringIO):
    """A file that takes everything until it has to be written."""

    def __init__(self, place: Path) -> None:
        super().__init__()
        self.file = place.open("wb")

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def fileno(self) -> int:
        return self.file.fileno()


def test_a_full_disk_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    full = FullDisk(tmp_path / "out")
    monkeypatch.setattr(sys, "stdout", full)
    said = (
        "standard output cannot be written: No space left on device; give it a file or a terminal with room"
    )
    with pytest.raises(Complaint, match=said), streams.written():
        full.write("some words")
    os.write(full.fileno(), b"what is written later goes nowhere")
    full.file.close()
    assert (tmp_path / "out").read_bytes() == b""


@pytest.mark.parametrize(("columns", "width"), [("0", 40), ("1", 40), ("80", 80), ("500", 110)])
def test_a_console_is_between_a_figure_and_a_line_wide(
    monkeypatch: pytest.MonkeyPatch, columns: str, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert render.console().width == width
