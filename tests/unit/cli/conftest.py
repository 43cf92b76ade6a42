"""The fixture by which tests call the command line."""

import pytest

from tests.unit.cli.calling import Solvent


@pytest.fixture
def solvent(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Solvent:
    """Call `solvent` as a terminal would."""
    return Solvent(monkeypatch, capsys)
