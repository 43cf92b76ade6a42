"""What the tests under faults share: a folder in memory."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# Thousands of openings, each with its syncs, take minutes on a disk.
IN_MEMORY = Path("/dev/shm")


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """Return a folder in memory, on a disk where there is none; what is tried in it is the same."""
    if not os.access(IN_MEMORY, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=IN_MEMORY, prefix="solvent-") as name:
        yield Path(name)
