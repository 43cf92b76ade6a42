"""Intents: what a wallet signs, as a text that people can read and that has one form only.

`parse` reads a text and writes it again: what is not the same to the byte is refused, with the first line
that differs. So nothing can hide in an intent: no second spelling of a number, no line that is skipped, no
space at an end, no letter beyond printable ASCII. The second line says in a sentence what the others say.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from msgspec import Struct

from solvent.api.sentences import sentence
from solvent.api.wishes import (
    ACTIONS,
    GUARDS,
    STEP_ACTIONS,
    STEPS_MAX,
    Act,
    Ask,
    Batch,
    BindIdentity,
    CreateKey,
    Deposit,
    Guard,
    OpenAccount,
    RevokeKey,
    Step,
    Transfer,
    Withdraw,
)
from solvent.money import NumberRefused, format_units, parse_decimal

VERSION = 1
HEADER = "Solvent intent 1 for venue "
LEAD = "You ask to: "
BYTES_MAX = 8 * 1024
BATCH_BYTES_MAX = 32 * 1024
VALUE_CHARS_MAX = 200

# Words with one space or one line end between two of them.
_PRINTED = re.compile(r"[!-~]+(?:[ \n][!-~]+)*")
_SPACES_ASIDE = ("  ", " \n", "\n ", "\n\n")
_LETTERS = bytes([ord("\n"), *range(ord(" "), ord("~") + 1)])
_PLAIN = re.compile(r"(?:0|[1-9][0-9]{0,50})(?:\.[0-9]{0,50}[1-9])?")
# What most actions look like: an amount and nothing else. Others, and what is odd, are read line by line.
_AMOUNT_ALONE = re.compile(
    r"((?:[1-9][0-9]*\.)?)action: act\n\1verb: ([a-z_]{1,32})\n\1market: ([!-9;-~]{1,64})\n"
    rf"\1field\.amount: (?:max|({_PLAIN.pattern}) ([!-~]{{1,32}}))"
)
# The same as a step of a batch, with the line end behind it.
_PLAIN_STEP = re.compile(
    r"^([1-9][0-9]{0,2})\.action: act\n\1\.verb: ([a-z_]{1,32})\n\1\.market: ([!-9;-~]{1,64})\n"
    rf"\1\.field\.amount: (?:max|({_PLAIN.pattern}) ([!-~]{{1,32}}))\n",
    re.MULTILINE,
)
HEAD_LINES, STEP_LINES, TAIL_LINES = 3, 4, 3
_STEP_NUMBERS = tuple(str(number) for number in range(1, STEPS_MAX + 1))
_NUMBER = re.compile(r"[-+]?[0-9.,][0-9.,eE+-]*%?")
_VENUE = re.compile(r"[0-9a-f]{32}")
_NONCE = re.compile(r"[A-Za-z0-9_-]{8,64}")
_SHAPES = {
    "account": (re.compile(r"[0-9a-f]{32}|new"), "32 lower-case hex digits, or new for the first"),
    "nonce": (_NONCE, "8 to 64 letters, digits, _ or -"),
    "receiver": (re.compile(r"[0-9a-f]{32}"), "an account's 32 lower-case hex digits"),
    "key": (re.compile(r"[0-9a-f]{32}"), "a key's 32 lower-case hex digits"),
    "identity": (re.compile(r"solana:[1-9A-HJ-NP-Za-km-z]{32,44}"), "solana: and a public key in base58"),
    "address": (re.compile(r"[1-9A-HJ-NP-Za-km-z]{32,44}"), "an address in base58"),
    "market": (re.compile(r"[!-9;-~]{1,64}"), "a market's name"),
    "asset": (re.compile(r"[!-~]{1,32}"), "an asset's symbol"),
    "verb": (re.compile(r"[a-z_]{1,32}"), "a verb"),
    "label": (re.compile(r"[ !#-~]{1,64}"), "up to 64 printable characters without quotation marks"),
    "field": (re.compile(r"[a-z_]{1,32}"), "a field's name"),
}  # fmt: skip


class IntentRefused(ValueError):
    """A text that is no intent: the message names the line, what was found and what is accepted."""

    def __init__(self, message: str, *, line: int | None = None) -> None:
        self.line = line
        super().__init__(message if line is None else f"line {line}: {message}")


class Intent(Struct, frozen=True, gc=False, kw_only=True):
    """One intent. `expires_ms` is a whole second of the wall clock; `nonce` is its idempotency key."""

    venue: str
    ask: Ask
    account: str
    nonce: str
    expires_ms: int


def render(intent: Intent) -> str:
    """Write an intent as the text that a wallet signs: UTF-8, LF between the lines and none behind the last.

    Errors: `IntentRefused` for a value that no text can hold.
    """
    lines = _written(intent)
    for line in lines:
        _require_printed(line)
    return "\n".join(lines)


def _written(intent: Intent) -> list[str]:
    return [*_head(intent), *_lines_of(intent.ask), *_tail(intent), *_guard_lines(intent.ask)]


def _head(intent: Intent) -> list[str]:
    ask = intent.ask
    return [f"{HEADER}{intent.venue}", f"{LEAD}{sentence(ask)}", f"action: {ask.action}"]


def _tail(intent: Intent) -> list[str]:
    return [
        f"account: {intent.account}",
        f"nonce: {intent.nonce}",
        f"expires: {stamp(intent.expires_ms)}",
    ]


def parse(text: str) -> Intent:
    """Read an intent from a text that `render` would write just so.

    Errors: `IntentRefused`, naming the first line that is not as it would be written.
    """
    head = text.split("\n", HEAD_LINES)
    _require_size(text, head)
    if not _is_printed(text):
        for number, line in enumerate(text.split("\n"), 1):
            _require_printed(line, number)
    venue = _venue_of(head[0])
    plain = _plain_batch(text, head, venue)
    return plain or _read(text.split("\n"), venue)


def _read(lines: list[str], venue: str) -> Intent:
    """Read an intent line by line."""
    rest = _Lines(lines, after=2)
    ask: Ask | None = rest.amount_alone("")
    if ask is None:
        action = rest.take("action")
        if action not in ACTIONS:
            raise IntentRefused(
                f"the action {action!r} is not known; there are: {', '.join(ACTIONS)}", line=3
            )
        ask = _batch(rest) if action == Batch.action else _ask(rest, action)
    account, nonce = rest.shaped("account"), rest.shaped("nonce")
    expires_ms = rest.moment("expires")
    if isinstance(ask, Act):
        ask = _guarded(ask, rest)
    rest.end()
    intent = Intent(venue=venue, ask=ask, account=account, nonce=nonce, expires_ms=expires_ms)
    _require_own_form(lines, intent)
    return intent


def _plain_batch(text: str, head: list[str], venue: str) -> Intent | None:
    """Return a batch of amounts alone, read at once; none of anything else, or not in its own form.

    Its steps are read in their own form and no other, so that only what is around them can differ.
    """
    steps = _plain_steps(text, head)
    if not steps:
        return None
    tail = text.rsplit("\n", TAIL_LINES)[1:]
    rest = _Lines(tail, after=0)
    try:
        account, nonce = rest.shaped("account"), rest.shaped("nonce")
        expires_ms = rest.moment("expires")
    except IntentRefused:
        return None
    intent = Intent(venue=venue, ask=Batch(steps=steps), account=account, nonce=nonce, expires_ms=expires_ms)
    is_own_form = [*head[:HEAD_LINES], *tail] == [*_head(intent), *_tail(intent)]
    return intent if is_own_form else None


def stamp(at_ms: int) -> str:
    """Write a moment in whole seconds as RFC 3339 in UTC.

    Errors: `IntentRefused` for one between two seconds, and beyond the year 9999.
    """
    if at_ms % 1000:
        raise IntentRefused(f"the moment {at_ms} is no whole second; give one that is")
    try:
        return f"{datetime.fromtimestamp(at_ms // 1000, UTC).replace(tzinfo=None).isoformat()}Z"
    except (OverflowError, OSError, ValueError) as error:
        raise IntentRefused(f"the moment {at_ms} is out of range; give one before the year 9999") from error


def plain_number(text: str, *, name: str = "amount", signed: bool = False) -> str:
    """Write a number as an intent does: digits and a point, no groups, no exponent, no zeros at the end.

    Errors: `NumberRefused`.
    """
    if _PLAIN.fullmatch(text):
        return text
    digits, exponent = parse_decimal(text, name=name, signed=signed)
    return str(digits * 10**exponent) if exponent >= 0 else format_units(digits, -exponent)


def plain_field(name: str, value: str) -> str:
    """Write the value of an action's field as an intent does; numbers plainly, words and ids as they are.

    Errors: `NumberRefused`, and `IntentRefused` for what cannot be printed.
    """
    if name != "id" and _NUMBER.fullmatch(value):
        number = plain_number(value.removesuffix("%"), name=name, signed=True)
        return f"{number}%" if value.endswith("%") else number
    _require_printed(value)
    return value


def act(
    *,
    verb: str,
    market: str,
    fields: Mapping[str, str],
    order: tuple[str, ...],
    asset: str,
    guards: tuple[Guard, ...] = (),
) -> Act:
    """Return an action with its fields in the model's order, written plainly; empty ones are left out.

    `asset` is what the field `amount` counts, where there is one.
    Errors: `NumberRefused`, `IntentRefused`.
    """
    given = tuple(
        (name, plain_field(name, fields[name].strip())) for name in order if fields.get(name, "").strip()
    )
    return Act(
        verb=verb,
        market=market,
        fields=given,
        asset=asset if any(_counts(name, value) for name, value in given) else "",
        guards=tuple(sorted(guards)),
    )


class _Lines:
    """The lines behind the sentence, taken in order."""

    def __init__(self, lines: list[str], *, after: int) -> None:
        self._lines = lines
        self._next = after

    @property
    def number(self) -> int:
        """The number of the line that was taken last."""
        return self._next

    def amount_alone(self, prefix: str) -> Act | None:
        """Return an action with an amount and nothing else, if one stands here; or none, and take nothing."""
        begin, end = self._next, self._next + 4
        found = _AMOUNT_ALONE.fullmatch("\n".join(self._lines[begin:end]))
        if found is None or found[1] != prefix:
            return None
        behind = self._lines[end] if end < len(self._lines) else ""
        if behind.startswith((f"{prefix}field.", f"{prefix}guard.")):
            return None
        self._next = end
        verb, market, amount, asset = found.group(2, 3, 4, 5)
        return Act(verb=verb, market=market, fields=(("amount", amount or "max"),), asset=asset or "")

    def peek(self, lead: str) -> str:
        """Return the name on the next line behind a lead; empty where another line or the end follows."""
        line = self._lines[self._next] if self._next < len(self._lines) else ""
        return line[len(lead) :].partition(":")[0] if line.startswith(lead) else ""

    def take(self, name: str) -> str:
        """Return the value of the next line, which must have that name."""
        line = self._lines[self._next] if self._next < len(self._lines) else None
        self._next += 1
        if line is None:
            raise IntentRefused(f"the text ends where `{name}: …` is expected", line=self._next)
        lead = f"{name}: "
        if not line.startswith(lead):
            raise IntentRefused(f"{line[:80]!r} stands where `{name}: …` is expected", line=self._next)
        value = line[len(lead) :]
        if len(value) > VALUE_CHARS_MAX:
            raise IntentRefused(f"{name} has more than {VALUE_CHARS_MAX} characters", line=self._next)
        return value

    def shaped(self, name: str, *, prefix: str = "") -> str:
        """Return the value of the next line, which must look as the name asks."""
        value = self.take(prefix + name)
        _require_shape(name, value, line=self.number)
        return value

    def amount(self, name: str) -> str:
        """Return the value of the next line, which must be a number, as it would be written."""
        value = self.take(name)
        try:
            return plain_number(value, name=name)
        except NumberRefused as error:
            raise IntentRefused(str(error), line=self.number) from error

    def moment(self, name: str) -> int:
        """Return the value of the next line, which must be a moment, in milliseconds."""
        value = self.take(name)
        try:
            moment = datetime.fromisoformat(value)
            at_ms = int(moment.timestamp()) * 1000
        except (OverflowError, ValueError) as error:
            raise IntentRefused(
                f"{name} is {value[:80]!r}; give a moment as 2026-01-31T12:00:00Z", line=self.number
            ) from error
        return at_ms

    def end(self) -> None:
        """Check that nothing is left."""
        if self._next < len(self._lines):
            raise IntentRefused(f"{self._lines[self._next][:80]!r} is one line too many", line=self._next + 1)


def _ask(rest: _Lines, action: str, prefix: str = "") -> Ask:
    match action:
        case Act.action:
            return _act(rest, prefix)
        case Transfer.action:
            asset, amount = rest.shaped("asset", prefix=prefix), rest.amount(f"{prefix}amount")
            return Transfer(asset=asset, amount=amount, receiver=rest.shaped("receiver", prefix=prefix))
        case Deposit.action:
            return Deposit(asset=rest.shaped("asset", prefix=prefix), amount=rest.amount(f"{prefix}amount"))
        case Withdraw.action:
            asset, amount = rest.shaped("asset", prefix=prefix), rest.amount(f"{prefix}amount")
            return Withdraw(asset=asset, amount=amount, address=rest.shaped("address", prefix=prefix))
        case OpenAccount.action:
            return OpenAccount(identity=rest.shaped("identity"))
        case BindIdentity.action:
            return BindIdentity(identity=rest.shaped("identity"))
        case CreateKey.action:
            label = rest.shaped("label")
            scopes = tuple(rest.take("scopes").split(", "))
            return CreateKey(label=label, scopes=scopes, key_expires_ms=rest.moment("key_expires"))
        case _:
            return RevokeKey(key=rest.shaped("key"))


def _act(rest: _Lines, prefix: str) -> Act:
    verb, market = rest.shaped("verb", prefix=prefix), rest.shaped("market", prefix=prefix)
    lead, asset = f"{prefix}field.", ""
    fields: list[tuple[str, str]] = []
    while name := rest.peek(lead):
        value = rest.take(lead + name)
        _require_shape("field", name, line=rest.number)
        if any(name == known for known, _ in fields):
            raise IntentRefused(f"{lead}{name} stands there twice", line=rest.number)
        number, _, symbol = value.partition(" ")
        if _counts(name, number):
            _require_shape("asset", symbol, line=rest.number)
            value, asset = number, symbol
        try:
            fields.append((name, plain_field(name, value)))
        except NumberRefused as error:
            raise IntentRefused(str(error), line=rest.number) from error
    return Act(verb=verb, market=market, fields=tuple(fields), asset=asset)


def _guarded(ask: Act, rest: _Lines, prefix: str = "") -> Act:
    lead = f"{prefix}guard."
    guards: list[Guard] = []
    while name := rest.peek(lead):
        if name not in GUARDS:
            raise IntentRefused(
                f"no guard is named {name!r}; there are: {', '.join(GUARDS)}", line=rest.number + 1
            )
        guards.append((name, rest.amount(lead + name)))
        if [one for one, _ in guards] != sorted({one for one, _ in guards}):
            raise IntentRefused("guards stand in the order of their names, each once", line=rest.number)
    if not guards:
        return ask
    return Act(verb=ask.verb, market=ask.market, fields=ask.fields, asset=ask.asset, guards=tuple(guards))


def _plain_steps(text: str, head: list[str]) -> tuple[Act, ...]:
    """Return the steps of a batch of amounts alone; none where a step is anything else.

    Each that is found covers four whole lines, none of which can be one of the head or the tail: where they
    are as many as the lines between, nothing lies between them.
    """
    if len(head) <= HEAD_LINES or head[HEAD_LINES - 1] != f"action: {Batch.action}":
        return ()
    found = _PLAIN_STEP.findall(text)
    if not found or text.count("\n") + 1 != HEAD_LINES + STEP_LINES * len(found) + TAIL_LINES:
        return ()
    if tuple([number for number, *_ in found]) != _STEP_NUMBERS[: len(found)]:
        return ()
    return tuple(
        [
            Act(verb=verb, market=market, fields=(("amount", amount or "max"),), asset=asset)
            for _, verb, market, amount, asset in found
        ]
    )


def _batch(rest: _Lines) -> Batch:
    steps: list[Step] = []
    while rest.peek(prefix := f"{len(steps) + 1}.") == "action":
        if len(steps) == STEPS_MAX:
            raise IntentRefused(f"a batch has at most {STEPS_MAX} steps", line=rest.number + 1)
        if (alone := rest.amount_alone(prefix)) is not None:
            steps.append(alone)
            continue
        action = rest.take(f"{prefix}action")
        if action not in STEP_ACTIONS:
            known = ", ".join(STEP_ACTIONS)
            raise IntentRefused(f"{action!r} is no step of a batch; there are: {known}", line=rest.number)
        step = _ask(rest, action, prefix)
        steps.append(_guarded(step, rest, prefix) if isinstance(step, Act) else step)  # type: ignore[arg-type]
    if not steps:
        raise IntentRefused("a batch has a step; the first begins with `1.action: …`", line=rest.number + 1)
    return Batch(steps=tuple(steps))


def _lines_of(ask: Ask, prefix: str = "") -> list[str]:
    match ask:
        case Act():
            return [
                f"{prefix}verb: {ask.verb}",
                f"{prefix}market: {ask.market}",
                *[f"{prefix}field.{name}: {_with_asset(ask, name, value)}" for name, value in ask.fields],
            ]
        case Batch():
            return [
                line for number, step in enumerate(ask.steps, 1) for line in _step_lines(step, f"{number}.")
            ]
        case CreateKey():
            return [
                f"label: {ask.label}",
                f"scopes: {', '.join(ask.scopes)}",
                f"key_expires: {stamp(ask.key_expires_ms)}",
            ]
        case _:
            return [f"{prefix}{name}: {getattr(ask, name)}" for name in ask.__struct_fields__]


def _step_lines(step: Step, prefix: str) -> list[str]:
    if isinstance(step, Act) and len(step.fields) == 1 and not step.guards:
        ((name, value),) = step.fields
        return [
            f"{prefix}action: {step.action}",
            f"{prefix}verb: {step.verb}",
            f"{prefix}market: {step.market}",
            f"{prefix}field.{name}: {_with_asset(step, name, value)}",
        ]
    return [f"{prefix}action: {step.action}", *_lines_of(step, prefix), *_guard_lines(step, prefix)]


def _guard_lines(ask: Ask, prefix: str = "") -> list[str]:
    if not isinstance(ask, Act) or not ask.guards:
        return []
    return [f"{prefix}guard.{name}: {value}" for name, value in sorted(ask.guards)]


def _with_asset(ask: Act, name: str, value: str) -> str:
    return f"{value} {ask.asset}" if ask.asset and _counts(name, value) else value


def _counts(name: str, value: str) -> bool:
    """Tell whether a field's value is an amount of an asset; `max` and the like are not."""
    return name == "amount" and _NUMBER.fullmatch(value) is not None


def _require_shape(name: str, value: str, *, line: int) -> None:
    shape, accepted = _SHAPES[name]
    if not shape.fullmatch(value):
        raise IntentRefused(f"the {name} is {value[:80]!r}; give {accepted}", line=line)


def _require_size(text: str, lines: list[str]) -> None:
    bytes_max = BATCH_BYTES_MAX if len(lines) > 2 and lines[2] == f"action: {Batch.action}" else BYTES_MAX
    # A character takes a byte or more, so that a text past the limit is never looked through.
    if len(text) > bytes_max:
        raise IntentRefused(f"the text has more than {bytes_max} bytes")


def _is_printed(text: str) -> bool:
    """Tell whether a whole text is of words with one space or one line end between two of them."""
    return (
        text.isascii()
        and not text.encode().translate(None, _LETTERS)
        and text.strip(" \n") == text != ""
        and not any(odd in text for odd in _SPACES_ASIDE)
    )


def _require_printed(line: str, number: int | None = None) -> None:
    if _PRINTED.fullmatch(line) and "\n" not in line:
        return
    odd = next((letter for letter in line if not " " <= letter <= "~"), None)
    if odd is not None:
        raise IntentRefused(
            f"the character U+{ord(odd):04X} is in it; give printable ASCII, and LF between the lines",
            line=number,
        )
    found = "it is empty" if not line else "spaces stand at an end or side by side"
    raise IntentRefused(f"{found}; write one space between words, and no line without any", line=number)


def _venue_of(line: str) -> str:
    if not line.startswith(HEADER):
        words = line.split(" ")
        if words[:2] == HEADER.split(" ")[:2]:
            raise IntentRefused(f"{line[:80]!r} is another version; this is version {VERSION}", line=1)
        raise IntentRefused(
            f"{line[:80]!r} begins no intent; it begins {HEADER!r} and the venue's id", line=1
        )
    venue = line.removeprefix(HEADER)
    if not _VENUE.fullmatch(venue):
        raise IntentRefused(f"the venue is {venue[:80]!r}; give 32 lower-case hex digits", line=1)
    return venue


def _require_own_form(lines: list[str], intent: Intent) -> None:
    """Compare with what would be written; every difference that reading overlooked ends here."""
    written = _written(intent)
    if lines == written:
        return
    for number, (found, right) in enumerate(zip(lines, written, strict=False), 1):
        if found != right:
            raise IntentRefused(f"it says {found[:200]!r}; write {right[:200]!r}", line=number)
    assert len(lines) == len(written), (len(lines), len(written))
