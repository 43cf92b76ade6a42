"""`solvent demo`: four stories on published positions and recorded prices, the same each time."""

from collections.abc import Callable

from solvent.cli import render
from solvent.cli.demo import borrow, decrease, remove, withdraw
from solvent.cli.demo.stage import Stage

STORIES: dict[int, Callable[[Stage], None]] = {
    1: withdraw.tell,
    2: borrow.tell,
    3: remove.tell,
    4: decrease.tell,
}

__all__ = ["STORIES", "tell"]


def tell(only: int | None = None, *, stage: Stage | None = None) -> None:
    """Tell all stories, or one, on the terminal or on another stage."""
    place = stage or Stage(render.console())
    for number, story in STORIES.items():
        if only in (None, number):
            story(place)
