"""Write docs/reference/ from the code, or say which of its pages are stale.

    python -m scripts.reference           write every page anew, then the examples in the other pages
    python -m scripts.reference --check   exit 1 with the names of stale pages

Nothing here names a command, a model or a refusal: pages follow the command line's own parameters, the
registry and `__all__`. No terminal is asked, so its width and colours change nothing.
"""

import ast
import enum
import inspect
import re
import subprocess
import sys
import textwrap
import typing
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import typer
from scripts.api_pages import service_page
from scripts.engine_pages import accounts_page, commands_page, events_page
from scripts.gateway_pages import gateways_page
from scripts.markdown import escaped, fenced, prose, slug, table

from solvent import margin, money
from solvent.api import problems
from solvent.cli.app import app
from solvent.cli.exits import MEANINGS
from solvent.engine import REFUSALS as ENGINE_REFUSALS
from solvent.margin import InputField, Model, RefusalNote, registry
from solvent.money import Amount, Asset, Ratio
from solvent.runtime import settings_table

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "reference"
MADE = "<!-- Made by `make docs` from the code; do not edit. -->"
SIGNATURE_WIDTH = 100
DEFAULT_IN_HELP = re.compile(r"\s*\[default: (.*)\]$")
# A model's constants that have a page of their own.
ELSEWHERE = {
    "ACTION_FIELDS": "fields.md",
    "BOOK_FIELDS": "fields.md",
    "PRESETS": "markets.md",
    "REFUSALS": "refusals.md",
}
CLI_INTRODUCTION = """\
Every command takes `-h` or `--help`. Numbers are exact decimals; `1000.50` and `1,000.50` are the same.
With `--json` every amount and price is a decimal string, never a JSON number."""
SETTINGS_INTRODUCTION = """\
The settings of a venue's process, from the weakest source to the strongest: the default, a TOML file with
these names, the environment, the flag `--set NAME=VALUE`. `solvent settings` shows the values in force and
where each came from; `--config FILE` or `SOLVENT_CONFIG` names the file. No other name is accepted."""
REFUSALS_INTRODUCTION = """\
A refused action changes nothing. Codes are append-only, each has one cause, and a model checks in the order
of its table: the first cause that applies is the one that is told. The sentence that comes with a code
carries the numbers; `accepted` is the amount that would pass instead."""
FIELDS_INTRODUCTION = """\
What books and actions are read from, as text: by `margin.book(market, name=…)` and `margin.action(book,
verb, name=…)` with these names, by `solvent calc` as flags with dashes, and from JSON files with these
names. A field without a default is required."""
MARKETS_INTRODUCTION = """\
`solvent presets` lists them, `margin.preset(NAME)` returns one, `solvent calc MODEL --market NAME` uses
one. A market is a value: `msgspec.structs.replace(market, …)` makes another. Parameters are in the units
that the model counts in, as its text says."""
# What Struct, StrEnum and exceptions bring along is not repeated for each class.
INHERITED_NAMES = {"model", "verb"}


def main(arguments: list[str]) -> int:
    """Write or check every page."""
    found = pages()
    if arguments == ["--check"]:
        stale = sorted(_stale(found))
        print("\n".join(stale) if stale else f"reference: {len(found)} pages fit the code")
        return 1 if stale else 0
    if arguments:
        sys.exit(f"reference: unknown arguments {' '.join(arguments)}; use --check or none")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in FOLDER.glob("*.md"):
        if path.name not in found:
            path.unlink()
    for name, text in found.items():
        (FOLDER / name).write_text(text, "utf-8")
    print(f"docs/reference: {len(found)} pages")
    return subprocess.run([sys.executable, str(ROOT / "scripts" / "examples.py")], check=False).returncode


def pages() -> dict[str, str]:
    """Return the text of every page by its file name."""
    models = [registry.by_name(name) for name in registry.names()]
    found = {
        "accounts.md": accounts_page(),
        "api.md": service_page(),
        "cli.md": cli_page(),
        "commands.md": commands_page(),
        "events.md": events_page(),
        "fields.md": fields_page(models),
        "gateways.md": gateways_page(),
        "margin.md": margin_page(models),
        "markets.md": markets_page(models),
        "money.md": api_page("money", money),
        "refusals.md": refusals_page(models),
        "settings.md": settings_page(),
    }
    for model in models:
        found[model_page_name(model)] = model_page(model)
    return {name: f"{MADE}\n\n{text.rstrip()}\n" for name, text in found.items()}


def _stale(found: Mapping[str, str]) -> Iterator[str]:
    """Yield each page that is missing, differs, or has no source any more."""
    present = {path.name for path in FOLDER.glob("*.md")}
    for name in present - set(found):
        yield f"docs/reference/{name}: nothing makes it any more; run `make docs`"
    for name, text in found.items():
        if name not in present:
            yield f"docs/reference/{name}: missing; run `make docs`"
        elif (FOLDER / name).read_text("utf-8") != text:
            yield f"docs/reference/{name}: stale; run `make docs`"


# The command line.


def cli_page() -> str:
    """Return every command with its flags, and the exit codes."""
    parts = [
        "# The command line",
        "",
        CLI_INTRODUCTION,
        "",
        "## Exit codes",
        "",
        *table(("code", "meaning"), [(str(int(code)), meaning) for code, meaning in MEANINGS.items()]),
    ]
    for path, command in commands():
        parts += ["", f"## {path}", "", plain_help(command.help or ""), *_parameters(path, command)]
    return "\n".join(parts)


def commands() -> list[tuple[str, Any]]:
    """Return every command as (path as typed, command), parents first."""
    return list(_walk("solvent", typer.main.get_command(app)))


def _walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from _walk(f"{path} {name}", child)


def plain_help(text: str) -> str:
    """Return help as Markdown paragraphs."""
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _parameters(path: str, command: Any) -> list[str]:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option"]
    children = " COMMAND" if getattr(command, "commands", {}) else ""
    words = "".join(f" [{one.name.upper()}]…" for one in arguments)
    lines = ["", "```text", f"{path}{' [OPTIONS]' if options else ''}{children}{words}", "```"]
    if arguments:
        rows = [(one.name.upper(), plain_help(one.help or "")) for one in arguments]
        lines += ["", *table(("argument", "meaning"), rows)]
    panels: dict[str, list[Any]] = {}
    for one in options:
        panels.setdefault(getattr(one, "rich_help_panel", None) or "", []).append(one)
    for panel, members in panels.items():
        title = [f"**{panel}**", ""] if panel else []
        lines += ["", *title, *table(("flag", "value", "meaning", "default"), map(_flag_row, members))]
    return lines


def _flag_row(option: Any) -> tuple[str, ...]:
    text = plain_help(option.help or "")
    stated = DEFAULT_IN_HELP.search(text)
    flags = ", ".join(f"`{flag}`" for flag in [*option.opts, *option.secondary_opts])
    return (
        flags,
        _value_of(option),
        escaped(DEFAULT_IN_HELP.sub("", text)),
        f"`{stated.group(1)}`" if stated else "",
    )


def _value_of(option: Any) -> str:
    if option.is_flag:
        return ""
    low, high = getattr(option.type, "min", None), getattr(option.type, "max", None)
    if low is not None and high is not None:
        return f"{low} to {high}"
    return "path" if "path" in type(option.type).__name__.lower() else "text"


def settings_page() -> str:
    """Return the table of the settings."""
    rows = [
        (
            f"`{row.name}`",
            f"`{row.default}`",
            escaped(row.meaning),
            escaped(row.accepted),
            f"`{row.variable}`",
        )
        for row in settings_table()
    ]
    head = ("setting", "default", "meaning", "accepted", "in the environment")
    return "\n".join(["# Settings", "", SETTINGS_INTRODUCTION, "", *table(head, rows)])


# What the models say of themselves.


def titled(model: Model) -> str:
    """Return a model's title as a sentence."""
    return f"{model.TITLE[:1].upper()}{model.TITLE[1:]}."


def refusals_page(models: list[Model]) -> str:
    """Return every model's refusal codes in the order of its checks."""
    parts = [
        "# Refusals",
        "",
        REFUSALS_INTRODUCTION,
    ]
    for model in models:
        rows = [
            (str(place), f"`{note.code}`", escaped(note.when), escaped(note.accepted))
            for place, note in enumerate(model.REFUSALS, start=1)
        ]
        parts += ["", f"## {model.NAME}", "", titled(model), ""]
        parts += table(("", "code", "when", "what would be accepted"), rows)
    parts += ["", "## The engine", "", "What a venue checks around the models, whatever the market.", ""]
    parts += table(("code", "when", "what would be accepted"), [_noted(note) for note in ENGINE_REFUSALS])
    parts += [
        "",
        "## The service",
        "",
        "What is told over HTTP before the engine is asked, with its status.",
        "",
    ]
    served = [(*_noted(note), str(problems.STATUS[problems.Code(note.code)])) for note in problems.REFUSALS]
    parts += table(("code", "when", "what would be accepted", "status"), served)
    return "\n".join(parts)


def _noted(note: RefusalNote) -> tuple[str, str, str]:
    return f"`{note.code}`", escaped(note.when), escaped(note.accepted)


def fields_page(models: list[Model]) -> str:
    """Return what every model's books and actions are read from."""
    parts = [
        "# Fields",
        "",
        FIELDS_INTRODUCTION,
    ]
    for model in models:
        parts += ["", f"## {model.NAME}", "", titled(model), "", "### Books"]
        parts += ["", *_fields_table(model.BOOK_FIELDS)]
        for verb, fields in model.ACTION_FIELDS.items():
            parts += ["", f"### `{verb.value}`", ""]
            parts += _fields_table(fields) if fields else ["No fields."]
    return "\n".join(parts)


def _fields_table(fields: tuple[InputField, ...]) -> list[str]:
    return table(
        ("field", "meaning", "default"),
        [(f"`{one.name}`", escaped(one.help), _default_of(one)) for one in fields],
    )


def _default_of(field: InputField) -> str:
    if field.default is None:
        return "required"
    return f"`{field.default}`" if field.default else ""


def markets_page(models: list[Model]) -> str:
    """Return every preset with its parameters."""
    parts = [
        "# Ready-made markets",
        "",
        MARKETS_INTRODUCTION,
    ]
    for model in models:
        markets = dict(model.PRESETS)
        parts += ["", f"## {model.NAME}", "", titled(model)]
        rows = [(f"[{name}](#{slug(name)})", escaped(in_short(one))) for name, one in markets.items()]
        parts += ["", *table(("market", "in short"), rows)]
        parts += _parameter_tables(markets)
    return "\n".join(parts)


def in_short(market: Any) -> str:
    """Return a market's own line about itself; not every model's market has one."""
    return str(getattr(market, "summary", "see its parameters"))


def _parameter_tables(markets: Mapping[str, Any]) -> list[str]:
    flat = {name: dict(flattened(market)) for name, market in markets.items()}
    first = next(iter(flat.values()))
    shared = {
        key
        for key, value in first.items()
        if len(flat) > 1 and all(one.get(key) == value for one in flat.values())
    }
    kinds = sorted({type(market) for market in markets.values()}, key=lambda kind: kind.__name__)
    lines = [line for kind in kinds for line in ["", *described(kind)]]
    first_market = next(iter(markets.values()))
    if shared:
        lines += ["", "The same in each of these markets:", "", *_parameter_table(first_market, shared)]
    for name, market in markets.items():
        lines += ["", f"### {name}", "", *_parameter_table(market, set(flat[name]) - shared)]
    return lines


def _parameter_table(market: Any, names: AbstractSet[str]) -> list[str]:
    """Return the named parameters, and below them those that are tables themselves."""
    rows = [(f"`{name}`", text) for name, text in flattened(market) if name in names]
    lines = table(("parameter", "value"), rows)
    for name in market.__struct_fields__:
        value = getattr(market, name)
        if name in names and has_rows(value):
            cells = [[text for _, text in flattened(row)] for row in value]
            lines += ["", f"`{name}`:", "", *table([one for one, _ in flattened(value[0])], cells)]
    return lines


def flattened(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield a market's parameters as (dotted name, text), nested values field by field."""
    for name in value.__struct_fields__:
        one = getattr(value, name)
        if hasattr(one, "__struct_fields__") and not isinstance(one, Ratio | Amount | Asset):
            yield from flattened(one, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", escaped(value_text(one))


def has_rows(value: Any) -> bool:
    """Tell whether a value is a list of values with fields."""
    is_list = isinstance(value, tuple) and bool(value)
    return is_list and hasattr(value[0], "__struct_fields__") and not isinstance(value[0], Ratio | Amount)


def value_text(value: Any) -> str:
    """Return one parameter exactly; a ratio as a decimal where it has one."""
    if isinstance(value, Ratio):
        lowest = value.fraction
        rest = lowest.denominator
        for prime in (2, 5):
            while rest % prime == 0:
                rest //= prime
        return str(value) if rest == 1 else f"{lowest.numerator}/{lowest.denominator}"
    if isinstance(value, Asset):
        return f"{value.symbol}, {value.decimals} decimals"
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if has_rows(value):
        return f"{len(value)}, listed below"
    if isinstance(value, tuple):
        return "; ".join(value_text(one) for one in value) or "none"
    return "none" if value is None else str(value)


# The library's names.


def margin_page(models: list[Model]) -> str:
    """Return the face of the margin library."""
    names = {model.NAME for model in models}
    links = [f"* [{model.NAME}]({model_page_name(model)}): {model.TITLE}" for model in models]
    return "\n".join([api_page("margin", margin, without=names), "", "## Models", "", *links])


def model_page_name(model: Model) -> str:
    """Return the file name of a model's own page."""
    return f"model-{model.NAME.replace('_', '-')}.md"


def model_page(model: Model) -> str:
    """Return one model's own values and formulas."""
    assert isinstance(model, ModuleType), model
    return api_page(f"margin.{model.NAME}", model)


def api_page(name: str, module: ModuleType, *, without: AbstractSet[str] = frozenset()) -> str:
    """Return each name of a module's `__all__`: signature and docstring, grouped by what it is."""
    groups: dict[str, list[str]] = {"Functions": [], "Values": [], "Errors": [], "Constants": []}
    for one in module.__all__:
        if one not in without:
            value = getattr(module, one)
            groups[group_of(value)] += ["", f"### {one}", "", *entry(one, value)]
    parts = [f"# solvent.{name}", "", *prose(inspect.getdoc(module) or "")]
    for title, lines in groups.items():
        if lines:
            parts += ["", f"## {title}", *lines]
    return "\n".join(parts)


def group_of(value: Any) -> str:
    """Say under which heading a name stands."""
    if inspect.isclass(value):
        return "Errors" if issubclass(value, Exception) else "Values"
    if inspect.isfunction(value):
        return "Functions"
    is_type = isinstance(value, typing.NewType) or typing.get_origin(value) is not None
    return "Values" if is_type else "Constants"


def entry(name: str, value: Any) -> list[str]:
    """Return the signature and docstring of one name."""
    if inspect.isclass(value):
        return [*fenced(class_lines(value)), "", *described(value)]
    if inspect.isfunction(value):
        return [*fenced(function_lines(value)), "", *described(value)]
    if isinstance(value, typing.NewType):
        return [f"A `{value.__supertype__.__name__}` that the type checker keeps apart."]
    if typing.get_origin(value) is not None:
        return [f"Any of {', '.join(f'`{short(repr_of_type(one))}`' for one in typing.get_args(value))}."]
    if name in ELSEWHERE:
        return [f"See [{ELSEWHERE[name]}]({ELSEWHERE[name]})."]
    if isinstance(value, frozenset) and value:  # whose own order follows addresses in memory
        return [f"`frozenset({{{', '.join(sorted(map(repr, value)))}}})`"]
    return [f"`{value!r}`"]


def repr_of_type(value: Any) -> str:
    """Return a type's name as one would write it."""
    return value.__name__ if inspect.isclass(value) else str(value)


def described(value: Any) -> list[str]:
    """Return the docstring as Markdown; nothing where there is none of its own."""
    return prose(textwrap.dedent(inspect.cleandoc(value.__doc__ or "")))


def function_lines(function: Callable[..., Any]) -> list[str]:
    """Return a function's signature as written, one parameter a line where it is long."""
    node = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(node, ast.FunctionDef), node
    return signature_lines(node, defaults_of(function))


def defaults_of(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the default of each parameter that has one."""
    parameters = inspect.signature(function).parameters.values()
    return {one.name: one.default for one in parameters if one.default is not inspect.Parameter.empty}


def signature_lines(node: ast.FunctionDef, defaults: Mapping[str, Any]) -> list[str]:
    """Return `name(…) → …` from the syntax tree: annotations read as they were written."""
    words = parameter_words(node.args, defaults)
    if words and words[0] in ("self", "cls"):
        words = words[1:]
    returned = f" -> {short(ast.unparse(node.returns))}" if node.returns else ""
    line = f"{node.name}({', '.join(words)}){returned}"
    if len(line) <= SIGNATURE_WIDTH:
        return [line]
    return [f"{node.name}(", *(f"    {word}," for word in words), f"){returned}"]


def parameter_words(arguments: ast.arguments, defaults: Mapping[str, Any]) -> list[str]:
    """Return each parameter with its annotation and default, and the bare star."""
    words = [_parameter(one, defaults) for one in [*arguments.posonlyargs, *arguments.args]]
    if arguments.vararg:
        words.append(f"*{_parameter(arguments.vararg, defaults)}")
    elif arguments.kwonlyargs:
        words.append("*")
    words += [_parameter(one, defaults) for one in arguments.kwonlyargs]
    if arguments.kwarg:
        words.append(f"**{_parameter(arguments.kwarg, defaults)}")
    return words


def _parameter(argument: ast.arg, defaults: Mapping[str, Any]) -> str:
    annotated = f": {short(ast.unparse(argument.annotation))}" if argument.annotation else ""
    if argument.arg not in defaults:
        return argument.arg + annotated
    return f"{argument.arg}{annotated} = {default_text(defaults[argument.arg])}"


def default_text(value: Any) -> str:
    """Return a default as one would write it."""
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    return f'"{value}"' if isinstance(value, str) else repr(value)


def class_lines(kind: type) -> list[str]:
    """Return a class's fields or members, then its public methods and properties, as written."""
    node = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
    assert isinstance(node, ast.ClassDef), node
    lines = [f"class {kind.__name__}{'  # keyword arguments only' if takes_keywords_only(kind) else ''}"]
    for member in node.body:
        if isinstance(member, ast.AnnAssign | ast.Assign):
            lines += _field_lines(member)
        elif isinstance(member, ast.FunctionDef):
            lines += _method_lines(kind, member)
    return lines


def takes_keywords_only(kind: type) -> bool:
    """Tell whether a Struct is made from keyword arguments alone."""
    if not issubclass(kind, msgspec.Struct):
        return False
    parameters = list(inspect.signature(kind).parameters.values())
    return bool(parameters) and parameters[0].kind is inspect.Parameter.KEYWORD_ONLY


def _field_lines(member: ast.AnnAssign | ast.Assign) -> list[str]:
    target = member.target if isinstance(member, ast.AnnAssign) else member.targets[0]
    name = ast.unparse(target)
    if name.startswith("_") or name in INHERITED_NAMES:
        return []
    annotated = f": {short(ast.unparse(member.annotation))}" if isinstance(member, ast.AnnAssign) else ""
    assigned = f" = {unqualified(ast.unparse(member.value))}" if member.value is not None else ""
    return [f"    {name}{annotated}{assigned}"]


def _method_lines(kind: type, member: ast.FunctionDef) -> list[str]:
    if member.name.startswith("_") and member.name != "__getitem__":
        return []
    if any(ast.unparse(one) == "property" for one in member.decorator_list):
        returned = f": {short(ast.unparse(member.returns))}" if member.returns else ""
        return [f"    {member.name}{returned}  # property"]
    method = getattr(kind, member.name)
    return [f"    {line}" for line in signature_lines(member, defaults_of(method))]


def short(annotation: str) -> str:
    """Return an annotation without the modules and quotes in it."""
    return unqualified(annotation).replace('"', "").replace("'", "")


def unqualified(text: str) -> str:
    """Return source text with `Name` for `some.module.Name`."""
    return re.sub(r"\b(?:_?[a-z]\w*\.)+(?=[A-Z_])", "", text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
