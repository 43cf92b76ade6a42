"""`solvent settings` shows what is in force and where it came from."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from solvent.cli.app import app
from solvent.cli.exits import Complaint
from solvent.runtime import settings_table

ADDRESS = "postgresql://u:pw@h/d"  # not-a-secret: made up


def shown(*arguments: str, environment: dict[str, str] | None = None) -> str:
    done = CliRunner().invoke(app, ["settings", *arguments], env=environment, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_every_setting_is_listed_with_its_value_and_its_source(tmp_path: Path) -> None:
    file = tmp_path / "solvent.toml"
    file.write_text("path_seed = 11\nrecording_speed = 0.5\n", "utf-8")
    found = json.loads(
        shown(
            "--config", str(file), "--set", "heartbeat_ms=250", "--json",
            environment={"SOLVENT_CLOCK": "virtual"},
        )
    )  # fmt: skip
    assert list(found) == [row.name for row in settings_table()]
    told = {name: (row["value"], row["source"]) for name, row in found.items()}
    assert told["path_seed"] == ("11", f"path_seed in {file}")
    assert told["recording_speed"] == ("0.5", f"recording_speed in {file}")
    assert told["clock"] == ("virtual", "SOLVENT_CLOCK")
    assert told["heartbeat_ms"] == ("250", "--set heartbeat_ms")
    assert told["recording_from"] == ("2024-01-14T02:00Z", "default")


def test_the_table_names_every_setting() -> None:
    table = shown(environment={"COLUMNS": "200"})
    assert all(row.name in table and row.default in table for row in settings_table())


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["key_retention_days=1"], "--set key_retention_days is '1'; give a whole number from 7"),
        (["path_seed"], "--set 'path_seed' has no value; give NAME=VALUE"),
        (["path_seed=1", "path_seed=2"], "--set path_seed is given twice, '1' and '2'; give it once"),
        ([ADDRESS], "--set 'postgresql://u@h/d' has no value; give NAME=VALUE"),
        (
            [f"store={ADDRESS}", "store=folder"],
            "--set store is given twice, 'postgresql://u@h/d' and 'folder'; give it once",
        ),
    ],
)
def test_a_bad_value_is_one_sentence_that_names_its_source(given: list[str], words: str) -> None:
    with pytest.raises(Complaint) as complaint:
        shown(*(part for text in given for part in ("--set", text)))
    assert words in str(complaint.value)
