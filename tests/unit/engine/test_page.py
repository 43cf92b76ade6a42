"""The engine's page lists every event and every account of the ledger."""

import re
from pathlib import Path

from solvent.engine import ledger
from solvent.engine.events import AnyEvent

PAGE = (Path(__file__).parents[3] / "docs" / "concepts" / "engine.md").read_text("utf-8")


def first_cells(heading: str) -> list[str]:
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)


def test_the_page_lists_every_event_in_the_order_of_the_code() -> None:
    assert first_cells("Events") == [kind.__struct_config__.tag for kind in AnyEvent.__args__]


def test_the_page_lists_every_account_and_says_which_may_be_negative() -> None:
    named = first_cells("Accounts of the ledger")
    assert {role.value for role in ledger.SYSTEM_ROLES} | {ledger.WORLD} <= set(named)
    section = PAGE.split("## Accounts of the ledger\n")[1].split("\n## ")[0]
    allowed = re.findall(r"^\| `([^`]+)` \|[^|]*\| (?:always )?allowed \|$", section, re.MULTILINE)
    assert tuple(allowed) == ledger.MAY_BE_NEGATIVE
