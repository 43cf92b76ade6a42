"""The sub-commands of `solvent trade` and their flags."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from solvent.cli.exits import Complaint

if TYPE_CHECKING:
    from solvent.cli.trade.carrying import Reached

URL = "http://127.0.0.1:8420"
TOLERANCE = "0.5%"

app = typer.Typer(
    no_args_is_help=True,
    help="Use a running venue: look, preview, and carry out what your wallet signs.",
)

Url = Annotated[str, typer.Option(help="the address that `solvent serve` printed", envvar="SOLVENT_URL")]
WalletFile = Annotated[
    Path | None, typer.Option(help="a Solana key file to sign with; default the sandbox's wallet")
]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON instead of tables")]
Market = Annotated[str, typer.Argument(help="a market's name, such as wETH/SOL")]
Amount = Annotated[str, typer.Argument(help="a number, or max")]
Tolerance = Annotated[str, typer.Option(help="how far the price may move until it is carried out")]
Preview = Annotated[bool, typer.Option("--preview", help="show what would happen, and sign nothing")]
Yes = Annotated[bool, typer.Option("--yes", help="sign without asking")]


@app.command("positions")
def positions_command(url: Url = URL, wallet: WalletFile = None, as_json: AsJson = False) -> None:
    """List your positions, with what you can take out of each now."""
    from solvent.cli.trade import carrying, showing  # noqa: PLC0415 - keeps the other commands quick

    found = _reached(url, wallet, as_json=as_json)
    raise typer.Exit(carrying.run_look(found, "/positions", lambda told: showing.positions(told["items"])))


@app.command("wallet")
def wallet_command(url: Url = URL, wallet: WalletFile = None, as_json: AsJson = False) -> None:
    """List what your wallet holds at the venue."""
    from solvent.cli.trade import carrying, showing  # noqa: PLC0415

    found = _reached(url, wallet, as_json=as_json)
    raise typer.Exit(carrying.run_look(found, "/wallet", lambda told: showing.wallet(told["balances"])))


@app.command("limits")
def limits_command(
    market: Market,
    tolerance: Annotated[str, typer.Option(help="what still passes if the price moves so far")] = "",
    url: Url = URL,
    wallet: WalletFile = None,
    as_json: AsJson = False,
) -> None:
    """Say how much each action allows at most, and what binds it."""
    from solvent.cli.trade import carrying  # noqa: PLC0415

    raise typer.Exit(carrying.run_limits(_reached(url, wallet, as_json=as_json), market, tolerance))


@app.command("near")
def near_command(
    market: Market,
    within: Annotated[str, typer.Option(help="how far the price may have to move, up to 50%")] = "5%",
    move: Annotated[str, typer.Option(help="look at another price, as a move from the present")] = "0",
    limit: Annotated[int, typer.Option(help="how many at most", min=1, max=500)] = 50,
    url: Url = URL,
    wallet: WalletFile = None,
    as_json: AsJson = False,
) -> None:
    """List whose liquidation is near in a market, nearest first; whose positions they are is not told."""
    from solvent.cli.trade import carrying, showing  # noqa: PLC0415
    from solvent.cli.trade.connection import market_path  # noqa: PLC0415

    found, path = _reached(url, wallet, as_json=as_json), f"{market_path(market)}/near-liquidation"
    query = {"within": within, "move": move, "limit": str(limit)}
    raise typer.Exit(carrying.run_look(found, path, showing.near, **query))


def _moving(verb: str, in_short: str) -> None:
    """Add the command of a verb that moves an amount."""

    @app.command(verb, help=in_short)
    def move(
        market: Market,
        amount: Amount,
        tolerance: Tolerance = TOLERANCE,
        preview: Preview = False,
        yes: Yes = False,
        url: Url = URL,
        wallet: WalletFile = None,
        as_json: AsJson = False,
    ) -> None:
        _act(verb, market, {"amount": amount}, tolerance, preview, yes, url, wallet, as_json=as_json)


_moving("take", "Take value out of a position: withdraw collateral, remove or decrease its margin.")
_moving("add", "Put collateral or margin into a position.")
_moving("borrow", "Borrow against a position in a money market.")
_moving("repay", "Repay a debt in a money market from the wallet.")


@app.command("act")
def act_command(
    market: Market,
    verb: Annotated[str, typer.Argument(help="open, close, set_leverage, supply, redeem, order, cancel …")],
    fields: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="the action's fields")
    ] = None,
    tolerance: Tolerance = TOLERANCE,
    preview: Preview = False,
    yes: Yes = False,
    url: Url = URL,
    wallet: WalletFile = None,
    as_json: AsJson = False,
) -> None:
    """Carry out any action of a market: open, close, supply, redeem, order and the others."""
    named = _named(fields or [])
    _act(verb, market, named, tolerance, preview, yes, url, wallet, as_json=as_json)


def _named(fields: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in fields:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise Complaint(f"{text!r} is no field; give NAME=VALUE, such as amount=1")
        if name in found:
            raise Complaint(f"{name} is given twice, {found[name]!r} and {value!r}; give it once")
        found[name] = value
    return found


def _act(
    verb: str,
    market: str,
    fields: dict[str, str],
    tolerance: str,
    preview: bool,
    yes: bool,
    url: str,
    wallet: Path | None,
    *,
    as_json: bool,
) -> None:
    from solvent.cli.trade.carrying import Wish, run_act  # noqa: PLC0415

    wish = Wish(market=market, verb=verb, fields=fields, tolerance=tolerance)
    reached = _reached(url, wallet, as_json=as_json)
    raise typer.Exit(run_act(reached, wish, only_preview=preview, is_agreed=yes))


def _reached(url: str, wallet: Path | None, *, as_json: bool) -> "Reached":
    from solvent.cli.trade.carrying import Reached  # noqa: PLC0415

    return Reached(url=url, wallet=wallet, as_json=as_json)


@app.command("key")
def key_command(
    file: Annotated[Path, typer.Argument(help="a new file to keep the key in; its owner alone may read it")],
    label: Annotated[str, typer.Option(help="what the key is called")] = "command line",
    scopes: Annotated[str, typer.Option(help="what it may do, of read, trade, margin")] = "read,trade,margin",
    days: Annotated[int, typer.Option(help="how long it is good", min=1, max=366)] = 30,
    url: Url = URL,
    wallet: WalletFile = None,
    as_json: AsJson = False,
) -> None:
    """Have your wallet create an API key for a program, such as `stream`, and keep it in a file."""
    from solvent.cli.trade.streaming import run_key  # noqa: PLC0415

    reached = _reached(url, wallet, as_json=as_json)
    given = tuple(scope.strip() for scope in scopes.split(",") if scope.strip())
    raise typer.Exit(run_key(reached, file, label=label, scopes=given, days=days))


@app.command("stream")
def stream_command(
    source: Annotated[
        Path, typer.Argument(metavar="FILE", help="commands, a line of JSON each; - for standard input")
    ],
    key_file: Annotated[
        Path | None, typer.Option(help="the API key that asks; `solvent trade key FILE` writes one")
    ] = None,
    url: Url = URL,
    as_json: AsJson = False,
) -> None:
    """Carry out many commands as one stream, each once, and print each answer once it is durable."""
    from solvent.cli.trade.streaming import run_stream  # noqa: PLC0415

    raise typer.Exit(run_stream(_reached(url, None, as_json=as_json), source, key_file))
