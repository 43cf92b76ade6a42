"""Large pages: which memory is moved, and that nothing else comes of it."""

from pathlib import Path

import pytest

from solvent.journal import open_journal
from solvent.runtime import Venue, paging

MIB = 1 << 20
MAPPINGS = """\
00200000-00a00000 rw-p 00000000 00:00 0
Size:               8192 kB
KernelPageSize:        4 kB
MMUPageSize:           4 kB
Rss:                8000 kB
Pss:                8000 kB
VmFlags: rd wr mr mw me ac
00b00000-01100000 rw-p 00000000 00:00 0                                  [heap]
Size:               6144 kB
KernelPageSize:        4 kB
MMUPageSize:           4 kB
Rss:                6144 kB
VmFlags: rd wr mr mw me ac
02000000-02400000 rw-p 00000000 00:00 0
Size:               4096 kB
KernelPageSize:        4 kB
MMUPageSize:           4 kB
Rss:                  40 kB
VmFlags: rd wr mr mw me ac
03000000-03400000 r--p 00000000 00:00 0
Size:               4096 kB
Rss:                4096 kB
VmFlags: rd mr mw me ac
04000000-04400000 rw-p 00000000 fe:00 260386                     /usr/lib/libpython3.so
Size:               4096 kB
Rss:                4096 kB
VmFlags: rd wr mr mw me ac
05000000-05400000 rw-p 00000000 00:00 0                          [stack]
Size:               4096 kB
Rss:                4096 kB
VmFlags: rd wr mr mw me ac
"""


def test_whole_large_pages_of_memory_that_is_nearly_full_are_moved_and_no_other() -> None:
    full = [2 * MIB, 4 * MIB, 6 * MIB, 8 * MIB]
    heap = [12 * MIB, 14 * MIB]  # from 11 to 17 MiB
    assert list(paging.places_in(MAPPINGS, 2 * MIB)) == [*full, *heap]


def test_what_lies_in_memory_is_the_same_afterwards() -> None:
    kept = [bytes([number % 256]) * 4_096 for number in range(2_000)]
    assert paging.into_large_pages() >= 0
    assert kept == [bytes([number % 256]) * 4_096 for number in range(2_000)]


@pytest.mark.parametrize("missing", ["_MAPPINGS", "_LARGE_PAGE"])
def test_a_system_without_large_pages_is_left_as_it_is(
    missing: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(paging, missing, tmp_path / "none")
    assert paging.into_large_pages() == 0


@pytest.mark.parametrize(("least", "moved"), [(0, 1), (1, 0)])
def test_a_venue_moves_what_it_loaded_where_that_is_much(
    least: int, moved: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[None] = []
    monkeypatch.setattr(paging, "BALANCES_MIN", least)
    monkeypatch.setattr(paging, "into_large_pages", lambda: calls.append(None))
    with open_journal(":memory:", venue_id="v") as journal, Venue(journal):
        assert len(calls) == moved
