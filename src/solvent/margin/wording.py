"""Exact values as text for people: grouped digits, units behind every number, rounded as named."""

from solvent.money import Amount, Ratio, Rounding

DIGITS_SHOWN = 12
NOTHING = "–"


def shown(
    value: Amount | Ratio | int | str | bool | None,  # noqa: FBT001 - a flag to be shown, not an option
    unit: str = "",
    rounding: Rounding = Rounding.HALF_EVEN,
) -> str:
    """Write one value with its unit; a ratio with at most 12 significant digits, rounded as named.

    A ratio whose unit is `%` is a plain fraction: 0.7 is written as 70 %.
    """
    if value is None:
        return NOTHING
    if isinstance(value, Amount):
        return str(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Ratio):
        if unit == "%":
            value = Ratio(100 * value.num, value.den)
        return with_unit(value.significant(DIGITS_SHOWN, rounding, grouped=True), unit)
    if isinstance(value, int):
        return with_unit(f"{value:,}", unit)
    return value


def in_words(name: str) -> str:
    """Write a machine's name as words: `set_leverage` as "set leverage"."""
    return name.replace("_", " ")


def with_unit(number: str, unit: str) -> str:
    """Put a unit behind a number; `x` and `%` as people write them."""
    if unit == "x":
        return f"{number}x"
    return f"{number} {unit}" if unit else number


def seconds(ms: int) -> str:
    """Write milliseconds as seconds, exactly: 20000 as "20 s", 1500 as "1.5 s"."""
    return f"{Ratio(ms, 1_000).text(3, Rounding.FLOOR, grouped=True)} s"


def columns(lines: list[tuple[str, ...]]) -> str:
    """Set lines of cells as left-aligned columns of plain text."""
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
