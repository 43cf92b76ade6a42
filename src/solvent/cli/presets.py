"""`solvent presets`: the ready-made markets."""

from typing import Any

from msgspec.structs import asdict

from solvent.cli import jsonable, render
from solvent.margin import registry
from solvent.margin.wording import in_words, shown
from solvent.money import Amount, Asset, Ratio

PARAMETERS_SHOWN = 6


def run(*, as_json: bool) -> None:
    """Print every ready-made market by model."""
    if as_json:
        print(jsonable.dumps({name: _by_name(name) for name in registry.names()}))
        return
    out = render.console()
    for name in registry.names():
        model = registry.by_name(name)
        made = render.table(f"{name}: {model.TITLE}", ("market", "left"), ("in short", "left"))
        for preset, market in model.PRESETS.items():
            made.add_row(preset, _summary(market))
        out.print(made)
    out.print("Use one with `solvent calc MODEL --market NAME …` or `margin.preset(NAME)`.", style="dim")


def _by_name(name: str) -> dict[str, Any]:
    return {
        preset: {"summary": _summary(market)} | _plain(asdict(market))
        for preset, market in registry.by_name(name).PRESETS.items()
    }


def _summary(market: Any) -> str:
    """Return a market in one line: its own words, or its first few plain parameters."""
    if hasattr(market, "summary"):
        return str(market.summary)
    told = [
        f"{in_words(name)} {value.symbol if isinstance(value, Asset) else shown(value)}"
        for name, value in asdict(market).items()
        if name != "name" and isinstance(value, Asset | Ratio | str)
    ]
    return ", ".join(told[:PARAMETERS_SHOWN])


def _plain(value: Any) -> Any:
    """Return a market's parameters as JSON data, whatever its model."""
    if isinstance(value, Ratio | Amount):
        return jsonable.plain(value)
    if isinstance(value, Asset):
        return {"symbol": value.symbol, "decimals": value.decimals}
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if hasattr(value, "__struct_fields__"):
        return _plain(asdict(value))
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value
