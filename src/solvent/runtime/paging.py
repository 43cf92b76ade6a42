"""Large pages: what a large venue loaded is moved into them, as it is looked at in every place at once.

A command of one account among a hundred thousand touches some thirty places that no cache knows, and in pages
of 4 KiB the processor looks each place's page up first. docs/adr/0152-a-large-state-lies-in-large-pages.md
"""

import ctypes
import re
from collections.abc import Iterator
from pathlib import Path

_MAPPINGS = Path("/proc/self/smaps")
_LARGE_PAGE = Path("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size")
_COLLAPSE = 25  # MADV_COLLAPSE, since Linux 6.1
# A venue with fewer fits into what the processor remembers of pages, and moving takes milliseconds each.
BALANCES_MIN = 50_000
# Memory of the process's own that can be written and is no file: its size, and what is there of it.
_OWN = re.compile(
    r"^([0-9a-f]+)-([0-9a-f]+) rw-p [0-9a-f]+ [0-9a-f:]+ 0 *(?:\[heap\])?\n"
    r"Size: +([0-9]+) kB\n(?:\w+: +[0-9]+ kB\n)*?Rss: +([0-9]+) kB$",
    re.MULTILINE,
)


def into_large_pages() -> int:
    """Move this process's own memory into large pages, and return how many of them were filled.

    Nothing but the place of the bytes changes. Where the system has no such call, or refuses it, nothing
    happens: a venue is then as fast as it was.
    """
    if not _MAPPINGS.exists() or not _LARGE_PAGE.exists():
        return 0
    large = int(_LARGE_PAGE.read_text(encoding="ascii"))
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    places = places_in(_MAPPINGS.read_text(encoding="utf-8"), large)
    return sum([advise(place, large, _COLLAPSE) == 0 for place in places])


def places_in(mappings: str, large: int) -> Iterator[int]:
    """Yield where large pages fit into memory of one's own that is nearly full.

    What is mostly empty, such as the stack of a thread, would only grow by it.
    """
    for low, high, size, present in _OWN.findall(mappings):
        if int(present) * 10 >= int(size) * 9:
            first = -(-int(low, 16) // large) * large  # ceil: the first whole one
            yield from range(first, int(high, 16) - large + 1, large)
