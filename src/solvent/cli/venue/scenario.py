"""A scenario as it is written: a JSON file of a title, a start and steps, read whole before it is played."""

from collections.abc import Iterable
from hashlib import blake2b
from importlib.resources import files
from pathlib import Path
from typing import Any

from msgspec import Struct

from solvent import margin
from solvent.cli.exits import Complaint
from solvent.cli.venue.fields import Known, Reading, Step, moment
from solvent.dialects import parse_json
from solvent.margin import registry
from solvent.margin.parts import housed
from solvent.money import Asset, format_moment

FOLDER = files("solvent.cli") / "scenarios"
SHIPPED = ("a-bad-day.json", "three-models.json", "weth-sol-liquidation.json")
SIZE_MAX = 1_000_000


class Scenario(Struct, frozen=True, kw_only=True):
    """A whole scenario; `assets` are those that its markets count in, `digest` stands for its text."""

    title: str
    start_ms: int
    steps: tuple[Step, ...]
    assets: dict[str, Asset]
    digest: str


def shipped_names() -> list[str]:
    """Return the names of the scenarios that come along."""
    return [name.removesuffix(".json") for name in SHIPPED]


def text_of(name: str) -> bytes:
    """Return a shipped scenario by its name, or a file by its path.

    Errors: `Complaint` for a file that cannot be read.
    """
    return (FOLDER / f"{name}.json").read_bytes() if name in shipped_names() else _file(name)


def digest_of(text: bytes) -> str:
    """Return what a scenario is known by: the same text has the same."""
    return blake2b(text, digest_size=16).hexdigest()


def read_scenario(name: str, text: bytes, known: Known) -> Scenario:
    """Read a scenario for a venue that knows so much already.

    Errors: `Complaint` naming the step and the field; `DialectError` for what is no JSON.
    """
    found = parse_json(text)
    if not isinstance(found, dict):
        raise Complaint(f"SCENARIO {name!r} holds no JSON object; give one with title, start and steps")
    for field in found:
        if field not in ("title", "start", "steps"):
            raise Complaint(f"the scenario has an unknown field {field!r}; it has title, start and steps")
    title, start, steps = found.get("title"), found.get("start"), found.get("steps")
    if not isinstance(title, str) or not title:
        raise Complaint("the scenario's title is no text; give it one")
    if not isinstance(start, str) or (start_ms := moment(start)) is None:
        raise Complaint("the scenario's start is no moment; give one such as 2024-01-25T00:00Z")
    if start_ms < known.now_ms:
        now = format_moment(known.now_ms)
        raise Complaint(f"the scenario starts at {start}, and the venue is at {now}; give that or later")
    if not isinstance(steps, list) or not steps:
        raise Complaint("the scenario's steps are no list with something in it; give at least one step")
    read = Reading(start_ms, _assets(steps), known)
    told = tuple(read.step(number, step) for number, step in enumerate(steps, start=1))
    return Scenario(title=title, start_ms=start_ms, steps=told, assets=read.assets, digest=digest_of(text))


def _file(name: str) -> bytes:
    try:
        with Path(name).open("rb") as stream:
            text = stream.read(SIZE_MAX + 1)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise Complaint(
            f"SCENARIO {name!r} cannot be read: {why}; give a file, or one of {', '.join(shipped_names())}"
        ) from error
    if len(text) > SIZE_MAX:
        raise Complaint(f"SCENARIO {name!r} is too large; give at most {SIZE_MAX:,} bytes of JSON")
    return text


def _assets(steps: Iterable[Any]) -> dict[str, Asset]:
    """Return the assets of every market that the scenario creates; a bad preset is complained of later."""
    found: dict[str, Asset] = {}
    for step in steps:
        preset = step.get("preset", step.get("market")) if isinstance(step, dict) else None
        if isinstance(preset, str) and step.get("do") == "create_market" and preset in margin.presets():
            market = margin.preset(preset)
            for asset in housed(registry.of(market)).wallet_assets(market):
                found.setdefault(asset.symbol, asset)
    return found
