"""Decision records have their parts, a number of their own, and a place in the order."""

import re
from pathlib import Path

import pytest

from tests.docs.markdown import ROOT, headings

RECORDS = sorted((ROOT / "docs" / "adr").glob("*.md"))
PARTS = ["Context", "Decision", "Consequences", "What would reverse it"]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_each_decision_record_has_a_title_a_status_and_its_four_parts(record: Path) -> None:
    text = record.read_text("utf-8")
    title, *parts = headings(text)
    assert re.fullmatch(rf"{record.name[:4]}: .{{5,}}", title)
    assert parts[:1] == PARTS[:1]
    assert [part for part in parts if part in PARTS] == PARTS
    status = re.search(r"^Status: (.*)$", text, re.MULTILINE)
    assert status, "no line `Status: …`"
    assert re.match(r"proposed|accepted|replaced by \d{4}", status[1])


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.stem)
def test_no_part_of_a_decision_record_is_empty(record: Path) -> None:
    bodies = re.split(r"^## .*$", record.read_text("utf-8"), flags=re.MULTILINE)[1:]
    assert all(body.strip() for body in bodies)


def test_no_two_decision_records_share_a_number() -> None:
    numbers = [record.name[:4] for record in RECORDS]
    assert len(set(numbers)) == len(numbers), numbers
    assert all(re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", record.name) for record in RECORDS)
