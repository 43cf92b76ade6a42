"""Comparing what a file expects with what the library answers, field by field."""

from collections.abc import Mapping

from msgspec import Struct

from solvent.dialects.payload import Json, exact_text, shown
from solvent.money import Amount, NumberRefused, Ratio

SIGNIFICANT_DIGITS = 15

Answer = Ratio | Amount | int | str | bool | tuple["Answer", ...] | Mapping[str, "Answer"] | None


class Check(Struct, frozen=True, gc=False, kw_only=True):
    """One field of one case: what was expected, what the library says, and what may lie between.

    `difference` and `allowed` are none where they are not numbers (codes, flags, null).
    `allowance` says in words where `allowed` comes from.
    """

    field: str
    expected: str
    ours: str
    ok: bool
    allowance: str
    difference: Ratio | None = None
    allowed: Ratio | None = None
    note: str = ""


EXACT = "exact"
LAST_DIGIT = "15th digit"
ROUNDING = "as printed"
OF_ENTRY = "of the entry"
ENTRY_ROUNDING = "by its entry"
STEPS = "whole 1e-6"
ONE_TICK = "one tick, noted"
# What the words of a report mean, for a caption.
ALLOWANCES: Mapping[str, str] = {
    EXACT: "equal as a number, or the same word",
    LAST_DIGIT: "ratios and prices carry 15 significant digits; one unit of the last is allowed",
    ROUNDING: "what the figure's own rounding allows",
    OF_ENTRY: "the mark that the printed liquidation price implies, relative to the entry",
    ENTRY_ROUNDING: "the entry is printed rounded, and this figure follows from the unrounded one",
    STEPS: "a predicted funding rate that is not printed, in [0, 0.004)",
    ONE_TICK: "the case's note tells that the venue printed one tick less than its rule",
}


def check_field(field: str, expected: Json, ours: Answer, *, is_ratio: bool) -> tuple[Check, ...]:
    """Compare one field of a rule vector; a list or an object gives one check for each of its items.

    A ratio may differ by one unit of the 15th significant digit; everything else is exact.
    """
    if isinstance(expected, list) and isinstance(ours, tuple):
        return _check_list(field, expected, ours, is_ratio=is_ratio)
    if isinstance(expected, dict) and isinstance(ours, Mapping):
        return _check_object(field, expected, ours, is_ratio=is_ratio)
    wanted, found = _number(expected), _ratio_of(ours)
    if wanted is None or found is None or isinstance(ours, bool):
        return (_check_words(field, expected, ours),)
    allowed = last_digit_of(wanted) if is_ratio else Ratio(0, 1)
    return (within(field, wanted, found, allowed, allowance=LAST_DIGIT if is_ratio else EXACT),)


def _check_list(
    field: str, expected: list[Json], ours: tuple[Answer, ...], *, is_ratio: bool
) -> tuple[Check, ...]:
    if len(expected) != len(ours) or not ours:
        return (_check_words(field, expected, ours),)
    return tuple(
        check
        for place, (item, answer) in enumerate(zip(expected, ours, strict=True))
        for check in check_field(f"{field}[{place}]", item, answer, is_ratio=is_ratio)
    )


def _check_object(
    field: str, expected: dict[str, Json], ours: Mapping[str, Answer], *, is_ratio: bool
) -> tuple[Check, ...]:
    if set(expected) != set(ours) or not ours:
        return (_check_words(field, expected, ours),)
    return tuple(
        check
        for name, item in expected.items()
        for check in check_field(f"{field}.{name}", item, ours[name], is_ratio=is_ratio)
    )


def within(
    field: str, wanted: Ratio, found: Ratio, allowed: Ratio, *, allowance: str, note: str = ""
) -> Check:
    """Compare two numbers: their difference may be up to `allowed`."""
    difference = abs(wanted.fraction - found.fraction)
    return Check(
        field=field,
        expected=exact_text(wanted),
        ours=exact_text(found),
        ok=difference <= allowed.fraction,
        allowance=allowance,
        difference=Ratio(difference.numerator, difference.denominator),
        allowed=allowed,
        note=note,
    )


def _check_words(field: str, expected: Json, ours: Answer) -> Check:
    wanted, found = _words(expected), written(ours)
    return Check(field=field, expected=wanted, ours=found, ok=wanted == found, allowance=EXACT)


def _words(expected: Json) -> str:
    if expected is None:
        return "none"
    if isinstance(expected, bool):
        return "true" if expected else "false"
    if isinstance(expected, list):
        return f"[{', '.join(_words(item) for item in expected)}]"
    if isinstance(expected, dict):
        return f"{{{', '.join(f'{name}: {_words(item)}' for name, item in expected.items())}}}"
    return expected if isinstance(expected, str) else shown(expected)


def written(ours: Answer) -> str:
    """Write an answer as text."""
    if ours is None:
        return "none"
    if isinstance(ours, bool):
        return "true" if ours else "false"
    if isinstance(ours, tuple):
        return f"[{', '.join(written(item) for item in ours)}]"
    if isinstance(ours, Mapping):
        return f"{{{', '.join(f'{name}: {written(item)}' for name, item in ours.items())}}}"
    number = _ratio_of(ours)
    return str(ours) if number is None else exact_text(number)


def _number(expected: Json) -> Ratio | None:
    """Read an expected number; none for what is no number (a flag, a code, null)."""
    if isinstance(expected, bool) or expected is None or isinstance(expected, list | dict):
        return None
    try:
        return Ratio.parse(str(expected), signed=True)
    except NumberRefused:
        return None


def _ratio_of(ours: Answer) -> Ratio | None:
    if isinstance(ours, bool) or ours is None:
        return None
    if isinstance(ours, int):
        return Ratio(ours, 1)
    if isinstance(ours, Amount):
        return Ratio(ours.units, 10**ours.asset.decimals)
    if not isinstance(ours, Ratio):
        return None
    assert ours.den > 0, ours
    return ours


def last_digit_of(value: Ratio) -> Ratio:
    """Return one unit of the 15th significant digit of a number; 0 for 0."""
    if value.num == 0:
        return Ratio(0, 1)
    top, den = abs(value.num), value.den
    power = len(str(top)) - len(str(den))
    if top * 10 ** max(-power, 0) < den * 10 ** max(power, 0):
        power -= 1
    place = power - (SIGNIFICANT_DIGITS - 1)
    return Ratio(10**place, 1) if place >= 0 else Ratio(1, 10**-place)
