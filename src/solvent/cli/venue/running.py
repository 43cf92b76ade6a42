"""`solvent run`: a scenario played into a journal, told step by step, with what it left."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from rich.console import Console
from rich.progress import track

from solvent.cli import jsonable, render
from solvent.cli.exits import Complaint, Exit
from solvent.cli.venue.fields import Known, moment
from solvent.cli.venue.history import balances_table, problems_told, total_lines
from solvent.cli.venue.naming import amount, assets_of, name_of
from solvent.cli.venue.playing import Player, Told
from solvent.cli.venue.scenario import Scenario, digest_of, read_scenario, text_of
from solvent.engine import Pending, State
from solvent.journal import Journal, NoJournal, is_address, open_journal, shown
from solvent.money import format_moment
from solvent.runtime import STREAM, Venue, VirtualClock, account_id, replay
from solvent.runtime.venue import OPERATOR

# What the engine did by itself, as the end of a run tells it.
CAUSES = {"liquidation": "Liquidated", "deleveraging": "Reduced", "stalled": "Waited for"}


class OnRequest:
    """The settlement of scenarios: nothing ends before a step says so."""

    def settle(self, pending: Pending) -> None:
        """Leave a request to the scenario's own confirmations."""


class ScriptTime:
    """The scenario's time as the venue's clock.

    It begins at the scenario's start where a folder is gone on with, too: what was played is passed over at
    its own moment. A `VirtualClock` itself would be moved on to the journal's end.
    """

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock

    def now_ms(self) -> int:
        """Return the moment at which the scenario is."""
        return self._clock.now_ms()


class Played(Struct, frozen=True, kw_only=True):
    """A run when it is over: what was played, where it stopped, and what it left."""

    scenario: Scenario
    lines: list[Told]
    player: Player
    venue: Venue
    data: Path | str | None


def run_scenario(name: str, *, data: Path | str | None, until: str | None, as_json: bool) -> int:
    """Play a scenario, or the rest of one; returns the exit code."""
    text = text_of(name)
    out = render.console()
    lines: list[Told] = []

    def tell(line: Told) -> None:
        lines.append(line)
        if not as_json:
            out.print(render.words(_text(line), style=_style(line)), soft_wrap=True)

    with problems_told(), ExitStack() as stack:
        scenario, journal = _opened(name, text, data, stack)
        until_ms = _until_ms(until, scenario)
        clock = VirtualClock(scenario.start_ms)
        venue = stack.enter_context(Venue(journal, clock=ScriptTime(clock), settlement=OnRequest()))
        if not as_json:
            out.print(render.words(scenario.title, style="bold"))
        player = Player(venue, clock, scenario, tell, _watched, until_ms=until_ms)
        try:
            player.play()
        except Complaint as error:
            raise Complaint(f"{error}, and kept in {shown(data)}" if data else str(error)) from error
        played = Played(scenario=scenario, lines=lines, player=player, venue=venue, data=data)
        if as_json:
            print(jsonable.dumps(_as_json(played)))
        else:
            _close(out, played)
    return _exit_code(lines)


def _opened(name: str, text: bytes, data: Path | str | None, stack: ExitStack) -> tuple[Scenario, Journal]:
    """Read the scenario for the venue that the folder holds; a bad one makes no folder.

    A new journal's venue id follows from the scenario, so that each run is the same.
    """
    digest = digest_of(text)
    if data is None:
        scenario = read_scenario(name, text, Known())
        folder = stack.enter_context(TemporaryDirectory(prefix="solvent-"))
        return scenario, stack.enter_context(open_journal(Path(folder), venue_id=digest))
    journal = _existing(data)
    if journal is None:
        scenario = read_scenario(name, text, Known())
        return scenario, stack.enter_context(open_journal(data, venue_id=digest))
    stack.enter_context(journal)
    known = known_of(replay(journal))
    if journal.venue_id == digest or journal.answer_of(OPERATOR, f"{digest}:1-1") is not None:
        known = replace(known, now_ms=0)
    return read_scenario(name, text, known), journal


def _existing(place: Path | str) -> Journal | None:
    if not is_address(place) and not Path(place).is_dir():
        return None
    try:
        return open_journal(place)
    except NoJournal:
        return None


def known_of(state: State) -> Known:
    """Return what a scenario may name of a venue that it goes on with."""
    named = {account: name_of(state, account) for account in state.accounts}
    markets = state.markets.values()
    return Known(
        accounts=frozenset(name for account, name in named.items() if account_id(name) == account),
        markets={kept.name: kept.market for kept in markets},
        assets={asset.symbol: asset for kept in markets for asset in assets_of(kept)},
        now_ms=state.now_ms,
    )


def _until_ms(text: str | None, scenario: Scenario) -> int | None:
    if text is None:
        return None
    found = moment(text)
    if found is None or found < scenario.start_ms:
        start = format_moment(scenario.start_ms)
        raise Complaint(f"--until {text!r} is no moment of the scenario; give one from {start} on")
    return found


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


def _close(out: Console, played: Played) -> None:
    player, state = played.player, played.venue.state
    for told in _remarks(played):
        out.print(render.words(told), soft_wrap=True)
    out.print(balances_table(state))
    for cause, label in CAUSES.items():
        found = [
            f"{who} on {market}{_times(n)}"
            for (why, who, market), n in player.set_off.items()
            if why == cause
        ]
        if found:
            out.print(render.words(f"{label:<12}{', '.join(found)}"), soft_wrap=True)
    out.print(render.words(f"Refused     {_refused(played.lines)}"))
    out.print(render.words(f"Conserved   {_conserved(state)}"))
    out.print(f"Events      {state.seq}")
    out.print(f"State hash  {state.hash()}")
    out.print(f"Head hash   {played.venue.journal.head(STREAM).hash.hex()}")
    if played.data is not None:
        told = f"Kept in {shown(played.data)}: read it with `solvent replay`, `audit` and `show`."
        out.print(render.words(told))


def _times(count: int) -> str:
    return f", {count} times" if count > 1 else ""


def _remarks(played: Played) -> Iterator[str]:
    """Say what was not played: before, as the folder has it; and after, as --until stops there."""
    player = played.player
    if player.played_before:
        yield f"Steps 1 to {player.played_before} were played before, and not again."
    if player.stopped_before is not None:
        yield f"Stopped by --until at step {player.stopped_before} of {len(played.scenario.steps)}."


def _refused(lines: list[Told]) -> str:
    refused = [line for line in lines if line.code is not None]
    unexpected = sum(not line.is_expected for line in refused)
    if not refused:
        return "nothing"
    if unexpected == len(refused):
        return f"{unexpected}, not expected"
    return f"{len(refused)}, {f'{unexpected} of them not expected' if unexpected else 'all as expected'}"


def _conserved(state: State) -> str:
    totals = state.totals()
    wrong = [f"{asset} sums to {amount(state, asset, units)}" for asset, units in totals.items() if units]
    return "; ".join(wrong) or f"{', '.join(sorted(totals)) or 'no asset'}: each sums to 0"


def _as_json(played: Played) -> dict[str, Any]:
    player, state, lines = played.player, played.venue.state, played.lines
    return {
        "title": played.scenario.title,
        "played_before": player.played_before,
        "stopped_before": player.stopped_before,
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
        "set_off": [
            {"cause": cause, "account": who, "market": market, "times": times}
            for (cause, who, market), times in player.set_off.items()
        ],
        "refused": sum(line.code is not None for line in lines),
        "refused_unexpectedly": sum(line.code is not None and not line.is_expected for line in lines),
        "conserved": not any(state.totals().values()),
        "balances": total_lines(state),
        "events": state.seq,
        "state_hash": state.hash(),
        "head_hash": played.venue.journal.head(STREAM).hash.hex(),
    }


def _exit_code(lines: list[Told]) -> int:
    if any(line.unmet is not None for line in lines):
        return Exit.MISMATCH
    if any(line.code is not None and not line.is_expected for line in lines):
        return Exit.REFUSED
    return Exit.OK
