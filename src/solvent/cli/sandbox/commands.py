"""The sub-commands of `solvent sandbox` and their flags."""

from typing import Annotated, Any

import typer

app = typer.Typer(
    no_args_is_help=True,
    help="Turn a sandbox that is served: keys and play money for your bot, time, prices and faults.",
)

URL = "http://127.0.0.1:8420"
Url = Annotated[str, typer.Option(help="the address that `solvent serve` printed", envvar="SOLVENT_URL")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON instead of a sentence")]
Account = Annotated[
    str | None,
    typer.Option(help="an account's id, an address, or new (default the one that the terminal opens with)"),
]


@app.command("hyperliquid-key")
def hyperliquid_key_command(account: Account = None, url: Url = URL, as_json: AsJson = False) -> None:
    """Make a key for clients of Hyperliquid, bound to an account that is topped up to 10,000 USDC.

    It is printed this once and kept nowhere. It is worth nothing elsewhere: use no other key here.
    """
    _done("/hyperliquid-key", {"account": account}, url, as_json=as_json, told=_hyperliquid_key)


@app.command("kucoin-key")
def kucoin_key_command(account: Account = None, url: Url = URL, as_json: AsJson = False) -> None:
    """Make a key for clients of KuCoin, of an account that is topped up to 10,000 USDT."""
    _done("/kucoin-key", {"account": account}, url, as_json=as_json, told=_kucoin_key)


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
    _done("/fund", body, url, as_json=as_json, told=told)


def _hyperliquid_key(found: dict[str, Any]) -> list[str]:
    return [
        f"address      {found['address']}",
        f"private key  {found['private_key']}",
        f"account      {found['account']}",
        f"base URL     {found['base_url']}",
    ]


def _kucoin_key(found: dict[str, Any]) -> list[str]:
    return [
        f"key         {found['key']}",
        f"secret      {found['secret']}",
        f"passphrase  {found['passphrase']}",
        f"account     {found['account']}",
        f"base URL    {found['base_url']}",
    ]


def _done(path: str, body: dict[str, Any], url: str, *, as_json: bool, told: Any) -> None:
    from solvent.cli.sandbox.calling import run_call  # noqa: PLC0415 - keeps the other commands quick

    raise typer.Exit(run_call(path, body, url, as_json=as_json, told=told))
