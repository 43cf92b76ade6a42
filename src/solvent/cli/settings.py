"""`solvent settings`: every setting of a venue's process, its value in force, and where that came from."""

import os
from collections.abc import Iterable
from pathlib import Path

from solvent.cli import jsonable, render
from solvent.cli.exits import Complaint
from solvent.journal import shown
from solvent.runtime import Effective, SettingRefused, read_settings, setting_text, settings_table


def effective(config: Path | None, given: Iterable[str]) -> Effective:
    """Read the settings of a file, the environment, and `NAME=VALUE` as `--set` gives them.

    Errors: `Complaint` naming the source of what cannot be used.
    """
    flags: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise Complaint(f"--set {shown(text)!r} has no value; give NAME=VALUE")
        if name in flags:
            raise Complaint(
                f"--set {name} is given twice, {shown(flags[name])!r} and {shown(value)!r}; give it once"
            )
        flags[name] = value
    try:
        return read_settings(file=config, environment=os.environ, flags=flags)
    except SettingRefused as error:
        raise Complaint(str(error)) from error


def run_settings(config: Path | None, given: Iterable[str], *, as_json: bool) -> None:
    """Print every setting."""
    found = effective(config, given)
    values = {row.name: setting_text(row.name, getattr(found.settings, row.name)) for row in settings_table()}
    if as_json:
        rows = {
            row.name: {
                "value": values[row.name],
                "source": found.sources[row.name],
                "default": row.default,
                "accepted": row.accepted,
                "meaning": row.meaning,
                "variable": row.variable,
            }
            for row in settings_table()
        }
        print(jsonable.dumps(rows))
        return
    columns = ("setting", "value", "from", "meaning")
    made = render.table("Settings", *((column, "left") for column in columns))
    for row in settings_table():
        made.add_row(row.name, values[row.name], found.sources[row.name], row.meaning)
    render.console().print(made)
