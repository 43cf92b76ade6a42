"""A look at the write-ahead log before SQLite has one, as SQLite silently drops whatever follows a bad frame.

A crash leaves at most the last transaction torn, as each was synced before the next began. So a bad frame
with two or more ends of transactions at or behind it is no crash: acknowledged batches would vanish without a
word.

The layout is that of SQLite's file format: a header of 32 bytes, then frames of 24 bytes and a page each. A
frame names its page, the database's size where it ends a transaction, the two salts of the log's header, and
a running checksum.
"""

from pathlib import Path
from struct import Struct as Layout
from struct import unpack

from solvent.journal.errors import FolderUnusable, JournalDamaged

_HEADER_BYTES = 32
_FRAME_HEADER_BYTES = 24
_MAGIC = {0x377F0682: "<", 0x377F0683: ">"}
_HEADER = Layout(">8I")
_FRAME = Layout(">6I")
_LOW = 0xFFFF_FFFF


def require_whole_wal(path: Path) -> None:
    """Refuse a log that is damaged before its last transaction.

    Errors: `JournalDamaged` naming the frame and how many transactions would be lost.
    """
    try:
        data = path.read_bytes() if path.exists() else b""
    except OSError as error:
        raise FolderUnusable(f"{path} cannot be read: {error.strerror}") from error
    if len(data) < _HEADER_BYTES + _FRAME_HEADER_BYTES:
        return
    frame, lost = lost_transactions(data)
    if lost:
        raise JournalDamaged(
            f"the write-ahead log {path.name}",
            f"frame {frame} is damaged, and {lost} or more transactions from there on cannot be read; "
            "restore a backup, or move the log away to go on without them",
        )


def lost_transactions(data: bytes) -> tuple[int, int]:
    """Return the first bad frame, 0 for the header, and the number of transactions lost with it."""
    magic, _, page_bytes, _, salt_1, salt_2, sum_1, sum_2 = _HEADER.unpack_from(data)
    order = _MAGIC.get(magic)
    if order is None or _checksum(data[: _HEADER_BYTES - 8], order, (0, 0)) != (sum_1, sum_2):
        return 0, 1
    running = (sum_1, sum_2)
    size = _FRAME_HEADER_BYTES + page_bytes
    for number, start in enumerate(range(_HEADER_BYTES, len(data) - size + 1, size), start=1):
        _, _, frame_salt_1, frame_salt_2, *found = _FRAME.unpack_from(data, start)
        page = start + _FRAME_HEADER_BYTES
        running = _checksum(data[start : start + 8] + data[page : page + page_bytes], order, running)
        if (frame_salt_1, frame_salt_2) != (salt_1, salt_2) or running != tuple(found):
            ends = _ends_from(data, start, size, (salt_1, salt_2))
            return number, ends if ends > 1 else 0
    return 0, 0


def _ends_from(data: bytes, start: int, size: int, salts: tuple[int, int]) -> int:
    """Count the frames from an offset on that end a transaction and bear the header's salts."""
    frames = (_FRAME.unpack_from(data, at) for at in range(start, len(data) - size + 1, size))
    return sum(1 for _, pages, *rest in frames if pages and tuple(rest[:2]) == salts)


def _checksum(data: bytes, order: str, start: tuple[int, int]) -> tuple[int, int]:
    words = unpack(f"{order}{len(data) // 4}I", data)
    sum_1, sum_2 = start
    for first, second in zip(words[::2], words[1::2], strict=True):
        sum_1 = (sum_1 + first + sum_2) & _LOW
        sum_2 = (sum_2 + second + sum_1) & _LOW
    return sum_1, sum_2
