"""The commands and their wiring; every expected error ends as one sentence and an exit code."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from solvent import __version__
from solvent.cli import calc, presets, render, streams
from solvent.cli.exits import Complaint, Exit
from solvent.dialects import DialectError
from solvent.margin import InputRefused
from solvent.money import MoneyError
from solvent.prices import PricesError

app = typer.Typer(
    name="solvent",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Take value out of a leveraged position without closing it, and know exactly what is left.",
)
app.add_typer(calc.app, name="calc")

AsJson = Annotated[bool, typer.Option("--json", help="print JSON instead of tables")]


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="print the version and exit")] = False,
) -> None:
    """Answer what is asked of the program itself."""
    if version:
        print(f"solvent {__version__}")
        raise typer.Exit(Exit.OK)


@app.command("presets")
def presets_command(as_json: AsJson = False) -> None:
    """List the ready-made markets."""
    presets.run(as_json=as_json)


@app.command("parity")
def parity_command(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="rule vectors or published positions; default the shipped ones"),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute published figures and vectors; exits 1 on any mismatch."""
    from solvent.cli.parity import run_parity  # noqa: PLC0415 - keeps the other commands quick

    raise typer.Exit(run_parity(files or [], as_json=as_json))


@app.command("demo")
def demo_command(
    story: Annotated[int | None, typer.Option(help="tell only this story, 1 to 4", min=1, max=4)] = None,
) -> None:
    """Tell four stories of taking value out, on real positions and recorded prices."""
    from solvent.cli.demo import tell  # noqa: PLC0415 - keeps the other commands quick

    tell(story)


def main() -> None:
    """Run the command line."""
    streams.speak_plainly()
    try:
        with streams.written():
            app()
    except (Complaint, InputRefused, MoneyError, DialectError, PricesError) as error:
        render.console(stderr=True).print(render.words(f"error: {error}", style="red"), soft_wrap=True)
        sys.exit(Exit.BAD_INPUT)
    except KeyboardInterrupt:
        sys.exit(Exit.INTERRUPTED)
