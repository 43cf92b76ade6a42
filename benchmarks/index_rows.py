"""Rows 4 to 8: the liquidation index against brute force, an exact scan, numpy's scan and sorted lists."""

import gc
from collections.abc import Callable
from random import Random

from msgspec import Struct

from benchmarks import index_timing
from benchmarks.agreement import Disagreement
from benchmarks.crowds import MARK, Crowd, roots
from benchmarks.sizes import EXACT, HUNDRED, LIST_REKEYED, NUMPY_SCAN, QUIET, REKEYED, Sized, measure_quiet
from benchmarks.targets import Curve, Measured, Outcome, Target
from benchmarks.timing import Timed
from solvent.risk import MarketIndex, SortedKeys

GROWTH = Target("4", "quiet tick at the small book ÷ at the large book", 0.5, 1 / 1.2, "index")
NUMPY = Target("6", "numpy scan of keys ÷ quiet tick", 80, 230, "index", 10**6)
NUMPY_STORM = Target("6", "numpy scan of keys ÷ tick with 100 crossings", group="index")
REKEY = Target("8", "SortedList re-key ÷ ours", 1.5, 2.5, "index", 10**6)
BYTES = Target("8", "bytes of a SortedList ÷ ours", 2.5, 4, "index")
SCAN = Target("5", "exact scan of everybody ÷ quiet tick", 100_000, 600_000, "scan", 10**6)
STORM = Target("5", "exact scan of everybody ÷ tick with 100 crossings", 8_000, 40_000, "scan", 10**6)
TARGETS = (GROWTH, NUMPY, NUMPY_STORM, REKEY, BYTES, SCAN, STORM)
ROWS = frozenset({"4", "5", "6", "7", "8"})


class Load(Struct, frozen=True):
    """How much of it: positions of each book, ticks and re-keys a round, probes against brute force.

    The targets are those of the second book against the last.
    """

    sizes: tuple[int, ...]
    ticks: int
    changes: int
    probes: int


FULL = Load(sizes=(1_000, 10_000, 100_000, 1_000_000), ticks=1_000, changes=2_000, probes=20_000)
QUICK = Load(sizes=(1_000, 10_000, 100_000, 1_000_000), ticks=500, changes=1_000, probes=3_000)
FLOORS = Load(sizes=(1_000, 10_000, 100_000), ticks=500, changes=1_000, probes=3_000)
SMALL, LARGE = 1, -1


def run(load: Load, rounds: int, rows: frozenset[str], say: Callable[[str], None]) -> Outcome:
    """Compare with brute force, then measure in rounds; the targets of the rows that were asked for.

    Errors: `Disagreement` where the index names too few.
    """
    random = Random(7)  # noqa: S311 - positions, not secrets
    remarks = list[str]()
    books = [Sized.of(count, remarks) for count in load.sizes]
    said = " and ".join(f"{count:,}" for count in load.sizes)
    say(f"built    indexes of {said} positions")
    large = books[LARGE]
    agreed = {"index": _compared(large.crowd, large.index, random, load.probes)}
    say(f"checked  index: {agreed['index']}")
    gc.collect()
    gc.freeze()
    timed = {target: Timed([], []) for target in TARGETS}
    for number in range(rounds):
        measure_quiet(books, load.ticks, random)
        for book in books:
            book.measure(load.changes, random)
        _note(timed, books)
        say(f"measured index round {number + 1} of {rounds}")
    count = load.sizes[LARGE]
    measured = [
        Measured(target.at(count, grows=target is not REKEY), times if times.ours_us else None)
        for target, times in timed.items()
        if target.row in rows
    ]
    curves = [Curve(name, book.count, taken) for book in books for name, taken in book.taken_us.items()]
    return Outcome(agreed, measured, [], remarks, {"index": f"{said} positions, 5 tiers, both sides"}, curves)


def _note(timed: dict[Target, Timed], books: list[Sized]) -> None:
    """Pair what the last round measured."""
    small, large = ({name: taken[-1] for name, taken in books[at].taken_us.items()} for at in (SMALL, LARGE))
    pairs = [
        (GROWTH, large[QUIET], small[QUIET]),
        (SCAN, large[QUIET], large[EXACT]),
        (STORM, large[HUNDRED], large[EXACT]),
    ]
    kept = books[LARGE].sorted_list
    if kept is not None:
        pairs += [
            (NUMPY, large[QUIET], large[NUMPY_SCAN]),
            (NUMPY_STORM, large[HUNDRED], large[NUMPY_SCAN]),
            (REKEY, large[REKEYED], large[LIST_REKEYED]),
            (BYTES, SortedKeys(kept).bytes() / len(kept), index_timing.list_bytes(kept) / len(kept)),
        ]
    for target, ours, peer in pairs:
        timed[target].ours_us.append(ours)
        timed[target].peer_us.append(peer)


def _compared(large: Crowd, index: MarketIndex, random: Random, probes: int) -> str:
    """Probe at and one unit beside roots: whoever is due must be named; at some prices all are compared."""
    accounts = random.sample(sorted(large.positions), min(probes // 3, len(large.positions)))
    probed = due = 0
    for account, root in roots(large, accounts):
        for mark in (root - 1, root, root + 1):
            if mark < 1 or abs(mark - MARK) > MARK // 12:
                continue
            is_due = large.is_due(account, mark)
            named = account in index.due(large.book(mark), now_ms=0)
            probed, due = probed + 1, due + is_due
            if is_due and not named:
                raise Disagreement(f"the index does not name {account} at {mark}")
    everybody = 0
    for mark in (MARK - MARK // 20, MARK + MARK // 20):
        named_all = set(index.due(large.book(mark), now_ms=0))
        found = {account for account in large.positions if large.is_due(account, mark)}
        everybody += len(found)
        if not found <= named_all or len(named_all) > len(found) + len(found) // 100 + 5:
            raise Disagreement(f"at {mark} the index names {len(named_all)} and {len(found)} are due")
    return (
        f"{probed:,} probes at roots and beside them ({due:,} due), {everybody:,} due in two scans: 0 missed"
    )
