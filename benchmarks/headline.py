"""What a run comes to in absolute figures: a price, numpy against it, what is durable in a second."""

from collections.abc import Iterable
from statistics import median

from benchmarks.sizes import CROSSINGS, EXACT, LIST_REKEYED, NUMPY_SCAN, QUIET, REKEYED, storm
from benchmarks.targets import Curve, Measured, Outcome

HEADS = ("what", "figure", "min–max")
SIZE_HEAD = "µs of processor time"
RATES = {
    "durable, batch 100 ÷ a transaction for each": "durable commands a second, 100 at once",
    "durable, batch 1000 ÷ a transaction for each": "durable commands a second, 1,000 at once",
    "HTTP durable ÷ parsed and verified only, 256 connections": (
        "durable signed requests a second over HTTP, 256 connections"
    ),
    "HTTP batches of 100 ÷ the same commands in memory, 100 at once": (
        "durable commands a second over HTTP, in signed batches of 100"
    ),
}
RATIOS = {
    "numpy scan of keys ÷ quiet tick": "numpy's scan of all keys ÷ a price that nobody is due at",
    "numpy scan of keys ÷ tick with 100 crossings": "numpy's scan of all keys ÷ a price with 100 crossings",
}
ORDER = (QUIET, *(storm(crossings) for crossings in CROSSINGS), REKEYED, LIST_REKEYED, NUMPY_SCAN, EXACT)
SYNC = "durable, batch 1 ÷ write and fdatasync of 128 B"
Line = tuple[str, str, str]


def lines(outcome: Outcome) -> list[Line]:
    """Return what was found as cells, a line each; a part that was not measured has none."""
    return [*_ticks(outcome.curves), *_ratios(outcome.measured), *_rates(outcome.measured)]


def _ticks(curves: list[Curve]) -> Iterable[Line]:
    largest = max((one.positions for one in curves), default=0)
    names = {QUIET: f"a price over {largest:,} positions, nobody due"} | {
        storm(crossings): f"a price over {largest:,} positions, {crossings} of them found and confirmed"
        for crossings in CROSSINGS
    }
    taken = {one.name: one.taken_us for one in curves if one.positions == largest}
    for name, told in names.items():
        if name in taken:
            yield told, f"{median(taken[name]):.1f} µs", f"{min(taken[name]):.1f}–{max(taken[name]):.1f}"


def _ratios(measured: list[Measured]) -> Iterable[Line]:
    for one in measured:
        if one.target.name in RATIOS and one.timed is not None:
            ratios = one.timed.ratios
            yield RATIOS[one.target.name], f"{one.timed.ratio:.3g}", f"{min(ratios):.3g}–{max(ratios):.3g}"


def _rates(measured: list[Measured]) -> Iterable[Line]:
    for one in measured:
        if one.timed is None:
            continue
        if one.target.name == SYNC:
            yield _rate("fdatasyncs of 128 B a second, the disk alone", one.timed.peer_us)
            yield _rate("durable commands a second, one at a time", one.timed.ours_us)
        if one.target.name in RATES:
            yield _rate(RATES[one.target.name], one.timed.ours_us)


def _rate(told: str, taken_us: list[float]) -> Line:
    rates = [1e6 / taken for taken in taken_us]
    return told, f"{median(rates):,.0f}", f"{min(rates):,.0f}–{max(rates):,.0f}"


def size_lines(curves: list[Curve]) -> list[tuple[str, ...]]:
    """Return the costs by the size of the book as cells, the head first; nothing without curves."""
    sizes = sorted({one.positions for one in curves})
    by = {(one.name, one.positions): one.taken_us for one in curves}
    found = [
        (name, *(_shown(median(by[name, size])) if (name, size) in by else "–" for size in sizes))
        for name in ORDER
        if any((name, size) in by for size in sizes)
    ]
    return [(SIZE_HEAD, *(f"{size:,}" for size in sizes)), *found] if found else []


def _shown(taken_us: float) -> str:
    return f"{taken_us:.1f}" if taken_us < 100 else f"{taken_us:,.0f}"
