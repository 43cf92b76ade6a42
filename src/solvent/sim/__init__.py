"""Seeded workloads, faults, an independent auditor: a whole venue put through what may happen to it."""

from solvent.sim.auditor import Auditor, Violation
from solvent.sim.campaign import (
    FILES_EVERY,
    SOMETIMES,
    SOMETIMES_WITH_FAULTS,
    Campaign,
    Failure,
    run_seed,
    run_seeds,
)
from solvent.sim.faults import Disk, FaultyJournal, Folder, Memory, SlowSettlement
from solvent.sim.shrinking import shrink
from solvent.sim.simulation import Finding, Outcome, simulate
from solvent.sim.workload import steps_of

__all__ = [
    "FILES_EVERY",
    "SOMETIMES",
    "SOMETIMES_WITH_FAULTS",
    "Auditor",
    "Campaign",
    "Disk",
    "Failure",
    "FaultyJournal",
    "Finding",
    "Folder",
    "Memory",
    "Outcome",
    "SlowSettlement",
    "Violation",
    "run_seed",
    "run_seeds",
    "shrink",
    "simulate",
    "steps_of",
]
