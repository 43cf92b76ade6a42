"""A venue with many positions stopped and started again: `python -m benchmarks.startup FOLDER COUNT`.

The first process writes a snapshot while others look at the state, and says for how long one waited at most.
The second one starts from it, and says the seconds of processor time of each part. Both say it in one line.
"""

import gc
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from time import perf_counter, process_time, sleep
from typing import TypeVar

from benchmarks.footprint import populated
from benchmarks.workload import MARKET, NOW_MS
from solvent.engine.codec import VERSION, encode
from solvent.engine.events import MarketPaused
from solvent.journal import Record, batch_of, open_journal
from solvent.money import Ratio
from solvent.runtime import STREAM, Venue, VirtualClock
from solvent.runtime.snapshots import Snapshotter
from solvent.runtime.stressing import Stresser
from solvent.runtime.watching import Watch
from solvent.runtime.writer import Writer

PAUSE_S = 0.001
Made = TypeVar("Made")


def stopped_and_started(folder: Path, count: int) -> str:
    """Return what both processes say of a venue with so many positions, made in a folder."""
    told = []
    for part in ("stop", "start"):
        command = [sys.executable, "-m", "benchmarks.startup", part, str(folder), str(count)]
        told.append(subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout.strip())
    return f"{count:,} positions: {told[0]}; {told[1]}"


def main() -> None:
    """Run one of both processes."""
    part, folder, count = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    print((_stop if part == "stop" else _start)(folder, count))


def _stop(folder: Path, count: int) -> str:
    """Take a snapshot beside a writer, and measure who waits for the writer meanwhile."""
    state = populated(count)
    # The events that made it are left out: what a start takes beyond them is measured.
    state.seq = 1
    gc.collect()
    gc.freeze()
    with open_journal(folder, venue_id="bench") as journal:
        event = MarketPaused(at_ms=NOW_MS, market=MARKET, model="tiered", paused=False, pool=None)
        record = Record("market_paused", VERSION, encode(event))
        journal.append(STREAM, 0, batch_of((record,), at_ms=NOW_MS))
        writer = Writer(journal, state, VirtualClock(NOW_MS))
        waits, is_over = [0.0], Event()
        looking = Thread(target=_look, args=(writer, waits, is_over))
        looking.start()
        snapshotter = Snapshotter(journal, writer, saved_seq=1 - count * 10, events_between=1)
        _, took_s = _timed(snapshotter.tend)
        assert snapshotter.saved_seq == 1, snapshotter.problem
        is_over.set()
        looking.join()
        writer.close()
        saved = journal.latest_snapshot(STREAM)
        assert saved is not None
        size = len(saved.payload) / count
    longest_ms = max(waits) * 1_000
    return (
        f"{size:.0f} bytes of snapshot each, taken beside the writer in {took_s:.1f} s of processor time, "
        f"while nobody waited longer than {longest_ms:.0f} ms for the writer"
    )


def _look(writer: Writer, waits: list[float], is_over: Event) -> None:
    """Look at the state again and again, and note how long each look waited."""
    while not is_over.is_set():
        begun = perf_counter()
        writer.at_rest(lambda _: None).result()
        waits.append(perf_counter() - begun)
        sleep(PAUSE_S)


def _start(folder: Path, count: int) -> str:
    journal, checked_s = _timed(lambda: open_journal(folder))
    venue, opened_s = _timed(lambda: Venue(journal, clock=VirtualClock()))
    with venue:
        assert len(venue.state.positions[MARKET]) == count
        assert venue.loaded.snapshot_seq == 1, venue.loaded
        frozen = gc.get_freeze_count()
        _, collected_s = _timed(gc.collect)
        # Once more, as the venue has made its own while it was opened.
        _, index_s = _timed(lambda: Watch().read(venue.state))
        _, stress_s = _timed(lambda: Stresser(venue.state).at(MARKET, Ratio(1, 1)))
    return (
        f"a start takes {checked_s:.1f} s to check the journal, {opened_s:.1f} s to read the snapshot and "
        f"make the index of liquidations, {index_s:.1f} s of it for the index; {stress_s:.1f} s for the sums "
        f"at the first stress; with {frozen:,} objects frozen a full collection takes "
        f"{collected_s * 1_000:.0f} ms"
    )


def _timed(call: Callable[[], Made]) -> tuple[Made, float]:
    begun = process_time()
    made = call()
    return made, process_time() - begun


if __name__ == "__main__":
    main()
