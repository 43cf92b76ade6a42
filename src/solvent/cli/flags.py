"""The flags of `solvent calc MODEL`, made from what the model says that it is read from."""

import inspect
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from msgspec import Struct

from solvent.cli.exits import Complaint
from solvent.margin import InputField, InputRefused, Model, Verb
from solvent.margin.wording import in_words
from solvent.money import NumberRefused

GIVEN = "given_"
WHOLE = "all"
MOST = "max"


class ActionFlag(Struct, frozen=True):
    """A flag that asks for one action and gives one of its fields."""

    name: str
    verb: Verb
    field: InputField
    is_first: bool


def flag(name: str) -> str:
    """Return a parameter's name as it is typed: `--to-leverage`."""
    return "--" + name.replace("_", "-")


def action_flags(model: Model) -> tuple[ActionFlag, ...]:
    """Return the flags of every verb: `--take` for its first field, `--close-limit` for the others.

    A verb whose name is a field of the book has its field behind the name from the first on.
    """
    taken = {field.name for field in model.BOOK_FIELDS}
    found = []
    for verb, fields in model.ACTION_FIELDS.items():
        for place, field in enumerate(fields):
            is_plain = place == 0 and verb.value not in taken
            name = verb.value if is_plain else f"{verb.value}_{field.name}"
            found.append(ActionFlag(name, verb, field, place == 0))
    return tuple(found)


def parameters(model: Model) -> list[inspect.Parameter]:
    """Return the parameters of a model's command."""
    feeds = " or ".join(model.FEEDS)
    found = [
        _option("market", "a ready-made market, see `solvent presets`", "Position"),
        _option("file", "read the position from a JSON file, or - for standard input", "Position"),
        *(_option(field.name, _help(field), "Position") for field in model.BOOK_FIELDS),
        *(_option(one.name, _action_help(one), "What if") for one in action_flags(model)),
        _option("tolerance", "how far the price may move under a preview (default 0.5%)", "What if"),
        _option("to_leverage", "how much to take until this leverage, such as 3", "Targets"),
        _option(
            "to_liquidation_price",
            'how much to take until this liquidation price, such as 52000, or with its unit "0.02 SOL/wETH"',
            "Targets",
        ),
        _option("survive", "how much to take and still survive this move, such as -25%", "Targets"),
        _option("verb", "by what to reach the targets: take, or borrow where there is one", "Targets"),
        _option("feed", f"the price that --survive moves: {feeds} (default {model.FEEDS[0]})", "Targets"),
    ]
    found.append(
        inspect.Parameter(
            "as_json",
            inspect.Parameter.KEYWORD_ONLY,
            default=False,
            annotation=Annotated[bool, typer.Option("--json", help="print JSON instead of tables")],
        )
    )
    return found


def _help(field: InputField) -> str:
    if field.default is None:
        return f"{field.help} (needed)"
    return f"{field.help} (default {field.default})" if field.default else field.help


def _action_help(one: ActionFlag) -> str:
    told = [f"{in_words(one.verb.value)}: {one.field.help}"]
    if one.field.name == "amount" and MOST not in one.field.help:
        told.append(f"or {MOST}")
    if one.is_first and one.field.default is not None and f"default {WHOLE}" in one.field.help:
        told.append(f"written {WHOLE}")
    return ", ".join(told)


def _option(name: str, text: str, panel: str) -> inspect.Parameter:
    return inspect.Parameter(
        f"{GIVEN}{name}",
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[list[str] | None, typer.Option(flag(name), help=text, rich_help_panel=panel)],
    )


def texts(given: Mapping[str, Any]) -> dict[str, str]:
    """Return what the flags of one call gave, by their names.

    Errors: `Complaint` for a flag that is given twice, as the last would win in silence, and for an empty
            one, as of a variable that is not set.
    """
    found = {}
    for key, values in given.items():
        if not key.startswith(GIVEN) or not values:
            continue
        name = key.removeprefix(GIVEN)
        if len(values) > 1:
            told = " and ".join(repr(text) for text in values)
            raise Complaint(f"{flag(name)} is given {len(values)} times, {told}; give it once")
        if not values[0].strip():
            raise Complaint(f"{flag(name)} {values[0]!r} is empty; give it a value or leave it out")
        found[name] = values[0]
    return found


@contextmanager
def naming(
    flags: Mapping[str, str], *, missing: Mapping[str, str] | None = None, source: str = ""
) -> Iterator[None]:
    """Let a complaint about a field name the flag that gave it (`flags`: field to flag).

    `missing` holds the flags that would give what was not given; a field without any flag is said to be
    in `source`, the file, where there is one.
    Errors: `Complaint` instead of the library's own.
    """
    try:
        yield
    except NumberRefused as error:
        name = flags.get(error.name, f"{source}{error.name}")
        renamed = NumberRefused(error.fault, name=name, found=error.found, accepted=error.accepted)
        raise Complaint(str(renamed)) from error
    except InputRefused as error:
        if error.found == "" and error.name not in flags:
            name = (missing or {}).get(error.name) or f"{source}{error.name}"
            raise Complaint(f"{name} is missing; give {error.accepted}") from error
        name = flags.get(error.name, f"{source}{error.name}")
        raise Complaint(str(InputRefused(name=name, found=error.found, accepted=error.accepted))) from error
