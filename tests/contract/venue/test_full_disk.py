"""A venue on a disk that is really full: it stops with a clear message, and goes on when there is space."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.journal.test_full_disk import DISKS, fill_disk, is_there


@pytest.mark.slow
@pytest.mark.parametrize("kind", DISKS)
def test_a_venue_on_a_full_disk_stops_loses_nothing_and_converges_when_there_is_space(
    tmp_path: Path, kind: str, tell: Callable[[str], None]
) -> None:
    if not is_there(kind, tell):
        return
    told = fill_disk(tmp_path / "disk", kind, filler="tests.contract.venue.filler")
    assert told["acknowledged"] >= 100
    assert "the venue stopped, as its journal failed: appending to venue failed" in told["first"]
    assert "full" in told["first"] or "disk I/O error" in told["first"]
    assert told["first"].endswith("open it again")
    assert told["second"] == told["first"]
    assert told["are_same"]
    assert told["are_repeats"]
    assert told["paid"] == told["owed"]
    assert told["damage"] == "None"
    tell(f"disk full ({kind}): {told['acknowledged']} payments answered before; lost 0, paid twice 0")
