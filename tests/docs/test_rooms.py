"""The picture of the rooms is the one that import-linter enforces."""

import re
import tomllib

import pytest

from tests.docs.markdown import ROOT, blocks

PAGE = (ROOT / "docs" / "concepts" / "rooms.md").read_text("utf-8")
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
LAYERS = [re.sub(r"[()]", "", layer) for layer in CONTRACTS[0]["layers"]]
ROWS = dict(re.findall(r"^\| \[?`(\w+)`[^|]*\|[^|]*\| (\w+) \|$", PAGE, re.MULTILINE))


def test_the_diagram_shows_the_layers_that_import_linter_holds() -> None:
    assert CONTRACTS[0]["id"] == "rooms"
    assert blocks(PAGE, "text")[0].splitlines() == LAYERS


def test_the_table_has_every_room_and_says_which_are_built() -> None:
    rooms = {room for layer in LAYERS for room in layer.split(" | ")}
    built = {path.name for path in (ROOT / "src" / "solvent").iterdir() if (path / "__init__.py").exists()}
    assert set(ROWS) == rooms
    assert {room for room, state in ROWS.items() if state == "built"} == built


@pytest.mark.parametrize("contract", CONTRACTS[1:], ids=lambda contract: contract["id"])
def test_each_further_contract_is_told_on_the_page(contract: dict[str, str]) -> None:
    assert f"* {contract['name']}." in PAGE
