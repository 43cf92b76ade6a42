"""The README names commands that exist, and begins with ones that work."""

import re
import shlex

from scripts import reference

from solvent.margin import registry
from tests.docs.markdown import ROOT, pages

README = (ROOT / "README.md").read_text("utf-8")
TARGETS = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
COMMANDS = {path for path, _ in reference.commands()}
FIRST_SCREEN_LINES = 45

TUTORIAL = ROOT / "docs" / "tutorial"


def test_each_make_target_that_a_page_names_exists() -> None:
    for page in pages():
        text = page.read_text("utf-8")
        blocks = "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL))
        named = re.findall(r"`make ([a-z0-9-]+)", text) + re.findall(
            r"^\s*make ([a-z0-9-]+)", blocks, re.MULTILINE
        )
        assert set(named) <= TARGETS, page


def test_each_command_and_flag_that_the_readme_and_the_tutorial_name_exists() -> None:
    flags = {
        path: {flag for one in command.params for flag in one.opts} for path, command in reference.commands()
    }
    for name in ("README.md", *sorted(f"docs/tutorial/{page.name}" for page in TUTORIAL.glob("*.md"))):
        text = (ROOT / name).read_text("utf-8").replace("\\\n", " ")
        for line in re.findall(r"^\$ (solvent .*)$", text, re.MULTILINE):
            words = shlex.split(line)
            path = longest_command(words)
            given = {word.partition("=")[0] for word in words if word.startswith("--")}
            assert given <= flags[path] | {"--help"}, line


def longest_command(words: list[str]) -> str:
    """Return the longest run of words that names a command."""
    for count in range(len(words), 0, -1):
        if " ".join(words[:count]) in COMMANDS:
            return " ".join(words[:count])
    raise AssertionError(words)


def test_the_first_screen_has_a_picture_and_the_two_commands() -> None:
    screen = "\n".join(README.splitlines()[:FIRST_SCREEN_LINES])
    assert re.search(r"!\[[^\]]+\]\(docs/images/[\w-]+\.svg\)", screen)
    assert "make demo" in screen
    assert "make test" in screen


def test_the_readme_has_a_row_for_every_model() -> None:
    for name in registry.names():
        assert f"`{name}`" in README
