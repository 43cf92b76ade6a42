"""`solvent stress --book`: the same tables from partitions, counted here or by the workers of a cluster."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from solvent.cli import render
from solvent.cli.book import needing, progress
from solvent.cli.exits import Complaint, Exit
from solvent.cli.stress import REMARK, Asked, Source, Told, answers
from solvent.money import format_moment

if TYPE_CHECKING:
    from solvent.runtime.partitions import Counter

WORKERS_MAX = 64
SIMULATED = "This book is simulated: {origin}; nobody holds them."
REAL = "Of {origin}."


def ask_book(source: Source, asked: Asked) -> tuple[list[Told], dict[str, Any], str]:
    """Return what each scenario comes to, what is said of the book, and in one remark.

    Errors: `Complaint` for a book that is not whole; `typer.Exit` when the cluster is lost, which is told.
    """
    with needing():
        from solvent.runtime.partitions import ClusterLost, open_book, stress_book  # noqa: PLC0415 - an extra

        assert source.book is not None, source
        book = open_book(source.book)
        scene = book.scene
        try:
            with _counter(source) as count, progress("counting", book.rows) as shown:
                told = stress_book(book, lambda stresser: answers(stresser, asked), count, shown)
        except ClusterLost as error:
            _say(f"error: {error}", style="red")
            raise typer.Exit(Exit.STOPPED) from error
    about = {
        "book": book.manifest.book,
        "simulated": scene.simulated,
        "positions": book.rows,
        "seq": scene.seq,
        "at": format_moment(scene.now_ms),
    }
    origin = (SIMULATED if scene.simulated else REAL).format(origin=scene.origin)
    return told, about, f"{REMARK} {origin}"


@contextmanager
def _counter(source: Source) -> Iterator["Counter"]:
    """Give what counts: this process, workers of its own, or those of a cluster that runs already."""
    from solvent.runtime.partitions import cluster_at, here, local_cluster  # noqa: PLC0415 - an extra

    def lost(count: int) -> None:
        workers = "A worker was" if count == 1 else f"{count} workers were"
        _say(f"{workers} lost; what it had not told is counted again.")

    if source.scheduler is not None:
        with cluster_at(source.scheduler, lost) as cluster:
            yield cluster.count
    elif source.workers is None:
        yield here
    elif 1 <= source.workers <= WORKERS_MAX:
        with local_cluster(source.workers, lost) as cluster:
            yield cluster.count
    else:
        raise Complaint(f"--workers {source.workers} is out of bounds; give 1 to {WORKERS_MAX}")


def _say(text: str, style: str = "") -> None:
    render.console(stderr=True).print(render.words(text, style=style), soft_wrap=True)
