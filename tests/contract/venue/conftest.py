"""What the tests under faults share: a way to tell figures, and a folder in memory."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

# Thousands of openings, each with its syncs, take minutes on a disk.
IN_MEMORY = Path("/dev/shm")


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Return what passes a line on to the end of the run, where it is printed."""

    def say(line: str) -> None:
        record_property("told", line)

    return say


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """Return a folder in memory, on a disk where there is none; what is tried in it is the same."""
    if not os.access(IN_MEMORY, os.W_OK):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(dir=IN_MEMORY, prefix="solvent-") as name:
        yield Path(name)
