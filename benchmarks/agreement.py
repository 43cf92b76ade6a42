"""Do all sides say the same? Asked of every case before anything is timed."""

from collections.abc import Callable, Iterable
from decimal import Context, localcontext
from fractions import Fraction
from typing import Any

from benchmarks import rivals
from benchmarks.cases import Case
from solvent.margin.tiered.maths import Assessment, assess
from solvent.money import Ratio

MICRO, SHOWN = Fraction(1, 10**6), Fraction(1, rivals.SHOWN)
EQUITY_SLACK = 10  # micro-USD: driftpy's sums pass through floats
ROUNDED = Fraction(1, 100)  # micro-USD: nautilus keeps money to 8 places


class Disagreement(Exception):
    """Two sides give one position different answers; nothing may be timed."""


def fraction(value: Any) -> Fraction | None:
    """Return a figure of either side as a Fraction: a ratio, a pair, a number, or none."""
    if value is None:
        return None
    if hasattr(value, "den"):
        return Fraction(int(value.num), int(value.den))
    return Fraction(value)


def _refuse(case: Case, name: str, ours: object, theirs: object) -> None:
    raise Disagreement(f"{name} of {case.position} at {case.mark}: ours {ours}, the peer's {theirs}")


def _require_words(case: Case, ours: Assessment, theirs: Any) -> None:
    for name in ("binding", "is_healthy"):
        if getattr(ours, name) != getattr(theirs, name):
            _refuse(case, name, getattr(ours, name), getattr(theirs, name))


def require_exact(cases: list[Case], results: Iterable[Any], *, price_scale: int = 1) -> str:
    """Require that every field equals ours exactly; `price_scale`: the peer's price units in one USD."""
    names = [name for name in Assessment.__struct_fields__ if name not in {"binding", "is_healthy"}]
    count = 0
    for case, theirs in zip(cases, results, strict=True):
        ours = assess(case.market, case.position, case.mark)
        _require_words(case, ours, theirs)
        for name in names:
            mine, peer = fraction(getattr(ours, name)), fraction(getattr(theirs, name))
            if name == "liquidation_price" and peer is not None:
                peer /= price_scale
            if mine != peer:
                _refuse(case, name, mine, peer)
        count += 1
    return f"all fields of {count:,} positions exactly equal"


def require_shown(cases: list[Case], results: Iterable[rivals.Terms]) -> str:
    """Require that what both round is within one quantum: an entry that does not end costs Decimal one."""
    quanta = {"leverage": SHOWN, "liquidation_price": SHOWN}
    count = apart = 0
    for case, theirs in zip(cases, results, strict=True):
        ours, rounded = rivals.assess_shown(case.market, case.position, case.mark)
        _require_words(case, ours, theirs)
        exact = {name: getattr(ours, name) for name in ("equity", "notional", "removable")}
        for name, mine in {**exact, **dict(zip(rivals.SHOWN_NAMES, rounded, strict=True))}.items():
            quantum, peer = quanta.get(name, MICRO), getattr(theirs, name)
            if mine is None or peer is None:
                if mine is not peer:
                    _refuse(case, name, mine, peer)
                continue
            gap = abs(mine * quantum - Fraction(peer))
            if gap > quantum:
                _refuse(case, name, mine * quantum, peer)
            apart += gap != 0
        count += 1
    return f"all fields of {count:,} positions within a quantum; {apart} figures one quantum apart"


def check_rivals(cases: list[Case]) -> dict[str, str]:
    """Check Fraction and both Decimals against ours; return what was found, by rival.

    Errors: `Disagreement`.
    """
    scale = cases[0].market.price_scale

    def run(function: Callable[..., Any], given: list[rivals.Given]) -> Iterable[Any]:
        return (function(*one) for one in given)

    found = {
        "Fraction": require_exact(
            cases, run(rivals.assess_fraction, rivals.in_fractions(cases)), price_scale=scale
        )
    }
    with localcontext(Context(prec=rivals.DIGITS)):
        found["Decimal"] = require_exact(cases, run(rivals.assess_pairs, rivals.in_decimal_pairs(cases)))
        found["Decimal, ratios rounded"] = require_shown(
            cases, run(rivals.assess_decimal, rivals.in_decimals(cases))
        )
    return found


def check_drift(cases: list[Case], results: Iterable[tuple[Any, Any, Any, bool]]) -> str:
    """Require that driftpy means the same position: where the two venues' rules coincide, so do the figures.

    Free collateral is compared with equity - notional / maximum leverage, within 10 micro-USD (floats);
    leverage within its 4 places; the verdict wherever equity is not within 10 micro-USD of maintenance; the
    liquidation price within what driftpy's rounding of its slope (to 1e-6 USD a dollar of price) allows.
    """
    count = liquidatable = 0
    for case, (free, leverage, price, verdict) in zip(cases, results, strict=True):
        ours = assess(case.market, case.position, case.mark)
        initial = Fraction(ours.notional, case.market.tiers.leverage_max)
        if abs(max(Fraction(0), ours.equity - initial) - Fraction(free)) > EQUITY_SLACK:
            _refuse(case, "free collateral", float(ours.equity - initial), free)
        if ours.leverage is not None and abs(ours.leverage.fraction * 10**4 - Fraction(leverage)) > 2:
            _refuse(case, "leverage", ours.leverage, leverage)
        if abs(ours.equity - ours.maintenance.fraction) > EQUITY_SLACK and verdict == ours.is_healthy:
            _refuse(case, "verdict", ours.is_healthy, verdict)
        if ours.is_healthy and ours.liquidation_price is not None:
            _check_drift_price(case, ours.liquidation_price, price)
        liquidatable += verdict
        count += 1
    return f"{count:,} positions agree, {liquidatable:,} of them liquidatable"


def _check_drift_price(case: Case, ours: Ratio, theirs: float) -> None:
    mark = Fraction(case.mark, case.market.price_scale)
    slope = Fraction(abs(case.position.size), 10**case.market.size_decimals) * 10**6
    slack = abs(mark - ours.fraction) * 2 / slope + Fraction(2, 10**6)
    if abs(ours.fraction - Fraction(theirs) / 10**6) > slack:
        _refuse(case, "liquidation price", float(ours.fraction), theirs)


def check_nautilus(cases: list[Case], results: Iterable[tuple[Any, Any]]) -> str:
    """Require nautilus's two margins, in micro-USD, to be ours: the first tier's, to its eighth place."""
    count = 0
    for case, (initial, maintenance) in zip(cases, results, strict=True):
        ours = assess(case.market, case.position, case.mark)
        first = Fraction(ours.notional, case.market.tiers.leverage_max)
        for name, mine, theirs in (
            ("initial margin", first, initial),
            ("maintenance", ours.maintenance.fraction, maintenance),
        ):
            if abs(mine - Fraction(theirs)) > ROUNDED:
                _refuse(case, name, mine, theirs)
        count += 1
    return f"both margins of {count:,} positions equal, to nautilus's eighth place"
