"""The sub-commands of `solvent sandbox` and their flags."""

from typing import Annotated, Any

import typer

from solvent.cli.sandbox import faults
from solvent.cli.sandbox.flags import URL, AsJson, Url, asked

app = typer.Typer(
    no_args_is_help=True,
    help="Turn a sandbox that is served: keys and play money for your bot, time, prices and faults.",
)

app.add_typer(faults.app, name="fault")

Market = Annotated[str, typer.Argument(help="a market's name, such as BTC-PERP")]
Account = Annotated[
    str | None,
    typer.Option(help="an account's id, an address, or new (default the one that the terminal opens with)"),
]


@app.command("hyperliquid-key")
def hyperliquid_key_command(account: Account = None, url: Url = URL, as_json: AsJson = False) -> None:
    """Make a key for clients of Hyperliquid, bound to an account that is topped up to 10,000 USDC.

    It is printed this once and kept nowhere. It is worth nothing elsewhere: use no other key here.
    """
    asked("/hyperliquid-key", url, body={"account": account}, as_json=as_json, told=_hyperliquid_key)


@app.command("kucoin-key")
def kucoin_key_command(account: Account = None, url: Url = URL, as_json: AsJson = False) -> None:
    """Make a key for clients of KuCoin, of an account that is topped up to 10,000 USDT."""
    asked("/kucoin-key", url, body={"account": account}, as_json=as_json, told=_kucoin_key)


@app.command("fund")
def fund_command(
    account: Annotated[str, typer.Argument(help="an account's id, or an address 0x… of your own")],
    amount: Annotated[str, typer.Option(help="how much, in whole units of the asset")] = "10000",
    asset: Annotated[str, typer.Option(help="which asset")] = "USDC",
    url: Url = URL,
    as_json: AsJson = False,
) -> None:
    """Bring play money in; an address that nobody has yet is registered by this, and by nothing else."""

    def told(found: dict[str, Any]) -> list[str]:
        return [f"{amount} {asset} are in the wallet of account {found['account']}"]

    body = {"account": account, "amount": amount, "asset": asset}
    asked("/fund", url, body=body, as_json=as_json, told=told)


@app.command("clock")
def clock_command(
    turn: Annotated[
        str, typer.Argument(help="advance, run or stand; or of the recording: pause, resume, speed or seek")
    ],
    value: Annotated[
        str | None,
        typer.Argument(help="by how long (8h), how fast (60), or to which moment of the recording"),
    ] = None,
    step: Annotated[
        str | None, typer.Option(help="how far apart prices are published while time is advanced")
    ] = None,
    url: Url = URL,
    as_json: AsJson = False,
) -> None:
    """Turn time: advance a virtual clock, let it run or stand; pause, resume, speed up or seek the recording.

    What clients sign keeps to the machine's time, whatever is done here.
    """
    from solvent.cli.sandbox import turning  # noqa: PLC0415 - keeps the other commands quick

    body = turning.clock_body(turn, value, step)
    asked("/clock", url, body=body, as_json=as_json, told=turning.clock_told)


@app.command("price")
def price_command(
    market: Market,
    to: Annotated[str | None, typer.Option(help="go to this price")] = None,
    by: Annotated[str | None, typer.Option(help="go by this part of it, such as -12%")] = None,
    over: Annotated[str, typer.Option(help="in a straight line over this long, such as 90s")] = "0s",
    hold: Annotated[bool, typer.Option("--hold", help="stay where it is")] = False,
    url: Url = URL,
    as_json: AsJson = False,
) -> None:
    """Let a price follow a script: set, ramp, crash or hold; without any, the recording again."""
    from solvent.cli.sandbox import turning  # noqa: PLC0415

    body = {"market": market, "moves": turning.moves_of(to, by, over, holds=hold)}
    asked("/script", url, body=body, as_json=as_json, told=turning.price_told)


# A rate below zero begins as a flag does.
@app.command("funding", context_settings={"ignore_unknown_options": True})
def funding_command(
    market: Market,
    rate: Annotated[
        str | None, typer.Argument(help="such as 0.05%; longs pay what is above zero; default its own again")
    ] = None,
    url: Url = URL,
    as_json: AsJson = False,
) -> None:
    """Let a market's funding be noted at another rate from its next moment on."""
    from solvent.cli.sandbox import turning  # noqa: PLC0415

    body = {"market": market, "rate": rate}
    asked("/funding", url, body=body, as_json=as_json, told=turning.funding_told)


def _hyperliquid_key(found: dict[str, Any]) -> list[str]:
    return [
        f"address      {found['address']}",
        f"private key  {found['private_key']}",
        f"account      {found['account']}",
        f"base URL     {found['base_url'] or _unspoken('hyperliquid')}",
    ]


def _kucoin_key(found: dict[str, Any]) -> list[str]:
    return [
        f"key         {found['key']}",
        f"secret      {found['secret']}",
        f"passphrase  {found['passphrase']}",
        f"account     {found['account']}",
        f"base URL    {found['base_url'] or _unspoken('kucoin')}",
    ]


def _unspoken(gateway: str) -> str:
    return f"none, as this venue does not speak it; serve it with --gateway {gateway}"
