"""The end of story 5: every unit accounted for, and the same state however it is come by."""

from pathlib import Path

from solvent.cli import render
from solvent.cli.demo.driving import Driver
from solvent.cli.demo.stage import Stage
from solvent.cli.venue.history import sums_by_room
from solvent.cli.venue.naming import amount
from solvent.engine import State
from solvent.journal import open_journal
from solvent.runtime import replay


def check(stage: Stage, driver: Driver, folder: Path) -> None:
    """Let the venue end, and check what it left from the journal alone."""
    live = driver.look()
    driver.finish()
    with open_journal(folder) as journal:
        stored = journal.verify()
        assert stored.damage is None, stored
        again = replay(journal)
    assert again.seq == live.seq, (again.seq, live.seq)
    _conservation(stage, again)
    hashes = {
        "the venue, live": live.hash(),
        "its journal, folded here": again.hash(),
        "a venue never killed": driver.never_killed(),
    }
    assert len(set(hashes.values())) == 1, hashes
    stage.say(f"The state hash at event {again.seq}, the last:")
    for told, state_hash in hashes.items():
        stage.point(f"{told:<26}{state_hash}")


def _conservation(stage: Stage, state: State) -> None:
    """Show who holds what by asset, and that nothing came about or went missing."""
    made = render.table(
        "Nothing came about, nothing went missing", ("asset", "left"), ("who", "left"), ("holds", "right")
    )
    for asset, rooms in sums_by_room(state).items():
        assert sum(rooms.values()) == 0, asset
        held = {room: units for room, units in rooms.items() if units}
        for place, (room, units) in enumerate((held | {"sum": 0}).items() if held else ()):
            cells = (asset if not place else "", room, amount(state, asset, units))
            style = "bold" if room == "sum" else ""
            made.add_row(*(render.words(cell, style) for cell in cells))
    stage.out.print()
    stage.out.print(made)
    stage.say(
        "Every movement is booked on two sides, so each asset sums to zero. Below zero are `world`, for what "
        "came in from outside, and the house, which is the other side of perpetuals and has paid the profits."
    )
