"""The commands and their wiring; every expected error ends as one sentence and an exit code."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from solvent import __version__
from solvent.cli import book, calc, presets, render, streams
from solvent.cli.exits import Complaint, Exit
from solvent.cli.sandbox import app as sandbox
from solvent.cli.trade import app as trade
from solvent.cli.venue import Part
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
app.add_typer(book.app, name="book")
app.add_typer(trade, name="trade")
app.add_typer(sandbox, name="sandbox")

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
    story: Annotated[int | None, typer.Option(help="tell only this story, 1 to 5", min=1, max=5)] = None,
    data: Annotated[
        Path | None, typer.Option(help="keep story 5's journal in this folder; default a temporary one")
    ] = None,
) -> None:
    """Tell four stories of taking value out, and a fifth: the same in a venue that is killed half-way."""
    from solvent.cli.demo import tell  # noqa: PLC0415 - keeps the other commands quick

    tell(story, data=data)


@app.command("run")
def run_command(
    scenario: Annotated[str, typer.Argument(help="a shipped scenario's name, or a JSON file")],
    data: Annotated[
        str | None,
        typer.Option(
            metavar="DIR",
            help="keep the journal in this folder or database, or go on with it; default a temporary one",
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="stop at this moment, such as 2024-01-26T00:00Z; run again to go on")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Play a scenario through the engine into a journal, and tell what happened."""
    from solvent.cli.venue.running import run_scenario  # noqa: PLC0415 - keeps the other commands quick

    raise typer.Exit(run_scenario(scenario, data=data, until=until, as_json=as_json))


Folder = Annotated[
    str,
    typer.Argument(metavar="DIR", help="a folder that `run` or `serve` wrote, or a database: postgresql://…"),
]


@app.command("replay")
def replay_command(
    folder: Folder,
    until: Annotated[
        int | None, typer.Option("--until", "--at", help="fold up to this event only", min=1)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Fold a journal again, and print the hash of the state that it comes to."""
    from solvent.cli.venue.history import run_replay  # noqa: PLC0415 - keeps the other commands quick

    raise typer.Exit(run_replay(folder, until=until, as_json=as_json))


@app.command("audit")
def audit_command(folder: Folder, as_json: AsJson = False) -> None:
    """Check a journal from its bytes up: chain, fold, conservation, pools; exits 1 on any failure."""
    from solvent.cli.venue.auditing import run_audit  # noqa: PLC0415 - keeps the other commands quick

    raise typer.Exit(run_audit(folder, as_json=as_json))


@app.command("show")
def show_command(
    folder: Folder,
    part: Annotated[Part, typer.Argument(help="what to show")] = Part.ACCOUNTS,
    seq: Annotated[int | None, typer.Option(help="as of this event; default the last", min=1)] = None,
    events_of: Annotated[
        str | None, typer.Option(help="only events that concern this account, by its name or id")
    ] = None,
    from_seq: Annotated[int, typer.Option("--from", help="events from this seq on", min=1)] = 1,
    to_seq: Annotated[int | None, typer.Option("--to", help="events up to this seq", min=1)] = None,
    limit: Annotated[int, typer.Option(help="how many lines at most", min=1)] = 50,
    as_json: AsJson = False,
) -> None:
    """Show a journal's accounts, positions, events or balances."""
    from solvent.cli.venue.showing import Asked, run_show  # noqa: PLC0415 - keeps the other commands quick

    asked = Asked(until=seq, of_account=events_of, from_seq=from_seq, to_seq=to_seq)
    raise typer.Exit(run_show(folder, part, asked, limit=limit, as_json=as_json))


@app.command("stress")
def stress_command(
    folder: Annotated[
        str | None,
        typer.Argument(
            metavar="[DIR]", help="a folder that `run` or `serve` wrote, or a database, or --book"
        ),
    ] = None,
    book_folder: Annotated[
        Path | None, typer.Option("--book", metavar="DIR", help="a book that `solvent book` made, instead")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="count the book by so many processes of this machine")
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="count it by a Dask cluster that runs: tcp://…")
    ] = None,
    market: Annotated[str | None, typer.Option(help="only this market; default each with positions")] = None,
    low: Annotated[str, typer.Option("--from", help="the lowest price, as a move from the present")] = "-50%",
    high: Annotated[str, typer.Option("--to", help="the highest price, as a move from the present")] = "50%",
    steps: Annotated[int, typer.Option(help="how many prices from one to the other")] = 21,
    scenarios: Annotated[
        Path | None,
        typer.Option(help='a JSON file of joint moves: {"a bad day": {"BTC-PERP": "-12%", …}, …}'),
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="draw into this file: .png, .svg or .html")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what other prices would do to all positions: who is liquidated, bad debt, insurance, equity."""
    from solvent.cli.stress import Asked, Source, run_stress  # noqa: PLC0415 - keeps the other commands quick

    asked = Asked(market=market, low=low, high=high, steps=steps, scenarios=scenarios)
    source = Source(journal=folder, book=book_folder, workers=workers, scheduler=scheduler)
    raise typer.Exit(run_stress(source, asked, plot=plot, as_json=as_json))


@app.command("bench")
def bench_command(
    quick: Annotated[bool, typer.Option("--quick", help="5 rounds of less work, some minutes")] = False,
    floors: Annotated[
        bool, typer.Option("--floors", help="the floors alone, on small books; fails for one broken twice")
    ] = False,
    rows: Annotated[str | None, typer.Option(help="rows to measure, such as 9,12; default all")] = None,
    rounds: Annotated[int | None, typer.Option(help="rounds to take the median of, 5 or more")] = None,
    folder: Annotated[Path | None, typer.Option(help="write here, on the disk to measure")] = None,
    save: Annotated[Path | None, typer.Option(help="write every round's figures to this file")] = None,
    write_docs: Annotated[
        bool, typer.Option("--write-docs", help="write docs/benchmarks.md and its plot anew")
    ] = False,
    source: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Solvent's source; default the one that this runs from")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure the engine against its peers; exits 1 when a floor does not hold. Needs Solvent's source."""
    from solvent.cli.bench import Asked, run_bench  # noqa: PLC0415 - keeps the other commands quick

    asked = Asked(
        quick=quick,
        floors=floors,
        rows=rows,
        rounds=rounds,
        folder=folder,
        save=save,
        write_docs=write_docs,
        as_json=as_json,
    )
    raise typer.Exit(run_bench(source, asked))


@app.command("near")
def near_command(
    folder: Folder,
    within: Annotated[
        str, typer.Option(help="how far the price may have to move, such as 5% or 0.05")
    ] = "5%",
    move: Annotated[str, typer.Option(help="look at another price, as a move from the present")] = "0",
    market: Annotated[str | None, typer.Option(help="only this market; default each with positions")] = None,
    bankrupt: Annotated[bool, typer.Option("--bankrupt", help="only those with nothing left")] = False,
    limit: Annotated[int, typer.Option(help="how many of each market at most", min=1)] = 50,
    as_json: AsJson = False,
) -> None:
    """List who is near to liquidation, the nearest first: distance, price, size, and who is bankrupt."""
    from solvent.cli.near import Asked, run_near  # noqa: PLC0415 - keeps the other commands quick

    asked = Asked(within=within, move=move, market=market, is_bankrupt=bankrupt)
    raise typer.Exit(run_near(folder, asked, limit=limit, as_json=as_json))


@app.command("simulate")
def simulate_command(
    seed: Annotated[int, typer.Option(help="the first seed", min=0)] = 1,
    seeds: Annotated[int, typer.Option(help="how many seeds, one after the other", min=1)] = 20,
    steps: Annotated[int, typer.Option(help="how many things happen in each", min=1)] = 200,
    faults: Annotated[bool, typer.Option(help="with crashes and failing disks, or without")] = True,
    save: Annotated[Path | None, typer.Option(help="write the steps that break a rule to this file")] = None,
    as_json: AsJson = False,
) -> None:
    """Put a whole venue through random use, prices and crashes with an auditor; exits 1 on a violation."""
    from solvent.cli.simulate import run_simulate  # noqa: PLC0415 - keeps the other commands quick

    code = run_simulate(seed, seeds, steps=steps, faults=faults, save=save, as_json=as_json)
    raise typer.Exit(code)


@app.command("settings")
def settings_command(
    config: Annotated[Path | None, typer.Option(help="read the settings of this TOML file")] = None,
    given: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="set one; may be repeated")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show every setting of a venue's process: its value in force, and where that came from.

    The order is default, file, environment, flag: the later one stands.
    """
    from solvent.cli.settings import run_settings  # noqa: PLC0415 - keeps the other commands quick

    run_settings(config, given or [], as_json=as_json)


@app.command("positions")
def positions_command(
    hyperliquid: Annotated[str, typer.Option(metavar="ADDRESS", help="an account at Hyperliquid: 0x…")],
    url: Annotated[
        str, typer.Option(help="the service that is asked: Hyperliquid's, its testnet's, or a gateway's")
    ] = "https://api.hyperliquid.xyz",
    as_json: AsJson = False,
) -> None:
    """Look at a live account: what may leave each isolated position now, why no more, where it opens up.

    It only reads, and needs no key. Margin tables and modes are read from the venue.
    """
    from solvent.cli.positions import run_positions  # noqa: PLC0415 - keeps the other commands quick

    raise typer.Exit(run_positions(hyperliquid, url, as_json=as_json))


@app.command("serve")
def serve_command(
    host: Annotated[str | None, typer.Option(help="the address to listen at (default 127.0.0.1)")] = None,
    port: Annotated[
        int | None, typer.Option(help="the port; 0 takes any that is free (default 8420)")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="the folder that everything is kept in (default solvent-data)")
    ] = None,
    store: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="keep the journal in this database instead: postgresql://…"),
    ] = None,
    profile: Annotated[str | None, typer.Option(help="sandbox or plain (default sandbox)")] = None,
    gateway: Annotated[
        list[str] | None,
        typer.Option(help="speak this venue's interface too, hyperliquid or kucoin; may be repeated"),
    ] = None,
    hyperliquid_port: Annotated[
        int | None, typer.Option(help="a port of its own for that gateway, at its root; 0 takes any")
    ] = None,
    kucoin_port: Annotated[
        int | None, typer.Option(help="a port of its own for that gateway, at its root; 0 takes any")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="read the settings of this TOML file")] = None,
    given: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="set one; may be repeated")
    ] = None,
) -> None:
    """Serve a venue and its terminal from one process, until it is told to end.

    The sandbox has ready-made markets on replayed prices, a wallet of play money and example positions.
    """
    from solvent.cli.serve import run_serve  # noqa: PLC0415 - keeps the other commands quick

    flags = {
        "host": host,
        "port": port,
        "data_folder": data,
        "store": store,
        "profile": profile,
        "gateways": ",".join(sorted(set(gateway))) if gateway else None,
        "hyperliquid_port": hyperliquid_port,
        "kucoin_port": kucoin_port,
    }
    named = [f"{name}={value}" for name, value in flags.items() if value is not None]
    raise typer.Exit(run_serve(config, [*(given or []), *named]))


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
