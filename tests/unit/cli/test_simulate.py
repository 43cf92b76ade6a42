"""`solvent simulate`: what it prints, keeps and exits with."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from solvent.cli.app import app
from solvent.cli.exits import Exit
from solvent.runtime import replies

pytestmark = pytest.mark.slow
FEW = ("--seed", "3", "--seeds", "2", "--steps", "10")


def run(*words: str) -> Any:
    return CliRunner().invoke(app, ["simulate", *words])


def test_what_was_seen_is_counted_and_no_violation_is_said() -> None:
    told = run(*FEW)
    assert told.exit_code == Exit.OK
    assert "seeds 3 to 4:" in told.stdout
    assert "event account_opened" in told.stdout
    assert told.stdout.rstrip().endswith("No violation.")


def test_json_tells_the_same_and_what_was_never_seen() -> None:
    told = json.loads(run(*FEW, "--no-faults", "--json").stdout)
    assert (told["first_seed"], told["seeds"], told["failure"]) == (3, 2, None)
    assert told["seen"]["event account_opened"] == 12
    assert "bad debt" in told["never_seen"]
    assert "write torn" not in told["never_seen"]


def test_a_violation_ends_with_its_seed_a_few_steps_and_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    kept = tmp_path / "steps.json"
    monkeypatch.setattr(replies, "refused", wordless)
    told = run("--seed", "1", "--seeds", "5", "--steps", "60", "--save", str(kept))
    assert told.exit_code == Exit.MISMATCH
    assert "✗ seed 1, step" in told.stdout
    assert "solvent simulate --seed 1 --seeds 1" in told.stdout
    failure = json.loads(kept.read_text("utf-8"))
    assert failure["seed"] == 1
    assert failure["rule"] == "a refusal has a documented code, a sentence and its numbers"
    assert 1 <= len(failure["shrunk"]) <= 3


def wordless(_: Any) -> replies.Reply:
    """Refuse without a word."""
    body = b'{"accepted":false,"code":"NO","message":"","terms":{},"would_be_accepted":null}'
    return replies.Reply(is_accepted=False, told=body)


def test_a_file_that_cannot_be_written_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(replies, "refused", wordless)
    told = run("--seeds", "1", "--steps", "60", "--save", str(tmp_path / "gone" / "steps.json"))
    assert told.exit_code != Exit.OK
    assert "--save" in str(told.exception)
