"""docs/reference is what the code says, and leaves nothing of it out."""

import os
import subprocess
import sys
import typing
from pathlib import Path
from typing import Any

import pytest
from scripts import engine_pages, reference

from solvent.cli.exits import MEANINGS, Exit
from solvent.engine import commands, events, ledger
from solvent.margin import Model, registry
from tests.docs.markdown import ROOT, headings

MODELS = [registry.by_name(name) for name in registry.names()]
COMMANDS = reference.commands()


def on_disk(name: str) -> str:
    return (ROOT / "docs" / "reference" / name).read_text("utf-8")


@pytest.fixture(scope="module")
def fresh() -> dict[str, str]:
    return reference.pages()


def test_every_page_of_the_reference_is_fresh_or_make_docs_has_to_be_run(fresh: dict[str, str]) -> None:
    on_disk = {path.name: path.read_text("utf-8") for path in (ROOT / "docs" / "reference").iterdir()}
    assert sorted(on_disk) == sorted(fresh)
    assert [name for name, text in fresh.items() if on_disk[name] != text] == []


@pytest.mark.slow
def test_the_check_names_stale_missing_and_orphaned_pages(
    fresh: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name, text in fresh.items():
        (tmp_path / name).write_text(text, "utf-8")
    monkeypatch.setattr(reference, "FOLDER", tmp_path)
    assert reference.main(["--check"]) == 0
    (tmp_path / "cli.md").write_text("old", "utf-8")
    (tmp_path / "money.md").unlink()
    (tmp_path / "gone.md").write_text("", "utf-8")
    capsys.readouterr()
    assert reference.main(["--check"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "docs/reference/cli.md: stale; run `make docs`",
        "docs/reference/gone.md: nothing makes it any more; run `make docs`",
        "docs/reference/money.md: missing; run `make docs`",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("columns", "color"), [("20", "1"), ("400", "")])
def test_the_pages_do_not_depend_on_the_terminal(fresh: dict[str, str], columns: str, color: str) -> None:
    environment = os.environ | {"COLUMNS": columns, "FORCE_COLOR": color, "TERM": "xterm-256color"}
    code = "from scripts import reference; print(reference.pages()['cli.md'], end='')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == fresh["cli.md"]


@pytest.mark.parametrize(("path", "command"), COMMANDS, ids=[path for path, _ in COMMANDS])
def test_each_command_has_a_heading_and_a_row_for_each_flag(path: str, command: Any) -> None:
    page = on_disk("cli.md")
    assert path in headings(page)
    section = page.partition(f"\n## {path}\n")[2].partition("\n## ")[0]
    for parameter in command.params:
        if parameter.param_type_name == "option":
            assert all(f"`{flag}`" in section for flag in parameter.opts), parameter.opts
            assert parameter.help, f"{path} {parameter.opts} has no help"
        else:
            assert f"| {parameter.name.upper()} |" in section


def test_each_exit_code_has_a_meaning_and_a_row() -> None:
    assert set(MEANINGS) == set(Exit)
    page = on_disk("cli.md")
    assert [code for code, meaning in MEANINGS.items() if f"| {int(code)} | {meaning} |" not in page] == []


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.NAME)
def test_each_refusal_code_of_a_model_is_documented_once_and_in_its_order(model: Model) -> None:
    section = on_disk("refusals.md").partition(f"\n## {model.NAME}\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[2].strip(" `") for line in section.splitlines() if line.startswith("| ")][1:]
    assert rows == [note.code for note in model.REFUSALS]
    assert len(set(rows)) == len(rows)
    assert all(note.when and note.accepted for note in model.REFUSALS)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.NAME)
def test_each_code_that_a_model_can_speak_is_in_its_documented_refusals(model: Model) -> None:
    spoken = getattr(model, "Code", None)
    assert spoken is not None, f"{model.NAME} offers no Code"
    assert [code.value for code in spoken] == [note.code for note in model.REFUSALS]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.NAME)
def test_each_preset_has_a_heading_and_its_parameters(model: Model) -> None:
    page = on_disk("markets.md")
    assert set(model.PRESETS) <= set(headings(page))
    for market in model.PRESETS.values():
        assert all(f"`{name}`" in page for name, _ in reference.flattened(market))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.NAME)
def test_each_field_of_books_and_actions_is_documented(model: Model) -> None:
    section = on_disk("fields.md").partition(f"\n## {model.NAME}\n")[2].partition("\n## ")[0]
    fields = [*model.BOOK_FIELDS, *(field for verb in model.ACTION_FIELDS.values() for field in verb)]
    assert [field.name for field in fields if f"| `{field.name}` |" not in section] == []


@pytest.mark.parametrize("name", ["margin", "money"])
def test_each_name_that_a_library_offers_has_a_heading(name: str) -> None:
    module = getattr(reference, name)
    offered = set(module.__all__) - set(registry.names())
    assert offered - set(headings(on_disk(f"{name}.md"))) == set()


@pytest.mark.parametrize(
    ("page", "union"), [("commands.md", commands.AnyCommand), ("events.md", events.AnyEvent)]
)
def test_each_command_and_event_has_a_section_with_a_row_for_each_field(page: str, union: Any) -> None:
    text = on_disk(page)
    for kind in typing.get_args(union):
        tag = engine_pages.tag_of(kind)
        section = text.partition(f"\n## {tag}\n")[2].partition("\n## ")[0]
        assert section, f"{tag} has no section"
        for field in engine_pages.fields_of(kind):
            assert f"| `{field.name}` |" in section, (tag, field.name)
            assert engine_pages.meaning_of(kind, field.name), f"{tag}.{field.name} has no meaning"


def test_each_meaning_of_a_field_belongs_to_one_that_there_is() -> None:
    kinds = [*typing.get_args(commands.AnyCommand), *typing.get_args(events.AnyEvent), *engine_pages.INSIDE]
    names = {field.name for kind in kinds for field in engine_pages.fields_of(kind)}
    assert {name.rpartition(".")[2] for name in engine_pages.FIELDS} == names


def test_each_account_of_the_ledger_is_told_with_whether_it_may_be_negative() -> None:
    roles = {ledger.WORLD, *(role.value for role in ledger.SYSTEM_ROLES)}
    assert {name for name in engine_pages.LEDGER if ":" not in name} == roles
    page = on_disk("accounts.md")
    for name in engine_pages.LEDGER:
        (row,) = (line for line in page.splitlines() if line.startswith(f"| `{name}` |"))
        assert row.endswith("| yes |" if ledger.may_be_negative(name) else "| no |")
