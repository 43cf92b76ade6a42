"""What is measured: the targets against peers, and what else the library costs."""

from collections.abc import Callable, Iterator
from decimal import Context, setcontext
from typing import Any

from benchmarks import agreement, cases, rivals, samples
from benchmarks.samples import NOW_MS
from benchmarks.targets import Cost, Measured, Outcome, Target
from benchmarks.timing import Settings, Side, compete
from solvent import margin
from solvent.margin import registry
from solvent.margin.seam import Refused, Verb
from solvent.margin.tiered.maths import assess

FRACTION = Target("1", "Fraction ÷ ours", 8, 14)
DECIMAL_EXACT = Target("2", "Decimal ÷ ours", 1.15, 1.4)
DECIMAL_SHOWN = Target("2", "Decimal ÷ ours, ratios rounded by both")
DRIFT_VERDICT = Target("3", "driftpy can_be_liquidated ÷ ours", 4, 7)
DRIFT_FOUR = Target("3", "driftpy, four calls ÷ ours", 35, 65)
NAUTILUS = Target("3", "nautilus_trader, its two margins ÷ ours")
TARGETS = (FRACTION, DECIMAL_EXACT, DECIMAL_SHOWN, DRIFT_VERDICT, DRIFT_FOUR, NAUTILUS)

ROWS = frozenset({"1", "2", "3"})


def run(
    settings: Settings, rows: frozenset[str], say: Callable[[str], None], *, costs: bool = True
) -> Outcome:
    """Check, then measure the previews of these rows; the other costs, too, where all rows are asked for.

    Errors: `Disagreement` before anything is timed.
    """
    setcontext(Context(prec=rivals.DIGITS))
    drawn = cases.draw()
    agreed, remarks = agreement.check_rivals(drawn), list[str]()
    users, compiled = _drift(agreed, remarks), _nautilus(agreed, remarks)
    for name, found in agreed.items():
        say(f"checked  {name}: {found}")
    measured, venue = [], ours_on(cases.for_venue())
    for target, ours, peer in [*_rival_sides(drawn), *_drift_sides(users), (NAUTILUS, venue, compiled)]:
        if target.row not in rows:
            continue
        timed = compete(ours, peer, settings) if peer is not None else None
        measured.append(Measured(target, timed))
        say(f"measured {target.name}")
    baseline = ours_on(drawn)
    others = []
    for name, call, given in _costs(drawn, remarks) if costs and rows >= ROWS else ():
        repeated = [given[number % len(given)] for number in range(len(drawn))]
        others.append(Cost(name, compete(baseline, Side(call, repeated), settings)))
    if others:
        say(f"measured {len(others)} other costs")
    return Outcome(agreed, measured, others, remarks)


def ours_on(positions: list[cases.Case]) -> Side:
    """Return our preview over positions."""
    return Side(assess, [(case.market, case.position, case.mark) for case in positions])


def _rival_sides(drawn: list[cases.Case]) -> Iterator[tuple[Target, Side, Side]]:
    ours = ours_on(drawn)
    yield FRACTION, ours, Side(rivals.assess_fraction, rivals.in_fractions(drawn))
    yield DECIMAL_EXACT, ours, Side(rivals.assess_pairs, rivals.in_decimal_pairs(drawn))
    shown = Side(rivals.assess_shown, ours.given)
    yield DECIMAL_SHOWN, shown, Side(rivals.assess_decimal, rivals.in_decimals(drawn))


def _drift(agreed: dict[str, str], remarks: list[str]) -> list[tuple[Any, int]]:
    """Build driftpy's users and compare them with ours; none, with a remark, where it cannot be imported."""
    try:
        from benchmarks import drift  # noqa: PLC0415 - only the bench environment has it
    except ImportError as missing:
        remarks.append(f"driftpy was not measured: {missing}")
        return []
    positions = cases.for_venue()
    users = drift.users(positions)
    agreed["driftpy"] = agreement.check_drift(positions, (drift.four_calls(*user) for user in users))
    return users


def _nautilus(agreed: dict[str, str], remarks: list[str]) -> Side | None:
    """Build nautilus's side and compare it with ours; none, with a remark, where it cannot be imported."""
    try:
        from benchmarks import nautilus  # noqa: PLC0415 - only the bench environment has it
    except ImportError as missing:
        remarks.append(f"nautilus_trader was not measured: {missing}")
        return None
    positions = cases.for_venue()
    given = nautilus.given(positions)
    agreed["nautilus_trader"] = agreement.check_nautilus(positions, map(nautilus.two_units, given))
    return Side(nautilus.two_calls, given)


def _drift_sides(users: list[tuple[Any, int]]) -> Iterator[tuple[Target, Side, Side | None]]:
    ours = ours_on(cases.for_venue())
    if not users:
        yield DRIFT_VERDICT, ours, None
        yield DRIFT_FOUR, ours, None
        return
    from benchmarks import drift  # noqa: PLC0415 - only the bench environment has it

    yield DRIFT_VERDICT, ours, Side(drift.can_be_liquidated, users)
    yield DRIFT_FOUR, ours, Side(drift.four_calls, users)


Priced = tuple[str, Callable[..., object], list[tuple[Any, ...]]]


def _costs(drawn: list[cases.Case], remarks: list[str]) -> Iterator[Priced]:
    for name, positions in (
        ("tiered: assess, 18 decimals", cases.in_wei(drawn)),
        ("tiered: assess, amounts of about 2^200", cases.huge(drawn)),
    ):
        yield name, assess, list(ours_on(positions).given)
    yield from _calls("tiered", samples.tiered_books(drawn))
    for name in registry.names():
        if name in samples.SAMPLES:
            yield from _calls(name, samples.SAMPLES[name]())
        elif name != "tiered":
            remarks.append(f"{name} was not measured: benchmarks/samples.py has no positions of it")


def _calls(name: str, books: list[Any]) -> Iterator[Priced]:
    """Yield the library's calls of one model on books that a `take` of half the maximum is accepted on."""
    model = registry.by_name(name)
    takes, refused = [], []
    for book in books:
        units = model.limits(book, now_ms=NOW_MS)[Verb.TAKE].amount.units
        takes.append((book, model.action_of(book, Verb.TAKE, units // 2)))
        refused.append((book, model.action_of(book, Verb.TAKE, units + 1)))
    assert not any(isinstance(margin.decide(*one), Refused) for one in takes)
    assert all(isinstance(margin.decide(*one), Refused) for one in refused)
    alone = [(book,) for book in books]
    yield f"{name}: headline", margin.headline, alone
    yield f"{name}: limits", margin.limits, alone
    yield f"{name}: decide(take), accepted", margin.decide, takes
    yield f"{name}: decide(take), refused with its numbers", margin.decide, refused
    yield f"{name}: rows, the full view as labelled lines", margin.rows, alone
    yield f"{name}: preview(take), before, after, guards and warnings", margin.preview, takes
