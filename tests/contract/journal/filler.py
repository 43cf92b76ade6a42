"""A process that appends until the disk is full, waits for nobody, makes space, and says what it saw.

The disk is a small file system that it was started in, or a limit on the size of its files. Its one line of
output is JSON: what was acknowledged, what each step said, and what was there when space had returned.
"""

import json
import resource
import sys
from pathlib import Path

from solvent.journal import Journal, JournalError, Record, batch_of, open_journal
from tests.contract.journal.stores import VENUE

PAYLOAD = bytes(range(256)) * 16
BALLAST_BYTES = 1 << 20
LIMIT_BYTES = 1 << 20
BATCHES_MAX = 10_000


def try_append(journal: Journal, seq: int) -> tuple[int, list[str] | None]:
    """Append three events; return the seq after them and what went wrong, if anything did."""
    try:
        records = [Record("counted", 1, f"{seq + step} ".encode() + PAYLOAD) for step in (1, 2, 3)]
        return journal.append("main", seq, batch_of(records, at_ms=1)).seq, None
    except JournalError as error:
        return seq, [type(error).__name__, str(error)]


def limit(soft: int) -> None:
    """Limit the size of every file that this process writes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, resource.RLIM_INFINITY))


def main(folder: Path, kind: str) -> None:
    """Fill the disk, make space, and tell."""
    ballast = folder.with_name("ballast")
    told: dict[str, object] = {}
    with open_journal(folder, venue_id=VENUE) as journal:
        if kind == "limit":
            limit(LIMIT_BYTES)
        else:
            ballast.write_bytes(bytes(BALLAST_BYTES))
        seq, wrong = 0, None
        for _ in range(BATCHES_MAX):
            seq, wrong = try_append(journal, seq)
            if wrong:
                break
        told |= {"acknowledged": seq, "first": wrong, "second": try_append(journal, seq)[1]}
    if kind == "limit":
        limit(resource.RLIM_INFINITY)
    else:
        ballast.unlink()
    with open_journal(folder, venue_id=VENUE) as journal:
        landed = journal.last_seq("main")
        numbers = [int(one.payload.split()[0]) for one in journal.read("main", 0)]
        told |= {"landed": landed, "is_whole": numbers == list(range(1, landed + 1))}
        told |= {"after": try_append(journal, landed)[0], "damage": str(journal.verify().damage)}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
