"""Margin tables: maintenance as a continuous, convex function of the notional."""

from bisect import bisect_left
from itertools import pairwise
from math import lcm

from msgspec import Struct

from solvent.margin.seam import InputRefused
from solvent.money import Ratio, format_units, parse_units

USD_DECIMALS = 6
TIERS_MAX = 16


class TierTable(Struct, frozen=True, gc=False, kw_only=True):
    """A margin table, tier 0 first; rates and deductions over one common denominator.

    Shapes: `bounds`, `leverages`, `rates`, `deductions` have one entry a tier.
    Units:  bounds in micro-USD; maintenance of tier n is (rates[n]*N - deductions[n]) / den in
            micro-USD, with N in micro-USD.
    Tier n holds for N > bounds[n]: an upper bound belongs to the lower tier. Because the function is
    continuous and convex, maintenance is the largest of all tiers' lines at any N.
    """

    bounds: tuple[int, ...]
    leverages: tuple[int, ...]
    rates: tuple[int, ...]
    deductions: tuple[int, ...]
    den: int

    @property
    def leverage_max(self) -> int:
        """The asset's maximum leverage: that of tier 0."""
        return self.leverages[0]

    def tier_at(self, notional: int) -> int:
        """Return the index of the tier that a notional in micro-USD is in."""
        return bisect_left(self.bounds, notional, 1) - 1

    def written(self) -> str:
        """Write the table as `0/40, 150000000/20`: lower bounds in USD and maximum leverages."""
        return written(tuple(zip(self.bounds, self.leverages, strict=True)))


def written(tiers: tuple[tuple[int, int], ...]) -> str:
    """Write (lower bound in micro-USD, maximum leverage) pairs as `0/40, 150000000/20`."""
    return ", ".join(f"{format_units(bound, USD_DECIMALS)}/{leverage}" for bound, leverage in tiers)


def parse_tiers(text: str) -> TierTable:
    """Read a table written as `0/40, 150000000/20`.

    Errors: `InputRefused` for another shape, `NumberRefused` for a bad number, and as `tier_table`.
    """
    pairs = []
    for part in text.split(","):
        bound, slash, leverage = part.strip().partition("/")
        if not slash:
            raise InputRefused(name="tiers", found=text, accepted="pairs such as 0/40, 150000000/20")
        whole = parse_units(leverage.removesuffix("x"), 0, name="tiers")
        pairs.append((parse_units(bound, USD_DECIMALS, name="tiers"), whole))
    return tier_table(tuple(pairs))


def tier_table(tiers: tuple[tuple[int, int], ...]) -> TierTable:
    """Build a table from (lowerBound, maxLeverage) pairs; rate(n) = 1 / (2 * maxLeverage_n).

    Units:  lower bounds in micro-USD.
    Errors: `InputRefused` when the table is empty, does not begin at 0, or is not convex: bounds must
            rise and maximum leverages must fall strictly.
    Source: docs/concepts/tiered.md#tiers
    """
    _refuse_unless_convex(tiers)
    den = lcm(*(2 * leverage for _, leverage in tiers))
    rates = tuple(den // (2 * leverage) for _, leverage in tiers)  # exact: a multiple
    deductions = [0]
    for n in range(1, len(tiers)):
        deductions.append(deductions[-1] + tiers[n][0] * (rates[n] - rates[n - 1]))
    return TierTable(
        bounds=tuple(bound for bound, _ in tiers),
        leverages=tuple(leverage for _, leverage in tiers),
        rates=rates,
        deductions=tuple(deductions),
        den=den,
    )


def _refuse_unless_convex(tiers: tuple[tuple[int, int], ...]) -> None:
    if not 1 <= len(tiers) <= TIERS_MAX:
        raise InputRefused(name="tiers", found=len(tiers), accepted=f"1 to {TIERS_MAX} tiers")
    if tiers[0][0] != 0:
        raise InputRefused(name="tiers", found=tiers[0][0], accepted="a first tier with lower bound 0")
    if any(leverage < 1 for _, leverage in tiers):
        raise InputRefused(name="tiers", found=written(tiers), accepted="maximum leverages of at least 1")
    for (low, high_leverage), (high, low_leverage) in pairwise(tiers):
        if high <= low or low_leverage >= high_leverage:
            raise InputRefused(
                name="tiers",
                found=written(tiers),
                accepted="bounds that rise and maximum leverages that fall, so that maintenance is "
                "continuous and convex",
            )


def tier_table_of_lines(tiers: tuple[tuple[int, Ratio, Ratio], ...]) -> TierTable:
    """Build a table from (lowerBound, maintenance rate, deduction) as some venues publish it.

    Units:  lower bounds in micro-USD, deductions in micro-USD as exact ratios.
    Errors: `InputRefused` when a rate is not 1 / (2 * a whole leverage), or when a deduction is not
            the one that makes maintenance continuous.
    """
    pairs = []
    for bound, rate, _ in tiers:
        if rate.num <= 0 or rate.den % (2 * rate.num):
            raise InputRefused(
                name="tiers",
                found=str(rate),
                accepted="maintenance rates of 1 / (2 * a whole maximum leverage)",
            )
        pairs.append((bound, rate.den // (2 * rate.num)))  # exact: tested above
    table = tier_table(tuple(pairs))
    for n, (_, _, deduction) in enumerate(tiers):
        due = Ratio(table.deductions[n], table.den)
        if deduction != due:
            raise InputRefused(
                name="tiers",
                found=f"deduction {deduction} of tier {n}",
                accepted=f"{due}, without which maintenance jumps at the bound",
            )
    return table
