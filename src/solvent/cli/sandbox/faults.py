"""`solvent sandbox fault`: what is to go wrong, what did, and the same once more."""

from pathlib import Path
from typing import Annotated, Any

import typer

from solvent.cli.exits import Complaint
from solvent.cli.sandbox.flags import URL, AsJson, Url, asked
from solvent.runtime.sandbox.faults import Kind, Surface

PPM = 1_000_000

app = typer.Typer(
    no_args_is_help=True,
    help="Let requests go wrong on purpose, list and log what went wrong, and let the same go wrong again.",
)


@app.command("make")
def make_command(
    kind: Annotated[Kind, typer.Argument(help="what goes wrong")],
    surface: Annotated[Surface, typer.Option(help="where the requests come in")] = Surface.ANY,
    path: Annotated[str, typer.Option(help="their path behind a gateway's prefix; * is any letters")] = "*",
    action: Annotated[str | None, typer.Option(help="only this action of Hyperliquid")] = None,
    market: Annotated[
        str | None, typer.Option(help="whose prices get stale, or whose margin table changes")
    ] = None,
    tiers: Annotated[
        str | None, typer.Option(help="its other margin table, such as '0/20, 150000000/10'")
    ] = None,
    delay: Annotated[str | None, typer.Option(help="how long a delayed request waits, such as 2s")] = None,
    times: Annotated[int | None, typer.Option(help="how often it happens; default until taken back")] = None,
    during: Annotated[str | None, typer.Option("--for", help="for how long it happens, such as 60s")] = None,
    chance: Annotated[str | None, typer.Option(help="at which chance, such as 5%; default always")] = None,
    seed: Annotated[int, typer.Option(help="what the chance is drawn from")] = 0,
    url: Url = URL,
    as_json: AsJson = False,
) -> None:
    """Let something go wrong from now on."""
    from solvent.cli.sandbox.durations import duration_ms  # noqa: PLC0415 - keeps the other commands quick

    body = {
        "kind": kind.value,
        "surface": surface.value,
        "path": path,
        "action": action,
        "market": market,
        "tiers": tiers,
        "delay_ms": None if delay is None else duration_ms(delay, "--delay"),
        "times": times,
        "for_ms": None if during is None else duration_ms(during, "--for"),
        "chance_ppm": None if chance is None else _ppm(chance),
        "seed": seed,
    }

    def told(found: dict[str, Any]) -> list[str]:
        lasts = any(rule["kind"] == kind.value for rule in found["in_force"])
        return _in_force(found) if lasts else [f"{kind.value}: it has gone wrong, and is over"]

    asked("/faults", url, body=body, as_json=as_json, told=told)


@app.command("list")
def list_command(url: Url = URL, as_json: AsJson = False) -> None:
    """List what is to go wrong."""
    asked("/faults", url, method="GET", as_json=as_json, told=_in_force)


@app.command("clear")
def clear_command(
    number: Annotated[int | None, typer.Argument(help="which, by its number; default all")] = None,
    url: Url = URL,
    as_json: AsJson = False,
) -> None:
    """Take a fault back, or all of them; the log stays."""
    query = {} if number is None else {"number": str(number)}
    asked("/faults", url, method="DELETE", query=query, as_json=as_json, told=_in_force)


@app.command("log")
def log_command(url: Url = URL, as_json: AsJson = False) -> None:
    """Tell every fault that was made and each time it happened; with --json as `replay` takes it."""
    asked("/faults/log", url, method="GET", as_json=as_json, told=_logged)


@app.command("replay")
def replay_command(
    file: Annotated[Path, typer.Argument(help="a file that `solvent sandbox fault log --json` wrote")],
    url: Url = URL,
    as_json: AsJson = False,
) -> None:
    """Begin anew with a log's faults: each happens at exactly the requests at which it did.

    Requests are counted from here on, as they were from the making of each fault.
    """
    import msgspec  # noqa: PLC0415

    from solvent.runtime.sandbox.faults import Log  # noqa: PLC0415

    try:
        found = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
        found.pop("as_of", None)
        log = msgspec.convert(found, Log)
    except OSError as error:
        raise Complaint(f"{file} cannot be read: {error.strerror}") from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise Complaint(f"{file} is no log of faults: {error}; `fault log --json` writes one") from error
    asked("/faults/replay", url, body=msgspec.to_builtins(log), as_json=as_json, told=_in_force)


def _ppm(text: str) -> int:
    from solvent.money import Ratio  # noqa: PLC0415

    chance = Ratio.parse(text, name="--chance")
    if not Ratio(0, 1) <= chance <= Ratio(1, 1):
        raise Complaint(f"--chance is {text}; give 0% to 100%")
    return chance.num * PPM // chance.den


def _in_force(found: dict[str, Any]) -> list[str]:
    return [_told(rule) for rule in found["in_force"]] or ["nothing is to go wrong"]


def _logged(found: dict[str, Any]) -> list[str]:
    told = [_told(rule) for rule in found["rules"]]
    for fired in found["fired"]:
        which = f"{fired['method']} {fired['path']}" + (f" {fired['action']}" if fired["action"] else "")
        told.append(
            f"  {fired['kind']} ({fired['rule']}) at {fired['surface']} {which}, request {fired['met']}"
        )
    return told or ["nothing was to go wrong"]


def _told(rule: dict[str, Any]) -> str:
    where = rule["market"] or f"{rule['surface']} {rule['path']}"
    action = f" {rule['action']}" if rule["action"] else ""
    often = f", {rule['times']} times" if rule["times"] else ""
    during = f", for {rule['for_ms']} ms" if rule["for_ms"] else ""
    return f"{rule['id']}: {rule['kind']} at {where}{action}{often}{during}"
