"""Flags that every sub-command of `solvent sandbox` has, and the call that each of them ends in."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

URL = "http://127.0.0.1:8420"
Url = Annotated[str, typer.Option(help="the address that `solvent serve` printed", envvar="SOLVENT_URL")]
AsJson = Annotated[bool, typer.Option("--json", help="print JSON instead of sentences")]
Told = Callable[[dict[str, Any]], list[str]]


def asked(
    path: str,
    url: str,
    *,
    as_json: bool,
    told: Told,
    method: str = "POST",
    body: dict[str, Any] | None = None,
    query: dict[str, str] | None = None,
) -> None:
    """Call the control interface, print what came of it, and end the command."""
    from solvent.cli.sandbox.calling import Call, run_call  # noqa: PLC0415 - keeps the other commands quick

    call = Call(method=method, path=path, body=body or {}, query=query or {})
    raise typer.Exit(run_call(call, url, as_json=as_json, told=told))
