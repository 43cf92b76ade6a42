"""The pages on parity hold files and commands that work as they stand."""

import re
from pathlib import Path

import pytest

from solvent.cli.parity import run_parity

PAGES = Path(__file__).resolve().parents[3] / "docs" / "how-to"
NAMED_FILE = re.compile(r"^```json (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ solvent parity(.*)$", re.MULTILINE)


@pytest.mark.parametrize("page", ["check-your-own-cases.md", "paste-a-live-position.md"])
def test_every_parity_command_of_a_page_agrees_on_the_files_that_it_shows(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (PAGES / page).read_text("utf-8")
    for name, content in NAMED_FILE.findall(text):
        (tmp_path / name).write_text(content)
    monkeypatch.chdir(tmp_path)
    commands = [found.split() for found in COMMAND.findall(text)]
    assert commands
    for words in commands:
        files = [Path(word) for word in words if word != "--json"]
        assert run_parity(files, as_json="--json" in words) == 0, capsys.readouterr()


def test_the_page_counts_what_is_shipped(capsys: pytest.CaptureFixture[str]) -> None:
    run_parity([], as_json=False)
    assert "197 cases, 1141 figures" in capsys.readouterr().out
    page = (PAGES / "check-your-own-cases.md").read_text("utf-8")
    assert "159 rule cases" in page
    assert "1,141 figures" in page


@pytest.mark.parametrize(("name", "figures"), [("state.json", 4), ("position.json", 11)])
def test_a_pasted_position_of_the_page_compares_as_many_figures_as_it_says(
    name: str, figures: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = dict(NAMED_FILE.findall((PAGES / "paste-a-live-position.md").read_text("utf-8")))
    path = tmp_path / name
    path.write_text(files[name])
    assert run_parity([path], as_json=False) == 0
    assert f"1 case, {figures} figures: all agree." in capsys.readouterr().out
