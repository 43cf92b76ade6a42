"""Risk-limit levels: how large a position may be, at what leverage, and what it must keep."""

from itertools import pairwise

from msgspec import Struct

from solvent.margin.seam import InputRefused
from solvent.money import Ratio, format_units, parse_units

MONEY_DECIMALS = 10
LEVELS_MAX = 100


class Level(Struct, frozen=True, gc=False, kw_only=True):
    """One level of a contract: `bound` is the largest |C| in 1e-10 of the settlement asset, included.

    `initial` is 1 / `max_leverage` as the venue prints it (rounded up to 3 places); no formula uses it.
    """

    number: int
    bound: int
    max_leverage: int
    initial: Ratio
    maintenance: Ratio


def level_table(lines: tuple[tuple[str, int, str, str], ...]) -> tuple[Level, ...]:
    """Build levels from (upper bound, maximum leverage, initial rate, maintenance rate), lowest first.

    Errors: `InputRefused` when there is no level, or when bounds do not rise, leverages do not fall, or
            maintenance rates do not rise from level to level.
    """
    levels = tuple(
        Level(
            number=n,
            bound=parse_units(bound, MONEY_DECIMALS, name="bound"),
            max_leverage=leverage,
            initial=Ratio.parse_positive(initial, name="initial"),
            maintenance=Ratio.parse_positive(maintenance, name="maintenance"),
        )
        for n, (bound, leverage, initial, maintenance) in enumerate(lines, start=1)
    )
    refuse_unless_ordered(levels)
    return levels


def parse_levels(text: str) -> tuple[Level, ...]:
    """Read levels written as `100000/125, 500000/100`: upper bounds in the settlement asset, leverages.

    A level's maintenance rate is half of its initial one.
    Errors: `InputRefused` for another shape, `NumberRefused` for a bad number, and as `level_table`.
    """
    levels = []
    for number, part in enumerate(text.split(","), start=1):
        bound, slash, leverage = part.strip().partition("/")
        most = parse_units(leverage.removesuffix("x"), 0, name="levels") if slash else 0
        if most < 1:
            raise InputRefused(name="levels", found=text, accepted="pairs such as 100000/125, 500000/100")
        levels.append(
            Level(
                number=number,
                bound=parse_units(bound, MONEY_DECIMALS, name="levels"),
                max_leverage=most,
                initial=Ratio(1, most),
                maintenance=Ratio(1, 2 * most),
            )
        )
    found = tuple(levels)
    refuse_unless_ordered(found)
    return found


def refuse_unless_ordered(levels: tuple[Level, ...]) -> None:
    """Check a table as it is loaded.

    Errors: `InputRefused`, as `level_table` says.
    """
    if not 1 <= len(levels) <= LEVELS_MAX:
        raise InputRefused(name="levels", found=len(levels), accepted=f"1 to {LEVELS_MAX} levels")
    if levels[0].bound <= 0 or levels[-1].max_leverage < 1:
        raise InputRefused(
            name="levels", found=_written(levels), accepted="bounds above zero and leverages of at least 1"
        )
    for low, high in pairwise(levels):
        is_ordered = high.bound > low.bound and high.max_leverage < low.max_leverage
        if not is_ordered or high.maintenance <= low.maintenance:
            raise InputRefused(
                name="levels",
                found=_written(levels),
                accepted="bounds and maintenance rates that rise and maximum leverages that fall",
            )


def level_at(levels: tuple[Level, ...], value: int) -> Level | None:
    """Return the lowest level whose bound holds a |C| of `value`; its upper bound belongs to it."""
    return next((level for level in levels if value <= level.bound), None)


def _written(levels: tuple[Level, ...]) -> str:
    return ", ".join(f"{format_units(level.bound, MONEY_DECIMALS)}/{level.max_leverage}x" for level in levels)
