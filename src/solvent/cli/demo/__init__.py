"""`solvent demo`: four stories by the library and one by a venue, the same each time."""

from collections.abc import Callable
from pathlib import Path

from solvent.cli import render
from solvent.cli.demo import borrow, decrease, kept, remove, withdraw
from solvent.cli.demo.stage import Stage
from solvent.cli.exits import Complaint

STORIES: dict[int, Callable[[Stage], None]] = {
    1: withdraw.tell,
    2: borrow.tell,
    3: remove.tell,
    4: decrease.tell,
}
VENUE_STORY = 5

__all__ = ["STORIES", "tell"]


def tell(only: int | None = None, *, data: Path | None = None, stage: Stage | None = None) -> None:
    """Tell all stories, or one, on the terminal or on another stage; the venue's journal stays in `data`."""
    if data is not None and only not in (None, VENUE_STORY):
        raise Complaint(
            f"--data keeps the journal of story {VENUE_STORY}; leave --story out, or give it that"
        )
    place = stage or Stage(render.console())
    for number, story in STORIES.items():
        if only in (None, number):
            story(place)
    if only in (None, VENUE_STORY):
        kept.tell(place, data=data)
