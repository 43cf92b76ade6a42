"""`solvent calc MODEL`: here are my numbers; how much can I take out, what binds it, what if."""

import inspect
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer
from msgspec import Struct
from rich.text import Text

from solvent import margin
from solvent.cli import jsonable, pasted, render
from solvent.cli.exits import Exit
from solvent.cli.pasted import Subject
from solvent.dialects import Json, parse_json
from solvent.margin import InputRefused, Model, Preview, Refused, Unreachable, Verb, registry
from solvent.money import Ratio

app = typer.Typer(no_args_is_help=True, help="How much can come out of my position, why, and what is left.")

FILE_SIZE_MAX = 1_000_000


class Asked(Struct, frozen=True, kw_only=True):
    """What one call of `calc` asks of one book: at most one action, any number of targets."""

    subject: Subject
    book: Any
    action: Any | None
    label: str
    targets: tuple[tuple[str, margin.Target], ...]
    verb: Verb
    tolerance: Ratio


def command_name(model: Model) -> str:
    """Return a model's name as a command: `risk-limit`."""
    return model.NAME.replace("_", "-")


def action_options(model: Model) -> dict[str, Verb]:
    """Return the flags that ask for one action: a verb each, its value the verb's first field."""
    return {verb.value: verb for verb, fields in model.ACTION_FIELDS.items() if fields}


def make_command(model: Model) -> Callable[..., None]:
    """Return the command of one model, with a flag for each field that its books are read from."""

    def command(**given: Any) -> None:
        raise typer.Exit(run(model, given))

    parameters = _parameters(model)
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    command.__doc__ = (
        f"{model.TITLE[:1].upper()}{model.TITLE[1:]}.\n\n"
        "Give the position by flags, by --file FILE.json or on standard input (--file -): the same names "
        "with underscores, or a position object of the venue pasted as it is."
    )
    return command


def _parameters(model: Model) -> list[inspect.Parameter]:
    found = [_option("market", "a ready-made market, see `solvent presets`", "Position")]
    found.append(_option("file", "read the position from a JSON file, or - for standard input", "Position"))
    found.extend(_option(field.name, _help(field), "Position") for field in model.BOOK_FIELDS)
    for name, verb in action_options(model).items():
        first = model.ACTION_FIELDS[verb][0]
        found.append(_option(name, f"what if: {name.replace('_', ' ')}, {first.help}", "What if"))
    found.append(_option("to_leverage", "how much to take until this leverage", "Targets"))
    found.append(_option("to_liquidation_price", "how much to take until this liquidation price", "Targets"))
    found.append(_option("survive", "how much to take and still survive this move, such as -25%", "Targets"))
    found.append(_option("verb", "what the targets take: take, or borrow where it exists", "Targets"))
    found.append(_option("feed", f"the price that --survive moves: {' or '.join(model.FEEDS)}", "Targets"))
    found.append(_option("tolerance", "how far the price may move under a preview; default 0.5%", "What if"))
    found.append(
        inspect.Parameter(
            "as_json",
            inspect.Parameter.KEYWORD_ONLY,
            default=False,
            annotation=Annotated[bool, typer.Option("--json", help="print JSON instead of tables")],
        )
    )
    return found


def _help(field: margin.InputField) -> str:
    return f"{field.help} [default: {field.default}]" if field.default else field.help


def _option(name: str, text: str, panel: str) -> inspect.Parameter:
    flag = "--" + name.replace("_", "-")
    return inspect.Parameter(
        f"given_{name}",
        inspect.Parameter.KEYWORD_ONLY,
        default=None,
        annotation=Annotated[str | None, typer.Option(flag, help=text, rich_help_panel=panel)],
    )


def run(model: Model, given: Mapping[str, Any]) -> int:
    """Answer one call; returns the exit code."""
    flags = {name.removeprefix("given_"): text for name, text in given.items() if isinstance(text, str)}
    asked = [_asked(model, flags, subject) for subject in _books(model, flags)]
    answers = [_answer(one) for one in asked]
    if given["as_json"]:
        plain = [_as_json(one, answer) for one, answer in zip(asked, answers, strict=True)]
        print(jsonable.dumps(plain[0] if len(plain) == 1 else plain))
    else:
        for one, answer in zip(asked, answers, strict=True):
            _print(one, answer)
    return max(answer.exit_code for answer in answers)


def _books(model: Model, flags: Mapping[str, str]) -> list[Subject]:
    """Return the books asked about: from flags and a plain file, or from a venue's pasted object."""
    payload = read_json(flags["file"]) if "file" in flags else {}
    fields = {field.name: flags[field.name] for field in model.BOOK_FIELDS if field.name in flags}
    found = pasted.read(payload)
    if found:
        _refuse_market_flags(fields, flags)
        _refuse_other_model(model, found)
        return found
    if not isinstance(payload, dict):
        raise InputRefused(name="file", found=type(payload).__name__, accepted="a JSON object of fields")
    merged = {name: _as_text(name, value) for name, value in payload.items()} | fields
    named = merged.pop("market", "")
    name = flags.get("market") or named or next(iter(model.PRESETS))
    return [Subject(name=name, book=model.read_book(_market(model, name), merged))]


def _refuse_other_model(model: Model, found: list[Subject]) -> None:
    other = registry.of(found[0].book)
    if other.NAME != model.NAME:
        raise InputRefused(
            name="file",
            found=f"a position of the model {other.NAME}",
            accepted=f"it to `solvent calc {command_name(other)}`",
        )


def _refuse_market_flags(fields: Mapping[str, str], flags: Mapping[str, str]) -> None:
    """A pasted position brings its own numbers: a flag beside it would be silently lost."""
    clashing = [*fields, *(["market"] if "market" in flags else [])]
    if clashing:
        raise InputRefused(
            name="--" + clashing[0].replace("_", "-"),
            found=flags[clashing[0]],
            accepted="no position flags beside a pasted position; edit the pasted object instead",
        )


def _market(model: Model, name: str) -> Any:
    if name not in model.PRESETS:
        raise InputRefused(name="market", found=name, accepted="one of " + ", ".join(model.PRESETS))
    return model.PRESETS[name]


def _as_text(name: str, value: object) -> str:
    """Return a JSON value as the text that a flag would have; numbers keep every digit."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return str(value)
    if value is None:
        return "none"
    raise InputRefused(name=name, found=type(value).__name__, accepted="text or a number")


def read_json(path: str) -> Json:
    """Read JSON with exact decimals from a file, or from standard input for `-`.

    Errors: `InputRefused` for a file that cannot be read or is too large, `DialectError` for bad JSON.
    """
    try:
        text = sys.stdin.read(FILE_SIZE_MAX + 1) if path == "-" else _limited(Path(path))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise InputRefused(
            name="file", found=path, accepted=f"a JSON file that can be read ({reason})"
        ) from error
    if len(text) > FILE_SIZE_MAX:
        raise InputRefused(name="file", found=path, accepted=f"at most {FILE_SIZE_MAX:,} characters")
    return parse_json(text)


def _limited(path: Path) -> str:
    with path.open(encoding="utf-8") as stream:
        return stream.read(FILE_SIZE_MAX + 1)


def _asked(model: Model, flags: Mapping[str, str], subject: Subject) -> Asked:
    book, action, label = subject.book, None, ""
    for option, verb in action_options(model).items():
        if option not in flags:
            continue
        if action is not None:
            raise InputRefused(name=f"--{option}", found=flags[option], accepted="one action at a time")
        field = model.ACTION_FIELDS[verb][0].name
        action, label = model.read_action(book, verb, {field: flags[option]}), f"{option} {flags[option]}"
    verb = margin.verb_of(flags.get("verb", Verb.TAKE.value))
    tolerance = Ratio.parse(flags.get("tolerance", "0.5%"), name="tolerance")
    if tolerance.num >= tolerance.den:
        raise InputRefused(name="tolerance", found=flags["tolerance"], accepted="less than 100 %")
    return Asked(
        subject=subject,
        book=book,
        action=action,
        label=label,
        targets=_targets(flags),
        verb=verb,
        tolerance=tolerance,
    )


def _targets(flags: Mapping[str, str]) -> tuple[tuple[str, margin.Target], ...]:
    found: list[tuple[str, margin.Target]] = []
    if "to_leverage" in flags:
        text = flags["to_leverage"].removesuffix("x")
        found.append(
            (f"until leverage {text}x", margin.Leverage(Ratio.parse_positive(text, name="to-leverage")))
        )
    if "to_liquidation_price" in flags:
        number, _, unit = flags["to_liquidation_price"].partition(" ")
        price = Ratio.parse_positive(number, name="to-liquidation-price")
        found.append((f"until liquidation at {number}", margin.LiquidationAt(price, unit)))
    if "survive" in flags:
        move = Ratio.parse(flags["survive"].replace("−", "-"), name="survive", signed=True)
        found.append((f"surviving {flags['survive']}", margin.Survive(move, flags.get("feed", ""))))
    return tuple(found)


class Answer(Struct, frozen=True, kw_only=True):
    """What the library said: the limits, the preview or refusal, an answer a target."""

    limits: margin.Limits
    preview: Preview[Any] | Refused | None
    solutions: tuple[margin.Solved | Unreachable, ...]

    @property
    def exit_code(self) -> int:
        """The exit code that this answer calls for."""
        unreachable = any(isinstance(solution, Unreachable) for solution in self.solutions)
        return Exit.REFUSED if isinstance(self.preview, Refused) or unreachable else Exit.OK


def _answer(asked: Asked) -> Answer:
    preview = None
    if asked.action is not None:
        preview = margin.preview(asked.book, asked.action, tolerance=asked.tolerance)
    return Answer(
        limits=margin.limits(asked.book),
        preview=preview,
        solutions=tuple(margin.solve(asked.book, target, verb=asked.verb) for _, target in asked.targets),
    )


def _as_json(asked: Asked, answer: Answer) -> dict[str, Any]:
    out: dict[str, Any] = {
        "model": registry.of(asked.book).NAME,
        "position": asked.subject.name,
        "headline": jsonable.headline(margin.headline(asked.book)),
        "now": jsonable.rows(margin.rows(asked.book)),
        "limits": jsonable.limits(answer.limits),
        "breach": margin.breach(asked.book),
    }
    if asked.subject.printed:
        out["printed_by_venue"] = {name: jsonable.plain(value) for name, value in asked.subject.printed}
    if asked.subject.remarks:
        out["remarks"] = list(asked.subject.remarks)
    if isinstance(answer.preview, Refused):
        out["preview"] = {"asked": asked.label} | jsonable.refused(answer.preview)
    elif answer.preview is not None:
        out["preview"] = {"asked": asked.label} | jsonable.preview(answer.preview)
    if answer.solutions:
        out["targets"] = [
            {"asked": label} | jsonable.solution(solution)
            for (label, _), solution in zip(asked.targets, answer.solutions, strict=True)
        ]
    return out


def _print(asked: Asked, answer: Answer) -> None:
    out = render.console()
    out.print(render.position_table(margin.rows(asked.book), title=f"{asked.subject.name} now"))
    breach = margin.breach(asked.book)
    if breach is not None:
        out.print(Text(f"⚠ This position is liquidatable ({breach}).", style="bold red"))
    for remark in asked.subject.remarks:
        out.print(Text(remark, style="dim"))
    out.print(render.limits_table(answer.limits))
    if isinstance(answer.preview, Refused):
        out.print(render.refusal_panel(answer.preview, asked=asked.label))
    elif answer.preview is not None:
        out.print(render.preview_table(answer.preview, title=f"{asked.label}: now → after"))
        out.print(render.guards_text(answer.preview))
    for (label, _), solution in zip(asked.targets, answer.solutions, strict=True):
        out.print(render.solution_panel(solution, asked=label))


for _name in registry.names():
    _model = registry.by_name(_name)
    app.command(command_name(_model), no_args_is_help=True)(make_command(_model))
