"""`solvent run`: a scenario played into a journal, told step by step, with what it left."""

import sys
from collections.abc import Iterable
from contextlib import ExitStack
from hashlib import blake2b
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rich.console import Console
from rich.progress import track

from solvent.cli import jsonable, render
from solvent.cli.exits import Complaint, Exit
from solvent.cli.venue.history import balances_table, problems_told, total_lines
from solvent.cli.venue.playing import Player, Told
from solvent.cli.venue.scenario import Scenario, read_scenario
from solvent.journal import Journal, open_journal
from solvent.money import format_moment
from solvent.runtime import STREAM, Venue, VirtualClock


def run_scenario(name: str, *, data: Path | None, as_json: bool) -> int:
    """Play a scenario; returns the exit code."""
    scenario = read_scenario(name)
    out = render.console()
    lines: list[Told] = []

    def tell(line: Told) -> None:
        lines.append(line)
        if not as_json:
            out.print(render.words(_text(line), style=_style(line)), soft_wrap=True)

    with problems_told(), ExitStack() as stack:
        folder = data or Path(stack.enter_context(TemporaryDirectory(prefix="solvent-")))
        clock = VirtualClock(scenario.start_ms)
        venue = stack.enter_context(Venue(_new_journal(scenario, folder), clock=clock))
        if not as_json:
            out.print(render.words(scenario.title, style="bold"))
        Player(venue, clock, scenario, tell, _watched).play()
        if as_json:
            print(jsonable.dumps(_as_json(scenario, lines, venue)))
        else:
            _close(out, venue, data)
    return _exit_code(lines)


def _new_journal(scenario: Scenario, folder: Path) -> Journal:
    """Open an empty journal; its venue id follows from the scenario, so that each run is the same."""
    journal = open_journal(folder, venue_id=blake2b(scenario.text, digest_size=16).hexdigest())
    if journal.last_seq(STREAM):
        count = journal.last_seq(STREAM)
        journal.close()
        raise Complaint(
            f"--data {str(folder)!r} holds a journal of {count} events already; give an empty folder"
        )
    return journal


def _watched(hours: Iterable[int]) -> Iterable[int]:
    """Show how far a walk is, where somebody watches."""
    return track(
        list(hours),
        description="walking",
        console=render.console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )


def _text(line: Told) -> str:
    sign = "·" if line.code is None else "✗"
    result = line.result if line.code is None else f"{line.code}: {line.result}"
    expected = " (as expected)" if line.is_expected else ""
    unmet = f" (expected {line.unmet}, which did not happen)" if line.unmet is not None else ""
    return f"{format_moment(line.at_ms)} {sign} {line.who}: {line.what} → {result}{expected}{unmet}"


def _style(line: Told) -> str:
    if line.unmet is not None:
        return "bold red"
    return "yellow" if line.code is not None else ""


def _close(out: Console, venue: Venue, data: Path | None) -> None:
    out.print(balances_table(venue.state))
    out.print(f"Events      {venue.state.seq}")
    out.print(f"State hash  {venue.state.hash()}")
    out.print(f"Head hash   {venue.journal.head(STREAM).hash.hex()}")
    if data is not None:
        out.print(render.words(f"Kept in {data}: read it with `solvent replay`, `audit` and `show`."))


def _as_json(scenario: Scenario, lines: list[Told], venue: Venue) -> dict[str, Any]:
    return {
        "title": scenario.title,
        "steps": [
            {
                "step": line.step,
                "at": format_moment(line.at_ms),
                "who": line.who,
                "what": line.what,
                "result": line.result,
                "refused": line.code,
                "is_expected": line.is_expected,
                "unmet": line.unmet,
            }
            for line in lines
        ],
        "balances": total_lines(venue.state),
        "events": venue.state.seq,
        "state_hash": venue.state.hash(),
        "head_hash": venue.journal.head(STREAM).hash.hex(),
    }


def _exit_code(lines: list[Told]) -> int:
    if any(line.unmet is not None for line in lines):
        return Exit.MISMATCH
    if any(line.code is not None and not line.is_expected for line in lines):
        return Exit.REFUSED
    return Exit.OK
