"""`solvent replay`, and what all who read a journal back share: opening it, its balances by asset."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.table import Table

from solvent.cli import jsonable, render
from solvent.cli.exits import Complaint, Exit
from solvent.cli.venue.naming import amount
from solvent.engine import State
from solvent.journal import Checked, Journal, JournalError, NoJournal, is_address, open_journal, shown
from solvent.money import format_moment
from solvent.runtime import STREAM, RuntimeProblem, replay


@contextmanager
def problems_told() -> Iterator[None]:
    """Let what the journal or the runtime complains of end as one sentence.

    Errors: `Complaint` instead of theirs.
    """
    try:
        yield
    except (JournalError, RuntimeProblem) as error:
        raise Complaint(str(error)) from error


@contextmanager
def opened(place: Path | str, *, checked: Checked = Checked.WHOLE) -> Iterator[Journal]:
    """Open a journal that exists, in a folder or at an address; one in a database beside its writer.

    Errors: `Complaint` where there is none; the journal's own.
    """
    told = shown(place)
    made_by = f"serve --store {told}" if is_address(place) else f"run SCENARIO --data {told}"
    absent = f"{told!r} holds no journal; make one with `solvent {made_by}`"
    if not is_address(place) and not Path(place).is_dir():
        raise Complaint(absent)
    try:
        journal = open_journal(place, checked=checked, is_reading=True)
    except NoJournal as error:
        raise Complaint(absent) from error
    with journal:
        yield journal


def run_replay(folder: Path | str, *, until: int | None, as_json: bool) -> int:
    """Fold a journal, whole or up to an event, and say what it comes to; returns the exit code."""
    with problems_told(), opened(folder) as journal:
        last = journal.last_seq(STREAM)
        if until is not None and until > last:
            raise Complaint(f"--until {until} lies beyond the last event; give 1 to {last}")
        state = replay(journal, until_seq=until)
        head = journal.read(STREAM, state.seq - 1, 1)[0].hash if state.seq else journal.head(STREAM).hash
    told = {
        "events": state.seq,
        "of": last,
        "at": format_moment(state.now_ms),
        "state_hash": state.hash(),
        "head_hash": head.hex(),
    }
    if as_json:
        print(jsonable.dumps(told))
        return Exit.OK
    print(f"Events      {told['events']}" + ("" if state.seq == last else f" of {last}"))
    print(f"Time        {told['at']}")
    print(f"State hash  {told['state_hash']}")
    print(f"Head hash   {told['head_hash']}")
    return Exit.OK


def sums_by_room(state: State) -> dict[str, dict[str, int]]:
    """Return the units of each asset by room of the ledger: all wallets, all positions, keeper …"""
    found: dict[str, dict[str, int]] = {}
    for (name, asset), units in sorted(state.ledger().items()):
        room = name.partition(":")[0]
        label = (
            f"all {room}s" if room in ("wallet", "position") else name if room != "outgoing" else "outgoing"
        )
        rooms = found.setdefault(asset, {})
        rooms[label] = rooms.get(label, 0) + units
    return found


def total_lines(state: State) -> dict[str, dict[str, str]]:
    """Return the balances by asset as text, with their sum."""
    return {
        asset: {room: amount(state, asset, units) for room, units in rooms.items()}
        | {"sum": amount(state, asset, sum(rooms.values()))}
        for asset, rooms in sums_by_room(state).items()
    }


def balances_table(state: State) -> Table:
    """Return who holds what by asset, and that it sums to zero."""
    made = render.table("Balances by asset", ("asset", "left"), ("who", "left"), ("holds", "right"))
    for asset, rooms in total_lines(state).items():
        for place, (room, text) in enumerate(rooms.items()):
            style = "bold" if room == "sum" else ""
            made.add_row(
                render.words(asset if not place else ""), render.words(room), render.words(text, style)
            )
    return made
