"""A writer to be killed: `python -m benchmarks.victim PLACE` says each key once its batch is durable."""

import sys

from benchmarks.sides import durable
from benchmarks.workload import NOW_MS, opened
from solvent.engine.ticks import scan
from solvent.runtime.batch import carry_out

ACCOUNTS, BATCH = 50, 100


def main() -> None:
    """Carry out batches until killed."""
    ours = durable(opened(ACCOUNTS), sys.argv[1])
    while True:
        asked = ours.stream.take(BATCH)
        replies = carry_out(ours.journal, ours.state, asked, now_ms=NOW_MS, candidates=scan)
        assert all(reply.is_accepted for reply in replies)
        print("".join(f"{one.account} {one.key}\n" for one in asked), end="", flush=True)


if __name__ == "__main__":
    main()
