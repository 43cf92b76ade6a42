"""Before → after of any action, by the same `decide` that carries it out."""

from typing import Any

from solvent.margin import registry
from solvent.margin.seam import InputRefused, Preview, Refused
from solvent.money import Ratio

TOLERANCE_DEFAULT = Ratio(5, 1000)


def preview(
    book: Any, action: Any, *, now_ms: int, tolerance: Ratio = TOLERANCE_DEFAULT
) -> Preview[Any] | Refused:
    """Show what an action would do, the bounds under which it stands, and warnings in words.

    `tolerance` is the move of the price, as a fraction, that the guards allow on either side.
    Errors: `InputRefused` for a tolerance below 0 and from 1 on, where no price would be left; a refused
            action is returned as the refusal that it would meet.
    """
    if not 0 <= tolerance.num < tolerance.den:
        raise InputRefused(name="tolerance", found=str(tolerance), accepted="a fraction from 0 to below 1")
    model = registry.of(book)
    outcome = model.decide(book, action, now_ms=now_ms)
    if isinstance(outcome, Refused):
        return outcome
    return Preview(
        action=action,
        before=model.rows(book, now_ms=now_ms),
        after=model.rows(outcome.book, now_ms=now_ms),
        outcome=outcome,
        guards=model.guards(book, action, outcome.book, tolerance=tolerance, now_ms=now_ms),
        warnings=model.warnings(book, action, outcome, now_ms=now_ms),
    )
