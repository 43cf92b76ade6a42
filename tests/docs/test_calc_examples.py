"""What the page about `solvent calc` shows is what happens."""

from scripts import examples

from solvent.cli import calc
from solvent.margin import registry
from tests.docs.markdown import ROOT, blocks

PAGE = (ROOT / "docs/how-to/calc.md").read_text("utf-8")


def test_each_example_of_calc_prints_what_the_page_says() -> None:
    assert examples.with_outputs(PAGE, "calc.md").splitlines() == PAGE.splitlines()


def test_the_page_about_calc_names_every_model_and_has_examples() -> None:
    names = [calc.command_name(registry.by_name(name)) for name in registry.names()]
    assert [name for name in names if f"`{name}`" not in PAGE] == []
    assert len(blocks(PAGE, "console")) >= 6
