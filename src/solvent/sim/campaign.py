"""Many seeds, one after the other: what they saw together, and the first violation made short."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import Struct

from solvent.sim.faults import Disk, Folder, Memory
from solvent.sim.shrinking import shrink
from solvent.sim.simulation import Finding, Outcome, simulate
from solvent.sim.workload import steps_of

# Every so many seeds the journal lies in files, which is slower, and can be torn.
FILES_EVERY = 5
FAULTS = ("crash", "lost", "landed", "torn", "full")
# What a run of several dozen seeds has to see, or it tests less than it says.
SOMETIMES = frozenset(
    {
        "answer repeated",
        "key reused",
        "key unusable",
        "maximum accepted",
        "above the maximum refused",
        "deposit failed",
        "withdrawal done",
        "withdrawal failed",
        "settlement delayed",
        "lending command open",
        "lending command take",
        "lending command borrow",
        "lending command repay",
        "lending command redeem",
        "lending command close",
        "lending liquidation liquidate",
        "keeper pays a part",
        "bad debt",
        "event stalled",
        "tiered command take",
        "tiered command add",
        "tiered reached fill",
        "tiered reached cancel",
        "tiered step market_partial",
        "tiered step market_full",
        "tiered step backstop",
        "tiered step adl",
        "tiered deleveraging deleverage",
        "risk_limit command take",
        "risk_limit command add",
        "risk_limit command set_level",
        "risk_limit reached fill",
        "risk_limit reached cancel",
        "risk_limit deleveraging deleverage",
        "takeover by insurance",
        "takeover by the house",
        "entry re-based",
        "position turned round",
        "event funding_noted",
        "event market_paused",
    }
)
SOMETIMES_WITH_FAULTS = frozenset(
    {"restart", "lost unanswered", "landed unanswered", "write torn", *(f"fault {kind}" for kind in FAULTS)}
)


class Failure(Struct, frozen=True, kw_only=True):
    """A violation of one seed: where, and the short list of steps that breaks the same rule."""

    seed: int
    finding: Finding
    shrunk: tuple[Any, ...]
    shrunk_finding: Finding


class Campaign(Struct, frozen=True, kw_only=True):
    """What several seeds came to; it ends at the first failure."""

    seeds: int
    steps: int
    events: int
    seen: Counter[str]
    failure: Failure | None

    def never_seen(self, *, faults: bool) -> tuple[str, ...]:
        """Return what ought to be seen sometimes and was not."""
        wanted = SOMETIMES | (SOMETIMES_WITH_FAULTS if faults else frozenset())
        return tuple(sorted(what for what in wanted if not self.seen[what]))


def run_seed(seed: int, *, steps: int, faults: bool = True) -> Outcome:
    """Carry one seed out on a disk of its own."""
    return _on_a_disk(steps_of(seed, steps, faults=faults), seed)


def run_seeds(seeds: Iterable[int], *, steps: int, faults: bool = True) -> Campaign:
    """Carry seeds out until one fails, and make that one's steps short."""
    seen: Counter[str] = Counter()
    done = carried = events = 0
    for seed in seeds:
        listed = steps_of(seed, steps, faults=faults)
        outcome = _on_a_disk(listed, seed)
        seen += outcome.seen
        done, carried, events = done + 1, carried + outcome.steps, events + outcome.events
        if outcome.finding is not None:
            failure = _shortened(seed, listed, outcome.finding)
            return Campaign(seeds=done, steps=carried, events=events, seen=seen, failure=failure)
    return Campaign(seeds=done, steps=carried, events=events, seen=seen, failure=None)


def _on_a_disk(steps: Sequence[Any], seed: int) -> Outcome:
    with TemporaryDirectory(prefix="solvent-sim-") as folder:
        disk: Disk = Memory() if seed % FILES_EVERY else Folder(Path(folder))
        return simulate(steps, seed=seed, disk=disk)


def _shortened(seed: int, steps: Sequence[Any], finding: Finding) -> Failure:
    found, is_quick = finding, False

    def fails(tried: Sequence[Any]) -> bool:
        nonlocal found
        outcome = simulate(tried, seed=seed, disk=Memory()) if is_quick else _on_a_disk(tried, seed)
        if outcome.finding is None or outcome.finding.rule != finding.rule:
            return False
        found = outcome.finding
        return True

    # What does not need files is made short in memory.
    is_quick = True
    is_quick = fails(steps[: finding.step])
    shrunk = shrink(steps[: finding.step], fails)
    return Failure(seed=seed, finding=finding, shrunk=tuple(shrunk), shrunk_finding=found)
