"""What the README, the tutorial and the notebook show is what happens."""

import json
from pathlib import Path

import pytest
from scripts import examples

from tests.docs.markdown import ROOT, blocks

CONCEPTS = sorted((ROOT / "docs" / "concepts").glob("*.md"))
FIVE_LINES = blocks((ROOT / "README.md").read_text("utf-8"), "python")[0]


@pytest.mark.parametrize("name", examples.PAGES)
def test_each_example_on_a_page_prints_what_the_page_says(name: str) -> None:
    page = (ROOT / name).read_text("utf-8")
    assert examples.with_outputs(page, name).splitlines() == [line.rstrip() for line in page.splitlines()]


@pytest.mark.parametrize("page", CONCEPTS, ids=lambda page: page.stem)
def test_each_python_block_of_a_concept_page_runs(page: Path) -> None:
    namespace: examples.Namespace = {"__name__": page.name}
    for block in blocks(page.read_text("utf-8"), "python"):
        examples.run_python(block, namespace)


@pytest.mark.parametrize("name", examples.NOTEBOOKS)
def test_each_cell_of_a_notebook_prints_what_the_notebook_says(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    notebook = json.loads(text)
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert examples.notebook_with_outputs(text) == text


@pytest.mark.parametrize("name", examples.PICTURES)
def test_each_picture_is_what_its_command_prints_and_needs_no_network(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert text == examples.picture(*examples.PICTURES[name])
    assert text.count("://") == 1, "an address beside that of the SVG namespace"


def test_the_readme_the_tutorial_and_the_notebook_show_the_same_five_lines() -> None:
    tutorial = (ROOT / "docs/tutorial/first-withdrawal.md").read_text("utf-8")
    notebook = json.loads((ROOT / "docs/tutorial/margin.ipynb").read_text("utf-8"))
    cells = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    assert len([line for line in FIVE_LINES.splitlines() if line]) == 5
    assert blocks(tutorial, "python")[0] == FIVE_LINES
    assert cells[0] == FIVE_LINES.rstrip("\n")


def test_the_readme_and_the_how_to_embed_the_engine_in_the_same_ten_lines() -> None:
    how_to = (ROOT / "docs/how-to/embed-the-engine.md").read_text("utf-8")
    ten_lines = blocks((ROOT / "README.md").read_text("utf-8"), "python")[1]
    assert len([line for line in ten_lines.splitlines() if line]) == 10
    assert blocks(how_to, "python")[0] == ten_lines


def test_an_example_that_prints_something_else_is_found() -> None:
    page = "```python\nprint(1)\n```\n\n```text\n2\n```\n"
    assert examples.with_outputs(page, "page") == page.replace("2", "1")
    console = [
        "$ solvent --version",
        "solvent 0.0",
        "$ solvent calc tiered --size x --mark 1",
        "$ echo $?",
        "0",
    ]
    printed = examples.console_with_outputs(console)
    assert printed[1] != "solvent 0.0"
    assert printed[-1] == "2"


def test_left_out_lines_stand_for_any_number_of_lines_and_nothing_else() -> None:
    printed = ["a", "b", "c", "d"]
    assert examples.fits(["a", "…", "d"], printed)
    assert examples.fits(["…", "a", "b", "…", "c", "d", "…"], printed)
    assert not examples.fits(["a", "…", "e"], printed)
    assert not examples.fits(["b", "…"], printed)


def test_an_excerpt_of_changed_output_leaves_out_what_the_old_one_left_out() -> None:
    assert examples.merged(["…", "c 1", "…"], ["a", "b", "c 2", "d"]) == ["…"]
    assert examples.merged(["a", "…", "c 1"], ["a", "b", "c 2"]) == ["a", "…", "c 2"]
    assert examples.merged(["…", "head", "x 1", "…", "end"], ["a", "head", "x 2", "b", "c", "end"]) == [
        "…",
        "head",
        "x 2",
        "…",
        "end",
    ]


@pytest.mark.parametrize("name", examples.PAGES)
def test_no_example_leaves_out_all_that_is_printed(name: str) -> None:
    for block in blocks((ROOT / name).read_text("utf-8"), "console"):
        for command, shown in examples.sessions(block.splitlines()):
            assert set(shown) != {examples.ANY_LINES}, command


def test_a_console_block_runs_nothing_but_solvent() -> None:
    with pytest.raises(ValueError, match="use an sh block"):
        examples.console_with_outputs(["$ make demo"])
