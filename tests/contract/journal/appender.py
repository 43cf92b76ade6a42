"""A process that appends until it is killed, and says on its output what was acknowledged.

It writes one byte when the journal is open, then after each append the last seq in four bytes. A second
thread saves snapshots, and answers grow old and are pruned, so that a kill may fall into either.
"""

import os
import sys
import threading

from solvent.journal import Checked, Journal, open_journal
from tests.contract.journal.stores import VENUE, batch

HOUR_MS = 3_600_000
OPENED = b"o"
SEQ_BYTES = 4


def batch_size(first: int) -> int:
    """Return how many events the batch that begins at a seq has; the parent knows it, too."""
    return 1 + first * 7_919 % 13


def key_of(first: int) -> str:
    """Return the key of the command that begins at a seq."""
    return f"command {first}"


def take_snapshots(journal: Journal) -> None:
    """Save one after another; the last is cut short by the kill."""
    while True:
        seq = journal.last_seq("main")
        if seq:
            journal.save_snapshot("main", seq, 1, f"{seq}".encode() * 500)


def main(place: str) -> None:
    """Append until killed."""
    with open_journal(place, venue_id=VENUE, checked=Checked.AS_READ) as journal:
        os.write(1, OPENED)
        threading.Thread(target=take_snapshots, args=(journal,), daemon=True).start()
        seq = journal.last_seq("main")
        while True:
            first = seq + 1
            at_ms = first * HOUR_MS // 4
            numbers = range(first, first + batch_size(first))
            seq = journal.append("main", seq, batch(numbers, [key_of(first)], at_ms=at_ms)).seq
            os.write(1, seq.to_bytes(SEQ_BYTES, "big"))
            if first % 5 == 0:
                journal.prune(now_ms=at_ms)


if __name__ == "__main__":
    main(sys.argv[1])
