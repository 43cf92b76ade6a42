"""A new address a test; where there is no PostgreSQL the journal's tests say so (test_stores.py)."""

from pathlib import Path

import pytest

from tests.postgres import ABSENT, place

collect_ignore_glob = ["test_*.py"] if ABSENT else []


@pytest.fixture
def address(_postgres: None, tmp_path: Path) -> str:
    """Where a journal may be kept."""
    return place(tmp_path)
