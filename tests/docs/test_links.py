"""Links lead somewhere: between pages, and from docstrings to the pages that explain them."""

import ast
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, anchors, complaint, headings, internal, links, pages

SOURCES = sorted((ROOT / "src").rglob("*.py"))
PAGE_NAMED = re.compile(r"(?:docs/)[\w./-]+\.(?:md|ipynb|json)(?:#[\w-]+)?")


def assert_none(complaints: Iterable[str]) -> None:
    found = sorted(complaints)
    if found:
        pytest.fail(f"{len(found)} to mend:\n" + "\n".join(found), pytrace=False)


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_each_internal_link_of_a_page_leads_to_a_file_and_a_heading(page: Path) -> None:
    found = [complaint(page, address) for address in links(page.read_text("utf-8")) if internal(address)]
    assert_none(one for one in found if one)


def test_each_page_that_a_docstring_or_comment_names_has_that_heading() -> None:
    found = set()
    for path in [*SOURCES, *sorted((ROOT / "scripts").glob("*.py")), ROOT / "pyproject.toml"]:
        for address in PAGE_NAMED.findall(path.read_text("utf-8")):
            wrong = complaint(ROOT / path.name, address)
            found |= {wrong} if wrong else set()
    assert_none(found)


def test_each_source_of_a_formula_names_a_page_and_a_heading() -> None:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
                for line in (ast.get_docstring(node) or "").splitlines():
                    found = re.search(r"\bSource:\s+(\S+)", line)
                    if found:
                        assert re.match(r"docs/concepts/[\w-]+\.md#[\w-]+", found[1]), f"{path}: {line}"


def test_each_page_of_the_documentation_is_in_its_index() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {
        (index.parent / address.partition("#")[0]).resolve() for address in links(index.read_text("utf-8"))
    }
    for page in pages():
        inside = page.is_relative_to(ROOT / "docs") and "adr" not in page.parts
        assert not inside or page == index or page in linked, f"docs/README.md does not link {page.name}"


def test_anchors_are_those_that_github_makes() -> None:
    text = "# The *seam*, in `code`\n\n```sh\n# no heading\n```\n\n## When 10 % binds\n\n## Same\n\n## Same\n"
    assert headings(text) == ["The *seam*, in `code`", "When 10 % binds", "Same", "Same"]
    assert anchors(text) == {"the-seam-in-code", "when-10--binds", "same", "same-1"}


def test_a_link_that_leads_nowhere_is_found() -> None:
    page = ROOT / "README.md"
    assert complaint(page, "docs/nowhere.md") == "README.md: docs/nowhere.md: there is no such file"
    assert complaint(page, "LICENSE") is None
    assert "no such heading" in (complaint(page, "CONTRIBUTING.md#nowhere") or "")
    assert list(links("[a](b.md) `[c](d.md)` ![e](f.svg)\n[g]: h.md\n")) == ["b.md", "f.svg", "h.md"]


def test_each_test_that_the_promises_name_exists() -> None:
    page = ROOT / "docs" / "concepts" / "promises.md"
    named = re.findall(r"\[`(test_\w+)`\]\(([^)]+)\)", page.read_text("utf-8"))
    assert len(named) >= 10
    for name, address in named:
        assert f"def {name}(" in (page.parent / address).read_text("utf-8"), name
