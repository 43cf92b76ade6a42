"""The tutorial's command-line half does what the page says, on a sandbox as `make serve` begins it."""

from pathlib import Path

import pytest

from tests.contract.api.four_jobs import carried_out, sessions
from tests.contract.api.serving import served

pytestmark = pytest.mark.slow


def test_the_commands_of_the_tutorial_do_what_it_says(tmp_path: Path) -> None:
    with served(tmp_path) as sandbox:
        sandbox.http.post("/sandbox/clock", json={"op": "pause"}).raise_for_status()
        printed = carried_out(sandbox.url)
    assert len(printed) == sum(command != "echo $?" for command, _ in sessions())
    assert any("BELOW_TRANSFER_FLOOR" in told for told in printed)
