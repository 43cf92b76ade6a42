"""The program itself: version, help, completion, and errors that end as a sentence and an exit code."""

import os
import subprocess
import sys

import pytest

from solvent import __version__
from solvent.cli import presets
from solvent.cli.exits import MEANINGS, Complaint, Exit
from solvent.dialects import ShapeRefused
from solvent.margin import InputRefused
from solvent.money import AssetMismatch
from tests.unit.cli.calling import Solvent


def test_the_version_is_printed(solvent: Solvent) -> None:
    called = solvent("--version")
    assert (called.code, called.out) == (0, f"solvent {__version__}\n")


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_lists_every_command(solvent: Solvent, flag: str) -> None:
    called = solvent(flag)
    assert called.code == 0
    assert [name for name in ("calc", "presets", "parity", "demo") if name not in called.out] == []


@pytest.mark.parametrize(
    "command", ["calc", "calc tiered", "calc risk-limit", "calc lending", "presets", "parity", "demo"]
)
def test_every_command_has_help(solvent: Solvent, command: str) -> None:
    called = solvent(*command.split(), "--help")
    assert called.code == 0
    usage = next(line for line in called.out.splitlines() if "Usage:" in line)
    assert f" {command} [OPTIONS]" in usage


@pytest.mark.parametrize(
    "error",
    [
        Complaint("a sentence"),
        InputRefused(name="mode", found="x", accepted="y"),
        AssetMismatch("SOL", "USDC"),
        ShapeRefused(path="szi", found="nothing", accepted="a number"),
    ],
)
def test_an_expected_error_is_one_sentence_on_standard_error(
    solvent: Solvent, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(presets, "run", fail)
    called = solvent("presets")
    assert (called.code, called.out, called.err) == (Exit.BAD_INPUT, "", f"error: {error}\n")


def test_an_interrupt_ends_with_its_own_code(solvent: Solvent, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(presets, "run", interrupt)
    called = solvent("presets")
    assert called.code == Exit.INTERRUPTED
    assert "Traceback" not in called.err


def test_every_exit_code_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Exit)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_can_be_shown_for_every_shell(shell: str) -> None:
    environment = os.environ | {"_SOLVENT_COMPLETE": f"source_{shell}"}
    ran = subprocess.run(
        [sys.executable, "-m", "solvent.cli"], env=environment, capture_output=True, text=True, check=False
    )
    asked = subprocess.run(
        [sys.executable, "-m", "solvent.cli", "--show-completion", shell],
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in ran.stderr + asked.stderr
    assert "Traceback" not in ran.stdout + asked.stdout


def test_completion_offers_the_models_of_calc() -> None:
    environment = os.environ | {
        "_SOLVENT_COMPLETE": "complete_bash",
        "COMP_WORDS": "solvent calc ",
        "COMP_CWORD": "2",
    }
    program = "import sys; sys.argv[0] = 'solvent'; from solvent.cli import app; app(prog_name='solvent')"
    ran = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert set(ran.stdout.split()) >= {"tiered", "risk-limit", "lending"}, ran.stderr


def test_a_pipe_that_closes_early_is_no_error() -> None:
    program = f"{sys.executable} -m solvent.cli presets --json | head -c 1"
    ran = subprocess.run(["bash", "-c", program], capture_output=True, text=True, check=False)
    assert ran.stdout == "{"
    assert "Traceback" not in ran.stderr
