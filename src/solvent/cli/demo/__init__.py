"""`solvent demo`: four stories on published positions and recorded prices, the same each time."""

from collections.abc import Callable

from solvent.cli import render
from solvent.cli.demo import remove
from solvent.cli.demo.stage import Stage

STORIES: dict[int, Callable[[Stage], None]] = {
    3: remove.tell,
}


def tell(only: int | None = None) -> None:
    """Tell all stories, or one."""
    stage = Stage(render.console())
    for number, story in STORIES.items():
        if only in (None, number):
            story(stage)
