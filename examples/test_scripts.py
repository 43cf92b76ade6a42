"""Each script runs to its end against a served sandbox, as a person would start it."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LAST_WORDS = {
    "hyperliquid_sdk": "closed: 99",
    "kucoin_sdk": "open: False",
    "ccxt_hyperliquid": "closed: 99",
    "ccxt_kucoin": "closed: 99",
}


@pytest.fixture
def solvent_settings() -> dict[str, str]:
    return {"clock": "real"}


@pytest.mark.parametrize("script", list(LAST_WORDS))
def test_a_script_runs_to_its_end(solvent_venue, script: str) -> None:
    done = subprocess.run(
        [sys.executable, str(HERE / f"{script}.py"), solvent_venue.url],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1].startswith(LAST_WORDS[script])


def test_every_script_is_run() -> None:
    assert {file.stem for file in HERE.glob("*.py")} == {*LAST_WORDS, "test_scripts"}
