"""`solvent calc MODEL`: here are my numbers; how much can I take out, what binds it, what if."""

import inspect
import sys
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import typer
from msgspec import Struct
from rich.text import Text

from solvent import margin
from solvent.cli import examples, flags, jsonable, pasted, render
from solvent.cli.exits import Complaint, Exit
from solvent.cli.flags import ActionFlag, action_flags, flag, naming
from solvent.cli.pasted import Subject
from solvent.dialects import Json, parse_json
from solvent.margin import InputRefused, Limits, Model, Preview, Refused, Unreachable, Verb, registry
from solvent.money import Amount, Ratio

app = typer.Typer(no_args_is_help=True, help="How much can come out of my position, why, and what is left.")

FILE_SIZE_MAX = 1_000_000
TOLERANCE_DEFAULT = "0.5%"


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


def make_command(model: Model) -> Callable[..., None]:
    """Return the command of one model, with a flag for each field that its books are read from."""

    def command(**given: Any) -> None:
        raise typer.Exit(run(model, given))

    parameters = flags.parameters(model)
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    command.__doc__ = (
        f"{model.TITLE[:1].upper()}{model.TITLE[1:]}.\n\n"
        "Give the position by flags, by --file FILE.json or on standard input (--file -): the same names "
        "with underscores, or a position object of the venue pasted as it is."
    )
    return command


def add_command(to: typer.Typer, model: Model) -> None:
    """Add a model's command, with its example under the help."""
    name = command_name(model)
    shown = examples.of(model, name)
    to.command(name, no_args_is_help=True, epilog=f"Example: {shown}")(make_command(model))


def run(model: Model, given: Mapping[str, Any]) -> int:
    """Answer one call; returns the exit code."""
    texts = flags.texts(given)
    asked = [_asked(model, texts, subject) for subject in _books(model, texts)]
    answers = [_answer(one) for one in asked]
    if given["as_json"]:
        plain = [_as_json(one, answer) for one, answer in zip(asked, answers, strict=True)]
        print(jsonable.dumps(plain[0] if len(plain) == 1 else plain))
    else:
        for one, answer in zip(asked, answers, strict=True):
            _print(one, answer)
    return max(answer.exit_code for answer in answers)


def _books(model: Model, texts: Mapping[str, str]) -> list[Subject]:
    """Return the books asked about: from flags and a plain file, or from a venue's pasted object."""
    payload = read_json(texts["file"]) if "file" in texts else {}
    fields = {field.name: texts[field.name] for field in model.BOOK_FIELDS if field.name in texts}
    found = pasted.read(payload)
    if found is not None:
        return _chosen(model, found, fields, texts)
    if not isinstance(payload, dict):
        kind = "a list" if isinstance(payload, list) else "a single value"
        raise Complaint(f"--file holds {kind}; give a JSON object of fields, or a venue's position object")
    merged = {name: _as_text(name, value) for name, value in payload.items()} | fields
    named = merged.pop("market", "")
    named_by = {name: flag(name) for name in [*fields, "market"]}
    missing = {} if payload else {field.name: flag(field.name) for field in model.BOOK_FIELDS}
    with naming(named_by, missing=missing, source="in --file: " if payload else ""):
        name, market = _market(model, texts.get("market", named))
        return [Subject(name=name, book=model.read_book(market, merged))]


def _chosen(
    model: Model, found: list[Subject], fields: Mapping[str, str], texts: Mapping[str, str]
) -> list[Subject]:
    """Return the pasted positions, or the one that --market names.

    Errors: `Complaint` for another model's position, for flags that would be silently lost, and for a
            name that no pasted position has.
    """
    other = registry.of(found[0].book)
    if other.NAME != model.NAME:
        right = command_name(other)
        raise Complaint(
            f"--file holds a position of the model {other.NAME}; give it to `solvent calc {right}`"
        )
    for name, text in fields.items():
        raise Complaint(
            f"{flag(name)} {text!r} does not go with a pasted position, which brings its own numbers; "
            "leave it out, or edit the pasted object"
        )
    wanted = texts.get("market")
    if wanted is None:
        return found
    chosen = [subject for subject in found if subject.name.casefold() == wanted.casefold()]
    if not chosen:
        held = ", ".join(subject.name for subject in found)
        raise Complaint(f"--market {wanted!r} is not among the pasted positions; give one of {held}")
    return chosen


def _market(model: Model, wanted: str) -> tuple[str, Any]:
    """Return a preset by its name, in any case and punctuation; none given means the first."""
    if not wanted:
        return next(iter(model.PRESETS.items()))
    for name, market in model.PRESETS.items():
        if _bare(name) == _bare(wanted):
            return name, market
    raise InputRefused(name="market", found=wanted, accepted="one of " + ", ".join(model.PRESETS))


def _bare(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _as_text(name: str, value: Json) -> str:
    """Return a JSON value as the text that a flag would have; numbers keep every digit."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | Decimal):
        return str(value)
    if value is None:
        return ""
    kind = "a list" if isinstance(value, list) else "an object"
    raise Complaint(f"in --file: {name!r} holds {kind}; give text or a number")


def read_json(path: str) -> Json:
    """Read JSON with exact decimals from a file, or from standard input for `-`.

    Errors: `Complaint` for a file that cannot be read or is too large, `DialectError` for bad JSON.
    """
    try:
        read = sys.stdin.buffer.read(FILE_SIZE_MAX + 1) if path == "-" else _limited(Path(path))
    except OSError as error:
        raise Complaint(
            f"--file {path!r} cannot be read: {error.strerror}; give a JSON file, or -"
        ) from error
    if len(read) > FILE_SIZE_MAX:
        raise Complaint(f"--file {path!r} is too large; give at most {FILE_SIZE_MAX:,} bytes of JSON")
    return parse_json(read)


def _limited(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(FILE_SIZE_MAX + 1)


def _asked(model: Model, texts: Mapping[str, str], subject: Subject) -> Asked:
    book = subject.book
    _refuse_idle(texts, has_action=any(one.name in texts for one in action_flags(model)))
    verb = _outward(texts)
    action, label = _action(model, book, texts)
    return Asked(
        subject=subject,
        book=book,
        action=action,
        label=label,
        targets=_targets(texts),
        verb=verb,
        tolerance=_tolerance(texts),
    )


def _refuse_idle(texts: Mapping[str, str], *, has_action: bool) -> None:
    """A flag that changes nothing in this call was meant to: it needs its partner."""
    targets = any(name in texts for name in ("to_leverage", "to_liquidation_price", "survive"))
    if "feed" in texts and "survive" not in texts:
        raise Complaint("--feed says which price a move is of; give --survive too, such as --survive -25%")
    if "verb" in texts and not targets:
        raise Complaint("--verb says by what a target is reached; give a target too, such as --to-leverage 3")
    if "tolerance" in texts and not has_action:
        raise Complaint("--tolerance belongs to a preview; give an action too, such as --take")


def _outward(texts: Mapping[str, str]) -> Verb:
    with naming({"verb": "--verb"}):
        return margin.verb_of(texts.get("verb", Verb.TAKE.value))


def _tolerance(texts: Mapping[str, str]) -> Ratio:
    text = texts.get("tolerance", TOLERANCE_DEFAULT)
    with naming({"tolerance": "--tolerance"}):
        tolerance = Ratio.parse(text, name="tolerance")
        if tolerance.num >= tolerance.den:
            raise InputRefused(name="tolerance", found=text, accepted="less than 100 %, such as 0.5%")
        return tolerance


def _action(model: Model, book: Any, texts: Mapping[str, str]) -> tuple[Any | None, str]:
    """Return the one action that the flags ask for, and what it is called.

    Errors: `Complaint` for two actions, or one that cannot be read.
    """
    given = [one for one in action_flags(model) if one.name in texts]
    if not given:
        return None, ""
    other = next((one for one in given if one.verb is not given[0].verb), None)
    if other is not None:
        raise Complaint(f"{flag(given[0].name)} and {flag(other.name)} are two actions; give one at a time")
    verb, label = given[0].verb, " ".join(f"{flag(one.name)} {texts[one.name]}" for one in given)
    limits = registry.of(book).limits(book, now_ms=0)
    names = {one.field.name: flag(one.name) for one in given}
    missing = {one.field.name: flag(one.name) for one in action_flags(model) if one.verb is verb}
    with naming(names, missing=missing):
        fields = {one.field.name: _amount(one, texts[one.name], limits) for one in given}
        return model.read_action(book, verb, fields), label.replace("--", "")


def _amount(one: ActionFlag, text: str, limits: Limits) -> str:
    """Return what a flag gives: `max` is the maximum of an amount, `all` the default of a first field.

    Of a maximum of zero the least unit is asked for instead, so that the refusal says what forbids it.
    """
    word = text.strip().lower()
    if word == flags.MOST and one.field.name == "amount":
        for maximum in limits.maxima:
            if maximum.verb == one.verb:
                return Amount(max(1, maximum.amount.units), maximum.amount.asset).plain
    if word == flags.WHOLE and one.is_first and one.field.default is not None:
        return one.field.default
    return text


def _targets(texts: Mapping[str, str]) -> tuple[tuple[str, margin.Target], ...]:
    found: list[tuple[str, margin.Target]] = []
    names = {name: flag(name) for name in ("to_leverage", "to_liquidation_price", "survive")}
    with naming(names):
        if "to_leverage" in texts:
            number = texts["to_leverage"].strip().removesuffix("x")
            leverage = Ratio.parse_positive(number, name="to_leverage")
            found.append((f"until leverage {number}x", margin.Leverage(leverage)))
        if "to_liquidation_price" in texts:
            number, _, unit = texts["to_liquidation_price"].strip().partition(" ")
            price = Ratio.parse_positive(number, name="to_liquidation_price")
            label = f"until liquidation at {number} {unit}".rstrip()
            found.append((label, margin.LiquidationAt(price, unit.strip())))
        if "survive" in texts:
            text = texts["survive"].strip().replace("−", "-")
            move = Ratio.parse(text, name="survive", signed=True)
            found.append((f"surviving {text}", margin.Survive(move, texts.get("feed", ""))))
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


_TARGET_FLAGS = {
    "verb": "--verb",
    "feed": "--feed",
    "move": "--survive",
    "unit": "the unit of --to-liquidation-price",
}


def _answer(asked: Asked) -> Answer:
    preview = None
    if asked.action is not None:
        preview = margin.preview(asked.book, asked.action, tolerance=asked.tolerance)
    with naming(_TARGET_FLAGS):
        solutions = tuple(margin.solve(asked.book, target, verb=asked.verb) for _, target in asked.targets)
    return Answer(limits=margin.limits(asked.book), preview=preview, solutions=solutions)


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
        out.print(render.words(remark, style="dim"))
    out.print(render.limits_table(answer.limits))
    if isinstance(answer.preview, Refused):
        out.print(render.refusal_panel(answer.preview, asked=asked.label))
    elif answer.preview is not None:
        out.print(render.preview_table(answer.preview, title=f"{asked.label}: now → after"))
        out.print(render.guards_text(answer.preview))
    for (label, _), solution in zip(asked.targets, answer.solutions, strict=True):
        out.print(render.solution_panel(solution, asked=label))


for _name in registry.names():
    add_command(app, registry.by_name(_name))
