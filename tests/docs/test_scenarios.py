"""The how-to of scenarios has every step: in its table, and in an example that is run."""

import json
import re

from solvent.cli.venue.fields import STEPS
from tests.docs.markdown import ROOT

PAGE = (ROOT / "docs" / "how-to" / "run-a-scenario.md").read_text("utf-8")


def test_every_kind_of_step_has_a_row_with_its_fields() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    for do, (needed, optional) in STEPS.items():
        (row,) = (line for line in rows if f"`{do}`" in line.split("|")[1])
        assert [field for field in (*needed, *optional) if field not in row] == [], do


def test_the_example_that_is_run_has_a_step_of_every_kind() -> None:
    (example,) = re.findall(r"^```json every-step.json\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert {step["do"] for step in json.loads(example)["steps"]} == set(STEPS)
