"""`solvent simulate`: seeds through a whole venue with faults and an auditor; a violation is made short."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.progress import track

from solvent.cli import jsonable, render
from solvent.cli.exits import Complaint, Exit
from solvent.sim import Campaign, Failure, run_seeds

LINE_LETTERS = 400


def run_simulate(seed: int, count: int, *, steps: int, faults: bool, save: Path | None, as_json: bool) -> int:
    """Carry `count` seeds out from `seed` on, and print what was seen; returns the exit code."""
    told = run_seeds(_watched(range(seed, seed + count)), steps=steps, faults=faults)
    never_seen = told.never_seen(faults=faults)
    if told.failure is not None and save is not None:
        _save(save, told.failure)
    if as_json:
        print(jsonable.dumps(_as_json(seed, told, never_seen)))
    else:
        _print(render.console(), seed, told, never_seen)
        if told.failure is not None and save is not None:
            render.console().print(render.words(f"Kept in {save}."))
    return Exit.OK if told.failure is None else Exit.MISMATCH


def _watched(seeds: Iterable[int]) -> Iterable[int]:
    """Show how far the seeds are, where somebody watches."""
    return track(
        list(seeds),
        description="seeds",
        console=render.console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def _print(out: Console, seed: int, told: Campaign, never_seen: tuple[str, ...]) -> None:
    made = render.table("What was seen", ("what", "left"), ("times", "right"))
    for what, times in sorted(told.seen.items()):
        made.add_row(render.words(what), f"{times:,}")
    out.print(made)
    last = seed + told.seeds - 1
    named = f"seed {seed}" if told.seeds == 1 else f"seeds {seed} to {last}"
    out.print(f"{named}: {told.steps:,} steps, {told.events:,} events, {told.seen['restart']:,} restarts")
    if never_seen:
        words = f"Not seen in this run: {', '.join(never_seen)}. More seeds or steps see more."
        out.print(render.words(words, style="yellow"), soft_wrap=True)
    if told.failure is None:
        out.print("No violation.")
    else:
        _print_failure(out, told.failure)


def _print_failure(out: Console, failure: Failure) -> None:
    finding = failure.finding
    words = f"✗ seed {failure.seed}, step {finding.step}: {finding.rule}: {finding.found}"
    out.print(render.words(words, style="bold red"), soft_wrap=True)
    out.print(f"The same rule breaks after these {len(failure.shrunk)} steps:")
    for number, step in enumerate(_steps(failure), start=1):
        out.print(render.words(f"{number:3}  {step[:LINE_LETTERS]}"), soft_wrap=True)
    out.print(render.words(f"Then: {failure.shrunk_finding.found}"), soft_wrap=True)
    out.print(f"Again: solvent simulate --seed {failure.seed} --seeds 1, with the same --steps and faults.")


def _steps(failure: Failure) -> list[str]:
    return [msgspec.json.encode(step).decode() for step in failure.shrunk]


def _failure(failure: Failure) -> dict[str, Any]:
    return {
        "seed": failure.seed,
        "step": failure.finding.step,
        "rule": failure.finding.rule,
        "found": failure.finding.found,
        "shrunk": [msgspec.json.decode(step) for step in _steps(failure)],
        "shrunk_found": failure.shrunk_finding.found,
    }


def _as_json(seed: int, told: Campaign, never_seen: tuple[str, ...]) -> dict[str, Any]:
    return {
        "first_seed": seed,
        "seeds": told.seeds,
        "steps": told.steps,
        "events": told.events,
        "seen": dict(sorted(told.seen.items())),
        "never_seen": list(never_seen),
        "failure": None if told.failure is None else _failure(told.failure),
    }


def _save(path: Path, failure: Failure) -> None:
    try:
        path.write_text(jsonable.dumps(_failure(failure)) + "\n", "utf-8")
    except OSError as error:
        raise Complaint(f"--save {str(path)!r} cannot be written: {error.strerror}") from error
