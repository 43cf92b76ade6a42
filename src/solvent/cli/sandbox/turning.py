"""`solvent sandbox clock`, `price` and `funding`: what they ask of the sandbox, and what they print."""

from collections.abc import Mapping
from typing import Any

from solvent.cli.exits import Complaint
from solvent.cli.sandbox.durations import duration_ms
from solvent.money import format_moment, parse_moment

# What a turn of the clock needs beside its name, and what that is called on the way.
NEEDS: Mapping[str, str] = {"advance": "by_ms", "run": "speed", "speed": "speed", "seek": "recording_ms"}
TURNS = ("pause", "resume", "stand", *NEEDS)


def clock_body(turn: str, value: str | None, step: str | None) -> dict[str, Any]:
    """Return what a turn of the clock asks for.

    Errors: `Complaint` for an unknown turn, a value too many or too few, and one that cannot be read.
    """
    if turn not in TURNS:
        raise Complaint(f"the clock cannot {turn!r}; it can {', '.join(sorted(TURNS))}")
    if (turn in NEEDS) != (value is not None):
        raise Complaint(f"{turn} {'needs a value behind it' if turn in NEEDS else 'takes no value'}")
    body: dict[str, Any] = {"op": turn}
    match turn, value:
        case "advance", str(text):
            body["by_ms"] = duration_ms(text, "advance")
        case "seek", str(text):
            body["recording_ms"] = parse_moment(text)
        case _, str(text):
            body["speed"] = text
    if step is not None:
        body["step_ms"] = duration_ms(step, "--step")
    return body


def clock_told(found: dict[str, Any]) -> list[str]:
    """Tell how time and prices go on."""
    clock, runs_at = found["clock"], found["runs_at"]
    if not clock["is_virtual"]:
        passing = "passes by itself"
    else:
        passing = "stands still" if runs_at is None else f"runs {runs_at} times as fast as the machine's"
    told = [f"the venue's time is {format_moment(clock['now_ms'])} and {passing}"]
    for feed in found["feeds"]:
        paused = ", paused" if feed["is_paused"] else ""
        told.append(f"{feed['symbol']} {feed['price']} USD ({feed['kind']}{paused})")
    return told


def moves_of(to: str | None, by: str | None, over: str, *, holds: bool) -> list[dict[str, Any]]:
    """Return the one move of a price; none to let it follow the recording again.

    Errors: `Complaint` for more than one aim, and for a while without one.
    """
    if sum((to is not None, by is not None, holds)) > 1:
        raise Complaint("give one of --to, --by and --hold")
    over_ms = duration_ms(over, "--over")
    if to is None and by is None:
        if over_ms:
            raise Complaint("--over needs --to or --by, to say where the price goes")
        return [{}] if holds else []
    aim = {"to": to} if to is not None else {"by": by}
    return [{**aim, "over_ms": over_ms}]


def price_told(found: dict[str, Any]) -> list[str]:
    """Tell what moves."""
    return [f"{found['symbol']} costs {found['price']} USD, in {', '.join(found['markets'])}"]


def funding_told(found: dict[str, Any]) -> list[str]:
    """Tell the rates that were set."""
    return [f"{market} is funded at {rate}" for market, rate in found["rates"].items()] or [
        "every market is funded at its own rate"
    ]
