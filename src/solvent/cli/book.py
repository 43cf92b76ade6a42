"""`solvent book`: positions as Parquet partitions, exported from a journal or simulated, and checked."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from solvent.cli import jsonable, render
from solvent.cli.exits import Complaint, Exit
from solvent.money import format_moment

if TYPE_CHECKING:
    from solvent.runtime.partitions import Manifest, Partition

app = typer.Typer(
    no_args_is_help=True,
    help="Keep positions as a book of Parquet partitions, for `solvent stress --book`.",
)
ROWS_DEFAULT, ROWS_MAX, POSITIONS_MAX = 1_000_000, 10_000_000, 10**12
AsJson = Annotated[bool, typer.Option("--json", help="print JSON instead of tables")]
To = Annotated[Path, typer.Option("--to", metavar="DIR", help="the book's folder, new or empty")]
Rows = Annotated[
    int, typer.Option(help="how many positions a partition holds: what one worker has in memory", min=1)
]


@contextmanager
def needing() -> Iterator[None]:
    """Let a missing extra, and a book that is not whole, end as one sentence.

    Errors: `Complaint` instead of theirs.
    """
    try:
        import solvent.runtime.partitions  # noqa: F401, PLC0415 - an extra
    except ImportError as error:
        raise Complaint(
            f"a book needs {error.name}; install it with `pip install 'solvent[distributed]'`"
        ) from error
    from solvent.cli.venue.history import problems_told  # noqa: PLC0415 - keeps the other commands quick

    with problems_told():
        yield


@contextmanager
def progress(doing: str, total: int | None) -> Iterator[Callable[["Partition"], None]]:
    """Show on a terminal's stderr how many positions are done."""
    console = render.console(stderr=True)
    with Progress(
        TextColumn(doing),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("positions"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as shown:
        task = shown.add_task(doing, total=total)
        yield lambda one: shown.advance(task, one.rows)


@app.command("export")
def export_command(
    journal: Annotated[
        str, typer.Argument(metavar="DIR", help="a folder that `run` or `serve` wrote, or a database")
    ],
    to: To,
    rows: Rows = ROWS_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Write the positions of a journal that a price could liquidate as a book."""
    with needing():
        from solvent.cli.venue.history import opened  # noqa: PLC0415 - keeps the other commands quick
        from solvent.runtime import replay  # noqa: PLC0415 - keeps the other commands quick
        from solvent.runtime.partitions import export  # noqa: PLC0415 - an extra

        _require_rows(rows)
        with opened(journal) as kept:
            state, origin = replay(kept), f"venue {kept.venue_id}"
        with progress("exporting", None) as told:
            made = export(state, to, origin=f"{origin} at event {state.seq}", rows=rows, told=told)
    _tell(to, made, as_json=as_json)


@app.command("generate")
def generate_command(
    to: To,
    positions: Annotated[int, typer.Option(help="how many", min=2)] = 1_000_000,
    seed: Annotated[int, typer.Option(help="the same seed gives the same book", min=0)] = 1,
    rows: Rows = ROWS_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """Write a simulated book of any size, to try a stress on; nobody holds its positions."""
    with needing():
        from solvent.sim.books import generate  # noqa: PLC0415 - an extra

        _require_rows(rows)
        if positions > POSITIONS_MAX:
            raise Complaint(f"--positions {positions} is too many; give 2 to {POSITIONS_MAX}")
        with progress("simulating", positions) as told:
            made = generate(to, positions=positions, seed=seed, rows=rows, told=told)
    _tell(to, made, as_json=as_json)


@app.command("check")
def check_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="a book's folder")],
    as_json: AsJson = False,
) -> None:
    """Read every partition of a book: its digest, its columns, its accounts; and tell what it holds."""
    with needing():
        from solvent.runtime.partitions import check_book, open_book  # noqa: PLC0415 - an extra

        book = open_book(folder)
        with progress("checking", book.rows) as told:
            check_book(book, told)
    _tell(folder, book.manifest, as_json=as_json)


def _require_rows(rows: int) -> None:
    if rows > ROWS_MAX:
        raise Complaint(f"--rows {rows} is too many for one partition; give 1 to {ROWS_MAX}")


def _tell(folder: Path, made: "Manifest", *, as_json: bool) -> None:
    scene = made.scene
    markets: dict[str, dict[str, Any]] = {}
    for one in made.partitions:
        held = markets.setdefault(
            one.market, {"market": one.market, "partitions": 0, "positions": 0, "bytes": 0}
        )
        held["partitions"] += 1
        held["positions"] += one.rows
        held["bytes"] += one.bytes
    if as_json:
        told = {
            "book": made.book,
            "origin": scene.origin,
            "simulated": scene.simulated,
            "at": format_moment(scene.now_ms),
            "seq": scene.seq,
            "markets": list(markets.values()),
        }
        print(jsonable.dumps(told))
        raise typer.Exit(Exit.OK)
    out = render.console()
    shown = render.table(
        f"Book {made.book}",
        ("market", "left"),
        *((name, "right") for name in ("partitions", "positions", "bytes")),
    )
    for held in markets.values():
        shown.add_row(held["market"], *(f"{held[name]:,}" for name in ("partitions", "positions", "bytes")))
    out.print(shown)
    out.print(render.words(f"Of {scene.origin}, as of {format_moment(scene.now_ms)}, in {folder}."))
    raise typer.Exit(Exit.OK)
